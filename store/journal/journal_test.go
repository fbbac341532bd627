package journal_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"opendoor/offboarding"
	"opendoor/store/journal"
)

var (
	older = bytes.Repeat([]byte{1}, 32)
	newer = bytes.Repeat([]byte{2}, 32)
	noon  = time.Date(2026, 11, 3, 12, 0, 0, 0, time.UTC)
)

func opened(t *testing.T, dir string, keys ...[]byte) *journal.Journal {
	t.Helper()
	j, err := journal.Open(dir, keys)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func grant(serial int64) offboarding.Grant {
	return offboarding.Grant{
		Serial: serial, AccessToken: "access-token", RefreshToken: "refresh-token", Server: "https://oauth.bitrix.info", Home: "https://a.bitrix24.ru",
		ObtainedAt: noon, ExpiresAt: noon.Add(time.Hour),
	}
}

func last(t *testing.T, j *journal.Journal, id uuid.UUID, want offboarding.Grant) {
	t.Helper()
	if got, err := j.Last(id); err != nil || got != want {
		t.Fatalf("the journal's last grant is number %d, %v; want %d", got.Serial, err, want.Serial)
	}
}

func TestTheNewestGrantIsFoundAgainSealed(t *testing.T) {
	dir, id := t.TempDir(), uuid.New()
	j := opened(t, dir, older)
	last(t, j, id, offboarding.Grant{})
	for serial := int64(1); serial <= 3; serial++ {
		if err := j.Append(id, grant(serial)); err != nil {
			t.Fatal(err)
		}
	}
	last(t, opened(t, dir, newer, older), id, grant(3))
	if _, err := opened(t, dir, newer).Last(id); err == nil {
		t.Error("a journal that cannot be opened is taken for an empty one")
	}
	text, err := os.ReadFile(filepath.Join(dir, id.String()+".grants"))
	if err != nil || bytes.Contains(text, []byte("token")) {
		t.Errorf("the file is not sealed: %v", err)
	}
	other := uuid.New()
	if err := os.Rename(filepath.Join(dir, id.String()+".grants"), filepath.Join(dir, other.String()+".grants")); err != nil {
		t.Fatal(err)
	}
	if g, err := j.Last(other); err == nil {
		t.Errorf("a grant that was moved to another account opens: %v", g.Serial)
	}
}

func TestWhatACrashCutOffCostsOnlyItself(t *testing.T) {
	dir, id := t.TempDir(), uuid.New()
	j := opened(t, dir, older)
	file := filepath.Join(dir, id.String()+".grants")
	for serial := int64(1); serial <= 2; serial++ {
		if err := j.Append(id, grant(serial)); err != nil {
			t.Fatal(err)
		}
	}
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	half := len(whole) / 2
	for cut := half; cut < len(whole); cut++ {
		if err := os.WriteFile(file, whole[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := j.Last(id)
		if err != nil || got.Serial < 1 {
			t.Fatalf("cut at %d: number %d, %v", cut, got.Serial, err)
		}
		if err := j.Append(id, grant(7)); err != nil {
			t.Fatal(err)
		}
		last(t, j, id, grant(7))
	}
}

func TestAJournalThatHasGrownIsWrittenAnew(t *testing.T) {
	dir, id := t.TempDir(), uuid.New()
	j := opened(t, dir, older)
	long := grant(1)
	long.RefreshToken = strings.Repeat("r", 2000)
	for ; long.Serial <= 100; long.Serial++ {
		if err := j.Append(id, long); err != nil {
			t.Fatal(err)
		}
	}
	long.Serial--
	last(t, j, id, long)
	if info, err := os.Stat(filepath.Join(dir, id.String()+".grants")); err != nil || info.Size() > 80<<10 {
		t.Errorf("the file has %d bytes, %v", info.Size(), err)
	}
	ids, err := j.Accounts()
	if err != nil || len(ids) != 1 || ids[0] != id {
		t.Errorf("accounts %v, %v", ids, err)
	}
	if err := errors.Join(j.Drop(id), j.Drop(id)); err != nil {
		t.Error(err)
	}
	last(t, j, id, offboarding.Grant{})
}

func TestAnAccountIsHeldByOne(t *testing.T) {
	dir, id := t.TempDir(), uuid.New()
	unlock, err := opened(t, dir, older).Lock(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	second := opened(t, dir, older)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := second.Lock(ctx, id); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("the account was held by two: %v", err)
	}
	unlock()
	free, err := second.Lock(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	free()
}
