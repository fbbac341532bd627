package worker

import (
	"context"
	"testing"

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
