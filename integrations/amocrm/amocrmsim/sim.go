// Package amocrmsim is a CRM that speaks amoCRM's (Kommo's) protocol over real
// HTTP: API v4, OAuth, Drive and form-encoded webhooks with the vendor's retry
// ladder. Tests, the demo and the sandbox use it in place of a live account.
//
// A person moves things at /_sim/ (see [Sim.ServeHTTP] and control.go), a test
// through the methods of [Sim]. Both act as a user of the CRM would, so they
// fire the same hooks and leave the same rows in the event feed.
package amocrmsim

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Config says what the simulated account is like. The zero value works.
type Config struct {
	// Lang is "ru" (amoCRM, default) or "en" (Kommo): texts of errors, names of
	// system stages, currency, and the rule for Digital Pipeline hooks.
	Lang string
	// Subdomain and AccountID name the account.
	Subdomain string
	AccountID int64
	// AccessToken is a long-lived token that never expires. When empty, one that
	// can be decoded as a JWT is made up; Info tells it.
	AccessToken string
	// ClientID, ClientSecret and RedirectURI are those of the one integration.
	ClientID, ClientSecret, RedirectURI string
	// RevokedHookURL is called when the integration is uninstalled.
	RevokedHookURL string
	// Scopes stand in every token; all are granted by default.
	Scopes []string
	// BaseURL is the origin used in links. When empty, each request's own Host.
	BaseURL string

	// Limits turns the vendor's rate limits on.
	Limits bool
	// PerClient and PerAccount are requests per second, 7 and 50 by default.
	PerClient, PerAccount int
	// BlockAfter is how many refused requests within a minute bring the block
	// (HTML page with 403), BlockFor how long it lasts. Defaults 100 and 1 min;
	// the vendor names neither figure.
	BlockAfter int
	BlockFor   time.Duration

	// Now is the CRM's clock; dates in records come from it. Limits, time-outs
	// and the retry ladder run in real time.
	Now func() time.Time
	// Seed fills the account with sample data.
	Seed bool

	// HookDelay passes between a change and its hook.
	HookDelay time.Duration
	// HookTimeout is how long an answer is waited for, 2 s by default.
	HookTimeout time.Duration
	// HookWorkers send hooks side by side, 8 by default. Hooks about one record
	// never overtake each other, whatever the number.
	HookWorkers int
	// HookBatch is how many records one hook carries at most, 100 by default.
	HookBatch int
	// MixedHooks puts everything that one action caused into one body instead of
	// a body for each entity and action.
	MixedHooks bool
	// RetryScale multiplies the waits of the retry ladder; 0 means 1.
	RetryScale float64
	// DisableAfter invalid answers within two hours switch a hook off when the
	// last one is invalid too; 100 by default.
	DisableAfter int

	// Log gets warnings and errors of hook delivery; discarded by default.
	Log *slog.Logger
}

// Sim is one simulated account. It implements [http.Handler] and is safe for
// concurrent use.
type Sim struct {
	cfg     Config
	now     func() time.Time
	text    phrases
	routes  []route
	sender  *sender
	limiter limiter
	faults  faults
	ledger  ledger

	mu        sync.Mutex // guards everything below
	subdomain string
	former    []string // subdomains and hosts that were renamed away
	baseURL   string
	lastID    int64
	accountAt int64

	entities map[string]*table[*entity] // contacts and companies share ids
	users    table[*user]
	pipes    []*pipeline
	reasons  table[*lossReason]
	tags     map[string]*table[*tag]
	fields   map[string]*table[*customField]
	groups   []*fieldGroup
	notes    table[*note]
	notesOn  map[entityKey][]int64
	tasks    table[*task]
	tasksOn  map[entityKey][]int64
	events   []*event
	unsorted []*unsorted
	hooks    table[*webhook]
	dpHooks  []*dpHook
	oauth    oauthState
	drive    driveState

	noCustomers bool
}

type entityKey struct {
	kind string
	id   int64
}

// New makes an account. Hooks are sent by goroutines that start with the first
// one; Close stops them.
func New(cfg Config) *Sim {
	if cfg.Lang != "en" {
		cfg.Lang = "ru"
	}
	setDefault(&cfg.Subdomain, "opendoordemo")
	setDefault(&cfg.AccountID, 31_415_926)
	setDefault(&cfg.ClientID, "0b5f3c1e-7d1a-4a53-9a77-1f7f5c0a5e11")
	setDefault(&cfg.ClientSecret, "sandbox-client-secret-not-real")
	setDefault(&cfg.RedirectURI, "http://127.0.0.1:8080/oauth/amocrm/callback")
	setDefault(&cfg.PerClient, 7)
	setDefault(&cfg.PerAccount, 50)
	setDefault(&cfg.BlockAfter, 100)
	setDefault(&cfg.BlockFor, time.Minute)
	setDefault(&cfg.HookTimeout, 2*time.Second)
	setDefault(&cfg.HookWorkers, 8)
	setDefault(&cfg.HookBatch, 100)
	setDefault(&cfg.RetryScale, 1)
	setDefault(&cfg.DisableAfter, 100)
	if cfg.Scopes == nil {
		cfg.Scopes = []string{"crm", "files", "files_delete", "notifications", "push_notifications"}
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	s := &Sim{
		cfg:       cfg,
		now:       cfg.Now,
		text:      texts[cfg.Lang],
		subdomain: cfg.Subdomain,
		baseURL:   strings.TrimRight(cfg.BaseURL, "/"),
		lastID:    26_050_000,
		entities:  map[string]*table[*entity]{},
		tags:      map[string]*table[*tag]{},
		fields:    map[string]*table[*customField]{},
		users:     newTable[*user](),
		reasons:   newTable[*lossReason](),
		notes:     newTable[*note](),
		tasks:     newTable[*task](),
		hooks:     newTable[*webhook](),
		notesOn:   map[entityKey][]int64{},
		tasksOn:   map[entityKey][]int64{},
		drive:     newDrive(),
	}
	for _, kind := range []string{kindLeads, kindContacts, kindCompanies, kindCustomers} {
		s.entities[kind] = new(newTable[*entity]())
		s.tags[kind] = new(newTable[*tag]())
		s.fields[kind] = new(newTable[*customField]())
	}
	s.limiter = limiter{on: cfg.Limits, perClient: cfg.PerClient, perAccount: cfg.PerAccount, blockAfter: cfg.BlockAfter, blockFor: cfg.BlockFor}
	s.sender = newSender(s)
	s.routes = s.routeTable()
	s.furnish()
	if cfg.Seed {
		s.seed()
	}
	s.oauth = s.newOAuth()
	return s
}

// Start runs hook delivery until ctx ends. It need not be called: the first
// hook starts delivery too, and Close ends it.
func (s *Sim) Start(ctx context.Context) {
	s.sender.start()
	context.AfterFunc(ctx, s.Close)
}

// Close stops hook delivery and waits for the hooks that are on their way.
func (s *Sim) Close() { s.sender.close() }

// SetBaseURL tells the origin at which the account is served, once it is known.
func (s *Sim) SetBaseURL(origin string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.baseURL = strings.TrimRight(origin, "/")
}

// Info is what a client needs to connect.
type Info struct {
	AccountID    int64  `json:"account_id"`
	Subdomain    string `json:"subdomain"`
	BaseURL      string `json:"base_url"`
	AccessToken  string `json:"access_token"`
	ClientID     string `json:"client_id"`
	ClientSecret string `json:"client_secret"`
	RedirectURI  string `json:"redirect_uri"`
}

// Info tells how to connect to the account.
func (s *Sim) Info() Info {
	s.mu.Lock()
	defer s.mu.Unlock()
	return Info{
		AccountID: s.cfg.AccountID, Subdomain: s.subdomain, BaseURL: s.baseURL, AccessToken: s.oauth.longLived,
		ClientID: s.cfg.ClientID, ClientSecret: s.cfg.ClientSecret, RedirectURI: s.cfg.RedirectURI,
	}
}

// nextID hands out ids; all spaces share one counter, which also keeps company
// ids and contact ids apart as in the real account.
func (s *Sim) nextID() int64 {
	s.lastID += 2
	return s.lastID
}

func (s *Sim) unix() int64 { return s.now().Unix() }

// domain is the vendor's own name of the account's host.
func (s *Sim) domain() string {
	if s.cfg.Lang == "en" {
		return s.subdomain + ".kommo.com"
	}
	return s.subdomain + ".amocrm.ru"
}

// origin is where the account is reached, as far as it is known.
func (s *Sim) origin(r *http.Request) string {
	if s.baseURL != "" {
		return s.baseURL
	}
	if r == nil || r.Host == "" {
		return "https://" + s.domain()
	}
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	return scheme + "://" + r.Host
}

func setDefault[T comparable](v *T, def T) {
	var zero T
	if *v == zero {
		*v = def
	}
}

// newUUID returns a random UUID of version 4.
func newUUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails since Go 1.24
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	h := hex.EncodeToString(b[:])
	return fmt.Sprintf("%s-%s-%s-%s-%s", h[:8], h[8:12], h[12:16], h[16:20], h[20:])
}
