package offboarding

import (
	"context"
	"net/mail"
	"strings"
	"time"

	"github.com/google/uuid"
)

// Recommended is a provider whom we recommend to clients whom we cannot serve
// (domain §8).
type Recommended struct {
	ID        uuid.UUID
	AccountID uuid.UUID
	Name      string
	WhatFor   string
	Contact   string
	Consent   bool   // to be recommended
	CheckedOn string // the day on which somebody last made sure
	Note      string
	CreatedAt time.Time
	UpdatedAt time.Time
}

// Providers keeps the directory of recommended providers.
type Providers interface {
	AddProvider(ctx context.Context, p *Recommended) error
	Provider(ctx context.Context, scope []uuid.UUID, id uuid.UUID) (*Recommended, error)
	// SaveProvider writes everything but id, account and creation.
	SaveProvider(ctx context.Context, p *Recommended) error
	ProvidersInScope(ctx context.Context, scope []uuid.UUID, accountID *uuid.UUID, p Page) ([]*Recommended, error)
	DeleteProvider(ctx context.Context, id uuid.UUID) error
}

// alternative is the entry as a letter of parting recommends it.
func (p *Recommended) alternative() Alternative {
	return Alternative{ID: &p.ID, Name: p.Name, WhatFor: p.WhatFor, Contact: p.Contact, Consent: p.Consent, CheckedOn: p.CheckedOn}
}

// check says what is wrong with an entry of the directory.
func (p *Recommended) check(today string) error {
	var wrong []FieldError
	for field, text := range map[string]string{"name": p.Name, "what_for": p.WhatFor, "contact": p.Contact} {
		if n := len([]rune(strings.TrimSpace(text))); n == 0 || n > 500 {
			wrong = append(wrong, FieldError{field, "1 to 500 characters"})
		}
	}
	if !IsDay(p.CheckedOn) || p.CheckedOn > today {
		wrong = append(wrong, FieldError{"checked_on", "a day, YYYY-MM-DD, not in the future"})
	}
	if strings.Contains(p.Contact, "@") && !strings.Contains(p.Contact, " ") {
		if _, err := mail.ParseAddress(p.Contact); err != nil {
			wrong = append(wrong, FieldError{"contact", "an e-mail address that can be read"})
		}
	}
	if len(wrong) > 0 {
		return Invalid("the provider cannot be recommended like this", wrong...)
	}
	return nil
}

// KeepProvider stores a new or a changed entry of the directory.
func KeepProvider(ctx context.Context, s Store, p *Recommended, by Actor, now time.Time) error {
	acc, err := s.Account(ctx, p.AccountID)
	if err != nil {
		return err
	}
	if err := p.check(Day(now, acc.Location())); err != nil {
		return err
	}
	return s.InTx(ctx, func(tx Store) error {
		kind, save := "provider.changed", tx.SaveProvider
		if p.ID == uuid.Nil {
			p.ID, p.CreatedAt = NewID(), now.UTC()
			kind, save = "provider.added", tx.AddProvider
		}
		p.UpdatedAt = now.UTC()
		if err := save(ctx, p); err != nil {
			return err
		}
		return tx.Record(ctx, p.line(by, kind))
	})
}

// DropProvider takes an entry out of the directory.
func DropProvider(ctx context.Context, s Store, p *Recommended, by Actor) error {
	return s.InTx(ctx, func(tx Store) error {
		if err := tx.DeleteProvider(ctx, p.ID); err != nil {
			return err
		}
		return tx.Record(ctx, p.line(by, "provider.removed"))
	})
}

func (p *Recommended) line(by Actor, kind string) Audit {
	return Audit{
		Stream: "account:" + p.AccountID.String(), Actor: by, Kind: kind, Summary: "recommended provider " + p.ID.String(), AccountID: &p.AccountID,
	}
}
