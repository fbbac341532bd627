package amocrmsim

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// FaultKind names what goes wrong.
type FaultKind string

// Faults of the API.
const (
	FaultRateLimit      FaultKind = "429"         // JSON with retry_after
	FaultRateLimitText  FaultKind = "429_text"    // plain text with a Retry-After header
	FaultBlocked        FaultKind = "403_html"    // the gateway's page for a blocked account
	FaultForbidden      FaultKind = "403"         // rights are missing
	FaultUnpaid         FaultKind = "402"         // the account is not paid
	FaultUnauthorized   FaultKind = "401"         // the token is refused
	FaultServerError    FaultKind = "500"         // JSON with trace_id
	FaultBadGateway     FaultKind = "502"         // HTML
	FaultGatewayTimeout FaultKind = "504_applied" // HTML, but the request was carried out
	FaultSlow           FaultKind = "slow"        // a good answer after Delay
	FaultTruncated      FaultKind = "truncated"   // the body breaks off; carried out
	FaultCut            FaultKind = "cut"         // the connection breaks, nothing was done
	FaultCutApplied     FaultKind = "cut_applied" // the connection breaks after the request was carried out
	FaultMalformed      FaultKind = "malformed"   // JSON that cannot be read; carried out
)

var faultKinds = []FaultKind{
	FaultRateLimit, FaultRateLimitText, FaultBlocked, FaultForbidden, FaultUnpaid, FaultUnauthorized, FaultServerError, FaultBadGateway,
	FaultGatewayTimeout, FaultSlow, FaultTruncated, FaultCut, FaultCutApplied, FaultMalformed,
}

// Fault makes the next requests fail that fit it.
type Fault struct {
	Method     string        `json:"method,omitempty"`      // any when empty
	PathPrefix string        `json:"path_prefix,omitempty"` // any when empty
	Kind       FaultKind     `json:"kind"`
	Times      int           `json:"times,omitempty"` // 0 = once, negative = until ClearFaults
	Delay      time.Duration `json:"-"`               // before the answer, with any kind
	DelayMS    int64         `json:"delay_ms,omitempty"`
	RetryAfter int           `json:"retry_after,omitempty"` // seconds, 429 only; 1 when unset
}

type faults struct {
	mu   sync.Mutex
	list []*Fault
}

// AddFault puts a fault behind those that are already waiting.
func (s *Sim) AddFault(f Fault) {
	if f.Times == 0 {
		f.Times = 1
	}
	if f.Delay == 0 {
		f.Delay = time.Duration(f.DelayMS) * time.Millisecond
	}
	if f.Kind == FaultSlow && f.Delay == 0 {
		f.Delay = 3 * time.Second
	}
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.list = append(s.faults.list, &f)
}

// ClearFaults makes the API well again.
func (s *Sim) ClearFaults() {
	s.faults.mu.Lock()
	s.faults.list = nil
	s.faults.mu.Unlock()
	s.sender.mu.Lock()
	s.sender.faults = nil
	s.sender.releaseLocked()
	s.sender.mu.Unlock()
}

func (fs *faults) take(method, path string) *Fault {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	for i, f := range fs.list {
		if f.Method != "" && !strings.EqualFold(f.Method, method) || !strings.HasPrefix(path, f.PathPrefix) {
			continue
		}
		hit := *f
		if f.Times > 0 {
			if f.Times--; f.Times == 0 {
				fs.list = slices.Delete(fs.list, i, i+1)
			}
		}
		return &hit
	}
	return nil
}

// faultAnswer answers faults that strike before any work is done.
func (s *Sim) faultAnswer(f *Fault) (answer, bool) {
	switch f.Kind {
	case FaultRateLimit:
		return s.tooMany(max(f.RetryAfter, 1)), true
	case FaultRateLimitText:
		return answer{
			status: http.StatusTooManyRequests, ctype: "text/plain", raw: []byte("Too many requests"),
			headers: map[string]string{"Retry-After": strconv.Itoa(max(f.RetryAfter, 1))},
		}, true
	case FaultBlocked:
		return htmlPage(http.StatusForbidden, "403 Forbidden"), true
	case FaultForbidden:
		return s.problem(http.StatusForbidden, s.text.forbidden), true
	case FaultUnpaid:
		return s.problem(http.StatusPaymentRequired, "Payment required"), true
	case FaultUnauthorized:
		return s.problem(http.StatusUnauthorized, s.text.unauthorized), true
	case FaultServerError:
		return answer{status: http.StatusInternalServerError, ctype: problemType, body: object{
			"title": "ErrInternalServer", "status": 500, "detail": "Internal server error", "trace_id": strings.ReplaceAll(newUUID(), "-", ""),
		}}, true
	case FaultBadGateway:
		return htmlPage(http.StatusBadGateway, "502 Bad Gateway"), true
	case FaultCut:
		return answer{}, true
	}
	return answer{}, false
}

// tooMany is the refusal of the rate limiter.
func (s *Sim) tooMany(retryAfter int) answer {
	a := s.problem(http.StatusTooManyRequests, s.text.tooMany)
	a.body.(object)["retry_after"] = retryAfter
	return a
}

// HookFaultKind names what goes wrong with hooks.
type HookFaultKind string

// Faults of hook delivery.
const (
	HookDuplicate HookFaultKind = "duplicate" // sent twice
	HookReorder   HookFaultKind = "reorder"   // the next Times hooks are sent last first
	HookDrop      HookFaultKind = "drop"      // never sent
)

// HookFault spoils the next Times hooks.
type HookFault struct {
	Kind  HookFaultKind `json:"kind"`
	Times int           `json:"times"`
}

// AddHookFault puts a fault of delivery behind those already waiting.
func (s *Sim) AddHookFault(f HookFault) {
	f.Times = max(f.Times, 1)
	s.sender.mu.Lock()
	defer s.sender.mu.Unlock()
	s.sender.faults = append(s.sender.faults, f)
}

func (sn *sender) takeFault() HookFaultKind {
	if len(sn.faults) == 0 {
		return ""
	}
	kind := sn.faults[0].Kind
	if sn.faults[0].Times--; sn.faults[0].Times <= 0 {
		sn.faults = sn.faults[1:]
	}
	return kind
}
