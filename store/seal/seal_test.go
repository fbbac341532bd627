package seal_test

import (
	"bytes"
	"errors"
	"testing"

	"opendoor/store/seal"
)

var (
	older = bytes.Repeat([]byte{1}, 32)
	newer = bytes.Repeat([]byte{2}, 32)
)

func sealer(t *testing.T, purpose string, keys ...[]byte) *seal.Sealer {
	t.Helper()
	s, err := seal.New(keys, purpose)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestOnlyTheSamePlacePurposeAndKeyOpen(t *testing.T) {
	s := sealer(t, "store", older)
	sealed, err := s.Seal([]byte("secret"), "accounts.credentials.1")
	if err != nil {
		t.Fatal(err)
	}
	if twin, err := s.Seal([]byte("secret"), "accounts.credentials.1"); err != nil || bytes.Equal(sealed, twin) {
		t.Fatalf("the same twice: %v", err)
	}
	tests := map[string]struct {
		by     *seal.Sealer
		place  string
		sealed []byte
		opens  bool
	}{
		"the same":          {s, "accounts.credentials.1", sealed, true},
		"a newer key added": {sealer(t, "store", newer, older), "accounts.credentials.1", sealed, true},
		"another row":       {s, "accounts.credentials.2", sealed, false},
		"another purpose":   {sealer(t, "spool", older), "accounts.credentials.1", sealed, false},
		"another key":       {sealer(t, "store", newer), "accounts.credentials.1", sealed, false},
		"no key":            {sealer(t, "store"), "accounts.credentials.1", sealed, false},
		"cut":               {s, "accounts.credentials.1", sealed[:len(sealed)-1], false},
		"nothing":           {s, "accounts.credentials.1", nil, false},
		"not sealed":        {s, "accounts.credentials.1", []byte(`{"access_token":"x"}`), false},
	}
	for name, test := range tests {
		plain, err := test.by.Open(test.sealed, test.place)
		if test.opens != (err == nil) || test.opens && string(plain) != "secret" {
			t.Errorf("%s: %q, %v", name, plain, err)
		}
	}
}

func TestTheNewestKeySealsAndTellsWhatIsStale(t *testing.T) {
	before, after := sealer(t, "store", older), sealer(t, "store", newer, older)
	old, err := before.Seal([]byte("x"), "here")
	if err != nil {
		t.Fatal(err)
	}
	fresh, err := after.Seal([]byte("x"), "here")
	if err != nil {
		t.Fatal(err)
	}
	if !after.Stale(old) || after.Stale(fresh) || before.Stale(old) {
		t.Fatal("stale is not what another key than the newest sealed")
	}
}

func TestBadKeysAreRefused(t *testing.T) {
	if _, err := seal.New([][]byte{[]byte("short")}, "store"); err == nil {
		t.Fatal("a short key was taken")
	}
	if _, err := sealer(t, "store").Seal(nil, "here"); !errors.Is(err, seal.ErrNoKey) {
		t.Fatalf("got %v", err)
	}
}
