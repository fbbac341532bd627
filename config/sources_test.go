package config

import (
	"errors"
	"maps"
	"strings"
	"testing"
)

func TestASecretMayComeFromAFile(t *testing.T) {
	path := file(t, "admin", "0123456789abcdef\n")
	c := loaded(t, map[string]string{"OPENDOOR_ADMIN_KEY_FILE": path})
	if string(c.AdminKey) != "0123456789abcdef" {
		t.Errorf("the key is %q", string(c.AdminKey))
	}
}

func TestTheEnvironmentWinsOverTheFile(t *testing.T) {
	yaml := file(t, "opendoor.yaml", `
# settings of the office
addr: 127.0.0.1:1
OPENDOOR_LOG: json
worker_concurrency: 9
auto_migrate: false
admin_key: 00123456789012345
smtp_url:
dkim_key: |
  `+strings.ReplaceAll(pemOf(t, "Ed25519"), "\n", "\n  ")+`
dkim_domain: "example.com"
dkim_selector: 2026
secret_key_file: `+file(t, "key", key1)+`
allow_private_hosts: [localhost, 10.0.0.0/8]
trusted_proxies:
  - 10.0.0.1
  - 10.0.0.2
`)
	c := loaded(t, map[string]string{"OPENDOOR_CONFIG": yaml, "OPENDOOR_ADDR": "127.0.0.1:2"})
	got := []any{
		c.Addr, c.Log, c.WorkerConcurrency, c.AutoMigrate, string(c.AdminKey), c.SMTP.Host, c.DKIM.Selector, len(c.SecretKeys),
		strings.Join(c.AllowPrivateHosts, " "), strings.Join(c.TrustedProxies, " "),
	}
	want := []any{
		"127.0.0.1:2", LogJSON, 9, false, "00123456789012345", "", "2026", 1,
		"localhost 10.0.0.0/8", "10.0.0.1/32 10.0.0.2/32",
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("value %d is %v, want %v", i, got[i], want[i])
		}
	}
}

func TestMistakesInFilesAreNamed(t *testing.T) {
	empty := file(t, "empty", "\n")
	tests := map[string]struct {
		yaml string
		env  map[string]string
		want string // § stands for the YAML file's path
	}{
		"a wrong value":      {yaml: "addr: nowhere", want: `OPENDOOR_ADDR is "nowhere" in §, want a host and a port`},
		"a wrong secret":     {yaml: "admin_key: hunter2", want: `OPENDOOR_ADMIN_KEY is "***" in §, want at least`},
		"an unknown key":     {yaml: "adr: 127.0.0.1:1", want: `adr in § is no setting of opendoor, did you mean OPENDOOR_ADDR?`},
		"upper case":         {yaml: "ADDR: 127.0.0.1:1", want: `ADDR in § is no setting of opendoor`},
		"a file in a file":   {yaml: "config: other.yaml", want: `config in § is no setting of opendoor`},
		"one key, two names": {yaml: "addr: 127.0.0.1:1\nOPENDOOR_ADDR: 127.0.0.1:2", want: `OPENDOOR_ADDR in § is set twice`},
		"a nested value":     {yaml: "addr:\n  host: a", want: `OPENDOOR_ADDR in § has no plain value`},
		"a list of lists":    {yaml: "trusted_proxies: [[a]]", want: `OPENDOOR_TRUSTED_PROXIES in § has no plain value`},
		"no mapping":         {yaml: "- addr", want: `OPENDOOR_CONFIG is "§", want YAML`},
		"no YAML":            {yaml: "addr: a\nadmin_key: \"hunter2", want: `OPENDOOR_CONFIG is "§", want YAML`},
		"a key twice":        {yaml: "addr: a\naddr: b", want: `OPENDOOR_CONFIG is "§", want YAML`},
		"a file that is not there": {
			env:  map[string]string{"OPENDOOR_ADMIN_KEY_FILE": "/nowhere/key"},
			want: `OPENDOOR_ADMIN_KEY cannot be read: OPENDOOR_ADMIN_KEY_FILE is "/nowhere/key": no such file or directory`,
		},
		"an empty file": {
			env:  map[string]string{"OPENDOOR_ADMIN_KEY_FILE": empty},
			want: `OPENDOOR_ADMIN_KEY cannot be read: OPENDOOR_ADMIN_KEY_FILE is "` + empty + `", which is empty`,
		},
		"a value and a file": {
			env:  map[string]string{"OPENDOOR_ADMIN_KEY_FILE": empty, "OPENDOOR_ADMIN_KEY": "0123456789abcdef"},
			want: `OPENDOOR_ADMIN_KEY is set twice, want either OPENDOOR_ADMIN_KEY or OPENDOOR_ADMIN_KEY_FILE`,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			env := map[string]string{}
			maps.Copy(env, tt.env)
			path := ""
			if tt.yaml != "" {
				path = file(t, "opendoor.yaml", tt.yaml)
				env["OPENDOOR_CONFIG"] = path
			}
			_, err := LoadEnviron(environ(env))
			mistakes, _ := errors.AsType[Mistakes](err)
			want := strings.ReplaceAll(tt.want, "§", path)
			if len(mistakes) != 1 || !strings.HasPrefix(err.Error(), want) {
				t.Errorf("got %v, want %q", err, want)
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("a secret is shown: %v", err)
			}
		})
	}
}

func TestAnEmptyFileSetsNothing(t *testing.T) {
	for _, text := range []string{"", "# nothing yet\n", "---\n", "{}"} {
		loaded(t, map[string]string{"OPENDOOR_CONFIG": file(t, "opendoor.yaml", text)})
	}
}

// FuzzYAML looks for files that break the reader: it must name mistakes, not
// panic, whatever an operator has written.
func FuzzYAML(f *testing.F) {
	for _, seed := range []string{"addr: a", "a: &x b\nb: *x", "? a\n: b", "trusted_proxies: [a, [b]]", "\x00", "a: !!binary x", "<<: {a: b}"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		values, mistakes := parseYAML(raw, "x.yaml")
		for name := range values {
			if !known(name) {
				t.Errorf("%q is taken for a setting", name)
			}
		}
		_ = mistakes.Error()
	})
}
