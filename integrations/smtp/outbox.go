package smtp

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
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
