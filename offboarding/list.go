package offboarding

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/google/uuid"
)

// This file is what may be done with a list of items, be it that of a parting
// or a snapshot of a contract.

func itemOf(items []*Item, id uuid.UUID) (*Item, error) {
	for _, it := range items {
		if it.ID == id {
			return it, nil
		}
	}
	return nil, ErrNotFound
}

// seenAt refuses a change by somebody who has seen another version; zero asks
// for none.
func (it *Item) seenAt(version int) error {
	if version != 0 && version != it.Version {
		return &Error{Kind: KindStale, Rule: "version", Msg: fmt.Sprintf("the item is at version %d", it.Version)}
	}
	return nil
}

// place gives new items their places behind those of a list, and orders the
// files that are to be fetched. caseID is nil for a snapshot.
func place(there ListShape, added []*Item, accountID, listID uuid.UUID, caseID *uuid.UUID, now time.Time) ([]Effect, error) {
	if there.Length+len(added) > itemsMost {
		return nil, Rule("list_too_long", fmt.Sprintf("a list holds at most %d items", itemsMost))
	}
	var fetch []Effect
	for i, it := range added {
		it.ID, it.AccountID, it.ListID, it.Pos, it.Version = NewID(), accountID, listID, there.LastPos+i+1, 0
		switch it.Status {
		case ItemDelivered, ItemAccepted, ItemRemarked:
			return nil, Rule("status_follows_delivery", "an item becomes delivered, accepted or remarked by delivery and by the client's own word")
		}
		if err := it.check(); err != nil {
			return nil, err
		}
		fetch = append(fetch, it.fetch(caseID, now)...)
	}
	return fetch, nil
}

// fetch orders the file of an item to be read from where it is.
func (it *Item) fetch(caseID *uuid.UUID, now time.Time) []Effect {
	if it.FileRef == "" || it.File != nil {
		return nil
	}
	key := fmt.Sprintf("fetch:%s:%d", it.ID, now.UnixNano())
	return []Effect{NewEffect(it.AccountID, caseID, EffectFetch, key, now, FetchPayload{ItemID: it.ID, ListID: it.ListID, URL: it.FileRef})}
}

// patchItem changes an item as a person asked.
func patchItem(ctx context.Context, tx Store, it *Item, p ItemPatch, caseID *uuid.UUID, now time.Time) error {
	ref := it.FileRef
	if err := p.apply(it); err != nil {
		return err
	}
	if it.FileRef != ref && it.FileRef != "" { // another file is meant now
		old := it.File
		it.File = nil
		if err := it.check(); err != nil { // the address, too
			return err
		}
		if err := dropFile(ctx, tx, old); err != nil {
			return err
		}
		if err := tx.AddEffects(ctx, it.fetch(caseID, now)); err != nil {
			return err
		}
	}
	return tx.SaveItem(ctx, it)
}

// take gives the item its file; it is collected by it.
func (it *Item) take(ctx context.Context, tx Store, owner uuid.UUID, file *ItemFile) error {
	if err := dropFile(ctx, tx, it.File); err != nil {
		return err
	}
	kept := *file
	if err := keepFile(ctx, tx, it.AccountID, owner, FileItem, &kept); err != nil {
		return err
	}
	it.File = &kept
	if it.Status == ItemExpected || it.Status == ItemMissing {
		it.Status = ItemCollected
	}
	if it.Form == "" {
		it.Form = FormElectronic
	}
	return tx.SaveItem(ctx, it)
}

// open opens a kept file for reading.
func (u Uploads) open(ctx context.Context, f *ItemFile) (io.ReadSeekCloser, error) {
	if f == nil {
		return nil, ErrNotFound
	}
	r, size, err := u.Files.Open(ctx, f.SHA256)
	if err != nil {
		return nil, err
	}
	if size != f.Size {
		_ = r.Close()
		return nil, &Error{Kind: KindInternal, Msg: "the stored file has another size than it should"}
	}
	return r, nil
}

// crmRef begins the reference of a file that lies in the account's CRM: the
// uuid of a file in amoCRM, the id of one in Bitrix24's Disk.
const crmRef = "crm:"

// inCRM returns the CRM's own id of the file that is referred to.
func inCRM(ref string) (id string, ok bool) {
	id, ok = strings.CutPrefix(ref, crmRef)
	return id, ok && id != "" && len(id) <= 64 && strings.Trim(id, "0123456789abcdefABCDEF-") == ""
}

// FileSource is a Connector whose CRM gives out files by their ids.
type FileSource interface {
	// OpenFile begins to read a file of the account's CRM. ErrGone: it is not there.
	OpenFile(ctx context.Context, acc *Account, id string) (name string, r io.ReadCloser, err error)
}
