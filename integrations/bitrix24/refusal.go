package bitrix24

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strings"
	"time"

	"opendoor/integrations/outbound"
	"opendoor/offboarding"
)

// remoteError is a refusal as a portal words it. The code may be a word, an
// empty string, the number 0 or, in REST 3, an object (reference §0.8).
type remoteError struct {
	Code        json.RawMessage `json:"error"`
	Description scalar          `json:"error_description"`
}

func (e remoteError) present() bool { return e.Code != nil && string(e.Code) != "null" }

// words returns the code in lower case and the description.
func (e remoteError) words() (code, description string) {
	var v3 struct {
		Code    scalar `json:"code"`
		Message scalar `json:"message"`
	}
	if len(e.Code) > 0 && e.Code[0] == '{' && json.Unmarshal(e.Code, &v3) == nil {
		return strings.ToLower(v3.Code.text()), v3.Message.text()
	}
	var s scalar
	_ = s.UnmarshalJSON(e.Code)
	code = strings.ToLower(s.text())
	if code == "0" {
		code = ""
	}
	return code, e.Description.text()
}

// The waits that go with refusals (reference §4.6, §4.7).
const (
	operatingPause    = 10 * time.Second // at least, after the operating time of a method is used up
	longestOperating  = 10 * time.Minute // it is counted over ten buckets of a minute
	usedMuch          = 100.0            // seconds of a method; the limits are 420 and 480
	crowdedFirst      = time.Second
	crowdedGrowth     = 1.5 // what the vendor's own clients do
	longestCrowded    = time.Minute
	describedAtMost   = 200 // characters of a portal's own words in our errors
	methodNotFound    = "error_method_not_found"
	operatingTimeOver = "operation_time_limit"
)

// unknownMethod says that the portal has no such method: an old installation,
// an absent module. Callers that can do without it ask for this error.
type unknownMethod struct{ error }

func (e *unknownMethod) Unwrap() error { return e.error }

// hasNo reports whether the error says that the portal lacks the method.
func hasNo(err error) bool {
	_, ok := errors.AsType[*unknownMethod](err)
	return ok
}

// refused turns a refusal of the portal into an error of the domain. The status
// is a hint at most: two versions of the vendor's documentation and its own
// clients disagree about it.
func (c *Connector) refused(a address, method string, res *outbound.Response, e envelope) error {
	if res.Status == http.StatusPaymentRequired {
		return parked("the portal is not paid for", nil)
	}
	code, _ := e.words()
	if code == operatingTimeOver {
		t := timing{}
		_ = json.Unmarshal(e.Time, &t)
		c.learnReset(a, method, t)
	}
	return c.meaning(a, method, res.Status, e.remoteError)
}

// meaning maps code and description, of a whole call or of one command of a batch.
func (c *Connector) meaning(a address, method string, status int, e remoteError) error {
	code, description := e.words()
	said := c.quoted(a, method, status, code, description)
	text := strings.ToLower(description)
	switch code {
	case "":
		switch {
		case strings.Contains(text, "not found"):
			return gone(said)
		case strings.Contains(text, "access denied"):
			return denied(method, said)
		}
	case "not_found", "owner_not_found", "error_not_found", "entity_not_found":
		return gone(said)

	case "query_limit_exceeded":
		return c.crowd(a, said)
	case operatingTimeOver:
		return c.block(a, method, said)
	case "overload_limit":
		return parked("the vendor has blocked calls to the portal because of overload", said)
	case "portal_deleted":
		return parked("the portal was closed", said)
	case "payment_required":
		return parked("the portal is not paid for", said)

	case "invalid_credentials":
		return noAccess("the portal does not accept the webhook: its secret is wrong, it was deleted or blocked, or it has another owner", said)
	case "no_auth_found":
		return noAccess("the portal found no credentials in the webhook's address", said)
	case "expired_token", "invalid_token":
		return noAccess(a.name()+" has expired, or is not accepted any more", said)
	case "insufficient_scope", "invalid_scope":
		return noAccess(a.name()+" lacks the scope "+scopeOf(method), said)
	case "method_confirm_waiting":
		return noAccess("an administrator of the portal must confirm the method "+method, said)
	case "user_access_error", "allowed_only_intranet_user":
		return noAccess("the owner of "+a.name()+" may not use REST: it must belong to an employee", said)
	case "invalid_request":
		if strings.Contains(text, "https") {
			return noAccess("the portal answers webhooks over https only", said)
		}

	case "access_denied":
		if aboutPlan(text) || (status != http.StatusBadRequest && strings.HasPrefix(method, "crm.") && !strings.Contains(text, "context")) {
			return parked("the portal's plan or subscription does not include REST", said)
		}
		return denied(method, said)
	case "wrong_auth_type":
		return refusal(method+" is open to applications only, not to a webhook", said)

	case methodNotFound:
		return &unknownMethod{refusal("the portal has no method "+method, said)}
	case "internal_server_error", "error_unexpected_answer":
		return offboarding.Unavailable("the portal failed in "+method, said)
	}
	if status >= 500 {
		return offboarding.Unavailable("the portal failed in "+method, said)
	}
	return refusal("the portal refused "+method, said)
}

// strange judges an answer that is no envelope: pages of proxies, empty bodies.
func (c *Connector) strange(method string, res *outbound.Response) error {
	now := c.wall()
	switch {
	case res.Status == http.StatusUnauthorized && res.IsHTML(), res.Status == http.StatusNotFound, res.Status == http.StatusGone:
		// A REST server says in JSON what it does not find; this is some page.
		return offboarding.Unavailable("the portal has no REST at this address", fmt.Errorf("%s answered %d", method, res.Status))
	case res.Status == http.StatusTooManyRequests:
		until := outbound.RetryAfter(res.Header, now)
		if until.IsZero() {
			until = now.Add(operatingPause)
		}
		return &offboarding.Backoff{
			Refused: true, Until: until,
			Err: offboarding.Unavailable("the portal asks us to wait", fmt.Errorf("%s answered %d", method, res.Status)),
		}
	}
	if err := outbound.Refusal(res, now); err != nil {
		return err
	}
	return offboarding.Unavailable("the portal's answer to "+method+" cannot be read", nil)
}

// quoted keeps what the portal said for the log, short and without the secret.
func (c *Connector) quoted(a address, method string, status int, code, description string) error {
	if a.secret != "" {
		description = strings.ReplaceAll(description, a.secret, "•••")
		code = strings.ReplaceAll(code, strings.ToLower(a.secret), "•••")
	}
	if runes := []rune(description); len(runes) > describedAtMost {
		description = string(runes[:describedAtMost]) + "…"
	}
	return fmt.Errorf("%s answered %d %q %q", method, status, printable(code), description)
}

func gone(said error) error {
	return &offboarding.Error{Kind: offboarding.KindGone, Msg: offboarding.ErrGone.Msg, Err: said}
}

func noAccess(msg string, said error) error {
	return &offboarding.Error{Kind: offboarding.KindUnauthorized, Msg: msg, Err: said}
}

func denied(method string, said error) error {
	return refusal("the webhook's owner has no right to "+method, said)
}

func refusal(msg string, said error) error {
	return &offboarding.Error{Kind: offboarding.KindInvalid, Msg: msg, Err: said}
}

func parked(msg string, said error) error {
	return &offboarding.Backoff{Park: true, Refused: true, Err: offboarding.Unavailable(msg, said)}
}

// aboutPlan recognises "…only on commercial plans" and "…by subscription",
// which portals translate.
func aboutPlan(text string) bool {
	for _, word := range []string{"plan", "subscription", "тариф", "подписк"} {
		if strings.Contains(text, word) {
			return true
		}
	}
	return false
}

// name says by what the portal is spoken to.
func (a address) name() string {
	if a.app {
		return "the application"
	}
	return "the webhook"
}

// scopeOf names the scope as the webhook's form lists it.
func scopeOf(method string) string {
	switch {
	case strings.HasPrefix(method, "crm."), method == "batch":
		return "crm"
	case strings.HasPrefix(method, "user."):
		return "user_basic"
	case strings.HasPrefix(method, "tasks."):
		return "task"
	}
	name, _, _ := strings.Cut(method, ".")
	return name
}

// crowd answers a refusal for the rate: never executed, asked again after a
// pause that grows while refusals follow each other.
func (c *Connector) crowd(a address, said error) error {
	c.mu.Lock()
	n := c.crowded[a.host]
	c.crowded[a.host] = n + 1
	c.mu.Unlock()
	pause := time.Duration(float64(crowdedFirst) * math.Pow(crowdedGrowth, float64(min(n, 20))))
	return &offboarding.Backoff{
		Refused: true, Until: c.wall().Add(min(pause, longestCrowded)),
		Err: offboarding.Unavailable("the portal has too many requests", said),
	}
}

// reset is what an answer told of a method's operating time.
type reset struct {
	at   time.Time // when the oldest of it comes back
	used float64   // seconds of it in all
}

// block remembers that a method has used up its operating time. Only this
// method is closed, so the account's other calls go on: what wanted it is
// postponed and nothing else.
func (c *Connector) block(a address, method string, said error) error {
	key := a.host + " " + method
	c.mu.Lock()
	until := c.reopens(key, c.wall())
	c.blocked[key] = until
	c.mu.Unlock()
	c.log.Warn("operating time of a method is used up", "host", a.host, "method", method, "until", until, "err", said)
	return usedUp(method, until)
}

// reopens tells when a method is tried again that was refused for its operating
// time: when the portal said it comes back. An answer with little time in it
// says so of that little only, which is not what has run out: then the pauses
// grow while refusals follow each other.
func (c *Connector) reopens(key string, now time.Time) time.Time {
	n := c.strikes[key]
	c.strikes[key] = n + 1
	earliest, latest := now.Add(operatingPause), now.Add(longestOperating)
	until := c.resets[key].at
	if soon := until.After(now) && until.Before(now.Add(time.Minute)); c.resets[key].used < usedMuch && !soon {
		until = now.Add(operatingPause << min(n, 6))
	}
	switch {
	case until.Before(earliest):
		return earliest
	case until.After(latest):
		return latest
	}
	return until
}

func usedUp(method string, until time.Time) error {
	return &offboarding.Postpone{Until: until, Real: true, Reason: "the operating time of " + method + " is used up"}
}

// mayCall refuses, without a request, a method that is blocked.
func (c *Connector) mayCall(a address, method string) error {
	key := a.host + " " + method
	c.mu.Lock()
	defer c.mu.Unlock()
	until, ok := c.blocked[key]
	if !ok {
		return nil
	}
	if !c.wall().Before(until) {
		delete(c.blocked, key)
		return nil
	}
	return usedUp(method, until)
}

// learnReset keeps when the operating time of a method comes back. The portal's
// clock is not ours: only the distance counts.
func (c *Connector) learnReset(a address, method string, t timing) {
	back, err := t.OperatingResetAt.Float64()
	if err != nil || back <= 0 {
		return
	}
	finish, err := t.Finish.Float64()
	if err != nil {
		finish = float64(t.finished().Unix())
	}
	left := time.Duration((back - finish) * float64(time.Second))
	if left <= 0 || left > longestOperating {
		return
	}
	used, err := t.Operating.Float64()
	if err != nil {
		used = usedMuch // it does not say: then it is believed
	}
	c.mu.Lock()
	c.resets[a.host+" "+method] = reset{c.wall().Add(left), used}
	c.mu.Unlock()
}

// went notes an answer that came through.
func (c *Connector) went(a address, method string, t timing) {
	c.mu.Lock()
	delete(c.crowded, a.host)
	delete(c.strikes, a.host+" "+method)
	c.mu.Unlock()
	c.learnReset(a, method, t)
}
