package store

import (
	"context"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"opendoor/offboarding"
)

type messageRow struct {
	ID        uuid.UUID
	AccountID uuid.UUID
	CaseID    uuid.UUID
	EffectID  uuid.UUID
	PlannedAt *time.Time
	SentAt    *time.Time
	CreatedAt time.Time
	UpdatedAt time.Time
	Template  string
	Class     offboarding.Class
	Channel   offboarding.Channel
	ToAddress string
	ToName    string
	Sender    string
	Subject   string
	BodyText  string
	BodyHTML  string
	Lang      offboarding.Lang
	HeaderID  string
	State     offboarding.MessageState
	Reason    string
	Vars      document
	Tone      document
	Allowed   document
	AtOnce    bool
}

func (messageRow) TableName() string { return "messages" }

func toMessageRow(m *offboarding.Message) (*messageRow, error) {
	vars, err := rawDocument(m.Vars)
	if err != nil {
		return nil, err
	}
	var tone, allowed document
	if m.Tone != nil {
		if tone, err = encode(m.Tone); err != nil {
			return nil, err
		}
	}
	if m.Allowed != nil {
		if allowed, err = encode(m.Allowed); err != nil {
			return nil, err
		}
	}
	return &messageRow{
		ID: m.ID, AccountID: m.AccountID, CaseID: m.CaseID, EffectID: m.EffectID, PlannedAt: nullable(m.PlannedAt),
		SentAt: nullable(m.SentAt), CreatedAt: stamp(m.CreatedAt), UpdatedAt: stamp(m.UpdatedAt), Template: m.Template,
		Class: m.Class, Channel: m.Channel, ToAddress: plain(m.To), ToName: plain(m.ToName), Sender: plain(m.From),
		Subject: plain(m.Subject), BodyText: plain(m.Text), BodyHTML: plain(m.HTML), Lang: m.Lang, HeaderID: plain(m.HeaderID),
		State: m.State, Reason: plain(m.Reason), Vars: vars, Tone: tone, Allowed: allowed, AtOnce: m.AtOnce,
	}, nil
}

func toMessage(r *messageRow) (*offboarding.Message, error) {
	var tone *offboarding.ToneRecord
	if err := r.Tone.decode(&tone); err != nil {
		return nil, err
	}
	var allowed *offboarding.Allowance
	if err := r.Allowed.decode(&allowed); err != nil {
		return nil, err
	}
	vars, err := rawDocument(r.Vars.raw()) // PostgreSQL puts spaces in
	if err != nil {
		return nil, err
	}
	return &offboarding.Message{
		ID: r.ID, AccountID: r.AccountID, CaseID: r.CaseID, EffectID: r.EffectID, Template: r.Template, Class: r.Class,
		Channel: r.Channel, To: r.ToAddress, ToName: r.ToName, From: r.Sender, Subject: r.Subject, Text: r.BodyText,
		HTML: r.BodyHTML, Lang: r.Lang, HeaderID: r.HeaderID, State: r.State, Reason: r.Reason, PlannedAt: timeOf(r.PlannedAt),
		SentAt: timeOf(r.SentAt), CreatedAt: stamp(r.CreatedAt), UpdatedAt: stamp(r.UpdatedAt),
		Vars: vars.raw(), Tone: tone, Allowed: allowed, AtOnce: r.AtOnce,
	}, nil
}

// AddMessage stores a new letter.
func (s *Store) AddMessage(ctx context.Context, m *offboarding.Message) error {
	if m.ID == uuid.Nil {
		m.ID = offboarding.NewID()
	}
	m.CreatedAt = s.created(m.CreatedAt)
	m.UpdatedAt = m.CreatedAt
	r, err := toMessageRow(m)
	if err != nil {
		return err
	}
	return s.write(ctx, "add message", func(db *gorm.DB) error { return db.Create(r).Error })
}

func (s *Store) message(ctx context.Context, query func(*gorm.DB) *gorm.DB) (m *offboarding.Message, err error) {
	err = s.read(ctx, "read message", func(db *gorm.DB) error {
		var r messageRow
		if err := query(db).Take(&r).Error; err != nil {
			return err
		}
		m, err = toMessage(&r)
		return err
	})
	return m, err
}

// Message returns one letter of an account in scope.
func (s *Store) Message(ctx context.Context, scope []uuid.UUID, id uuid.UUID) (*offboarding.Message, error) {
	return s.message(ctx, func(db *gorm.DB) *gorm.DB { return inScope(db, scope).Where("id = ?", id) })
}

// MessageByTemplate returns the case's newest letter of the template.
func (s *Store) MessageByTemplate(ctx context.Context, caseID uuid.UUID, template string) (*offboarding.Message, error) {
	return s.message(ctx, func(db *gorm.DB) *gorm.DB {
		return db.Where("case_id = ? AND template = ?", caseID, template).Order("id DESC")
	})
}

// SaveMessage writes the letter as it is now.
func (s *Store) SaveMessage(ctx context.Context, m *offboarding.Message) error {
	m.UpdatedAt = stamp(s.now())
	r, err := toMessageRow(m)
	if err != nil {
		return err
	}
	return s.write(ctx, "save message", func(db *gorm.DB) error {
		return changed(db.Model(&messageRow{}).Where("id = ?", m.ID).
			Select("*").Omit("id", "account_id", "case_id", "created_at").UpdateColumns(r), offboarding.ErrNotFound)
	})
}

// MessagesInScope lists letters newest first, without those about people of ours.
func (s *Store) MessagesInScope(ctx context.Context, f offboarding.MessageFilter) ([]*offboarding.Message, error) {
	var out []*offboarding.Message
	err := s.read(ctx, "list messages", func(db *gorm.DB) error {
		rows, err := newestFirst[messageRow](db, f.Scope, f.Page, func(q *gorm.DB) *gorm.DB {
			if f.CaseID != nil {
				q = q.Where("case_id = ?", *f.CaseID)
			}
			if f.State != "" {
				q = q.Where("state = ?", f.State)
			}
			return q.Where("template <> ?", offboarding.I08)
		})
		if err != nil {
			return err
		}
		out, err = each(rows, toMessage)
		return err
	})
	return out, err
}
