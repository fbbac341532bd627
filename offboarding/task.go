package offboarding

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/mail"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"opendoor/offboarding/survey"
)

// This file is about tasks for which there is no card of a CRM: of a generic
// source, and of cases and contracts that were put in by hand. Such a task is a
// row of its own, told by one letter and ticked off here (domain §2, §10, §13).

// Task is what a person of the company is asked to do.
type Task struct {
	ID         uuid.UUID
	AccountID  uuid.UUID
	CaseID     *uuid.UUID // nil: about a contract, or about a person of ours
	ContractID *uuid.UUID
	Key        string      // unique: the same thing is asked once
	What       string      // stable name: call, approval, review, …
	Text       string      // in words
	Owner      Responsible // who is asked; without an address nobody was written to
	Due        time.Time
	About      Responsible // a person of ours whom it is about: then it is for an hr_manager and nobody else
	CreatedAt  time.Time
	DoneAt     time.Time // zero: it is open
	DoneBy     Actor
	Note       string // what was done, or why nothing need be
}

// AboutPeople reports whether the task is about a person of ours.
func (t *Task) AboutPeople() bool { return t.About != (Responsible{}) }

func (t *Task) isAbout(p Person) bool {
	return p.meant(t.About.ID) || p.meant(t.About.Email) || p.meant(t.About.Name)
}

// TaskFilter selects tasks, newest first.
type TaskFilter struct {
	Scope     []uuid.UUID
	AccountID *uuid.UUID
	CaseID    *uuid.UUID
	Done      *bool
	People    bool // also those about people of ours
	Page
}

// Tasks keeps them.
type Tasks interface {
	// AddTask stores a task and tells whether it was new: one with the same key is kept.
	AddTask(ctx context.Context, t *Task) (bool, error)
	Task(ctx context.Context, scope []uuid.UUID, id uuid.UUID) (*Task, error)
	TasksInScope(ctx context.Context, f TaskFilter) ([]*Task, error)
	// OpenTasksOf lists a case's tasks that nobody has done, by their due time.
	OpenTasksOf(ctx context.Context, caseID uuid.UUID) ([]*Task, error)
	// EndTask writes that a task is done and tells whether it was open until now.
	EndTask(ctx context.Context, t *Task) (bool, error)
}

// onCard reports whether the case has a card in a CRM, where people work.
func (c *Case) onCard() bool { return c.CRM.DealID != "" && c.CRM.Provider != Generic }

// onCard reports whether the contract has a card in a CRM.
func (k *ContractRecord) onCard(acc *Account) bool { return k.DealID != "" && acc.Provider != Generic }

// everyTask is the name by which all open tasks of a case are ticked off; behind
// a name's beginning, all that begin with it.
const everyTask = "*"

// owedTasks are about what we owed the client until we parted.
var owedTasks = []string{"overdue:*", "handover-50-*", "handover-75-*", "handover-100-*", "handover-accept-call-*", "item-*", "settlement:*"}

// AdminTo sets who is written to when neither a responsible nor a manager may or
// can be: the administrator; empty: nobody.
func (s *Scribe) AdminTo(address string) *Scribe {
	s.admin = address
	return s
}

// ownTask does a task effect of a case without a card: it becomes a row, and
// one letter tells its owner.
func (s *Scribe) ownTask(ctx context.Context, acc *Account, ef *Effect) error {
	var p TaskPayload
	if err := json.Unmarshal(ef.Payload, &p); err != nil {
		return Invalid("the task's payload cannot be read")
	}
	return s.store.InTx(ctx, func(tx Store) error {
		c, err := tx.Case(ctx, []uuid.UUID{acc.ID}, *ef.CaseID)
		if err != nil {
			return err
		}
		switch {
		case p.Done:
			if err := endTasks(ctx, tx, c, p, s.now()); err != nil {
				return err
			}
		case c.State == StateCancelled:
			return tx.Finish(ctx, ef, EffectCancelled, "the case is cancelled", "")
		default:
			if err := s.keepTask(ctx, tx, acc, c, p); err != nil {
				return err
			}
		}
		return tx.Finish(ctx, ef, EffectSent, "", "")
	})
}

func (s *Scribe) keepTask(ctx context.Context, tx Store, acc *Account, c *Case, p TaskPayload) error {
	owner, err := c.taskOwner(ctx, tx, acc, p.To, s.admin)
	if err != nil {
		return err
	}
	t := &Task{
		ID: NewID(), AccountID: acc.ID, CaseID: &c.ID, Key: "task:" + c.ID.String() + ":" + p.What, What: p.What, Text: p.Text,
		Owner: owner, Due: p.Due.UTC(), CreatedAt: s.now().UTC(),
	}
	if t.Text == "" {
		t.Text = s.letters.Task(p.What, c, acc)
	}
	if added, err := tx.AddTask(ctx, t); err != nil || !added {
		return err
	}
	if err := tx.Record(ctx, c.line(ActorSystem, "task.opened", "a person is asked: "+t.name(), map[string]string{"task_id": t.ID.String()})); err != nil {
		return err
	}
	if err := tx.AddEffects(ctx, c.taskResult(acc, ResultTaskCreated, t, s.now())); err != nil || p.Told || !plainAddress(owner.Email) {
		return err
	}
	letter := c.taskLetter(acc, t)
	letter.Due, letter.Occasion, letter.To = s.now(), t.What, &Recipient{owner.Name, owner.Email}
	return post(ctx, tx, c.order(acc, letter))
}

// name is the task's name without what tells repeats apart.
func (t *Task) name() string {
	name, _, _ := strings.Cut(t.What, ":")
	return name
}

// taskLetter is the letter by which a task is told, by what it asks for.
func (c *Case) taskLetter(acc *Account, t *Task) Letter {
	owner, lang := t.Owner.Name, acc.Lang.Or(RU)
	switch name, rest, _ := strings.Cut(t.What, ":"); name {
	case "call":
		return Letter{Template: I01, Vars: CallTask{Owner: owner, Due: t.Due, Contact: cmp.Or(c.Client.Phone, c.Client.Email)}}
	case "save_talk":
		v := SaveTalk{Owner: owner, Due: t.Due, Contact: cmp.Or(c.Client.Phone, c.Client.Email)}
		if c.Offer != nil {
			v.Proposal = c.Offer.Proposal
		}
		if r, ok := survey.Lookup(survey.GroupOf(c.Reason.Code)); ok && !c.Shielded() {
			v.ReasonLabel = r.Label(string(lang))
		}
		return Letter{Template: I02, Vars: v}
	case "approval":
		return Letter{Template: I05, Vars: ApprovalRequest{Owner: owner, Due: t.Due, What: pick(lang, "расставание с клиентом по нашей инициативе", "parting with a client on our own initiative")}}
	case "blocked":
		return Letter{Template: I05, Vars: ApprovalRequest{
			Owner: owner, Due: t.Due, What: pick(lang, "письмо клиенту "+rest+", которое остановила проверка тона", "letter "+rest+" to the client, which the tone guard stopped"),
		}}
	case "checklist":
		return Letter{Template: I06, Vars: CoolingOffChecklist{Owner: owner, Until: t.Due}}
	case "review":
		return Letter{Template: I07, Vars: ReviewDue{Owner: owner, DueOn: Day(t.Due, acc.Location())}}
	}
	return Letter{Template: I09, Vars: OtherTask{Owner: owner, Due: t.Due, Text: t.Text}}
}

// taskOwner is who is asked. Under the shield, and for what only a manager
// decides, it is the manager; who is complained of, or in the quarrel, never is.
func (c *Case) taskOwner(ctx context.Context, tx Store, acc *Account, to, admin string) (Responsible, error) {
	if to == ToManager || c.Shielded() {
		return c.insteadOfResponsible(acc, admin), nil
	}
	people := []Responsible{c.Responsible, acc.Policy.Manager}
	if to != "" && c.Contract.RecordID != nil {
		k, err := tx.Contract(ctx, []uuid.UUID{acc.ID}, *c.Contract.RecordID)
		if err := ignoreMissing(err); err != nil {
			return Responsible{}, err
		}
		if k != nil {
			for _, r := range k.Responsibles {
				people = append(people, Responsible{ID: r.ID, Name: r.Name, Email: r.Email})
			}
		}
	}
	to = strings.TrimSpace(to)
	if i := slices.IndexFunc(people, func(r Responsible) bool { return to != "" && r.isCalled(to) && plainAddress(r.Email) }); i >= 0 {
		return people[i], nil
	}
	if plainAddress(to) {
		return Responsible{Email: to}, nil
	}
	if !c.Responsible.Inactive && plainAddress(c.Responsible.Email) {
		return c.Responsible, nil
	}
	return c.insteadOfResponsible(acc, admin), nil
}

// isCalled reports whether a note names the person by id, name or address.
func (r Responsible) isCalled(named string) bool {
	return r.ID != "" && r.ID == named || r.Email != "" && strings.EqualFold(r.Email, named) || sameWords(r.Name, named)
}

// insteadOfResponsible is who is asked when the responsible must not be: the
// manager, else the administrator, unless one of them is the person in question.
func (c *Case) insteadOfResponsible(acc *Account, admin string) Responsible {
	for _, r := range []Responsible{acc.Policy.Manager, {Email: admin}} {
		if !plainAddress(r.Email) || c.Shielded() && c.accused(r) {
			continue
		}
		if c.Refusal != nil && c.mayNotDecide(Person{ID: cmp.Or(r.ID, r.Email), Name: cmp.Or(r.Name, r.Email)}) {
			continue
		}
		return r
	}
	return Responsible{}
}

// mayNotDecide reports whether the person is in the quarrel over which the
// company would part, or has proposed it and it is not decided yet.
func (c *Case) mayNotDecide(p Person) bool {
	return c.inQuarrel(p) || (c.State == StateCoolingOff || c.State == StateApproval) && p.Is(c.Refusal.ProposedBy)
}

func (r Responsible) samePerson(other Responsible) bool {
	return r.ID != "" && r.ID == other.ID || r.Email != "" && strings.EqualFold(r.Email, other.Email) || sameWords(r.Name, other.Name)
}

// endTasks ticks a task off, or all of them, because its step has happened or p
// says why. The letter about it does not leave any more.
func endTasks(ctx context.Context, tx Store, c *Case, p TaskPayload, now time.Time) error {
	open, err := tx.OpenTasksOf(ctx, c.ID)
	if err != nil {
		return err
	}
	for _, t := range open {
		if prefix, many := strings.CutSuffix(p.What, everyTask); t.What != p.What && (!many || !strings.HasPrefix(t.What, prefix)) {
			continue
		}
		if err := endTask(ctx, tx, c, t, ActorSystem, cmp.Or(p.Text, "its step has happened"), now); err != nil {
			return err
		}
	}
	return nil
}

func endTask(ctx context.Context, tx Store, c *Case, t *Task, by Actor, note string, now time.Time) error {
	t.DoneAt, t.DoneBy, t.Note = now.UTC(), by, note
	ended, err := tx.EndTask(ctx, t)
	if err != nil || !ended {
		return err
	}
	if c == nil {
		line := Audit{Stream: "account:" + t.AccountID.String(), Actor: by, Kind: "task.done", Summary: "a task was done", AccountID: &t.AccountID}
		line.Data, _ = json.Marshal(map[string]string{"task_id": t.ID.String()})
		return tx.Record(ctx, line)
	}
	for _, template := range []string{I01, I02, I05, I06, I07, I09} {
		if _, err := tx.CancelEffects(ctx, c.ID, []EffectKind{EffectMail}, "mail:"+c.ID.String()+":"+template+":"+t.What, "the task is done"); err != nil {
			return err
		}
	}
	acc, err := tx.Account(ctx, c.AccountID)
	if err != nil {
		return ignoreMissing(err)
	}
	if err := tx.AddEffects(ctx, c.taskResult(acc, ResultTaskDone, t, now)); err != nil {
		return err
	}
	return tx.Record(ctx, c.line(by, "task.done", "a task was done: "+t.name(), map[string]string{"task_id": t.ID.String()}))
}

// taskResult tells a generic account that asks for it of a task.
func (c *Case) taskResult(acc *Account, what string, t *Task, now time.Time) []Effect {
	if !acc.Policy.TaskResults || c.CRM.Provider != Generic {
		return nil
	}
	ef := NewEffect(c.AccountID, &c.ID, EffectResult, "result:"+c.ID.String()+":"+what+":"+t.ID.String(), now, ResultPayload{Type: what, TaskID: &t.ID})
	ef.SerialKey = c.crmKey()
	return []Effect{ef}
}

// taskShown is a task as a result tells of it.
type taskShown struct {
	ID     uuid.UUID `json:"id"`
	What   string    `json:"what"`
	Text   string    `json:"text"`
	Owner  Named     `json:"owner"`
	DueAt  time.Time `json:"due_at"`
	DoneAt time.Time `json:"done_at,omitzero"`
}

func (s *Scribe) taskShown(ctx context.Context, acc *Account, id *uuid.UUID) (*taskShown, error) {
	if id == nil {
		return nil, nil //nolint:nilnil // the result is about no task
	}
	t, err := s.store.Task(ctx, []uuid.UUID{acc.ID}, *id)
	if err != nil {
		return nil, err
	}
	return &taskShown{ID: t.ID, What: t.What, Text: t.Text, Owner: Named{ID: t.Owner.ID, Name: t.Owner.Name}, DueAt: t.Due.UTC(), DoneAt: t.DoneAt.UTC()}, nil
}

// redirect gives a letter to our own people that was written for the responsible
// to the manager when the shield has gone up since. It reports whether nobody is
// left to write to.
func (p *Postman) redirect(ctx context.Context, m *Message, c *Case, acc *Account) (nobody bool, err error) {
	if !m.kind().Internal || m.CaseID == uuid.Nil || !c.Shielded() || !c.writesToAccused(m) {
		return false, nil
	}
	to := c.insteadOfResponsible(acc, p.admin)
	if to.Email == "" {
		return true, nil
	}
	var vars map[string]any
	if err := json.Unmarshal(m.Vars, &vars); err != nil {
		return false, Invalid("the variables of letter " + m.Template + " cannot be read")
	}
	vars["owner"] = to.Name
	m.Vars, _ = json.Marshal(vars)                 // as it was read
	m.To, m.ToName, m.Text = to.Email, to.Name, "" // written anew, for somebody else
	return false, p.store.SaveMessage(ctx, m)
}

// writesToAccused reports whether the letter goes to somebody whom the client
// may have complained of.
func (c *Case) writesToAccused(m *Message) bool {
	return c.Responsible.hasAddress(m.To) || slices.ContainsFunc(c.ComplainedOf, func(r Responsible) bool { return r.hasAddress(m.To) })
}

func (r Responsible) hasAddress(address string) bool {
	a, err := mail.ParseAddress(r.Email)
	return err == nil && strings.EqualFold(a.Address, address) || r.Email != "" && strings.EqualFold(r.Email, address)
}

// TasksFor lists the tasks that a person may see. Those about people of ours are
// shown to who leads people alone, which is written down, and never to whom they
// are about.
func (d *Desk) TasksFor(ctx context.Context, f TaskFilter, p Person, by Actor) ([]*Task, error) {
	var out []*Task
	err := d.store.InTx(ctx, func(tx Store) error {
		out = nil
		seen := map[uuid.UUID]int{}
		for next := f; len(out) < f.Limit; { // a page is full although some of it is not for this person
			list, err := tx.TasksInScope(ctx, next)
			if err != nil {
				return err
			}
			for _, t := range list {
				if t.AboutPeople() {
					seen[t.AccountID]++
					if t.isAbout(p) {
						continue
					}
				}
				out = append(out, t)
			}
			if len(list) < f.Limit {
				break
			}
			next.Before = &list[len(list)-1].ID
		}
		out = out[:min(len(out), f.Limit)]
		for account, n := range seen {
			if err := tx.Record(ctx, Audit{
				Stream: "account:" + account.String(), Actor: by, Kind: "employee_signals.viewed", Summary: fmt.Sprintf("tasks about people were looked at: %d", n), AccountID: &account,
			}); err != nil {
				return err
			}
		}
		return hideShielded(ctx, tx, out, p)
	})
	return out, err
}

// hideShielded takes the words out of tasks that quote what a person may not read.
func hideShielded(ctx context.Context, tx Store, tasks []*Task, p Person) error {
	var ids []uuid.UUID
	for _, t := range tasks {
		if t.CaseID != nil && !slices.Contains(ids, *t.CaseID) {
			ids = append(ids, *t.CaseID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	cases, err := tx.CasesByID(ctx, ids)
	if err != nil {
		return err
	}
	for _, t := range tasks {
		if t.CaseID != nil && cases[*t.CaseID] != nil && !cases[*t.CaseID].MayRead(p) {
			t.Text, t.Note = "", ""
		}
	}
	return nil
}

// TaskDone ticks a task off for a person. One that is done already stays as it is.
func (d *Desk) TaskDone(ctx context.Context, scope []uuid.UUID, id uuid.UUID, note string, p Person, by Actor) (*Task, error) {
	note = strings.TrimSpace(note)
	if len([]rune(note)) > taskNoteMost {
		return nil, Invalid("the note is too long", FieldError{"note", fmt.Sprintf("at most %d characters", taskNoteMost)})
	}
	var out *Task
	err := d.store.InTx(ctx, func(tx Store) error {
		t, err := tx.Task(ctx, scope, id)
		if err != nil {
			return err
		}
		if t.AboutPeople() && (p.Role != "hr_manager" || t.isAbout(p)) {
			return ErrNotFound
		}
		if out = t; !t.DoneAt.IsZero() {
			return hideShielded(ctx, tx, []*Task{t}, p)
		}
		var c *Case
		if t.CaseID != nil {
			if c, err = tx.Case(ctx, scope, *t.CaseID); err != nil {
				return err
			}
		}
		if err := endTask(ctx, tx, c, t, by, note, d.now()); err != nil {
			return err
		}
		return hideShielded(ctx, tx, []*Task{t}, p)
	})
	return out, err
}

// taskNoteMost bounds what is noted with a task that is done, in characters.
const taskNoteMost = 2000
