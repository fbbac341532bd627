package store

import (
	"context"

	"github.com/google/uuid"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"opendoor/offboarding"
)

type cardValueRow struct {
	AccountID uuid.UUID
	DealID    string
	Code      string
	Wrote     string
	Writing   string
	Pending   bool
	Kept      string
}

func (cardValueRow) TableName() string { return "card_values" }

// CardMemory returns what is remembered of the fields of a deal's card.
func (s *Store) CardMemory(ctx context.Context, accountID uuid.UUID, dealID string) (offboarding.CardMemory, error) {
	var rows []cardValueRow
	err := s.read(ctx, "read card memory", func(db *gorm.DB) error {
		return db.Where("account_id = ? AND deal_id = ?", accountID, plain(dealID)).Find(&rows).Error
	})
	m := make(offboarding.CardMemory, len(rows))
	for _, r := range rows {
		m[r.Code] = offboarding.Remembered{Wrote: r.Wrote, Writing: r.Writing, Pending: r.Pending, Kept: r.Kept}
	}
	return m, err
}

// RememberCard writes the entries of m over what was known of these fields.
func (s *Store) RememberCard(ctx context.Context, accountID uuid.UUID, dealID string, m offboarding.CardMemory) error {
	if len(m) == 0 {
		return nil
	}
	rows := make([]cardValueRow, 0, len(m))
	for code, v := range m {
		rows = append(rows, cardValueRow{
			AccountID: accountID, DealID: plain(dealID), Code: code, Wrote: plain(v.Wrote), Writing: plain(v.Writing), Pending: v.Pending, Kept: plain(v.Kept),
		})
	}
	return s.write(ctx, "remember card", func(db *gorm.DB) error {
		return db.Clauses(clause.OnConflict{Columns: columns("account_id", "deal_id", "code"), UpdateAll: true}).Create(&rows).Error
	})
}

// ForgetCardFields forgets these fields on all cards of the account.
func (s *Store) ForgetCardFields(ctx context.Context, accountID uuid.UUID, codes []string) error {
	if len(codes) == 0 {
		return nil
	}
	return s.write(ctx, "forget card fields", func(db *gorm.DB) error {
		return db.Where("account_id = ? AND code IN ?", accountID, codes).Delete(&cardValueRow{}).Error
	})
}
