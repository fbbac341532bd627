package bitrix24sim

import (
	"path"
	"slices"
	"strings"
	"sync"
	"time"
)

// ledgerSize is how many requests are kept; older ones are forgotten.
const ledgerSize = 10_000

// loggedText is how much of one long value is kept: comments whole, files cut.
const loggedText = 16 << 10

// Request is one REST request that the portal received.
type Request struct {
	Seq    int            `json:"seq"`
	At     time.Time      `json:"at"`
	Verb   string         `json:"verb"`
	Method string         `json:"method"`          // lower case
	Params map[string]any `json:"params"`          // PHP lists are slices, maps are maps; no token
	UserID int            `json:"user_id"`         // 0 when the caller was not recognised
	Status int            `json:"status"`          // 0 when no whole answer was sent
	Error  string         `json:"error"`           // code and text of a refusal, or the fault on the wire
	Batch  int            `json:"batch,omitempty"` // Seq of the batch that this command was part of
}

// ledger remembers requests.
type ledger struct {
	mu   sync.Mutex
	last int
	rows []Request
}

func (l *ledger) open(r Request) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.last++
	r.Seq = l.last
	if len(l.rows) >= 2*ledgerSize {
		l.rows = append(l.rows[:0], l.rows[len(l.rows)-ledgerSize:]...)
	}
	l.rows = append(l.rows, r)
	return r.Seq
}

func (l *ledger) closeAs(seq, status int, errText string, userID int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	i, ok := slices.BinarySearchFunc(l.rows, seq, func(r Request, seq int) int { return r.Seq - seq })
	if ok {
		l.rows[i].Status, l.rows[i].Error, l.rows[i].UserID = status, errText, userID
	}
}

// Ledger returns the requests received, oldest first, at most the last 10,000.
func (s *Sim) Ledger() []Request {
	s.ledger.mu.Lock()
	defer s.ledger.mu.Unlock()
	rows := s.ledger.rows
	return slices.Clone(rows[max(0, len(rows)-ledgerSize):])
}

// Requests returns the requests of the ledger whose method matches a glob.
func (s *Sim) Requests(glob string) []Request {
	glob = strings.ToLower(glob)
	return slices.DeleteFunc(s.Ledger(), func(r Request) bool {
		ok, _ := path.Match(glob, r.Method)
		return !ok
	})
}

// ForgetRequests empties the ledger; numbers go on.
func (s *Sim) ForgetRequests() {
	s.ledger.mu.Lock()
	defer s.ledger.mu.Unlock()
	s.ledger.rows = nil
}

// secretParams never reach the ledger.
var secretParams = map[string]bool{"auth": true, "access_token": true, "client_secret": true}

// loggable copies parameters for the ledger.
func loggable(params *array) map[string]any {
	out := make(map[string]any, params.len())
	for _, p := range params.pairs {
		if !secretParams[strings.ToLower(p.key)] {
			out[p.key] = shorten(plain(p.val))
		}
	}
	return out
}

// shorten cuts long strings in place.
func shorten(v any) any {
	switch v := v.(type) {
	case string:
		if len(v) > loggedText {
			return strings.ToValidUTF8(v[:loggedText], "") + "…"
		}
	case map[string]any:
		for k := range v {
			v[k] = shorten(v[k])
		}
	case []any:
		for i := range v {
			v[i] = shorten(v[i])
		}
	}
	return v
}
