package offboarding

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

// Handover is what a case owes the client besides money: papers, files, access,
// open matters. Its items are rows of their own; its status is the case's track.
type Handover struct {
	CaseID    uuid.UUID `json:"-"`
	AccountID uuid.UUID `json:"-"`
	CreatedAt time.Time `json:"-"`
	UpdatedAt time.Time `json:"-"`
	Version   int       `json:"-"`

	DueOn    string    `json:"due_on,omitempty"` // until when everything is handed over
	DueFrom  string    `json:"due_from,omitempty"`
	Place    string    `json:"place,omitempty"` // of the act
	Giver    Signatory `json:"giver,omitzero"`
	Receiver Signatory `json:"receiver,omitzero"`
	Contact  Contact   `json:"contact,omitzero"` // ours, whom the client may ask

	OpenMatters []Matter     `json:"open_matters,omitempty"`
	Contacts    []Contact    `json:"contacts,omitempty"`
	Access      []AccessNote `json:"access,omitempty"`

	Snapshot  *Taken    `json:"snapshot,omitempty"`    // the inventory that the list began with
	DrawnUpOn string    `json:"drawn_up_on,omitempty"` // the day that stands in the papers
	Contents  string    `json:"contents,omitempty"`    // hash of what that day's papers say
	Passes    []*Pass   `json:"passes,omitempty"`
	Successor *Newcomer `json:"successor,omitempty"`

	Questions []*Question `json:"questions,omitempty"`

	DeliveredAt    time.Time   `json:"delivered_at,omitzero"`
	Delivery       int         `json:"delivery,omitempty"` // counts deliveries
	Acceptance     *Acceptance `json:"acceptance,omitempty"`
	Scan           *ItemFile   `json:"scan,omitempty"`     // the act, signed by hand
	Detached       *ItemFile   `json:"detached,omitempty"` // a signature in a file of its own, of Act
	ScanCame       *Provenance `json:"scan_came,omitempty"`
	DetachedCame   *Provenance `json:"detached_came,omitempty"`
	Act            *ItemFile   `json:"act,omitempty"` // the act as it was signed outside of the portal
	EDI            *EDIState   `json:"edi,omitempty"`
	Dispute        string      `json:"dispute,omitempty"`
	DelayTold      string      `json:"delay_told,omitempty"`     // the new date that the client was told last
	DelaysTold     int         `json:"delays_told,omitempty"`    // how many such dates no person had named
	MoreTimeAt     time.Time   `json:"more_time_at,omitzero"`    // the client asked for a link that lives longer
	SuccessorAt    time.Time   `json:"successor_at,omitzero"`    // when T13 was ordered
	SuccessorAsked time.Time   `json:"successor_asked,omitzero"` // the one question to them
	SuccessorUp    *int        `json:"successor_nps,omitzero"`   // and its answer, 0–10
	SuccessorSays  string      `json:"successor_says,omitempty"`
}

// Taken is the snapshot of a contract from which a handover took its list; only
// the rest, the delta, is still to be collected.
type Taken struct {
	ID      uuid.UUID `json:"id"`
	Quarter string    `json:"quarter"`
	On      string    `json:"on"`
}

// Signatory is who signs for a side, and by which right.
type Signatory struct {
	Name     string `json:"name,omitempty"`
	Position string `json:"position,omitempty"`
	Basis    string `json:"basis,omitempty"` // «Устава», «доверенности № 5 от 01.02.2026»
}

// Contact is a person of either side.
type Contact struct {
	Name  string `json:"name,omitempty"`
	Role  string `json:"role,omitempty"`
	Phone string `json:"phone,omitempty"`
	Email string `json:"email,omitempty"`
	Hours string `json:"hours,omitempty"` // «пн–пт 10:00–18:00»
}

// Matter is something that does not end with the contract: what, until when,
// and who does it up to which day.
type Matter struct {
	What     string `json:"what"`
	Deadline string `json:"deadline,omitempty"`
	Who      string `json:"who,omitempty"`
	Until    string `json:"until,omitempty"`
}

// AccessNote records that a key or password was transferred and changed. The
// secret itself never stands here.
type AccessNote struct {
	System      string `json:"system"`
	Account     string `json:"account,omitempty"`     // the login
	Transferred string `json:"transferred,omitempty"` // how and to whom
	On          string `json:"on,omitempty"`
	Rotated     bool   `json:"rotated,omitempty"`
	Revoked     bool   `json:"revoked,omitempty"` // our own access is gone
}

// Newcomer is who takes over, with the client's consent.
type Newcomer struct {
	Name         string      `json:"name,omitempty"`
	Company      string      `json:"company,omitempty"`
	Email        string      `json:"email"`
	Phone        string      `json:"phone,omitempty"`
	ConsentAt    time.Time   `json:"consent_at"`
	ConsentBy    Actor       `json:"consent_by"`
	Source       string      `json:"source"` // portal, letter, call, …
	Wording      string      `json:"wording"`
	All          bool        `json:"all,omitempty"` // everything but what is confidential
	Items        []uuid.UUID `json:"items,omitempty"`
	Confidential bool        `json:"confidential,omitempty"` // confidential items too
	WithdrawnAt  time.Time   `json:"withdrawn_at,omitzero"`
}

// Allows reports whether the client lets the successor have the item.
func (n *Newcomer) Allows(it *Item) bool {
	switch {
	case n == nil || !n.WithdrawnAt.IsZero() || !it.HandedOver():
		return false
	case it.Confidential && !n.Confidential:
		return false
	}
	return n.All || slices.Contains(n.Items, it.ID)
}

// Question is a question about the handover, with the time by which we answer.
type Question struct {
	ID         uuid.UUID  `json:"id"`
	ItemID     *uuid.UUID `json:"item_id,omitempty"` // nil: about the whole
	Asker      GrantRole  `json:"asker"`
	Text       string     `json:"text"`
	At         time.Time  `json:"at"`
	AnswerBy   time.Time  `json:"answer_by"`
	Answer     string     `json:"answer,omitempty"`
	AnsweredAt time.Time  `json:"answered_at,omitzero"`
	AnsweredBy Actor      `json:"answered_by,omitempty"`
}

// Acceptance is the client's word that the handover is done. Silence is none.
type Acceptance struct {
	At       time.Time `json:"at"`
	Way      string    `json:"way"` // portal, paper, signature, edi
	By       string    `json:"by,omitempty"`
	Email    string    `json:"email,omitempty"`
	Address  string    `json:"address,omitempty"` // network address of the signer
	ActHash  string    `json:"act_hash,omitempty"`
	ListHash string    `json:"list_hash,omitempty"`
	Remarks  int       `json:"remarks"`
	Signed   *ItemFile `json:"signed,omitempty"` // the act with its protocol sheet
}

// EDIState is what an operator of electronic documents says about the act.
type EDIState struct {
	Operator   string    `json:"operator"`
	DocumentID string    `json:"document_id"`
	Status     string    `json:"status"` // sent, delivered, signed, refused
	Comment    string    `json:"comment,omitempty"`
	At         time.Time `json:"at"`
}

// Build is the latest build of a package: what it was made from and how far it is.
type Build struct {
	CaseID    uuid.UUID
	AccountID uuid.UUID
	Contents  string // hash of what goes in
	State     BuildState
	Done      int64 // bytes
	Total     int64
	Error     string
	File      *ItemFile
	UpdatedAt time.Time
}

// BuildState is where a build stands.
type BuildState string

// The states of a build.
const (
	BuildNone    BuildState = "none"
	BuildQueued  BuildState = "queued"
	BuildRunning BuildState = "running"
	BuildDone    BuildState = "done"
	BuildFailed  BuildState = "failed"
)

// Checklist is what we usually hold for clients of one kind of service.
type Checklist struct {
	ServiceType string
	Name        string
	Items       []ChecklistItem
	Own         bool // changed here; else as shipped
	Version     int
	UpdatedAt   time.Time
}

// ChecklistItem is one line of a checklist.
type ChecklistItem struct {
	Category  string    `json:"category,omitempty"`
	Title     string    `json:"title"`
	Form      Form      `json:"form,omitempty"`
	Ownership Ownership `json:"ownership,omitempty"`
	Mandatory bool      `json:"mandatory,omitempty"`
}

// Handovers keeps handovers with their items, builds and checklists.
type Handovers interface {
	Handover(ctx context.Context, caseID uuid.UUID) (*Handover, error)
	// SaveHandover adds one whose Version is zero, else writes WHERE version = h.Version;
	// ErrStale when somebody else was faster.
	SaveHandover(ctx context.Context, h *Handover) error
	// Items lists a list's items in their order.
	Items(ctx context.Context, listID uuid.UUID) ([]*Item, error)
	// SomeItems returns those of a list's items that are named and there.
	SomeItems(ctx context.Context, listID uuid.UUID, ids []uuid.UUID) ([]*Item, error)
	// ListShape tells what a list is like without reading its items.
	ListShape(ctx context.Context, listID uuid.UUID) (ListShape, error)
	AddItems(ctx context.Context, items []*Item) error
	// SaveItem writes WHERE version = it.Version and raises it; ErrStale otherwise.
	SaveItem(ctx context.Context, it *Item) error
	DropItem(ctx context.Context, it *Item) error
	Build(ctx context.Context, caseID uuid.UUID) (*Build, error)
	// SaveBuild writes the one build of the case.
	SaveBuild(ctx context.Context, b *Build) error
	// Checklist returns one that was changed here, or ErrNotFound.
	Checklist(ctx context.Context, serviceType string) (*Checklist, error)
	Checklists(ctx context.Context) ([]*Checklist, error)
	SaveChecklist(ctx context.Context, l *Checklist) error
}

// beginHandover opens the handover of a case with what we are known to hold:
// the newest snapshot of its contract, and what the checklist of its service
// expects besides.
func beginHandover(ctx context.Context, tx Store, acc *Account, c *Case) (*Handover, error) {
	h, err := tx.Handover(ctx, c.ID)
	if err == nil || !IsKind(err, KindNotFound) {
		return h, err
	}
	h = &Handover{CaseID: c.ID, AccountID: c.AccountID, Contact: Contact{Name: c.Responsible.Name, Email: c.Responsible.Email}, Receiver: Signatory{Name: c.Client.Name}}
	items, err := h.knownItems(ctx, tx, acc, c)
	if err != nil {
		return nil, err
	}
	h.due(acc, c, shapeOf(items))
	if err := tx.SaveHandover(ctx, h); err != nil {
		return nil, err
	}
	return h, tx.AddItems(ctx, items)
}

// knownItems are what a case's list begins with: what the newest snapshot of
// its contract holds, and what the checklist expects besides.
func (h *Handover) knownItems(ctx context.Context, tx Store, acc *Account, c *Case) ([]*Item, error) {
	list, err := ChecklistFor(ctx, tx, c.Contract.ServiceType, acc.Lang.Or(RU))
	if err != nil {
		return nil, err
	}
	earlier, err := h.takeSnapshot(ctx, tx, c)
	if err != nil {
		return nil, err
	}
	items := listFrom(c.AccountID, c.ID, earlier, list)
	return items, copyFiles(ctx, tx, c.ID, items)
}

// takeSnapshot returns the items of the contract's newest snapshot, which
// nobody changes from now on: what comes later is put on the handover's list.
func (h *Handover) takeSnapshot(ctx context.Context, tx Store, c *Case) ([]*Item, error) {
	if c.Contract.RecordID == nil || h.Snapshot != nil {
		return nil, nil
	}
	v, items, err := latest(ctx, tx, *c.Contract.RecordID)
	if err != nil || v == nil {
		return nil, err
	}
	if v.ClosedAt.IsZero() {
		k, err := tx.Contract(ctx, []uuid.UUID{c.AccountID}, v.ContractID)
		if err != nil {
			return nil, err
		}
		if err := closeSnapshot(ctx, tx, k, v, "the client leaves", c.Dates.ReceivedAt); err != nil {
			return nil, err
		}
	}
	h.Snapshot = &Taken{v.ID, v.Quarter, v.TakenOn}
	return items, nil
}

// bringSnapshot puts what a contract's snapshot holds on the list of a handover
// that began before the contract was known.
func bringSnapshot(ctx context.Context, tx Store, acc *Account, c *Case) error {
	h, err := tx.Handover(ctx, c.ID)
	if err != nil {
		return ignoreMissing(err)
	}
	earlier, err := h.takeSnapshot(ctx, tx, c)
	if err != nil || h.Snapshot == nil {
		return err
	}
	there, err := tx.Items(ctx, c.ID)
	if err != nil {
		return err
	}
	known := map[string]*Item{}
	for _, it := range there {
		known[strings.ToLower(it.Title)] = it
	}
	var added []*Item
	for _, it := range listFrom(c.AccountID, c.ID, earlier, nil) {
		old := known[strings.ToLower(it.Title)]
		switch {
		case old == nil:
			it.Pos += len(there)
			added = append(added, it)
		case !old.There() && it.There():
			it.ID, it.Pos, it.Version, it.Mandatory = old.ID, old.Pos, old.Version, it.Mandatory || old.Mandatory
			if err := copyFiles(ctx, tx, c.ID, []*Item{it}); err != nil {
				return err
			}
			if err := tx.SaveItem(ctx, it); err != nil {
				return err
			}
		}
	}
	if err := copyFiles(ctx, tx, c.ID, added); err != nil {
		return err
	}
	if err := tx.AddItems(ctx, added); err != nil {
		return err
	}
	h.due(acc, c, shapeOf(append(there, added...)))
	return tx.SaveHandover(ctx, h)
}

// Delta counts what a snapshot did not hold and is there by now, and what is
// still to be collected.
func Delta(items []*Item) (collected, open int) {
	for _, it := range items {
		switch {
		case !it.HandedOver():
		case !it.There():
			open++
		case !it.FromSnapshot:
			collected++
		}
	}
	return collected, open
}

// listFrom makes a new list: what an earlier one holds, then what the checklist
// expects and nobody has named yet.
func listFrom(accountID, listID uuid.UUID, earlier []*Item, list *Checklist) []*Item {
	var out []*Item
	known := map[string]bool{}
	add := func(it Item) {
		if it.Title == "" || known[it.key()] {
			return
		}
		known[it.key()], known[strings.ToLower(it.Title)] = true, true
		it.ID, it.AccountID, it.ListID, it.Pos, it.Version = NewID(), accountID, listID, len(out)+1, 0
		out = append(out, &it)
	}
	for _, it := range earlier {
		again := *it
		again.FromSnapshot = again.There()
		if !again.FromSnapshot {
			again.Status = ItemExpected
		}
		again.Receipt, again.Remark, again.Answer, again.Disputed, again.RemarkedAt = "", "", "", false, time.Time{}
		add(again)
	}
	if list == nil {
		return out
	}
	for _, e := range list.Items {
		if known[strings.ToLower(e.Title)] {
			continue
		}
		own := e.Ownership
		if own == "" {
			own = ClientProperty
		}
		add(Item{Category: e.Category, Title: e.Title, Form: e.Form, Ownership: own, Mandatory: e.Mandatory, Status: ItemExpected})
	}
	return out
}

// GrantRole is as whom somebody opens the portal.
type GrantRole string

// The roles of the portal.
const (
	GrantClient    GrantRole = "client"
	GrantSuccessor GrantRole = "successor"
)

// Pass lets one person open the portal of a handover.
type Pass struct {
	Role      GrantRole   `json:"role"`
	Email     string      `json:"email"`
	Name      string      `json:"name,omitempty"`
	GivenAt   time.Time   `json:"given_at"`
	ExpiresAt time.Time   `json:"expires_at"`
	RevokedAt time.Time   `json:"revoked_at,omitzero"`
	OpenedAt  time.Time   `json:"opened_at,omitzero"` // the first good code
	Code      *Code       `json:"code,omitempty"`     // the last one sent
	Codes     []time.Time `json:"codes,omitempty"`    // when codes were sent of late
	Sessions  []Session   `json:"sessions,omitempty"`
}

// Code is a code sent by another letter than the link; only its hash is kept.
type Code struct {
	Hash    []byte    `json:"hash"`
	Until   time.Time `json:"until"`
	Tries   int       `json:"tries"`
	ForSign bool      `json:"for_sign,omitempty"`
}

// Session is a browser that has given a good code; only its hash is kept.
type Session struct {
	Hash  []byte    `json:"hash"`
	Until time.Time `json:"until"`
}

// grant finds the grant of an address.
func (h *Handover) grant(email string) *Pass {
	for _, g := range h.Passes {
		if strings.EqualFold(g.Email, email) {
			return g
		}
	}
	return nil
}
