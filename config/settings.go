package config

import (
	"errors"
	"net/mail"
	"path/filepath"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Setting describes one setting. The table Settings drives loading, the
// messages about mistakes, opendoor.env.example and the print of doctor.
type Setting struct {
	Name      string // the environment's name
	Type      string // what a value looks like
	Default   string // the value when nothing is set
	Otherwise string // what happens instead, when there is no Default
	Example   string // a value, or for keys how to make one
	Help      string // what it is for
	Secret    bool   // the value is never shown

	// show makes a value fit to be shown; nil shows it as it is.
	show func(string) string
	// set reads a value into the configuration. Its error says what would be
	// right, after "want", and never repeats the value.
	set func(c *Config, value string) error
}

// maxConcurrency keeps a slip of the keyboard from starting more workers than
// a database has connections for, by far.
const maxConcurrency = 1000

// Settings lists every setting, in the order of opendoor.env.example.
//
//nolint:gosec // G101: the password of an example is none
var Settings = []Setting{
	{
		Name: "OPENDOOR_ADDR", Type: "host:port", Default: "127.0.0.1:8080", Example: "0.0.0.0:8080",
		Help: "HTTP listen address. Port 0 picks a free one, printed at start as \"listening on http://…\".",
		set:  func(c *Config, v string) error { return setAddress(&c.Addr, v) },
	},
	{
		Name: "OPENDOOR_PUBLIC_URL", Type: "URL", Otherwise: "http:// + address", Example: "https://opendoor.example.com",
		Help: "Base of every link in letters and of hook addresses, as clients and CRMs reach it.",
		set:  setPublicURL,
	},
	{
		Name: "OPENDOOR_DATA_DIR", Type: "folder", Default: "./data", Example: "/var/lib/opendoor",
		Help: "SQLite file, stored files, spool of webhooks, generated key.",
		set:  func(c *Config, v string) error { c.DataDir = filepath.Clean(v); return nil },
	},
	{
		Name: "OPENDOOR_DATABASE_URL", Type: "URL", Otherwise: "SQLite in the data dir", Example: "postgres://opendoor:password@db:5432/opendoor?sslmode=require",
		Help: "PostgreSQL database. With it OPENDOOR_SECRET_KEY is required.", Secret: true, show: maskURL,
		set: func(c *Config, v string) error {
			if !hasScheme(v, "postgres", "postgresql") {
				return errors.New("postgres://user:password@host:port/database, with special characters of the password percent-encoded")
			}
			c.DatabaseURL = Secret(v)
			return nil
		},
	},
	{
		Name: "OPENDOOR_REDIS_URL", Type: "embedded or URL", Default: embeddedRedis, Example: "redis://redis:6379/0",
		Help: "Queue. \"embedded\" lives inside the process, for serve and demo only. Else redis://, rediss://,\nredis+sentinel://host:26379/0?master_name=M&addr=host2:26379 or redis+cluster://host:6379?addr=host2:6379.",
		// "embedded" is no URL but nothing to hide either.
		Secret: true, show: func(v string) string {
			if v == embeddedRedis {
				return v
			}
			return maskURL(v)
		},
		set: setRedisURL,
	},
	{
		Name: "OPENDOOR_SECRET_KEY", Type: "base64 of 32 bytes, comma separated", Otherwise: "made once in the data dir, readable for its owner only", Example: "the output of: openssl rand -base64 32",
		Help: "Encrypts CRM tokens and signs links. Several keys, newest first, while one replaces another.\nRequired when the database is PostgreSQL: all processes need the same.", Secret: true,
		set: func(c *Config, v string) (err error) { c.SecretKeys, err = parseKeys(v); return err },
	},
	{
		Name: "OPENDOOR_ADMIN_KEY", Type: "text of 16 characters or more", Otherwise: "none", Example: "the output of: openssl rand -hex 32",
		Help: "An API key with role admin that exists from the start.", Secret: true,
		set: func(c *Config, v string) error {
			// A header carries it, so no control characters.
			if utf8.RuneCountInString(v) < 16 || strings.ContainsFunc(v, unicode.IsControl) || strings.Contains(v, "openssl") {
				return errors.New("at least 16 characters, such as the output of: openssl rand -hex 32")
			}
			c.AdminKey = Secret(v)
			return nil
		},
	},
	{
		Name: "OPENDOOR_SMTP_URL", Type: "URL", Otherwise: "none: letters are written to DATA_DIR/outbox", Example: "smtp://opendoor:password@mail.example.com:587?tls=require",
		Help: "Mail server. smtp:// uses STARTTLS when offered; ?tls=require insists on it, ?tls=none forbids it;\nsmtps:// is encrypted from the first byte.", Secret: true, show: maskURL,
		set: func(c *Config, v string) (err error) { c.SMTP, err = parseSMTP(v); return err },
	},
	{
		Name: "OPENDOOR_MAIL_FROM", Type: "mail address", Default: "opendoor@localhost", Example: "Opendoor <service@example.com>",
		Help: "Sender of letters when the account has none.",
		set: func(c *Config, v string) error {
			from, err := mail.ParseAddress(v)
			if err != nil {
				return errors.New("one mail address, such as service@example.com or Name <service@example.com>")
			}
			c.MailFrom = *from
			return nil
		},
	},
	{
		Name: "OPENDOOR_ADMIN_MAIL", Type: "mail address", Otherwise: "none: problems are shown by the API and doctor only", Example: "admin@example.com",
		Help: "Who is written to when a connection needs a person: one mail per problem, repeated once a day at most.",
		set: func(c *Config, v string) error {
			to, err := mail.ParseAddress(v)
			if err != nil {
				return errors.New("one mail address, such as admin@example.com")
			}
			c.AdminMail = to.Address
			return nil
		},
	},
	{
		Name: "OPENDOOR_DKIM_KEY", Type: "PEM", Otherwise: "none: letters are not signed by us", Example: "the output of: openssl genrsa 2048",
		Help: "Private key, RSA or Ed25519, that signs letters. Needs the next two as well; best set as OPENDOOR_DKIM_KEY_FILE.", Secret: true,
		set: func(c *Config, v string) (err error) { c.DKIM.Key, err = parseDKIMKey(v); return err },
	},
	{
		Name: "OPENDOOR_DKIM_DOMAIN", Type: "domain", Otherwise: "none", Example: "example.com",
		Help: "Domain that signs letters.",
		set: func(c *Config, v string) error {
			if !domainName.MatchString(v) {
				return errors.New("a domain, such as example.com")
			}
			c.DKIM.Domain = strings.ToLower(v)
			return nil
		},
	},
	{
		Name: "OPENDOOR_DKIM_SELECTOR", Type: "name", Otherwise: "none", Example: "opendoor",
		Help: "Selector under which the public key stands: SELECTOR._domainkey.DOMAIN.",
		set: func(c *Config, v string) error {
			if !domainName.MatchString(v) {
				return errors.New("letters, digits and hyphens, such as opendoor or mail2026")
			}
			c.DKIM.Selector = v
			return nil
		},
	},
	{
		Name: "OPENDOOR_INBOX_URL", Type: "URL", Otherwise: "none: answers and bounces are not taken in", Example: "lmtp://127.0.0.1:2424",
		Help: "Where to listen for mail that your mail server hands over: lmtp://HOST:PORT, lmtp:///PATH/OF/SOCKET or\nsmtp://HOST:PORT. Whoever reaches it may deliver, so keep it private. Needs the next one as well.",
		set:  func(c *Config, v string) (err error) { c.InboxURL, err = parseInbox(v); return err },
	},
	{
		Name: "OPENDOOR_INBOX_ADDRESS", Type: "mail address", Otherwise: "none", Example: "care@in.example.com",
		Help: "Address whose mail, care+ANYTHING@in.example.com included, is handed to the inbox.",
		set: func(c *Config, v string) error {
			a, err := mail.ParseAddress(v)
			if err != nil || a.Address != v || strings.Contains(v, "+") || strings.IndexByte(v, '@') > 20 {
				return errors.New("one plain mail address with at most 20 characters before the @, such as care@in.example.com")
			}
			c.InboxAddress = v
			return nil
		},
	},
	{
		Name: "OPENDOOR_TELEGRAM_TOKEN", Type: "token", Otherwise: "none: nobody is written to by Telegram", Example: "123456789:AAFsample-token-of-a-bot-that-is-none",
		Help: "Token of the company's Telegram bot. Clients open a chat with it by a link; plans may write to them there.", Secret: true,
		set: func(c *Config, v string) (err error) { c.Telegram.Token, err = parseBotToken(v); return err },
	},
	{
		Name: "OPENDOOR_TELEGRAM_API_URL", Type: "URL", Otherwise: "https://api.telegram.org", Example: "https://bot-api.example.com",
		Help: "Where the Bot API answers, when it is not Telegram itself: a Bot API server of one's own.",
		set:  func(c *Config, v string) (err error) { c.Telegram.API, err = parseAPIURL(v); return err },
	},
	{
		Name: "OPENDOOR_SMS_URL", Type: "URL", Otherwise: "none: nobody gets text messages", Example: "smsc://login:password@smsc.ru?sender=EXAMPLE",
		Help: "Provider of text messages: smsc://login:password@smsc.ru or smsru://api_id@sms.ru, ?sender=NAME as agreed with it.\nWith smsc and &answers=on people can answer, and a stop by answer is heard.", Secret: true, show: maskSMS,
		set: func(c *Config, v string) (err error) { c.SMS, err = parseSMS(v); return err },
	},
	{
		Name: "OPENDOOR_ALLOW_PRIVATE_HOSTS", Type: "hosts, host:port or CIDRs, comma separated", Otherwise: "none", Example: "crm.office.example.com,10.1.0.0/16",
		Help: "Loopback or private hosts that outgoing calls may reach. For them http and any port are allowed too.",
		set:  func(c *Config, v string) (err error) { c.AllowPrivateHosts, err = parseHosts(v); return err },
	},
	{
		Name: "OPENDOOR_TRUSTED_PROXIES", Type: "addresses or CIDRs, comma separated", Otherwise: "none", Example: "10.0.0.0/8",
		Help: "Reverse proxies whose X-Forwarded-For is believed.",
		set:  func(c *Config, v string) (err error) { c.TrustedProxies, err = parsePrefixes(v); return err },
	},
	{
		Name: "OPENDOOR_FILES_URL", Type: "URL", Otherwise: "file://DATA_DIR/files", Example: "s3://opendoor-files?region=eu-central-1",
		Help: "Store of files: file://FOLDER or s3://BUCKET?region=…&endpoint=….", Secret: true, show: maskURL,
		set: setFilesURL,
	},
	{
		Name: "OPENDOOR_UPLOAD_MAX_MB", Type: "number", Default: "4096", Example: "10240",
		Help: "Megabytes (2^20 bytes) that one uploaded file may have.",
		set: func(c *Config, v string) error {
			mb, err := parseInt(v, 1, 1<<20)
			c.UploadMax = int64(mb) << 20
			return err
		},
	},
	{
		Name: "OPENDOOR_CLAMD_URL", Type: "URL", Otherwise: "none: files are not scanned", Example: "unix:///run/clamav/clamd.ctl",
		Help: "Socket of a ClamAV daemon that looks into every uploaded file: unix:///PATH or tcp://HOST:PORT.",
		set: func(c *Config, v string) error {
			if kind, place, ok := strings.Cut(v, "://"); !ok || place == "" || kind != "unix" && kind != "tcp" {
				return errors.New("unix:///PATH or tcp://HOST:PORT")
			}
			c.Clamd = v
			return nil
		},
	},
	{
		Name: "OPENDOOR_RETENTION_MONTHS", Type: "number", Default: "24", Example: "36",
		Help: "Months after which a case that is over and that nothing has happened to is made anonymous; 0: never. `opendoor retention --dry-run` counts.",
		set: func(c *Config, v string) error {
			n, err := parseInt(v, 0, 1200)
			c.RetentionMonths = n
			return err
		},
	},
	{
		Name: "OPENDOOR_RETENTION_BODY_DAYS", Type: "number", Default: "365", Example: "90",
		Help: "Days for which the raw bodies of webhooks are kept once they are read; 0: for ever.",
		set: func(c *Config, v string) error {
			n, err := parseInt(v, 0, 36500)
			c.RetentionBodyDays = n
			return err
		},
	},
	{
		Name: "OPENDOOR_SPOOL_MAX_MB", Type: "number", Default: "256", Example: "1024",
		Help: "Megabytes (2^20 bytes) of webhooks kept on disk in the data dir while the database is slow or away.",
		set: func(c *Config, v string) error {
			mb, err := parseInt(v, 1, 1<<20)
			c.SpoolMaxBytes = int64(mb) << 20
			return err
		},
	},
	{
		Name: "OPENDOOR_WORKER_CONCURRENCY", Type: "number", Default: "20", Example: "50",
		Help: "How many tasks a process works on at once.",
		set: func(c *Config, v string) (err error) {
			c.WorkerConcurrency, err = parseInt(v, 1, maxConcurrency)
			return err
		},
	},
	{
		Name: "OPENDOOR_AUTO_MIGRATE", Type: "true or false", Default: "true", Example: "false",
		Help: "Whether serve, api and worker bring the database's schema up to date at start.",
		set: func(c *Config, v string) (err error) {
			if c.AutoMigrate, err = strconv.ParseBool(strings.ToLower(v)); err != nil {
				return errors.New("true or false")
			}
			return nil
		},
	},
	{
		Name: "OPENDOOR_LOG", Type: "text or json", Default: string(LogText), Example: string(LogJSON),
		Help: "Form of the log.",
		set: func(c *Config, v string) error {
			c.Log = LogFormat(v)
			if c.Log != LogText && c.Log != LogJSON {
				return errors.New("text or json")
			}
			return nil
		},
	},
	{
		Name: "OPENDOOR_LOG_LEVEL", Type: "debug, info, warn or error", Default: "info", Example: "debug",
		Help: "The least important lines that are logged.",
		set: func(c *Config, v string) error {
			// slog would also read "info+2".
			if strings.ContainsAny(v, "+-") || c.LogLevel.UnmarshalText([]byte(v)) != nil {
				return errors.New("debug, info, warn or error")
			}
			return nil
		},
	},
	{
		Name: "OPENDOOR_METRICS_ADDR", Type: "host:port", Otherwise: "none: /metrics is answered on OPENDOOR_ADDR", Example: "127.0.0.1:9090",
		Help: "Listen address for /metrics alone.",
		set:  func(c *Config, v string) error { return setAddress(&c.MetricsAddr, v) },
	},
	{
		Name: "OPENDOOR_CLOCK", Type: "start=TIME,rate=N", Otherwise: "none: the real time", Example: "start=2026-03-02T09:00:00+03:00,rate=60",
		Help: "For trials and tests with serve and demo only: a clock that starts at TIME (RFC 3339) and runs N times as fast.",
		set:  func(c *Config, v string) (err error) { c.Clock, err = parseClock(v); return err },
	},
	{
		Name: configFile, Type: "file", Otherwise: "none", Example: "/etc/opendoor.yaml",
		Help: "YAML file with any of these settings, lower case and without OPENDOOR_: addr, public_url, … The environment wins.",
		set:  func(*Config, string) error { return nil }, // load has read it
	},
}

// shown is a value as it may be shown to anybody.
func (s Setting) shown(value string) string {
	switch {
	case value == "":
		return ""
	case s.show != nil:
		return s.show(value)
	case s.Secret:
		return mask
	}
	return value
}
