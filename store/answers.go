package store

import (
	"bytes"
	"context"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"opendoor/offboarding"
)

const (
	answersKept = 24 * time.Hour
	// claimHeld is longer than any request may take: a claim that is older was
	// left by a process that is gone.
	claimHeld = time.Minute
)

// answerRow is an answer, or the claim of the request that is to give it.
type answerRow struct {
	Owner       string
	Key         string
	RequestHash []byte
	ClaimedAt   time.Time
	Status      *int
	ContentType string
	Body        []byte
}

func (answerRow) TableName() string { return "answers" }

func answerPlace(owner, key string) string { return "answers.body." + owner + "/" + key }

// Idempotent returns the stored answer, or stores a claim and returns nil.
func (s *Store) Idempotent(ctx context.Context, owner, key string, requestHash []byte, now time.Time) (answer *offboarding.StoredAnswer, err error) {
	owner, key = plain(owner), plain(key)
	err = s.writeTx(ctx, "claim idempotency key", func(db *gorm.DB) error {
		answer = nil
		now := stamp(now)
		// The outdated go first, with everything of theirs: the key begins anew.
		err := db.Where("owner = ? AND key = ? AND (claimed_at < ? OR status IS NULL AND claimed_at < ?)",
			owner, key, now.Add(-answersKept), now.Add(-claimHeld)).Delete(&answerRow{}).Error
		if err != nil {
			return err
		}
		claim := db.Clauses(clause.OnConflict{Columns: columns("owner", "key"), DoNothing: true}).
			Create(&answerRow{Owner: owner, Key: key, RequestHash: requestHash, ClaimedAt: now})
		if claim.Error != nil || claim.RowsAffected == 1 {
			return claim.Error
		}
		var r answerRow
		if err := db.Where("owner = ? AND key = ?", owner, key).Take(&r).Error; err != nil {
			return err
		}
		if !bytes.Equal(r.RequestHash, requestHash) {
			return offboarding.Invalid("this Idempotency-Key was used with another request")
		}
		if r.Status == nil {
			return &offboarding.Error{Kind: offboarding.KindStale, Msg: "a request with this Idempotency-Key is still running"}
		}
		body, err := s.secrets.Open(r.Body, answerPlace(owner, key))
		answer = &offboarding.StoredAnswer{Status: *r.Status, ContentType: r.ContentType, Body: body}
		return err
	})
	if err != nil {
		return nil, err
	}
	return answer, nil
}

// SaveAnswer keeps the answer for those who ask again.
func (s *Store) SaveAnswer(ctx context.Context, owner, key string, a offboarding.StoredAnswer) error {
	const what = "save answer"
	owner, key = plain(owner), plain(key)
	sealed, err := s.secrets.Seal(a.Body, answerPlace(owner, key))
	if err != nil {
		return s.done(what, err)
	}
	return s.write(ctx, what, func(db *gorm.DB) error {
		return changed(db.Model(&answerRow{}).Where("owner = ? AND key = ?", owner, key).UpdateColumns(map[string]any{
			"status": a.Status, "content_type": plain(a.ContentType), "body": sealed,
		}), offboarding.ErrNotFound)
	})
}

// DropClaim lets the request be tried again. An answer that was given stays.
func (s *Store) DropClaim(ctx context.Context, owner, key string) error {
	return s.write(ctx, "drop idempotency claim", func(db *gorm.DB) error {
		return db.Where("owner = ? AND key = ? AND status IS NULL", plain(owner), plain(key)).Delete(&answerRow{}).Error
	})
}

// DropOldAnswers forgets answers that nobody will be given again, and returns
// how many.
func (s *Store) DropOldAnswers(ctx context.Context, now time.Time) (int, error) {
	var n int64
	err := s.write(ctx, "drop old answers", func(db *gorm.DB) error {
		done := db.Where("claimed_at < ?", stamp(now.Add(-answersKept))).Delete(&answerRow{})
		n = done.RowsAffected
		return done.Error
	})
	return int(n), err
}
