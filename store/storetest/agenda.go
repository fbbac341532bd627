package storetest

import (
	"time"

	"github.com/google/uuid"

	"opendoor/offboarding"
)

// agenda: what is to come is listed once, page by page, and what is done is not.
func agenda(f *fixture) {
	c := f.newCase("17")
	c.State, c.Tracks.Handover, c.Tracks.Settlement = offboarding.StateLeaving, offboarding.HandoverCollecting, offboarding.SettlementSent
	c.Dates.EffectiveOn, c.Dates.CallBy = "2026-12-01", f.now.Add(2*time.Hour)
	f.ok(f.s.AddCase(f.ctx, c))
	asked := f.now.Add(26 * time.Hour)
	f.ok(f.s.SaveHandover(f.ctx, &offboarding.Handover{CaseID: c.ID, AccountID: c.AccountID, DueOn: "2026-12-01", Questions: []*offboarding.Question{
		{ID: offboarding.NewID(), Text: "где ключи?", At: f.now, AnswerBy: asked},
		{ID: offboarding.NewID(), Text: "уже отвечено", At: f.now, AnswerBy: asked, AnsweredAt: f.now},
	}}))
	f.ok(f.s.SaveSettlement(f.ctx, &offboarding.Settlement{ID: offboarding.NewID(), AccountID: c.AccountID, CaseID: c.ID, DueOn: "2026-12-05"}))
	f.ok(f.s.SaveReview(f.ctx, &offboarding.Review{ID: offboarding.NewID(), AccountID: c.AccountID, CaseID: c.ID, Status: offboarding.ReviewInProgress, DueOn: "2026-12-10", Measures: []offboarding.Corrective{
		{ID: offboarding.NewID(), Kind: "fix", DueOn: "2026-12-11", CheckOn: "2027-03-11"}, {ID: offboarding.NewID(), Kind: "train", DueOn: "2026-12-12", DoneOn: "2026-11-30", CheckOn: "2027-02-28"},
	}}))
	must[bool](f)(f.s.AddSystemic(f.ctx, &offboarding.Systemic{ID: offboarding.NewID(), AccountID: c.AccountID, Reason: "contact.slow", Quarter: "2026Q4", Status: "open", DueOn: "2026-12-20"}))
	var touches []*offboarding.Touch
	same10 := time.Date(2026, 12, 1, 7, 0, 0, 0, time.UTC)
	for i := range 5 { // at ten o'clock sharp
		touches = append(touches, &offboarding.Touch{ID: offboarding.NewID(), AccountID: c.AccountID, CaseID: c.ID, DueAt: same10, Step: i, State: offboarding.TouchPlanned, Class: offboarding.StepRelationship, Template: "T15", Plan: "warm"})
	}
	touches[3].State, touches[4].State = offboarding.TouchWaiting, offboarding.TouchReleased
	f.ok(f.s.AddTouches(f.ctx, touches))
	other := f.account("another")
	away := f.newCase("18")
	away.AccountID, away.State = other.ID, offboarding.StateLeaving
	f.ok(f.s.AddCase(f.ctx, away))

	all := offboarding.AgendaFilter{Scope: []uuid.UUID{f.acc.ID}, From: f.now, To: f.now.AddDate(1, 0, 0), Limit: 100}
	want := []string{
		"call 2026-11-03T11:30:00", "question 2026-11-04T11:30:00", "handover 2026-12-01", "service_ends 2026-12-01", "touch 2026-12-01T07:00:00", "touch 2026-12-01T07:00:00", "touch 2026-12-01T07:00:00", "touch 2026-12-01T07:00:00 tentative",
		"settlement 2026-12-05", "review 2026-12-10", "corrective 2026-12-11", "systemic 2026-12-20", "measure_check 2027-02-28",
	}
	short := func(e offboarding.AgendaEntry) string {
		s := e.Kind + " " + e.Day
		if e.Day == "" {
			s = e.Kind + " " + e.At.Format(agendaForm)
		}
		if e.Tentative {
			s += " tentative"
		}
		return s
	}
	list := must[[]offboarding.AgendaEntry](f)(f.s.Agenda(f.ctx, all))
	var got []string
	for _, e := range list {
		got = append(got, short(e))
	}
	same(f, got, want)
	if first := list[0]; first.CaseNo != c.No || first.CaseID == nil || *first.CaseID != c.ID || first.AccountID != c.AccountID {
		f.Errorf("%+v", first)
	}
	for size := 1; size < 5; size++ { // whatever the page, nothing twice and nothing lost
		var paged []string
		page := all
		page.Limit = size
		for {
			part := must[[]offboarding.AgendaEntry](f)(f.s.Agenda(f.ctx, page))
			if len(part) == 0 {
				break
			}
			for _, e := range part {
				paged = append(paged, short(e))
			}
			place := part[len(part)-1].Place()
			page.After = &place
		}
		same(f, paged, got)
	}
	all.Scope = nil
	if everybody := must[[]offboarding.AgendaEntry](f)(f.s.Agenda(f.ctx, all)); len(everybody) <= len(got) {
		f.Errorf("over all accounts there are %d", len(everybody))
	}
}

const agendaForm = "2006-01-02T15:04:05"

// feeds: a calendar is found by its token's hash and can be ended.
func feeds(f *fixture) {
	one := &offboarding.Feed{ID: offboarding.NewID(), Name: "Сроки", Lang: offboarding.RU, Accounts: []uuid.UUID{f.acc.ID}, TokenHash: []byte("hash"), CreatedBy: "key:office", CreatedAt: f.now}
	f.ok(f.s.AddFeed(f.ctx, one))
	f.ok(f.s.AddFeed(f.ctx, &offboarding.Feed{ID: offboarding.NewID(), Name: "Все", Lang: offboarding.EN, TokenHash: []byte("other"), CreatedAt: f.now}))
	same(f, must[*offboarding.Feed](f)(f.s.FeedByHash(f.ctx, []byte("hash"))), one)
	if all := must[*offboarding.Feed](f)(f.s.FeedByHash(f.ctx, []byte("other"))); all.Accounts != nil {
		f.Errorf("a calendar of all accounts has %v", all.Accounts)
	}
	_, err := f.s.FeedByHash(f.ctx, []byte("nobody"))
	f.wants(err, offboarding.ErrNotFound)
	f.ok(f.s.RevokeFeed(f.ctx, one.ID, f.now.Add(time.Hour)))
	f.ok(f.s.RevokeFeed(f.ctx, one.ID, f.now.Add(2*time.Hour)))
	one.RevokedAt = f.now.Add(time.Hour)
	same(f, must[*offboarding.Feed](f)(f.s.FeedByHash(f.ctx, []byte("hash"))), one)
	f.wants(f.s.RevokeFeed(f.ctx, offboarding.NewID(), f.now), offboarding.ErrNotFound)
	if n := len(must[[]*offboarding.Feed](f)(f.s.Feeds(f.ctx, offboarding.Page{}))); n != 2 {
		f.Errorf("%d calendars", n)
	}
}
