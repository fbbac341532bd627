package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"opendoor/offboarding"
	"opendoor/store"
	"opendoor/store/files"
)

// place is a data dir with commands that run in it.
type place struct {
	*testing.T
	dir string
}

func (p place) run(args ...string) (int, string) {
	p.Helper()
	var out bytes.Buffer
	code := run(p.Context(), args, []string{"OPENDOOR_DATA_DIR=" + p.dir}, strings.NewReader(""), &out, &out)
	return code, out.String()
}

func (p place) must(args ...string) string {
	p.Helper()
	code, out := p.run(args...)
	if code != 0 {
		p.Fatalf("%v: exit code %d: %s", args, code, out)
	}
	return out
}

// lived makes a data dir that holds an API key, a stored file and a spooled body.
func lived(t *testing.T) (place, string) {
	p := place{t, t.TempDir()}
	p.must("apikey", "create", "--role", "admin", "--name", "Анна")
	kept, err := files.Open("file://"+filepath.Join(p.dir, "files"), files.SpoolIn(p.dir))
	if err != nil {
		t.Fatal(err)
	}
	blob, err := kept.Put(t.Context(), strings.NewReader("акт"))
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.Context(), store.Options{DataDir: p.dir})
	if err != nil {
		t.Fatal(err)
	}
	err = s.AddFile(t.Context(), &offboarding.File{ID: offboarding.NewID(), AccountID: offboarding.NewID(), OwnerID: offboarding.NewID(), Purpose: offboarding.FileItem, Name: "act.pdf", Blob: blob})
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"spool/0/1.seg": "sealed", "spool/0/lock": "17", "spool/0/reserve": "000", "letters/ru/T01.txt": "свой текст"} {
		at := filepath.Join(p.dir, name)
		if err := os.MkdirAll(filepath.Dir(at), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return p, blob.SHA256
}

// beside is a new data dir that has the secret key of another.
func beside(t *testing.T, p place) place {
	key, err := os.ReadFile(filepath.Join(p.dir, "secret.key"))
	if err != nil {
		t.Fatal(err)
	}
	next := place{t, t.TempDir()}
	if err := os.WriteFile(filepath.Join(next.dir, "secret.key"), key, 0o600); err != nil {
		t.Fatal(err)
	}
	return next
}

func TestABackupComesBackInAnEmptyPlaceOnly(t *testing.T) {
	p, sum := lived(t)
	file := filepath.Join(t.TempDir(), "backup.zip")
	p.must("backup", file)
	if code, out := p.run("backup", file); code != 1 || !strings.Contains(out, "there already") {
		t.Errorf("a backup over another: %d %s", code, out)
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	key, err := os.ReadFile(filepath.Join(p.dir, "secret.key"))
	if err != nil || bytes.Contains(raw, bytes.TrimSpace(key)) {
		t.Errorf("the secret key is in the backup, %v", err)
	}

	next := beside(t, p)
	if out := next.must("restore", file); !strings.Contains(out, "sending is paused") {
		t.Errorf("%s", out)
	}
	if out := next.must("apikey", "list"); !strings.Contains(out, "Анна") {
		t.Errorf("the key is not there: %s", out)
	}
	for name, want := range map[string]string{"files/" + sum[:2] + "/" + sum: "акт", "spool/0/1.seg": "sealed", "letters/ru/T01.txt": "свой текст"} {
		if got, err := os.ReadFile(filepath.Join(next.dir, name)); string(got) != want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	if _, err := os.Stat(filepath.Join(next.dir, "spool/0/lock")); err == nil {
		t.Error("a process's own lock came along")
	}
	next.must("doctor", "--invariants")
	if code, out := next.run("restore", file); code != 1 || !strings.Contains(out, "not empty") {
		t.Errorf("a second time: %d %s", code, out)
	}
	if code, out := (place{t, t.TempDir()}).run("restore", file); code != 1 || !strings.Contains(out, "secret key") {
		t.Errorf("with another key: %d %s", code, out)
	}
}

func TestADamagedBackupIsRefusedBeforeAnythingChanges(t *testing.T) {
	p, _ := lived(t)
	file := filepath.Join(t.TempDir(), "backup.zip")
	p.must("backup", file)
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	turned := bytes.Clone(whole)
	turned[bytes.Index(whole, []byte("db/api_keys.jsonl"))+60] ^= 0xff // within its compressed rows
	for name, bad := range map[string][]byte{"cut off": whole[:len(whole)-40], "one byte changed": turned, "no backup": []byte("PK nothing")} {
		if err := os.WriteFile(file, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		next := beside(t, p)
		if code, out := next.run("restore", file); code != 1 {
			t.Errorf("%s: %d %s", name, code, out)
		}
		if out := next.must("apikey", "list"); strings.Contains(out, "Анна") {
			t.Errorf("%s: something came back", name)
		}
	}
	if code, _ := p.run("backup"); code != 2 {
		t.Errorf("without a name: exit code %d", code)
	}
}
