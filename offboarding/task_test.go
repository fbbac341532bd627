package offboarding_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	od "opendoor/offboarding"
)

const (
	responsible = "manager@example.com"
	bossMail    = "boss@example.com"
	admin       = "admin@example.com"
)

// generic makes the house's account a generic one, with a manager.
func generic(a *od.Account) {
	a.Provider, a.Policy.Manager = od.Generic, od.Responsible{ID: "9", Name: "Ольга Директорова", Email: bossMail}
}

func (h *house) tasks(c *od.Case) []*od.Task {
	h.Helper()
	all, err := h.desk.TasksFor(h.Context(), od.TaskFilter{CaseID: &c.ID, Page: od.Page{Limit: 200}}, approver, "key:office")
	h.must(err)
	return all
}

// task returns the one task of a name, or nil.
func (h *house) task(c *od.Case, what string) *od.Task {
	h.Helper()
	all := h.tasks(c)
	if i := slices.IndexFunc(all, func(t *od.Task) bool { return t.What == what }); i >= 0 {
		return all[i]
	}
	return nil
}

// mailed lists templates and addresses of letters to our own people.
func (h *house) mailed() (out []string) {
	for _, e := range h.post.sent {
		if strings.HasPrefix(e.Message.Template, "I") {
			out = append(out, e.Message.Template+" "+e.Message.To)
		}
	}
	return out
}

func TestWithoutACardATaskIsARowAndOneLetter(t *testing.T) {
	h := newHouse(t, generic)
	h.lose("17")
	h.after(time.Minute)
	c := h.theCase("17")
	call := h.task(c, "call")
	if call == nil || call.Owner.Email != responsible || call.Text != "task: call" || !call.Due.Equal(c.Dates.CallBy) || !call.DoneAt.IsZero() {
		t.Fatalf("the call is %+v", call)
	}
	if got := h.mailed(); !slices.Equal(got, []string{"I01 " + responsible}) {
		t.Errorf("mailed %v", got)
	}
	_, err := h.desk.Answer(t.Context(), nil, c.ID, od.ActorClient, od.Answer{Reason: "price", Source: "survey"}.Over)
	h.must(err)
	h.after(time.Minute)
	answered := h.task(c, "answered")
	if answered == nil {
		t.Fatal("nobody is asked to read the answer")
	}
	done, err := h.desk.TaskDone(t.Context(), nil, answered.ID, " прочитали ", requester, "key:office")
	h.must(err)
	if done.DoneBy != "key:office" || done.Note != "прочитали" || !done.DoneAt.Equal(h.clock) {
		t.Errorf("done is %+v", done)
	}
	again, err := h.desk.TaskDone(t.Context(), nil, answered.ID, "ещё раз", approver, "key:director")
	h.must(err)
	if again.Note != "прочитали" {
		t.Errorf("done twice: %+v", again)
	}
	_, err = h.desk.Choose(t.Context(), c.ID, od.ChoiceProceed)
	h.must(err)
	h.after(time.Minute)
	if call = h.task(c, "call"); call.DoneAt.IsZero() || call.DoneBy != od.ActorSystem {
		t.Errorf("the client has decided, the call is %+v", call)
	}
	h.after(40 * 24 * time.Hour)
	_, err = h.act(c, od.Action{Name: "part", Handover: od.HandoverNotNeeded, Settlement: od.SettlementNotNeeded})
	h.must(err)
	h.after(time.Minute)
	for _, task := range h.tasks(c) {
		if task.DoneAt.IsZero() != (task.What == "review") {
			t.Errorf("we have parted, and %s is done at %s", task.What, task.DoneAt)
		}
	}
	if kinds := h.kinds(c); !slices.Contains(kinds, "task.opened") || !slices.Contains(kinds, "task.done") {
		t.Errorf("the timeline is %v", kinds)
	}
	seen := map[string]bool{}
	for _, m := range h.mailed() {
		if !strings.HasSuffix(m, " "+responsible) && m != "I09 "+bossMail {
			t.Errorf("mailed %s", m)
		}
		if m == "I01 "+responsible && seen[m] {
			t.Error("a second letter about the call")
		}
		seen[m] = true
	}
	if len(h.crm.tasks) > 0 {
		t.Errorf("a CRM that is not there got %v", h.crm.taskTexts())
	}
	h.sound()
}

// The letter about a task waits for working hours, and does not leave when the
// task is done meanwhile.
func TestATaskThatIsDoneIsNotMailed(t *testing.T) {
	h := newHouse(t, generic, func(a *od.Account) { a.Policy.Window = od.DefaultPolicy().Window })
	h.clock = time.Date(2026, 11, 3, 20, 0, 0, 0, time.UTC)
	h.lose("17")
	h.after(time.Minute)
	c := h.theCase("17")
	if h.task(c, "call") == nil || len(h.mailed()) > 0 {
		t.Fatalf("at night: %v", h.mailed())
	}
	_, err := h.desk.TaskDone(t.Context(), nil, h.task(c, "call").ID, "", requester, "key:office")
	h.must(err)
	h.after(48 * time.Hour)
	if got := h.mailed(); slices.Contains(got, "I01 "+responsible) {
		t.Errorf("mailed %v", got)
	}
}

// Whom a client complains of gets no letter, no task and no words of it; also
// when it was written for them before the complaint came.
func TestTheAccusedGetsNothingByMail(t *testing.T) {
	for name, want := range map[string]struct {
		manager od.Responsible
		admin   string
		to      string
	}{
		"the manager is told":                   {od.Responsible{ID: "9", Name: "Ольга Директорова", Email: bossMail}, admin, bossMail},
		"without a manager the administrator":   {od.Responsible{}, admin, admin},
		"the accused is the manager":            {od.Responsible{ID: "5", Name: "Мария Образцова", Email: responsible}, admin, admin},
		"the accused is manager and admin":      {od.Responsible{Name: "Мария Образцова", Email: "other@example.com"}, responsible, ""},
		"the manager has no address, nor admin": {od.Responsible{ID: "9", Name: "Ольга Директорова"}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, generic, func(a *od.Account) { a.Policy.Manager, a.Policy.Window = want.manager, od.DefaultPolicy().Window })
			h.postman.AdminTo(want.admin)
			h.scribe.AdminTo(want.admin)
			h.clock = time.Date(2026, 11, 3, 16, 0, 0, 0, time.UTC) // letters wait for the morning
			h.lose("17")
			h.after(time.Minute)
			c := h.theCase("17")
			_, err := h.desk.Answer(t.Context(), nil, c.ID, od.ActorClient, od.Answer{Reason: "people", Comment: "накричала на бухгалтера", Source: "survey"}.Over)
			h.must(err)
			_, err = h.desk.Choose(t.Context(), c.ID, od.ChoiceProceed)
			h.must(err)
			h.after(40 * 24 * time.Hour)
			h.after(16 * time.Hour) // until a working hour
			var wanted []string
			for _, m := range h.mailed() {
				if _, to, _ := strings.Cut(m, " "); to != want.to {
					t.Errorf("mailed %s", m)
				}
				wanted = append(wanted, m)
			}
			if want.to != "" && len(wanted) == 0 {
				t.Error("nobody was told")
			}
			accused := od.Person{ID: "k", Name: "Мария Образцова", Role: "operator"}
			all, err := h.desk.TasksFor(t.Context(), od.TaskFilter{CaseID: &c.ID, Page: od.Page{Limit: 200}}, accused, "key:maria")
			h.must(err)
			for _, task := range all {
				if task.Text != "" {
					t.Errorf("the accused reads %q", task.Text)
				}
				if task.What != "call" && task.Owner.Email == responsible {
					t.Errorf("the accused is asked for %s", task.What)
				}
			}
			for _, e := range h.post.sent {
				if strings.Contains(e.Message.Text, "накричала") {
					t.Errorf("%s to %s quotes the complaint", e.Message.Template, e.Message.To)
				}
			}
			h.sound()
		})
	}
}

// Who proposed a parting, or is in the quarrel, is asked neither for the
// checklist nor for the decision.
func TestWhoProposedItIsNotAskedToDecide(t *testing.T) {
	for name, want := range map[string]struct{ with, by, to string }{
		"the manager decides":               {"Мария Образцова", "Олег", bossMail},
		"the manager is in the quarrel":     {"Ольга Директорова", "Олег", admin},
		"the manager has proposed it":       {"Мария Образцова", "Ольга Директорова", admin},
		"nobody of them is named by a note": {"", "Олег", bossMail},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, generic)
			h.scribe.AdminTo(admin)
			c, err := h.desk.Open(t.Context(), nil, od.NewCaseRequest{
				AccountID: h.acc.ID, Initiator: od.ByCompany, Client: od.Client{Name: "Анна Примерова", Email: "client@example.com"},
				Responsible: od.Responsible{ID: "5", Name: "Мария Образцова", Email: responsible},
			}, "key:office")
			h.must(err)
			h.after(time.Minute)
			if task := h.task(c, "propose"); task == nil || task.Owner.Email != bossMail {
				t.Fatalf("for the reasons is asked %+v", task)
			}
			c, err = h.act(c, od.Action{
				Name: "propose", Person: od.Person{ID: "1", Name: want.by, Role: "operator"}, Reason: "co.values", QuarrelWith: want.with,
				Incidents: []od.Incident{{On: "2026-10-01", What: "угрозы"}, {On: "2026-10-02", What: "угрозы"}},
			})
			h.must(err)
			h.after(time.Minute)
			if task := h.task(c, "checklist"); task == nil || task.Owner.Email != want.to {
				t.Errorf("for the checklist is asked %+v", task)
			}
			if task := h.task(c, "propose"); task.DoneAt.IsZero() {
				t.Error("the reasons are given, and still asked for")
			}
			if got := h.mailed(); !slices.Contains(got, "I06 "+want.to) {
				t.Errorf("mailed %v", got)
			}
			_, err = h.act(c, od.Action{Name: "cancel", Reason: "ошибка"})
			h.must(err)
			h.after(time.Minute)
			for _, task := range h.tasks(c) {
				if task.DoneAt.IsZero() {
					t.Errorf("the case is cancelled, %s is open", task.What)
				}
			}
		})
	}
}

// A generic account that asks for it is told of tasks; others are not.
func TestTasksAreToldToASourceThatAsks(t *testing.T) {
	for _, asks := range []bool{true, false} {
		h := newHouse(t, generic, func(a *od.Account) { a.Policy.TaskResults, a.BaseURL = asks, "https://crm.example.com/in" })
		h.lose("17")
		h.after(time.Minute)
		c := h.theCase("17")
		_, err := h.desk.TaskDone(t.Context(), nil, h.task(c, "call").ID, "", requester, "key:office")
		h.must(err)
		h.after(time.Minute)
		var told []string
		for _, b := range h.results.bodies {
			if strings.HasPrefix(fmt.Sprint(b["type"]), "task.") {
				told = append(told, fmt.Sprint(b["type"], " ", b["task"].(map[string]any)["what"]))
			}
		}
		if want := []string{"task.created call", "task.done call"}; asks && !slices.Equal(told, want) || !asks && len(told) > 0 {
			t.Errorf("asked %v, told %v", asks, told)
		}
	}
}

// Clients of a contract without a card: what the radar hears becomes a task.
func TestATaskAboutAContractIsMailedOnce(t *testing.T) {
	h := newHouse(t, generic)
	k := &od.ContractRecord{
		ID: od.NewID(), AccountID: h.acc.ID, Number: "K-1", ServiceType: "accounting", StartedOn: "2025-01-01", NoticeDays: new(30), NoticeClause: "п. 8", HandoverDays: new(10),
		Client: od.Client{Name: "Анна Примерова", Email: "client@example.com"}, LastTwoWayAt: h.clock.AddDate(0, 0, -70),
		Responsibles: []od.Responsibility{{ID: "5", Name: "Мария Образцова", Email: responsible, From: "2025-01-01"}},
	}
	h.must(h.store.AddContract(t.Context(), k))
	for range 2 {
		h.must(h.learner().Radar(t.Context()))
		h.after(time.Minute)
	}
	all, err := h.desk.TasksFor(t.Context(), od.TaskFilter{AccountID: &h.acc.ID, Page: od.Page{Limit: 50}}, approver, "key:office")
	h.must(err)
	i := slices.IndexFunc(all, func(t *od.Task) bool { return t.What == od.NudgeSilence })
	if i < 0 || all[i].ContractID == nil || *all[i].ContractID != k.ID || all[i].Owner.Email != responsible {
		t.Fatalf("tasks %+v", all)
	}
	if got := h.mailed(); !slices.Contains(got, "I09 "+responsible) || len(got) != len(all) {
		t.Errorf("mailed %v for %d tasks", got, len(all))
	}
}

// A figure that asks for a look goes to who leads people, once a quarter, and
// to nobody else; whom it is about is not shown it.
func TestASignalIsATaskForWhoLeadsPeopleAlone(t *testing.T) {
	hr := od.Responsible{Name: "Вера Кадрова", Email: "hr@example.com"}
	h := newHouse(t, generic, func(a *od.Account) { a.Policy.HRManager = hr })
	h.scribe.AdminTo(admin)
	for i := range 60 {
		who := od.Responsibility{ID: "5", Name: "Иван Примеров", Email: "ivan@example.com", From: "2024-01-01"}
		if i >= 20 {
			who = od.Responsibility{ID: fmt.Sprint(6 + i%4), Name: fmt.Sprintf("Коллега %d", i%4), Email: fmt.Sprintf("c%d@example.com", i%4), From: "2024-01-01"}
		}
		k := &od.ContractRecord{ID: od.NewID(), AccountID: h.acc.ID, Number: fmt.Sprint(i), ServiceType: "accounting", StartedOn: "2024-01-01", Responsibles: []od.Responsibility{who}}
		gone := i < 14 || i == 30
		if gone {
			k.EndedOn = "2026-08-01"
		}
		h.must(h.store.AddContract(t.Context(), k))
		if gone {
			c := &od.Case{
				ID: od.NewID(), AccountID: h.acc.ID, Mode: od.Live, State: od.StateParted, Initiator: od.ByClient, Reason: od.StatedReason{Code: "people.rude"},
				Contract: od.Contract{RecordID: &k.ID}, Dates: od.Dates{ReceivedAt: tuesday.AddDate(0, -3, 0), DecidedAt: tuesday.AddDate(0, -3, 0), PartedAt: tuesday.AddDate(0, -3, 0)},
			}
			h.must(h.store.AddCase(t.Context(), c))
		}
	}
	_, err := h.store.AddTask(t.Context(), &od.Task{ID: od.NewID(), AccountID: h.acc.ID, Key: "older", What: "call", Due: tuesday, CreatedAt: tuesday})
	h.must(err)
	for range 2 {
		_, err := h.learner().Looks(t.Context())
		h.must(err)
		h.after(time.Minute)
	}
	list := func(p od.Person, people bool) []*od.Task {
		all, err := h.desk.TasksFor(t.Context(), od.TaskFilter{People: people, Page: od.Page{Limit: 50}}, p, "key:hr")
		h.must(err)
		return slices.DeleteFunc(all, func(t *od.Task) bool { return t.What != "look_into" })
	}
	lead := od.Person{ID: "h", Name: "Вера Кадрова", Role: "hr_manager"}
	all := list(lead, true)
	if len(all) != 1 || all[0].About.Name != "Иван Примеров" || all[0].Owner != hr {
		t.Fatalf("tasks %+v", all)
	}
	if got := slices.DeleteFunc(h.mailed(), func(m string) bool { return !strings.HasPrefix(m, "I08") }); !slices.Equal(got, []string{"I08 hr@example.com"}) {
		t.Errorf("mailed %v", got)
	}
	if len(list(approver, false)) != 0 || len(list(od.Person{ID: "i", Name: "Иван Примеров", Role: "hr_manager"}, true)) != 0 {
		t.Error("somebody else is shown it")
	}
	// What is not for them takes no room on their page.
	page, err := h.desk.TasksFor(t.Context(), od.TaskFilter{People: true, Page: od.Page{Limit: 1}}, od.Person{ID: "i", Name: "Иван Примеров", Role: "hr_manager"}, "key:hr")
	h.must(err)
	if len(page) != 1 || page[0].What != "call" {
		t.Errorf("their page holds %d tasks", len(page))
	}
	if _, err := h.desk.TaskDone(t.Context(), nil, all[0].ID, "", approver, "key:office"); !od.IsKind(err, od.KindNotFound) {
		t.Errorf("ticked off by somebody else: %v", err)
	}
	lines, err := h.store.AuditInScope(t.Context(), nil, od.Page{Limit: 200})
	h.must(err)
	views := 0
	for _, l := range lines {
		if strings.Contains(l.Summary, "Примеров") || strings.Contains(string(l.Data), "Примеров") {
			t.Errorf("the audit log names somebody: %s", l.Summary)
		}
		if l.Kind == "employee_signals.viewed" {
			views++
		}
	}
	if views < 2 {
		t.Errorf("%d views are written down", views)
	}
	messages, err := h.store.MessagesInScope(t.Context(), od.MessageFilter{Page: od.Page{Limit: 200}})
	h.must(err)
	if slices.ContainsFunc(messages, func(m *od.Message) bool { return m.Template == od.I08 }) {
		t.Error("the letter is listed")
	}
}
