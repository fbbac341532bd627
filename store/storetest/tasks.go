package storetest

import (
	"time"

	"github.com/google/uuid"

	"opendoor/offboarding"
)

// tasks: the same thing is asked once, what is done stays done, and what is
// about people of ours is found only by who asks for it.
func tasks(f *fixture) {
	caseID, yes, no := offboarding.NewID(), true, false
	task := func(key string, change func(t *offboarding.Task)) *offboarding.Task {
		t := &offboarding.Task{
			ID: offboarding.NewID(), AccountID: f.acc.ID, CaseID: &caseID, Key: key, What: key, Text: "Позвоните клиенту\x00.",
			Owner: offboarding.Responsible{ID: "5", Name: "Мария", Email: "m@example.com"}, Due: f.now.Add(time.Hour), CreatedAt: f.now,
		}
		if change != nil {
			change(t)
		}
		if added := must[bool](f)(f.s.AddTask(f.ctx, t)); !added {
			f.Errorf("%s is not new", key)
		}
		t.Text = "Позвоните клиенту."
		return t
	}
	later := task("later", func(t *offboarding.Task) { t.Due = f.now.Add(2 * time.Hour) })
	call := task("call", nil)
	look := task("look", func(t *offboarding.Task) { t.CaseID, t.About = nil, offboarding.Responsible{Name: "Иван"} })
	twin := *call
	twin.ID = offboarding.NewID()
	if must[bool](f)(f.s.AddTask(f.ctx, &twin)) {
		f.Error("the same thing is asked twice")
	}
	list := func(t offboarding.TaskFilter) []*offboarding.Task {
		t.Limit = 10
		return must[[]*offboarding.Task](f)(f.s.TasksInScope(f.ctx, t))
	}
	same(f, list(offboarding.TaskFilter{People: true}), []*offboarding.Task{look, call, later})
	same(f, list(offboarding.TaskFilter{}), []*offboarding.Task{call, later})
	same(f, list(offboarding.TaskFilter{CaseID: &caseID, Page: offboarding.Page{Before: &call.ID}}), []*offboarding.Task{later})
	same(f, must[[]*offboarding.Task](f)(f.s.OpenTasksOf(f.ctx, caseID)), []*offboarding.Task{call, later})
	call.DoneAt, call.DoneBy, call.Note = f.now.Add(time.Minute), "key:office", "поговорили"
	if !must[bool](f)(f.s.EndTask(f.ctx, call)) {
		f.Error("it was not open")
	}
	again := *call
	again.Note = "ещё раз"
	if must[bool](f)(f.s.EndTask(f.ctx, &again)) {
		f.Error("what is done is done again")
	}
	same(f, list(offboarding.TaskFilter{Done: &yes}), []*offboarding.Task{call})
	same(f, list(offboarding.TaskFilter{Done: &no}), []*offboarding.Task{later})
	same(f, must[*offboarding.Task](f)(f.s.Task(f.ctx, nil, call.ID)), call)
	other := offboarding.NewID()
	_, err := f.s.Task(f.ctx, []uuid.UUID{other}, call.ID)
	f.wants(err, offboarding.ErrNotFound)
	same(f, list(offboarding.TaskFilter{AccountID: &other}), []*offboarding.Task{})
}
