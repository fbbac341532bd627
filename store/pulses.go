package store

import (
	"context"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"opendoor/offboarding"
)

type pulseRow struct {
	ID         uuid.UUID
	AccountID  uuid.UUID
	ContractID uuid.UUID
	CreatedAt  time.Time
	Mark       *int
	Actor      offboarding.Actor
	Body       string
}

func (pulseRow) TableName() string { return "pulses" }

// AddPulse stores what a client answered to the pulse.
func (s *Store) AddPulse(ctx context.Context, p *offboarding.PulseAnswer) error {
	r := &pulseRow{ID: p.ID, AccountID: p.AccountID, ContractID: p.ContractID, CreatedAt: stamp(p.CreatedAt), Mark: p.Mark, Actor: plain(p.By), Body: plain(p.Text)}
	return s.write(ctx, "add pulse", func(db *gorm.DB) error { return db.Create(r).Error })
}

// PulsesOf lists the answers about a contract, newest first.
func (s *Store) PulsesOf(ctx context.Context, contractID uuid.UUID, p offboarding.Page) ([]*offboarding.PulseAnswer, error) {
	var out []*offboarding.PulseAnswer
	err := s.read(ctx, "list pulses", func(db *gorm.DB) error {
		rows, err := newestFirst[pulseRow](db, nil, p, func(q *gorm.DB) *gorm.DB { return q.Where("contract_id = ?", contractID) })
		if err != nil {
			return err
		}
		out, err = each(rows, func(r *pulseRow) (*offboarding.PulseAnswer, error) {
			return &offboarding.PulseAnswer{
				ID: r.ID, AccountID: r.AccountID, ContractID: r.ContractID, Mark: r.Mark, Text: r.Body, By: r.Actor, CreatedAt: stamp(r.CreatedAt),
			}, nil
		})
		return err
	})
	return out, err
}
