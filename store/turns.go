package store

import (
	"context"
	"time"

	"gorm.io/gorm"
)

// TakeTurn gives the turn of a name to one holder at a time, for so long by the
// real clock; who has it may take it again before it ends.
func (s *Store) TakeTurn(ctx context.Context, name, holder string, last time.Duration) (bool, error) {
	var taken bool
	err := s.write(ctx, "take turn", func(db *gorm.DB) error {
		done := db.Exec(`INSERT INTO turns (name, holder, until) VALUES (?, ?, ?)
			ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until WHERE turns.until <= ? OR turns.holder = excluded.holder`,
			name, holder, s.clock(last), s.clock(0))
		taken = done.RowsAffected == 1
		return done.Error
	})
	return taken, err
}
