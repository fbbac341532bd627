package offboarding

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

// Clerk is where people keep the papers of a handover: items, files, package,
// delivery. What the client does in the portal stands in portal.go.
type Clerk struct {
	store     Store
	up        Uploads
	papers    Papers
	keys      *Keys
	publicURL string
	now       func() time.Time
	log       *slog.Logger
}

// NewClerk returns a clerk. publicURL is the base of every link.
func NewClerk(store Store, up Uploads, papers Papers, keys *Keys, publicURL string, now func() time.Time, log *slog.Logger) *Clerk {
	return &Clerk{store: store, up: up, papers: papers, keys: keys, publicURL: strings.TrimRight(publicURL, "/"), now: now, log: log}
}

// Folder is a handover with everything that belongs to it.
type Folder struct {
	Case     *Case
	Account  *Account
	Handover *Handover
	Items    []*Item
	Build    *Build
	Contents string // hash of what would be built now
	few      bool   // Items are those alone that a change concerns
}

// Outdated reports whether the package on hand is not what would be built now.
// The final account alone outdates none: a line that is argued about must not
// delay the handover.
func (f *Folder) Outdated() bool {
	return f.Build.State == BuildDone && withoutAccount(f.Build.Contents) != withoutAccount(f.Contents)
}

// filling reads as much of a handover into a folder as is needed.
type filling func(ctx context.Context, s Store, f *Folder) error

// Show returns the handover of a case; one that nobody has begun is empty.
func (k *Clerk) Show(ctx context.Context, scope []uuid.UUID, caseID uuid.UUID) (*Folder, error) {
	return k.show(ctx, scope, caseID, k.folder)
}

// show reads the parts of a handover one by one, and once more when the case has
// changed meanwhile: a package that is done must not stand beside a case that
// still collects.
func (k *Clerk) show(ctx context.Context, scope []uuid.UUID, caseID uuid.UUID, filling filling) (*Folder, error) {
	c, err := k.store.Case(ctx, scope, caseID)
	if err != nil {
		return nil, err
	}
	for try := 1; ; try++ {
		acc, err := k.store.Account(ctx, c.AccountID)
		if err != nil {
			return nil, err
		}
		f, err := k.unfold(ctx, k.store, acc, c, filling)
		if err != nil || try == changeTries {
			return f, err
		}
		version := c.Version
		if c, err = k.store.Case(ctx, scope, caseID); err != nil || c.Version == version {
			return f, err
		}
	}
}

// unfold reads a handover; of one that nobody has begun there is nothing to read.
func (k *Clerk) unfold(ctx context.Context, s Store, acc *Account, c *Case, filling filling) (*Folder, error) {
	f := &Folder{Case: c, Account: acc, Build: &Build{CaseID: c.ID, AccountID: c.AccountID, State: BuildNone}}
	var err error
	f.Handover, err = s.Handover(ctx, c.ID)
	if IsKind(err, KindNotFound) {
		f.Handover = &Handover{CaseID: c.ID, AccountID: c.AccountID}
		return f, nil
	}
	if err != nil {
		return nil, err
	}
	return f, filling(ctx, s, f)
}

// folder fills in everything.
func (k *Clerk) folder(ctx context.Context, s Store, f *Folder) error {
	if err := k.whole(ctx, s, f); err != nil {
		return err
	}
	d, err := dossier(ctx, s, f.Account, f.Case, f.Handover, f.Items, "")
	if err == nil {
		f.Contents = d.contents()
	}
	return err
}

// whole fills in everything but what would be built now.
func (k *Clerk) whole(ctx context.Context, s Store, f *Folder) error {
	var err error
	if f.Items, err = s.Items(ctx, f.Case.ID); err != nil {
		return err
	}
	b, err := s.Build(ctx, f.Case.ID)
	if err == nil {
		f.Build = b
	}
	return ignoreMissing(err)
}

// some fills in a few items and nothing else: thousands of files come one by
// one, and a change of one item is none of the others' business.
func (k *Clerk) some(ids []uuid.UUID) filling {
	return func(ctx context.Context, s Store, f *Folder) error {
		var err error
		f.few = true
		f.Items, err = s.SomeItems(ctx, f.Case.ID, ids)
		return err
	}
}

// change loads the handover of a case, lets fn change it, and stores what
// differs. A case that was a mistake, or whose client stays, hands over nothing.
func (k *Clerk) change(ctx context.Context, scope []uuid.UUID, caseID uuid.UUID, fn func(tx Store, f *Folder) error) (*Folder, error) {
	return k.changeIn(ctx, scope, caseID, k.folder, fn)
}

// changeIn is change with as much of the handover as filling reads.
func (k *Clerk) changeIn(ctx context.Context, scope []uuid.UUID, caseID uuid.UUID, filling filling, fn func(tx Store, f *Folder) error) (*Folder, error) {
	var out *Folder
	_, err := change(ctx, k.store, scope, caseID, func(tx Store, acc *Account, c *Case) error {
		switch c.State {
		case StateCancelled, StateSaved, StateSavedConfirmed:
			return Rule("nothing_to_hand_over", "the case is "+string(c.State)+": nothing is handed over")
		}
		if _, err := beginHandover(ctx, tx, acc, c); err != nil {
			return err
		}
		f, err := k.unfold(ctx, tx, acc, c, filling)
		if err != nil {
			return err
		}
		tracks, due, accused, missing := c.Tracks, c.Dates.HandoverDue, len(c.ComplainedOf), wanted(f.Items)
		if err := fn(tx, f); err != nil {
			return err
		}
		if err := itemTasks(ctx, tx, f, missing, k.now()); err != nil {
			return err
		}
		if err := tx.SaveHandover(ctx, f.Handover); err != nil {
			return err
		}
		out = f
		if c.Dates.HandoverDue != due && c.State == StateLeaving {
			if err := moveDeadline(ctx, tx, acc, c, f.Handover, k.now()); err != nil {
				return err
			}
		}
		if c.Tracks == tracks && c.Dates.HandoverDue == due && len(c.ComplainedOf) == accused {
			return nil
		}
		return saveAndSync(ctx, tx, acc, c, k.now())
	})
	return out, err
}

// collecting brings the track back to collecting when what was ready changed,
// and sets the deadline by what is on the list now.
func (f *Folder) collecting(ctx context.Context, tx Store) error {
	switch f.Case.Tracks.Handover {
	case HandoverNotNeeded:
		f.Case.Tracks.Handover = HandoverCollecting
	case HandoverReady:
		f.Case.Tracks.Handover = HandoverCollecting
	}
	shape := shapeOf(f.Items)
	if f.few {
		var err error
		if shape, err = tx.ListShape(ctx, f.Case.ID); err != nil {
			return err
		}
	}
	f.Handover.due(f.Account, f.Case, shape)
	return nil
}

// AddItems puts items on the list. The folder holds the new ones alone.
func (k *Clerk) AddItems(ctx context.Context, scope []uuid.UUID, caseID uuid.UUID, items []*Item, by Actor) (*Folder, error) {
	return k.changeIn(ctx, scope, caseID, k.some(nil), func(tx Store, f *Folder) error {
		there, err := tx.ListShape(ctx, caseID)
		if err != nil {
			return err
		}
		fetch, err := place(there, items, f.Case.AccountID, f.Case.ID, &f.Case.ID, k.now())
		if err != nil {
			return err
		}
		if err := tx.AddItems(ctx, items); err != nil {
			return err
		}
		if err := tx.AddEffects(ctx, fetch); err != nil {
			return err
		}
		f.Items = items
		if err := f.collecting(ctx, tx); err != nil {
			return err
		}
		return tx.Record(ctx, f.Case.line(by, "handover.items_added", fmt.Sprintf("items put on the inventory: %d", len(items)), nil))
	})
}

// item finds an item of the list.
func (f *Folder) item(id uuid.UUID) (*Item, error) { return itemOf(f.Items, id) }

// Item returns one item of the list.
func (k *Clerk) Item(ctx context.Context, scope []uuid.UUID, caseID, itemID uuid.UUID) (*Item, error) {
	f, err := k.show(ctx, scope, caseID, k.some([]uuid.UUID{itemID}))
	if err != nil {
		return nil, err
	}
	return f.item(itemID)
}

// PatchItem changes one item. version, when not zero, must be its own.
func (k *Clerk) PatchItem(ctx context.Context, scope []uuid.UUID, caseID, itemID uuid.UUID, version int, p ItemPatch, by Actor) (*Item, error) {
	ids := []uuid.UUID{itemID}
	f, err := k.patchItems(ctx, scope, caseID, k.some(ids), ids, version, p, by)
	if err != nil {
		return nil, err
	}
	return f.item(itemID)
}

// PatchItems changes several items alike.
func (k *Clerk) PatchItems(ctx context.Context, scope []uuid.UUID, caseID uuid.UUID, ids []uuid.UUID, p ItemPatch, by Actor) (*Folder, error) {
	return k.patchItems(ctx, scope, caseID, k.folder, ids, 0, p, by)
}

func (k *Clerk) patchItems(ctx context.Context, scope []uuid.UUID, caseID uuid.UUID, filling filling, ids []uuid.UUID, version int, p ItemPatch, by Actor) (*Folder, error) {
	return k.changeIn(ctx, scope, caseID, filling, func(tx Store, f *Folder) error {
		for _, id := range ids {
			it, err := f.item(id)
			if err != nil {
				return err
			}
			if err := it.seenAt(version); err != nil {
				return err
			}
			if err := patchItem(ctx, tx, it, p, &caseID, k.now()); err != nil {
				return err
			}
		}
		if err := f.collecting(ctx, tx); err != nil {
			return err
		}
		return tx.Record(ctx, f.Case.line(by, "handover.items_changed", fmt.Sprintf("items of the inventory changed: %d", len(ids)), nil))
	})
}

// DropItem takes an item off the list. What the client has been shown stays.
func (k *Clerk) DropItem(ctx context.Context, scope []uuid.UUID, caseID, itemID uuid.UUID, by Actor) error {
	_, err := k.change(ctx, scope, caseID, func(tx Store, f *Folder) error {
		it, err := f.item(itemID)
		if err != nil {
			return err
		}
		if f.Handover.Delivery > 0 {
			return Rule("already_delivered", "the client has seen this inventory; explain the item instead of taking it off")
		}
		if err := dropFile(ctx, tx, it.File); err != nil {
			return err
		}
		if err := tx.DropItem(ctx, it); err != nil {
			return err
		}
		f.Items = slices.DeleteFunc(f.Items, func(o *Item) bool { return o.ID == itemID })
		if err := f.collecting(ctx, tx); err != nil {
			return err
		}
		return tx.Record(ctx, f.Case.line(by, "handover.item_dropped", "«"+it.Title+"» was taken off the inventory", nil))
	})
	return err
}

// AttachFile stores a file and gives it to an item, which is collected by it.
func (k *Clerk) AttachFile(ctx context.Context, scope []uuid.UUID, caseID, itemID uuid.UUID, name string, r io.Reader, by Actor) (*Item, error) {
	if _, err := k.Item(ctx, scope, caseID, itemID); err != nil {
		return nil, err
	}
	file, err := k.up.take(ctx, name, r)
	if err != nil {
		return nil, err
	}
	var out *Item
	_, err = k.changeIn(ctx, scope, caseID, k.some([]uuid.UUID{itemID}), func(tx Store, f *Folder) error {
		it, err := f.item(itemID)
		if err != nil {
			return err
		}
		out = it
		return k.attach(ctx, tx, f, it, file, by)
	})
	return out, err
}

func (k *Clerk) attach(ctx context.Context, tx Store, f *Folder, it *Item, file *ItemFile, by Actor) error {
	if err := it.take(ctx, tx, f.Case.ID, file); err != nil {
		return err
	}
	if err := f.collecting(ctx, tx); err != nil {
		return err
	}
	return tx.Record(ctx, f.Case.line(by, "handover.file_attached", "a file was given to «"+it.Title+"»", map[string]string{"sha256": file.SHA256}))
}

// OpenFile opens a kept file for reading.
func (k *Clerk) OpenFile(ctx context.Context, f *ItemFile) (io.ReadSeekCloser, error) {
	return k.up.open(ctx, f)
}

// HandoverPatch is what a person changes of a handover; nil parts stay.
type HandoverPatch struct {
	Place       *string
	Giver       *Signatory
	Receiver    *Signatory
	Contact     *Contact
	OpenMatters *[]Matter
	Contacts    *[]Contact
	Access      *[]AccessNote
}

// Patch changes what stands in the papers besides the items.
func (k *Clerk) Patch(ctx context.Context, scope []uuid.UUID, caseID uuid.UUID, version int, p HandoverPatch, by Actor) (*Folder, error) {
	return k.change(ctx, scope, caseID, func(tx Store, f *Folder) error {
		h := f.Handover
		if version != 0 && version != h.Version {
			return &Error{Kind: KindStale, Rule: "version", Msg: fmt.Sprintf("the handover is at version %d", h.Version)}
		}
		set(&h.Place, p.Place)
		set(&h.Giver, p.Giver)
		set(&h.Receiver, p.Receiver)
		set(&h.Contact, p.Contact)
		set(&h.OpenMatters, p.OpenMatters)
		set(&h.Contacts, p.Contacts)
		set(&h.Access, p.Access)
		if err := h.check(); err != nil {
			return err
		}
		if f.Case.Tracks.Handover == HandoverReady {
			f.Case.Tracks.Handover = HandoverCollecting
		}
		return tx.Record(ctx, f.Case.line(by, "handover.changed", "the papers of the handover were changed", nil))
	})
}

const matterMost = 200

func (h *Handover) check() error {
	var wrong []FieldError
	if len(h.OpenMatters) > matterMost || len(h.Contacts) > matterMost || len(h.Access) > matterMost {
		wrong = append(wrong, FieldError{"open_matters", "at most 200 lines each of open_matters, contacts and access"})
	}
	for _, m := range h.OpenMatters {
		if strings.TrimSpace(m.What) == "" {
			wrong = append(wrong, FieldError{"open_matters.what", "what remains open"})
		}
		for _, day := range []string{m.Deadline, m.Until} {
			if _, err := time.Parse(time.DateOnly, day); day != "" && err != nil {
				wrong = append(wrong, FieldError{"open_matters", "deadline and until are days, YYYY-MM-DD"})
			}
		}
	}
	for _, a := range h.Access {
		if strings.TrimSpace(a.System) == "" {
			wrong = append(wrong, FieldError{"access.system", "to what the access is"})
		}
	}
	if len(wrong) > 0 {
		return Invalid("the handover cannot be kept like this", wrong...)
	}
	return nil
}

// OrderBuild orders the package to be built, or returns the one that is built
// from the same already. It is refused while something mandatory is neither
// there nor explained; what is unpaid is not asked.
func (k *Clerk) OrderBuild(ctx context.Context, scope []uuid.UUID, caseID uuid.UUID, by Actor) (*Folder, error) {
	return k.change(ctx, scope, caseID, func(tx Store, f *Folder) error {
		return k.order(ctx, tx, f, by)
	})
}

func (k *Clerk) order(ctx context.Context, tx Store, f *Folder, by Actor) error {
	if err := mayBuild(f.Items); err != nil {
		return err
	}
	today := Day(k.now(), f.Account.Location())
	d, err := dossier(ctx, tx, f.Account, f.Case, f.Handover, f.Items, today)
	if err != nil {
		return err
	}
	if now := d.contents(); f.Handover.Contents != now {
		f.Handover.Contents, f.Handover.DrawnUpOn = now, today
	}
	b := f.Build
	if b.Contents == f.Handover.Contents && b.State != BuildNone && b.State != BuildFailed {
		if b.State == BuildDone && f.Case.Tracks.Handover == HandoverCollecting {
			f.Case.Tracks.Handover = HandoverReady
		}
		return nil
	}
	old := b.File
	f.Build = &Build{CaseID: f.Case.ID, AccountID: f.Case.AccountID, Contents: f.Handover.Contents, State: BuildQueued, File: old}
	if err := tx.SaveBuild(ctx, f.Build); err != nil {
		return err
	}
	key := fmt.Sprintf("package:%s:%d", f.Case.ID, f.Handover.Version)
	ef := NewEffect(f.Case.AccountID, &f.Case.ID, EffectPackage, key, k.now(), PackagePayload{Contents: f.Handover.Contents})
	ef.SerialKey = "package:" + f.Case.ID.String()
	if err := tx.AddEffects(ctx, []Effect{ef}); err != nil {
		return err
	}
	return tx.Record(ctx, f.Case.line(by, "handover.build_ordered", "the package is to be built", nil))
}

func mayBuild(items []*Item) error {
	if len(handedOver(items)) == 0 {
		return Rule("inventory_empty", "there is nothing on the inventory yet")
	}
	if wanting := Wanting(items); len(wanting) > 0 {
		return &Error{
			Kind: KindConflict, Rule: "mandatory_items_missing", Fields: wanting,
			Msg: "mandatory items are neither there nor explained with reason, date and owner; a package is never silently partial",
		}
	}
	return nil
}

// Paper writes one paper as it stands now.
func (k *Clerk) Paper(ctx context.Context, f *Folder, kind PaperKind, as GrantRole, w io.Writer) error {
	d, err := dossier(ctx, k.store, f.Account, f.Case, f.Handover, f.Items, Day(k.now(), f.Account.Location()))
	if err != nil {
		return err
	}
	if as == GrantSuccessor {
		d = d.ForSuccessor()
	}
	return k.papers.Write(w, kind, d)
}

// Package returns the built package, or the rule that there is none.
func (f *Folder) Package() (*ItemFile, error) {
	switch {
	case f.Build.File != nil && (f.Build.State == BuildDone || f.Handover.Delivery > 0):
		return f.Build.File, nil
	case f.Build.State == BuildQueued || f.Build.State == BuildRunning:
		return nil, Rule("package_being_built", "the package is being built")
	case f.Build.State == BuildFailed:
		return nil, Rule("package_failed", "the package could not be built: "+f.Build.Error)
	}
	return nil, Rule("package_not_built", "the package has not been built yet")
}

// Opening is what a delivery made.
type Opening struct {
	Link      string
	Code      string
	ExpiresAt time.Time
	Pass      *Pass
}

// DeliverRequest says to whom the package goes and how.
type DeliverRequest struct {
	To      GrantRole
	Email   string
	Channel string // email, or person: handed over by hand, nothing is sent
}

// The channels of a delivery.
const (
	DeliverByEmail  = "email"
	DeliverInPerson = "person"
)

// Deliver opens the portal to the client, or to the successor whom the client
// agreed to, and sends link and code by two letters.
func (k *Clerk) Deliver(ctx context.Context, scope []uuid.UUID, caseID uuid.UUID, r DeliverRequest, by Actor) (*Opening, error) {
	if r.Channel == "" {
		r.Channel = DeliverByEmail
	}
	if r.To == "" {
		r.To = GrantClient
	}
	var out *Opening
	_, err := k.change(ctx, scope, caseID, func(tx Store, f *Folder) error {
		if err := k.mayDeliver(f, &r); err != nil {
			return err
		}
		d, err := k.open(ctx, tx, f, r)
		if err != nil {
			return err
		}
		out = d
		now := k.now()
		h := f.Handover
		h.Delivery++
		if r.To == GrantClient {
			if h.DeliveredAt.IsZero() {
				h.DeliveredAt = now.UTC()
			}
			if err := k.delivered(ctx, tx, f); err != nil {
				return err
			}
			follow := append(f.Case.acceptanceTimers(f.Account, h, now), f.Case.carry(h, r.Email, now)...)
			if err := tx.AddEffects(ctx, append(follow, f.Case.actReady(h, now)...)); err != nil {
				return err
			}
		}
		if r.Channel == DeliverByEmail {
			if err := k.tell(ctx, tx, f, r, d); err != nil {
				return err
			}
		}
		return tx.Record(ctx, f.Case.line(by, "handover.delivered", "the handover was opened to the "+string(r.To), map[string]string{"channel": r.Channel}))
	})
	return out, err
}

func (k *Clerk) mayDeliver(f *Folder, r *DeliverRequest) error {
	var wrong []FieldError
	if r.To != GrantClient && r.To != GrantSuccessor {
		wrong = append(wrong, FieldError{"to", "client or successor"})
	}
	if r.Channel != DeliverByEmail && r.Channel != DeliverInPerson {
		wrong = append(wrong, FieldError{"channel", "email or person"})
	}
	s := f.Handover.Successor
	if r.To == GrantSuccessor && (s == nil || !s.WithdrawnAt.IsZero()) {
		return Rule("successor_consent_missing", "a successor is written to only after the client's recorded consent")
	}
	if r.Email == "" && r.To == GrantSuccessor {
		r.Email = s.Email
	}
	if r.Email == "" {
		r.Email = f.Case.Client.Email
	}
	if !plainAddress(r.Email) {
		wrong = append(wrong, FieldError{"email", "one plain e-mail address"})
	}
	if len(wrong) > 0 {
		return Invalid("the handover cannot be delivered like this", wrong...)
	}
	if r.To == GrantSuccessor && !strings.EqualFold(r.Email, s.Email) {
		return Rule("successor_consent_missing", "the client agreed to another address of the successor")
	}
	if g := f.Handover.grant(r.Email); g != nil && g.Role != r.To && g.RevokedAt.IsZero() {
		return Rule("address_has_another_role", "this address opens the portal as "+string(g.Role)+" already")
	}
	if _, err := f.Package(); err != nil {
		return err
	}
	if f.Outdated() {
		return Rule("package_outdated", "something changed since the package was built; build it again")
	}
	return nil
}

// delivered marks what lies in the package.
func (k *Clerk) delivered(ctx context.Context, tx Store, f *Folder) error {
	for _, it := range f.Items {
		if it.HandedOver() && it.There() && it.Status == ItemCollected {
			it.Status = ItemDelivered
			if err := tx.SaveItem(ctx, it); err != nil {
				return err
			}
		}
	}
	if f.Case.Tracks.Handover == HandoverReady {
		f.Case.Tracks.Handover = HandoverDelivered
	}
	return nil
}
