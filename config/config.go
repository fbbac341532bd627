// Package config reads opendoor's settings: from the environment, from files
// that NAME_FILE points to, and from an optional YAML file. Only cmd/opendoor
// imports it; everybody else is handed what they need.
//
// Read settings.go first: its table is the list of all settings and drives
// everything else.
package config

import (
	"cmp"
	"log/slog"
	"net"
	"net/mail"
	"net/url"
	"path/filepath"
	"strings"
)

//go:generate go test -run TestEnvExampleListsEverySetting -update .

// Config is what the settings say, checked. Values that may hold a password
// are of type Secret and do not show themselves; Masked is for people.
type Config struct {
	Addr        string // host:port to listen on
	MetricsAddr string // host:port for /metrics alone; empty: on Addr
	// PublicURL has no slash at its end. It is empty when it is to be made
	// from the address and the port is not known yet: see PublicURLAt.
	PublicURL string

	DataDir       string
	DatabaseURL   Secret // postgres://…; empty: SQLite in the data dir
	AutoMigrate   bool
	SpoolMaxBytes int64
	// After so many months a case that is over is made anonymous, after so many
	// days raw bodies are emptied; 0: never.
	RetentionMonths, RetentionBodyDays int

	FilesURL  Secret // file://FOLDER or s3://…
	UploadMax int64  // bytes of one uploaded file
	Clamd     string // unix:///PATH or tcp://HOST:PORT; empty: no virus scanner

	RedisURL          Secret // see EmbeddedQueue
	WorkerConcurrency int

	// SecretKeys, newest first, are empty when none are set; with SQLite
	// LoadOrCreateSecretKey has them then.
	SecretKeys Keys
	AdminKey   Secret // empty: none

	SMTP     SMTP
	MailFrom mail.Address
	// AdminMail is written to when a connection needs a person; empty: nobody is.
	AdminMail string
	DKIM      DKIM

	InboxURL     *url.URL // lmtp:// or smtp:// to listen on; nil: answers are not taken in
	InboxAddress string

	Telegram Telegram
	SMS      SMS

	AllowPrivateHosts []string // lower case; hosts, host:port and CIDRs
	TrustedProxies    []string // CIDRs

	Log      LogFormat
	LogLevel slog.Level
	Clock    Clock

	shown [][2]string // for Masked; holds no secret in clear
}

// LogFormat is the form of a log line.
type LogFormat string

// The forms of OPENDOOR_LOG.
const (
	LogText LogFormat = "text"
	LogJSON LogFormat = "json"
)

const embeddedRedis = "embedded"

// EmbeddedQueue tells whether the queue lives inside the process, so that
// api and worker could not meet.
func (c Config) EmbeddedQueue() bool { return c.RedisURL == embeddedRedis }

// SQLiteFile is the database's file when DatabaseURL is empty.
func (c Config) SQLiteFile() string { return filepath.Join(c.DataDir, "opendoor.db") }

// PublicURLAt is PublicURL or, when none is set, the URL of the address that
// the process really listens on.
func (c Config) PublicURLAt(listening net.Addr) string {
	return cmp.Or(c.PublicURL, urlOfAddress(listening.String()))
}

// urlOfAddress makes http://host:port of a listen address; one that listens
// on every address is reached at localhost. It is empty while the port is
// not known.
func urlOfAddress(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if err != nil || strings.Trim(port, "0") == "" {
		return ""
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, port)
}

// Masked lists every setting and its value, fit to be shown: secrets are
// masked, what is not set says what happens instead.
func (c Config) Masked() [][2]string { return append([][2]string(nil), c.shown...) }

// Load reads every setting through lookup, which answers like os.LookupEnv,
// and returns every mistake at once, as Mistakes. An empty value is no value.
func Load(lookup func(string) (string, bool)) (Config, error) {
	return load(lookup, nil)
}

// LoadEnviron is Load for an environment like that of os.Environ. It sees
// unknown OPENDOOR_ names as well, which are mistakes too.
func LoadEnviron(environ []string) (Config, error) {
	env := make(map[string]string, len(environ))
	for _, pair := range environ {
		name, value, _ := strings.Cut(pair, "=")
		env[name] = value
	}
	lookup := func(name string) (string, bool) { v, ok := env[name]; return v, ok }
	return load(lookup, unknownNames(env))
}

func load(lookup func(string) (string, bool), mistakes Mistakes) (Config, error) {
	var c Config
	from, wrong := newSources(lookup)
	mistakes = append(mistakes, wrong...)
	for _, s := range Settings {
		value, source, problem := from.find(s.Name)
		value = cmp.Or(value, s.Default)
		switch {
		case problem != "":
			mistakes = append(mistakes, Mistake{Name: s.Name, Problem: problem})
		case value != "":
			if err := s.set(&c, value); err != nil {
				mistakes = append(mistakes, Mistake{
					Name: s.Name, Source: source, Value: s.shown(value), Problem: "want " + err.Error(),
				})
			}
		}
		c.shown = append(c.shown, [2]string{s.Name, cmp.Or(s.shown(value), "("+s.Otherwise+")")})
	}
	mistakes = append(mistakes, c.contradictions(mistakes)...)
	if len(mistakes) > 0 {
		return Config{}, mistakes
	}
	c.PublicURL = cmp.Or(c.PublicURL, urlOfAddress(c.Addr))
	c.FilesURL = cmp.Or(c.FilesURL, Secret("file://"+filepath.ToSlash(filepath.Join(c.DataDir, "files"))))
	return c, nil
}

// contradictions are mistakes between settings. A setting that is wrong by
// itself, and so among known, is not blamed for missing as well.
func (c Config) contradictions(known Mistakes) Mistakes {
	var found Mistakes
	missing := func(name, problem string) {
		if !known.about(name) {
			found = append(found, Mistake{Name: name, Problem: "is not set, want " + problem})
		}
	}
	if c.DatabaseURL != "" && len(c.SecretKeys) == 0 {
		missing("OPENDOOR_SECRET_KEY", "the same key for every process when the database is PostgreSQL: openssl rand -base64 32")
	}
	if c.DKIM != (DKIM{}) {
		for _, part := range []struct{ name, value string }{
			{"OPENDOOR_DKIM_KEY", string(c.DKIM.Key)},
			{"OPENDOOR_DKIM_DOMAIN", c.DKIM.Domain},
			{"OPENDOOR_DKIM_SELECTOR", c.DKIM.Selector},
		} {
			if part.value == "" {
				missing(part.name, "all three of OPENDOOR_DKIM_KEY, _DOMAIN and _SELECTOR, or none")
			}
		}
	}
	if (c.InboxURL == nil) != (c.InboxAddress == "") {
		missing(map[bool]string{true: "OPENDOOR_INBOX_URL", false: "OPENDOOR_INBOX_ADDRESS"}[c.InboxURL == nil], "both of OPENDOOR_INBOX_URL and _ADDRESS, or none")
	}
	return found
}
