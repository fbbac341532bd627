package bitrix24

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"opendoor/integrations/outbound"
	"opendoor/offboarding"
)

// The leaky bucket of a portal (reference §4.7). A policy may name another
// drain, as an Enterprise portal has it.
const (
	drainPerSecond = 2
	burst          = 50
)

// maxAnswer bounds one answer; fifty deals with many fields are under 1 MiB.
const maxAnswer = 8 << 20

// params are the named parameters of a method.
type params map[string]any

// reply is an answer without an error.
type reply struct {
	Result json.RawMessage
	Time   timing
}

// timing is the time block of an answer. Old portals leave parts of it out.
type timing struct {
	Finish           json.Number `json:"finish"`
	DateFinish       scalar      `json:"date_finish"`
	OperatingResetAt json.Number `json:"operating_reset_at"`
	Operating        json.Number `json:"operating"` // seconds
}

// finished is the portal's own time of the answer, in whole seconds as it
// prints its dates; zero when it does not tell.
func (t timing) finished() time.Time { return t.DateFinish.time() }

// into decodes the result.
func (r reply) into(method string, out any) error {
	if err := json.Unmarshal(r.Result, out); err != nil {
		return offboarding.Unavailable("the portal's answer to "+method+" cannot be read", nil)
	}
	return nil
}

// call runs one method. Errors are those of offboarding/errors.go; a write that
// may have happened all the same is KindUnavailable, and its caller looks
// before it writes again.
func (c *Connector) call(ctx context.Context, acc *offboarding.Account, method string, p params) (reply, error) {
	a, err := c.addressOf(acc)
	if err != nil {
		return reply{}, err
	}
	if err := c.mayCall(a, method); err != nil {
		return reply{}, err
	}
	if p == nil {
		p = params{}
	}
	var grant offboarding.Grant
	if a.app {
		if grant, err = c.grants.Current(ctx, acc.ID); err != nil {
			return reply{}, err
		}
	}
	res, a, err := c.send(ctx, acc, a, method, p, grant.AccessToken)
	if err == nil && a.app && expired(res) {
		if grant, err = c.grants.Renew(ctx, acc.ID, grant.AccessToken, c.refresh(acc)); err != nil {
			return reply{}, fmt.Errorf("renew access: %w", err)
		}
		res, a, err = c.send(ctx, acc, a, method, p, grant.AccessToken)
		if err == nil && expired(res) && !c.wall().Before(grant.ExpiresAt) {
			// It was good for less time than the call waited for its turn: no reason to take the account for lost.
			return reply{}, offboarding.Unavailable("new access to the portal ran out before "+method+" was sent", nil)
		}
	}
	if err == nil && a.app && unknownToken(res) { // removed and installed again since; only memory held the old one
		newer, found, err := c.grants.Newer(ctx, acc.ID, grant.AccessToken)
		if err != nil {
			return reply{}, fmt.Errorf("read access: %w", err)
		}
		if found {
			grant = newer
			if res, a, err = c.send(ctx, acc, a, method, p, grant.AccessToken); err != nil {
				return reply{}, err
			}
		}
	}
	if err != nil {
		return reply{}, err
	}
	a.secret = cmp.Or(a.secret, grant.AccessToken)
	answer, err := c.read(a, method, res)
	if err == nil {
		offboarding.Answered(ctx)
	}
	return answer, err
}

// send posts one call, to the new address of a portal that was renamed.
func (c *Connector) send(ctx context.Context, acc *offboarding.Account, a address, method string, p params, token string) (*outbound.Response, address, error) {
	if a.app {
		p = withAuth(p, token)
	}
	body, err := json.Marshal(p)
	if err != nil {
		return nil, a, fmt.Errorf("encode the parameters of %s: %w", method, err)
	}
	res, err := c.post(ctx, acc, a, method, body)
	if err != nil {
		c.stay(a)
		return nil, a, err
	}
	if moved, ok := redirect(res); ok {
		if a, err = c.move(ctx, acc, a, method, moved); err != nil {
			return nil, a, err
		}
		res, err = c.post(ctx, acc, a, method, body)
	}
	return res, a, err
}

// post sends one request after waiting for its turn.
func (c *Connector) post(ctx context.Context, acc *offboarding.Account, a address, method string, body []byte) (*outbound.Response, error) {
	rate := outbound.Rate{PerSecond: drainPerSecond, Burst: burst}
	if acc.Policy.RequestsPerSec > 0 {
		rate.PerSecond = acc.Policy.RequestsPerSec
	}
	if err := c.limiter.Take(ctx, "bitrix24:"+a.host, rate); err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, a.base+"/"+method, bytes.NewReader(body))
	if err != nil {
		return nil, errAddress
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	res, err := c.breakers.Do(ctx, a.host, func() (*outbound.Response, error) {
		return c.http.Do(ctx, req, maxAnswer)
	})
	if err != nil {
		return nil, outbound.Failure(err, false)
	}
	return res, nil
}

// envelope is what stands around every answer. Whether it is an error is told
// by the presence of the error alone: some methods refuse with status 200.
type envelope struct {
	Result json.RawMessage `json:"result"`
	Time   json.RawMessage `json:"time"`
	remoteError
}

func (c *Connector) read(a address, method string, res *outbound.Response) (reply, error) {
	var e envelope
	err := json.Unmarshal(res.Body, &e)
	switch {
	case res.Truncated:
		return reply{}, offboarding.Unavailable("the portal's answer to "+method+" is too long", nil)
	case err == nil && e.present():
		return reply{}, c.refused(a, method, res, e)
	case res.Status < 200 || res.Status > 299:
		return reply{}, c.strange(method, res)
	case err != nil || e.Result == nil:
		return reply{}, offboarding.Unavailable("the portal's answer to "+method+" cannot be read", nil)
	}
	r := reply{Result: e.Result}
	// A strange time block must not cost the answer.
	_ = json.Unmarshal(e.Time, &r.Time)
	c.went(a, method, r.Time)
	return r, nil
}

// redirect finds the address in the answer of a portal that was renamed.
func redirect(res *outbound.Response) (*url.URL, bool) {
	switch res.Status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther,
		http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
	default:
		return nil, false
	}
	u, err := url.Parse(strings.TrimSpace(res.Header.Get("Location")))
	if err != nil || u.Host == "" {
		return nil, false
	}
	return u, true
}

// move takes the new host of a renamed portal, and nothing else of the address,
// from its answer. The account keeps the old address until a person changes it.
func (c *Connector) move(ctx context.Context, acc *offboarding.Account, a address, method string, to *url.URL) (address, error) {
	origin := to.Scheme + "://" + strings.ToLower(to.Host)
	if origin == a.origin || !strings.Contains(to.EscapedPath(), "/rest/") {
		return a, offboarding.Unavailable("the portal sent "+method+" to another page", nil)
	}
	if err := c.http.Check(&url.URL{Scheme: to.Scheme, Host: to.Host, Path: "/"}, vendorDomains); err != nil {
		return a, &offboarding.Error{
			Kind: offboarding.KindUnauthorized,
			Msg:  "the portal now answers at " + printable(to.Host) + ", which nobody has confirmed: enter its new address",
			Err:  err,
		}
	}
	moved := a.at(origin)
	c.mu.Lock()
	c.renamed[a.kept] = origin
	c.mu.Unlock()
	c.log.WarnContext(ctx, "portal was renamed, the account's address should be changed",
		"account_id", acc.ID, "old_host", a.host, "new_host", moved.host)
	if a.app {
		if err := c.grants.Moved(ctx, acc.ID, strings.TrimSuffix(moved.base, "/rest")); err != nil {
			c.log.WarnContext(ctx, "the portal's new address was not stored", "account_id", acc.ID, "err", err)
		}
	}
	return moved, nil
}

// stay makes the next call begin at the address that the account keeps: the
// host that it was sent to does not answer.
func (c *Connector) stay(a address) {
	if a.base == a.kept {
		return
	}
	c.mu.Lock()
	delete(c.renamed, a.kept)
	c.mu.Unlock()
}
