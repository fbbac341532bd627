package store

import (
	"context"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"opendoor/offboarding"
)

type consentRow struct {
	ID             uuid.UUID
	AccountID      *uuid.UUID
	CaseID         *uuid.UUID
	Hash           []byte
	GrantedAt      time.Time
	CreatedAt      time.Time
	Given          bool
	Channel        offboarding.Channel
	Class          offboarding.Class
	Person         string
	Source         string
	Wording        string
	WordingVersion string
	Document       string
	IP             string
	RecordedBy     offboarding.Actor
}

func (consentRow) TableName() string { return "consents" }

func toConsent(r *consentRow) (*offboarding.ContactConsent, error) {
	return &offboarding.ContactConsent{
		ID: r.ID, AccountID: r.AccountID, CaseID: r.CaseID, Hash: r.Hash, GrantedAt: stamp(r.GrantedAt), CreatedAt: stamp(r.CreatedAt), Given: r.Given,
		Channel: r.Channel, Class: r.Class, Person: r.Person, Source: r.Source, Wording: r.Wording, WordingVersion: r.WordingVersion,
		Document: r.Document, IP: r.IP, RecordedBy: r.RecordedBy,
	}, nil
}

// AddConsent adds a line to the ledger.
func (s *Store) AddConsent(ctx context.Context, c *offboarding.ContactConsent) error {
	if c.ID == uuid.Nil {
		c.ID = offboarding.NewID()
	}
	c.CreatedAt = s.created(c.CreatedAt)
	r := consentRow{
		ID: c.ID, AccountID: c.AccountID, CaseID: c.CaseID, Hash: c.Hash, GrantedAt: stamp(c.GrantedAt), CreatedAt: c.CreatedAt, Given: c.Given,
		Channel: c.Channel, Class: c.Class, Person: plain(c.Person), Source: plain(c.Source), Wording: plain(c.Wording),
		WordingVersion: plain(c.WordingVersion), Document: plain(c.Document), IP: plain(c.IP), RecordedBy: plain(c.RecordedBy),
	}
	return s.write(ctx, "add consent", func(db *gorm.DB) error { return db.Create(&r).Error })
}

// newestConsent says what the newest line of the ledger says; NULL when there
// is none. Its parameters are hash, channel and class.
const newestConsent = `SELECT k.given FROM consents k WHERE k.hash = ? AND k.channel = ? AND k.class = ? ORDER BY k.granted_at DESC, k.id DESC LIMIT 1`

// ConsentGiven reports whether the newest line says yes.
func (s *Store) ConsentGiven(ctx context.Context, hash []byte, ch offboarding.Channel, class offboarding.Class) (bool, error) {
	var given []bool
	err := s.read(ctx, "read consent", func(db *gorm.DB) error { return db.Raw(newestConsent, hash, ch, class).Scan(&given).Error })
	return len(given) > 0 && given[0], err
}

// NewestConsent returns the line that counts.
func (s *Store) NewestConsent(ctx context.Context, hash []byte, ch offboarding.Channel, class offboarding.Class) (*offboarding.ContactConsent, error) {
	var r consentRow
	err := s.read(ctx, "read newest consent", func(db *gorm.DB) error {
		return db.Where("hash = ? AND channel = ? AND class = ?", hash, ch, class).Order("granted_at DESC, id DESC").Take(&r).Error
	})
	if err != nil {
		return nil, err
	}
	return toConsent(&r)
}

// ConsentLines lists the ledger newest first; a nil hash means everybody.
func (s *Store) ConsentLines(ctx context.Context, hash []byte, p offboarding.Page) ([]*offboarding.ContactConsent, error) {
	var out []*offboarding.ContactConsent
	err := s.read(ctx, "list consents", func(db *gorm.DB) error {
		rows, err := newestFirst[consentRow](db, nil, p, func(q *gorm.DB) *gorm.DB {
			if hash != nil {
				q = q.Where("hash = ?", hash)
			}
			return q
		})
		if err != nil {
			return err
		}
		out, err = each(rows, toConsent)
		return err
	})
	return out, err
}

func toSuppression(r *suppressionRow) (*offboarding.Suppression, error) {
	return &offboarding.Suppression{ID: r.ID, Hash: r.Hash, Channel: r.Channel, Reason: r.Reason, Source: r.Source, CreatedAt: stamp(r.CreatedAt)}, nil
}

// Suppressions lists the stop list newest first.
func (s *Store) Suppressions(ctx context.Context, p offboarding.Page) ([]*offboarding.Suppression, error) {
	var out []*offboarding.Suppression
	err := s.read(ctx, "list suppressions", func(db *gorm.DB) error {
		rows, err := newestFirst[suppressionRow](db, nil, p, func(q *gorm.DB) *gorm.DB { return q })
		if err != nil {
			return err
		}
		out, err = each(rows, toSuppression)
		return err
	})
	return out, err
}

// SuppressionOf returns the stop of a person on a channel.
func (s *Store) SuppressionOf(ctx context.Context, hash []byte, ch offboarding.Channel) (*offboarding.Suppression, error) {
	var r suppressionRow
	err := s.read(ctx, "read suppression", func(db *gorm.DB) error { return db.Where("hash = ? AND channel = ?", hash, ch).Take(&r).Error })
	if err != nil {
		return nil, err
	}
	return toSuppression(&r)
}

// LiftSuppression takes an entry off the stop list.
func (s *Store) LiftSuppression(ctx context.Context, id uuid.UUID) (*offboarding.Suppression, error) {
	var r suppressionRow
	err := s.writeTx(ctx, "lift suppression", func(db *gorm.DB) error {
		if err := forUpdate(db).Where("id = ?", id).Take(&r).Error; err != nil {
			return err
		}
		return db.Where("id = ?", id).Delete(&suppressionRow{}).Error
	})
	if err != nil {
		return nil, err
	}
	return toSuppression(&r)
}
