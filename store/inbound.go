package store

import (
	"context"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"opendoor/offboarding"
)

type inboundRow struct {
	ID         uuid.UUID
	AccountID  *uuid.UUID
	CaseID     *uuid.UUID
	MessageID  *uuid.UUID
	ReceivedAt time.Time
	Channel    offboarding.Channel
	Kind       offboarding.InboundKind
	Sender     string
	Subject    string
	Body       string
	Outcome    string
	Dedup      []byte
}

func (inboundRow) TableName() string { return "inbound" }

func toInboundRow(in *offboarding.Inbound) *inboundRow {
	return &inboundRow{
		ID: in.ID, AccountID: in.AccountID, CaseID: in.CaseID, MessageID: in.MessageID, ReceivedAt: stamp(in.ReceivedAt), Channel: in.Channel, Kind: in.Kind,
		Sender: plain(in.From), Subject: plain(in.Subject), Body: plain(in.Text), Outcome: plain(in.Outcome), Dedup: in.Dedup,
	}
}

func toInbound(r *inboundRow) (*offboarding.Inbound, error) {
	return &offboarding.Inbound{
		ID: r.ID, AccountID: r.AccountID, CaseID: r.CaseID, MessageID: r.MessageID, ReceivedAt: stamp(r.ReceivedAt), Channel: r.Channel, Kind: r.Kind,
		From: r.Sender, Subject: r.Subject, Text: r.Body, Outcome: r.Outcome, Dedup: r.Dedup,
	}, nil
}

// AddInbound stores what came in; false when it is known already.
func (s *Store) AddInbound(ctx context.Context, in *offboarding.Inbound) (bool, error) {
	var n int64
	err := s.write(ctx, "add inbound", func(db *gorm.DB) error {
		done := db.Clauses(clause.OnConflict{Columns: columns("dedup"), DoNothing: true}).Create(toInboundRow(in))
		n = done.RowsAffected
		return done.Error
	})
	return n > 0, err
}

// SaveInbound writes what became of it.
func (s *Store) SaveInbound(ctx context.Context, in *offboarding.Inbound) error {
	return s.write(ctx, "save inbound", func(db *gorm.DB) error {
		return changed(db.Model(&inboundRow{}).Where("id = ?", in.ID).
			Select("account_id", "case_id", "message_id", "kind", "outcome").UpdateColumns(toInboundRow(in)), offboarding.ErrNotFound)
	})
}

// InboundOf lists what came in, newest first.
func (s *Store) InboundOf(ctx context.Context, f offboarding.InboundFilter) ([]*offboarding.Inbound, error) {
	var out []*offboarding.Inbound
	err := s.read(ctx, "list inbound", func(db *gorm.DB) error {
		rows, err := newestFirst[inboundRow](db, f.Scope, f.Page, func(q *gorm.DB) *gorm.DB {
			if f.CaseID != nil {
				q = q.Where("case_id = ?", *f.CaseID)
			}
			return q
		})
		if err != nil {
			return err
		}
		out, err = each(rows, toInbound)
		return err
	})
	return out, err
}

type chatRow struct {
	Channel   offboarding.Channel
	Address   string
	CaseID    uuid.UUID
	AccountID uuid.UUID
	CreatedAt time.Time
}

func (chatRow) TableName() string { return "chats" }

// AddChat stores a chat; one that is known is kept.
func (s *Store) AddChat(ctx context.Context, c *offboarding.Chat) error {
	c.CreatedAt = s.created(c.CreatedAt)
	r := chatRow{Channel: c.Channel, Address: plain(c.Address), CaseID: c.CaseID, AccountID: c.AccountID, CreatedAt: c.CreatedAt}
	return s.write(ctx, "add chat", func(db *gorm.DB) error {
		return db.Clauses(clause.OnConflict{Columns: columns("channel", "address", "case_id"), DoNothing: true}).Create(&r).Error
	})
}

func (s *Store) chats(ctx context.Context, query string, args ...any) ([]chatRow, error) {
	var rows []chatRow
	err := s.read(ctx, "list chats", func(db *gorm.DB) error {
		return db.Where(query, args...).Order("created_at DESC, case_id DESC").Limit(50).Find(&rows).Error
	})
	return rows, err
}

// ChatsOf lists the chats of a case, newest first.
func (s *Store) ChatsOf(ctx context.Context, caseID uuid.UUID) ([]*offboarding.Chat, error) {
	rows, err := s.chats(ctx, "case_id = ?", caseID)
	out := make([]*offboarding.Chat, 0, len(rows))
	for _, r := range rows {
		out = append(out, &offboarding.Chat{Channel: r.Channel, Address: r.Address, CaseID: r.CaseID, AccountID: r.AccountID, CreatedAt: stamp(r.CreatedAt)})
	}
	return out, err
}

// CasesInChat lists the cases of a chat, newest first.
func (s *Store) CasesInChat(ctx context.Context, ch offboarding.Channel, address string) ([]uuid.UUID, error) {
	rows, err := s.chats(ctx, "channel = ? AND address = ?", ch, address)
	out := make([]uuid.UUID, 0, len(rows))
	for _, r := range rows {
		out = append(out, r.CaseID)
	}
	return out, err
}

// CasesWithEmail lists cases of the client with the address, newest first.
func (s *Store) CasesWithEmail(ctx context.Context, scope []uuid.UUID, email string) ([]*offboarding.Case, error) {
	var out []*offboarding.Case
	err := s.read(ctx, "find cases by address", func(db *gorm.DB) error {
		q := db.Where("client_email = ? AND client_email <> ''", fold(plain(email)))
		if scope == nil { // the index begins with the account
			q = q.Where("account_id IN (SELECT id FROM accounts)")
		}
		var rows []caseRow
		if err := inScope(q, scope).Order("id DESC").Limit(50).Find(&rows).Error; err != nil {
			return err
		}
		var err error
		out, err = each(rows, toCase)
		return err
	})
	return out, err
}

// LastMessageTo returns the newest message to an address that is no e-mail address.
func (s *Store) LastMessageTo(ctx context.Context, scope []uuid.UUID, ch offboarding.Channel, address string) (*offboarding.Message, error) {
	return s.message(ctx, func(db *gorm.DB) *gorm.DB {
		return inScope(db, scope).Where("to_address = ? AND channel = ? AND channel <> 'email'", address, ch).Order("id DESC")
	})
}

// Outstanding lists messages of the channel that were handed over since then, or
// may have been, and of which nobody has told what became of them, newest first.
func (s *Store) Outstanding(ctx context.Context, ch offboarding.Channel, since time.Time, limit int) ([]offboarding.Outstanding, error) {
	var rows []struct {
		ID        uuid.UUID
		EffectID  uuid.UUID
		ToAddress string
		Result    string
		SentAt    *time.Time
	}
	err := s.read(ctx, "list messages without a report", func(db *gorm.DB) error {
		return db.Raw(`SELECT m.id, m.effect_id, m.to_address, e.result, m.sent_at FROM messages m JOIN effects e ON e.id = m.effect_id
			WHERE m.channel = ? AND m.channel <> 'email' AND m.state IN ('sent', 'uncertain') AND m.updated_at >= ?
			ORDER BY m.updated_at DESC LIMIT ?`, ch, stamp(since), limit).Scan(&rows).Error
	})
	out := make([]offboarding.Outstanding, 0, len(rows))
	for _, r := range rows {
		out = append(out, offboarding.Outstanding{MessageID: r.ID, EffectID: r.EffectID, To: r.ToAddress, Ref: r.Result, SentAt: timeOf(r.SentAt)})
	}
	return out, err
}
