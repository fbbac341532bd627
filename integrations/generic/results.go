package generic

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strconv"

	"opendoor/integrations/outbound"
	"opendoor/offboarding"
)

// readAnswer is how much of a receiver's answer is read: enough to keep the
// connection for the next result. What it says does not matter.
const readAnswer = 64 << 10

// Post sends body to address, signed under the id. Receivers tell a repeat by
// the id, so a result whose answer was lost is simply posted again.
func (c *Connector) Post(ctx context.Context, acc *offboarding.Account, address, id string, body []byte, fence offboarding.FenceFunc) error {
	u, err := c.address(address)
	if err != nil {
		return err
	}
	key, err := ParseSecret(acc.Credentials["secret"])
	if err != nil {
		return &offboarding.Error{Kind: offboarding.KindInvalid, Msg: "the result cannot be signed", Err: err}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, u.String(), bytes.NewReader(body))
	if err != nil {
		return offboarding.Invalid("the address for results cannot be read")
	}
	answer, err := c.breakers.Do(ctx, u.Host, func() (*outbound.Response, error) {
		if err := fence(ctx); err != nil {
			return nil, err
		}
		at := c.now()
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("webhook-id", id)
		req.Header.Set("webhook-timestamp", strconv.FormatInt(at.Unix(), 10))
		req.Header.Set("webhook-signature", Sign(key, id, at, body))
		return c.client.Do(ctx, req, readAnswer)
	})
	if err != nil {
		return outbound.Failure(err, false)
	}
	switch s := answer.Status; {
	case s >= 200 && s < 300:
		return nil
	case s == http.StatusRequestTimeout, s == http.StatusTooEarly, s == http.StatusTooManyRequests, s == http.StatusServiceUnavailable:
		return outbound.Refusal(answer, c.now())
	case s >= 400 && s < 500:
		return &offboarding.Error{Kind: offboarding.KindInvalid, Msg: "the receiver refused the result", Err: fmt.Errorf("answered %d", s)}
	}
	return offboarding.Unavailable("the receiver did not take the result", fmt.Errorf("answered %d", answer.Status))
}
