package worker_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"opendoor/offboarding"
	"opendoor/worker"
)

// countedStore has one account and counts how often it is read.
type countedStore struct {
	offboarding.Store
	acc   offboarding.Account
	reads int
}

func (s *countedStore) Account(_ context.Context, id uuid.UUID) (*offboarding.Account, error) {
	s.reads++
	if id != s.acc.ID {
		return nil, offboarding.ErrNotFound
	}
	found := s.acc
	return &found, nil
}

func (s *countedStore) SetAccountHealth(_ context.Context, _ uuid.UUID, status offboarding.AccountStatus, _ string, next time.Time) error {
	s.acc.Status, s.acc.NextCallAt = status, next
	return nil
}

func TestHandsShareALookAtTheAccount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		under := &countedStore{acc: offboarding.Account{ID: offboarding.NewID(), Mode: offboarding.Live}}
		s := worker.Recent(under)
		mode := func() offboarding.Mode {
			acc, err := s.Account(t.Context(), under.acc.ID)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { acc.Mode = "changed by a hand" }()
			return acc.Mode
		}
		for range 5 {
			if got := mode(); got != offboarding.Live {
				t.Fatalf("mode %q, want live", got)
			}
		}
		if under.reads != 1 {
			t.Errorf("%d reads for five looks at once, want 1", under.reads)
		}
		under.acc.Mode = offboarding.Shadow
		time.Sleep(time.Second)
		if got := mode(); got != offboarding.Shadow {
			t.Errorf("a second later still %q", got)
		}
	})
}

func TestACRMThatWantsToBeLeftAloneIsKnownAtOnce(t *testing.T) {
	under := &countedStore{acc: offboarding.Account{ID: offboarding.NewID(), Status: offboarding.AccountActive}}
	s := worker.Recent(under)
	if _, err := s.Account(t.Context(), under.acc.ID); err != nil {
		t.Fatal(err)
	}
	until := time.Now().Add(time.Minute)
	if err := s.SetAccountHealth(t.Context(), under.acc.ID, offboarding.AccountSuspended, "blocked", until); err != nil {
		t.Fatal(err)
	}
	acc, err := s.Account(t.Context(), under.acc.ID)
	if err != nil {
		t.Fatal(err)
	}
	if acc.Status != offboarding.AccountSuspended || !acc.NextCallAt.Equal(until) {
		t.Errorf("the account is %s until %s, want suspended until %s", acc.Status, acc.NextCallAt, until)
	}
}

func TestAnUnknownAccountIsNotRemembered(t *testing.T) {
	under := &countedStore{}
	s := worker.Recent(under)
	for range 2 {
		if _, err := s.Account(t.Context(), offboarding.NewID()); !offboarding.IsKind(err, offboarding.KindNotFound) {
			t.Fatalf("error %v, want not found", err)
		}
	}
}

func TestHandsShareALookAtALettersText(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		under := &writtenStore{}
		s := worker.Recent(under)
		ask := func(version int) (*offboarding.LetterText, error) {
			return s.LetterText(t.Context(), offboarding.T01, offboarding.RU, version)
		}
		for range 3 {
			if _, err := ask(0); !offboarding.IsKind(err, offboarding.KindNotFound) {
				t.Errorf("a text that nobody wrote: %v", err)
			}
		}
		under.version = 1
		time.Sleep(time.Second)
		first, err := ask(0)
		if err != nil || first.Version != 1 {
			t.Fatalf("the new text is not read: %v, %v", first, err)
		}
		first.Version = 7 // its own
		if second, err := ask(0); err != nil || second.Version != 1 || under.reads != 2 {
			t.Errorf("%v, %v after %d readings", second, err, under.reads)
		}
		if old, err := ask(1); err != nil || old.Version != 1 || under.reads != 3 {
			t.Errorf("a version is asked for as it is: %v, %v after %d readings", old, err, under.reads)
		}
	})
}

// writtenStore has one text of a letter, once it has a version.
type writtenStore struct {
	offboarding.Store
	version, reads int
}

func (s *writtenStore) LetterText(context.Context, string, offboarding.Lang, int) (*offboarding.LetterText, error) {
	if s.reads++; s.version == 0 {
		return nil, offboarding.ErrNotFound
	}
	return &offboarding.LetterText{Version: s.version}, nil
}
