package offboarding

import (
	"context"
	"strconv"

	"github.com/google/uuid"
)

// CardMemories keep what we last wrote on the CRM's cards, so that a value that
// a person changed since is recognised and left alone.
type CardMemories interface {
	// CardMemory returns what is remembered of the fields of a deal's card.
	CardMemory(ctx context.Context, accountID uuid.UUID, dealID string) (CardMemory, error)
	// RememberCard writes the entries of m over what was known of these fields.
	RememberCard(ctx context.Context, accountID uuid.UUID, dealID string, m CardMemory) error
	// ForgetCardFields forgets these fields on all cards of the account: they were
	// created anew and are empty.
	ForgetCardFields(ctx context.Context, accountID uuid.UUID, codes []string) error
}

// CardMemory is what is remembered of a card, by the codes of its fields.
type CardMemory map[string]Remembered

// Remembered is what is known of one field. Between the decision to write and
// the CRM's answer both values are ours: a crash leaves open which one stands.
type Remembered struct {
	Wrote   string
	Writing string
	Pending bool   // Writing counts
	Kept    string // a person's value that was left alone and told about
}

// Plain spells the value the way it is remembered and compared; empty clears.
func (v CardValue) Plain() string {
	switch {
	case v.Option != "":
		return v.Option
	case v.Number != nil:
		return strconv.Itoa(*v.Number)
	case v.Day != "":
		return v.Day
	}
	return v.Text
}

// MayWrite reports whether a field that shows is may be written: it is empty and
// was never ours, or it still shows what we wrote. Without a memory nothing is
// known about persons, and everything may be written.
func (c Card) MayWrite(code, is string) bool {
	if c.Memory == nil {
		return true
	}
	m, known := c.Memory[code]
	if !known {
		return is == ""
	}
	return is == m.Wrote || m.Pending && is == m.Writing
}

// intended is what must be remembered before the card is written.
func (c Card) intended() CardMemory {
	out := CardMemory{}
	for _, v := range c.Fields {
		m := c.Memory[v.Code]
		m.Writing, m.Pending = v.Plain(), true
		out[v.Code] = m
	}
	return out
}

// settled is what is remembered after the card was written. kept are the fields
// in which a person's value was found for the first time.
func (c Card) settled(w Written) (m CardMemory, kept []string) {
	m = CardMemory{}
	shown := map[string]bool{}
	for _, code := range w.Shown {
		shown[code] = true
	}
	for _, v := range c.Fields {
		before, known := c.Memory[v.Code]
		switch is, left := w.Left[v.Code]; {
		case shown[v.Code]:
			if now := (Remembered{Wrote: v.Plain()}); !known || before != now {
				m[v.Code] = now
			}
		case left && (before.Kept != is || !known):
			kept = append(kept, v.Code)
			before.Kept = is
			m[v.Code] = before
		}
	}
	return m, kept
}

// Created lists the fields that did not exist before: what was remembered of
// earlier ones by the same names is no longer true.
func (r *SetupReport) Created() []string {
	var codes []string
	for _, f := range r.Fields {
		if f.Created {
			codes = append(codes, f.Code)
		}
	}
	return codes
}
