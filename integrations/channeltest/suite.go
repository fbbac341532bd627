// Package channeltest is the contract that every channel keeps, whatever
// carries it: e-mail, Telegram, text messages. It serves tests only.
package channeltest

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/uuid"

	"opendoor/offboarding"
)

// Fate is how the carrier treats the next message.
type Fate string

// The fates of a message.
const (
	Accepted Fate = "accepted"
	Busy     Fate = "busy"    // it says that it cannot take it now
	Refused  Fate = "refused" // it will never take it
	Dead     Fate = "dead"    // nothing will ever arrive at the address
	Lost     Fate = "lost"    // it took it, and its answer was lost
)

// Rig is a channel before a carrier that treats messages as its Fate says.
type Rig struct {
	Channel offboarding.Channel
	To      string
	Mailer  offboarding.Mailer
	Arrived func() int // messages that the carrier has taken
	Secret  string     // that stands in no error
}

// Run holds a channel to the contract. open makes a rig for a fate; fates are
// those that its carrier knows, beside Accepted.
func Run(t *testing.T, open func(t *testing.T, fate Fate) Rig, fates ...Fate) {
	t.Run("what is accepted arrives once, behind its fence", func(t *testing.T) { accepted(t, open(t, Accepted)) })
	t.Run("a fence that closes leaves nothing there", func(t *testing.T) { fenced(t, open(t, Accepted)) })
	for _, fate := range fates {
		t.Run(string(fate), func(t *testing.T) { treated(t, open(t, fate), fate) })
	}
}

func (r Rig) envelope() *offboarding.Envelope {
	id := uuid.Must(uuid.NewV7())
	return &offboarding.Envelope{EffectID: id, UnsubscribeURL: "https://opendoor.example.com/u/sample", Message: &offboarding.Message{
		ID: id, Channel: r.Channel, To: r.To, From: "care@opendoor.example.com", Template: offboarding.T15, Class: offboarding.ClassRelationship, Lang: offboarding.RU,
		Subject: "Копии документов", Text: "Копии документов у нас под рукой.", HeaderID: id.String() + "@opendoor.example.com",
	}}
}

func accepted(t *testing.T, r Rig) {
	asked := 0
	err := r.Mailer.Send(t.Context(), r.envelope(), func(context.Context) error {
		asked++
		if r.Arrived() != 0 {
			t.Error("the message was there before its fence")
		}
		return nil
	})
	if err != nil || asked != 1 || r.Arrived() != 1 {
		t.Errorf("%v; the fence was asked %d times, %d messages arrived", err, asked, r.Arrived())
	}
}

func fenced(t *testing.T, r Rig) {
	err := r.Mailer.Send(t.Context(), r.envelope(), func(context.Context) error { return offboarding.ErrFenced })
	if !errors.Is(err, offboarding.ErrFenced) || r.Arrived() != 0 {
		t.Errorf("%v; %d messages arrived", err, r.Arrived())
	}
}

func treated(t *testing.T, r Rig, fate Fate) {
	err := r.Mailer.Send(t.Context(), r.envelope(), func(context.Context) error { return nil })
	if err == nil {
		t.Fatal("no error")
	}
	if strings.Contains(err.Error(), r.Secret) && r.Secret != "" {
		t.Errorf("a secret stands in %q", err)
	}
	uncertain, later := errors.Is(err, offboarding.ErrUncertain), offboarding.IsKind(err, offboarding.KindUnavailable)
	invalid, gone := offboarding.IsKind(err, offboarding.KindInvalid), offboarding.IsKind(err, offboarding.KindGone)
	want := map[Fate]bool{Busy: later && !uncertain, Refused: invalid || gone, Dead: gone, Lost: uncertain}
	if !want[fate] {
		t.Errorf("%s is told as %v", fate, err)
	}
	if arrived := map[bool]int{true: 1, false: 0}[fate == Lost]; r.Arrived() != arrived {
		t.Errorf("%s: %d messages arrived, want %d", fate, r.Arrived(), arrived)
	}
}
