package bitrix24

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"opendoor/integrations/outbound"
	"opendoor/offboarding"
)

// clock is a wall clock that tests move.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func newClock() *clock { return &clock{at: time.Now()} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// loopback returns a connector that may call servers of the test, its clock and
// its log.
func loopback(t testing.TB) (*Connector, *clock, *bytes.Buffer) {
	t.Helper()
	var out bytes.Buffer
	log := slog.New(slog.NewTextHandler(&lockedWriter{w: &out}, &slog.HandlerOptions{Level: slog.LevelDebug}))
	client, err := outbound.New(outbound.Config{AllowPrivate: []string{"127.0.0.0/8"}, UserAgent: "opendoor/test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	wall := newClock()
	quiet := slog.New(slog.DiscardHandler)
	return New(Config{HTTP: client, Limiter: outbound.NewLimiter(nil, quiet), Breakers: outbound.NewBreakers(quiet), Wall: wall.now, Log: log}), wall, &out
}

type lockedWriter struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *lockedWriter) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}

// at is an account whose portal is the server.
func at(server *httptest.Server) *offboarding.Account {
	acc := account()
	acc.Credentials["webhook_url"] = server.URL + "/rest/1/s3cr3tOfTheHook/"
	acc.Policy.RequestsPerSec = 1e6
	return acc
}

// answering serves one answer to everything.
func answering(t testing.TB, status int, contentType, body string) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(server.Close)
	return server
}

func TestEveryRefusalOfThePortalIsUnderstood(t *testing.T) {
	const (
		backoff  = "backoff"
		park     = "park"
		postpone = "postpone"
		gateway  = "text/html"
	)
	kinds := map[string]offboarding.Kind{
		"gone": offboarding.KindGone, "unauthorized": offboarding.KindUnauthorized,
		"unavailable": offboarding.KindUnavailable, "invalid": offboarding.KindInvalid,
	}
	tests := map[string]struct {
		file, body, contentType string
		status                  int
		want, says              string
	}{
		"unknown deal":               {status: 400, file: "not-found.json", want: "gone"},
		"unknown deal, full stop":    {status: 400, body: `{"error":"","error_description":"Not found."}`, want: "gone"},
		"unknown item":               {status: 400, file: "item-not-found.json", want: "gone"},
		"unknown owner":              {status: 400, file: "owner-not-found.json", want: "gone"},
		"no id":                      {status: 400, file: "id-not-defined.json", want: "invalid"},
		"missing parameter":          {status: 400, file: "missing-parameter.json", want: "invalid"},
		"no right":                   {status: 400, file: "access-denied-text.json", want: "invalid", says: "no right"},
		"no right, named":            {status: 400, body: `{"error":"ACCESS_DENIED","error_description":"Access denied!"}`, want: "invalid"},
		"wrong kind of caller":       {status: 403, file: "wrong-auth-type.json", want: "invalid", says: "application"},
		"method unknown":             {status: 404, file: "method-not-found.json", want: "invalid"},
		"rest 3":                     {status: 400, file: "v3-validation.json", want: "invalid"},
		"the number 0":               {status: 400, body: `{"error":0,"error_description":"Not found"}`, want: "gone"},
		"a refusal under 200":        {status: 200, body: `{"error":"","error_description":"Access denied."}`, want: "invalid"},
		"expired":                    {status: 401, file: "expired-token.json", want: "unauthorized"},
		"no credentials":             {status: 401, file: "no-auth-found.json", want: "unauthorized"},
		"secret revoked":             {status: 401, file: "invalid-credentials.json", want: "unauthorized", says: "secret"},
		"secret revoked, old status": {status: 403, file: "invalid-credentials.json", want: "unauthorized"},
		"scope":                      {status: 401, file: "insufficient-scope.json", want: "unauthorized", says: "scope crm"},
		"https required":             {status: 400, body: `{"error":"INVALID_REQUEST","error_description":"Https required."}`, want: "unauthorized", says: "https"},
		"not confirmed":              {status: 401, body: `{"error":"METHOD_CONFIRM_WAITING","error_description":"Waiting for confirmation"}`, want: "unauthorized"},
		"too many requests":          {status: 503, file: "query-limit-exceeded.json", want: backoff},
		"too many, no json":          {status: 429, contentType: gateway, body: "<html>slow down</html>", want: backoff},
		"operating time":             {status: 429, file: "operation-time-limit.json", want: postpone},
		"overload":                   {status: 503, file: "overload-limit.json", want: park},
		"overload, new status":       {status: 401, file: "overload-limit.json", want: park},
		"plan":                       {status: 401, body: `{"error":"ACCESS_DENIED","error_description":"REST is available only by subscription"}`, want: park},
		"plan, in Russian":           {status: 403, body: `{"error":"ACCESS_DENIED","error_description":"REST API доступен только на коммерческих тарифах"}`, want: park},
		"closed":                     {status: 410, body: `{"error":"PORTAL_DELETED","error_description":"Portal was deleted"}`, want: park},
		"unpaid":                     {status: 402, body: `{"error":"PAYMENT_REQUIRED"}`, want: park},
		"blocked page":               {status: 403, contentType: gateway, body: "<html>403</html>", want: park},
		"failed":                     {status: 500, file: "internal-server-error.json", want: "unavailable"},
		"unknown failure":            {status: 500, body: `{"error":"SOMETHING","error_description":"else"}`, want: "unavailable"},
		"gateway":                    {status: 502, contentType: gateway, file: "gateway-502.html", want: "unavailable"},
		"a page under 200":           {status: 200, contentType: gateway, body: "<html>login</html>", want: "unavailable"},
		"a page not found":           {status: 404, contentType: gateway, body: "<html>nothing here</html>", want: "unavailable"},
		"half a body":                {status: 200, body: `{"result":{"ID":"41`, want: "unavailable"},
		"empty":                      {status: 200, want: "unavailable"},
		"no result":                  {status: 200, body: `{"time":{}}`, want: "unavailable"},
		"something else":             {status: 200, body: `[1,2]`, want: "unavailable"},
		"redirect to a page":         {status: 302, contentType: gateway, want: "unavailable"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			body := tt.body
			if tt.file != "" {
				body = string(fixture(t, "api/errors/"+tt.file))
			}
			contentType := tt.contentType
			if contentType == "" {
				contentType = "application/json; charset=utf-8"
			}
			c, _, _ := loopback(t)
			_, err := c.call(t.Context(), at(answering(t, tt.status, contentType, body)), "crm.deal.get", params{"id": "1"})
			if err == nil {
				t.Fatal("no error")
			}
			if strings.Contains(err.Error(), "s3cr3t") {
				t.Errorf("the secret stands in %q", err)
			}
			if !strings.Contains(err.Error(), tt.says) {
				t.Errorf("%q does not say %q", err, tt.says)
			}
			b, isBackoff := errors.AsType[*offboarding.Backoff](err)
			switch tt.want {
			case park:
				if !isBackoff || !b.Park {
					t.Errorf("got %#v, want to park", err)
				}
			case backoff:
				if !isBackoff || b.Park || !b.Refused || b.Until.IsZero() {
					t.Errorf("got %#v, want a refusal before execution with a time", err)
				}
			case postpone:
				if _, ok := errors.AsType[*offboarding.Postpone](err); !ok {
					t.Errorf("got %#v, want it postponed", err)
				}
			default:
				if isBackoff || !offboarding.IsKind(err, kinds[tt.want]) {
					t.Errorf("got %v, want %s", err, tt.want)
				}
			}
		})
	}
}

func TestRefusalsForTheRateMakeTheWaitGrow(t *testing.T) {
	c, wall, _ := loopback(t)
	refuse := true
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if refuse {
			w.WriteHeader(http.StatusServiceUnavailable)
			_, _ = w.Write(fixture(t, "api/errors/query-limit-exceeded.json"))
			return
		}
		_, _ = io.WriteString(w, `{"result":true}`)
	}))
	defer server.Close()
	wait := func() time.Duration {
		_, err := c.call(t.Context(), at(server), "profile", nil)
		b, ok := errors.AsType[*offboarding.Backoff](err)
		if !ok {
			t.Fatalf("got %v", err)
		}
		return b.Until.Sub(wall.now())
	}
	first, second := wait(), wait()
	if first != time.Second || second != 1500*time.Millisecond {
		t.Errorf("waits %v, %v", first, second)
	}
	for range 30 {
		if w := wait(); w > time.Minute {
			t.Fatalf("wait of %v", w)
		}
	}
	refuse = false
	if _, err := c.call(t.Context(), at(server), "profile", nil); err != nil {
		t.Fatal(err)
	}
	refuse = true
	if w := wait(); w != time.Second {
		t.Errorf("after a good answer the wait is %v", w)
	}
}

func TestUsedUpOperatingTimeClosesOneMethodOnly(t *testing.T) {
	c, wall, _ := loopback(t)
	calls := map[string]int{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		method := r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]
		if calls[method]++; method == "crm.deal.get" && calls[method] == 2 {
			w.WriteHeader(http.StatusTooManyRequests)
			_, _ = w.Write(fixture(t, "api/errors/operation-time-limit.json"))
			return
		}
		_, _ = io.WriteString(w, `{"result":true,"time":{"finish":1000.5,"operating_reset_at":1120.5,"operating":470}}`)
	}))
	defer server.Close()
	call := func(method string) error {
		_, err := c.call(t.Context(), at(server), method, nil)
		return err
	}
	if err := call("crm.deal.get"); err != nil {
		t.Fatal(err)
	}
	for range 2 { // refused by the portal, then spared
		p, ok := errors.AsType[*offboarding.Postpone](call("crm.deal.get"))
		if !ok || p.Until.Sub(wall.now()).Round(time.Second) != 2*time.Minute {
			t.Fatalf("got %+v, want two minutes, as the answer before said", p)
		}
	}
	if calls["crm.deal.get"] != 2 {
		t.Errorf("the closed method was called %d times", calls["crm.deal.get"])
	}
	if err := call("crm.deal.update"); err != nil {
		t.Errorf("another method: %v", err)
	}
	wall.add(2*time.Minute + time.Second)
	if err := call("crm.deal.get"); err != nil {
		t.Errorf("after the pause: %v", err)
	}
}

func TestAMethodThatUsedLittleIsTriedAgainSoon(t *testing.T) {
	c, wall, _ := loopback(t)
	refuse := false
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if refuse {
			w.WriteHeader(http.StatusTooManyRequests)
			_, _ = w.Write(fixture(t, "api/errors/operation-time-limit.json"))
			return
		}
		_, _ = io.WriteString(w, `{"result":true,"time":{"finish":1000.5,"operating_reset_at":1600.5,"operating":0.1}}`)
	}))
	defer server.Close()
	call := func() error {
		_, err := c.call(t.Context(), at(server), "batch", nil)
		return err
	}
	if err := call(); err != nil {
		t.Fatal(err)
	}
	refuse = true
	for _, seconds := range []int{10, 20, 40, 80, 160, 320, 600, 600} {
		want := time.Duration(seconds) * time.Second
		p, ok := errors.AsType[*offboarding.Postpone](call())
		if !ok || p.Until.Sub(wall.now()).Round(time.Second) != want {
			t.Fatalf("got %+v, want %s", p, want)
		}
		wall.add(want + time.Second)
	}
	refuse = false
	if err := call(); err != nil {
		t.Fatal(err)
	}
	refuse = true
	if p, ok := errors.AsType[*offboarding.Postpone](call()); !ok || p.Until.Sub(wall.now()).Round(time.Second) != 10*time.Second {
		t.Fatalf("after a good answer: %+v", p)
	}
}

func TestARenamedPortalIsFollowedByPostWithItsBody(t *testing.T) {
	var got []string
	moved := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got = append(got, r.Method+" "+r.URL.Path+" "+string(body))
		_, _ = io.WriteString(w, `{"result":{"ID":"1"}}`)
	}))
	defer moved.Close()
	asked := 0
	old := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		w.Header().Set("Location", moved.URL+r.URL.Path)
		w.WriteHeader(http.StatusFound)
	}))
	defer old.Close()

	c, _, log := loopback(t)
	acc := at(old)
	for range 2 {
		if _, err := c.call(t.Context(), acc, "crm.deal.get", params{"id": "1"}); err != nil {
			t.Fatal(err)
		}
	}
	want := `POST /rest/1/s3cr3tOfTheHook/crm.deal.get {"id":"1"}`
	if len(got) != 2 || got[0] != want || got[1] != want {
		t.Errorf("the new host got %q", got)
	}
	if asked != 1 {
		t.Errorf("the old host was asked %d times", asked)
	}
	if !strings.Contains(log.String(), "renamed") || strings.Contains(log.String(), "s3cr3t") {
		t.Errorf("log: %s", log)
	}
	if !strings.HasPrefix(acc.Credentials["webhook_url"], old.URL) {
		t.Error("the account's own address was changed")
	}
	moved.Close()
	if _, err := c.call(t.Context(), acc, "crm.deal.get", nil); err == nil {
		t.Error("the new host is gone, yet there was an answer")
	}
	if _, err := c.call(t.Context(), acc, "crm.deal.get", nil); err == nil || asked < 2 {
		t.Errorf("the old host was not asked again: %v", err)
	}
}

func TestAPortalMayNotSendOurSecretAnywhere(t *testing.T) {
	for name, location := range map[string]string{
		"a stranger":               "https://bitrix24.ru.attacker.example/rest/1/s3cr3tOfTheHook/profile",
		"a look-alike":             "https://evilbitrix24.ru/rest/1/s3cr3tOfTheHook/profile",
		"plain http":               "http://new-name.bitrix24.ru/rest/1/s3cr3tOfTheHook/profile",
		"a port":                   "https://new-name.bitrix24.ru:8443/rest/1/s3cr3tOfTheHook/profile",
		"a private address":        "https://10.0.0.1/rest/1/s3cr3tOfTheHook/profile",
		"a login page of ours":     "/auth/?backurl=rest",
		"a page of another vendor": "https://login.example.com/",
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Location", location)
				w.WriteHeader(http.StatusFound)
			}))
			defer server.Close()
			c, _, log := loopback(t)
			_, err := c.call(t.Context(), at(server), "profile", nil)
			if !offboarding.IsKind(err, offboarding.KindUnauthorized) && !offboarding.IsKind(err, offboarding.KindUnavailable) {
				t.Errorf("got %v", err)
			}
			if len(c.renamed) != 0 {
				t.Errorf("followed to %v", c.renamed)
			}
			if strings.Contains(err.Error()+log.String(), "s3cr3t") {
				t.Errorf("the secret stands in %q or %q", err, log)
			}
		})
	}
}

func TestTheFixtureOfARenamedPortalIsARename(t *testing.T) {
	raw := fixture(t, "api/errors/portal-renamed-302.http")
	location := ""
	for line := range strings.SplitSeq(string(raw), "\r\n") {
		if v, ok := strings.CutPrefix(line, "Location: "); ok {
			location = v
		}
	}
	res := &outbound.Response{Status: http.StatusFound, Header: http.Header{"Location": {location}}}
	to, ok := redirect(res)
	if !ok || to.Host != "new-name.bitrix24.ru" {
		t.Fatalf("redirect = %v, %v", to, ok)
	}
	c := quietConnector(t)
	a, err := c.addressOf(account())
	if err != nil {
		t.Fatal(err)
	}
	moved, err := c.move(t.Context(), account(), a, "crm.deal.get", to)
	if err != nil || moved.base != "https://new-name.bitrix24.ru/rest/1/secret" {
		t.Errorf("move = %+v, %v", moved, err)
	}
}

func TestTheAddressOfAWebhookIsReadAsPeoplePasteIt(t *testing.T) {
	const want = "https://firma.bitrix24.ru/rest/12/abcdef0123456789"
	tests := map[string]struct{ pasted, want string }{
		"as the portal shows it":   {want + "/", want},
		"without the slash":        {want, want},
		"with a method":            {want + "/crm.deal.get", want},
		"with a method and suffix": {want + "/profile.json", want},
		"with a query":             {want + "/crm.deal.get.json?id=1#x", want},
		"with spaces around":       {"  " + want + "/\n", want},
		"of rest 3":                {"https://firma.bitrix24.ru/rest/api/12/abcdef0123456789/", want},
		"in capitals":              {"https://FIRMA.bitrix24.ru/rest/12/abcdef0123456789/", want},
		"below a folder":           {"https://crm.firma.example/portal/rest/12/abcdef0123456789/", "https://crm.firma.example/portal/rest/12/abcdef0123456789"},
		"allowed although private": {"http://127.0.0.1:8055/rest/1/secret/", "http://127.0.0.1:8055/rest/1/secret"},
		"the secret alone":         {"abcdef0123456789", ""},
		"without https":            {"http://firma.bitrix24.ru/rest/12/abcdef0123456789/", ""},
		"without the secret":       {"https://firma.bitrix24.ru/rest/12/", ""},
		"the portal alone":         {"https://firma.bitrix24.ru/", ""},
		"a private host":           {"https://10.1.2.3/rest/12/abcdef0123456789/", ""},
		"nothing":                  {"", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c, _, _ := loopback(t)
			acc := account()
			acc.Credentials["webhook_url"] = tt.pasted
			a, err := c.addressOf(acc)
			if a.base != tt.want || (err == nil) != (tt.want != "") {
				t.Errorf("addressOf = %+v, %v", a, err)
			}
			if err != nil && (!offboarding.IsKind(err, offboarding.KindInvalid) || strings.Contains(err.Error(), "abcdef")) {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestALostAnswerIsUnavailableAndARefusedConnectionCertain(t *testing.T) {
	c, _, _ := loopback(t)
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
	acc := at(server)
	_, err := c.call(t.Context(), acc, "crm.timeline.comment.add", nil)
	if _, ok := errors.AsType[*offboarding.Backoff](err); ok || !offboarding.IsKind(err, offboarding.KindUnavailable) {
		t.Errorf("cut: %v", err)
	}
	server.Close()
	_, err = c.call(t.Context(), acc, "crm.timeline.comment.add", nil)
	if b, ok := errors.AsType[*offboarding.Backoff](err); !ok || !b.Refused {
		t.Errorf("refused: %v", err)
	}
	if strings.Contains(err.Error(), "s3cr3t") {
		t.Errorf("the secret stands in %q", err)
	}
}

func TestASecretThatThePortalRepeatsIsMasked(t *testing.T) {
	c, _, _ := loopback(t)
	_, err := c.call(t.Context(), at(answering(t, 400, "application/json", `{"error":"ERROR_CORE","error_description":"bad call /rest/1/s3cr3tOfTheHook/profile"}`)), "profile", nil)
	if err == nil || strings.Contains(err.Error(), "s3cr3t") || !strings.Contains(err.Error(), "•••") {
		t.Errorf("got %v", err)
	}
}

func TestTheRateOfThePolicyIsKept(t *testing.T) {
	server := answering(t, 200, "application/json", `{"result":true}`)
	c, _, _ := loopback(t)
	acc := at(server)
	acc.Policy.RequestsPerSec = 0.01
	var err error
	calls := 0
	for ; err == nil && calls < 60; calls++ {
		_, err = c.call(context.Background(), acc, "profile", nil)
	}
	if _, ok := errors.AsType[*offboarding.Postpone](err); !ok || calls != burst+1 {
		t.Errorf("call %d: %v", calls, err)
	}
}
