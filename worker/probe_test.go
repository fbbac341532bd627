package worker

import (
	"context"
	"encoding/json"
	"errors"
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
	woken int
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

func (s *parkedStore) ParkAccount(_ context.Context, _ uuid.UUID, version int, status offboarding.AccountStatus, _ string, _ time.Time) (bool, error) {
	if version == s.acc.Version {
		s.acc.Status = status
	}
	return version == s.acc.Version, nil
}

func (s *parkedStore) Wake(context.Context, uuid.UUID, time.Time) error {
	s.woken++
	return nil
}

func (s *parkedStore) Again(context.Context, *offboarding.Effect, time.Time, bool, string, string) error {
	return nil
}

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

func TestAPostponementThatMissedTheWakingIsWoken(t *testing.T) {
	for status, want := range map[offboarding.AccountStatus]int{offboarding.AccountActive: 1, offboarding.AccountReauthNeeded: 0} {
		s := &parkedStore{acc: offboarding.Account{ID: offboarding.NewID(), Status: status}}
		w := &Worker{Config: Config{Store: s, Clock: offboarding.Clock{Now: time.Now, Wall: time.Now, Rate: 1}, Log: slog.New(slog.DiscardHandler)}}
		parked := &offboarding.Postpone{Until: time.Now().Add(time.Hour), Real: true, Reason: "the account is reauth_needed"}
		if err := w.verdict(t.Context(), &offboarding.Effect{AccountID: s.acc.ID, Kind: offboarding.EffectInterpret}, parked); err != nil {
			t.Fatal(err)
		}
		if s.woken != want {
			t.Errorf("the work of an account that is %s now was woken %d times, want %d", status, s.woken, want)
		}
	}
}

func TestARefusalOfTheOldCredentialParksNobody(t *testing.T) {
	s := &parkedStore{acc: offboarding.Account{ID: offboarding.NewID(), Status: offboarding.AccountActive, Version: 2}}
	w := &Worker{Config: Config{Store: s, Clock: offboarding.Clock{Now: time.Now, Wall: time.Now, Rate: 1}, Log: slog.New(slog.DiscardHandler)}}
	before := s.acc
	before.Version = 1
	err := w.park(t.Context(), &before, offboarding.ErrUnauthorized)
	if _, ok := errors.AsType[*offboarding.Postpone](err); !ok || s.acc.Status != offboarding.AccountActive {
		t.Errorf("the account is %s, the work ends with %v", s.acc.Status, err)
	}
}
