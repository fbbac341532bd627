package outbound

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"opendoor/offboarding"
)

// longestRetryAfter bounds what a server may ask for: a header gone wrong must
// not silence an account for a year. amoCRM's own sample says 300 s.
const longestRetryAfter = time.Hour

// Failure turns an error of Client.Do into one of the domain. A request that
// certainly did not arrive is a refused Backoff; one that changes something
// and may have arrived is ErrUncertain; one that only reads is unavailable.
func Failure(err error, changes bool) error {
	n, ok := errors.AsType[*NetError](err)
	switch {
	case !ok:
		return err
	case !n.Sent:
		return &offboarding.Backoff{Refused: true, Err: offboarding.Unavailable("the server cannot be reached", err)}
	case changes:
		return fmt.Errorf("%w: %w", offboarding.ErrUncertain, err)
	}
	return offboarding.Unavailable("the server did not answer", err)
}

// Patiently turns a failure that names no better time into one that is tried at
// growing distances and given up in the end. A CRM's work waits for it as long
// as it takes; a message to a client grows stale.
func Patiently(err error) error {
	if b, ok := errors.AsType[*offboarding.Backoff](err); ok && b.Until.IsZero() && !b.Park {
		return b.Err
	}
	return err
}

// Refusal tells what an answer means for whoever asked: nil for 2xx that is no
// HTML page. It knows what both CRMs share; the codes in their bodies are read
// before it by those who know them.
//
//   - 401: ErrUnauthorized
//   - 402, and 403 as an HTML page: the account is unpaid or blocked, Backoff with Park
//   - 403 otherwise: KindUnauthorized, a right is missing
//   - 404, 410: ErrGone
//   - 408, 425, 429: Backoff, refused before execution
//   - 503: Backoff, which may have been executed
//   - other 5xx, redirects and HTML where data was expected: KindUnavailable
//   - other 4xx: KindInvalid
func Refusal(r *Response, now time.Time) error {
	answered := fmt.Errorf("answered %d", r.Status)
	switch s := r.Status; {
	case s >= 200 && s < 300:
		if r.IsHTML() {
			return offboarding.Unavailable("the server answered with a page instead of data", answered)
		}
		return nil
	case s == http.StatusUnauthorized:
		return &offboarding.Error{Kind: offboarding.KindUnauthorized, Msg: offboarding.ErrUnauthorized.Msg, Err: answered}
	case s == http.StatusPaymentRequired:
		return &offboarding.Backoff{
			Park: true, Refused: true, Until: RetryAfter(r.Header, now),
			Err: offboarding.Unavailable("the account is not paid for", answered),
		}
	case s == http.StatusForbidden && r.IsHTML():
		return &offboarding.Backoff{
			Park: true, Refused: true, Until: RetryAfter(r.Header, now),
			Err: offboarding.Unavailable("the account is blocked", answered),
		}
	case s == http.StatusForbidden:
		return &offboarding.Error{Kind: offboarding.KindUnauthorized, Msg: "a right is missing", Err: answered}
	case s == http.StatusNotFound, s == http.StatusGone:
		return &offboarding.Error{Kind: offboarding.KindGone, Msg: offboarding.ErrGone.Msg, Err: answered}
	case s == http.StatusRequestTimeout, s == http.StatusTooEarly, s == http.StatusTooManyRequests:
		return &offboarding.Backoff{
			Refused: true, Until: RetryAfter(r.Header, now),
			Err: offboarding.Unavailable("the server asks us to wait", answered),
		}
	case s == http.StatusServiceUnavailable:
		return &offboarding.Backoff{
			Until: RetryAfter(r.Header, now),
			Err:   offboarding.Unavailable("the server is busy", answered),
		}
	case s >= 400 && s < 500:
		return &offboarding.Error{Kind: offboarding.KindInvalid, Msg: "the server refused the request", Err: answered}
	}
	return offboarding.Unavailable("the server failed", answered)
}

// IsHTML reports whether the body is a page for people: what proxies, blocked
// and frozen accounts answer where data was asked for.
func (r *Response) IsHTML() bool {
	if len(bytes.TrimSpace(r.Body)) == 0 {
		return false
	}
	if strings.HasPrefix(strings.ToLower(strings.TrimSpace(r.Header.Get("Content-Type"))), "text/html") {
		return !looksLikeJSON(r.Body) // amoCRM has answered JSON under text/html
	}
	return bytes.HasPrefix(bytes.TrimSpace(r.Body), []byte("<"))
}

func looksLikeJSON(body []byte) bool {
	b := bytes.TrimSpace(body)
	return len(b) > 0 && (b[0] == '{' || b[0] == '[')
}

// RetryAfter reads the header of that name, in seconds or as a date, against
// the wall clock. Zero: it says nothing.
func RetryAfter(h http.Header, now time.Time) time.Time {
	v := strings.TrimSpace(h.Get("Retry-After"))
	if v == "" {
		return time.Time{}
	}
	if s, err := strconv.ParseFloat(v, 64); err == nil {
		if !(s > 0) { // also NaN
			return time.Time{}
		}
		return now.Add(min(time.Duration(min(s, longestRetryAfter.Seconds())*float64(time.Second)), longestRetryAfter))
	}
	at, err := http.ParseTime(v)
	if err != nil || !at.After(now) {
		return time.Time{}
	}
	return earlier(at, now.Add(longestRetryAfter))
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
