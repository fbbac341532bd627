// Package journal keeps on disk what authorisation servers have answered until
// the database surely has it. A refresh token is spent once: without its
// answer the account is lost.
//
// Each account has a file of its own: a line for each answer, sealed and in
// base64, written and fsynced as one. What a crash cut off ends where the next
// line begins. A file that has grown is written anew with its last line alone.
package journal

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/google/uuid"

	"opendoor/offboarding"
	"opendoor/store/internal/filelock"
	"opendoor/store/seal"
)

var _ offboarding.GrantJournal = (*Journal)(nil)

const (
	suffix     = ".grants"
	lockSuffix = ".lock"
	grownBytes = 64 << 10 // some forty answers
	longLine   = 1 << 20  // a token is under 2 kB
	foldMode   = 0o700    // for its owner only
	fileMode   = 0o600
)

// Journal is a folder. It may be shared by the processes of one machine.
type Journal struct {
	dir     string
	secrets *seal.Sealer
}

// Open makes the folder when it is missing. keys are the master keys, newest
// first.
func Open(dir string, keys [][]byte) (*Journal, error) {
	secrets, err := seal.New(keys, "journal of grants")
	if err != nil {
		return nil, fmt.Errorf("open journal of grants: %w", err)
	}
	if err := os.MkdirAll(dir, foldMode); err != nil {
		return nil, fmt.Errorf("open journal of grants: %w", err)
	}
	return &Journal{dir: dir, secrets: secrets}, nil
}

func (j *Journal) file(id uuid.UUID) string { return filepath.Join(j.dir, id.String()+suffix) }

func place(id uuid.UUID) string { return "journal of grants." + id.String() }

// Lock keeps every other goroutine and process from the account until unlock.
func (j *Journal) Lock(ctx context.Context, id uuid.UUID) (unlock func(), err error) {
	lock, err := filelock.Wait(ctx, filepath.Join(j.dir, id.String()+lockSuffix))
	if err != nil {
		return nil, fmt.Errorf("wait for the account's grant: %w", err)
	}
	return lock.Release, nil
}

// line is a grant as it is written down.
type line struct {
	Serial     int64     `json:"serial"`
	Access     string    `json:"access"`
	Refresh    string    `json:"refresh"`
	Server     string    `json:"server,omitempty"`
	Home       string    `json:"home,omitempty"`
	ObtainedAt time.Time `json:"obtained_at"`
	ExpiresAt  time.Time `json:"expires_at"`
}

func (j *Journal) encode(id uuid.UUID, g offboarding.Grant) ([]byte, error) {
	text, err := json.Marshal(line{g.Serial, g.AccessToken, g.RefreshToken, g.Server, g.Home, g.ObtainedAt.UTC(), g.ExpiresAt.UTC()})
	if err != nil {
		return nil, err
	}
	sealed, err := j.secrets.Seal(text, place(id))
	if err != nil {
		return nil, err
	}
	// It begins with a line end: whatever a crash cut off before it ends there.
	return []byte("\n" + base64.StdEncoding.EncodeToString(sealed) + "\n"), nil
}

// Append writes the grant down; when it returns, a power cut does not take it
// away. The caller holds the account's lock.
func (j *Journal) Append(id uuid.UUID, g offboarding.Grant) error {
	text, err := j.encode(id, g)
	if err != nil {
		return fmt.Errorf("write to the journal of grants: %w", err)
	}
	if info, err := os.Stat(j.file(id)); err == nil && info.Size() > grownBytes {
		return j.replace(id, text)
	}
	f, err := os.OpenFile(j.file(id), os.O_WRONLY|os.O_APPEND|os.O_CREATE, fileMode)
	if err != nil {
		return fmt.Errorf("write to the journal of grants: %w", err)
	}
	fresh := false
	if info, err := f.Stat(); err == nil {
		fresh = info.Size() == 0
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil && fresh {
		err = syncFolder(j.dir)
	}
	if err != nil {
		return fmt.Errorf("write to the journal of grants: %w", err)
	}
	return nil
}

// replace puts the newest line in the place of all: the ones before it were
// committed, or it would not have been asked for.
func (j *Journal) replace(id uuid.UUID, text []byte) error {
	tmp := j.file(id) + ".new"
	f, err := os.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, fileMode)
	if err != nil {
		return fmt.Errorf("write the journal of grants anew: %w", err)
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = errors.Join(os.Rename(tmp, j.file(id)), syncFolder(j.dir))
	}
	if err != nil {
		return fmt.Errorf("write the journal of grants anew: %w", err)
	}
	return nil
}

// Last returns the grant with the highest serial; zero: there is none.
func (j *Journal) Last(id uuid.UUID) (offboarding.Grant, error) {
	var last offboarding.Grant
	text, err := os.ReadFile(j.file(id))
	if errors.Is(err, fs.ErrNotExist) {
		return last, nil
	}
	if err != nil {
		return last, fmt.Errorf("read the journal of grants: %w", err)
	}
	var strange error
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, longLine)
	for lines.Scan() {
		g, err := j.decode(id, lines.Text())
		if err != nil {
			strange = err // torn by a crash, or sealed with a key that is gone
			continue
		}
		if g.Serial > last.Serial {
			last = g
		}
	}
	if last.Serial == 0 && strange != nil {
		return last, fmt.Errorf("read the journal of grants: %w", strange)
	}
	return last, nil
}

func (j *Journal) decode(id uuid.UUID, text string) (offboarding.Grant, error) {
	if text == "" {
		return offboarding.Grant{}, nil
	}
	sealed, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return offboarding.Grant{}, err
	}
	plain, err := j.secrets.Open(sealed, place(id))
	if err != nil {
		return offboarding.Grant{}, err
	}
	var l line
	if err := json.Unmarshal(plain, &l); err != nil {
		return offboarding.Grant{}, err
	}
	return offboarding.Grant{
		Serial: l.Serial, AccessToken: l.Access, RefreshToken: l.Refresh, Server: l.Server, Home: l.Home, ObtainedAt: l.ObtainedAt, ExpiresAt: l.ExpiresAt,
	}, nil
}

// Drop forgets the account. Its lock file stays: somebody may be waiting for it.
func (j *Journal) Drop(id uuid.UUID) error {
	if err := os.Remove(j.file(id)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("drop an account's journal: %w", err)
	}
	return nil
}

// Accounts lists the accounts of which the journal knows something.
func (j *Journal) Accounts() ([]uuid.UUID, error) {
	entries, err := os.ReadDir(j.dir)
	if err != nil {
		return nil, fmt.Errorf("list the journal of grants: %w", err)
	}
	var ids []uuid.UUID
	for _, e := range entries {
		name, ours := strings.CutSuffix(e.Name(), suffix)
		if id, err := uuid.Parse(name); ours && err == nil {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

// syncFolder makes a new name in the folder durable, where folders can be synced.
func syncFolder(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
