package generic

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"opendoor/integrations/outbound"
	"opendoor/offboarding"
)

// readAnswer is how much of a receiver's answer is read: enough to keep the
// connection for the next result. What it says does not matter.
const readAnswer = 64 << 10

// Post sends body to address, signed under the id. Receivers tell a repeat by
// the id, so a result whose answer was lost is simply posted again.
func (c *Connector) Post(ctx context.Context, acc *offboarding.Account, address, id string, body []byte, fence offboarding.FenceFunc) (offboarding.Posted, error) {
	var done offboarding.Posted
	u, err := c.address(address)
	if err != nil {
		return done, err
	}
	keys := c.keys(acc)
	if len(keys) == 0 {
		_, err := ParseSecret(acc.Credentials["secret"])
		return done, &offboarding.Error{Kind: offboarding.KindInvalid, Msg: "the result cannot be signed", Err: err}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, u.String(), bytes.NewReader(body))
	if err != nil {
		return done, offboarding.Invalid("the address for results cannot be read")
	}
	began := time.Now()
	answer, err := c.breakers.Do(ctx, u.Host, func() (*outbound.Response, error) {
		if err := fence(ctx); err != nil {
			return nil, err
		}
		at := c.now()
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("webhook-id", id)
		req.Header.Set("webhook-timestamp", strconv.FormatInt(at.Unix(), 10))
		req.Header.Set("webhook-signature", signAll(keys, id, at, body))
		return c.client.Do(ctx, req, readAnswer)
	})
	done.Took = time.Since(began)
	if err != nil {
		return done, outbound.Failure(err, false)
	}
	done.Status = answer.Status
	switch s := answer.Status; {
	case s >= 200 && s < 300:
		offboarding.Answered(ctx)
		return done, nil
	case s == http.StatusRequestTimeout, s == http.StatusTooEarly, s == http.StatusTooManyRequests, s == http.StatusServiceUnavailable:
		return done, outbound.Refusal(answer, c.now())
	case s == http.StatusUnauthorized, s == http.StatusForbidden, s == http.StatusNotFound, s == http.StatusGone:
		// It says something of the receiver and nothing of the result, which waits.
		return done, offboarding.Unavailable("the receiver takes no results", fmt.Errorf("answered %d", s))
	case s >= 400 && s < 500:
		return done, &offboarding.Error{Kind: offboarding.KindInvalid, Msg: "the receiver refused the result", Err: fmt.Errorf("answered %d", s)}
	}
	return done, offboarding.Unavailable("the receiver did not take the result", fmt.Errorf("answered %d", answer.Status))
}
