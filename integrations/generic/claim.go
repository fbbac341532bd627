package generic

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode"

	"opendoor/offboarding"
)

// The longest that a part of the body may be, in bytes. Names and addresses are
// bounded like those of the CRMs, prose like their notes.
const (
	longestBody  = 2 << 20
	longestRef   = 200
	longestLine  = 1000
	longestURL   = 2000
	longestProse = 20_000
)

// body is what a program tells us (contract §4).
type body struct {
	Type       string `json:"type"`
	OccurredAt *text  `json:"occurred_at"`
	Deal       struct {
		ID          ref    `json:"id"`
		Title       text   `json:"title"`
		AmountMinor *int64 `json:"amount_minor"`
		Currency    text   `json:"currency"`
	} `json:"deal"`
	Client struct {
		ID    ref  `json:"id"`
		Name  text `json:"name"`
		Email text `json:"email"`
		Phone text `json:"phone"`
		Lang  text `json:"lang"`

		TimeZone   text `json:"time_zone"`
		Birthday   text `json:"birthday"`
		CompanyDay text `json:"company_day"`
	} `json:"client"`
	Responsible struct {
		ID    ref  `json:"id"`
		Name  text `json:"name"`
		Email text `json:"email"`
	} `json:"responsible"`
	Reason       text `json:"reason"`
	Note         text `json:"note"`
	WriteBackURL text `json:"write_back_url"`
}

// text is a JSON string; null is an empty one.
type text string

// ref is an id: a string, or a whole number as many programs have them.
type ref string

// UnmarshalJSON takes a string or a whole number.
func (r *ref) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		return json.Unmarshal(b, (*string)(r))
	}
	if string(b) == "null" {
		return nil
	}
	n, err := strconv.ParseInt(string(b), 10, 64)
	if err != nil {
		return errors.New("an id must be a string or a whole number")
	}
	*r = ref(strconv.FormatInt(n, 10))
	return nil
}

// kinds says what each type of statement is in the vocabulary of all sources,
// and what it makes of the deal.
var kinds = map[string]struct {
	kind    offboarding.EventKind
	outcome offboarding.Outcome
}{
	"client.cancelled": {offboarding.DealStageChanged, offboarding.OutcomeLost},
	"client.returned":  {offboarding.DealStageChanged, offboarding.OutcomeWon},
	"client.updated":   {offboarding.DealUpdated, ""},
}

// Unpack reads the statement in a body, or by the account's mapping the
// statements in a foreign one. Fields that it does not know are left alone;
// those that it uses must be what they should be.
func (c *Connector) Unpack(acc *offboarding.Account, d *offboarding.Delivery) offboarding.Unpacked {
	if len(acc.Dialect.Mapping) > 0 {
		return unpackForeign(acc.Dialect.Mapping, d)
	}
	event, err := statement(d.Body, d)
	if err != nil {
		return offboarding.Unpacked{Malformed: err.Error()}
	}
	return offboarding.Unpacked{Events: []offboarding.UnpackedEvent{event}}
}

// statement reads one statement of ours.
func statement(raw []byte, d *offboarding.Delivery) (offboarding.UnpackedEvent, error) {
	var none offboarding.UnpackedEvent
	b, err := decode(raw)
	if err != nil {
		return none, err
	}
	known, ok := kinds[b.Type]
	if !ok {
		return offboarding.UnpackedEvent{
			Kind: offboarding.OtherEvent, EntityID: string(b.Deal.ID),
			Ignore: fmt.Sprintf("the type %.64q is not one that is acted on", b.Type),
		}, nil
	}
	claim, err := b.claim(d)
	if err != nil {
		return none, err
	}
	claim.Deal.Outcome = known.outcome
	return offboarding.UnpackedEvent{
		Kind: known.kind, EntityID: claim.Deal.ID,
		Hint: offboarding.Hint{OccurredAt: claim.Deal.MovedAt, Signed: claim},
	}, nil
}

func decode(raw []byte) (*body, error) {
	if len(raw) > longestBody {
		return nil, errors.New("the body is too large")
	}
	var b *body
	dec := json.NewDecoder(bytes.NewReader(raw))
	if err := dec.Decode(&b); err != nil {
		if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
			return nil, fmt.Errorf("%s must not be a JSON %s", or(e.Field, "the body"), e.Value)
		}
		return nil, errors.New("the body is not the JSON that was agreed on")
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows the JSON")
	}
	if b == nil || b.Type == "" {
		return nil, errors.New("type is missing")
	}
	for name, r := range map[string]ref{"deal.id": b.Deal.ID, "client.id": b.Client.ID, "responsible.id": b.Responsible.ID} {
		if len(r) > longestRef || strings.ContainsFunc(string(r), unicode.IsControl) {
			return nil, errors.New(name + " is not usable")
		}
	}
	return b, nil
}

// claim checks and cleans what the body states.
func (b *body) claim(d *offboarding.Delivery) (*offboarding.SignedClaim, error) {
	if b.Deal.ID == "" {
		return nil, errors.New("deal.id is missing")
	}
	parts := []struct {
		name    string
		value   *text
		longest int
	}{
		{"deal.title", &b.Deal.Title, longestLine},
		{"deal.currency", &b.Deal.Currency, longestLine},
		{"client.name", &b.Client.Name, longestLine},
		{"client.email", &b.Client.Email, longestLine},
		{"client.phone", &b.Client.Phone, longestLine},
		{"client.lang", &b.Client.Lang, longestLine},
		{"client.time_zone", &b.Client.TimeZone, longestLine},
		{"client.birthday", &b.Client.Birthday, longestLine},
		{"client.company_day", &b.Client.CompanyDay, longestLine},
		{"responsible.name", &b.Responsible.Name, longestLine},
		{"responsible.email", &b.Responsible.Email, longestLine},
		{"write_back_url", &b.WriteBackURL, longestURL},
		{"reason", &b.Reason, longestProse},
		{"note", &b.Note, longestProse},
	}
	for _, p := range parts {
		if len(*p.value) > p.longest {
			return nil, errors.New(p.name + " is too long")
		}
		*p.value = text(clean(string(*p.value), p.longest == longestProse))
	}
	at, err := b.occurred(d)
	if err != nil {
		return nil, err
	}
	claim := &offboarding.SignedClaim{
		Type: b.Type, Reason: string(b.Reason), Note: string(b.Note), WriteBackURL: string(b.WriteBackURL),
		Deal: offboarding.Deal{
			ID: string(b.Deal.ID), Title: string(b.Deal.Title), LossReason: string(b.Reason),
			Client: offboarding.Client{
				ID: string(b.Client.ID), Name: string(b.Client.Name), Email: string(b.Client.Email),
				Phone: string(b.Client.Phone), Lang: language(string(b.Client.Lang)),
				TimeZone: offboarding.ReadZone(string(b.Client.TimeZone)), Birthday: offboarding.ReadBirthday(string(b.Client.Birthday)),
				CompanyDay: offboarding.ReadBirthday(string(b.Client.CompanyDay)),
			},
			Responsible: offboarding.Responsible{ID: string(b.Responsible.ID), Name: string(b.Responsible.Name), Email: string(b.Responsible.Email)},
			UpdatedAt:   at, MovedAt: at,
		},
	}
	if b.Deal.AmountMinor != nil {
		currency := strings.ToUpper(string(b.Deal.Currency))
		if len(currency) != 3 || strings.Trim(currency, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
			return nil, errors.New("deal.currency must be a code of three letters beside deal.amount_minor")
		}
		claim.Deal.Amount = &offboarding.Money{AmountMinor: *b.Deal.AmountMinor, Currency: currency}
	}
	return claim, nil
}

// occurred is when it happened: as stated, otherwise when it was signed.
func (b *body) occurred(d *offboarding.Delivery) (time.Time, error) {
	if b.OccurredAt != nil && *b.OccurredAt != "" {
		at, err := time.Parse(time.RFC3339, string(*b.OccurredAt))
		if err != nil || at.Year() < 1970 || at.Year() > 9999 {
			return time.Time{}, errors.New("occurred_at is not a time as in RFC 3339")
		}
		return at.UTC().Truncate(time.Microsecond), nil
	}
	if s, err := strconv.ParseInt(d.SignedAt, 10, 64); err == nil && s > 0 && len(d.SignedAt) <= 11 {
		return time.Unix(s, 0).UTC(), nil
	}
	return d.ReceivedAt, nil
}

// clean takes out what no database, header or page should meet: control
// characters. Prose keeps its line breaks; everything else becomes one line.
func clean(s string, prose bool) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\n' && prose, r == '\t' && prose:
			return r
		case r == '\r' && prose:
			return -1
		case unicode.IsControl(r):
			return ' '
		}
		return r
	}, s)
	if prose {
		return strings.TrimSpace(s)
	}
	return strings.Join(strings.Fields(s), " ")
}

// language reads "ru", "ru-RU", "EN_us"; anything else is left to the account.
func language(s string) offboarding.Lang {
	s, _, _ = strings.Cut(strings.ToLower(s), "-")
	s, _, _ = strings.Cut(s, "_")
	return offboarding.Lang(s).Or("")
}

func or(s, other string) string {
	if s == "" {
		return other
	}
	return s
}
