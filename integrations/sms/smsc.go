package sms

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"opendoor/offboarding"
)

// smsc is SMSC.ru (https://smsc.ru/api/http/), asked for JSON (fmt=3).
type smsc struct{ *Sender }

func (p smsc) form() url.Values {
	return url.Values{"login": {p.cfg.Login}, "psw": {p.cfg.Secret}, "fmt": {"3"}, "charset": {"utf-8"}}
}

type smscAnswer struct {
	ID      json.RawMessage `json:"id"`
	Count   int             `json:"cnt"`
	Balance json.RawMessage `json:"balance"`
	Error   string          `json:"error"`
	Code    int             `json:"error_code"`
}

func (p smsc) submit(ctx context.Context, id uuid.UUID, to, text string) (string, error) {
	f := p.form()
	f.Set("phones", to)
	f.Set("mes", text)
	f.Set("id", id.String()) // by it the message is found in their list; it folds nothing
	if p.cfg.From != "" {
		f.Set("sender", p.cfg.From)
	}
	var a smscAnswer
	if err := p.post(ctx, "/sys/send.php", f, true, &a); err != nil {
		return "", err
	}
	if a.Code == 0 && a.Error == "" {
		if len(a.ID) == 0 {
			return "", fmt.Errorf("%w: the provider named no message", offboarding.ErrUncertain)
		}
		return strings.Trim(string(a.ID), `"`), nil
	}
	return "", smscRefusal(a)
}

// smscRefusal: 1 wrong parameters, 2 wrong login, 3 no money, 4 our address is
// blocked for a while, 5 date, 6 forbidden text or sender, 7 wrong number,
// 8 the number gets no messages, 9 the same message within a minute.
func smscRefusal(a smscAnswer) error {
	said := fmt.Errorf("SMSC answered %d %s", a.Code, clip(a.Error))
	switch a.Code {
	case 1, 5, 6:
		return refused(said)
	case 7, 8:
		return noNumber(said)
	}
	return later(said)
}

func (p smsc) balance(ctx context.Context) (string, error) {
	var a smscAnswer
	if err := p.post(ctx, "/sys/balance.php", p.form(), false, &a); err != nil {
		return "", err
	}
	if a.Code != 0 || len(a.Balance) == 0 {
		return "", smscRefusal(a)
	}
	return strings.Trim(string(a.Balance), `"`), nil
}

// answer is a text message that came in.
type answer struct {
	ID      json.RawMessage `json:"id"`
	Phone   string          `json:"phone"`
	Message string          `json:"message"`
}

// smscNothing is the code of get.php for a list without messages.
const smscNothing = 3

// answers lists what came in during the last hours.
func (p smsc) answers(ctx context.Context, hours int) ([]offboarding.Arrival, error) {
	f := p.form()
	f.Set("get_answers", "1")
	f.Set("hour", strconv.Itoa(hours))
	var raw json.RawMessage
	if err := p.post(ctx, "/sys/get.php", f, false, &raw); err != nil {
		return nil, err
	}
	var items []json.RawMessage
	if json.Unmarshal(raw, &items) != nil {
		var a smscAnswer
		if json.Unmarshal(raw, &a) == nil && (a.Code == smscNothing || a.Code == 0 && a.Error == "") {
			return nil, nil
		}
		return nil, later(fmt.Errorf("SMSC answered %d %s", a.Code, clip(a.Error)))
	}
	var out []offboarding.Arrival
	for _, item := range items {
		var m answer
		if json.Unmarshal(item, &m) != nil || len(m.ID) == 0 {
			continue
		}
		out = append(out, offboarding.Arrival{
			Channel: offboarding.ChannelSMS, Kind: offboarding.InboundReply, ProviderID: "smsc:" + strings.Trim(string(m.ID), `"`),
			From: cmp.Or(offboarding.MobileNumber("+"+strings.TrimPrefix(m.Phone, "+")), m.Phone), Text: m.Message,
		})
	}
	return out, nil
}

// smscStatus is what became of a message: https://smsc.ru/api/http/status_messages/.
type smscStatus struct {
	Status *int            `json:"status"`
	Err    json.RawMessage `json:"err"` // of the operator
}

func (p smsc) reports(ctx context.Context, some []offboarding.Outstanding) ([]offboarding.Arrival, error) {
	f := p.form()
	phones, ids := "", "" // a comma behind the last asks for a list, be it of one
	for _, m := range some {
		phones += strings.TrimPrefix(offboarding.MobileNumber(m.To), "+") + ","
		ids += cmp.Or(m.Ref, m.EffectID.String()) + ","
	}
	f.Set("phone", phones)
	f.Set("id", ids)
	var raw json.RawMessage
	if err := p.post(ctx, "/sys/status.php", f, false, &raw); err != nil {
		return nil, err
	}
	var items []json.RawMessage
	if json.Unmarshal(raw, &items) != nil {
		var a smscAnswer
		_ = json.Unmarshal(raw, &a)
		return nil, later(fmt.Errorf("SMSC answered %d %s", a.Code, clip(a.Error)))
	}
	if len(items) != len(some) {
		return nil, later(fmt.Errorf("SMSC tells of %d messages, it was asked about %d", len(items), len(some)))
	}
	var out []offboarding.Arrival
	for i, item := range items { // in the order of the question
		var s smscStatus
		if json.Unmarshal(item, &s) != nil || s.Status == nil {
			continue
		}
		if fate := smscFate(*s.Status, strings.Trim(string(s.Err), `"`)); fate != nil {
			out = append(out, fate.of(some[i], "smsc", strconv.Itoa(*s.Status)))
		}
	}
	return out, nil
}

// smscFate: 1 delivered, 2 read, 4 its link was opened; 3 it was not delivered in
// time, 20 it cannot be, 22 wrong number, 23 forbidden, 24 no money, 25 the number
// is out of reach, -2 stopped. -3, -1 and 0 decide nothing. The operator's error 1
// says that nobody has the number.
func smscFate(status int, operator string) *fate {
	switch status {
	case 1, 2, 4:
		return &fate{arrived: true}
	case 3:
		return &fate{why: "the phone could not be reached in time"}
	case 22:
		return &fate{why: "the number is wrong", hard: true}
	case 20, 23, 24, 25, -2:
		return &fate{why: fmt.Sprintf("SMSC says %d, the operator's error is %s", status, cmp.Or(clip(operator), "not told")), hard: operator == "1"}
	}
	return nil
}

func clip(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > 200 {
		return string(r[:200]) + "…"
	}
	return s
}
