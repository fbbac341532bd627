package offboarding_test

import (
	"testing"
	"time"

	od "opendoor/offboarding"
)

// win tells of a deal of its own that was never lost.
func (h *house) win(dealID string, won time.Time, client od.Client) {
	h.Helper()
	h.crm.deals[dealID] = &od.Deal{
		ID: dealID, Title: "Новый договор", Pipeline: od.Named{ID: "8", Name: "Обслуживание"}, Stage: od.Named{ID: "142", Name: "Успешно"},
		Outcome: od.OutcomeWon, Client: client, Responsible: od.Responsible{ID: "6", Name: "Пётр Примеров", Email: "petr@example.com"},
		CreatedAt: won.Add(-time.Hour), UpdatedAt: h.clock, MovedAt: won,
	}
	h.hook(od.DealStageChanged, dealID, od.Hint{From: &od.StageRef{PipelineID: "8", StageID: "10"}, To: &od.StageRef{PipelineID: "8", StageID: "142"}, OccurredAt: h.clock})
	h.work()
}

func TestANewDealThatIsWonIsAReturn(t *testing.T) {
	h := newHouse(t, automatic)
	c := h.leftWell("17", leftForPrice)
	h.days(40)
	h.state(h.theCase("17"), od.StateInTouch)
	stranger := od.Client{ID: "99", Name: "Кто-то другой", Email: "stranger@example.com"}
	h.win("30", h.clock, stranger)
	h.win("31", h.clock.Add(-300*24*time.Hour), c.Client)
	h.state(h.theCase("17"), od.StateInTouch) // neither a stranger's deal nor one that was won while they were with us

	h.win("32", h.clock, c.Client)
	back := h.theCase("17")
	h.state(back, od.StateReturned)
	if back.CRM.DealID != "17" || back.CRM.Stage != c.CRM.Stage || back.Responsible != c.Responsible {
		t.Errorf("the old card tells of the new deal: %+v, %+v", back.CRM, back.Responsible)
	}
	for _, touch := range h.touches(c) {
		if touch.State == od.TouchPlanned || touch.State == od.TouchWaiting {
			t.Errorf("touch %d is still %s", touch.Step, touch.State)
		}
	}
	h.after(24 * time.Hour)
	if got := count(h.post.templates(), od.T17); got != 1 {
		t.Errorf("%d letters T17, want 1", got)
	}
	h.win("33", h.clock, c.Client) // one return is enough
	h.state(h.theCase("17"), od.StateReturned)
	h.sound()
}
