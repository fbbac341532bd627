package sms

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"

	"github.com/google/uuid"

	"opendoor/offboarding"
)

// smsru is SMS.ru (https://sms.ru/api/send). It tells nobody of answers to a
// message, and it knows no id of ours.
type smsru struct{ *Sender }

func (p smsru) form() url.Values { return url.Values{"api_id": {p.cfg.Secret}, "json": {"1"}} }

type smsruStatus struct {
	Status string `json:"status"`
	Code   int    `json:"status_code"`
	Text   string `json:"status_text"`
}

type smsruAnswer struct {
	smsruStatus
	SMS     map[string]smsruStatus `json:"sms"`
	Balance json.RawMessage        `json:"balance"`
}

// smsruOK is the code of everything that was done.
const smsruOK = 100

func (p smsru) submit(ctx context.Context, _ uuid.UUID, to, text string) error {
	f := p.form()
	f.Set("to", to)
	f.Set("msg", text)
	if p.cfg.From != "" {
		f.Set("from", p.cfg.From)
	}
	var a smsruAnswer
	if err := p.post(ctx, "/sms/send", f, true, &a); err != nil {
		return err
	}
	one, ok := a.SMS[to]
	switch {
	case a.Code != smsruOK && a.Code != 0:
		return smsruRefusal(a.smsruStatus)
	case !ok || one.Code == 0:
		return fmt.Errorf("%w: the provider says nothing of the message", offboarding.ErrUncertain)
	case one.Code != smsruOK:
		return smsruRefusal(one)
	}
	return nil
}

// smsruRefusal: 202 wrong number, 203 no text, 205 too long, 207 no messages to
// this number, 209 it is on the account's stop list; 204 the sender's name is
// not agreed, and all others (login, money, limits, their own troubles), may get better.
func smsruRefusal(s smsruStatus) error {
	said := fmt.Errorf("SMS.ru answered %d %s", s.Code, clip(s.Text))
	switch {
	case slices.Contains([]int{202, 207, 209}, s.Code):
		return noNumber(said)
	case slices.Contains([]int{203, 205}, s.Code):
		return refused(said)
	}
	return later(said)
}

func (p smsru) balance(ctx context.Context) (string, error) {
	var a smsruAnswer
	if err := p.post(ctx, "/my/balance", p.form(), false, &a); err != nil {
		return "", err
	}
	if a.Code != smsruOK {
		return "", smsruRefusal(a.smsruStatus)
	}
	return string(a.Balance), nil
}
