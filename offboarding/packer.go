package offboarding

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
)

// Packer builds packages. It may be stopped anywhere: what is half done is
// never seen, and the next one begins anew.
type Packer struct {
	store  Store
	up     Uploads
	papers Papers
	fetch  Fetcher
	now    func() time.Time
	log    *slog.Logger

	connectors Connectors // for files that lie in a CRM
}

// Fetcher reads files from addresses that people gave, through the client that
// reaches nothing private.
type Fetcher interface {
	// Fetch returns the content and its name. It follows no redirects.
	Fetch(ctx context.Context, url string) (name string, r io.ReadCloser, err error)
}

// NewPacker returns a packer.
func NewPacker(store Store, up Uploads, papers Papers, fetch Fetcher, connectors Connectors, now func() time.Time, log *slog.Logger) *Packer {
	return &Packer{store: store, up: up, papers: papers, fetch: fetch, connectors: connectors, now: now, log: log}
}

const progressEvery = 500 * time.Millisecond

// Build builds the package of an effect, unless a newer one is wanted.
func (p *Packer) Build(ctx context.Context, ef *Effect, pl PackagePayload) error {
	k := &Clerk{store: p.store, up: p.up, papers: p.papers, now: p.now, log: p.log}
	f, err := k.Show(ctx, nil, *ef.CaseID)
	if err != nil {
		return err
	}
	if f.Handover.Contents != pl.Contents || f.Contents != pl.Contents {
		return p.outdated(ctx, ef, f)
	}
	d, err := dossier(ctx, p.store, f.Account, f.Case, f.Handover, f.Items, f.Handover.DrawnUpOn)
	if err != nil {
		return err
	}
	blob, err := p.pack(ctx, f, d.forPackage())
	if err != nil {
		return err
	}
	return p.built(ctx, ef, pl, blob)
}

// outdated ends a build whose items have changed since it was ordered, and
// orders another one of what is there now.
func (p *Packer) outdated(ctx context.Context, ef *Effect, f *Folder) error {
	k := &Clerk{store: p.store, up: p.up, papers: p.papers, now: p.now, log: p.log}
	_, err := k.change(ctx, nil, f.Case.ID, func(tx Store, f *Folder) error {
		if err := tx.Finish(ctx, ef, EffectCancelled, "the inventory has changed since", ""); err != nil {
			return err
		}
		f.Build.State, f.Build.Error = BuildFailed, "something changed while the package was being built; build it again"
		if mayBuild(f.Items) != nil {
			return tx.SaveBuild(ctx, f.Build)
		}
		return k.order(ctx, tx, f, ActorSystem)
	})
	return err
}

// pack streams the bag into the file store.
func (p *Packer) pack(ctx context.Context, f *Folder, d *Dossier) (Blob, error) {
	var done, total atomic.Int64
	tell := func() {
		b := *f.Build
		b.State, b.Error, b.Done, b.Total = BuildRunning, "", done.Load(), total.Load()
		if err := p.store.SaveBuild(ctx, &b); err != nil && ctx.Err() == nil {
			p.log.WarnContext(ctx, "progress not written", "case_id", f.Case.ID, "err", err)
		}
	}
	tell()
	r, w := io.Pipe()
	packed := make(chan error, 1)
	go func() {
		last := time.Now()
		err := p.papers.Bag(ctx, w, d, func(sha256 string) (io.ReadCloser, error) {
			content, _, err := p.up.Files.Open(ctx, sha256)
			return content, err
		}, func(n, of int64) {
			done.Store(n)
			total.Store(of)
			if time.Since(last) > progressEvery {
				last = time.Now()
				tell()
			}
		})
		_ = w.CloseWithError(err)
		packed <- err
	}()
	blob, err := p.up.Files.Put(ctx, r)
	_ = r.CloseWithError(errors.New("the package was not stored"))
	if perr := <-packed; err == nil {
		err = perr
	}
	return blob, err
}

// built writes down that the package is there.
func (p *Packer) built(ctx context.Context, ef *Effect, pl PackagePayload, blob Blob) error {
	_, err := change(ctx, p.store, nil, *ef.CaseID, func(tx Store, acc *Account, c *Case) error {
		h, err := tx.Handover(ctx, c.ID)
		if err != nil {
			return err
		}
		b, err := tx.Build(ctx, c.ID)
		if err != nil {
			return err
		}
		if b.Contents != pl.Contents { // a newer one is ordered
			return tx.Finish(ctx, ef, EffectCancelled, "a newer package is ordered", "")
		}
		old := b.File
		b.File = &ItemFile{Name: PackageName(c), ContentType: "application/zip", SHA256: blob.SHA256, Size: blob.Size}
		if err := keepFile(ctx, tx, c.AccountID, c.ID, FilePackage, b.File); err != nil {
			return err
		}
		if err := dropFile(ctx, tx, old); err != nil {
			return err
		}
		b.State, b.Error, b.Done, b.Total = BuildDone, "", blob.Size, blob.Size
		if err := tx.SaveBuild(ctx, b); err != nil {
			return err
		}
		if err := tx.Finish(ctx, ef, EffectSent, "", blob.SHA256); err != nil {
			return err
		}
		if err := tx.Record(ctx, c.line(ActorSystem, "handover.built", "the package is built", map[string]string{"sha256": blob.SHA256})); err != nil {
			return err
		}
		if c.Tracks.Handover != HandoverCollecting || h.Contents != pl.Contents {
			return nil
		}
		c.Tracks.Handover = HandoverReady
		return saveAndSync(ctx, tx, acc, c, p.now())
	})
	return err
}

// failBuild says where people look that the package was given up.
func failBuild(ctx context.Context, tx Store, ef *Effect, reason string) error {
	if ef.CaseID == nil {
		return nil
	}
	b, err := tx.Build(ctx, *ef.CaseID)
	if err != nil {
		return ignoreMissing(err)
	}
	if b.State == BuildDone {
		return nil
	}
	b.State, b.Error = BuildFailed, reason
	return tx.SaveBuild(ctx, b)
}

// Fetch reads the file of an item from its address, or from the CRM.
func (p *Packer) Fetch(ctx context.Context, ef *Effect, pl FetchPayload) error {
	name, r, err := p.read(ctx, ef, pl.URL)
	if err != nil {
		return err
	}
	defer r.Close()
	file, err := p.up.take(ctx, name, r)
	if err != nil {
		return err
	}
	if ef.CaseID == nil {
		return p.fetchedForSnapshot(ctx, ef, pl, file)
	}
	k := &Clerk{store: p.store, up: p.up, papers: p.papers, now: p.now, log: p.log}
	_, err = k.changeIn(ctx, nil, *ef.CaseID, k.some([]uuid.UUID{pl.ItemID}), func(tx Store, f *Folder) error {
		it, err := f.item(pl.ItemID)
		if err != nil || !it.awaits(pl) {
			return tx.Finish(ctx, ef, EffectCancelled, "the item wants another file now", "")
		}
		if err := k.attach(ctx, tx, f, it, file, ActorSystem); err != nil {
			return err
		}
		return tx.Finish(ctx, ef, EffectSent, "", file.SHA256)
	})
	return err
}

// awaits reports whether the item still wants the file that was fetched.
func (it *Item) awaits(pl FetchPayload) bool { return it.FileRef == pl.URL && it.File == nil }

func (p *Packer) read(ctx context.Context, ef *Effect, ref string) (string, io.ReadCloser, error) {
	id, crm := inCRM(ref)
	if !crm {
		return p.fetch.Fetch(ctx, ref)
	}
	acc, err := p.store.Account(ctx, ef.AccountID)
	if err != nil {
		return "", nil, err
	}
	source, ok := p.connectors[acc.Provider].(FileSource)
	if !ok {
		return "", nil, Invalid("the account's CRM keeps no files")
	}
	name, r, err := source.OpenFile(ctx, acc, id)
	if IsKind(err, KindGone) {
		err = Invalid("the CRM has no such file")
	}
	return name, r, err
}

// fetchedForSnapshot gives the file to an item of a contract's snapshot, unless
// that is closed by now.
func (p *Packer) fetchedForSnapshot(ctx context.Context, ef *Effect, pl FetchPayload, file *ItemFile) error {
	gone := Rule("another_file_wanted", "the item wants another file now")
	a := NewArchive(p.store, p.up, p.now, p.log)
	_, err := a.attach(ctx, nil, uuid.Nil, pl.ListID, pl.ItemID, file, ActorSystem, func(tx Store, it *Item) error {
		if !it.awaits(pl) {
			return gone
		}
		return tx.Finish(ctx, ef, EffectSent, "", file.SHA256)
	})
	if IsKind(err, KindConflict) || IsKind(err, KindNotFound) {
		return p.store.Finish(ctx, ef, EffectCancelled, err.Error(), "")
	}
	return err
}

// Tidy deletes contents that no row points to; young ones may still get a row.
func (p *Packer) Tidy(ctx context.Context, wall time.Time) (int, error) {
	return p.up.Files.Sweep(ctx, wall.Add(-24*time.Hour), p.store.FilesHeld)
}

// PackageName is what the package is called on the client's disk.
func PackageName(c *Case) string { return "handover-" + strconv.FormatInt(c.No, 10) + ".zip" }
