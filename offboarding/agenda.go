package offboarding

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"opendoor/offboarding/survey"
)

// This file is the agenda: every touch, deadline and review that is to come.

// AgendaEntry is one thing that is to come. Its text names the case by number
// and nobody by name, for it may be read in a calendar elsewhere.
type AgendaEntry struct {
	AccountID uuid.UUID
	CaseID    *uuid.UUID
	CaseNo    int64
	Kind      string
	Ref       string    // of the row that it comes from
	Day       string    // a deadline that is a day; empty: At
	At        time.Time // a moment; of a day its first one in UTC
	Detail    string    // of a touch its template, of a measure its code
	Tentative bool      // it waits for a person's release
}

// AgendaFilter selects entries in [From, To), the soonest first.
type AgendaFilter struct {
	Scope    []uuid.UUID
	From, To time.Time
	After    *AgendaPlace // the last entry of the page before
	Limit    int
}

// AgendaPlace is the place of an entry in the list.
type AgendaPlace struct {
	At   string `json:"at"` // a day, or a moment to the microsecond
	Ref  string `json:"ref"`
	Kind string `json:"kind"`
}

// agendaMoment is how a moment sorts among days: after the day that it lies in.
const agendaMoment = "2006-01-02T15:04:05.000000"

// Place tells where the entry stands in the list.
func (e AgendaEntry) Place() AgendaPlace {
	at := e.Day
	if at == "" {
		at = e.At.UTC().Format(agendaMoment)
	}
	return AgendaPlace{at, e.Ref, e.Kind}
}

// Compare orders places.
func (p AgendaPlace) Compare(o AgendaPlace) int {
	return cmp.Or(strings.Compare(p.At, o.At), strings.Compare(p.Ref, o.Ref), strings.Compare(p.Kind, o.Kind))
}

// Time is the first moment of the place.
func (p AgendaPlace) Time() time.Time {
	for _, layout := range []string{agendaMoment, time.DateOnly} {
		if t, err := time.Parse(layout, p.At); err == nil {
			return t
		}
	}
	return time.Time{}
}

// Feed is a calendar at a secret address; only the hash of its token is kept.
type Feed struct {
	ID        uuid.UUID
	Name      string
	Lang      Lang
	Accounts  []uuid.UUID // nil: all
	TokenHash []byte
	CreatedBy Actor
	CreatedAt time.Time
	RevokedAt time.Time
}

// Agendas keeps what is to come.
type Agendas interface {
	// Agenda lists what is to come, the soonest first.
	Agenda(ctx context.Context, f AgendaFilter) ([]AgendaEntry, error)
	AddFeed(ctx context.Context, f *Feed) error
	FeedByHash(ctx context.Context, hash []byte) (*Feed, error)
	Feeds(ctx context.Context, p Page) ([]*Feed, error)
	// RevokeFeed ends a feed; ErrNotFound when there is none.
	RevokeFeed(ctx context.Context, id uuid.UUID, at time.Time) error
}

var agendaTitles = map[string]map[Lang]string{
	"touch":          {RU: "Написать клиенту", EN: "Write to the client"},
	"call":           {RU: "Позвонить клиенту", EN: "Call the client"},
	"touch_call":     {RU: "Позвонить бывшему клиенту", EN: "Call the former client"},
	"service_ends":   {RU: "Последний день обслуживания", EN: "Last day of service"},
	"handover":       {RU: "Срок передачи дел", EN: "Handover is due"},
	"question":       {RU: "Ответить на вопрос о передаче", EN: "Answer a question about the handover"},
	"settlement":     {RU: "Срок финального расчёта", EN: "Final account is due"},
	"review":         {RU: "Разобрать потерю", EN: "Review the loss"},
	"measure_check":  {RU: "Проверить, помогла ли мера", EN: "Check whether the measure helped"},
	"corrective":     {RU: "Срок корректирующей меры", EN: "Corrective measure is due"},
	"measure":        {RU: "Срок меры", EN: "Measure is due"},
	"systemic":       {RU: "Срок системной меры", EN: "Systemic measure is due"},
	"refusal_review": {RU: "Пересмотреть отказ от обслуживания", EN: "Look again at the refusal of service"},
	"inventory":      {RU: "Срок ежеквартальной описи", EN: "Quarterly inventory is due"},
}

// AgendaDetail is what may be told of an entry where everybody may look: not
// that a measure or a call is about a person of ours.
func AgendaDetail(kind, detail string) string {
	if kind == "measure" && (&Measure{Code: detail}).AboutPeople() || kind == "touch_call" && detail == callNewPerson {
		return ""
	}
	return detail
}

// Title says in one line what is to come.
func (e AgendaEntry) Title(l Lang) string {
	parts := []string{agendaTitles[e.Kind][l.Or(RU)]}
	if e.CaseNo > 0 {
		parts = append(parts, fmt.Sprintf(pick(l.Or(RU), "уход № %d", "case No. %d"), e.CaseNo))
	}
	if e.Detail != "" && e.Kind != "touch_call" {
		detail := e.Detail
		if r, ok := survey.Lookup(e.Detail); ok {
			detail = r.Label(string(l.Or(RU)))
		}
		parts = append(parts, detail)
	}
	return strings.Join(parts, ", ")
}

// UID is the same for the same thing whenever it is asked for.
func (e AgendaEntry) UID() string { return e.Kind + "-" + e.Ref + "@opendoor" }

// NewFeed makes a calendar at an address that nobody guesses: 256 random bits.
func NewFeed(ctx context.Context, s Store, f *Feed, now time.Time, by Actor) (token string, err error) {
	if f.Name = strings.TrimSpace(f.Name); f.Name == "" || len([]rune(f.Name)) > 100 {
		return "", Invalid("the calendar needs a name", FieldError{"name", "1 to 100 characters"})
	}
	raw := make([]byte, 32)
	_, _ = rand.Read(raw) // never fails
	token = base64.RawURLEncoding.EncodeToString(raw)
	f.ID, f.TokenHash, f.CreatedBy, f.CreatedAt, f.Lang = NewID(), HashToken(token), by, now.UTC(), f.Lang.Or(RU)
	return token, s.InTx(ctx, func(tx Store) error {
		if err := tx.AddFeed(ctx, f); err != nil {
			return err
		}
		return tx.Record(ctx, Audit{Stream: "installation", Actor: by, Kind: "calendar_feed.created", Summary: "a calendar at a secret address was made: " + f.ID.String()})
	})
}

// RevokeFeed ends a calendar: its address answers like one that never was.
func RevokeFeed(ctx context.Context, s Store, id uuid.UUID, now time.Time, by Actor) error {
	return s.InTx(ctx, func(tx Store) error {
		if err := tx.RevokeFeed(ctx, id, now); err != nil {
			return err
		}
		return tx.Record(ctx, Audit{Stream: "installation", Actor: by, Kind: "calendar_feed.revoked", Summary: "the calendar " + id.String() + " was revoked"})
	})
}
