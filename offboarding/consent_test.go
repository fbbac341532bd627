package offboarding_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/google/uuid"

	od "opendoor/offboarding"
)

func TestAStateIsOursForOneAccountAndForADay(t *testing.T) {
	older, newer := bytes.Repeat([]byte{1}, 32), bytes.Repeat([]byte{2}, 32)
	stops := bytes.Repeat([]byte{3}, 32)
	old, now := od.NewKeys([][]byte{older}, stops), time.Date(2026, 11, 3, 9, 0, 0, 0, time.UTC)
	rotated, foreign := od.NewKeys([][]byte{newer, older}, stops), od.NewKeys([][]byte{newer}, stops)
	id := uuid.New()
	state := old.ConsentState(id, now.Add(time.Hour))
	for what, test := range map[string]struct {
		keys *od.Keys
		text string
		at   time.Time
		ours bool
	}{
		"in time":                     {old, state, now, true},
		"after the key was rotated":   {rotated, state, now, true},
		"too late":                    {old, state, now.Add(time.Hour), false},
		"of another installation":     {foreign, state, now, false},
		"cut":                         {old, state[:len(state)-1], now, false},
		"with a line end":             {old, state + "\n", now, false},
		"nothing":                     {old, "", now, false},
		"a hook's key":                {old, old.HookKey(id), now, false},
		"a place's key":               {old, old.PlaceKey(id), now, false},
		"a context of a card":         {old, old.SignCard(od.CardContext{AccountID: id, Until: now.Add(time.Hour)}), now, false},
		"one that was never finished": {old, state[:20], now, false},
	} {
		got, ok := test.keys.ProveConsent(test.text, test.at)
		if ok != test.ours || ok && got != id {
			t.Errorf("%s: %v", what, ok)
		}
	}
}

func TestAContextOfACardIsSignedForHalfAnHour(t *testing.T) {
	k := od.NewKeys([][]byte{bytes.Repeat([]byte{1}, 32)}, bytes.Repeat([]byte{3}, 32))
	now := time.Date(2026, 11, 3, 9, 0, 0, 0, time.UTC)
	c := od.CardContext{AccountID: uuid.New(), DealID: 8061, UserID: 6, Until: now.Add(od.CardContextFor)}
	token := k.SignCard(c)
	got, ok := k.ProveCard(token, now)
	if !ok || got.AccountID != c.AccountID || got.DealID != 8061 || got.UserID != 6 {
		t.Fatalf("%+v, %v", got, ok)
	}
	if _, ok := k.ProveCard(token, c.Until); ok {
		t.Error("it works after its end")
	}
	for i := range token {
		other := []byte(token)
		if other[i]++; string(other) == token {
			continue
		}
		if _, ok := k.ProveCard(string(other), now); ok {
			t.Errorf("changed at %d it still works", i)
		}
	}
	if id, ok := k.ProvePlace(k.PlaceKey(c.AccountID)); !ok || id != c.AccountID {
		t.Error("a place's key is not known")
	}
	if _, ok := k.ProvePlace(token); ok {
		t.Error("a context is taken for a place")
	}
}
