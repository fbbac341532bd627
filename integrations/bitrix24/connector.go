package bitrix24

import (
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"

	"opendoor/integrations/outbound"
	"opendoor/offboarding"
)

// Config says what a Connector works with.
type Config struct {
	HTTP     *outbound.Client
	Limiter  *outbound.Limiter
	Breakers *outbound.Breakers
	Grants   *offboarding.Keeper // access as an application
	Wall     func() time.Time    // the real clock, by which limits and caches go whatever OPENDOOR_CLOCK says
	Log      *slog.Logger
	// CardPage is the address of our page in the card of the account's deals; nil: there is none.
	CardPage func(accountID uuid.UUID) string
}

// Connector is the offboarding.Connector for Bitrix24. It is safe for
// concurrent use; what it remembers saves calls and may be forgotten.
type Connector struct {
	http     *outbound.Client
	limiter  *outbound.Limiter
	breakers *outbound.Breakers
	grants   *offboarding.Keeper
	wall     func() time.Time
	log      *slog.Logger
	cardPage func(uuid.UUID) string

	mu       sync.Mutex
	renamed  map[string]string    // address of a webhook → where its portal answers now
	blocked  map[string]time.Time // portal and method → until when its operating time is used up
	resets   map[string]reset     // portal and method → when operating time comes back, as last told
	strikes  map[string]int       // portal and method → refusals for its operating time in a row
	crowded  map[string]int       // portal → refusals for its rate in a row
	plain    map[string]time.Time // portal → until when batch is not tried because there is none
	catalogs map[string]catalog   // address → pipelines and stages
	cards    map[string]knownCard // address → our fields, while the account does not keep them
	staff    map[string]knownUser // portal and user → whether a task may be given to them
	adding   map[string]time.Time // address, deal and marker → until when an add that timed out may still be running
}

var _ offboarding.Connector = (*Connector)(nil)

// New returns a connector; it starts nothing.
func New(cfg Config) *Connector {
	return &Connector{
		http: cfg.HTTP, limiter: cfg.Limiter, breakers: cfg.Breakers, grants: cfg.Grants,
		wall: cfg.Wall, log: cfg.Log, cardPage: cfg.CardPage,
		renamed:  map[string]string{},
		blocked:  map[string]time.Time{},
		resets:   map[string]reset{},
		strikes:  map[string]int{},
		crowded:  map[string]int{},
		plain:    map[string]time.Time{},
		catalogs: map[string]catalog{},
		cards:    map[string]knownCard{},
		staff:    map[string]knownUser{},
		adding:   map[string]time.Time{},
	}
}
