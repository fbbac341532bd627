package acceptance

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"opendoor/internal/testkit"
)

const adminKey = "acceptance-admin-key-of-the-test"

// policy lets everything happen at once.
const policy = `{"survey_delay":"0s","sending_window":null,"burst_per_hour":null,"holdout_percent":0,"crm_requests_per_second":200}`

// house is a running installation with what surrounds it.
type house struct {
	t      *testing.T
	front  *front
	sink   *sink
	env    []string // settings that all processes share
	dir    string
	units  []*unit
	client *http.Client
	redis  *testkit.RedisServer // nil: inside the process
}

// unit is one place in the installation that a process fills.
type unit struct {
	name, command string
	env           []string
	port          int // 0: no API
	*process
}

// setting changes an installation before it starts.
type setting func(*house)

// with adds settings in the form NAME=value.
func with(environ ...string) setting {
	return func(h *house) { h.env = append(h.env, environ...) }
}

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{t: t, front: newFront(t), sink: newSink(t), dir: t.TempDir(), client: &http.Client{Timeout: 30 * time.Second}}
	t.Cleanup(h.client.CloseIdleConnections)
	h.env = []string{
		"OPENDOOR_PUBLIC_URL=" + h.front.URL, "OPENDOOR_ADMIN_KEY=" + adminKey, "OPENDOOR_ALLOW_PRIVATE_HOSTS=127.0.0.1",
		"OPENDOOR_SMTP_URL=smtp://" + h.sink.addr + "?tls=none", "OPENDOOR_MAIL_FROM=care@opendoor.example",
		"OPENDOOR_SECRET_KEY=" + base64.StdEncoding.EncodeToString([]byte("acceptance: a key of 32 bytes...")),
	}
	return h
}

// serve is the embedded default: one process, SQLite, the queue inside. Like
// split it lets the test run beside others: they mostly wait.
func serve(t *testing.T, settings ...setting) *house {
	t.Helper()
	t.Parallel()
	h := newHouse(t)
	h.add("serve", "serve", true)
	return h.open(settings)
}

// split is two APIs and three workers on one PostgreSQL and one Redis.
func split(t *testing.T, database string, settings ...setting) *house {
	t.Helper()
	t.Parallel()
	h := newHouse(t)
	h.redis = testkit.Redis(t)
	h.env = append(h.env, "OPENDOOR_DATABASE_URL="+database, "OPENDOOR_REDIS_URL="+h.redis.URL)
	for i := range 2 {
		h.add("api "+strconv.Itoa(i+1), "api", true)
	}
	for i := range 3 {
		h.add("worker "+strconv.Itoa(i+1), "worker", false)
	}
	return h.open(settings)
}

func (h *house) add(name, command string, withAPI bool) {
	u := &unit{name: name, command: command, env: []string{"OPENDOOR_DATA_DIR=" + filepath.Join(h.dir, strings.ReplaceAll(name, " ", "-"))}}
	if withAPI {
		u.port = testkit.FreePort(h.t)
		u.env = append(u.env, "OPENDOOR_ADDR=127.0.0.1:"+strconv.Itoa(u.port))
	}
	h.units = append(h.units, u)
}

func (h *house) open(settings []setting) *house {
	h.t.Helper()
	for _, s := range settings {
		s(h)
	}
	var addrs []string
	for _, u := range h.units {
		if u.port != 0 {
			addrs = append(addrs, "127.0.0.1:"+strconv.Itoa(u.port))
		}
	}
	h.front.leadTo(addrs...)
	for _, u := range h.units {
		h.start(u)
	}
	h.ready()
	return h
}

func (h *house) start(u *unit) {
	h.t.Helper()
	u.process = start(h.t, u.name, append(append([]string{}, h.env...), u.env...), u.command)
}

// ready waits until every process that is meant to run has begun to work.
func (h *house) ready() {
	h.t.Helper()
	testkit.Eventually(h.t, patience, func() error {
		for _, u := range h.units {
			if !u.running() {
				h.t.Fatalf("%s ended with exit code %d: %s", u.name, u.exitCode(), u.log)
			}
			if !strings.Contains(u.log.String(), "opendoor has started") {
				return fmt.Errorf("%s has not started", u.name)
			}
			if u.port == 0 {
				continue
			}
			res, err := h.client.Get("http://127.0.0.1:" + strconv.Itoa(u.port) + "/readyz")
			if err != nil {
				return err
			}
			_ = res.Body.Close()
			if res.StatusCode != http.StatusOK {
				return fmt.Errorf("/readyz of %s answers %d", u.name, res.StatusCode)
			}
		}
		return nil
	})
}

// unit returns the place by its name.
func (h *house) unit(name string) *unit {
	h.t.Helper()
	for _, u := range h.units {
		if u.name == name {
			return u
		}
	}
	h.t.Fatalf("there is no %q", name)
	return nil
}

// everywhere runs a scenario against both shapes of an installation.
func everywhere(t *testing.T, scenario func(*testing.T, *house), settings ...setting) {
	t.Helper()
	t.Run("serve alone", func(t *testing.T) { scenario(t, serve(t, settings...)) })
	t.Run("two APIs and three workers", func(t *testing.T) { scenario(t, split(t, testkit.Postgres(t), settings...)) })
}

// run runs another command of the program with the installation's settings.
func (h *house) run(args ...string) *process {
	h.t.Helper()
	p := start(h.t, strings.Join(args, " "), append(append([]string{}, h.env...), h.units[0].env...), args...)
	<-p.ended
	return p
}

// invariantsHold asks doctor.
func (h *house) invariantsHold() {
	h.t.Helper()
	if p := h.run("doctor", "--invariants"); p.exitCode() != 0 {
		h.t.Errorf("doctor --invariants: exit code %d\n%s", p.exitCode(), p.log)
	}
}

// call asks the REST API. body may be nil, a string of JSON or a value; out may
// be nil. It returns the status; anything but 2xx is an error.
func (h *house) call(method, path string, body, out any) (int, error) {
	var in io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		in = strings.NewReader(b)
	default:
		raw, err := json.Marshal(b)
		if err != nil {
			return 0, err
		}
		in = bytes.NewReader(raw)
	}
	req, err := http.NewRequest(method, h.front.URL+"/api/v1"+path, in)
	if err != nil {
		return 0, err
	}
	req.Header.Set("Authorization", "Bearer "+adminKey)
	req.Header.Set("Content-Type", "application/json")
	res, err := h.client.Do(req)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		return res.StatusCode, err
	}
	if res.StatusCode >= 300 {
		return res.StatusCode, fmt.Errorf("%s %s answers %d: %s", method, path, res.StatusCode, raw)
	}
	if out != nil {
		err = json.Unmarshal(raw, out)
	}
	return res.StatusCode, err
}

// must is call where anything but success ends the test.
func (h *house) must(method, path string, body, out any) {
	h.t.Helper()
	if _, err := h.call(method, path, body, out); err != nil {
		h.t.Fatal(err)
	}
}

// listAll reads every page of a list.
func listAll[T any](h *house, path string, query url.Values) ([]T, error) {
	var out []T
	if query == nil {
		query = url.Values{}
	}
	query.Set("limit", "200")
	for {
		var page struct {
			Items []T    `json:"items"`
			Next  string `json:"next_cursor"`
		}
		if _, err := h.call(http.MethodGet, path+"?"+query.Encode(), nil, &page); err != nil {
			return nil, err
		}
		out = append(out, page.Items...)
		if page.Next == "" {
			return out, nil
		}
		query.Set("cursor", page.Next)
	}
}
