package store

import (
	"context"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"opendoor/offboarding"
)

type letterTextRow struct {
	ID        uuid.UUID
	Code      string
	Lang      offboarding.Lang
	Version   int
	Subject   string
	BodyText  string
	BodyHTML  string
	Accepted  document
	Actor     offboarding.Actor
	CreatedAt time.Time
}

func (letterTextRow) TableName() string { return "letter_texts" }

func toLetterText(r *letterTextRow) (*offboarding.LetterText, error) {
	t := &offboarding.LetterText{
		ID: r.ID, Code: r.Code, Lang: r.Lang, Version: r.Version, Subject: r.Subject, Text: r.BodyText, HTML: r.BodyHTML,
		By: r.Actor, CreatedAt: stamp(r.CreatedAt),
	}
	return t, r.Accepted.decode(&t.Accepted)
}

// AddLetterText stores a version of an operator's text.
func (s *Store) AddLetterText(ctx context.Context, t *offboarding.LetterText) error {
	if t.ID == uuid.Nil {
		t.ID = offboarding.NewID()
	}
	t.CreatedAt = s.created(t.CreatedAt)
	accepted, err := encode(t.Accepted)
	if err != nil {
		return err
	}
	r := letterTextRow{
		ID: t.ID, Code: plain(t.Code), Lang: t.Lang, Version: t.Version, Subject: plain(t.Subject), BodyText: plain(t.Text), BodyHTML: plain(t.HTML),
		Accepted: accepted, Actor: plain(t.By), CreatedAt: t.CreatedAt,
	}
	return s.write(ctx, "add letter text", func(db *gorm.DB) error { return db.Create(&r).Error })
}

// LetterText returns a version of an operator's text, the newest one for zero.
func (s *Store) LetterText(ctx context.Context, code string, lang offboarding.Lang, version int) (t *offboarding.LetterText, err error) {
	err = s.read(ctx, "read letter text", func(db *gorm.DB) error {
		q := db.Where("code = ? AND lang = ?", code, lang).Order("version DESC")
		if version != 0 {
			q = q.Where("version = ?", version)
		}
		var r letterTextRow
		if err := q.Take(&r).Error; err != nil {
			return err
		}
		t, err = toLetterText(&r)
		return err
	})
	return t, err
}

// LetterTexts lists the newest version of each text.
func (s *Store) LetterTexts(ctx context.Context) ([]*offboarding.LetterText, error) {
	var out []*offboarding.LetterText
	err := s.read(ctx, "list letter texts", func(db *gorm.DB) error {
		var rows []letterTextRow
		err := db.Where("version = (SELECT max(t.version) FROM letter_texts t WHERE t.code = letter_texts.code AND t.lang = letter_texts.lang)").
			Order("code, lang").Find(&rows).Error
		if err != nil {
			return err
		}
		out, err = each(rows, toLetterText)
		return err
	})
	return out, err
}
