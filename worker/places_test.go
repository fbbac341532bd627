package worker

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

func TestWhoeverWaitsForACRMGivesItsPlaceToOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPlaces(2, 3, slowAfter)
		ctx := t.Context()
		var leave []func()
		begun := time.Now()
		for range 4 { // two begin at once, two when those have gone to the waiting room
			l, ok := p.take(ctx)
			if !ok {
				t.Fatal("no place")
			}
			leave = append(leave, l)
		}
		if waited := time.Since(begun); waited != slowAfter {
			t.Errorf("the third and the fourth waited %s", waited)
		}
		time.Sleep(2 * slowAfter) // one of them finds room, the other keeps its place
		if len(p.quick) != 1 || len(p.slow) != 3 {
			t.Errorf("%d quick, %d slow", len(p.quick), len(p.slow))
		}
		leave[0]() // there is room again
		time.Sleep(2 * slowAfter)
		synctest.Wait()
		if len(p.quick) != 0 || len(p.slow) != 3 {
			t.Errorf("%d quick, %d slow", len(p.quick), len(p.slow))
		}
		for _, l := range leave[1:] {
			l()
		}
		if len(p.quick)+len(p.slow) != 0 {
			t.Errorf("%d quick, %d slow are never left", len(p.quick), len(p.slow))
		}
	})
}

func TestNobodyWaitsForAPlaceLongerThanItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPlaces(1, 0, slowAfter)
		leave, _ := p.take(t.Context())
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, ok := p.take(ctx); ok {
			t.Error("two in one place")
		}
		leave()
		if leave, ok := p.take(t.Context()); !ok {
			t.Error("the place is still taken")
		} else {
			leave()
		}
	})
}
