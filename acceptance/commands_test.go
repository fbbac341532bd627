package acceptance

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// once runs a command that is expected to end by itself.
func once(t *testing.T, environ []string, args ...string) *process {
	t.Helper()
	p := start(t, strings.Join(args, " "), append([]string{"OPENDOOR_DATA_DIR=" + t.TempDir()}, environ...), args...)
	select {
	case <-p.ended:
	case <-time.After(patience):
		p.kill()
		t.Fatalf("%v did not end: %s", args, p.log)
	}
	return p
}

func TestExitCodes(t *testing.T) {
	for name, c := range map[string]struct {
		environ []string
		args    []string
		code    int
		says    []string
	}{
		"version":                 {nil, []string{"version"}, 0, []string{"opendoor"}},
		"unknown command":         {nil, []string{"fly"}, 2, []string{"fly"}},
		"unknown flag":            {nil, []string{"serve", "--fast"}, 2, []string{"--fast"}},
		"argument too many":       {nil, []string{"version", "now"}, 2, []string{"now"}},
		"api without a queue":     {nil, []string{"api"}, 1, []string{"OPENDOOR_REDIS_URL"}},
		"worker without a queue":  {nil, []string{"worker"}, 1, []string{"OPENDOOR_REDIS_URL"}},
		"migrate":                 {nil, []string{"migrate", "up"}, 0, nil},
		"an unknown role":         {nil, []string{"apikey", "create", "--role", "king", "--name", "x"}, 2, []string{"--role"}},
		"every mistake is listed": {[]string{"OPENDOOR_ADDR=nowhere", "OPENDOOR_ADMIN_KEY=short", "OPENDOOR_SMTP_URL=ftp://x", "OPENDOOR_WORKER_CONCURRENCY=many"}, []string{"serve"}, 1, []string{"OPENDOOR_ADDR", "OPENDOOR_ADMIN_KEY", "OPENDOOR_SMTP_URL", "OPENDOOR_WORKER_CONCURRENCY"}},
		"PostgreSQL without a key": {
			[]string{"OPENDOOR_DATABASE_URL=postgres://nobody@127.0.0.1:1/none", "OPENDOOR_REDIS_URL=redis://127.0.0.1:1"},
			[]string{"api"},
			1,
			[]string{"OPENDOOR_SECRET_KEY"},
		},
		"a clock for halves": {
			[]string{"OPENDOOR_CLOCK=start=2026-03-02T09:00:00+03:00,rate=60", "OPENDOOR_REDIS_URL=redis://127.0.0.1:1"},
			[]string{"worker"},
			1,
			[]string{"OPENDOOR_CLOCK"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := once(t, c.environ, c.args...)
			if p.exitCode() != c.code {
				t.Errorf("exit code %d, want %d", p.exitCode(), c.code)
			}
			for _, s := range c.says {
				if !strings.Contains(p.log.String(), s) {
					t.Errorf("it does not say %q:\n%s", s, p.log)
				}
			}
		})
	}
}

// What is in hand when the process is asked to stop is finished.
func TestStoppingFinishesWhatIsInHand(t *testing.T) {
	everywhere(t, func(t *testing.T, h *house) {
		h.front.bePatient()
		a, b := h.amocrm(), h.bitrix24()
		var deals []deal
		for range 6 {
			deals = append(deals, a.client(), b.client())
		}
		h.sink.failWith(func(verb, _ string) error {
			if verb == "DOT" {
				time.Sleep(300 * time.Millisecond)
			}
			return nil
		})
		for _, d := range deals {
			d.crm.cancel(d)
		}
		h.eventually(func() error { return atLeast(len(h.sink.all()), 1) })
		for _, u := range h.units {
			if code := u.stop(); code != 0 {
				t.Errorf("%s ended with exit code %d", u.name, code)
			}
		}
		h.sink.failWith(nil)
		for _, u := range h.units {
			h.start(u)
		}
		h.ready()
		s := h.allTold(deals...)
		for _, m := range s.messages {
			if m.State == "uncertain" || m.Template == "T01" && h.sink.copies(m.MessageID) > 1 {
				t.Errorf("an orderly stop left %s %s, accepted %d times", m.Template, m.State, h.sink.copies(m.MessageID))
			}
		}
		h.invariantsHold()
	})
}

func TestAHealthyInstallationPassesDoctor(t *testing.T) {
	h := serve(t)
	h.amocrm()
	if p := h.run("doctor"); p.exitCode() != 0 {
		t.Errorf("doctor: exit code %d\n%s", p.exitCode(), p.log)
	}
	for path, want := range map[string]int{"/livez": 200, "/readyz": 200, "/version": 200, "/metrics": 200, "/api/openapi.json": 200, "/swagger/index.html": 200, "/api/v1/cases": 401} {
		res, err := http.Get(h.front.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != want {
			t.Errorf("%s answers %d, want %d", path, res.StatusCode, want)
		}
	}
}
