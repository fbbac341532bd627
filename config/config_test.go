package config

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/mail"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite opendoor.env.example")

const (
	key1 = "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA=" // bytes 1 to 32
	key2 = "IB8eHRwbGhkYFxYVFBMSERAPDg0MCwoJCAcGBQQDAgE=" // and back
)

// environ is an environment as os.Environ gives it.
func environ(env map[string]string) []string {
	pairs := make([]string, 0, len(env))
	for name, value := range env {
		pairs = append(pairs, name+"="+value)
	}
	return pairs
}

func loaded(t *testing.T, env map[string]string) Config {
	t.Helper()
	c, err := LoadEnviron(environ(env))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// file writes a file of a test and returns its path.
func file(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestWithoutSettingsEverythingIsInTheProcess(t *testing.T) {
	c := loaded(t, nil)
	want := Config{
		Addr:              "127.0.0.1:8080",
		PublicURL:         "http://127.0.0.1:8080",
		DataDir:           "data",
		AutoMigrate:       true,
		SpoolMaxBytes:     256 << 20,
		UploadMax:         4096 << 20,
		RetentionMonths:   24,
		RetentionBodyDays: 365,
		FilesURL:          "file://data/files",
		RedisURL:          "embedded",
		WorkerConcurrency: 20,
		MailFrom:          mail.Address{Address: "opendoor@localhost"},
		Log:               LogText,
		LogLevel:          slog.LevelInfo,
	}
	// Compared as fields, not printed: Secret would show *** for both.
	equal := cmp.Comparer(func(a, b Secret) bool { return string(a) == string(b) })
	if diff := cmp.Diff(want, c, equal, cmp.FilterPath(func(p cmp.Path) bool { return p.String() == "shown" }, cmp.Ignore())); diff != "" {
		t.Error(diff)
	}
	if !c.EmbeddedQueue() || c.SQLiteFile() != filepath.Join("data", "opendoor.db") || !c.Clock.IsZero() {
		t.Errorf("queue embedded: %t, SQLite file: %s, clock: %s", c.EmbeddedQueue(), c.SQLiteFile(), c.Clock)
	}
}

func TestLoadAsksOnlyItsLookup(t *testing.T) {
	c, err := Load(func(name string) (string, bool) { return "0.0.0.0:1", name == "OPENDOOR_ADDR" })
	if err != nil || c.Addr != "0.0.0.0:1" {
		t.Errorf("address %q, %v", c.Addr, err)
	}
}

func TestEverySettingIsTakenOver(t *testing.T) {
	dkim := pemOf(t, "RSA 2048")
	c := loaded(t, map[string]string{
		"OPENDOOR_ADDR":                "[::1]:0",
		"OPENDOOR_PUBLIC_URL":          "https://Opendoor.example.com/door/",
		"OPENDOOR_DATA_DIR":            "/var/lib/opendoor/",
		"OPENDOOR_DATABASE_URL":        "postgres://u:p%40ss@db/opendoor",
		"OPENDOOR_REDIS_URL":           "redis+sentinel://h:26379/0?master_name=main&addr=h2:26379",
		"OPENDOOR_SECRET_KEY":          key1 + ", " + key2,
		"OPENDOOR_ADMIN_KEY":           "0123456789abcdef",
		"OPENDOOR_SMTP_URL":            "smtp://u%40example.com:p%2Fss@mail.example.com?tls=require",
		"OPENDOOR_MAIL_FROM":           "Отдел заботы <care@example.com>",
		"OPENDOOR_ADMIN_MAIL":          "Админ <admin@example.com>",
		"OPENDOOR_TELEGRAM_TOKEN":      "123456789:AAFsample-token-of-a-bot-that-is-none",
		"OPENDOOR_TELEGRAM_API_URL":    "http://127.0.0.1:8081",
		"OPENDOOR_SMS_URL":             "smsc+http://office:p%40ss@127.0.0.1:8082?sender=EXAMPLE&answers=on",
		"OPENDOOR_DKIM_KEY":            dkim,
		"OPENDOOR_DKIM_DOMAIN":         "Example.com",
		"OPENDOOR_DKIM_SELECTOR":       "mail2026",
		"OPENDOOR_ALLOW_PRIVATE_HOSTS": "Localhost, crm.office:8443,10.0.0.0/8,[::1]:80,::1",
		"OPENDOOR_TRUSTED_PROXIES":     "10.1.2.3/8, 192.0.2.7",
		"OPENDOOR_FILES_URL":           "s3://files?region=eu-central-1&endpoint=http://minio:9000",
		"OPENDOOR_SPOOL_MAX_MB":        "1",
		"OPENDOOR_WORKER_CONCURRENCY":  "7",
		"OPENDOOR_AUTO_MIGRATE":        "False",
		"OPENDOOR_LOG":                 "json",
		"OPENDOOR_LOG_LEVEL":           "warn",
		"OPENDOOR_METRICS_ADDR":        "127.0.0.1:9090",
		"OPENDOOR_CLOCK":               "start=2026-03-02T09:00:00+03:00,rate=60",
	})
	got := map[string]any{
		"addr": c.Addr, "public": c.PublicURL, "data": c.DataDir, "database": string(c.DatabaseURL),
		"redis": string(c.RedisURL), "keys": len(c.SecretKeys), "first key": c.SecretKeys[0][0], "second key": c.SecretKeys[1][0],
		"admin": string(c.AdminKey), "smtp user": c.SMTP.User, "smtp password": string(c.SMTP.Password),
		"smtp": fmt.Sprint(c.SMTP.Host, " ", c.SMTP.Port, " ", c.SMTP.TLS), "from": c.MailFrom.Name + "|" + c.MailFrom.Address,
		"bot": string(c.Telegram.Token) + " " + c.Telegram.API.String(), "sms": fmt.Sprint(c.SMS.Provider, " ", c.SMS.Base, " ", c.SMS.Login, " ", string(c.SMS.Secret), " ", c.SMS.From, " ", c.SMS.Answers),
		"dkim": string(c.DKIM.Key) == strings.TrimSpace(dkim), "dkim name": c.DKIM.Selector + "@" + c.DKIM.Domain,
		"hosts": strings.Join(c.AllowPrivateHosts, " "), "proxies": strings.Join(c.TrustedProxies, " "),
		"files": string(c.FilesURL), "spool": c.SpoolMaxBytes, "concurrency": c.WorkerConcurrency, "migrate": c.AutoMigrate,
		"log": string(c.Log) + " " + c.LogLevel.String(), "metrics": c.MetricsAddr, "clock": c.Clock.String(), "embedded": c.EmbeddedQueue(),
	}
	want := map[string]any{
		"addr": "[::1]:0", "public": "https://Opendoor.example.com/door", "data": "/var/lib/opendoor", "database": "postgres://u:p%40ss@db/opendoor",
		"redis": "redis+sentinel://h:26379/0?master_name=main&addr=h2:26379", "keys": 2, "first key": byte(1), "second key": byte(32),
		"admin": "0123456789abcdef", "smtp user": "u@example.com", "smtp password": "p/ss",
		"smtp": "mail.example.com 587 require", "from": "Отдел заботы|care@example.com",
		"bot": "123456789:AAFsample-token-of-a-bot-that-is-none http://127.0.0.1:8081", "sms": "smsc http://127.0.0.1:8082 office p@ss EXAMPLE true",
		"dkim": true, "dkim name": "mail2026@example.com",
		"hosts": "localhost crm.office:8443 10.0.0.0/8 [::1]:80 ::1", "proxies": "10.0.0.0/8 192.0.2.7/32",
		"files": "s3://files?region=eu-central-1&endpoint=http://minio:9000", "spool": int64(1 << 20), "concurrency": 7, "migrate": false,
		"log": "json WARN", "metrics": "127.0.0.1:9090", "clock": "start=2026-03-02T09:00:00+03:00,rate=60", "embedded": false,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestPublicURLFollowsTheAddress(t *testing.T) {
	tests := map[string]struct {
		addr, public string
		listening    string
		want, wantAt string
	}{
		"one address":             {addr: "127.0.0.1:8080", listening: "127.0.0.1:8080", want: "http://127.0.0.1:8080", wantAt: "http://127.0.0.1:8080"},
		"every address":           {addr: "0.0.0.0:8080", listening: "0.0.0.0:8080", want: "http://localhost:8080", wantAt: "http://localhost:8080"},
		"every address, no host":  {addr: ":8080", listening: "[::]:8080", want: "http://localhost:8080", wantAt: "http://localhost:8080"},
		"a free port":             {addr: "127.0.0.1:0", listening: "127.0.0.1:41234", want: "", wantAt: "http://127.0.0.1:41234"},
		"a URL beside a free one": {addr: ":0", public: "https://o.example.com", listening: "[::]:41234", want: "https://o.example.com", wantAt: "https://o.example.com"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c := loaded(t, map[string]string{"OPENDOOR_ADDR": tt.addr, "OPENDOOR_PUBLIC_URL": tt.public})
			if c.PublicURL != tt.want {
				t.Errorf("public URL %q, want %q", c.PublicURL, tt.want)
			}
			at, err := net.ResolveTCPAddr("tcp", tt.listening)
			if err != nil {
				t.Fatal(err)
			}
			if got := c.PublicURLAt(at); got != tt.wantAt {
				t.Errorf("public URL of the listener %q, want %q", got, tt.wantAt)
			}
		})
	}
}

func TestAllMistakesAreReportedAtOnce(t *testing.T) {
	_, err := LoadEnviron([]string{
		"OPENDOOR_ADDR=8080",
		"OPENDOOR_WORKER_CONCURRENCY=many",
		"OPENDOOR_DATABASE_URL=mysql://root:hunter2@db/x",
		"OPENDOOR_AMIN_KEY=0123456789abcdef",
		"OPENDOOR_ADMIN_KEY=too short",
	})
	mistakes, ok := errors.AsType[Mistakes](err)
	if !ok || len(mistakes) != 5 {
		t.Fatalf("got %v, want five mistakes", err)
	}
	text := err.Error()
	for _, want := range []string{
		`OPENDOOR_ADDR is "8080", want a host and a port`,
		`OPENDOOR_WORKER_CONCURRENCY is "many", want a whole number from 1 to 1000`,
		`OPENDOOR_DATABASE_URL is "mysql://root:***@db/x", want postgres://`,
		`OPENDOOR_AMIN_KEY is no setting of opendoor, did you mean OPENDOOR_ADMIN_KEY?`,
		`OPENDOOR_ADMIN_KEY is "***", want at least 16 characters`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("want the line %q in\n%s", want, text)
		}
	}
	for _, secret := range []string{"hunter2", "too short"} {
		if strings.Contains(text, secret) {
			t.Errorf("%q is shown in\n%s", secret, text)
		}
	}
	if n := strings.Count(text, "\n"); n != 4 {
		t.Errorf("%d line breaks in five mistakes", n)
	}
}

func TestWrongValuesAreRefused(t *testing.T) {
	wrong := map[string][]string{
		"OPENDOOR_ADDR":                {"localhost", "1.2.3.4:99999", "a b:80", "host:-1", "host:http"},
		"OPENDOOR_PUBLIC_URL":          {"opendoor.example.com", "ftp://a", "https://", "https://u:p@a", "https://a?b=c", "https://a#b"},
		"OPENDOOR_DATABASE_URL":        {"sqlite://x", "host=db user=u", "postgres:x"},
		"OPENDOOR_REDIS_URL":           {"localhost:6379", "http://a", "redis://", "redis+sentinel://a:26379", "Embedded"},
		"OPENDOOR_SECRET_KEY":          {"short", key1[:40], key1 + "," + key1, strings.Repeat("A", 43), ","},
		"OPENDOOR_ADMIN_KEY":           {"0123456789abcde", "0123456789\tabcdef", "the output of: openssl rand -hex 32"},
		"OPENDOOR_SMTP_URL":            {"mail.example.com:25", "smtp://", "smtp://a?tls=maybe", "smtps://a?tls=none", "smtp://a/x", "smtp://a?x=1", "smtp://a:0"},
		"OPENDOOR_MAIL_FROM":           {"nobody", "a@b, c@d", "a@b\r\nBcc: c@d"},
		"OPENDOOR_INBOX_URL":           {"mail.example.com:25", "http://127.0.0.1:25", "lmtp://"},
		"OPENDOOR_INBOX_ADDRESS":       {"nobody", "a@b, c@d", "a@b\r\nBcc: c@d"},
		"OPENDOOR_TELEGRAM_TOKEN":      {"token", "123456789", "123456789:short", "abc:AAFsample-token-of-a-bot-that-is-none"},
		"OPENDOOR_TELEGRAM_API_URL":    {"api.telegram.org", "ftp://a", "https://", "https://u:p@a", "https://a?b=c"},
		"OPENDOOR_SMS_URL":             {"smsc.ru", "smsc://smsc.ru", "smsc://login@smsc.ru", "smsru://id:password@sms.ru", "smsru://id@sms.ru?answers=on", "smsc://l:p@smsc.ru?answers=maybe", "smsc://l:p@smsc.ru?x=1", "twilio://l:p@a", "smsc://l:p@smsc.ru/x"},
		"OPENDOOR_ADMIN_MAIL":          {"admin", "a@b, c@d", "a@b\r\nBcc: c@d"},
		"OPENDOOR_DKIM_KEY":            {"key", pemOf(t, "RSA, public"), pemOf(t, "RSA 512"), pemOf(t, "RSA 512, old form"), pemOf(t, "ECDSA")},
		"OPENDOOR_DKIM_DOMAIN":         {"-a", "a b", "https://a"},
		"OPENDOOR_DKIM_SELECTOR":       {"a_b", "a b", "."},
		"OPENDOOR_ALLOW_PRIVATE_HOSTS": {"http://a", "a b", "10.0.0.0/33", "a:0", "*.a"},
		"OPENDOOR_TRUSTED_PROXIES":     {"proxy", "10.0.0.0/40"},
		"OPENDOOR_FILES_URL":           {"files", "file://", "s3://", "gs://a"},
		"OPENDOOR_UPLOAD_MAX_MB":       {"0", "-1", "4G"},
		"OPENDOOR_CLAMD_URL":           {"clamd", "unix://", "http://clamd"},
		"OPENDOOR_SPOOL_MAX_MB":        {"0", "-1", "1.5", "256M", "99999999999999999999"},
		"OPENDOOR_WORKER_CONCURRENCY":  {"0", "1001", "0x10"},
		"OPENDOOR_RETENTION_MONTHS":    {"-1", "1201", "two years"},
		"OPENDOOR_RETENTION_BODY_DAYS": {"-1", "36501", "1y"},
		"OPENDOOR_AUTO_MIGRATE":        {"yes", "2"},
		"OPENDOOR_LOG":                 {"JSON", "xml"},
		"OPENDOOR_LOG_LEVEL":           {"trace", "info+2"},
		"OPENDOOR_METRICS_ADDR":        {"9090"},
		"OPENDOOR_CLOCK":               {"2026-03-02", "start=2026-03-02", "rate=0", "rate=-1", "rate=NaN", "rate=2e6", "rate=1,rate=2", "speed=1", "start=2026-03-02T09:00:00Z;rate=60"},
		"OPENDOOR_CONFIG":              {"/nowhere/opendoor.yaml"},
	}
	for _, s := range Settings {
		if s.Name == "OPENDOOR_DATA_DIR" {
			continue // any name may be a folder's
		}
		if len(wrong[s.Name]) == 0 {
			t.Errorf("no wrong value of %s is tried", s.Name)
		}
		for i, value := range wrong[s.Name] {
			t.Run(fmt.Sprint(s.Name, i), func(t *testing.T) {
				_, err := LoadEnviron([]string{s.Name + "=" + value})
				mistakes, _ := errors.AsType[Mistakes](err)
				if !mistakes.about(s.Name) {
					t.Fatalf("%q is taken: %v", value, err)
				}
				if s.Secret && s.show == nil && mistakes[0].Value != mask {
					t.Errorf("a secret is shown: %v", err)
				}
			})
		}
	}
}

func TestMissingPartsAreMistakes(t *testing.T) {
	tests := map[string]struct {
		env  map[string]string
		want string
	}{
		"PostgreSQL without a key": {
			env:  map[string]string{"OPENDOOR_DATABASE_URL": "postgres://db/x"},
			want: "OPENDOOR_SECRET_KEY is not set, want the same key for every process",
		},
		"PostgreSQL with a wrong key is one mistake": {
			env:  map[string]string{"OPENDOOR_DATABASE_URL": "postgres://db/x", "OPENDOOR_SECRET_KEY": "short"},
			want: `OPENDOOR_SECRET_KEY is "***", want base64 of 32 bytes`,
		},
		"DKIM without a key": {
			env:  map[string]string{"OPENDOOR_DKIM_DOMAIN": "example.com", "OPENDOOR_DKIM_SELECTOR": "a"},
			want: "OPENDOOR_DKIM_KEY is not set, want all three",
		},
		"a name too far from any": {
			env:  map[string]string{"OPENDOOR_KITTENS": "1"},
			want: "OPENDOOR_KITTENS is no setting of opendoor",
		},
		"a beginning of a name": {
			env:  map[string]string{"OPENDOOR_SMTP": "1"},
			want: "OPENDOOR_SMTP is no setting of opendoor, did you mean OPENDOOR_SMTP_URL?",
		},
		"a file of an unknown name": {
			env:  map[string]string{"OPENDOOR_SECRTE_KEY_FILE": "1"},
			want: "OPENDOOR_SECRTE_KEY_FILE is no setting of opendoor, did you mean OPENDOOR_SECRET_KEY_FILE?",
		},
		"the settings' file is no secret": {
			env:  map[string]string{"OPENDOOR_CONFIG_FILE": "/etc/opendoor.yaml"},
			want: "OPENDOOR_CONFIG_FILE is no setting of opendoor, did you mean OPENDOOR_CONFIG?",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := LoadEnviron(environ(tt.env))
			if err == nil || !strings.HasPrefix(err.Error(), tt.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("got %v, want the one line %q", err, tt.want)
			}
		})
	}
}

func TestNamesOfOthersAreLeftAlone(t *testing.T) {
	loaded(t, map[string]string{
		"OPENDOOR_FAILPOINT":                  "spool",
		"OPENDOOR_TEST_POSTGRES":              "postgres://x",
		"OPENDOOR_SERVICE_HOST":               "10.0.0.1", // Kubernetes
		"OPENDOOR_SERVICE_PORT":               "80",
		"OPENDOOR_SERVICE_PORT_HTTP":          "80",
		"OPENDOOR_PORT":                       "tcp://10.0.0.1:80",
		"OPENDOOR_PORT_80_TCP":                "tcp://10.0.0.1:80",
		"OPENDOOR_API_PORT_80_TCP_ADDR":       "10.0.0.1",
		"OPENDOOR_API_SERVICE_PORT_HTTP_MAIN": "80",
		"OPENDOORS":                           "3",
		"PATH":                                "/bin",
	})
	if _, err := LoadEnviron([]string{"OPENDOOR_SMTP_PORT=25"}); err == nil {
		t.Error("OPENDOOR_SMTP_PORT=25 is taken for a name of Kubernetes")
	}
}

func TestAnEmptyValueIsNoValue(t *testing.T) {
	if c := loaded(t, map[string]string{"OPENDOOR_ADDR": "", "OPENDOOR_SMTP_URL": " "}); c.Addr != "127.0.0.1:8080" || c.SMTP.Host != "" {
		t.Errorf("address %q, mail server %q", c.Addr, c.SMTP.Host)
	}
}

func TestMaskedSaysWhatIsAndWhatHappensInstead(t *testing.T) {
	c := loaded(t, map[string]string{
		"OPENDOOR_DATABASE_URL": "postgres://opendoor:hunter2@db/x?sslpassword=hunter2&sslmode=require",
		"OPENDOOR_REDIS_URL":    "redis://:hunter2@redis:6379/0",
		"OPENDOOR_SMTP_URL":     "smtps://u:hunter2@mail.example.com",
		"OPENDOOR_SECRET_KEY":   key1,
		"OPENDOOR_ADMIN_KEY":    "hunter2hunter2hunter2",
	})
	got := map[string]string{}
	for _, row := range c.Masked() {
		got[row[0]] = row[1]
	}
	if len(got) != len(Settings) {
		t.Errorf("%d rows of %d settings", len(got), len(Settings))
	}
	for name, want := range map[string]string{
		"OPENDOOR_DATABASE_URL": "postgres://opendoor:***@db/x?sslmode=require&sslpassword=***",
		"OPENDOOR_REDIS_URL":    "redis://:***@redis:6379/0",
		"OPENDOOR_SMTP_URL":     "smtps://u:***@mail.example.com",
		"OPENDOOR_SECRET_KEY":   "***",
		"OPENDOOR_ADMIN_KEY":    "***",
		"OPENDOOR_ADDR":         "127.0.0.1:8080",
		"OPENDOOR_FILES_URL":    "(file://DATA_DIR/files)",
		"OPENDOOR_CONFIG":       "(none)",
	} {
		if got[name] != want {
			t.Errorf("%s is shown as %q, want %q", name, got[name], want)
		}
	}
	shown := []string{fmt.Sprint(c.Masked())}
	for _, verb := range []string{"%v", "%+v", "%#v", "%q", "%x"} {
		shown = append(shown, fmt.Sprintf(verb, c))
	}
	for _, text := range shown {
		if strings.Contains(text, "hunter2") || strings.Contains(text, key1) || strings.Contains(text, "68756e74657232") {
			t.Errorf("a secret is shown: %s", text)
		}
	}
}

func TestEnvExampleListsEverySetting(t *testing.T) {
	const path = "../opendoor.env.example"
	want := envExample()
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("%s differs from the table of settings (make docs rewrites it):\n%s", path, diff)
	}
}

func envExample() string {
	var b strings.Builder
	b.WriteString(`# Settings of opendoor. Made from config/settings.go by make docs; do not edit.
#
# Each can also be given as NAME_FILE, the name of a file that holds the value,
# and as a key of the YAML file that OPENDOOR_CONFIG names. The environment wins.
# Wrong values and unknown names stop the start, all reported at once.
`)
	for _, s := range Settings {
		b.WriteString("\n")
		for line := range strings.Lines(s.Help) {
			b.WriteString("# " + strings.TrimSuffix(line, "\n") + "\n")
		}
		otherwise := s.Default
		if otherwise == "" {
			otherwise = s.Otherwise
		}
		fmt.Fprintf(&b, "#   type:    %s\n#   default: %s\n#   example: %s\n#%s=%s\n", s.Type, otherwise, s.Example, s.Name, s.Default)
	}
	return b.String()
}

func TestExamplesAndDefaultsAreRight(t *testing.T) {
	env := map[string]string{}
	for _, s := range Settings {
		if s.Help == "" || s.Type == "" || s.Example == "" || (s.Default == "") == (s.Otherwise == "") {
			t.Errorf("%s is not described whole: %+v", s.Name, s)
		}
		if !strings.HasPrefix(s.Example, "the output of: ") && s.Name != configFile {
			env[s.Name] = s.Example
		}
	}
	env["OPENDOOR_SECRET_KEY"] = key1
	env["OPENDOOR_DKIM_KEY"] = pemOf(t, "RSA 2048")
	loaded(t, env)
}

// pemOf makes a private key of a kind as openssl would write it.
func pemOf(t *testing.T, kind string) string {
	t.Helper()
	// Go makes no RSA key that is too short for DKIM otherwise.
	t.Setenv("GODEBUG", "rsa1024min=0")
	rsaKey := func(bits int) *rsa.PrivateKey {
		key, err := rsa.GenerateKey(rand.Reader, bits)
		if err != nil {
			t.Fatal(err)
		}
		return key
	}
	var private any
	switch kind {
	case "RSA 2048":
		private = rsaKey(2048)
	case "RSA 512":
		private = rsaKey(512)
	case "RSA 1024, old form":
		return encodePEM("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(rsaKey(1024)))
	case "RSA 512, old form":
		return encodePEM("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(rsaKey(512)))
	case "RSA, public":
		return encodePEM("RSA PUBLIC KEY", x509.MarshalPKCS1PublicKey(&rsaKey(1024).PublicKey))
	case "Ed25519":
		_, private, _ = ed25519.GenerateKey(rand.Reader)
	case "ECDSA":
		private, _ = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	default:
		t.Fatalf("no key of kind %s", kind)
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return encodePEM("PRIVATE KEY", der)
}

func encodePEM(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

func TestDKIMTakesTheKeysOfItsRFCs(t *testing.T) {
	for _, kind := range []string{"RSA 2048", "RSA 1024, old form", "Ed25519"} {
		t.Run(kind, func(t *testing.T) {
			if _, err := parseDKIMKey(pemOf(t, kind)); err != nil {
				t.Error(err)
			}
		})
	}
}
