package sms

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

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
	ID     string `json:"sms_id"`
}

type smsruAnswer struct {
	smsruStatus
	SMS     map[string]smsruStatus `json:"sms"`
	Balance json.RawMessage        `json:"balance"`
}

// smsruOK is the code of everything that was done.
const smsruOK = 100

func (p smsru) submit(ctx context.Context, _ uuid.UUID, to, text string) (string, error) {
	f := p.form()
	f.Set("to", to)
	f.Set("msg", text)
	if p.cfg.From != "" {
		f.Set("from", p.cfg.From)
	}
	var a smsruAnswer
	if err := p.post(ctx, "/sms/send", f, true, &a); err != nil {
		return "", err
	}
	one, ok := a.SMS[to]
	switch {
	case a.Code != smsruOK && a.Code != 0:
		return "", smsruRefusal(a.smsruStatus)
	case !ok || one.Code == 0:
		return "", fmt.Errorf("%w: the provider says nothing of the message", offboarding.ErrUncertain)
	case one.Code != smsruOK:
		return "", smsruRefusal(one)
	}
	return one.ID, nil
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

// reports asks https://sms.ru/api/status. A message whose answer was lost has no
// name there and cannot be asked for.
func (p smsru) reports(ctx context.Context, some []offboarding.Outstanding) ([]offboarding.Arrival, error) {
	named := map[string]offboarding.Outstanding{}
	var ids []string
	for _, m := range some {
		if m.Ref != "" {
			named[m.Ref], ids = m, append(ids, m.Ref)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	f := p.form()
	f.Set("sms_id", strings.Join(ids, ","))
	var a smsruAnswer
	if err := p.post(ctx, "/sms/status", f, false, &a); err != nil {
		return nil, err
	}
	if a.Code != smsruOK {
		return nil, smsruRefusal(a.smsruStatus)
	}
	var out []offboarding.Arrival
	for id, s := range a.SMS {
		if fate, ok := smsruFate(s), named[id]; fate != nil && ok.Ref != "" {
			out = append(out, fate.of(ok, "smsru", strconv.Itoa(s.Code)))
		}
	}
	return out, nil
}

// smsruFate: 103 delivered, 110 read; 104 not in time, 105 deleted by the
// operator, 106 the phone failed, 107 unknown reason, 108 rejected, 150 no way to
// the number, 202 and 207 no messages at the number. The rest is under way.
func smsruFate(s smsruStatus) *fate {
	switch s.Code {
	case 103, 110:
		return &fate{arrived: true}
	case 104, 105, 106, 107, 108, 150, 202, 207:
		return &fate{why: fmt.Sprintf("SMS.ru says %d %s", s.Code, clip(s.Text)), hard: s.Code == 202 || s.Code == 207}
	}
	return nil
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
