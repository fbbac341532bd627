package offboarding

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"opendoor/offboarding/survey"
	"opendoor/offboarding/tone/intent"
)

// SourceReport is who spoke badly of us, as a client told. It is restricted: it
// goes neither to the CRM nor into a letter, and only who leads people reads it
// (domain §4.1).
type SourceReport struct {
	ID         uuid.UUID `json:"-"`
	AccountID  uuid.UUID `json:"-"`
	CaseID     uuid.UUID `json:"-"`
	SourceKey  string    `json:"-"` // the source's name, so that two spellings meet
	CreatedAt  time.Time `json:"-"`
	Source     string    `json:"source"`
	HeardOn    string    `json:"heard_on,omitempty"`    // a day
	HeardAbout string    `json:"heard_about,omitempty"` // when, in the client's own words
	Claim      string    `json:"claim,omitempty"`       // what was said about us
	Fact       string    `json:"fact,omitempty"`        // the one fact that disproves it
	By         Person    `json:"by,omitzero"`
}

// SourceReports keeps the restricted record.
type SourceReports interface {
	AddSourceReport(ctx context.Context, r *SourceReport) error
	SourceReportsOf(ctx context.Context, caseID uuid.UUID) ([]*SourceReport, error)
	// SourceReportsNaming lists what is known of one source in an account, newest first.
	SourceReportsNaming(ctx context.Context, accountID uuid.UUID, key string) ([]*SourceReport, error)
	// SourceReportsInScope lists reports newest first.
	SourceReportsInScope(ctx context.Context, scope []uuid.UUID, p Page) ([]*SourceReport, error)
}

// ReportSource notes who spoke badly of us. When two clients name the same
// source independently of each other, a manager gets a task. The answer tells
// whether they do.
func (d *Desk) ReportSource(ctx context.Context, scope []uuid.UUID, caseID uuid.UUID, r *SourceReport, by Actor) (repeated bool, err error) {
	now := d.now()
	_, err = change(ctx, d.store, scope, caseID, func(tx Store, acc *Account, c *Case) error {
		r.Source = strings.TrimSpace(r.Source)
		r.SourceKey = strings.Join(nameWords(r.Source), " ")
		if r.SourceKey == "" || len([]rune(r.Source)) > 500 {
			return Invalid("the source is required", FieldError{"source", "a name or a place, 1 to 500 characters"})
		}
		if r.HeardOn != "" && !dayReached(r.HeardOn, now.In(acc.Location())) {
			return Invalid("the day cannot be right", FieldError{"heard_on", "a day, YYYY-MM-DD, not in the future"})
		}
		repeated, err = keepSource(ctx, tx, acc, c, r, by, now)
		return err
	})
	return repeated, err
}

// keepSource adds a line to the restricted record and, when another client names
// the same source, asks management to look.
func keepSource(ctx context.Context, tx Store, acc *Account, c *Case, r *SourceReport, by Actor, now time.Time) (repeated bool, err error) {
	r.ID, r.AccountID, r.CaseID, r.CreatedAt = NewID(), c.AccountID, c.ID, now.UTC()
	known, err := tx.SourceReportsNaming(ctx, c.AccountID, r.SourceKey)
	if err != nil {
		return false, err
	}
	if repeated, err = namedByAnother(ctx, tx, c, known); err != nil {
		return false, err
	}
	if err := tx.AddSourceReport(ctx, r); err != nil {
		return false, err
	}
	if _, err := tx.CancelEffects(ctx, c.ID, []EffectKind{EffectMail}, "mail:"+c.ID.String()+":"+T18, "the source is known"); err != nil {
		return false, err
	}
	if err := tx.Record(ctx, c.line(by, "source.reported", "a source was noted in the restricted record", nil)); err != nil || !repeated {
		return repeated, err
	}
	if err := tx.Record(ctx, c.line(ActorSystem, "source.repeated", "two clients name the same source: management is asked to look", nil)); err != nil {
		return repeated, err
	}
	err = tx.AddEffects(ctx, c.taskTo(ToManager, "source_repeated", now, callBy(acc, now)))
	return repeated, err
}

// noteSource keeps what a client says about when and from where they heard
// something. It stands in the restricted record as the client put it; a source
// that is named anew is a line of its own.
func (d *Desk) noteSource(ctx context.Context, tx Store, acc *Account, c *Case, a, prev Answer, by Actor, now time.Time) error {
	key := strings.Join(nameWords(a.HeardFrom), " ")
	if key == "" || a.HeardFrom == prev.HeardFrom && a.HeardWhen == prev.HeardWhen {
		return nil
	}
	_, err := keepSource(ctx, tx, acc, c, &SourceReport{
		SourceKey: key, Source: a.HeardFrom, HeardAbout: a.HeardWhen, Claim: a.Detail, By: Person{Name: a.Source},
	}, by, now)
	return err
}

// A day passes before the source question: the person who reads the answer may
// ask in a talk, or the client may go on with the survey.
const sourceQuestionDays = 1

// askSource orders the question when and from where the client has heard it
// (T18, domain §4.1), once per case: when they have written what others say of
// us, or chose that reason in words of their own, and nobody knows the source.
// Who was shown the question on the page and left it empty has answered.
func (c *Case) askSource(ctx context.Context, tx Store, acc *Account, asked bool, now time.Time, texts ...string) error {
	known := c.Answer != nil && c.Answer.HeardFrom != ""
	if asked || known {
		_, err := tx.CancelEffects(ctx, c.ID, []EffectKind{EffectMail}, "mail:"+c.ID.String()+":"+T18, "the client was asked already")
		return err
	}
	claim := c.heard(acc, texts)
	if claim == "" || c.Client.Email == "" || c.wantsNoQuestions() {
		return nil
	}
	reports, err := tx.SourceReportsOf(ctx, c.ID)
	if err != nil || len(reports) > 0 {
		return err
	}
	at := c.opening(acc, acc.Calendar().Add(now, sourceQuestionDays, acc.Location()))
	return post(ctx, tx, c.letterWith(acc, T18, at, SourceQuestion{Claim: claim}))
}

// wantsNoQuestions reports whether the decision is final and the client has said
// that they do not want to be asked.
func (c *Case) wantsNoQuestions() bool {
	return c.NoContact || c.Intent == IntentFinal && c.Tracks.Survey == SurveyDeclined
}

// heard is what the client says that others say of us, in their own words: the
// sentence with the marker, or all of it when the reason itself is what was heard.
func (c *Case) heard(acc *Account, texts []string) string {
	chosen := survey.AsksSource(survey.GroupOf(c.Reason.Code))
	for _, text := range texts {
		text = strings.TrimSpace(text)
		if text == "" {
			continue
		}
		for sentence := range strings.FieldsFuncSeq(text, func(r rune) bool { return strings.ContainsRune(".!?\n", r) }) {
			if sentence = strings.TrimSpace(sentence); sentence != "" && intent.Check(sentence, string(c.Lang(acc))).ThirdParty {
				return sentence
			}
		}
		if chosen || intent.Check(text, string(c.Lang(acc))).ThirdParty {
			return text
		}
	}
	return ""
}

// NamesSource reports whether what the client wrote is about what others say of
// us: then it may name the source, which stands in the restricted record alone,
// and is neither quoted on the card nor in a result (domain §4.1, §11).
func (c *Case) NamesSource() bool {
	a := c.Answer
	if a == nil {
		return false
	}
	if survey.AsksSource(survey.GroupOf(a.Reason)) || survey.AsksSource(survey.GroupOf(c.Reason.Code)) || a.HeardFrom != "" {
		return true
	}
	words := strings.Join([]string{a.Detail, a.Comment, a.Liked}, "\n")
	return intent.Check(words, string(a.Lang.Or(RU))).ThirdParty
}

// namedByAnother reports whether some other client has named the source before.
func namedByAnother(ctx context.Context, tx Store, c *Case, known []*SourceReport) (bool, error) {
	if len(known) == 0 {
		return false, nil
	}
	own, err := tx.CasesOfClient(ctx, c.AccountID, c.Client)
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(known, func(k *SourceReport) bool {
		return k.CaseID != c.ID && !slices.ContainsFunc(own, func(o *Case) bool { return o.ID == k.CaseID })
	}), nil
}

// Repeated lists the sources that more than one case names, among reports.
func Repeated(reports []*SourceReport) map[string]bool {
	cases := map[string]map[uuid.UUID]bool{}
	for _, r := range reports {
		if cases[r.SourceKey] == nil {
			cases[r.SourceKey] = map[uuid.UUID]bool{}
		}
		cases[r.SourceKey][r.CaseID] = true
	}
	out := map[string]bool{}
	for key, in := range cases {
		out[key] = len(in) > 1
	}
	return out
}
