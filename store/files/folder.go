package files

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"time"

	"opendoor/offboarding"
)

// Folder keeps contents in a local folder: ab/abcdef…, written to tmp first.
// Everything happens below an os.Root, so that no name leads out of it.
type Folder struct{ root *os.Root }

const tmpDir = "tmp"

// OpenFolder opens the folder and makes it when it is missing.
func OpenFolder(dir string) (*Folder, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("open the file store: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("open the file store: %w", err)
	}
	if err := root.MkdirAll(tmpDir, 0o700); err != nil {
		return nil, errors.Join(fmt.Errorf("open the file store: %w", err), root.Close())
	}
	return &Folder{root}, nil
}

// Close lets go of the folder.
func (f *Folder) Close() error { return f.root.Close() }

func place(sha256 string) string { return sha256[:2] + "/" + sha256 }

// Put writes to tmp, forces it to the disk and renames it to its hash.
func (f *Folder) Put(ctx context.Context, r io.Reader) (offboarding.Blob, error) {
	b, tmp, err := f.spool(ctx, r)
	if err != nil {
		return b, fmt.Errorf("store a file: %w", err)
	}
	to := place(b.SHA256)
	err = f.root.Mkdir(path.Dir(to), 0o700)
	fresh := err == nil
	if errors.Is(err, fs.ErrExist) {
		err = nil
	}
	if err == nil {
		err = f.root.Rename(tmp, to)
	}
	if err == nil {
		err = f.syncDir(path.Dir(to))
	}
	if err == nil && fresh {
		err = f.syncDir(".")
	}
	if err != nil {
		return b, fmt.Errorf("store a file: %w", errors.Join(err, f.root.RemoveAll(tmp)))
	}
	return b, nil
}

// spool writes a content to tmp, safe on the disk.
func (f *Folder) spool(ctx context.Context, r io.Reader) (offboarding.Blob, string, error) {
	tmp := tmpDir + "/" + rand.Text()
	file, err := f.root.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return offboarding.Blob{}, "", err
	}
	h := newHashed(file)
	err = copyWithin(ctx, h, r)
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return offboarding.Blob{}, "", errors.Join(err, f.root.Remove(tmp))
	}
	return h.blob(), tmp, nil
}

func (f *Folder) syncDir(dir string) error {
	d, err := f.root.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// Open returns a content that is checked as it is read.
func (f *Folder) Open(_ context.Context, sha256 string) (io.ReadSeekCloser, int64, error) {
	if !named(sha256) {
		return nil, 0, offboarding.ErrNotFound
	}
	file, err := f.root.Open(place(sha256))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, 0, offboarding.ErrNotFound
	}
	if err != nil {
		return nil, 0, fmt.Errorf("open a file: %w", err)
	}
	info, err := file.Stat()
	if err != nil {
		return nil, 0, errors.Join(fmt.Errorf("open a file: %w", err), file.Close())
	}
	return newVerified(file, sha256, info.Size()), info.Size(), nil
}

// Sweep deletes what nobody keeps, folder by folder.
func (f *Folder) Sweep(ctx context.Context, olderThan time.Time, keep func(context.Context, []string) (map[string]bool, error)) (int, error) {
	dirs, err := fs.ReadDir(f.root.FS(), ".")
	if err != nil {
		return 0, fmt.Errorf("sweep files: %w", err)
	}
	n := 0
	for _, d := range dirs {
		if !d.IsDir() || ctx.Err() != nil {
			continue
		}
		k, err := f.sweepDir(ctx, d.Name(), olderThan, keep)
		n += k
		if err != nil {
			return n, fmt.Errorf("sweep files: %w", err)
		}
	}
	return n, ctx.Err()
}

func (f *Folder) sweepDir(ctx context.Context, dir string, olderThan time.Time, keep func(context.Context, []string) (map[string]bool, error)) (int, error) {
	entries, err := fs.ReadDir(f.root.FS(), dir)
	if err != nil {
		return 0, err
	}
	var old []string
	for _, e := range entries {
		if f.older(dir+"/"+e.Name(), olderThan) && (dir == tmpDir || named(e.Name())) {
			old = append(old, e.Name())
		}
	}
	held := map[string]bool{}
	if dir != tmpDir && len(old) > 0 {
		if held, err = keep(ctx, old); err != nil {
			return 0, err
		}
	}
	n := 0
	for _, name := range old {
		// It may have been stored anew since it was listed.
		if held[name] || !f.older(dir+"/"+name, olderThan) {
			continue
		}
		if err := f.root.Remove(dir + "/" + name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return n, err
		}
		n++
	}
	return n, nil
}

func (f *Folder) older(name string, than time.Time) bool {
	info, err := f.root.Stat(name)
	return err == nil && info.Mode().IsRegular() && info.ModTime().Before(than)
}

// Check writes a small content and reads it back.
func (f *Folder) Check(ctx context.Context) error { return check(ctx, f) }

func check(ctx context.Context, s offboarding.Files) error {
	b, err := s.Put(ctx, strings.NewReader("opendoor"))
	if err != nil {
		return err
	}
	r, _, err := s.Open(ctx, b.SHA256)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, r)
	return errors.Join(err, r.Close())
}
