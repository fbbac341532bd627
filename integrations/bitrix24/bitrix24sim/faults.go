package bitrix24sim

import (
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"
)

// FaultKind names a way in which a portal misbehaves.
type FaultKind string

// Refusals: the method does not run, except where the name says "after".
const (
	FaultQueryLimit    FaultKind = "query_limit"         // 503 QUERY_LIMIT_EXCEEDED
	FaultOverload      FaultKind = "overload_limit"      // 503 OVERLOAD_LIMIT, the vendor's manual block
	FaultOperating     FaultKind = "operation_time"      // 429 OPERATION_TIME_LIMIT
	FaultInternal      FaultKind = "internal_error"      // 500 INTERNAL_SERVER_ERROR, nothing was done
	FaultInternalAfter FaultKind = "internal_error_done" // 500 INTERNAL_SERVER_ERROR after the work was done
	FaultExpiredToken  FaultKind = "expired_token"       // 401 expired_token
	FaultCredentials   FaultKind = "invalid_credentials" // 401 INVALID_CREDENTIALS
	FaultScope         FaultKind = "insufficient_scope"  // 401 insufficient_scope
	FaultPlan          FaultKind = "plan"                // 401 ACCESS_DENIED, the plan has no REST
	FaultAccessDenied  FaultKind = "access_denied"       // 400 "" Access denied.
	FaultRenamed       FaultKind = "renamed"             // 302 to Fault.Location
)

// Faults on the wire. All but those named "before" run the method first, so a
// client cannot know whether its write happened.
const (
	FaultBadGateway       FaultKind = "bad_gateway"      // 502 with HTML, nothing was done
	FaultBadGatewayAfter  FaultKind = "bad_gateway_done" // 502 with HTML after the work was done
	FaultCut              FaultKind = "cut"              // connection closed without an answer, after the work
	FaultCutBefore        FaultKind = "cut_before"       // connection closed without an answer, nothing was done
	FaultTimeout          FaultKind = "timeout"          // the work is done, the answer never comes
	FaultSlow             FaultKind = "slow"             // the answer comes after Fault.Delay
	FaultTruncated        FaultKind = "truncated"        // the body stops half way
	FaultMalformed        FaultKind = "malformed"        // 200 with broken JSON
	faultTimeoutHoldsOpen           = 90 * time.Second   // when Fault.Delay is not set
)

// Faults of events; Fault.Method is then a glob over event names.
const (
	FaultEventDuplicate FaultKind = "event_duplicate" // sent twice
	FaultEventReorder   FaultKind = "event_reorder"   // sent after the next one
	FaultEventDrop      FaultKind = "event_drop"      // never sent
)

// Always is for Fault.Times: until the faults are cleared.
const Always = -1

// Fault breaks the next calls that match it.
type Fault struct {
	Method   string        // glob over method or event names, such as crm.*.add; empty: all
	Kind     FaultKind     // what happens
	Times    int           // how often; 0 means once, Always without end
	Delay    time.Duration // of FaultSlow and FaultTimeout
	Location string        // of FaultRenamed: scheme and host of the new address
}

// AddFault arms a fault. Faults are used in the order in which they were added.
func (s *Sim) AddFault(f Fault) {
	if f.Times == 0 {
		f.Times = 1
	}
	if f.Method == "" {
		f.Method = "*"
	}
	f.Method = strings.ToLower(f.Method)
	if f.Kind == FaultRenamed && f.Location == "" {
		f.Location = "https://renamed." + s.cfg.Domain
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, &f)
}

// ClearFaults disarms all faults.
func (s *Sim) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// Faults returns the faults that are still armed, with the times that are left.
func (s *Sim) Faults() []Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Fault, len(s.faults))
	for i, f := range s.faults {
		out[i] = *f
	}
	return out
}

// takeFault uses up one fault for a REST method, or returns nil. Inside a batch
// only refusals apply: the answer on the wire belongs to the batch.
func (s *Sim) takeFault(name string, inBatch bool) *Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.use(name, func(k FaultKind) bool {
		return !k.ofEvents() && (!inBatch || !k.onTheWire() && k != FaultRenamed)
	})
}

// use finds a matching fault and counts it down. The portal must be locked.
func (s *Sim) use(name string, want func(FaultKind) bool) *Fault {
	for i, f := range s.faults {
		if ok, _ := path.Match(f.Method, strings.ToLower(name)); !ok || !want(f.Kind) {
			continue
		}
		used := *f
		if f.Times > 0 {
			if f.Times--; f.Times == 0 {
				s.faults = append(s.faults[:i], s.faults[i+1:]...)
			}
		}
		return &used
	}
	return nil
}

func (k FaultKind) ofEvents() bool {
	return k == FaultEventDuplicate || k == FaultEventReorder || k == FaultEventDrop
}

func (k FaultKind) onTheWire() bool {
	switch k {
	case FaultBadGateway, FaultBadGatewayAfter, FaultCut, FaultCutBefore, FaultTimeout, FaultSlow, FaultTruncated,
		FaultMalformed, FaultInternalAfter:
		return true
	}
	return false
}

// known tells whether the kind is one of the constants.
func (k FaultKind) known() bool {
	f := &Fault{Kind: k}
	return k.ofEvents() || k.onTheWire() || k == FaultRenamed || f.refusal(actor{}) != nil
}

// executes tells whether the method runs although its answer breaks.
func (f *Fault) executes() bool {
	return f.Kind != FaultBadGateway && f.Kind != FaultCutBefore && f.Kind != FaultRenamed
}

// statusOnWire is the status of the answer that leaves; 0 when none leaves whole.
func (f *Fault) statusOnWire(status int) int {
	switch f.Kind {
	case FaultBadGateway, FaultBadGatewayAfter:
		return http.StatusBadGateway
	case FaultInternalAfter:
		return http.StatusInternalServerError
	case FaultSlow:
		return status
	case FaultMalformed:
		return http.StatusOK
	}
	return 0
}

// refusal is the error that a fault answers with, nil if it is of another sort.
func (f *Fault) refusal(who actor) error {
	switch f.Kind {
	case FaultQueryLimit:
		return errQueryLimit
	case FaultOverload:
		return errOverload
	case FaultOperating:
		return errOperating
	case FaultInternal:
		return errInternal
	case FaultExpiredToken:
		return errExpiredToken
	case FaultCredentials:
		return errCredentials
	case FaultScope:
		return errScope
	case FaultAccessDenied:
		return errAccess
	case FaultPlan:
		if who.app {
			return errPlanApp
		}
		return errPlanWebhook
	}
	return nil
}

const gatewayPage = `<html>
<head><title>502 Bad Gateway</title></head>
<body>
<center><h1>502 Bad Gateway</h1></center>
<hr><center>nginx</center>
</body>
</html>
`

// breakAnswer writes the answer the way a fault of the wire leaves it.
func (s *Sim) breakAnswer(w http.ResponseWriter, r *http.Request, f *Fault, status int, body []byte) {
	kind := "application/json; charset=utf-8"
	switch f.Kind {
	case FaultCut, FaultCutBefore:
		panic(http.ErrAbortHandler) // closes the connection without a word
	case FaultTimeout:
		delay := f.Delay
		if delay == 0 {
			delay = faultTimeoutHoldsOpen
		}
		s.wait(r, delay)
		panic(http.ErrAbortHandler)
	case FaultSlow:
		s.wait(r, f.Delay)
	case FaultBadGateway, FaultBadGatewayAfter:
		kind, status, body = "text/html", http.StatusBadGateway, []byte(gatewayPage)
	case FaultInternalAfter:
		status, body = errInternal.status, appendJSON(nil, errInternal.array())
	case FaultMalformed:
		status, body = http.StatusOK, body[:len(body)/2]
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	if f.Kind == FaultTruncated {
		_, _ = w.Write(body[:len(body)/2])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
	_, _ = w.Write(body)
}

// wait holds an answer back until the caller or the portal goes away.
func (s *Sim) wait(r *http.Request, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-r.Context().Done():
	case <-s.queue.stop:
	}
}
