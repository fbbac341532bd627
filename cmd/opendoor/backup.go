package main

import (
	"archive/zip"
	"compress/flate"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"opendoor/config"
	"opendoor/offboarding"
	"opendoor/store"
	"opendoor/store/files"
)

// A backup is one zip: manifest.json, a file of lines per table, the contents of
// the file store, and the folders of the data dir that hold what the database
// does not have yet. Secrets are in it only as the database has them, sealed;
// the keys that open them are not.

const backupFormat = 1

// manifest says what a backup is. It is written last and read first.
type manifest struct {
	Format   int               `json:"format"`
	Version  string            `json:"version"`
	Schema   int64             `json:"schema"`
	Dialect  string            `json:"dialect"`
	MadeAt   time.Time         `json:"made_at"`
	KeyProof string            `json:"key_proof"` // of the newest secret key
	Tables   []string          `json:"tables"`
	Sums     map[string]string `json:"sums"` // SHA-256 of every other entry
}

// backedFolders of the data dir: deliveries not yet in the database, renewed
// access not yet in it, and an operator's own letters. The first two are sealed.
var backedFolders = []string{"spool", "grants", "letters"}

// ownOfAProcess are files of a spool folder that belong to the process that has it.
var ownOfAProcess = []string{"lock", "reserve"}

// keyProof tells keys apart without telling them.
func keyProof(master []byte) string {
	h := hmac.New(sha256.New, master)
	h.Write([]byte("opendoor backup"))
	return hex.EncodeToString(h.Sum(nil)[:16])
}

func backupCommand(e *env) *cobra.Command {
	return &cobra.Command{
		Use: "backup FILE", Short: "database and files into one file; secrets stay sealed", Args: cobra.ExactArgs(1),
		Long: "Writes database, stored files, spool and own letters into FILE, a zip, as they stand at one moment. opendoor may run meanwhile.\n" +
			"The secret keys are not in it: keep OPENDOOR_SECRET_KEY, or secret.key of the data dir, apart.",
		RunE: func(c *cobra.Command, args []string) error {
			return e.withFiles(c.Context(), func(ctx context.Context, b backupPlace) error {
				m, err := b.backup(ctx, args[0])
				if err != nil {
					return err
				}
				fmt.Fprintf(e.out, "%s: %d tables, %d other files, schema %d\n", args[0], len(m.Tables), len(m.Sums)-len(m.Tables), m.Schema)
				return nil
			})
		},
	}
}

func restoreCommand(e *env) *cobra.Command {
	return &cobra.Command{
		Use: "restore FILE", Short: "take a backup back into an empty database", Args: cobra.ExactArgs(1),
		Long: "Takes FILE back, also from SQLite to PostgreSQL or the other way. The database must be empty and the secret keys those of the backup.\n" +
			"Afterwards sending is paused, because letters that left since the backup would leave again: see docs/operations.md, then POST /api/v1/sending/resume.",
		RunE: func(c *cobra.Command, args []string) error {
			return e.withFiles(c.Context(), func(ctx context.Context, b backupPlace) error {
				m, err := b.restore(ctx, args[0])
				if err != nil {
					return err
				}
				fmt.Fprintf(e.out, "restored the backup of %s; sending is paused until POST /api/v1/sending/resume\n", m.MadeAt.Format(time.RFC3339))
				return nil
			})
		},
	}
}

// backupPlace is what is backed up, or restored into.
type backupPlace struct {
	cfg     config.Config
	store   *store.Store
	files   files.Store
	masters [][]byte
	now     func() time.Time
}

func (e *env) withFiles(ctx context.Context, fn func(context.Context, backupPlace) error) error {
	cfg, log, err := e.load()
	if err != nil {
		return err
	}
	clock := clockOf(cfg.Clock)
	s, masters, err := openStore(ctx, cfg, clock, log)
	if err != nil {
		return err
	}
	defer s.Close()
	kept, err := files.Open(string(cfg.FilesURL), files.SpoolIn(cfg.DataDir))
	if err != nil {
		return err
	}
	defer kept.Close()
	return fn(ctx, backupPlace{cfg, s, kept, masters, clock.Now})
}

// backup writes FILE. It has its name only once it is whole and safe.
func (b backupPlace) backup(ctx context.Context, file string) (_ *manifest, err error) {
	if _, err := os.Stat(file); err == nil {
		return nil, fmt.Errorf("%s is there already", file)
	}
	schema, _, err := b.store.SchemaVersion(ctx)
	if err != nil {
		return nil, err
	}
	if schema == 0 {
		return nil, errors.New("the database is empty: there is nothing to back up")
	}
	part := file + ".part"
	out, err := os.OpenFile(part, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, ignoreClosed(out.Close()), os.Remove(part))
		}
	}()
	m := &manifest{
		Format: backupFormat, Version: version, Schema: schema, Dialect: b.store.Dialect(), MadeAt: b.now().UTC().Truncate(time.Second),
		KeyProof: keyProof(b.masters[0]), Sums: map[string]string{},
	}
	z := zip.NewWriter(out)
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestSpeed) })
	if err := b.write(ctx, &archive{z: z, m: m}); err != nil {
		return nil, err
	}
	if err := errors.Join(z.Close(), out.Sync(), out.Close()); err != nil {
		return nil, err
	}
	return m, os.Rename(part, file)
}

func ignoreClosed(err error) error {
	if errors.Is(err, fs.ErrClosed) {
		return nil
	}
	return err
}

func (b backupPlace) write(ctx context.Context, a *archive) error {
	// First the spool: what is drained into the database meanwhile is in both, and
	// a delivery that comes twice is one.
	for _, dir := range backedFolders {
		if err := a.folder(b.cfg.DataDir, dir); err != nil {
			return err
		}
	}
	contents, err := b.store.Dump(ctx, func(table string) (io.Writer, error) {
		a.m.Tables = append(a.m.Tables, table)
		return a.create("db/" + table + ".jsonl")
	})
	if err != nil {
		return err
	}
	for _, sum := range contents {
		if err := b.content(ctx, a, sum); err != nil {
			return fmt.Errorf("stored file %s: %w", sum, err)
		}
	}
	a.end()
	w, err := a.z.Create("manifest.json")
	if err != nil {
		return err
	}
	return json.NewEncoder(w).Encode(a.m)
}

func (b backupPlace) content(ctx context.Context, a *archive, sum string) error {
	r, _, err := b.files.Open(ctx, sum)
	if err != nil {
		return err
	}
	defer r.Close()
	w, err := a.create("files/" + sum)
	if err != nil {
		return err
	}
	_, err = io.Copy(w, r)
	return err
}

// archive writes entries and remembers their sums.
type archive struct {
	z    *zip.Writer
	m    *manifest
	name string
	sum  interface{ Sum(b []byte) []byte }
}

func (a *archive) create(name string) (io.Writer, error) {
	a.end()
	w, err := a.z.Create(name)
	h := sha256.New()
	a.name, a.sum = name, h
	return io.MultiWriter(w, h), err
}

func (a *archive) end() {
	if a.name != "" {
		a.m.Sums[a.name] = hex.EncodeToString(a.sum.Sum(nil))
	}
	a.name = ""
}

// folder takes a folder of the data dir as it stands; a file that is gone
// meanwhile was drained.
func (a *archive) folder(dataDir, dir string) error {
	root, err := os.OpenRoot(dataDir)
	if err != nil {
		return err
	}
	defer root.Close()
	err = fs.WalkDir(root.FS(), dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || slices.Contains(ownOfAProcess, d.Name()) || path.Ext(name) == ".lock" {
			return ignoreGone(err)
		}
		in, err := root.Open(name)
		if err != nil {
			return ignoreGone(err)
		}
		defer in.Close()
		w, err := a.create("data/" + name)
		if err != nil {
			return err
		}
		_, err = io.Copy(w, in)
		return err
	})
	return ignoreGone(err)
}

func ignoreGone(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// restore reads FILE, checks all of it, and only then changes anything.
func (b backupPlace) restore(ctx context.Context, file string) (*manifest, error) {
	z, err := zip.OpenReader(file)
	if err != nil {
		return nil, fmt.Errorf("%s is no backup, or was cut off: %w", file, err)
	}
	defer z.Close()
	m, err := readManifest(&z.Reader)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if err := b.fits(ctx, m); err != nil {
		return nil, err
	}
	for name := range m.Sums { // files are added before the rows that name them, so that no row ever lacks one
		if sum, ok := strings.CutPrefix(name, "files/"); ok {
			if err := b.putContent(ctx, &z.Reader, name, sum); err != nil {
				return nil, fmt.Errorf("stored file %s: %w", sum, err)
			}
		}
	}
	if err := b.store.MigrateTo(ctx, m.Schema); err != nil {
		return nil, err
	}
	if table, err := b.store.Holding(ctx); err != nil || table != "" {
		return nil, errors.Join(err, fmt.Errorf("the database is not empty: %s has rows; restore into an empty one", table))
	}
	var opened []io.Closer
	err = b.store.Load(ctx, m.Tables, func(table string) (io.Reader, error) {
		r, err := z.Open("db/" + table + ".jsonl")
		if err == nil {
			opened = append(opened, r)
		}
		return r, err
	}, "restored from the backup of "+m.MadeAt.Format(time.RFC3339)+": letters that left since then would leave again")
	for _, r := range opened {
		err = errors.Join(err, r.Close())
	}
	if err == nil {
		err = b.putFolders(&z.Reader, m)
	}
	if err == nil {
		err = b.store.Migrate(ctx)
	}
	if err == nil {
		err = b.store.Record(ctx, offboarding.Audit{Stream: "installation", Actor: actorCLI, Kind: "backup.restored", Summary: "the backup of " + m.MadeAt.Format(time.RFC3339) + " was restored; sending is paused"})
	}
	return m, err
}

// fits says why a backup cannot be restored here.
func (b backupPlace) fits(ctx context.Context, m *manifest) error {
	current, wanted, err := b.store.SchemaVersion(ctx)
	if err != nil {
		return err
	}
	if m.Schema > wanted {
		return fmt.Errorf("the backup has schema version %d, this opendoor knows only %d: take the newer opendoor", m.Schema, wanted)
	}
	if current > 0 {
		if table, err := b.store.Holding(ctx); err != nil || table != "" {
			return errors.Join(err, fmt.Errorf("the database is not empty: %s has rows; restore into an empty one", table))
		}
		if current > m.Schema {
			return fmt.Errorf("the empty database has schema version %d already, the backup %d: take a database without tables", current, m.Schema)
		}
	}
	if !slices.ContainsFunc(b.masters, func(key []byte) bool { return keyProof(key) == m.KeyProof }) {
		return errors.New("the secret key is not that of the backup: set OPENDOOR_SECRET_KEY, or put secret.key of the old data dir into the new one; without it nothing that is sealed can be opened")
	}
	for _, dir := range backedFolders {
		if left, err := os.ReadDir(filepath.Join(b.cfg.DataDir, dir)); err == nil && len(left) > 0 {
			return fmt.Errorf("%s is not empty: restore into a new data dir", filepath.Join(b.cfg.DataDir, dir))
		}
	}
	return nil
}

// readManifest reads the manifest and compares every entry with its sum.
func readManifest(z *zip.Reader) (*manifest, error) {
	m := &manifest{}
	raw, err := fs.ReadFile(z, "manifest.json")
	if err != nil || json.Unmarshal(raw, m) != nil || m.Format != backupFormat {
		return nil, errors.New("this is no backup of opendoor, or one of a newer form")
	}
	for _, f := range z.File {
		if f.Name == "manifest.json" {
			continue
		}
		want, known := m.Sums[f.Name]
		if !known || path.Clean("/" + f.Name)[1:] != f.Name {
			return nil, fmt.Errorf("the backup holds %q, which its manifest does not name", f.Name)
		}
		got, err := sumOf(f)
		if err != nil || got != want {
			return nil, errors.Join(fmt.Errorf("%s in the backup is damaged", f.Name), err)
		}
	}
	for _, t := range m.Tables {
		if _, ok := m.Sums["db/"+t+".jsonl"]; !ok {
			return nil, fmt.Errorf("the table %s is missing in the backup", t)
		}
	}
	if len(z.File) != len(m.Sums)+1 {
		return nil, errors.New("the backup is not complete")
	}
	return m, nil
}

func sumOf(f *zip.File) (string, error) {
	r, err := f.Open()
	if err != nil {
		return "", err
	}
	defer r.Close()
	h := sha256.New()
	_, err = io.Copy(h, r)
	return hex.EncodeToString(h.Sum(nil)), err
}

func (b backupPlace) putContent(ctx context.Context, z *zip.Reader, name, sum string) error {
	r, err := z.Open(name)
	if err != nil {
		return err
	}
	defer r.Close()
	blob, err := b.files.Put(ctx, r)
	if err == nil && blob.SHA256 != sum {
		err = errors.New("its content is another one")
	}
	return err
}

func (b backupPlace) putFolders(z *zip.Reader, m *manifest) error {
	root, err := os.OpenRoot(b.cfg.DataDir)
	if err != nil {
		return err
	}
	defer root.Close()
	for name := range m.Sums {
		to, ok := strings.CutPrefix(name, "data/")
		if !ok {
			continue
		}
		content, err := fs.ReadFile(z, name)
		if err == nil {
			err = root.MkdirAll(path.Dir(to), 0o700)
		}
		if err == nil {
			err = root.WriteFile(to, content, 0o600)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
