package generic

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"opendoor/integrations/outbound"
	"opendoor/offboarding"
)

var (
	noon   = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	secret = "whsec_" + base64.StdEncoding.EncodeToString([]byte("a secret of twenty-six byte"))
	acc    = &offboarding.Account{Provider: offboarding.Generic, Credentials: offboarding.Credentials{"secret": secret}}
)

func connector(t testing.TB) *Connector {
	t.Helper()
	client, err := outbound.New(outbound.Config{AllowPrivate: []string{"127.0.0.1"}, UserAgent: "opendoor/test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return New(client, outbound.NewBreakers(slog.New(slog.DiscardHandler)), func() time.Time { return noon })
}

func signed(t testing.TB, body string, at time.Time) *offboarding.Delivery {
	t.Helper()
	key, err := ParseSecret(secret)
	if err != nil {
		t.Fatal(err)
	}
	return &offboarding.Delivery{
		SignedID: "msg_1", SignedAt: strconv.FormatInt(at.Unix(), 10), ReceivedAt: noon,
		Signature: Sign(key, "msg_1", at, []byte(body)), Body: []byte(body),
	}
}

// The vector is the one of the Standard Webhooks specification.
func TestASignatureIsTheOneOfTheStandard(t *testing.T) {
	key, err := ParseSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if err != nil {
		t.Fatal(err)
	}
	got := Sign(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`))
	if want := "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestOnlyAFreshDeliveryWithOurSignatureIsProved(t *testing.T) {
	tests := map[string]struct {
		at     time.Time
		change func(d *offboarding.Delivery)
		want   bool
	}{
		"as it should be":                    {at: noon, want: true},
		"almost five minutes old":            {at: noon.Add(-5 * time.Minute), want: true},
		"from a clock that is ahead":         {at: noon.Add(5 * time.Minute), want: true},
		"too old":                            {at: noon.Add(-5*time.Minute - time.Second)},
		"from the future":                    {at: noon.Add(5*time.Minute + time.Second)},
		"drained from the spool hours later": {at: noon.Add(-6 * time.Hour), change: func(d *offboarding.Delivery) { d.ReceivedAt = noon.Add(-6 * time.Hour) }, want: true},
		"received by a moved clock":          {at: noon, change: func(d *offboarding.Delivery) { d.ReceivedAt = noon.AddDate(0, 6, 0) }, want: true},
		"among several signatures": {at: noon, change: func(d *offboarding.Delivery) {
			d.Signature = "v1,bm90IHRoaXM= v1a,xyz junk " + d.Signature
		}, want: true},
		"another version":   {at: noon, change: func(d *offboarding.Delivery) { d.Signature = "v2" + d.Signature[2:] }},
		"no signature":      {at: noon, change: func(d *offboarding.Delivery) { d.Signature = "" }},
		"an empty one":      {at: noon, change: func(d *offboarding.Delivery) { d.Signature = "v1," }},
		"another body":      {at: noon, change: func(d *offboarding.Delivery) { d.Body = append(d.Body, ' ') }},
		"another id":        {at: noon, change: func(d *offboarding.Delivery) { d.SignedID = "msg_2" }},
		"no id":             {at: noon, change: func(d *offboarding.Delivery) { d.SignedID = "" }},
		"no timestamp":      {at: noon, change: func(d *offboarding.Delivery) { d.SignedAt = "" }},
		"a later timestamp": {at: noon.Add(-time.Hour), change: func(d *offboarding.Delivery) { d.SignedAt = strconv.FormatInt(noon.Unix(), 10) }},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			d := signed(t, `{"type":"client.cancelled"}`, tt.at)
			if tt.change != nil {
				tt.change(d)
			}
			err := connector(t).Prove(acc, d)
			if tt.want != (err == nil) {
				t.Fatalf("got %v", err)
			}
			if err != nil && err != errRefused {
				t.Errorf("the refusal tells why: %v", err)
			}
		})
	}
	for name, bad := range map[string]string{"none": "", "without prefix": secret[6:], "no base64": "whsec_???", "short": "whsec_YWJj"} {
		other := &offboarding.Account{Credentials: offboarding.Credentials{"secret": bad}}
		if err := connector(t).Prove(other, signed(t, "{}", noon)); !offboarding.IsKind(err, offboarding.KindUnauthorized) {
			t.Errorf("secret %s: %v", name, err)
		}
	}
}

func TestAStatementIsReadWhole(t *testing.T) {
	got := connector(t).Unpack(acc, signed(t, `{"type":"client.cancelled","occurred_at":"2026-03-02T14:30:00+03:00",
		"deal":{"id":42,"title":"Сопровождение\r\nдоговора","amount_minor":123450,"currency":"rub"},
		"client":{"id":"c-1","name":" Мария\u0000 Иванова ","email":"maria@example.com","phone":"+7 900 000-00-00","lang":"ru-RU"},
		"responsible":{"id":"7","name":"Олег","email":"oleg@example.com"},
		"reason":"Дорого","note":"Первая строка\r\nВторая\u0007","write_back_url":"https://results.example.com/x","more":{"unknown":true}}`, noon))
	at := time.Date(2026, 3, 2, 11, 30, 0, 0, time.UTC)
	want := offboarding.Unpacked{Events: []offboarding.UnpackedEvent{{
		Kind: offboarding.DealStageChanged, EntityID: "42",
		Hint: offboarding.Hint{OccurredAt: at, Signed: &offboarding.SignedClaim{
			Type: "client.cancelled", Reason: "Дорого", Note: "Первая строка\nВторая", WriteBackURL: "https://results.example.com/x",
			Deal: offboarding.Deal{
				ID: "42", Title: "Сопровождение договора", Outcome: offboarding.OutcomeLost, LossReason: "Дорого",
				Amount:      &offboarding.Money{AmountMinor: 123450, Currency: "RUB"},
				Client:      offboarding.Client{ID: "c-1", Name: "Мария Иванова", Email: "maria@example.com", Phone: "+7 900 000-00-00", Lang: offboarding.RU},
				Responsible: offboarding.Responsible{ID: "7", Name: "Олег", Email: "oleg@example.com"},
				UpdatedAt:   at, MovedAt: at,
			},
		}},
	}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestWhatABodySaysDecidesItsEvent(t *testing.T) {
	long := strings.Repeat("x", longestProse+1)
	tests := map[string]struct {
		body      string
		kind      offboarding.EventKind
		outcome   offboarding.Outcome
		malformed string
		ignored   string
	}{
		"came back":               {body: `{"type":"client.returned","deal":{"id":"1"}}`, kind: offboarding.DealStageChanged, outcome: offboarding.OutcomeWon},
		"changed":                 {body: `{"type":"client.updated","deal":{"id":"1"},"client":null,"reason":null}`, kind: offboarding.DealUpdated},
		"unknown type":            {body: `{"type":"client.sneezed","deal":{"id":"1"}}`, kind: offboarding.OtherEvent, ignored: `"client.sneezed"`},
		"no deal":                 {body: `{"type":"client.cancelled"}`, malformed: "deal.id is missing"},
		"empty deal id":           {body: `{"type":"client.cancelled","deal":{"id":""}}`, malformed: "deal.id is missing"},
		"deal id is a fraction":   {body: `{"type":"client.cancelled","deal":{"id":1.5}}`, malformed: "not the JSON"},
		"deal id with a break":    {body: `{"type":"client.cancelled","deal":{"id":"1\n2"}}`, malformed: "deal.id is not usable"},
		"deal is a list":          {body: `{"type":"client.cancelled","deal":[]}`, malformed: "deal must not be a JSON array"},
		"name is a number":        {body: `{"type":"client.cancelled","deal":{"id":"1"},"client":{"name":5}}`, malformed: "client.name must not be a JSON number"},
		"amount is a fraction":    {body: `{"type":"client.cancelled","deal":{"id":"1","amount_minor":1.5,"currency":"RUB"}}`, malformed: "deal.amount_minor"},
		"amount is too large":     {body: `{"type":"client.cancelled","deal":{"id":"1","amount_minor":99999999999999999999,"currency":"RUB"}}`, malformed: "deal.amount_minor"},
		"amount without money":    {body: `{"type":"client.cancelled","deal":{"id":"1","amount_minor":1}}`, malformed: "deal.currency"},
		"no type":                 {body: `{"deal":{"id":"1"}}`, malformed: "type is missing"},
		"a time that is none":     {body: `{"type":"client.updated","deal":{"id":"1"},"occurred_at":"yesterday"}`, malformed: "occurred_at"},
		"a note without end":      {body: `{"type":"client.updated","deal":{"id":"1"},"note":"` + long + `"}`, malformed: "note is too long"},
		"null":                    {body: `null`, malformed: "type is missing"},
		"a list":                  {body: `[]`, malformed: "the body must not be a JSON array"},
		"nothing":                 {body: ``, malformed: "not the JSON"},
		"a form":                  {body: `type=client.cancelled`, malformed: "not the JSON"},
		"two statements":          {body: `{"type":"client.updated","deal":{"id":"1"}}{}`, malformed: "something follows"},
		"half a statement":        {body: `{"type":"client.updated","deal":{"id":"1"`, malformed: "not the JSON"},
		"nested without end":      {body: strings.Repeat("[", 20000), malformed: "not the JSON"},
		"larger than any we take": {body: `{"note":"` + strings.Repeat("x", longestBody) + `"}`, malformed: "too large"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := connector(t).Unpack(acc, signed(t, tt.body, noon))
			if tt.malformed != "" {
				if !strings.Contains(got.Malformed, tt.malformed) || len(got.Events) != 0 {
					t.Errorf("got %+v", got)
				}
				return
			}
			if got.Malformed != "" || len(got.Events) != 1 {
				t.Fatalf("got %+v", got)
			}
			e := got.Events[0]
			if e.Kind != tt.kind || e.EntityID != "1" || tt.ignored != "" != (e.Ignore != "") || !strings.Contains(e.Ignore, tt.ignored) {
				t.Errorf("got %+v", e)
			}
			if e.Ignore == "" && (e.Hint.Signed.Deal.Outcome != tt.outcome || !e.Hint.OccurredAt.Equal(noon)) {
				t.Errorf("got %+v", e.Hint)
			}
		})
	}
}

func TestAResultIsPostedSignedAndItsAnswerUnderstood(t *testing.T) {
	tests := map[string]struct {
		status int
		kind   offboarding.Kind
		ok     bool
		back   bool
	}{
		"taken":             {status: 202, ok: true},
		"no such address":   {status: 404, kind: offboarding.KindUnavailable},
		"gone for good":     {status: 410, kind: offboarding.KindUnavailable},
		"forbidden":         {status: 403, kind: offboarding.KindUnavailable},
		"not understood":    {status: 422, kind: offboarding.KindInvalid},
		"too fast":          {status: 429, kind: offboarding.KindUnavailable, back: true},
		"busy":              {status: 503, kind: offboarding.KindUnavailable, back: true},
		"broken":            {status: 500, kind: offboarding.KindUnavailable},
		"moved":             {status: 301, kind: offboarding.KindUnavailable},
		"answer never came": {status: 0, kind: offboarding.KindUnavailable},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c := connector(t)
			var calls atomic.Int32
			receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				calls.Add(1)
				body, _ := io.ReadAll(r.Body)
				d := &offboarding.Delivery{
					SignedID: r.Header.Get("webhook-id"), SignedAt: r.Header.Get("webhook-timestamp"),
					Signature: r.Header.Get("webhook-signature"), Body: body, ReceivedAt: noon,
				}
				if err := c.Prove(acc, d); err != nil || d.SignedID != "msg_9" || r.Header.Get("Content-Type") != "application/json" {
					t.Errorf("the receiver cannot prove it: %v, %v", err, r.Header)
				}
				if tt.status == 0 {
					panic(http.ErrAbortHandler)
				}
				w.Header().Set("Retry-After", "7")
				w.Header().Set("Location", "/elsewhere")
				w.WriteHeader(tt.status)
			}))
			defer receiver.Close()
			_, err := c.Post(t.Context(), acc, receiver.URL+"/secret-path", "msg_9", []byte(`{"type":"case.opened"}`), func(context.Context) error { return nil })
			if calls.Load() != 1 || tt.ok != (err == nil) {
				t.Fatalf("%d calls, %v", calls.Load(), err)
			}
			if tt.ok {
				return
			}
			b, back := errors.AsType[*offboarding.Backoff](err)
			if !offboarding.IsKind(err, tt.kind) || errors.Is(err, offboarding.ErrUncertain) || back != tt.back || strings.Contains(err.Error(), "secret-path") {
				t.Errorf("got %v", err)
			}
			if back && !b.Until.Equal(noon.Add(7*time.Second)) {
				t.Errorf("until %v", b.Until)
			}
		})
	}
}

func TestNothingIsPostedThatMustNotBe(t *testing.T) {
	var calls atomic.Int32
	receiver := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { calls.Add(1) }))
	defer receiver.Close()
	c := connector(t)
	open := func(context.Context) error { return nil }
	if _, err := c.Post(t.Context(), acc, receiver.URL, "msg_9", nil, func(context.Context) error { return offboarding.ErrFenced }); !errors.Is(err, offboarding.ErrFenced) {
		t.Errorf("a closed fence: %v", err)
	}
	for _, address := range []string{"", "http://example.com/", "https://10.0.0.1/", "https://intranet/", ":bad", "http://127.0.0.2/"} {
		if _, err := c.Post(t.Context(), acc, address, "msg_9", nil, open); !offboarding.IsKind(err, offboarding.KindInvalid) {
			t.Errorf("address %q: %v", address, err)
		}
	}
	if _, err := c.Post(t.Context(), &offboarding.Account{}, receiver.URL, "msg_9", nil, open); !offboarding.IsKind(err, offboarding.KindInvalid) {
		t.Errorf("no secret: %v", err)
	}
	if n := calls.Load(); n != 0 {
		t.Errorf("%d calls", n)
	}
}

func TestThereIsNothingToReadBackAndNothingToWriteInto(t *testing.T) {
	c := connector(t)
	if _, err := c.Deal(t.Context(), acc, "1"); !offboarding.IsKind(err, offboarding.KindInvalid) {
		t.Errorf("Deal: %v", err)
	}
	if bodies, cursor, err := c.Poll(t.Context(), &offboarding.Account{Cursor: json.RawMessage(`1`)}); len(bodies) != 0 || string(cursor) != "1" || err != nil {
		t.Errorf("Poll: %v %s %v", bodies, cursor, err)
	}
	if w, err := c.PutCard(t.Context(), acc, "1", offboarding.Card{}, nil); w.Changed || err != nil {
		t.Errorf("PutCard: %v %v", w, err)
	}
	if w, err := c.PutNote(t.Context(), acc, "1", "", "", "", nil); w.Changed || err != nil {
		t.Errorf("PutNote: %v %v", w, err)
	}
	if w, err := c.PutTask(t.Context(), acc, "1", offboarding.CardTask{}, nil); w.Changed || err != nil {
		t.Errorf("PutTask: %v %v", w, err)
	}
	if p, err := c.Pipelines(t.Context(), acc); p == nil || len(p) != 0 || err != nil {
		t.Errorf("Pipelines: %v %v", p, err)
	}
	for lang, word := range map[offboarding.Lang]string{offboarding.RU: "Подпишите", offboarding.EN: "Sign"} {
		r, err := c.Setup(t.Context(), &offboarding.Account{Lang: lang}, "https://door.example.com/hooks/generic/k")
		if err != nil || r.Hook.State != "by_hand" || r.Hook.URL == "" || !strings.Contains(strings.Join(r.Advice, " "), word) {
			t.Errorf("Setup %s: %+v %v", lang, r, err)
		}
	}
}

func TestACheckLooksAtSecretAndAddress(t *testing.T) {
	tests := map[string]struct {
		acc         offboarding.Account
		secret, url bool
	}{
		"all is well":        {offboarding.Account{Credentials: acc.Credentials, BaseURL: "https://results.example.com/"}, true, true},
		"no address":         {offboarding.Account{Credentials: acc.Credentials}, true, true},
		"a private address":  {offboarding.Account{Credentials: acc.Credentials, BaseURL: "https://10.0.0.1/"}, true, false},
		"a secret of others": {offboarding.Account{Credentials: offboarding.Credentials{"secret": "abc"}}, false, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := connector(t).Check(t.Context(), &tt.acc)
			if len(got) != 2 || got[0].OK != tt.secret || got[1].OK != tt.url {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func FuzzUnpack(f *testing.F) {
	f.Add([]byte(`{"type":"client.cancelled","occurred_at":"2026-03-02T14:30:00+03:00","deal":{"id":42,"amount_minor":1,"currency":"RUB"},"client":{"lang":"ru"}}`), "1772452800")
	f.Add([]byte(`{"type":"x"}`), "-1")
	f.Add([]byte(`null`), "")
	c := connector(f)
	f.Fuzz(func(t *testing.T, body []byte, at string) {
		u := c.Unpack(acc, &offboarding.Delivery{Body: body, SignedAt: at, ReceivedAt: noon})
		if (u.Malformed == "") != (len(u.Events) == 1) {
			t.Fatalf("neither read nor refused: %+v", u)
		}
		if strings.ContainsRune(fmt.Sprintf("%+v", u), 0) {
			t.Fatal("NUL goes through, which PostgreSQL refuses to store")
		}
		if _, err := json.Marshal(u); err != nil {
			t.Fatal(err)
		}
		for _, e := range u.Events {
			if s := e.Hint.Signed; s != nil && strings.ContainsRune(fmt.Sprintf("%+v", *s), 0) {
				t.Fatal("NUL goes through, which PostgreSQL refuses to store")
			}
			if e.Ignore == "" && (e.EntityID == "" || e.Hint.Signed == nil || e.Hint.OccurredAt.IsZero()) {
				t.Fatalf("a half event: %+v", e)
			}
		}
	})
}

func FuzzProve(f *testing.F) {
	good := signed(f, "{}", noon)
	f.Add(good.SignedID, good.SignedAt, good.Signature, []byte("{}"))
	f.Add("", "", "v1,", []byte(nil))
	c := connector(f)
	f.Fuzz(func(t *testing.T, id, at, signature string, body []byte) {
		err := c.Prove(acc, &offboarding.Delivery{SignedID: id, SignedAt: at, Signature: signature, Body: body, ReceivedAt: noon})
		if err == nil && (id != good.SignedID || at != good.SignedAt || string(body) != "{}") {
			t.Fatal("proved something that was never signed")
		}
	})
}
