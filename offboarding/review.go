package offboarding

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"opendoor/offboarding/survey"
)

// This file is what we learn from each loss (domain §10): every lost client is
// looked at, what was our share gets a measure with an owner and a day, and
// each measure is looked at again after 90 days.

// Review is the look at one loss.
type Review struct {
	ID        uuid.UUID
	AccountID uuid.UUID
	CaseID    uuid.UUID
	Status    ReviewTrack
	DueOn     string
	Quarter   string // of the parting

	WhatHappened string
	Stated       string // the reason as it was told when the review began
	Reason       string // as reviewed, level 2
	Cause        string
	Related      ServiceRelated // as reviewed: was it our work
	Explanation  string         // why it differs from what the client or the taxonomy says
	Avoidable    string         // yes, partly, no
	OwnShare     string
	MissedOn     string // the first signal that we missed
	Missed       string
	Lesson       string
	Measures     []Corrective
	Reviewer     Signer
	DoneAt       time.Time

	CreatedAt time.Time
	UpdatedAt time.Time
	Version   int
}

// Corrective is a measure that follows from a review.
type Corrective struct {
	ID      uuid.UUID `json:"id"`
	Kind    string    `json:"kind"` // fix, train, contract, communication, reassign
	What    string    `json:"what"`
	Owner   string    `json:"owner"`
	DueOn   string    `json:"due_on"`
	DoneOn  string    `json:"done_on,omitempty"`
	CheckOn string    `json:"check_on"` // 90 days after it is done, or was due
	Checked string    `json:"checked_on,omitempty"`
	Works   bool      `json:"works,omitempty"`
	Note    string    `json:"note,omitempty"`
}

// Systemic is a measure against a reason that came three times within a quarter.
type Systemic struct {
	ID        uuid.UUID
	AccountID uuid.UUID
	Reason    string
	Quarter   string
	Status    string // open, done
	DueOn     string
	Owner     string
	Note      string
	CreatedAt time.Time
	UpdatedAt time.Time
	Version   int
}

// CorrectiveKinds lists the kinds of corrective measure.
var CorrectiveKinds = []string{"fix", "train", "contract", "communication", "reassign"}

const (
	reviewBusinessDays = 10
	checkAfterDays     = 90
	sameReasons        = 3
	systemicDueDays    = 30
)

// Reviews keeps what is learnt.
type Reviews interface {
	// ReviewOf returns the case's review, or ErrNotFound.
	ReviewOf(ctx context.Context, caseID uuid.UUID) (*Review, error)
	// SaveReview stores a new review (Version 0) or writes WHERE version = r.Version,
	// and raises r.Version; ErrStale when another writer was faster.
	SaveReview(ctx context.Context, r *Review) error
	ReviewsInScope(ctx context.Context, f ReviewFilter) ([]*Review, error)
	// CasesWithoutReview lists cases that have ended in a loss and have no review, oldest first.
	CasesWithoutReview(ctx context.Context, limit int) ([]uuid.UUID, error)
	// ReviewsToCheck lists reviews with a measure whose check is due.
	ReviewsToCheck(ctx context.Context, today string, limit int) ([]*Review, error)
	// CountReviewed counts done reviews of a reason within a quarter.
	CountReviewed(ctx context.Context, accountID uuid.UUID, quarter, reason string) (int, error)

	// AddSystemic stores a measure; one for a known (account, reason, quarter) is left alone. It tells whether it was new.
	AddSystemic(ctx context.Context, m *Systemic) (bool, error)
	Systemic(ctx context.Context, scope []uuid.UUID, id uuid.UUID) (*Systemic, error)
	SaveSystemic(ctx context.Context, m *Systemic) error
	SystemicInScope(ctx context.Context, f SystemicFilter) ([]*Systemic, error)
}

// ReviewFilter selects reviews.
type ReviewFilter struct {
	Scope     []uuid.UUID
	AccountID *uuid.UUID
	Status    ReviewTrack
	Page
}

// SystemicFilter selects systemic measures.
type SystemicFilter struct {
	Scope     []uuid.UUID
	AccountID *uuid.UUID
	Page
}

// lost reports whether the case has ended so that it is to be learnt from.
func (c *Case) lost() bool { return !c.Dates.PartedAt.IsZero() || c.State == "dropped" }

// reviewOf returns the case's review, a new one when there is none yet.
func reviewOf(ctx context.Context, tx Store, acc *Account, c *Case, now time.Time) (*Review, error) {
	r, err := tx.ReviewOf(ctx, c.ID)
	if err == nil || !IsKind(err, KindNotFound) {
		return r, err
	}
	if !c.lost() {
		return nil, Rule("not_lost", "a case is reviewed once we have parted")
	}
	began := c.Dates.PartedAt
	if began.IsZero() {
		began = now
	}
	day := Day(began, acc.Location())
	return &Review{
		ID: NewID(), AccountID: c.AccountID, CaseID: c.ID, Status: ReviewPending, DueOn: acc.Calendar().AddDays(day, reviewBusinessDays),
		Quarter: QuarterOf(began.In(acc.Location())).String(), Stated: c.Reason.Code,
	}, nil
}

// beginReview opens the review of a loss and asks a person for it. It tells
// whether there was none before.
func beginReview(ctx context.Context, tx Store, acc *Account, c *Case, now time.Time) (bool, error) {
	r, err := reviewOf(ctx, tx, acc, c, now)
	if err != nil || r.Version > 0 {
		return false, err
	}
	if err := tx.SaveReview(ctx, r); err != nil {
		return false, err
	}
	c.Tracks.Review = ReviewPending
	if err := tx.Record(ctx, c.line(ActorSystem, "review.begun", "the loss is to be reviewed by "+r.DueOn, nil)); err != nil {
		return false, err
	}
	err = tx.AddEffects(ctx, c.taskEffect("review", now, endOfDay(r.DueOn, acc)))
	return true, err
}

// Review returns a case's review; one that nobody has touched yet is pending.
func (d *Desk) Review(ctx context.Context, c *Case) (*Review, error) {
	acc, err := d.store.Account(ctx, c.AccountID)
	if err != nil {
		return nil, err
	}
	return reviewOf(ctx, d.store, acc, c, d.now())
}

// changeReview changes review and case in one transaction.
func (d *Desk) changeReview(ctx context.Context, scope []uuid.UUID, caseID uuid.UUID, version int, by Actor, what string, fn func(tx Store, acc *Account, c *Case, r *Review) error) (*Review, error) {
	var out *Review
	now := d.now()
	_, err := change(ctx, d.store, scope, caseID, func(tx Store, acc *Account, c *Case) error {
		r, err := reviewOf(ctx, tx, acc, c, now)
		if err != nil {
			return err
		}
		if version != 0 && version != r.Version {
			return &Error{Kind: KindStale, Rule: "version", Msg: fmt.Sprintf("the review is at version %d", r.Version)}
		}
		if err := fn(tx, acc, c, r); err != nil {
			return err
		}
		if err := tx.SaveReview(ctx, r); err != nil {
			return err
		}
		out = r
		if err := tx.Record(ctx, c.line(by, what, "the loss review is "+string(r.Status), nil)); err != nil {
			return err
		}
		if c.Tracks.Review == r.Status {
			return nil
		}
		c.Tracks.Review = r.Status
		return saveAndSync(ctx, tx, acc, c, now)
	})
	return out, err
}

// ReviewChange is what a reviewer writes; nil leaves it.
type ReviewChange struct {
	WhatHappened, Reason, Cause, Related, Explanation, Avoidable, OwnShare, MissedOn, Missed, Lesson *string
}

// WriteReview takes what a reviewer says.
func (d *Desk) WriteReview(ctx context.Context, scope []uuid.UUID, caseID uuid.UUID, version int, ch ReviewChange, who Signer, by Actor) (*Review, error) {
	return d.changeReview(ctx, scope, caseID, version, by, "review.written", func(_ Store, acc *Account, _ *Case, r *Review) error {
		if r.Status == ReviewDone {
			return Rule("review_done", "the review is done")
		}
		related := string(r.Related)
		for _, f := range []struct{ from, to *string }{
			{ch.WhatHappened, &r.WhatHappened},
			{ch.Reason, &r.Reason},
			{ch.Cause, &r.Cause},
			{ch.Related, &related},
			{ch.Explanation, &r.Explanation},
			{ch.Avoidable, &r.Avoidable},
			{ch.OwnShare, &r.OwnShare},
			{ch.MissedOn, &r.MissedOn},
			{ch.Missed, &r.Missed},
			{ch.Lesson, &r.Lesson},
		} {
			if f.from != nil {
				*f.to = strings.TrimSpace(*f.from)
			}
		}
		r.Related, r.Status, r.Reviewer = ServiceRelated(related), ReviewInProgress, who
		return r.check(Day(d.now(), acc.Location()))
	})
}

func (r *Review) check(today string) error {
	var wrong []FieldError
	among := func(field, v string, of ...string) {
		if v != "" && !slices.Contains(of, v) {
			wrong = append(wrong, FieldError{field, strings.Join(of, ", ")})
		}
	}
	if known, _ := survey.Lookup(r.Reason); r.Reason != "" && known.Code == known.Group && !strings.HasPrefix(r.Reason, "co.") {
		wrong = append(wrong, FieldError{"reason", "a reason code of level 2"})
	}
	among("cause", r.Cause, "silence", "broken_terms", "third_party", "destroyer", "none")
	among("service_related", string(r.Related), "yes", "partly", "no")
	among("avoidable", r.Avoidable, "yes", "partly", "no")
	if r.MissedOn != "" && (!IsDay(r.MissedOn) || r.MissedOn > today) {
		wrong = append(wrong, FieldError{"missed_on", "a day, YYYY-MM-DD, not in the future"})
	}
	for field, text := range map[string]string{"what_happened": r.WhatHappened, "own_share": r.OwnShare, "missed": r.Missed, "lesson": r.Lesson, "explanation": r.Explanation} {
		if len([]rune(text)) > 8000 {
			wrong = append(wrong, FieldError{field, "at most 8000 characters"})
		}
	}
	if len(wrong) > 0 {
		return Invalid("the review cannot say this", wrong...)
	}
	return nil
}

// AddCorrective adds a measure to a review.
func (d *Desk) AddCorrective(ctx context.Context, scope []uuid.UUID, caseID uuid.UUID, version int, m Corrective, by Actor) (*Review, error) {
	return d.changeReview(ctx, scope, caseID, version, by, "review.measure_added", func(_ Store, acc *Account, _ *Case, r *Review) error {
		var wrong []FieldError
		if !slices.Contains(CorrectiveKinds, m.Kind) {
			wrong = append(wrong, FieldError{"kind", strings.Join(CorrectiveKinds, ", ")})
		}
		for field, text := range map[string]string{"what": m.What, "owner": m.Owner} {
			if strings.TrimSpace(text) == "" || len([]rune(text)) > 2000 {
				wrong = append(wrong, FieldError{field, "1 to 2000 characters"})
			}
		}
		if !IsDay(m.DueOn) || m.DueOn < Day(d.now(), acc.Location()) {
			wrong = append(wrong, FieldError{"due_on", "a day, YYYY-MM-DD, not in the past"})
		}
		if len(wrong) > 0 {
			slices.SortFunc(wrong, func(a, b FieldError) int { return strings.Compare(a.Field, b.Field) })
			return Invalid("the measure cannot be planned like this", wrong...)
		}
		if len(r.Measures) >= 50 {
			return Rule("too_many_measures", "a review has at most 50 measures")
		}
		one := m
		one.ID, one.CheckOn, one.DoneOn, one.Checked = NewID(), AddDays(m.DueOn, checkAfterDays), "", ""
		r.Measures = append(r.Measures, one)
		if r.Status == ReviewPending {
			r.Status = ReviewInProgress
		}
		return nil
	})
}

// MarkCorrective says that a measure was done, or whether it has helped.
func (d *Desk) MarkCorrective(ctx context.Context, scope []uuid.UUID, caseID uuid.UUID, version int, id uuid.UUID, doneOn string, works *bool, note string, by Actor) (*Review, error) {
	return d.changeReview(ctx, scope, caseID, version, by, "review.measure_marked", func(_ Store, acc *Account, _ *Case, r *Review) error {
		i := slices.IndexFunc(r.Measures, func(m Corrective) bool { return m.ID == id })
		if i < 0 {
			return ErrNotFound
		}
		m, today := &r.Measures[i], Day(d.now(), acc.Location())
		if doneOn != "" {
			if !IsDay(doneOn) || doneOn > today {
				return Invalid("the day cannot be read or lies ahead", FieldError{"done_on", "a day, YYYY-MM-DD, not in the future"})
			}
			m.DoneOn, m.CheckOn = doneOn, AddDays(doneOn, checkAfterDays)
		}
		if works != nil {
			if m.DoneOn == "" {
				return Rule("measure_not_done", "whether a measure helps is seen after it was done")
			}
			if today < m.CheckOn {
				return Rule("check_too_early", "whether a measure helps is seen on "+m.CheckOn)
			}
			m.Works, m.Checked = *works, today
		}
		if note = strings.TrimSpace(note); note != "" {
			m.Note = note
		}
		return nil
	})
}

// CompleteReview ends a review that says enough to learn from.
func (d *Desk) CompleteReview(ctx context.Context, scope []uuid.UUID, caseID uuid.UUID, version int, who Signer, by Actor) (*Review, error) {
	now := d.now()
	return d.changeReview(ctx, scope, caseID, version, by, "review.done", func(tx Store, acc *Account, c *Case, r *Review) error {
		if r.Status == ReviewDone {
			return Rule("review_done", "the review is done")
		}
		if err := r.complete(c); err != nil {
			return err
		}
		r.Status, r.Reviewer, r.DoneAt = ReviewDone, who, now.UTC()
		if c.Reason.Code == "" || strings.HasPrefix(c.Reason.Code, "other") {
			c.Reason = StatedReason{Code: r.Reason, Source: "reviewer"} // recoded; what the client wrote stays in the answer
		}
		judged := c.Classified != nil && c.Classified.Reason == r.Reason
		if known, ok := survey.Lookup(r.Reason); ok && r.Cause == "" && !judged {
			r.Cause = known.Cause
		}
		if r.Cause != "" {
			c.Cause = r.Cause
		}
		return r.learnTogether(ctx, tx, acc, c, now)
	})
}

// complete says what a review still lacks.
func (r *Review) complete(c *Case) error {
	for _, part := range []struct{ field, v string }{{"reason", r.Reason}, {"avoidable", r.Avoidable}, {"lesson", r.Lesson}, {"service_related", string(r.Related)}} {
		if part.v == "" {
			return Rule("review_incomplete", "the review does not say: "+part.field)
		}
	}
	known, _ := survey.Lookup(r.Reason)
	switch {
	case r.Reason == "other.text" || r.Reason == "other":
		return Rule("reason_not_recoded", "«other» is no reason to learn from: give it a code")
	case (r.Related == ServiceYes || r.Related == ServicePartly) && len(r.Measures) == 0:
		return Rule("measure_required", "what was our share, even in part, needs at least one corrective measure")
	case r.Explanation == "" && r.contradicts(c, ServiceRelated(known.ServiceRelated)):
		return Rule("contradiction_unexplained", "the review says otherwise than the client or the reason: explain")
	}
	return nil
}

// contradicts reports whether the review says something else about our work
// than the client did, or else than the reason usually means.
func (r *Review) contradicts(c *Case, usual ServiceRelated) bool {
	told := usual
	if c.Answer != nil && c.Answer.ServiceRelated != "" {
		told = c.Answer.ServiceRelated
	}
	return told != "" && told != ServiceUnknown && told != r.Related
}

// learnTogether orders one systemic measure when a reason came three times
// within a quarter, and tells the manager of it on the card of the third.
func (r *Review) learnTogether(ctx context.Context, tx Store, acc *Account, c *Case, now time.Time) error {
	if !strings.Contains(r.Reason, ".") {
		return nil
	}
	before, err := tx.CountReviewed(ctx, acc.ID, r.Quarter, r.Reason) // without this one
	if err != nil || before+1 < sameReasons {
		return err
	}
	m := &Systemic{ID: NewID(), AccountID: acc.ID, Reason: r.Reason, Quarter: r.Quarter, Status: "open", DueOn: AddDays(Day(now, acc.Location()), systemicDueDays)}
	added, err := tx.AddSystemic(ctx, m)
	if err != nil || !added {
		return err
	}
	if err := tx.AddEffects(ctx, c.taskTo(ToManager, "systemic", now, endOfDay(m.DueOn, acc))); err != nil {
		return err
	}
	return tx.Record(ctx, Audit{
		Stream: "account:" + acc.ID.String(), Actor: ActorSystem, Kind: "systemic.ordered", Summary: "the same reason three times within a quarter: " + r.Reason, AccountID: &acc.ID,
	})
}

// ChangeSystemic says who does a systemic measure, until when, and that it is done.
func (d *Desk) ChangeSystemic(ctx context.Context, scope []uuid.UUID, id uuid.UUID, version int, owner, dueOn, note, status string, by Actor) (*Systemic, error) {
	var out *Systemic
	err := d.store.InTx(ctx, func(tx Store) error {
		m, err := tx.Systemic(ctx, scope, id)
		if err != nil {
			return err
		}
		if version != 0 && version != m.Version {
			return &Error{Kind: KindStale, Rule: "version", Msg: "the measure was changed meanwhile"}
		}
		m.Owner, m.DueOn, m.Note, m.Status = cmp.Or(owner, m.Owner), cmp.Or(dueOn, m.DueOn), cmp.Or(note, m.Note), cmp.Or(status, m.Status)
		var wrong []FieldError
		if m.Status != "open" && m.Status != "done" {
			wrong = append(wrong, FieldError{"status", "open or done"})
		}
		checkDay(&wrong, "due_on", m.DueOn)
		if len(wrong) > 0 {
			return Invalid("the measure cannot be changed like this", wrong...)
		}
		if m.Status == "done" && m.Owner == "" {
			return Rule("owner_required", "somebody has done it: name the owner")
		}
		if err := tx.SaveSystemic(ctx, m); err != nil {
			return err
		}
		out = m
		return tx.Record(ctx, Audit{Stream: "account:" + m.AccountID.String(), Actor: by, Kind: "systemic.changed", Summary: "a systemic measure is " + m.Status, AccountID: &m.AccountID})
	})
	return out, err
}

// NextCheck is the earliest day on which a measure is to be looked at again.
func (r *Review) NextCheck() string {
	next := ""
	for _, m := range r.Measures {
		if m.Checked == "" && (next == "" || m.CheckOn < next) {
			next = m.CheckOn
		}
	}
	return next
}
