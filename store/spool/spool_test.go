package spool_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"opendoor/offboarding"
	"opendoor/store/spool"
)

var key = []byte("0123456789abcdef0123456789abcdef")

func open(t *testing.T, dir string, change ...func(*spool.Options)) *spool.Spool {
	t.Helper()
	o := spool.Options{Dir: dir, Keys: [][]byte{key}}
	for _, c := range change {
		c(&o)
	}
	s, err := spool.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func batch(bodies ...string) []*offboarding.Delivery {
	var out []*offboarding.Delivery
	for _, b := range bodies {
		out = append(out, &offboarding.Delivery{
			ID: offboarding.NewID(), AccountID: offboarding.NewID(), Provider: offboarding.AmoCRM, Origin: offboarding.OriginHook,
			ReceivedAt: time.Date(2026, 11, 3, 9, 30, 0, 1000, time.UTC), Seen: 1, Body: []byte(b), DedupKey: []byte(b), Proved: true,
		})
	}
	return out
}

func keep(t *testing.T, s *spool.Spool, bodies ...string) []*offboarding.Delivery {
	t.Helper()
	b := batch(bodies...)
	if err := s.Append(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	return b
}

// drained empties the spool and returns the bodies in the order they came out.
func drained(t *testing.T, s *spool.Spool) []string {
	t.Helper()
	var out []string
	err := s.Drain(t.Context(), func(b []*offboarding.Delivery) error {
		for _, d := range b {
			out = append(out, string(d.Body))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if s.Len() != 0 || s.Bytes() != 0 {
		t.Fatalf("%d deliveries and %d bytes are left", s.Len(), s.Bytes())
	}
	return out
}

func wants(t *testing.T, got, want []string) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("differs (-want +got):\n%s", diff)
	}
}

// files lists the segments below dir.
func files(t *testing.T, dir string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "*", "*.seg"))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestDeliveriesComeOutAsTheyWentIn(t *testing.T) {
	s := open(t, t.TempDir())
	want := keep(t, s, "one", "two")
	want = append(want, keep(t, s, "three")...)
	if s.Len() != 3 {
		t.Fatalf("%d wait, want 3", s.Len())
	}
	var got []*offboarding.Delivery
	if err := s.Drain(t.Context(), func(b []*offboarding.Delivery) error { got = append(got, b...); return nil }); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatal(diff)
	}
	wants(t, drained(t, s), nil)
}

func TestWhatWasAcknowledgedOutlivesTheProcess(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	keep(t, s, "one")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir)
	keep(t, s, "two")
	wants(t, drained(t, s), []string{"one", "two"})
	if left := files(t, dir); len(left) != 0 {
		t.Fatalf("drained segments are left: %v", left)
	}
}

func TestAFailedDrainGoesOnWhereItStopped(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	var all []string
	for i := range 600 { // more than one call of the function takes
		all = append(all, strconv.Itoa(i))
		keep(t, s, all[i])
	}
	boom, calls := errors.New("boom"), 0
	var got []string
	err := s.Drain(t.Context(), func(b []*offboarding.Delivery) error {
		if calls++; calls == 2 {
			return boom
		}
		for _, d := range b {
			got = append(got, string(d.Body))
		}
		return nil
	})
	if !errors.Is(err, boom) || len(got) == 0 || s.Len() != 600-len(got) {
		t.Fatalf("%v after %d, %d wait", err, len(got), s.Len())
	}
	if err := s.Close(); err != nil { // the position outlives the process
		t.Fatal(err)
	}
	s = open(t, dir)
	if s.Len() != 600-len(got) {
		t.Fatalf("%d wait after a restart, want %d", s.Len(), 600-len(got))
	}
	wants(t, append(got, drained(t, s)...), all)
}

func TestATornTailIsLeftOutAndNothingElse(t *testing.T) {
	tear := map[string]func(b []byte) []byte{
		"cut in the payload": func(b []byte) []byte { return b[:len(b)-5] },
		"cut in the head":    func(b []byte) []byte { return append(b, 1, 2, 3) },
		"zeros behind":       func(b []byte) []byte { return append(b, make([]byte, 4096)...) },
		"a broken byte":      func(b []byte) []byte { b[len(b)-1] ^= 1; return b },
		"an absurd length":   func(b []byte) []byte { return append(b, bytes.Repeat([]byte{0xff}, 64)...) },
	}
	whole := map[string]bool{"cut in the head": true, "zeros behind": true, "an absurd length": true}
	for name, tear := range tear {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s := open(t, dir)
			keep(t, s, "one")
			keep(t, s, "two")
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			path := files(t, dir)[0]
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, tear(b), 0o600); err != nil {
				t.Fatal(err)
			}
			s = open(t, dir)
			keep(t, s, "three")
			want := []string{"one", "three"}
			if whole[name] {
				want = []string{"one", "two", "three"}
			}
			if s.Len() != len(want) {
				t.Fatalf("%d wait, want %d", s.Len(), len(want))
			}
			wants(t, drained(t, s), want)
		})
	}
}

func TestManyCallersShareAndNobodyIsLost(t *testing.T) {
	s := open(t, t.TempDir())
	const callers, each = 32, 20
	var mu sync.Mutex
	var got []string
	ctx, stop := context.WithCancel(t.Context())
	var drains, appends sync.WaitGroup
	drains.Go(func() { // while they append
		for ctx.Err() == nil {
			if err := s.Drain(ctx, func(b []*offboarding.Delivery) error {
				mu.Lock()
				defer mu.Unlock()
				for _, d := range b {
					got = append(got, string(d.Body))
				}
				return nil
			}); err != nil && !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		}
	})
	var want []string
	for c := range callers {
		for i := range each {
			want = append(want, fmt.Sprintf("%d/%d", c, i))
		}
		appends.Go(func() {
			for i := range each {
				if err := s.Append(ctx, batch(fmt.Sprintf("%d/%d", c, i))); err != nil {
					t.Error(err)
				}
			}
		})
	}
	appends.Wait()
	stop()
	drains.Wait()
	got = append(got, drained(t, s)...)
	slices.Sort(want)
	slices.Sort(got)
	wants(t, got, want)
}

func TestAFullSpoolSaysSo(t *testing.T) {
	s := open(t, t.TempDir(), func(o *spool.Options) { o.MaxBytes = 10000 })
	big := string(make([]byte, 3000))
	keep(t, s, big)
	err := s.Append(t.Context(), batch(big))
	if !errors.Is(err, spool.ErrFull) || !offboarding.IsKind(err, offboarding.KindUnavailable) {
		t.Fatalf("got %v, want %v", err, spool.ErrFull)
	}
	keep(t, s, "small")
	wants(t, drained(t, s), []string{big, "small"})
	keep(t, s, big)
}

func TestProcessesKeepToTheirFoldersAndInheritFromTheDead(t *testing.T) {
	dir := t.TempDir()
	first, second := open(t, dir), open(t, dir)
	keep(t, first, "first")
	keep(t, second, "second")
	if first.Len() != 1 || second.Len() != 1 {
		t.Fatalf("%d and %d wait, want 1 and 1", first.Len(), second.Len())
	}
	if err := second.Close(); err != nil {
		t.Fatal(err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	heir := open(t, dir) // takes the first folder, finds the second
	if heir.Len() != 2 {
		t.Fatalf("%d wait, want 2", heir.Len())
	}
	got := drained(t, heir)
	slices.Sort(got)
	wants(t, got, []string{"first", "second"})
}

func TestBodiesAreNotReadableOnDisk(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	keep(t, s, "client@example.ru")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(files(t, dir)[0])
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(b, []byte("example")) {
		t.Fatal("the body lies in the open")
	}
	newer := []byte("ffffffffffffffffffffffffffffffff")
	rotated := open(t, dir, func(o *spool.Options) { o.Keys = [][]byte{newer, key} })
	wants(t, drained(t, rotated), []string{"client@example.ru"})
}

func TestWithoutAKeyNothingIsKept(t *testing.T) {
	s := open(t, t.TempDir(), func(o *spool.Options) { o.Keys = nil })
	if err := s.Append(t.Context(), batch("x")); err == nil {
		t.Fatal("kept without encryption")
	}
}

func TestAClosedSpoolTakesNothing(t *testing.T) {
	s := open(t, t.TempDir())
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Append(t.Context(), batch("x")); !errors.Is(err, spool.ErrClosed) {
		t.Fatalf("got %v", err)
	}
}
