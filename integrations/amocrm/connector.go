package amocrm

import (
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"

	"opendoor/integrations/outbound"
	"opendoor/offboarding"
)

// The system stages, the same in every pipeline.
const (
	stageWon  = 142
	stageLost = 143
)

// Config is what a Connector needs. Everything but UserAgent is required.
type Config struct {
	HTTP      *outbound.Client
	Limiter   *outbound.Limiter
	Breakers  *outbound.Breakers
	Grants    *offboarding.Keeper // access by OAuth
	Now       func() time.Time    // the installation's clock, which OPENDOOR_CLOCK may move
	Wall      func() time.Time    // the real one: limits, caches
	Log       *slog.Logger
	UserAgent string
}

// Connector speaks to accounts of amoCRM and Kommo. It keeps nothing but caches.
type Connector struct {
	http      *outbound.Client
	limiter   *outbound.Limiter
	breakers  *outbound.Breakers
	grants    *offboarding.Keeper
	now       func() time.Time
	wall      func() time.Time
	log       *slog.Logger
	userAgent string

	mu     sync.Mutex
	caches map[string]*cache
	looked map[uuid.UUID]lookedFor // the last look for a moved account
}

var (
	_ offboarding.Connector  = (*Connector)(nil)
	_ offboarding.Authoriser = (*Connector)(nil)
	_ offboarding.Leaver     = (*Connector)(nil)
)

// New returns a connector.
func New(cfg Config) *Connector {
	return &Connector{
		http: cfg.HTTP, limiter: cfg.Limiter, breakers: cfg.Breakers, grants: cfg.Grants,
		now: cfg.Now, wall: cfg.Wall, log: cfg.Log, userAgent: cfg.UserAgent,
		caches: map[string]*cache{}, looked: map[uuid.UUID]lookedFor{},
	}
}

// Prove accepts every body: account webhooks carry no signature, the key in
// the address is the only proof there is.
func (c *Connector) Prove(*offboarding.Account, *offboarding.Delivery) error { return nil }
