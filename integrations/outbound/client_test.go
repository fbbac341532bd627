package outbound

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"opendoor/offboarding"
)

const secretPath = "/rest/1/verysecret/crm.deal.get.json?auth=verysecret"

func request(t *testing.T, method, url, body string) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return req
}

func TestARedirectIsAnAnswerAndIsNotFollowed(t *testing.T) {
	for name, location := range map[string]string{"elsewhere": "/elsewhere", "that cannot be parsed": "http://[::1"} {
		t.Run(name, func(t *testing.T) {
			calls := 0
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				calls++
				w.Header().Set("Location", location)
				w.WriteHeader(http.StatusFound)
			}))
			defer srv.Close()
			r, err := newClient(t, "127.0.0.1").Do(t.Context(), request(t, "GET", srv.URL+secretPath, ""), 100)
			if err != nil || r.Status != 302 || r.Header.Get("Location") != location || calls != 1 {
				t.Errorf("answer %+v, %v after %d calls", r, err, calls)
			}
		})
	}
}

func TestABodyIsReadUpToItsBound(t *testing.T) {
	agent := ""
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		agent = r.UserAgent()
		_, _ = w.Write([]byte("0123456789"))
	}))
	defer srv.Close()
	c := newClient(t, "127.0.0.0/8")
	tests := map[string]struct {
		bound     int64
		body      string
		truncated bool
	}{
		"room to spare": {bound: 11, body: "0123456789"},
		"just enough":   {bound: 10, body: "0123456789"},
		"too long":      {bound: 4, body: "0123", truncated: true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r, err := c.Do(t.Context(), request(t, "POST", srv.URL, "x"), tt.bound)
			if err != nil || string(r.Body) != tt.body || r.Truncated != tt.truncated {
				t.Errorf("got %+v, %v", r, err)
			}
		})
	}
	if agent != "opendoor/test" {
		t.Errorf("User-Agent %q", agent)
	}
}

func TestAFailureTellsWhetherTheRequestMayHaveArrived(t *testing.T) {
	dropping := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
	defer dropping.Close()
	cutting := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = w.Write([]byte("half"))
		panic(http.ErrAbortHandler)
	}))
	defer cutting.Close()
	received := make(chan struct{}, 1)
	hanging := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // only then does the server notice that the caller hangs up
		received <- struct{}{}
		<-r.Context().Done()
	}))
	defer hanging.Close()
	untrusted := httptest.NewUnstartedServer(nil)
	untrusted.Config.ErrorLog = nil
	untrusted.StartTLS()
	defer untrusted.Close()
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = closed.Close()

	tests := map[string]struct {
		url    string
		cancel bool
		sent   bool
	}{
		"nobody listens":                            {url: "http://" + closed.Addr().String()},
		"the name does not exist":                   {url: "http://nowhere.invalid"},
		"the certificate is not trusted":            {url: untrusted.URL},
		"the connection is dropped":                 {url: dropping.URL, sent: true},
		"the answer is cut":                         {url: cutting.URL, sent: true},
		"the caller gives up waiting for an answer": {url: hanging.URL, cancel: true, sent: true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if tt.cancel {
				go func() { <-received; cancel() }()
			}
			_, err := newClient(t, "127.0.0.1", "nowhere.invalid").Do(ctx, request(t, "POST", tt.url+secretPath, "x"), 1000)
			n, ok := errors.AsType[*NetError](err)
			if !ok {
				t.Fatalf("got %v", err)
			}
			if n.Sent != tt.sent {
				t.Errorf("Sent = %v: %v", n.Sent, err)
			}
			if strings.Contains(err.Error(), "secret") || strings.Contains(Failure(err, true).Error(), "secret") {
				t.Errorf("the error shows the address: %v", err)
			}
		})
	}
}

func TestAPrivateHostIsRefusedBeforeTheCall(t *testing.T) {
	_, err := newClient(t).Do(t.Context(), request(t, "GET", "http://127.0.0.1:1"+secretPath, ""), 10)
	if !offboarding.IsKind(err, offboarding.KindInvalid) || strings.Contains(err.Error(), "secret") {
		t.Errorf("got %v", err)
	}
}

func TestAFailureBecomesAnErrorOfTheDomain(t *testing.T) {
	lost := &NetError{Host: "example.com", Sent: true, Err: context.DeadlineExceeded}
	if err := Failure(lost, true); !errors.Is(err, offboarding.ErrUncertain) {
		t.Errorf("a write whose answer was lost: %v", err)
	}
	if err := Failure(lost, false); !errors.Is(err, offboarding.ErrUnavailable) || errors.Is(err, offboarding.ErrUncertain) {
		t.Errorf("a read whose answer was lost: %v", err)
	}
	err := Failure(&NetError{Host: "example.com", Err: context.DeadlineExceeded}, true)
	if b, ok := errors.AsType[*offboarding.Backoff](err); !ok || !b.Refused || b.Park {
		t.Errorf("a write that never left: %#v", err)
	}
}

func TestAnAnswerBecomesAnErrorOfTheDomain(t *testing.T) {
	now := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	const page = "<html><head><title>403 Forbidden</title></head></html>"
	tests := map[string]struct {
		status     int
		header     map[string]string
		body       string
		kind       offboarding.Kind
		ok         bool
		back       bool
		park, refu bool
		until      time.Time
	}{
		"done":                        {status: 200, body: `{"a":1}`, ok: true},
		"nothing there":               {status: 204, ok: true},
		"JSON that calls itself HTML": {status: 200, header: map[string]string{"Content-Type": "text/html"}, body: ` {"a":1}`, ok: true},
		"a page instead of data":      {status: 200, body: page, kind: offboarding.KindUnavailable},
		"bad token":                   {status: 401, body: `{}`, kind: offboarding.KindUnauthorized},
		"unpaid":                      {status: 402, kind: offboarding.KindUnavailable, back: true, park: true, refu: true},
		"blocked":                     {status: 403, body: page, kind: offboarding.KindUnavailable, back: true, park: true, refu: true},
		"a right is missing":          {status: 403, body: `{}`, kind: offboarding.KindUnauthorized},
		"gone":                        {status: 404, kind: offboarding.KindGone},
		"nonsense":                    {status: 422, kind: offboarding.KindInvalid},
		"too fast, wait in seconds":   {status: 429, header: map[string]string{"Retry-After": "30"}, kind: offboarding.KindUnavailable, back: true, refu: true, until: now.Add(30 * time.Second)},
		"too fast, wait until a date": {status: 429, header: map[string]string{"Retry-After": "Mon, 02 Mar 2026 10:05:00 GMT"}, kind: offboarding.KindUnavailable, back: true, refu: true, until: now.Add(5 * time.Minute)},
		"too fast, wait for years":    {status: 429, header: map[string]string{"Retry-After": "1e300"}, kind: offboarding.KindUnavailable, back: true, refu: true, until: now.Add(time.Hour)},
		"too fast, wait nonsense":     {status: 429, header: map[string]string{"Retry-After": "NaN"}, kind: offboarding.KindUnavailable, back: true, refu: true},
		"too fast, wait until past":   {status: 429, header: map[string]string{"Retry-After": "-5"}, kind: offboarding.KindUnavailable, back: true, refu: true},
		"busy":                        {status: 503, kind: offboarding.KindUnavailable, back: true},
		"broken":                      {status: 502, body: page, kind: offboarding.KindUnavailable},
		"moved":                       {status: 302, kind: offboarding.KindUnavailable},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			h := http.Header{}
			for k, v := range tt.header {
				h.Set(k, v)
			}
			err := Refusal(&Response{Status: tt.status, Header: h, Body: []byte(tt.body)}, now)
			if tt.ok {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if !offboarding.IsKind(err, tt.kind) {
				t.Errorf("got %v", err)
			}
			b, ok := errors.AsType[*offboarding.Backoff](err)
			if ok != tt.back {
				t.Fatalf("Backoff: %v", ok)
			}
			if ok && (b.Park != tt.park || b.Refused != tt.refu || !b.Until.Equal(tt.until)) {
				t.Errorf("got %+v", b)
			}
		})
	}
}
