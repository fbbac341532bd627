package worker

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"

	"opendoor/offboarding"
)

// fences remembers which way a fence was asked for.
type fences struct {
	offboarding.Store
	alone, together int
}

func (f *fences) Fence(context.Context, *offboarding.Effect, offboarding.FenceConditions) error {
	f.alone++
	return nil
}

func (f *fences) FenceAll(_ context.Context, effects []offboarding.Fenced) (map[uuid.UUID]bool, error) {
	f.together++
	opened := map[uuid.UUID]bool{}
	for _, e := range effects {
		opened[e.Effect.ID] = true
	}
	return opened, nil
}

// What FenceAll does not ask must not be asked of it: a mail to the
// administrator about a shadow account was stopped for ever that way.
func TestAFenceThatAsksForMoreIsOpenedAlone(t *testing.T) {
	for name, tt := range map[string]struct {
		cond  offboarding.FenceConditions
		alone int
	}{
		"a letter of a case":       {offboarding.FenceConditions{Letter: true, SuppressedHash: []byte("h")}, 0},
		"a letter that is owed":    {offboarding.FenceConditions{Letter: true, Owed: true}, 0},
		"a mail about the house":   {offboarding.FenceConditions{House: true}, 1},
		"a letter with a consent":  {offboarding.FenceConditions{ConsentHash: []byte("h")}, 1},
		"a letter without refusal": {offboarding.FenceConditions{RefusalHash: []byte("h")}, 1},
	} {
		f := &fences{}
		err := Together(f).Fence(t.Context(), &offboarding.Effect{ID: offboarding.NewID()}, tt.cond)
		if err != nil || f.alone != tt.alone || f.alone+f.together != 1 {
			t.Errorf("%s: alone %d, together %d, %v", name, f.alone, f.together, err)
		}
	}
}

// dueRows are claimed when they are due.
type dueRows struct {
	offboarding.Store
	due map[uuid.UUID]time.Time
}

func (s *dueRows) ClaimAll(_ context.Context, ids []uuid.UUID, now time.Time, _ time.Duration) (map[uuid.UUID]*offboarding.Effect, error) {
	claimed := map[uuid.UUID]*offboarding.Effect{}
	for _, id := range ids {
		if !s.due[id].After(now) {
			claimed[id] = &offboarding.Effect{ID: id}
		}
	}
	return claimed, nil
}

// One of a thousand letters came ten seconds late: who had come together with
// somebody that had asked a moment before its row was due did not get it.
func TestWhoComesLaterGetsWhatIsDueByThen(t *testing.T) {
	early := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	late := early.Add(time.Millisecond)
	first, second := offboarding.NewID(), offboarding.NewID()
	s := Together(&dueRows{due: map[uuid.UUID]time.Time{first: early, second: late}}).(*togetherStore)
	out, errs := s.claimAll(t.Context(), []claimed{{id: second, now: late, lease: lease}, {id: first, now: early, lease: lease}})
	for i, err := range errs {
		if err != nil || out[i] == nil {
			t.Errorf("row %d is not claimed: %v", i, err)
		}
	}
}

// texts are an operator's, by code and language.
type texts struct {
	offboarding.Store
	asked int
}

func (s *texts) LetterText(_ context.Context, code string, lang offboarding.Lang, _ int) (*offboarding.LetterText, error) {
	if s.asked++; code != "T01" {
		return nil, offboarding.ErrNotFound
	}
	return &offboarding.LetterText{Code: code, Lang: lang}, nil
}

func TestLettersOfOneKindReadTheirTextOnceAndEachHasItsOwn(t *testing.T) {
	own := &texts{}
	s := Together(own).(*togetherStore)
	out, errs := s.eachText(t.Context(), []text{{"T01", "ru"}, {"T01", "en"}, {"T03", "ru"}, {"T01", "ru"}, {"T03", "ru"}})
	if own.asked != 3 {
		t.Errorf("%d readings of three texts", own.asked)
	}
	for i, want := range []offboarding.Lang{"ru", "en", "", "ru", ""} {
		switch {
		case want == "" && (out[i] != nil || !errors.Is(errs[i], offboarding.ErrNotFound)):
			t.Errorf("letter %d has a text that does not exist: %v, %v", i, out[i], errs[i])
		case want != "" && (errs[i] != nil || out[i].Lang != want):
			t.Errorf("letter %d has %v, %v; its language is %s", i, out[i], errs[i], want)
		}
	}
	if out[0] == out[3] {
		t.Error("two letters share one text")
	}
}
