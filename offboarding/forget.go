package offboarding

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

// This file is a person's right to see what we hold about them, and to be
// forgotten. What is forgotten stays forgotten: stops survive as hashes, and
// whoever was erased is not brought back from the CRM. Numbers stay.

// Subject is whom it is about: every address and id by which we know the person.
type Subject struct {
	Asked  string // as it was asked for
	Emails []string
	Phones []string
	Cases  []uuid.UUID
}

// PhoneKey makes phones comparable: digits only, the Russian 8 as 7.
func PhoneKey(phone string) string {
	digits := strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, phone)
	if len(digits) == 11 && digits[0] == '8' {
		digits = "7" + digits[1:]
	}
	if len(digits) < 7 { // an extension is nobody's
		return ""
	}
	return digits
}

// Hashes are what remains of a person's addresses: by these they are recognised.
func (k *Keys) Hashes(emails, phones []string) [][]byte {
	var out [][]byte
	for _, e := range emails {
		if strings.TrimSpace(e) != "" {
			out = append(out, k.StopHash("erased email", e))
		}
	}
	for _, p := range phones {
		if key := PhoneKey(p); key != "" {
			out = append(out, k.StopHash("erased phone", key))
		}
	}
	return out
}

// Erasure is the act of one erasure. It names nobody.
type Erasure struct {
	ID          uuid.UUID
	State       string // running, done
	RequestedBy Actor
	Cases       []uuid.UUID
	Erased      map[string]int // rows, by where they were
	Kept        []string       // what stays, and why
	CreatedAt   time.Time
	DoneAt      time.Time
}

// Persons keeps what is about one person together.
type Persons interface {
	// CasesOfPerson lists the cases of whoever has the e-mail address or the phone (by PhoneKey).
	CasesOfPerson(ctx context.Context, email, phone string) ([]*Case, error)
	// RowsOf lists every row about the subject, by table.
	RowsOf(ctx context.Context, s Subject) (map[string][]map[string]any, error)
	// EraseRows erases what names the subject outside of cases and contracts, and counts it by table.
	EraseRows(ctx context.Context, s Subject) (map[string]int, error)
	// Erased reports whether the person has one of these addresses and was erased.
	Erased(ctx context.Context, emails, phones []string) (bool, error)
	AddErased(ctx context.Context, erasure uuid.UUID, emails, phones []string, at time.Time) error
	SaveErasure(ctx context.Context, e *Erasure) error
	Erasures(ctx context.Context, p Page) ([]*Erasure, error)
	// CasesToForget lists parted or closed cases that nothing has happened to since then.
	CasesToForget(ctx context.Context, before time.Time, limit int) ([]uuid.UUID, error)
	// DropDeliveries forgets bodies that came before the time.
	DropDeliveries(ctx context.Context, before time.Time, limit int) (int, error)
}

// Registrar answers what we hold about a person, and forgets it.
type Registrar struct {
	store Store
	keys  *Keys
	now   func() time.Time
	kept  KeptLetters // nil: letters lie nowhere but in the database
}

// KeptLetters are letters that lie in a folder besides the database.
type KeptLetters interface {
	// Forget removes the letters with these Message-IDs and those to these addresses, and counts them.
	Forget(headerIDs, addresses []string) (int, error)
}

// Besides sets where letters lie outside of the database.
func (r *Registrar) Besides(kept KeptLetters) *Registrar {
	r.kept = kept
	return r
}

// forgetKept removes the letters of cases and to addresses from the folder.
func (r *Registrar) forgetKept(ctx context.Context, s Subject) (int, error) {
	if r.kept == nil {
		return 0, nil
	}
	var ids []string
	for _, id := range s.Cases {
		f := MessageFilter{CaseID: &id, Page: Page{Limit: rowsAtOnce}}
		for {
			list, err := r.store.MessagesInScope(ctx, f)
			if err != nil {
				return 0, err
			}
			for _, m := range list {
				ids = append(ids, m.HeaderID)
			}
			if len(list) < rowsAtOnce {
				break
			}
			f.Before = &list[len(list)-1].ID
		}
	}
	return r.kept.Forget(ids, s.Emails)
}

// NewRegistrar returns a registrar.
func NewRegistrar(store Store, keys *Keys, now func() time.Time) *Registrar {
	return &Registrar{store: store, keys: keys, now: now}
}

// subject finds a person by e-mail address or phone, with everything by which
// the same cases know them.
func (r *Registrar) subject(ctx context.Context, s Persons, asked string) (Subject, []*Case, error) {
	asked = strings.TrimSpace(asked)
	out := Subject{Asked: asked}
	email, phone := "", ""
	if strings.Contains(asked, "@") {
		email, out.Emails = asked, []string{asked}
	} else if phone = PhoneKey(asked); phone != "" {
		out.Phones = []string{asked}
	} else {
		return out, nil, Invalid("nobody is found by this", FieldError{"person", "an e-mail address or a phone"})
	}
	cases, err := s.CasesOfPerson(ctx, email, phone)
	if err != nil {
		return out, nil, err
	}
	for _, c := range cases {
		out.Cases = append(out.Cases, c.ID)
		if c.Client.Email != "" && !slices.ContainsFunc(out.Emails, func(e string) bool { return strings.EqualFold(e, c.Client.Email) }) {
			out.Emails = append(out.Emails, c.Client.Email)
		}
		if c.Client.Phone != "" && !slices.Contains(out.Phones, c.Client.Phone) {
			out.Phones = append(out.Phones, c.Client.Phone)
		}
	}
	return out, cases, nil
}

// Export answers every row about a person. That it was asked for is recorded.
func (r *Registrar) Export(ctx context.Context, person string, by Actor) (map[string][]map[string]any, error) {
	var out map[string][]map[string]any
	err := r.store.InTx(ctx, func(tx Store) error {
		s, _, err := r.subject(ctx, tx, person)
		if err != nil {
			return err
		}
		if out, err = tx.RowsOf(ctx, s); err != nil {
			return err
		}
		return tx.Record(ctx, Audit{Stream: "installation", Actor: by, Kind: "person.exported", Summary: fmt.Sprintf("a person's data were exported, %d cases", len(s.Cases))})
	})
	return out, err
}

// Erase forgets a person at once: nothing that waits leaves any more, nothing
// that names them stays, and they are not brought back. Asked twice it does no
// harm, and goes on where it was cut off.
func (r *Registrar) Erase(ctx context.Context, person string, by Actor) (*Erasure, error) {
	var act *Erasure
	var subject Subject
	var err error
	for range changeTries {
		err = r.store.InTx(ctx, func(tx Store) error {
			s, cases, err := r.subject(ctx, tx, person)
			if err != nil {
				return err
			}
			subject = s
			act, err = r.erase(ctx, tx, s, cases, "an erase request", by)
			return err
		})
		if !IsKind(err, KindStale) {
			break
		}
	}
	if err != nil {
		return nil, err
	}
	n, err := r.forgetKept(ctx, subject)
	if n > 0 {
		act.Erased["outbox"] = n
	}
	return act, err
}

func (r *Registrar) erase(ctx context.Context, tx Store, s Subject, cases []*Case, why string, by Actor) (*Erasure, error) {
	now := r.now().UTC().Truncate(time.Microsecond)
	act := &Erasure{ID: NewID(), State: "done", RequestedBy: by, Cases: s.Cases, CreatedAt: now, DoneAt: now, Kept: []string{
		"statistics of the case, without a name or an address", "the audit log, which holds neither", "the stop list, as keyed hashes",
		"answers kept for Idempotency-Key, sealed, for a day", "the CRM's own card: erase it there",
	}}
	if err := r.stopFor(ctx, tx, s, now); err != nil {
		return nil, err
	}
	erased, err := tx.EraseRows(ctx, s)
	if err != nil {
		return nil, err
	}
	contracts, err := forgetInContracts(ctx, tx, s)
	if err != nil {
		return nil, err
	}
	erased["contracts"], erased["cases"] = contracts, len(cases)
	act.Erased = erased
	for _, c := range cases {
		if c.LegalHold != "" {
			return nil, Rule("legal_hold", "a legal hold stands over case No. "+fmt.Sprint(c.No)+"; lift it first")
		}
		if err := forgetCase(ctx, tx, c, act.ID, why, by); err != nil {
			return nil, err
		}
	}
	if err := tx.AddErased(ctx, act.ID, s.Emails, s.Phones, now); err != nil {
		return nil, err
	}
	if err := tx.SaveErasure(ctx, act); err != nil {
		return nil, err
	}
	return act, tx.Record(ctx, Audit{Stream: "installation", Actor: by, Kind: "person.erased", Summary: "a person was erased, act " + act.ID.String()})
}

// stopFor puts every address on the stop list, so that a stop outlives the address.
func (r *Registrar) stopFor(ctx context.Context, tx Store, s Subject, now time.Time) error {
	add := func(ch Channel, address string) error {
		return tx.AddSuppression(ctx, &Suppression{ID: NewID(), Hash: r.keys.StopHash(ch, address), Channel: ch, Reason: "erased", Source: "erasure", CreatedAt: now})
	}
	for _, e := range s.Emails {
		if err := add(ChannelEmail, e); err != nil {
			return err
		}
	}
	for _, p := range s.Phones {
		for _, ch := range []Channel{"phone", "sms"} {
			if err := add(ch, p); err != nil {
				return err
			}
		}
	}
	return nil
}

// forgetCase leaves of a case what numbers need. Whatever still waited is
// cancelled; the way out of a client who is still leaving stays open.
func forgetCase(ctx context.Context, tx Store, c *Case, as uuid.UUID, why string, by Actor) error {
	if err := c.stop(ctx, tx, "the person was erased", EffectMail, EffectResult, EffectNote, EffectRemark, EffectTask, EffectCard); err != nil {
		return err
	}
	c.forget(as)
	if c.Tracks.Survey == SurveyScheduled || c.Tracks.Survey == SurveySent || c.Tracks.Survey == SurveyReminded {
		c.Tracks.Survey = SurveyDeclined
	}
	if c.Tracks.WinBack != WinBackNone && c.Tracks.WinBack != WinBackReturned {
		c.Tracks.WinBack = WinBackStopped
	}
	if h, err := tx.Handover(ctx, c.ID); err == nil {
		if err := tx.SaveHandover(ctx, h.forgotten()); err != nil {
			return err
		}
	} else if !IsKind(err, KindNotFound) {
		return err
	}
	if s, err := tx.SettlementOf(ctx, c.ID); err == nil {
		for i := range s.Lines {
			s.Lines[i].Justification, s.Lines[i].Basis = "", ""
			if s.Lines[i].Contest != nil {
				s.Lines[i].Contest.Text, s.Lines[i].Contest.Answer = "", ""
			}
		}
		if err := tx.SaveSettlement(ctx, s); err != nil {
			return err
		}
	} else if !IsKind(err, KindNotFound) {
		return err
	}
	if err := forgetLearnt(ctx, tx, c); err != nil {
		return err
	}
	if err := tx.Record(ctx, c.line(by, "case.erased", "what named the client was erased: "+why, nil)); err != nil {
		return err
	}
	return tx.SaveCase(ctx, c)
}

// forgetLearnt leaves of a review and of measures their codes and dates.
func forgetLearnt(ctx context.Context, tx Store, c *Case) error {
	v, err := tx.ReviewOf(ctx, c.ID)
	if err := ignoreMissing(err); err != nil {
		return err
	}
	if v != nil {
		v.WhatHappened, v.Explanation, v.OwnShare, v.Missed, v.Lesson = "", "", "", "", ""
		for i := range v.Measures {
			v.Measures[i].What = ""
		}
		if err := tx.SaveReview(ctx, v); err != nil {
			return err
		}
	}
	measures, err := tx.MeasuresOf(ctx, c.ID)
	if err != nil {
		return err
	}
	for _, m := range measures {
		if m.Note == "" {
			continue
		}
		m.Note = ""
		if err := tx.SaveMeasure(ctx, m); err != nil {
			return err
		}
	}
	return nil
}

// forget takes out of a case whatever names or quotes somebody. Who the client
// was is told apart from others by a number that leads nowhere.
func (c *Case) forget(as uuid.UUID) {
	c.Erased, c.NoContact = true, true
	c.Client, c.Company, c.Note = Client{ID: "erased:" + as.String(), Lang: c.Client.Lang}, Named{}, ""
	c.Contract.Number, c.Contract.Title, c.Contract.Clause = "", "", ""
	c.CRM.URL, c.CRM.WriteBackURL, c.CRM.LossReason = "", "", ""
	if c.Answer != nil {
		a := *c.Answer
		a.Detail, a.Liked, a.Comment, a.HeardWhen, a.HeardFrom = "", "", "", "", ""
		c.Answer = &a
	}
	c.IntentHint, c.Offer = nil, c.Offer.forgotten()
	if c.Refusal != nil {
		reason := *c.Refusal
		c.Refusal = &Refusal{Reason: reason.Reason, ProposedAt: reason.ProposedAt, CoolingOffUntil: reason.CoolingOffUntil}
	}
	if c.Delay != nil {
		c.Delay.Why = ""
	}
}

func (o *SaveOffer) forgotten() *SaveOffer {
	if o == nil {
		return nil
	}
	return &SaveOffer{At: o.At}
}

// forgotten is a handover of which only its dates are left.
func (h *Handover) forgotten() *Handover {
	out := &Handover{
		CaseID: h.CaseID, AccountID: h.AccountID, CreatedAt: h.CreatedAt, UpdatedAt: h.UpdatedAt, Version: h.Version,
		DueOn: h.DueOn, DueFrom: h.DueFrom, DrawnUpOn: h.DrawnUpOn, DeliveredAt: h.DeliveredAt, Delivery: h.Delivery, DelayTold: h.DelayTold, DelaysTold: h.DelaysTold,
		SuccessorUp: h.SuccessorUp,
	}
	if a := h.Acceptance; a != nil {
		out.Acceptance = &Acceptance{At: a.At, Way: a.Way, ActHash: a.ActHash, ListHash: a.ListHash, Remarks: a.Remarks}
	}
	for _, q := range h.Questions {
		out.Questions = append(out.Questions, &Question{ID: q.ID, Asker: q.Asker, At: q.At, AnswerBy: q.AnswerBy, AnsweredAt: q.AnsweredAt})
	}
	return out
}

// forgetInContracts takes the person out of contracts on record.
func forgetInContracts(ctx context.Context, tx Store, s Subject) (int, error) {
	n := 0
	for _, query := range slices.Concat(s.Emails, s.Phones) {
		f := ContractFilter{Page: Page{Limit: rowsAtOnce}}
		if strings.Contains(query, "@") {
			f.Query = query
		}
		for {
			list, err := tx.ContractsInScope(ctx, f)
			if err != nil {
				return n, err
			}
			for _, k := range list {
				same := strings.EqualFold(k.Client.Email, query) || PhoneKey(k.Client.Phone) != "" && PhoneKey(k.Client.Phone) == PhoneKey(query) && !strings.Contains(query, "@")
				if !same {
					continue
				}
				k.Client, k.Company = Client{Lang: k.Client.Lang}, Named{}
				if err := tx.SaveContract(ctx, k); err != nil {
					return n, err
				}
				n++
			}
			if len(list) < rowsAtOnce {
				break
			}
			f.Before = &list[len(list)-1].ID
		}
	}
	return n, nil
}

// keepErased keeps a person who was erased from being brought back: the parting
// goes on without a name, and nobody is written to.
func (c *Case) keepErased(ctx context.Context, tx Store) error {
	if c.Erased || c.Client.Email == "" && c.Client.Phone == "" {
		return nil
	}
	known, err := tx.Erased(ctx, []string{c.Client.Email}, []string{c.Client.Phone})
	if err == nil && known {
		c.forget(c.ID)
	}
	return err
}

// notErased refuses a contract with a person who was erased: they are not
// brought back by a form or a table either.
func (k *ContractRecord) notErased(ctx context.Context, tx Store) error {
	known, err := tx.Erased(ctx, []string{k.Client.Email}, []string{k.Client.Phone})
	if err == nil && known {
		return Rule("person_erased", "this person was erased and is not brought back: leave out the name, the address and the phone")
	}
	return err
}

// Retained tells what a round of retention has forgotten, or would.
type Retained struct{ Cases, Deliveries int }

// retainAtOnce bounds one transaction of retention.
const retainAtOnce = 100

// Retain forgets clients nothing has been heard of for so long, and raw bodies
// that nobody needs any more. With dry it only counts one round.
func (r *Registrar) Retain(ctx context.Context, months, bodyDays int, dry bool) (Retained, error) {
	var out Retained
	now := r.now()
	for months > 0 {
		ids, err := r.store.CasesToForget(ctx, now.AddDate(0, -months, 0), retainAtOnce)
		if err != nil || len(ids) == 0 {
			if err != nil {
				return out, err
			}
			break
		}
		out.Cases += len(ids)
		if dry {
			break
		}
		for _, id := range ids {
			if err := r.retire(ctx, id); err != nil {
				return out, err
			}
		}
		if _, err := r.forgetKept(ctx, Subject{Cases: ids}); err != nil {
			return out, err
		}
	}
	for bodyDays > 0 && !dry {
		n, err := r.store.DropDeliveries(ctx, now.AddDate(0, 0, -bodyDays), retainAtOnce)
		out.Deliveries += n
		if err != nil || n < retainAtOnce {
			return out, err
		}
	}
	return out, nil
}

// retire forgets one case whose time is over. The person may have newer ones.
func (r *Registrar) retire(ctx context.Context, id uuid.UUID) error {
	return r.store.InTx(ctx, func(tx Store) error {
		c, err := tx.Case(ctx, nil, id)
		if err != nil || c.Erased {
			return err
		}
		acc, err := tx.Account(ctx, c.AccountID)
		if err != nil && !IsKind(err, KindNotFound) {
			return err
		}
		if (c.State == StateParted || c.State == StateInTouch) && acc != nil {
			if err := moveAndSync(ctx, tx, acc, c, StateClosed, ActorSystem, "the end of retention", r.now()); err != nil {
				return err
			}
		}
		if _, err := tx.EraseRows(ctx, Subject{Cases: []uuid.UUID{c.ID}}); err != nil {
			return err
		}
		return forgetCase(ctx, tx, c, c.ID, "the end of retention", ActorSystem)
	})
}

// Encode is the act as it is kept.
func (e *Erasure) Encode() (json.RawMessage, error) {
	return json.Marshal(map[string]any{"cases": e.Cases, "erased": e.Erased, "kept": e.Kept, "done_at": e.DoneAt})
}
