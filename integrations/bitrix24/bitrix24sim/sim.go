package bitrix24sim

import (
	"cmp"
	"crypto/rand"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Config says what portal to simulate. The zero value is a Russian one without
// deals, whose incoming webhook is /rest/1/secret/.
type Config struct {
	Lang     string         // language of names and of sample data: "ru" (default) or "en"
	Zone     *time.Location // the portal's time zone; default Moscow (UTC+3)
	Portal   string         // address the portal calls itself by; default https://{Domain}
	Domain   string         // auth[domain] of events; default sandbox.bitrix24.test
	MemberID string         // identity of the portal, 32 hex characters

	UserID int    // owner of the incoming webhook; default 1, a CRM administrator
	Secret string // secret of the incoming webhook; default "secret"

	ApplicationToken string // of the application, and of outgoing webhooks added without one
	ClientID         string // of the local application; default local.opendoor
	ClientSecret     string // of the local application; default client-secret
	Redirect         string // where /oauth/authorize/ returns to

	Limits       bool // leaky bucket of 50 and 2/s per caller, operating time per method
	RequireHTTPS bool // refuse webhook calls over plain HTTP, as a cloud portal does

	Now  func() time.Time // default time.Now
	Seed bool             // sample users, companies, contacts and 64 deals in two pipelines

	// EventDelay is the time from a change to its event. Zero means what a
	// portal does, 0.2 to 1 s at random; negative means at once.
	EventDelay time.Duration
	// EventSenders is how many events are on their way at once; default 8. With
	// one sender and a fixed delay, events arrive in order.
	EventSenders int

	Log *slog.Logger // default: nothing is logged
}

// defaultMemberID is 32 hex characters, as a portal's identity is.
const defaultMemberID = "0b5d1e7a9c3f48e2a6d07b91c4e83f52"

// Sim is one simulated portal. It is an http.Handler and safe for concurrent use.
type Sim struct {
	cfg     Config
	ru      bool
	zone    *time.Location
	now     func() time.Time
	log     *slog.Logger
	mux     http.Handler
	methods map[string]method
	queue   *eventQueue

	mu        sync.Mutex
	portal    string // address without a slash at its end
	deals     *table
	leads     *table
	contacts  *table
	companies *table
	users     []*user
	pipelines []*pipeline // of deals
	smart     []*smartProcess
	statuses  []status

	history    []historyRow
	comments   []*comment
	logs       []*logMessage
	activities []*activity
	tasks      []*task
	files      map[int]*file
	uploads    map[string]string // upload token → folder id

	lastFile, lastUserField, lastOption, lastMulti, lastTimeline, lastHandler, lastStatus int

	incoming   []*incomingWebhook
	app        application
	handlers   []*handler
	robots     []*robot
	appRobots  []*appRobot
	triggers   map[string]string // code → stage
	placements []*placement
	offline    []*offlineEvent

	limits  bool
	buckets map[string]*bucket
	spent   map[string]*operating
	faults  []*Fault
	ledger  ledger
}

// table holds all objects of one kind in the order of their ids.
type table struct {
	kind *kind
	rows []*record
	byID map[int]*record
	last int
}

// incomingWebhook lets somebody call REST as a user.
type incomingWebhook struct {
	userID int
	secret string
	scopes []string // empty: all
}

// New starts a simulated portal. It sends events in the background until Close.
func New(cfg Config) *Sim {
	cfg.Lang = cmp.Or(cfg.Lang, "ru")
	cfg.Domain = cmp.Or(cfg.Domain, "sandbox.bitrix24.test")
	cfg.MemberID = cmp.Or(cfg.MemberID, defaultMemberID)
	cfg.UserID = cmp.Or(cfg.UserID, 1)
	cfg.Secret = cmp.Or(cfg.Secret, "secret")
	cfg.ApplicationToken = cmp.Or(cfg.ApplicationToken, "sandbox0application0token0000000")
	cfg.ClientID = cmp.Or(cfg.ClientID, "local.opendoor")
	cfg.ClientSecret = cmp.Or(cfg.ClientSecret, "client-secret")
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Zone == nil {
		cfg.Zone = time.FixedZone("MSK", 3*60*60)
	}
	ru := cfg.Lang == "ru"
	s := &Sim{
		cfg: cfg, ru: ru, zone: cfg.Zone, now: cfg.Now, log: cfg.Log,
		portal:    strings.TrimSuffix(cmp.Or(cfg.Portal, "https://"+cfg.Domain), "/"),
		deals:     newTable(dealKind(ru)),
		leads:     newTable(leadKind(ru)),
		contacts:  newTable(contactKind(ru)),
		companies: newTable(companyKind(ru)),
		files:     make(map[int]*file),
		uploads:   make(map[string]string),
		triggers:  make(map[string]string),
		buckets:   make(map[string]*bucket),
		spent:     make(map[string]*operating),
		limits:    cfg.Limits,
	}
	// Numbers start apart, so that a client that confuses two of them is noticed.
	s.lastStatus, s.lastMulti, s.lastTimeline, s.lastOption, s.lastUserField, s.lastFile = 99, 155, 900, 3155, 5813, 9010
	s.incoming = []*incomingWebhook{{userID: cfg.UserID, secret: cfg.Secret}}
	s.app = newApplication()
	s.queue = newEventQueue(s)
	s.addPortalDefaults()
	s.methods = s.restMethods()
	s.mux = s.routes()
	if cfg.Seed {
		s.seed()
	}
	return s
}

func newTable(k *kind) *table { return &table{kind: k, byID: make(map[int]*record)} }

// Close stops sending events and waits for those on their way.
func (s *Sim) Close() { s.queue.close() }

// SetPortal changes the address by which the portal calls itself in events and
// in answers of the authorisation server; for a server that learns its address
// only after New.
func (s *Sim) SetPortal(address string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.portal = strings.TrimSuffix(address, "/")
}

// WebhookURL is the address of the incoming webhook below base.
func (s *Sim) WebhookURL(base string) string {
	return strings.TrimSuffix(base, "/") + "/rest/" + strconv.Itoa(s.cfg.UserID) + "/" + url.PathEscape(s.cfg.Secret) + "/"
}

// AddIncomingWebhook lets a user call REST with another secret, limited to the
// scopes if there are any.
func (s *Sim) AddIncomingWebhook(userID int, secret string, scopes ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.incoming = append(s.incoming, &incomingWebhook{userID: userID, secret: secret, scopes: scopes})
}

// RevokeIncomingWebhook takes a secret back, as an administrator or the vendor
// does; calls then end in INVALID_CREDENTIALS.
func (s *Sim) RevokeIncomingWebhook(secret string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	kept := s.incoming[:0]
	for _, w := range s.incoming {
		if w.secret != secret {
			kept = append(kept, w)
		}
	}
	s.incoming = kept
}

// ServeHTTP answers as the portal, its authorisation server and the control page.
func (s *Sim) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

func (s *Sim) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/rest/", s.serveREST)
	mux.HandleFunc("/oauth/authorize/", s.serveAuthorize)
	mux.HandleFunc("/oauth/token/", s.serveToken)
	mux.HandleFunc("POST /upload/{token}", s.serveUpload)
	mux.HandleFunc("GET /upload/show/{id}", s.serveFile)
	mux.Handle("/_sim/", s.control())
	mux.Handle("GET /{$}", http.RedirectHandler("/_sim/", http.StatusFound))
	return mux
}

// text picks the language of the portal.
func (s *Sim) text(ru, en string) string {
	if s.ru {
		return ru
	}
	return en
}

// randomToken is what a portal calls a token: 32 small letters and digits.
func randomToken() string {
	t := strings.ToLower(rand.Text() + rand.Text())
	return t[:32]
}
