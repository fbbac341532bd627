package offboarding

import (
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"time"

	"github.com/google/uuid"

	"opendoor/internal/gather"
)

// Scribe writes results back into the CRM, where managers work.
type Scribe struct {
	store      Store
	connectors Connectors
	letters    Letters
	results    Results
	publicURL  string
	admin      string // address that gets a task when nobody else may; empty: nobody
	now        func() time.Time
	log        *slog.Logger
	answers    *gather.Group[wrote, struct{}]
}

// NewScribe returns a scribe.
func NewScribe(store Store, connectors Connectors, letters Letters, results Results, publicURL string, now func() time.Time, log *slog.Logger) *Scribe {
	s := &Scribe{store: store, connectors: connectors, letters: letters, results: results, publicURL: strings.TrimRight(publicURL, "/"), now: now, log: log}
	s.answers = gather.New(writtenMost, writtenLimit, s.writtenTogether)
	return s
}

// Write does one write-back effect: card, note, task or result.
func (s *Scribe) Write(ctx context.Context, ef *Effect) error {
	if ef.CaseID == nil {
		return s.nudge(ctx, ef)
	}
	c, err := s.store.Case(ctx, nil, *ef.CaseID)
	if err != nil {
		return err
	}
	acc, err := s.store.Account(ctx, ef.AccountID)
	if IsKind(err, KindNotFound) {
		return s.store.Finish(ctx, ef, EffectCancelled, "the account was deleted", "")
	}
	if err != nil {
		return err
	}
	switch {
	case ef.Kind == EffectTask && !c.onCard() && !c.Held: // a row of ours; its letter asks for itself
		if err := s.inOrder(ctx, ef); err != nil {
			return err
		}
		return s.ownTask(ctx, acc, ef)
	case c.Mode != Live || acc.Mode != Live:
		return s.store.Finish(ctx, ef, EffectCancelled, "the account is in shadow mode: prepared, not written", "")
	case c.Held:
		return &Postpone{Until: s.now().Add(heldRecheck), Reason: ReasonHeld}
	}
	if why, err := s.store.Setting(ctx, SettingSendingPaused); err == nil {
		return &Postpone{Until: s.now().Add(killRecheck), Reason: "all sending is paused: " + why}
	}
	if err := s.inOrder(ctx, ef); err != nil {
		return err
	}
	fence := func(ctx context.Context) error { return s.store.Fence(ctx, ef, FenceConditions{}) }
	var w Written
	var card Card
	switch ef.Kind {
	case EffectCard:
		card, w, err = s.card(ctx, acc, c, fence)
	case EffectRemark:
		w, err = s.remark(ctx, acc, c, ef, fence)
	case EffectNote:
		w, err = s.connectors[acc.Provider].PutNote(ctx, acc, c.CRM.DealID, marker(c, "summary"), c.CRM.NoteRef, s.letters.Summary(c, acc), fence)
	case EffectTask:
		w, err = s.task(ctx, acc, c, ef, fence)
	case EffectResult:
		to := c.resultURL(acc)
		if to == "" {
			return s.store.Finish(ctx, ef, EffectCancelled, "neither write_back_url nor base_url is known", "")
		}
		err = s.result(ctx, acc, c, ef, to, fence)
		w.Changed = true
	}
	if IsKind(err, KindGone) {
		return s.store.Finish(ctx, ef, EffectFailed, "the deal is not in the CRM any more", "")
	}
	if err != nil {
		return err
	}
	return s.written(ctx, ef, card, w)
}

// card writes the card. What is about to be written is remembered first: should
// the answer be lost, the value is still known for ours.
func (s *Scribe) card(ctx context.Context, acc *Account, c *Case, fence FenceFunc) (Card, Written, error) {
	card := CardOf(c, s.caseURL(c))
	var err error
	if card.Memory, err = s.store.CardMemory(ctx, acc.ID, c.CRM.DealID); err != nil {
		return card, Written{}, err
	}
	w, err := s.connectors[acc.Provider].PutCard(ctx, acc, c.CRM.DealID, card, func(ctx context.Context) error {
		if err := s.store.RememberCard(ctx, acc.ID, c.CRM.DealID, card.intended()); err != nil {
			return err
		}
		return fence(ctx)
	})
	return card, w, err
}

func (s *Scribe) remark(ctx context.Context, acc *Account, c *Case, ef *Effect, fence FenceFunc) (Written, error) {
	var p RemarkPayload
	if err := json.Unmarshal(ef.Payload, &p); err != nil {
		return Written{}, Invalid("the note's payload cannot be read")
	}
	return s.connectors[acc.Provider].PutNote(ctx, acc, c.CRM.DealID, marker(c, p.What), "", s.letters.Remark(p, c, acc), fence)
}

// caseURL is where a manager reads more; the API's address of the case.
func (s *Scribe) caseURL(c *Case) string { return s.publicURL + "/api/v1/cases/" + c.ID.String() }

// marker stands in the text of what we add to the CRM, so that a repeat finds it.
func marker(c *Case, what string) string { return "[opendoor:" + c.ID.String() + ":" + what + "]" }

func (s *Scribe) task(ctx context.Context, acc *Account, c *Case, ef *Effect, fence FenceFunc) (Written, error) {
	var p TaskPayload
	if err := json.Unmarshal(ef.Payload, &p); err != nil {
		return Written{}, Invalid("the task's payload cannot be read")
	}
	if p.Done {
		return s.taskDone(ctx, acc, c, p, fence)
	}
	t := CardTask{Marker: marker(c, p.What), Text: s.letters.Task(p.What, c, acc), Due: p.Due, ResponsibleID: c.addressee(acc, p.To)}
	if p.Text != "" {
		t.Text = p.Text
	}
	return s.connectors[acc.Provider].PutTask(ctx, acc, c.CRM.DealID, t, fence)
}

// taskDone ticks a task off that was really made; one that never was stays away.
func (s *Scribe) taskDone(ctx context.Context, acc *Account, c *Case, p TaskPayload, fence FenceFunc) (Written, error) {
	made, err := s.store.EffectByKey(ctx, "task:"+c.ID.String()+":"+p.What)
	closer, can := s.connectors[acc.Provider].(TaskCloser)
	if IsKind(err, KindNotFound) || err == nil && (made.State != EffectSent || made.Result == "") || !can {
		return Written{}, nil
	}
	if err != nil {
		return Written{}, err
	}
	why := p.Text
	if why == "" {
		why = s.letters.TaskDone(c, acc)
	}
	w, err := closer.CloseTask(ctx, acc, c.CRM.DealID, made.Result, why, fence)
	w.Ref = "" // the case keeps the reference of its newest task, not of one that is done
	return w, err
}

// resultBody is what a generic account is told (contract §4, §7).
type resultBody struct {
	Type       string          `json:"type"`
	OccurredAt time.Time       `json:"occurred_at"`
	CaseID     uuid.UUID       `json:"case_id"`
	CaseNo     int64           `json:"case_no"`
	State      State           `json:"state"`
	Deal       Named           `json:"deal"`
	Client     Named           `json:"client"`
	Reason     string          `json:"reason,omitempty"`
	NPS        *int            `json:"nps,omitempty"`
	Comment    string          `json:"comment,omitempty"`
	Summary    string          `json:"summary"`
	Handover   *handoverResult `json:"handover,omitempty"` // of handover.act_ready
	Task       *taskShown      `json:"task,omitempty"`     // of task.created and task.done
}

// handoverResult is what an EDI operator's program needs: where the act is, and
// where its status is told.
type handoverResult struct {
	DueOn     string `json:"due_on,omitempty"`
	ActURL    string `json:"act_url"`
	StatusURL string `json:"status_url"`
}

func (c *Case) resultURL(acc *Account) string {
	if c.CRM.WriteBackURL != "" {
		return c.CRM.WriteBackURL
	}
	return acc.BaseURL
}

func (s *Scribe) result(ctx context.Context, acc *Account, c *Case, ef *Effect, to string, fence FenceFunc) error {
	var p ResultPayload
	if err := json.Unmarshal(ef.Payload, &p); err != nil {
		return Invalid("the result's payload cannot be read")
	}
	b := resultBody{
		Type: p.Type, OccurredAt: ef.CreatedAt.UTC(), CaseID: c.ID, CaseNo: c.No, State: c.State,
		Deal: Named{ID: c.CRM.DealID, Name: c.Contract.Title}, Client: Named{ID: c.Client.ID, Name: c.Client.Name},
		Summary: s.letters.Summary(c, acc),
	}
	var err error
	if b.Task, err = s.taskShown(ctx, acc, p.TaskID); err != nil {
		return err
	}
	if p.Type == ResultActReady {
		at := s.caseURL(c) + "/handover/"
		b.Handover = &handoverResult{c.Dates.HandoverDue, at + "act.pdf", at + "edi"}
	}
	if c.Answer != nil {
		b.NPS = c.Answer.NPS
		if !c.Shielded() {
			b.Reason = c.Answer.Reason
			if !c.NamesSource() {
				b.Comment = c.Answer.Comment
			}
		}
	}
	body, err := json.Marshal(b)
	if err != nil {
		return err
	}
	origin := originOf(to)
	if err := s.mayPost(ctx, acc, origin); err != nil {
		return err
	}
	done, failure := s.results.Post(ctx, acc, to, ef.ID.String(), body, fence)
	if err := s.tried(ctx, acc, ef, origin, done, failure); err != nil {
		s.log.WarnContext(ctx, "a try to post a result was not written down", "task_id", ef.ID, "err", err)
	}
	return failure
}

// wrote is a write-back that the CRM has answered.
type wrote struct {
	ef   *Effect
	card Card
	w    Written
}

const (
	writtenMost  = 64
	writtenLimit = 8 * time.Second
)

// written stores what the CRM answered: references, and the time of our write
// by which its echo is recognised.
func (s *Scribe) written(ctx context.Context, ef *Effect, card Card, w Written) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	_, err := s.answers.Do(ctx, wrote{ef, card, w})
	return err
}

// writtenTogether stores what came together in one transaction, and one by one
// when that fails: a rival writer of one case is nobody else's trouble.
func (s *Scribe) writtenTogether(ctx context.Context, batch []wrote) ([]struct{}, []error) {
	if len(batch) > 1 && s.store.InTx(ctx, func(tx Store) error { return s.writtenInTx(ctx, tx, batch) }) == nil {
		return nil, nil
	}
	errs := make([]error, len(batch))
	for i := range batch {
		for range changeTries {
			errs[i] = s.store.InTx(ctx, func(tx Store) error { return s.writtenInTx(ctx, tx, batch[i:i+1]) })
			if !IsKind(errs[i], KindStale) {
				break
			}
		}
	}
	return nil, errs
}

func (s *Scribe) writtenInTx(ctx context.Context, tx Store, batch []wrote) error {
	ids := make([]uuid.UUID, 0, len(batch))
	for _, b := range batch {
		ids = append(ids, *b.ef.CaseID)
	}
	cases, err := tx.CasesByID(ctx, ids)
	if err != nil {
		return err
	}
	kept := keepTogether(tx)
	var writes []DealWrite
	for _, b := range batch {
		c, ok := cases[*b.ef.CaseID]
		if !ok {
			return ErrNotFound
		}
		if ref := c.ref(b.ef.Kind); ref != nil && b.w.Ref != "" && *ref != b.w.Ref {
			*ref = b.w.Ref
			if err := tx.SaveCase(ctx, c); err != nil {
				return err
			}
		}
		if b.w.Changed {
			if err := kept.Record(ctx, c.line(ActorSystem, "crm."+string(b.ef.Kind), crmDone[b.ef.Kind], nil)); err != nil {
				return err
			}
		}
		if err := rememberCard(ctx, kept, c, b.card, b.w); err != nil {
			return err
		}
		if b.w.Changed && !b.w.At.IsZero() {
			writes = append(writes, DealWrite{c.AccountID, c.CRM.DealID, b.w.At})
		}
		if err := kept.Finish(ctx, b.ef, EffectSent, "", b.w.Ref); err != nil {
			return err
		}
	}
	if err := tx.MarkWritten(ctx, writes); err != nil {
		return err
	}
	return kept.put(ctx)
}

// rememberCard keeps what stands on the card now and says once of each field
// that a person changed it and that it stays so.
func rememberCard(ctx context.Context, tx Store, c *Case, card Card, w Written) error {
	memory, kept := card.settled(w)
	if len(memory) > 0 {
		if err := tx.RememberCard(ctx, c.AccountID, c.CRM.DealID, memory); err != nil {
			return err
		}
	}
	for _, code := range kept {
		if err := tx.Record(ctx, c.line(ActorSystem, "crm.kept", "a person changed "+code+" on the card; it is left as it is", nil)); err != nil {
			return err
		}
	}
	return nil
}

var crmDone = map[EffectKind]string{
	EffectCard: "fields and tags written to the CRM", EffectNote: "summary note written to the CRM",
	EffectTask: "task kept up to date in the CRM", EffectResult: "result posted", EffectRemark: "note about an event written to the CRM",
}

func (c *Case) ref(k EffectKind) *string {
	switch k {
	case EffectNote:
		return &c.CRM.NoteRef
	case EffectTask:
		return &c.CRM.TaskRef
	}
	return nil
}
