package api

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"

	"opendoor/api/pages"
	"opendoor/offboarding"
)

// Config is what the HTTP side needs.
type Config struct {
	Store          offboarding.Store
	Keys           *offboarding.Keys
	Directory      *offboarding.Directory
	Connectors     offboarding.Connectors
	Intake         *offboarding.Intake
	Desk           *offboarding.Desk
	Editor         *offboarding.Editor // of the texts of letters
	Consent        *offboarding.Consent
	Keeper         *offboarding.Keeper
	Clerk          *offboarding.Clerk
	Archive        *offboarding.Archive
	WinBack        *offboarding.WinBack
	Registrar      *offboarding.Registrar
	Reception      *offboarding.Reception
	Bell           offboarding.Bell
	Clock          offboarding.Clock
	PublicURL      string
	AdminKey       string // a key with role admin that exists from the start; empty: none
	TrustedProxies []string
	Metrics        prometheus.Gatherer
	MetricsHere    bool // /metrics on this listener
	Version        VersionInfo
	CheckAddress   func(offboarding.Provider, string) error // may an account's CRM be called at this address
	Mapper         offboarding.Mapper                       // reads foreign JSON of generic sources
	Log            *slog.Logger
}

// Server answers HTTP.
type Server struct {
	cfg       Config
	engine    *gin.Engine
	limits    *limits
	hooks     hookHandlers
	pages     pageHandlers
	oauth     oauthHandlers
	card      cardHandlers
	ops       opsHandlers
	accounts  accountHandlers
	events    eventHandlers
	cases     caseHandlers
	messages  messageHandlers
	templates templateHandlers
	handover  handoverHandlers
	portal    portalHandlers
	contracts contractHandlers
	work      workHandlers
	apiKeys   apiKeyHandlers

	settlement settlementHandlers
	notice     noticeHandlers
	learning   learningHandlers
}

// New returns a server that is not listening yet.
func New(cfg Config) (*Server, error) {
	gin.SetMode(gin.ReleaseMode)
	s := &Server{cfg: cfg, engine: gin.New(), limits: newLimits()}
	s.hooks = hookHandlers{cfg.Keys, cfg.Directory, cfg.Connectors, cfg.Intake}
	s.pages = pageHandlers{cfg.Desk, cfg.Bell, pages.New(), cfg.Log}
	s.oauth = oauthHandlers{cfg, s.pages.pages}
	s.card = cardHandlers{cfg, s.pages.pages}
	s.ops = newOps(cfg)
	s.accounts = accountHandlers{cfg}
	s.events = eventHandlers{cfg}
	s.cases = caseHandlers{cfg}
	s.messages = messageHandlers{cfg}
	s.templates = templateHandlers{cfg}
	s.handover = handoverHandlers{cfg}
	s.portal = portalHandlers{s.pages, cfg}
	s.contracts = contractHandlers{cfg}
	s.settlement = settlementHandlers{cfg}
	s.notice = noticeHandlers{cfg}
	s.learning = learningHandlers{cfg}
	s.work = workHandlers{cfg}
	s.apiKeys = apiKeyHandlers{cfg}

	if err := s.engine.SetTrustedProxies(cfg.TrustedProxies); err != nil {
		return nil, err
	}
	s.engine.HandleMethodNotAllowed = true
	s.engine.RedirectTrailingSlash = false
	s.engine.ContextWithFallback = true
	s.engine.Use(s.identify, s.recover, s.secureHeaders, s.answerErrors)
	s.engine.NoRoute(func(c *gin.Context) { _ = c.Error(offboarding.ErrNotFound) })
	s.engine.NoMethod(func(c *gin.Context) {
		_ = c.Error(refuse(http.StatusMethodNotAllowed, "this method is not taken here"))
	})
	for _, r := range s.routes() {
		chain := []gin.HandlerFunc{}
		if r.access != nil {
			chain = append(chain, s.authorize(r.access))
		}
		if r.rate != rateNone {
			chain = append(chain, s.limitRate(r.rate))
		}
		if r.access != nil {
			chain = append(chain, s.limitBody)
			if r.method == http.MethodPost {
				chain = append(chain, s.onlyOnce)
			}
		}
		chain = append(chain, r.handle)
		s.engine.Handle(r.method, r.path, chain...)
		if r.changesNothing() { // mail gateways ask for a link's head before they let it through
			s.engine.HEAD(r.path, chain...)
		}
	}
	return s, nil
}

// Handler returns the whole tree.
func (s *Server) Handler() http.Handler { return s.engine }

// Drain makes /readyz say no, so that a balancer stops sending.
func (s *Server) Drain() { s.ops.draining.Store(true) }

// Times of reliability §3 and what slow clients may take.
const (
	headerTimeout = 5 * time.Second
	readTimeout   = 15 * time.Second
	writeTimeout  = 60 * time.Second // a live check of a CRM may take a while
	idleTimeout   = 2 * time.Minute
)

// Serve answers on l until ctx ends, then finishes what is under way within
// grace.
func (s *Server) Serve(ctx context.Context, l net.Listener, grace time.Duration) error {
	srv := &http.Server{
		Handler: s.engine, ReadHeaderTimeout: headerTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout,
		IdleTimeout: idleTimeout, MaxHeaderBytes: 64 << 10, ErrorLog: slog.NewLogLogger(s.cfg.Log.Handler(), slog.LevelDebug),
		BaseContext: func(net.Listener) context.Context { return context.WithoutCancel(ctx) },
	}
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(l) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	s.Drain()
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	return srv.Shutdown(stop)
}
