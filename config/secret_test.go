package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/goccy/go-yaml"
)

func TestASecretNeverShowsItself(t *testing.T) {
	type box struct {
		Secret Secret
		Keys   Keys
	}
	b := box{Secret: "hunter2", Keys: Keys{[]byte("hunter2")}}
	var log bytes.Buffer
	for _, h := range []slog.Handler{slog.NewTextHandler(&log, nil), slog.NewJSONHandler(&log, nil)} {
		slog.New(h).Info("started", "secret", b.Secret, "keys", b.Keys, "box", b, "pointer", &b)
	}
	asJSON, err := json.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	asYAML, err := yaml.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	shown := map[string]string{"log": log.String(), "JSON": string(asJSON), "YAML": string(asYAML)}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%08b", "%c"} {
		shown[verb] = fmt.Sprintf(verb+" "+verb+" "+verb+" "+verb, b, &b, b.Secret, b.Keys)
	}
	for how, text := range shown {
		for _, trace := range []string{"hunter2", "68756e74657232", "68756E74657232", "104 117", "aHVudGVyMg", "0x68"} {
			if strings.Contains(text, trace) {
				t.Errorf("%s shows %s", how, text)
			}
		}
		if !strings.Contains(text, mask) {
			t.Errorf("%s shows %s, want %s", how, text, mask)
		}
	}
	if s := fmt.Sprint(Secret(""), Keys(nil)); strings.TrimSpace(s) != "" {
		t.Errorf("what is not set is shown as %q", s)
	}
}

func TestMaskedURLsKeepOnlyWhatIsNoSecret(t *testing.T) {
	tests := map[string]struct{ url, want string }{
		"password":                  {"postgres://u:hunter2@db:5432/x", "postgres://u:***@db:5432/x"},
		"user only":                 {"postgres://u@db/x", "postgres://u@db/x"},
		"no user":                   {"redis://redis:6379/0", "redis://redis:6379/0"},
		"sentinel":                  {"redis+sentinel://:hunter2@h:1/0?addr=h2:2&sentinel_password=hunter2", "redis+sentinel://:***@h:1/0?addr=h2%3A2&sentinel_password=***"},
		"raw slash in the password": {"postgres://u:1/hunter2@db/x", mask},
		"raw ? in the password":     {"postgres://u:1?hunter2@db/x", mask},
		"raw # in the password":     {"postgres://u:1#hunter2@db/x", mask},
		"raw @ in the password":     {"postgres://u:hunter2@hunter2@db/x", mask},
		"raw % in the password":     {"postgres://u:hunter2%zz@db/x", mask},
		"not a URL":                 {"host=db password=hunter2", mask},
		"opaque":                    {"mailto:hunter2", mask},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := maskURL(tt.url)
			if strings.Contains(got, "hunter2") {
				t.Errorf("the password is shown: %s", got)
			}
			if got != tt.want && name != "raw @ in the password" { // either answer hides it
				t.Errorf("shown as %q, want %q", got, tt.want)
			}
		})
	}
}

func TestOneKeyIsMadeHoweverManyStartAtOnce(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	made := make([]Keys, 8)
	var all sync.WaitGroup
	for i := range made {
		all.Go(func() {
			keys, err := LoadOrCreateSecretKey(dir)
			if err != nil {
				t.Error(err)
			}
			made[i] = keys
		})
	}
	all.Wait()
	for _, keys := range made {
		if len(keys) != 1 || len(keys[0]) != 32 || !bytes.Equal(keys[0], made[0][0]) {
			t.Fatal("not everybody has the same one key of 32 bytes")
		}
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 1 {
		t.Fatalf("left in the data dir: %v, %v; want the key alone", files, err)
	}
	info, err := files[0].Info()
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key's file is %v, %v; want it for its owner only", info.Mode(), err)
	}
	if again, err := LoadOrCreateSecretKey(t.TempDir()); err != nil || bytes.Equal(again[0], made[0][0]) {
		t.Errorf("another installation has the same key, %v", err)
	}
}

func TestAKeyFileThatCannotBeTrustedIsRefused(t *testing.T) {
	tests := map[string]struct {
		content string
		mode    os.FileMode
		want    string
	}{
		"readable by others": {content: key1, mode: 0o644, want: "chmod 600"},
		"cut":                {content: key1[:20], mode: 0o600, want: "base64 of 32 bytes"},
		"empty":              {content: "", mode: 0o600, want: "want"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, keyFile)
			if err := os.WriteFile(path, []byte(tt.content), tt.mode); err != nil {
				t.Fatal(err)
			}
			_, err := LoadOrCreateSecretKey(dir)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want a word on %q", err, tt.want)
			}
			if left, _ := os.ReadFile(path); string(left) != tt.content {
				t.Error("the file was changed")
			}
		})
	}
}

func TestAnOldKeyStaysInTheFileBesideTheNew(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, keyFile), []byte(key2+",\n"+key1+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	keys, err := LoadOrCreateSecretKey(dir)
	if err != nil || len(keys) != 2 || keys[0][0] != 32 {
		t.Errorf("%d keys, %v; want two, the newest first", len(keys), err)
	}
}
