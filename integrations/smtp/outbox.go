package smtp

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/mail"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"opendoor/offboarding"
)

var _ offboarding.Mailer = (*Outbox)(nil)

// Outbox writes letters into a folder instead of sending them: what happens
// while no mail server is set.
type Outbox struct {
	dir string
	now func() time.Time
}

// NewOutbox returns an outbox in dir, which is made when it is missing. Letters
// hold personal data, so only the process's own user may read them. A nil now is
// the wall clock.
func NewOutbox(dir string, now func() time.Time) (*Outbox, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the outbox: %w", err)
	}
	if now == nil {
		now = time.Now
	}
	return &Outbox{dir: dir, now: now}, nil
}

// Send writes the letter as one .eml file that is named after its Message-ID,
// so that a repeat replaces it.
func (o *Outbox) Send(ctx context.Context, e *offboarding.Envelope, fence offboarding.FenceFunc) error {
	l, err := write(e, o.now(), nil)
	if err != nil {
		return err
	}
	tmp, err := os.CreateTemp(o.dir, ".letter-*")
	if err != nil {
		return offboarding.Unavailable("write a letter into the outbox", err)
	}
	defer func() { _ = os.Remove(tmp.Name()) }() // gone already once it has been renamed
	_, err = tmp.Write(l.data)
	if err == nil {
		err = tmp.Sync()
	}
	if cerr := tmp.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return offboarding.Unavailable("write a letter into the outbox", err)
	}
	if err := fence(ctx); err != nil {
		return err
	}
	if err := os.Rename(tmp.Name(), filepath.Join(o.dir, fileName(e.Message.HeaderID))); err != nil {
		return offboarding.Unavailable("write a letter into the outbox", err)
	}
	return nil
}

// Check tries whether the folder can be written.
func (o *Outbox) Check(context.Context) error {
	f, err := os.CreateTemp(o.dir, ".check-*")
	if err != nil {
		return fmt.Errorf("write into the outbox: %w", err)
	}
	_ = f.Close()
	return os.Remove(f.Name())
}

// Close does nothing; it makes an Outbox interchangeable with a Mailer.
func (o *Outbox) Close() error { return nil }

// fileName keeps what is harmless in a Message-ID; another one gets a hash, so
// that two ids never share a file.
func fileName(id string) string {
	harmless := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || strings.ContainsRune("-_.@", r)
	}
	if strings.HasPrefix(id, ".") || len(id) > 200 || strings.ContainsFunc(id, func(r rune) bool { return !harmless(r) }) {
		sum := sha256.Sum256([]byte(id))
		return hex.EncodeToString(sum[:16]) + ".eml"
	}
	return id + ".eml"
}

var _ offboarding.KeptLetters = Folder("")

// Folder is an outbox as it lies on the disk, also one that is not written to any
// more.
type Folder string

// Forget removes the letters with these Message-IDs and those to these
// addresses, and counts them.
func (f Folder) Forget(headerIDs, addresses []string) (int, error) {
	names := map[string]bool{}
	for _, id := range headerIDs {
		names[fileName(id)] = id != ""
	}
	files, err := filepath.Glob(filepath.Join(string(f), "*.eml"))
	if err != nil {
		return 0, fmt.Errorf("look into the outbox: %w", err)
	}
	n := 0
	for _, file := range files {
		if !names[filepath.Base(file)] && !isTo(file, addresses) {
			continue
		}
		if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return n, fmt.Errorf("remove a letter from the outbox: %w", err)
		}
		n++
	}
	return n, nil
}

// isTo reports whether a letter is to one of the addresses. What cannot be read
// is to nobody.
func isTo(file string, addresses []string) bool {
	if len(addresses) == 0 {
		return false
	}
	f, err := os.Open(file)
	if err != nil {
		return false
	}
	defer func() { _ = f.Close() }()
	m, err := mail.ReadMessage(f)
	if err != nil {
		return false
	}
	to, err := m.Header.AddressList("To")
	return err == nil && slices.ContainsFunc(to, func(a *mail.Address) bool {
		return slices.ContainsFunc(addresses, func(one string) bool { return strings.EqualFold(a.Address, one) })
	})
}
