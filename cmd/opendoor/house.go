package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/redis/go-redis/v9"

	"opendoor/api"
	"opendoor/config"
	"opendoor/documents"
	"opendoor/integrations/amocrm"
	"opendoor/integrations/bitrix24"
	"opendoor/integrations/generic"
	"opendoor/integrations/outbound"
	"opendoor/integrations/sms"
	"opendoor/integrations/smtp"
	"opendoor/integrations/telegram"
	"opendoor/letters"
	"opendoor/offboarding"
	"opendoor/store"
	"opendoor/store/files"
	"opendoor/store/journal"
	"opendoor/store/spool"
	"opendoor/worker"
)

// house is everything wired together; commands take from it what they need.
type house struct {
	cfg        config.Config
	log        *slog.Logger
	clock      offboarding.Clock
	publicURL  string
	masters    [][]byte
	keys       *offboarding.Keys
	store      *store.Store
	redis      *worker.Redis
	bell       *worker.Bell
	connectors offboarding.Connectors
	keeper     *offboarding.Keeper
	consent    *offboarding.Consent
	results    offboarding.Results
	mapper     offboarding.Mapper
	outbound   *outbound.Client
	mailer     mailer
	ways       offboarding.Ways // beside e-mail
	bot        *telegram.Bot    // nil: none is set
	sms        *sms.Sender      // nil: none is set
	letters    *letters.Writer
	metrics    *prometheus.Registry
	directory  *offboarding.Directory
	uploads    offboarding.Uploads
	watch      *worker.ClockWatch // nil under OPENDOOR_CLOCK
	closers    []func() error
}

// mailer is a Mailer that doctor can try.
type mailer interface {
	offboarding.Mailer
	Check(ctx context.Context) error
	Close() error
}

// load reads the settings and opens the log.
func (e *env) load() (config.Config, *slog.Logger, error) {
	cfg, err := config.LoadEnviron(e.environ)
	if err != nil {
		return cfg, nil, err
	}
	return cfg, newLog(e.err, cfg), nil
}

func newLog(w io.Writer, cfg config.Config) *slog.Logger {
	opt := &slog.HandlerOptions{Level: cfg.LogLevel}
	if cfg.Log == config.LogJSON {
		return slog.New(slog.NewJSONHandler(w, opt))
	}
	return slog.New(slog.NewTextHandler(w, opt))
}

func clockOf(c config.Clock) offboarding.Clock {
	if c.IsZero() {
		return offboarding.RealClock()
	}
	rate := c.Rate
	if rate == 0 {
		rate = 1
	}
	return offboarding.Clock{Now: c.Now(), Wall: time.Now, Rate: rate}
}

// openStore opens the database with the keys that encrypt what it holds.
func openStore(ctx context.Context, cfg config.Config, clock offboarding.Clock, log *slog.Logger) (*store.Store, [][]byte, error) {
	masters := [][]byte(cfg.SecretKeys)
	if len(masters) == 0 {
		keys, err := config.LoadOrCreateSecretKey(cfg.DataDir)
		if err != nil {
			return nil, nil, err
		}
		masters = keys
	}
	s, err := store.Open(ctx, store.Options{
		URL: string(cfg.DatabaseURL), DataDir: cfg.DataDir, Keys: masters, Log: log, Now: clock.Now, Wall: clock.Wall,
	})
	return s, masters, err
}

// openHouse wires everything by hand. The schema is brought up to date unless
// that is switched off.
func openHouse(ctx context.Context, cfg config.Config, log *slog.Logger, publicURL string) (_ *house, err error) {
	h := &house{cfg: cfg, log: log, clock: clockOf(cfg.Clock), publicURL: publicURL, bell: worker.NewBell(), metrics: prometheus.NewRegistry()}
	defer func() {
		if err != nil {
			h.close()
		}
	}()
	if !cfg.Clock.IsZero() {
		log.WarnContext(ctx, "THE CLOCK IS NOT REAL: due times, windows and dates follow OPENDOOR_CLOCK", "clock", cfg.Clock.String())
	}
	if h.store, h.masters, err = openStore(ctx, cfg, h.clock, log); err != nil {
		return nil, err
	}
	h.closers = append(h.closers, h.store.Close)
	if cfg.AutoMigrate {
		if err := h.store.Migrate(ctx); err != nil {
			return nil, err
		}
	}
	at, wanted, err := h.store.SchemaVersion(ctx)
	if err != nil {
		return nil, err
	}
	if at < wanted {
		return nil, fmt.Errorf("the schema is at version %d of %d: run `opendoor migrate up`", at, wanted)
	}
	stops, err := h.store.StopKey(ctx)
	if err != nil {
		return nil, err
	}
	if h.clock.Rate == 1 && cfg.Clock.IsZero() {
		h.watch = worker.NewClockWatch(h.store, log)
		h.clock.Now = h.watch.Now
	}
	redis.SetLogger(quietRedis{})
	if h.redis, err = worker.OpenRedis(string(cfg.RedisURL)); err != nil {
		return nil, err
	}
	h.closers = append(h.closers, h.redis.Close)
	h.keys = offboarding.NewKeys(h.masters, stops)
	if err := h.openOutside(); err != nil {
		return nil, err
	}
	if h.letters, err = letters.New(ownLetters(cfg.DataDir)); err != nil {
		return nil, err
	}
	if err := h.openFiles(); err != nil {
		return nil, err
	}
	h.directory = offboarding.NewDirectory(h.store, log)
	h.metrics.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), worker.NewCollector(h.store, h.clock, log), worker.NewProblemCollector(h.store, log))
	return h, nil
}

// openFiles opens the file store and what looks into uploads.
func (h *house) openFiles() error {
	kept, err := files.Open(string(h.cfg.FilesURL), files.SpoolIn(h.cfg.DataDir))
	if err != nil {
		return err
	}
	h.closers = append(h.closers, kept.Close)
	h.uploads = offboarding.Uploads{Files: kept, Most: h.cfg.UploadMax}
	if h.cfg.Clamd != "" {
		if h.uploads.Scan, err = files.NewClamd(h.cfg.Clamd); err != nil {
			return err
		}
	}
	return nil
}

// ownLetters is the folder of an operator's own texts, when there is one.
func ownLetters(dataDir string) string {
	dir := filepath.Join(dataDir, "letters")
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return ""
	}
	return dir
}

// openOutside makes everything that speaks to others. Nobody is called yet.
func (h *house) openOutside() error {
	client, err := outbound.New(outbound.Config{AllowPrivate: h.cfg.AllowPrivateHosts, UserAgent: "opendoor/" + version})
	if err != nil {
		return err
	}
	h.outbound = client
	h.closers = append(h.closers, func() error { client.Close(); return nil })
	limiter, breakers := outbound.NewLimiter(h.sharedRedis(), h.log), outbound.NewBreakers(h.log)
	grants, err := journal.Open(filepath.Join(h.cfg.DataDir, "grants"), h.masters)
	if err != nil {
		return err
	}
	h.keeper = offboarding.NewKeeper(h.store, h.store, grants, h.clock.Wall, h.log)
	signed := generic.New(client, breakers, h.clock.Wall)
	h.results, h.mapper = signed, signed
	h.connectors = offboarding.Connectors{
		offboarding.AmoCRM: amocrm.New(amocrm.Config{
			HTTP: client, Limiter: limiter, Breakers: breakers, Grants: h.keeper, Now: h.clock.Now, Wall: h.clock.Wall, Log: h.log, UserAgent: "opendoor/" + version,
		}),
		offboarding.Bitrix24: bitrix24.New(bitrix24.Config{HTTP: client, Limiter: limiter, Breakers: breakers, Grants: h.keeper, Wall: h.clock.Wall, Log: h.log, CardPage: h.cardPage}),
		offboarding.Generic:  signed,
	}
	h.consent = offboarding.NewConsent(h.store, h.keeper, h.connectors, h.keys, h.clock, h.log)
	if err := h.openWays(client, limiter, breakers); err != nil {
		return err
	}
	h.mailer, err = h.openMailer()
	if err != nil {
		return err
	}
	h.closers = append(h.closers, h.mailer.Close)
	return nil
}

// sharedRedis is the Redis through which processes share limits; one process
// alone keeps them itself, by a finer clock than the Redis inside it has.
func (h *house) sharedRedis() redis.UniversalClient {
	if h.redis.Inside() {
		return nil
	}
	return h.redis
}

// registrar forgets persons, also in the folder of letters that were sent to nobody.
func (h *house) registrar() *offboarding.Registrar {
	return offboarding.NewRegistrar(h.store, h.keys, h.clock.Now).Besides(smtp.Folder(filepath.Join(h.cfg.DataDir, "outbox")))
}

func (h *house) openMailer() (mailer, error) {
	s := h.cfg.SMTP
	if s.Host == "" {
		dir := filepath.Join(h.cfg.DataDir, "outbox")
		h.log.Warn("no mail server is set: letters are written to a folder and sent to nobody", "folder", dir)
		return smtp.NewOutbox(dir, h.clock.Now)
	}
	u := &url.URL{Scheme: "smtp", Host: net.JoinHostPort(s.Host, strconv.Itoa(s.Port))}
	switch s.TLS {
	case config.TLSImplicit:
		u.Scheme = "smtps"
	case config.TLSRequired, config.TLSNone:
		u.RawQuery = "tls=" + string(s.TLS)
	}
	if s.User != "" {
		u.User = url.UserPassword(s.User, string(s.Password))
	}
	cfg := smtp.Config{URL: u, Now: h.clock.Now, Log: h.log}
	if _, domain, ok := strings.Cut(h.cfg.MailFrom.Address, "@"); ok {
		cfg.Hello = domain
	}
	if d := h.cfg.DKIM; d.Key != "" {
		key, err := smtp.ParseDKIMKey([]byte(d.Key))
		if err != nil {
			return nil, err
		}
		cfg.DKIM = &smtp.DKIM{Domain: d.Domain, Selector: d.Selector, Key: key}
	}
	return smtp.New(cfg)
}

// close lets go of everything in reverse order.
func (h *house) close() {
	for _, v := range slices.Backward(h.closers) {
		if err := v(); err != nil {
			h.log.Warn("not closed cleanly", "err", err)
		}
	}
}

// quietRedis keeps go-redis from printing a line for every failed dial.
type quietRedis struct{}

func (quietRedis) Printf(context.Context, string, ...any) {}

// openWorker makes the half that does what is due.
func (h *house) openWorker() *worker.Worker {
	from := h.cfg.MailFrom.String()
	if h.cfg.MailFrom.Name == "" {
		from = h.cfg.MailFrom.Address
	}
	known := worker.Together(worker.Recent(h.store))
	return worker.New(worker.Config{
		Store: known, Redis: h.redis, Bell: h.bell, Clock: h.clock, Connectors: h.connectors, Concurrency: h.cfg.WorkerConcurrency, Log: h.log,
		Interpreter: offboarding.NewInterpreter(known, h.connectors, h.clock.Now, h.clock.Wall, h.log),
		Postman:     offboarding.NewPostman(known, h.letters, documents.Enclosing{Mailer: h.mailer, Store: known, Log: h.log}, h.keys, h.publicURL, from, h.clock.Now, h.log).AnswerTo(h.cfg.InboxAddress).Over(h.ways).AdminTo(h.cfg.AdminMail),
		Scribe:      offboarding.NewScribe(known, h.connectors, h.letters, h.results, h.publicURL, h.clock.Now, h.log).AdminTo(h.cfg.AdminMail),
		Timers:      offboarding.NewTimers(known, h.clock.Now),
		Learner:     offboarding.NewLearner(h.store, offboarding.NewDesk(h.store, h.keys, h.connectors, h.clock.Now, h.log), h.clock.Now, h.log),
		Carrier:     offboarding.NewCarrier(known, h.uploads, h.connectors, h.keys, h.publicURL, h.clock.Now, h.log),
		Archive:     offboarding.NewArchive(h.store, h.uploads, h.clock.Now, h.log),
		Registrar:   h.registrar(),
		Retention:   worker.Retention{Months: h.cfg.RetentionMonths, BodyDays: h.cfg.RetentionBodyDays},
		WinBack:     offboarding.NewWinBack(known, h.keys, h.clock.Now, h.log).Over(h.ways),
		Watchman: offboarding.NewWatchman(offboarding.WatchmanConfig{
			Store: known, Connectors: h.connectors, Keys: h.keys, PublicURL: strings.TrimRight(h.publicURL, "/"), Mailer: h.mailer,
			MailFrom: from, MailTo: h.cfg.AdminMail, Now: h.clock.Now, Wall: h.clock.Wall, Log: h.log,
		}),
		Packer: offboarding.NewPacker(known, h.uploads, documents.HandoverPapers{}, h.outbound, h.connectors, h.clock.Now, h.log),
	})
}

// openAPI makes the half that answers HTTP, and the intake that must run
// beside it.
func (h *house) openAPI(ctx context.Context) (*api.Server, *offboarding.Intake, error) {
	sp, err := spool.Open(spool.Options{Dir: filepath.Join(h.cfg.DataDir, "spool"), MaxBytes: h.cfg.SpoolMaxBytes, Keys: h.masters, Log: h.log})
	if err != nil {
		return nil, nil, err
	}
	h.closers = append(h.closers, sp.Close)
	intake := offboarding.NewIntake(h.store, sp, h.bell.Inbox(), h.clock.Now, h.log)
	schema, _, err := h.store.SchemaVersion(ctx)
	if err != nil {
		return nil, nil, err
	}
	srv, err := api.New(api.Config{
		Store: h.store, Keys: h.keys, Directory: h.directory, Connectors: h.connectors, Intake: intake, Bell: h.bell, Clock: h.clock,
		Consent: h.consent, Keeper: h.keeper, WinBack: offboarding.NewWinBack(h.store, h.keys, h.clock.Now, h.log),
		Desk:      offboarding.NewDesk(h.store, h.keys, h.connectors, h.clock.Now, h.log),
		Editor:    offboarding.NewEditor(h.store, h.letters, h.clock.Now),
		Clerk:     offboarding.NewClerk(h.store, h.uploads, documents.HandoverPapers{}, h.keys, h.publicURL, h.clock.Now, h.log),
		Archive:   offboarding.NewArchive(h.store, h.uploads, h.clock.Now, h.log),
		Registrar: h.registrar(),
		PublicURL: h.publicURL, AdminKey: string(h.cfg.AdminKey), TrustedProxies: h.cfg.TrustedProxies, Metrics: h.metrics, MetricsHere: h.cfg.MetricsAddr == "",
		Version:      api.VersionInfo{Version: version, Commit: commitOf(), Go: runtime.Version(), Schema: schema},
		CheckAddress: h.checkAddress, Mapper: h.mapper, Log: h.log,
		Reception: h.reception(),
	})
	if err != nil {
		return nil, nil, err
	}
	h.metrics.MustRegister(api.NewIntakeCollector(intake))
	return srv, intake, nil
}

// checkAddress says whether an account's CRM may be called at an address.
func (h *house) checkAddress(p offboarding.Provider, address string) error {
	u, err := url.Parse(address)
	if err != nil {
		return fmt.Errorf("is not an address")
	}
	var suffixes []string
	if p == offboarding.AmoCRM {
		suffixes = amocrm.HostSuffixes()
	}
	return h.outbound.Check(u, suffixes)
}

// cardPage is the address of our page in the cards of an account's deals.
func (h *house) cardPage(accountID uuid.UUID) string {
	return strings.TrimRight(h.publicURL, "/") + "/card/bitrix24/" + h.keys.PlaceKey(accountID)
}
