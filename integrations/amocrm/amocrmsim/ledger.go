package amocrmsim

import (
	"slices"
	"sync"
	"time"
)

// Request is one request that the account has received.
type Request struct {
	At        time.Time     `json:"at"`
	Method    string        `json:"method"`
	Path      string        `json:"path"`
	Query     string        `json:"query,omitempty"`
	Body      string        `json:"body,omitempty"`
	UserAgent string        `json:"user_agent,omitempty"`
	Status    int           `json:"status"` // 0 = the connection was cut
	Fault     FaultKind     `json:"fault,omitempty"`
	Duration  time.Duration `json:"duration_ns"`
}

// maxLedger and maxLedgerBody bound what is remembered.
const (
	maxLedger     = 20_000
	maxLedgerBody = 64 << 10
)

type ledger struct {
	mu   sync.Mutex
	list []Request
}

func (l *ledger) add(r Request) {
	if len(r.Body) > maxLedgerBody {
		r.Body = r.Body[:maxLedgerBody]
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.list) >= maxLedger {
		l.list = slices.Delete(l.list, 0, maxLedger/4)
	}
	l.list = append(l.list, r)
}

// Ledger returns every request that was received, oldest first; old ones are
// forgotten after some twenty thousand.
func (s *Sim) Ledger() []Request {
	s.ledger.mu.Lock()
	defer s.ledger.mu.Unlock()
	return slices.Clone(s.ledger.list)
}
