package offboarding_test

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	od "opendoor/offboarding"
)

// memStore keeps one parting in memory, with transactions that roll back, so
// that a hundred thousand of them can be lived through. It has what the desk,
// the timers and the postman ask for; anything else panics.
type memStore struct {
	od.Store
	now  func() time.Time
	acc  *od.Account
	rows *memRows
}

type memRows struct {
	cases    map[uuid.UUID][]byte
	effects  map[uuid.UUID]od.Effect
	keys     map[string]uuid.UUID
	messages map[uuid.UUID]od.Message
	audit    []od.Audit
	stopped  bool
	measures int
	handover *od.Handover
	touches  []od.Touch
	review   *od.Review
}

func newMemStore(acc *od.Account, now func() time.Time) *memStore {
	return &memStore{now: now, acc: acc, rows: &memRows{
		cases: map[uuid.UUID][]byte{}, effects: map[uuid.UUID]od.Effect{}, keys: map[string]uuid.UUID{}, messages: map[uuid.UUID]od.Message{},
	}}
}

func (s *memStore) InTx(_ context.Context, fn func(od.Store) error) error {
	r := *s.rows
	r.cases, r.effects, r.keys, r.messages = maps.Clone(r.cases), maps.Clone(r.effects), maps.Clone(r.keys), maps.Clone(r.messages)
	r.audit, r.touches = slices.Clip(r.audit), slices.Clone(r.touches)
	before := s.rows
	s.rows = &r
	err := fn(s)
	if err != nil {
		s.rows = before
	}
	return err
}

func (s *memStore) ReviewOf(context.Context, uuid.UUID) (*od.Review, error) {
	if s.rows.review == nil {
		return nil, od.ErrNotFound
	}
	r := *s.rows.review
	return &r, nil
}

func (s *memStore) SaveReview(_ context.Context, r *od.Review) error {
	one := *r
	one.Version++
	s.rows.review, r.Version = &one, one.Version
	return nil
}

func (s *memStore) Account(context.Context, uuid.UUID) (*od.Account, error) { return s.acc, nil }

func (s *memStore) put(c *od.Case) {
	raw, err := json.Marshal(c)
	if err != nil {
		panic(err)
	}
	s.rows.cases[c.ID] = raw
}

func (s *memStore) AddCase(_ context.Context, c *od.Case) error {
	c.No, c.Version = int64(len(s.rows.cases)+1), 1
	s.put(c)
	return nil
}

func (s *memStore) SaveCase(_ context.Context, c *od.Case) error {
	c.Version++
	s.put(c)
	return nil
}

func (s *memStore) Case(_ context.Context, _ []uuid.UUID, id uuid.UUID) (*od.Case, error) {
	raw, ok := s.rows.cases[id]
	if !ok {
		return nil, od.ErrNotFound
	}
	c := &od.Case{}
	return c, json.Unmarshal(raw, c)
}

func (s *memStore) CasesWithEmail(ctx context.Context, _ []uuid.UUID, email string) ([]*od.Case, error) {
	all, err := s.CasesOfClient(ctx, uuid.Nil, od.Client{})
	return slices.DeleteFunc(all, func(c *od.Case) bool { return !strings.EqualFold(c.Client.Email, email) }), err
}

func (s *memStore) CasesOfClient(ctx context.Context, _ uuid.UUID, _ od.Client) ([]*od.Case, error) {
	var out []*od.Case
	for id := range s.rows.cases {
		c, err := s.Case(ctx, nil, id)
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, nil
}

func (s *memStore) SurveyWording(context.Context, od.Lang, int) (*od.SurveyWording, error) {
	return nil, od.ErrNotFound
}

func (s *memStore) NoteQuestions(context.Context, *od.Case, []od.SurveyQuestion) error { return nil }

func (s *memStore) ContractsLike(context.Context, uuid.UUID, od.ContractMatch) ([]*od.ContractRecord, error) {
	return nil, nil
}

func (s *memStore) AddEffects(ctx context.Context, effects []od.Effect) error {
	for _, e := range effects {
		if _, err := s.AddEffect(ctx, e); err != nil {
			return err
		}
	}
	return nil
}

func (s *memStore) AddEffect(_ context.Context, e od.Effect) (bool, error) {
	if _, known := s.rows.keys[e.SendKey]; known {
		return false, nil
	}
	s.rows.keys[e.SendKey], s.rows.effects[e.ID] = e.ID, e
	return true, nil
}

func (s *memStore) CancelEffects(_ context.Context, _ uuid.UUID, kinds []od.EffectKind, prefix, reason string) (int, error) {
	n := 0
	for id, e := range s.rows.effects {
		if e.State != od.EffectReady || len(kinds) > 0 && !slices.Contains(kinds, e.Kind) || !strings.HasPrefix(e.SendKey, prefix) {
			continue
		}
		e.State, e.Reason = od.EffectCancelled, reason
		s.rows.effects[id] = e
		n++
	}
	return n, nil
}

func (s *memStore) Finish(_ context.Context, e *od.Effect, st od.EffectState, reason, _ string) error {
	k := s.rows.effects[e.ID]
	k.State, k.Reason = st, reason
	s.rows.effects[e.ID] = k
	return nil
}

func (s *memStore) Fence(ctx context.Context, e *od.Effect, cond od.FenceConditions) error {
	c, err := s.Case(ctx, nil, *e.CaseID)
	if err != nil {
		return err
	}
	if slices.Contains(cond.NotStates, c.State) || cond.Letter && (c.Paused || c.Held) || cond.SuppressedHash != nil && s.rows.stopped {
		return od.ErrFenced
	}
	return nil
}

func (s *memStore) AddMessage(_ context.Context, m *od.Message) error {
	s.rows.messages[m.ID] = *m
	return nil
}

func (s *memStore) SaveMessage(ctx context.Context, m *od.Message) error { return s.AddMessage(ctx, m) }

func (s *memStore) Message(_ context.Context, _ []uuid.UUID, id uuid.UUID) (*od.Message, error) {
	m, ok := s.rows.messages[id]
	if !ok {
		return nil, od.ErrNotFound
	}
	return &m, nil
}

func (s *memStore) Record(_ context.Context, lines ...od.Audit) error {
	s.rows.audit = append(s.rows.audit, lines...)
	return nil
}

func (s *memStore) AuditOf(context.Context, string) ([]od.Audit, error) { return s.rows.audit, nil }

func (s *memStore) AddMeasure(context.Context, *od.Measure) error {
	s.rows.measures++
	return nil
}

func (s *memStore) AddSuppression(context.Context, *od.Suppression) error {
	s.rows.stopped = true
	return nil
}

func (s *memStore) Suppressed(context.Context, []byte, od.Channel) (bool, error) {
	return s.rows.stopped, nil
}

func (s *memStore) Setting(context.Context, string) (string, error) { return "", od.ErrNotFound }

func (s *memStore) AddLink(context.Context, *od.Link) error { return nil }

func (s *memStore) LetterText(context.Context, string, od.Lang, int) (*od.LetterText, error) {
	return nil, od.ErrNotFound
}

func (s *memStore) KeepLetters(ctx context.Context, letters []od.KeptLetter) error {
	for _, l := range letters {
		if err := s.AddMessage(ctx, l.Message); err != nil {
			return err
		}
	}
	return nil
}

func (s *memStore) LettersSent(ctx context.Context, letters []od.SentLetter) error {
	for _, l := range letters {
		if err := s.AddMessage(ctx, l.Message); err != nil {
			return err
		}
		if err := s.Finish(ctx, l.Effect, od.EffectSent, "", ""); err != nil {
			return err
		}
		if err := s.Record(ctx, l.Line); err != nil {
			return err
		}
	}
	return nil
}

// due takes the earliest effect that is due, letters and timers only.
func (s *memStore) due() *od.Effect {
	var first *od.Effect
	for _, e := range s.rows.effects {
		if e.State != od.EffectReady || e.DueAt.After(s.now()) || e.Kind != od.EffectMail && e.Kind != od.EffectTimer {
			continue
		}
		if first == nil || e.DueAt.Before(first.DueAt) || e.DueAt.Equal(first.DueAt) && e.ID.String() < first.ID.String() {
			first = &e
		}
	}
	if first != nil {
		k := *first
		k.State = od.EffectClaimed
		s.rows.effects[k.ID] = k
	}
	return first
}

func (s *memStore) again(e *od.Effect, at time.Time) {
	k := s.rows.effects[e.ID]
	k.State, k.DueAt = od.EffectReady, at
	s.rows.effects[e.ID] = k
}

func (s *memStore) Handover(context.Context, uuid.UUID) (*od.Handover, error) {
	if s.rows.handover == nil {
		return nil, od.ErrNotFound
	}
	h := *s.rows.handover
	return &h, nil
}

func (s *memStore) SaveHandover(_ context.Context, h *od.Handover) error {
	h.Version++
	kept := *h
	s.rows.handover = &kept
	return nil
}

func (s *memStore) Items(context.Context, uuid.UUID) ([]*od.Item, error) { return nil, nil }

func (s *memStore) ListShape(context.Context, uuid.UUID) (od.ListShape, error) {
	return od.ListShape{}, nil
}

func (s *memStore) AddItems(context.Context, []*od.Item) error { return nil }

func (s *memStore) Checklist(context.Context, string) (*od.Checklist, error) {
	return nil, od.ErrNotFound
}

// PlanNamed: nobody has changed a plan.
func (s *memStore) PlanNamed(context.Context, string) (*od.Plan, error) { return nil, od.ErrNotFound }

func (s *memStore) AddTouches(_ context.Context, touches []*od.Touch) error {
	for _, t := range touches {
		s.rows.touches = append(s.rows.touches, *t)
	}
	return nil
}

func (s *memStore) TouchesOf(context.Context, uuid.UUID) ([]*od.Touch, error) {
	out := make([]*od.Touch, 0, len(s.rows.touches))
	for _, t := range s.rows.touches {
		out = append(out, &t)
	}
	return out, nil
}

func (s *memStore) SaveTouch(_ context.Context, t *od.Touch) error {
	for i := range s.rows.touches {
		if s.rows.touches[i].ID == t.ID {
			s.rows.touches[i] = *t
		}
	}
	return nil
}

func (s *memStore) CancelTouches(_ context.Context, _ uuid.UUID, reason string) (int, error) {
	n := 0
	for i := range s.rows.touches {
		if t := &s.rows.touches[i]; t.State == od.TouchPlanned || t.State == od.TouchWaiting {
			t.State, t.Reason = od.TouchCancelled, reason
			n++
		}
	}
	return n, nil
}

func (s *memStore) AddConsent(context.Context, *od.ContactConsent) error { return nil }

// NewestConsent knows no lines.
func (s *memStore) NewestConsent(context.Context, []byte, od.Channel, od.Class) (*od.ContactConsent, error) {
	return nil, od.ErrNotFound
}

// ChatsOf knows no chats.
func (s *memStore) ChatsOf(context.Context, uuid.UUID) ([]*od.Chat, error) { return nil, nil }

// Erased knows nobody who was erased.
func (s *memStore) Erased(context.Context, []string, []string) (bool, error) { return false, nil }
