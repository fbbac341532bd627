package worker

import (
	"context"
	"encoding/json"
	"log/slog"
	"testing"
	"time"

	"github.com/google/uuid"

	"opendoor/offboarding"
)

// parkedStore has one event of one parked account.
type parkedStore struct {
	offboarding.Store
	acc   offboarding.Account
	event offboarding.Event
}

func (s *parkedStore) InTx(_ context.Context, fn func(offboarding.Store) error) error { return fn(s) }

func (s *parkedStore) Account(context.Context, uuid.UUID) (*offboarding.Account, error) {
	acc := s.acc
	return &acc, nil
}

func (s *parkedStore) TakeProbe(context.Context, uuid.UUID, time.Time, time.Time) (bool, error) {
	return true, nil
}

func (s *parkedStore) SetAccountHealth(_ context.Context, _ uuid.UUID, status offboarding.AccountStatus, _ string, _ time.Time) error {
	s.acc.Status = status
	return nil
}

func (s *parkedStore) Wake(context.Context, uuid.UUID, time.Time) error { return nil }

func (s *parkedStore) Event(context.Context, []uuid.UUID, uuid.UUID) (*offboarding.Event, error) {
	e := s.event
	return &e, nil
}

func (s *parkedStore) SettleEvent(context.Context, *offboarding.Event) error { return nil }

func (s *parkedStore) Finish(context.Context, *offboarding.Effect, offboarding.EffectState, string, string) error {
	return nil
}

// deals is a CRM that may answer and has no deals.
type deals struct {
	offboarding.Connector
	fail error
}

func (d deals) Deal(ctx context.Context, _ *offboarding.Account, _ string) (*offboarding.Deal, error) {
	if d.fail != nil {
		return nil, d.fail
	}
	offboarding.Answered(ctx)
	return nil, offboarding.ErrGone
}

func TestAParkedAccountWorksAgainOnlyAfterItsCRMHasAnswered(t *testing.T) {
	for name, tc := range map[string]struct {
		kind offboarding.EventKind
		fail error
		want offboarding.AccountStatus
	}{
		"the CRM answers":                   {offboarding.DealAdded, nil, offboarding.AccountActive},
		"the CRM refuses":                   {offboarding.DealAdded, offboarding.ErrUnauthorized, offboarding.AccountReauthNeeded},
		"the work was done without the CRM": {offboarding.DealDeleted, nil, offboarding.AccountReauthNeeded},
	} {
		t.Run(name, func(t *testing.T) {
			s := &parkedStore{acc: offboarding.Account{ID: offboarding.NewID(), Provider: offboarding.AmoCRM, Status: offboarding.AccountReauthNeeded}}
			s.event = offboarding.Event{ID: offboarding.NewID(), AccountID: s.acc.ID, Kind: tc.kind, EntityID: "17", Verdict: offboarding.VerdictPending}
			log := slog.New(slog.DiscardHandler)
			w := &Worker{Config: Config{
				Store: s, Clock: offboarding.Clock{Now: time.Now, Wall: time.Now, Rate: 1}, Log: log,
				Interpreter: offboarding.NewInterpreter(s, offboarding.Connectors{offboarding.AmoCRM: deals{fail: tc.fail}}, time.Now, time.Now, log),
			}}
			payload, err := json.Marshal(offboarding.InterpretPayload{EventID: s.event.ID})
			if err != nil {
				t.Fatal(err)
			}
			err = w.do(t.Context(), &offboarding.Effect{ID: offboarding.NewID(), AccountID: s.acc.ID, Kind: offboarding.EffectInterpret, Payload: payload})
			if (err != nil) != (tc.fail != nil) {
				t.Fatalf("the work ended with %v", err)
			}
			if s.acc.Status != tc.want {
				t.Errorf("the account is %s, want %s", s.acc.Status, tc.want)
			}
		})
	}
}
