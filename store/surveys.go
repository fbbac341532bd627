package store

import (
	"context"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"opendoor/offboarding"
)

type surveyWordingRow struct {
	ID        uuid.UUID
	Lang      offboarding.Lang
	Version   int
	Actor     offboarding.Actor
	CreatedAt time.Time
	Doc       document
}

func (surveyWordingRow) TableName() string { return "survey_wordings" }

// surveyWordingDoc is what differs from the wording that ships.
type surveyWordingDoc struct {
	Texts    map[string]string `json:"texts,omitempty"`
	Hidden   []string          `json:"hidden,omitempty"`
	Accepted []string          `json:"accepted,omitempty"`
}

type surveyQuestionRow struct {
	CaseID    uuid.UUID
	Question  string
	AccountID uuid.UUID
	OpenedAt  time.Time
	Answered  bool
}

func (surveyQuestionRow) TableName() string { return "survey_questions" }

// AddSurveyWording stores a version of the survey's wording.
func (s *Store) AddSurveyWording(ctx context.Context, w *offboarding.SurveyWording) error {
	const what = "add survey wording"
	doc, err := encode(surveyWordingDoc{w.Texts, w.Hidden, w.Accepted})
	if err != nil {
		return s.done(what, err)
	}
	r := &surveyWordingRow{ID: w.ID, Lang: w.Lang, Version: w.Version, Actor: plain(w.By), CreatedAt: stamp(w.CreatedAt), Doc: doc}
	return s.writeTx(ctx, what, func(db *gorm.DB) error {
		return changed(db.Clauses(clause.OnConflict{DoNothing: true}).Create(r), offboarding.ErrStale)
	})
}

// SurveyWording returns a version of the survey's wording, the newest for zero.
func (s *Store) SurveyWording(ctx context.Context, lang offboarding.Lang, version int) (w *offboarding.SurveyWording, err error) {
	err = s.read(ctx, "read survey wording", func(db *gorm.DB) error {
		q := db.Where("lang = ?", lang).Order("version DESC")
		if version != 0 {
			q = q.Where("version = ?", version)
		}
		var r surveyWordingRow
		if err := q.Take(&r).Error; err != nil {
			return err
		}
		var d surveyWordingDoc
		w = &offboarding.SurveyWording{ID: r.ID, Lang: r.Lang, Version: r.Version, By: r.Actor, CreatedAt: stamp(r.CreatedAt)}
		err := r.Doc.decode(&d)
		w.Texts, w.Hidden, w.Accepted = d.Texts, d.Hidden, d.Accepted
		return err
	})
	return w, err
}

// NoteQuestions keeps which questions a client was shown and which are answered.
func (s *Store) NoteQuestions(ctx context.Context, c *offboarding.Case, questions []offboarding.SurveyQuestion) error {
	if len(questions) == 0 {
		return nil
	}
	rows := make([]surveyQuestionRow, 0, len(questions))
	for _, q := range questions {
		rows = append(rows, surveyQuestionRow{c.ID, plain(q.Question), c.AccountID, stamp(c.CreatedAt), q.Answered})
	}
	return s.write(ctx, "note survey questions", func(db *gorm.DB) error {
		return db.Clauses(clause.OnConflict{Columns: columns("case_id", "question"), DoUpdates: clause.AssignmentColumns([]string{"answered"})}).Create(&rows).Error
	})
}

// SurveyFigures counts the surveys of cases that were opened within a time.
func (s *Store) SurveyFigures(ctx context.Context, f offboarding.FiguresFilter) (*offboarding.SurveyCounts, error) {
	out := &offboarding.SurveyCounts{Tracks: map[offboarding.SurveyTrack]int{}, BySource: map[string]int{}}
	within := func(db *gorm.DB, column string) *gorm.DB {
		q := inScope(db, narrowed(f.Scope, f.AccountID))
		if !f.From.IsZero() {
			q = q.Where(column+" >= ?", stamp(f.From))
		}
		if !f.To.IsZero() {
			q = q.Where(column+" < ?", stamp(f.To))
		}
		return q
	}
	err := s.read(ctx, "count surveys", func(db *gorm.DB) error {
		var parts []struct {
			Track       offboarding.SurveyTrack
			Source      string
			Cases, Sent int
			Opened      int
		}
		track, source, sent, stream := `json_extract(doc, '$.tracks.survey')`, `json_extract(doc, '$.answer.source')`, `json_extract(doc, '$.dates.survey_sent_at')`, `cases.id`
		if s.dialect == Postgres {
			track, source, sent, stream = `doc->'tracks'->>'survey'`, `doc->'answer'->>'source'`, `doc->'dates'->>'survey_sent_at'`, `cases.id::text`
		}
		opened := `EXISTS (SELECT 1 FROM audit WHERE audit.stream = 'case:' || ` + stream + ` AND audit.kind = 'survey.link_opened')`
		err := within(db.Table("cases"), "created_at").
			Select("coalesce(" + track + ", 'none') AS track, coalesce(" + source + ", '') AS source, count(*) AS cases, count(" + sent + ") AS sent, " +
				"sum(CASE WHEN " + opened + " THEN 1 ELSE 0 END) AS opened").
			Group("1, 2").Find(&parts).Error
		if err != nil {
			return err
		}
		for _, p := range parts {
			out.Tracks[p.Track] += p.Cases
			out.Sent, out.Opened = out.Sent+p.Sent, out.Opened+p.Opened
			if p.Source != "" {
				out.BySource[p.Source] += p.Cases
			}
		}
		return within(db.Table("survey_questions"), "opened_at").
			Select("question, count(*) AS shown, sum(CASE WHEN answered THEN 1 ELSE 0 END) AS answered").
			Group("question").Find(&out.Questions).Error
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
