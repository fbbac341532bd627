package amocrm

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"opendoor/integrations/outbound"
	"opendoor/offboarding"
)

const (
	// The vendor's default is seven calls in any second for each integration;
	// paid packages raise it. One less is kept free, because calls that leave
	// evenly do not arrive evenly: at seven the simulator refuses some.
	callsPerSecond = 6
	maxAnswer      = 8 << 20 // a page of 250 leads with all their fields is under 2 MiB
	// The vendor's sample asks for 300 s. More than an hour is a mistake.
	longestWait = time.Hour
)

// hosts are the only ones that may be given a token.
var hosts = []string{".amocrm.ru", ".amocrm.com", ".kommo.com"}

// refusal is a bad answer with what only this package needs to know of it.
type refusal struct {
	status int
	codes  []string // of validation-errors
	err    error
}

func (r *refusal) Error() string { return r.err.Error() }
func (r *refusal) Unwrap() error { return r.err }

// refusedWith reports whether the CRM answered err with one of the statuses.
func refusedWith(err error, statuses ...int) bool {
	r, ok := errors.AsType[*refusal](err)
	return ok && slices.Contains(statuses, r.status)
}

// badChoice reports whether the CRM does not know a field or value that we
// named: our idea of its fields is out of date.
func badChoice(err error) bool {
	r, ok := errors.AsType[*refusal](err)
	return ok && r.status == http.StatusBadRequest && slices.Contains(r.codes, "NotSupportedChoice")
}

// get reads path into out and reports whether there was anything: an unknown
// or deleted entity and an empty list are 204 without a body.
func (c *Connector) get(ctx context.Context, acc *offboarding.Account, path string, query url.Values, out any) (bool, error) {
	return c.call(ctx, acc, http.MethodGet, path, query, nil, out)
}

// send writes in to path and reads the answer into out. An error of a write
// that may have been executed all the same is KindUnavailable: whoever repeats
// it looks first.
func (c *Connector) send(ctx context.Context, acc *offboarding.Account, method, path string, in, out any) (bool, error) {
	return c.call(ctx, acc, method, path, nil, in, out)
}

func (c *Connector) call(ctx context.Context, acc *offboarding.Account, method, path string, query url.Values, in, out any) (bool, error) {
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return false, fmt.Errorf("write request: %w", err)
		}
	}
	answer, err := c.answered(ctx, acc, method, path, query, body)
	if err != nil {
		return false, fmt.Errorf("%s %s: %w", method, path, err)
	}
	if err := refused(answer, c.wall()); err != nil {
		return false, fmt.Errorf("%s %s: %w", method, path, err)
	}
	offboarding.Answered(ctx)
	if answer.Status == http.StatusNoContent || len(bytes.TrimSpace(answer.Body)) == 0 {
		return false, nil
	}
	if answer.Truncated {
		return false, offboarding.Unavailable("the CRM's answer is too long", fmt.Errorf("%s %s", method, path))
	}
	if out == nil {
		return true, nil
	}
	if err := json.Unmarshal(answer.Body, out); err != nil {
		return false, offboarding.Unavailable("the CRM's answer is not complete", fmt.Errorf("%s %s: %w", method, path, err))
	}
	return true, nil
}

// answered asks, by OAuth once more with a new token after a refusal, and at
// the new address of an account that has moved.
func (c *Connector) answered(ctx context.Context, acc *offboarding.Account, method, path string, query url.Values, body []byte) (*outbound.Response, error) {
	a, err := c.accessTo(ctx, acc)
	if err != nil {
		return nil, err
	}
	renewed, moved := a.grant.AccessToken == "", a.grant.AccessToken == "" // a long-lived token is neither renewed nor followed
	for {
		answer, err := c.ask(ctx, acc, a, method, path, query, body)
		switch {
		case err != nil:
			return nil, err
		case answer.Status == http.StatusUnauthorized && !renewed:
			renewed = true
			if a, err = c.renew(ctx, acc, a); err != nil {
				return nil, err
			}
		case answer.Status == http.StatusNotFound && !moved:
			moved = true
			now, there := c.moved(ctx, acc, a)
			if !there {
				return answer, nil
			}
			a = now
		default:
			return answer, nil
		}
	}
}

// ask sends one request after waiting for its turn.
func (c *Connector) ask(ctx context.Context, acc *offboarding.Account, a access, method, path string, query url.Values, body []byte) (*outbound.Response, error) {
	req, err := c.request(ctx, a, method, path, query, body)
	if err != nil {
		return nil, err
	}
	if err := c.limiter.Take(ctx, limitKey(acc), limitOf(acc)); err != nil {
		return nil, err
	}
	answer, err := c.breakers.Do(ctx, req.URL.Host, func() (*outbound.Response, error) {
		return c.http.Do(ctx, req, maxAnswer)
	})
	if err != nil {
		return nil, outbound.Failure(err, false)
	}
	return answer, nil
}

func (c *Connector) request(ctx context.Context, a access, method, path string, query url.Values, body []byte) (*http.Request, error) {
	u := a.home.JoinPath("api/v4", path)
	u.RawQuery = query.Encode()
	req, err := http.NewRequestWithContext(ctx, method, u.String(), bytes.NewReader(body))
	if err != nil {
		return nil, offboarding.Invalid("the account's base_url is not an address")
	}
	req.Header.Set("Authorization", "Bearer "+a.token)
	req.Header.Set("Accept", "application/hal+json, application/json")
	if c.userAgent != "" {
		req.Header.Set("User-Agent", c.userAgent)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	return req, nil
}

// limitKey names what the vendor counts by: the account and the integration.
func limitKey(acc *offboarding.Account) string {
	client := acc.Credentials["client_id"]
	if client == "" {
		client = "token"
	}
	return "amocrm:" + acc.ID.String() + ":" + client
}

func limitOf(acc *offboarding.Account) outbound.Rate {
	perSecond := acc.Policy.RequestsPerSec
	if perSecond <= 0 {
		perSecond = callsPerSecond
	}
	return outbound.Rate{PerSecond: perSecond, Window: true}
}

// problem is the body of a refusal.
type problem struct {
	Title      text   `json:"title"`
	Detail     text   `json:"detail"`
	RetryAfter number `json:"retry_after"`
	Validation list[struct {
		Errors list[struct {
			Code text `json:"code"`
			Path text `json:"path"`
		}] `json:"errors"`
	}] `json:"validation-errors"`
}

// refused turns a bad answer into an error of the domain, by the table of
// reference §4.2.
func refused(r *outbound.Response, now time.Time) error {
	common := outbound.Refusal(r, now)
	if common == nil {
		return nil
	}
	var p problem
	isJSON := json.Unmarshal(r.Body, &p) == nil
	answered := fmt.Errorf("answered %d", r.Status)
	if id := r.Header.Get("X-Request-Id"); id != "" && len(id) <= 64 {
		answered = fmt.Errorf("answered %d, request %q", r.Status, id)
	}
	out := &refusal{status: r.Status, err: common}
	switch r.Status {
	case http.StatusBadRequest:
		wrong := &offboarding.Error{Kind: offboarding.KindInvalid, Msg: "the CRM refused the request", Err: answered}
		for _, element := range p.Validation {
			for _, e := range element.Errors {
				out.codes = append(out.codes, string(e.Code))
				wrong.Fields = append(wrong.Fields, offboarding.FieldError{Field: string(e.Path), Msg: string(e.Code)})
			}
		}
		out.err = wrong
	case http.StatusForbidden:
		if isJSON {
			msg := "the CRM refused the request: the token's user lacks the right"
			out.err = &offboarding.Error{Kind: offboarding.KindInvalid, Rule: "rights", Msg: msg, Err: answered}
		} else {
			out.err = &offboarding.Backoff{
				Park: true, Refused: true, Until: outbound.RetryAfter(r.Header, now),
				Err: offboarding.Unavailable("the CRM has blocked the account", answered),
			}
		}
	case http.StatusNotFound:
		// An unknown entity is 204. 404 is an unknown path or, for every path, a
		// subdomain that was renamed: nothing that could mean "deleted".
		out.err = offboarding.Unavailable("the CRM does not know this address; was the account renamed?", answered)
	case http.StatusMethodNotAllowed, http.StatusUnprocessableEntity:
		out.err = &offboarding.Error{Kind: offboarding.KindInvalid, Msg: "the CRM refused the request", Err: answered}
	case http.StatusTooManyRequests:
		until := outbound.RetryAfter(r.Header, now)
		if isJSON && p.RetryAfter > 0 {
			said := now.Add(min(time.Duration(min(int64(p.RetryAfter), 3600))*time.Second, longestWait))
			if said.After(until) {
				until = said
			}
		}
		out.err = &offboarding.Backoff{Refused: true, Until: until, Err: offboarding.Unavailable("the CRM asks us to wait", answered)}
	}
	return out
}

// unix reads a time of the CRM; 0 is none.
func unix(n number) time.Time {
	if n <= 0 {
		return time.Time{}
	}
	return time.Unix(int64(n), 0).UTC()
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// leadPath returns the path of a lead, or an error for an id that is none:
// ids come from outside and must not choose the path.
func leadPath(dealID string) (string, error) {
	entity, id, err := ownerOf(dealID)
	if err != nil {
		return "", err
	}
	return entity + "/" + id.id(), nil
}
