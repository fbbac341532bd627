package bitrix24sim

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// clock is a time that tests move.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// portal is a simulator behind a real HTTP server.
type portal struct {
	*Sim
	t     *testing.T
	url   string
	clock *clock
}

func newPortal(t *testing.T, change ...func(*Config)) *portal {
	t.Helper()
	ck := &clock{now: time.Date(2024, 8, 30, 12, 29, 0, 0, time.UTC)}
	cfg := Config{
		Lang: "en", Domain: "some-domain.bitrix24.com", MemberID: "d897063e1ce7c5eb9f04b9751eef5915", Now: ck.Now,
		Zone: time.FixedZone("", 2*60*60), EventDelay: time.Microsecond, EventSenders: 1,
	}
	for _, f := range change {
		f(&cfg)
	}
	s := New(cfg)
	srv := httptest.NewServer(s)
	t.Cleanup(func() {
		srv.Close()
		s.Close()
	})
	return &portal{Sim: s, t: t, url: srv.URL, clock: ck}
}

func seeded(c *Config) { c.Seed = true }

// reply of the portal.
type portalReply struct {
	status int
	body   string
	header http.Header
}

func (p *portal) do(req *http.Request) portalReply {
	p.t.Helper()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, Timeout: 20 * time.Second}
	resp, err := client.Do(req)
	if err != nil {
		p.t.Fatalf("%s: %v", req.URL.Path, err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		p.t.Fatalf("%s: %v", req.URL.Path, err)
	}
	return portalReply{resp.StatusCode, string(body), resp.Header}
}

// post calls a method of the incoming webhook with a JSON body.
func (p *portal) post(method string, params any) portalReply {
	p.t.Helper()
	return p.postTo("/rest/1/secret/"+method, params)
}

func (p *portal) postTo(path string, params any) portalReply {
	p.t.Helper()
	body, err := json.Marshal(params)
	if err != nil {
		p.t.Fatal(err)
	}
	req, err := http.NewRequest(http.MethodPost, p.url+path, bytes.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	return p.do(req)
}

func (p *portal) get(pathAndQuery string) portalReply {
	p.t.Helper()
	req, err := http.NewRequest(http.MethodGet, p.url+pathAndQuery, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	return p.do(req)
}

// ok returns the decoded envelope of a call that must succeed.
func (p *portal) ok(method string, params any) map[string]any {
	p.t.Helper()
	r := p.post(method, params)
	if r.status != http.StatusOK {
		p.t.Fatalf("%s: %d %s", method, r.status, r.body)
	}
	return decode(p.t, r.body)
}

func decode(t *testing.T, body string) map[string]any {
	t.Helper()
	var out map[string]any
	if err := json.Unmarshal([]byte(body), &out); err != nil {
		t.Fatalf("decode %q: %v", body, err)
	}
	if _, failed := out["error"]; !failed && out["time"] == nil {
		t.Fatalf("no time in %s", body)
	}
	return out
}

func fixture(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// compact removes the indentation of a fixture; portals send one line.
func compact(t *testing.T, body string) string {
	t.Helper()
	v, err := parseJSON([]byte(body))
	if err != nil {
		t.Fatal(err)
	}
	return string(appendJSON(nil, v))
}

// inbox is a handler that keeps what the portal sends.
type inbox struct {
	*httptest.Server
	mu     sync.Mutex
	bodies []string
	paths  []string
	status int
}

func newInbox(t *testing.T) *inbox {
	in := &inbox{status: http.StatusOK}
	in.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		in.mu.Lock()
		defer in.mu.Unlock()
		in.bodies = append(in.bodies, string(body))
		in.paths = append(in.paths, r.URL.String())
		w.WriteHeader(in.status)
	}))
	t.Cleanup(in.Close)
	return in
}

// settled waits for the events that are on their way and returns all bodies.
func (in *inbox) settled(p *portal) []url.Values {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if err := p.Settle(ctx); err != nil {
		p.t.Fatal("events did not settle")
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	out := make([]url.Values, len(in.bodies))
	for i, b := range in.bodies {
		out[i], _ = url.ParseQuery(b)
	}
	return out
}

func events(got []url.Values) string {
	var out []string
	for _, v := range got {
		out = append(out, v.Get("event")+" "+v.Get("data[FIELDS][ID]"))
	}
	return strings.Join(out, ", ")
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// obj is a short name for a JSON object.
type obj = map[string]any

func newDeal(p *portal, fields obj) int {
	p.t.Helper()
	id, err := p.CreateDeal(fields, 6)
	if err != nil {
		p.t.Fatal(err)
	}
	return id
}

func itoa(n int) string { return strconv.Itoa(n) }
