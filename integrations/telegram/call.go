package telegram

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"opendoor/integrations/outbound"
	"opendoor/offboarding"
)

const (
	maxAnswer  = 8 << 20   // bytes; fifty updates with everything that Telegram allows in them are far below
	longestLay = time.Hour // a retry_after gone wrong must not silence the bot for a year
)

// answer is the frame of every answer.
type answer struct {
	OK          bool            `json:"ok"`
	Result      json.RawMessage `json:"result"`
	Code        int             `json:"error_code"`
	Description string          `json:"description"`
	Parameters  struct {
		RetryAfter int `json:"retry_after"`
	} `json:"parameters"`
}

// call calls a method. changes says that a repeat would be seen by somebody.
// The token is part of the address, which stands in no error.
func (b *Bot) call(ctx context.Context, method string, params any, changes bool) (json.RawMessage, error) {
	body, err := json.Marshal(params)
	if err != nil {
		return nil, err // our own structs
	}
	at := b.cfg.API.JoinPath("bot"+b.cfg.Token, method)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, at.String(), bytes.NewReader(body))
	if err != nil {
		return nil, errors.New("the address of Telegram cannot be used")
	}
	req.Header.Set("Content-Type", "application/json")
	r, err := b.cfg.Breakers.Do(ctx, at.Host, func() (*outbound.Response, error) { return b.cfg.HTTP.Do(ctx, req, maxAnswer) })
	if err != nil {
		return nil, outbound.Patiently(outbound.Failure(err, changes))
	}
	var a answer
	if json.Unmarshal(r.Body, &a) != nil || r.Truncated || !a.OK && a.Code == 0 {
		return nil, unreadable(r, changes)
	}
	if a.OK {
		return a.Result, nil
	}
	return nil, refusal(a, time.Now())
}

// unreadable: something between us and Telegram answered, or Telegram broke
// off; what became of the request is not known.
func unreadable(r *outbound.Response, changes bool) error {
	err := fmt.Errorf("answered %d without saying anything", r.Status)
	switch {
	case r.Status == http.StatusTooManyRequests:
		return &offboarding.Backoff{Refused: true, Until: outbound.RetryAfter(r.Header, time.Now()), Err: offboarding.Unavailable("Telegram asks us to wait", err)}
	case changes && (r.Status < 400 || r.Status >= 500):
		return fmt.Errorf("%w: %w", offboarding.ErrUncertain, err)
	}
	return offboarding.Unavailable("Telegram did not answer", err)
}

// refusal tells what a refusal means: Telegram says so before it does anything.
func refusal(a answer, now time.Time) error {
	said := fmt.Errorf("answered %d %s", a.Code, clip(a.Description))
	switch a.Code {
	case http.StatusTooManyRequests:
		wait := min(time.Duration(max(a.Parameters.RetryAfter, 1))*time.Second, longestLay)
		return &offboarding.Backoff{Refused: true, Until: now.Add(wait), Err: offboarding.Unavailable("Telegram asks us to wait", said)}
	case http.StatusUnauthorized, http.StatusNotFound: // of the bot, not of the chat
		return offboarding.Unavailable("Telegram does not accept the bot's token", said)
	case http.StatusForbidden:
		return &offboarding.Error{Kind: offboarding.KindGone, Msg: "the client has closed the chat", Err: said}
	case http.StatusBadRequest:
		if strings.Contains(strings.ToLower(a.Description), "chat not found") {
			return &offboarding.Error{Kind: offboarding.KindGone, Msg: "the chat is not there", Err: said}
		}
		return &offboarding.Error{Kind: offboarding.KindInvalid, Msg: "Telegram refused the message", Err: said}
	}
	return offboarding.Unavailable("Telegram could not do it", said)
}

func clip(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > 200 {
		return string(r[:200]) + "…"
	}
	return s
}
