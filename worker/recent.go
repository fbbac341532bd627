package worker

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"github.com/google/uuid"

	"opendoor/offboarding"
)

// recentFor is how old an account may be that hands work with, or an operator's
// text of a letter. Every effect needs its account two or three times, and there
// are few accounts: reading them anew was a fifth of all statements. What must not
// be late by this much is asked again in the statement that opens the fence.
const recentFor = 200 * time.Millisecond

// recentStore is a Store whose accounts and texts may be a moment old outside of
// transactions. What this process itself writes is seen at once.
type recentStore struct {
	offboarding.Store
	mu    sync.Mutex
	known map[uuid.UUID]recentAccount
	texts map[text]recentText
}

type recentText struct {
	text *offboarding.LetterText
	err  error // ErrNotFound: the operator has none
	at   time.Time
}

type recentAccount struct {
	acc *offboarding.Account
	at  time.Time
}

// Recent returns s for the use of workers: accounts are read at most a few
// times a second each.
func Recent(s offboarding.Store) offboarding.Store {
	return &recentStore{Store: s, known: map[uuid.UUID]recentAccount{}, texts: map[text]recentText{}}
}

// Account returns the account as it was at most recentFor ago.
func (s *recentStore) Account(ctx context.Context, id uuid.UUID) (*offboarding.Account, error) {
	s.mu.Lock()
	found, ok := s.known[id]
	s.mu.Unlock()
	if !ok || time.Since(found.at) > recentFor {
		at := time.Now()
		acc, err := s.Store.Account(ctx, id)
		if err != nil {
			return nil, err
		}
		found = recentAccount{acc, at}
		s.mu.Lock()
		s.known[id] = found
		s.mu.Unlock()
	}
	own := *found.acc
	return &own, nil
}

// LetterText returns the newest text as it was at most recentFor ago.
func (s *recentStore) LetterText(ctx context.Context, code string, lang offboarding.Lang, version int) (*offboarding.LetterText, error) {
	if version != 0 {
		return s.Store.LetterText(ctx, code, lang, version)
	}
	of := text{code, lang}
	s.mu.Lock()
	found, ok := s.texts[of]
	s.mu.Unlock()
	if !ok || time.Since(found.at) > recentFor {
		found.at = time.Now()
		found.text, found.err = s.Store.LetterText(ctx, code, lang, 0)
		if found.err != nil && !offboarding.IsKind(found.err, offboarding.KindNotFound) {
			return nil, found.err
		}
		s.mu.Lock()
		s.texts[of] = found
		s.mu.Unlock()
	}
	if found.err != nil {
		return nil, found.err
	}
	own := *found.text
	return &own, nil
}

func (s *recentStore) forget(id uuid.UUID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.known, id)
}

// SetAccountHealth writes through: the next look at the account must know that
// its CRM wants to be left alone.
func (s *recentStore) SetAccountHealth(ctx context.Context, id uuid.UUID, status offboarding.AccountStatus, reason string, nextCallAt time.Time) error {
	defer s.forget(id)
	return s.Store.SetAccountHealth(ctx, id, status, reason, nextCallAt)
}

// ParkAccount writes through.
func (s *recentStore) ParkAccount(ctx context.Context, id uuid.UUID, version int, status offboarding.AccountStatus, reason string, nextCallAt time.Time) (bool, error) {
	defer s.forget(id)
	return s.Store.ParkAccount(ctx, id, version, status, reason, nextCallAt)
}

// RestAccount writes through.
func (s *recentStore) RestAccount(ctx context.Context, id uuid.UUID, nextCallAt time.Time) error {
	defer s.forget(id)
	return s.Store.RestAccount(ctx, id, nextCallAt)
}

// TakeProbe writes through.
func (s *recentStore) TakeProbe(ctx context.Context, id uuid.UUID, wall, next time.Time) (bool, error) {
	defer s.forget(id)
	return s.Store.TakeProbe(ctx, id, wall, next)
}

// SetAccountCardSetup writes through.
func (s *recentStore) SetAccountCardSetup(ctx context.Context, id uuid.UUID, setup json.RawMessage) error {
	defer s.forget(id)
	return s.Store.SetAccountCardSetup(ctx, id, setup)
}
