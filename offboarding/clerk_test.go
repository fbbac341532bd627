package offboarding_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/google/uuid"

	od "opendoor/offboarding"
)

// between lets something happen between two looks at the store.
type between struct {
	od.Store
	happens func()
}

func (s *between) Build(ctx context.Context, caseID uuid.UUID) (*od.Build, error) {
	if now := s.happens; now != nil {
		s.happens = nil
		now()
	}
	return s.Store.Build(ctx, caseID)
}

// A package that is finished while somebody looks is not shown as done beside a
// case that still collects.
func TestAHandoverIsShownAsOfOneMoment(t *testing.T) {
	h := newHouse(t)
	h.lose("17")
	h.work()
	c, err := h.act(h.theCase("17"), od.Action{Name: "proceed"})
	h.must(err)
	if _, err := h.store.Handover(t.Context(), c.ID); err != nil {
		h.must(h.store.SaveHandover(t.Context(), &od.Handover{CaseID: c.ID, AccountID: c.AccountID}))
	}
	s := &between{Store: h.store, happens: func() {
		c := h.theCase("17")
		c.Tracks.Handover = od.HandoverReady
		h.must(h.store.SaveCase(t.Context(), c))
		h.must(h.store.SaveBuild(t.Context(), &od.Build{CaseID: c.ID, AccountID: c.AccountID, State: od.BuildDone}))
	}}
	clerk := od.NewClerk(s, od.Uploads{}, nil, h.keys, "", func() time.Time { return h.clock }, slog.New(slog.DiscardHandler))
	f, err := clerk.Show(t.Context(), nil, c.ID)
	h.must(err)
	if f.Build.State != od.BuildDone || f.Case.Tracks.Handover != od.HandoverReady {
		t.Errorf("the package is %s, the handover %s", f.Build.State, f.Case.Tracks.Handover)
	}
}
