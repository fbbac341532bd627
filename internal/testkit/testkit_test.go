package testkit_test

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"opendoor/internal/testkit"
)

// recorder is a test that only notes how it was ended.
type recorder struct {
	testing.TB
	fatal, skipped string
}

func (r *recorder) Helper() {}

func (r *recorder) Fatal(args ...any) { r.fatal = fmt.Sprint(args...); panic(r) }

func (r *recorder) Fatalf(format string, args ...any) {
	r.fatal = fmt.Sprintf(format, args...)
	panic(r)
}

func (r *recorder) Skipf(format string, args ...any) {
	r.skipped = fmt.Sprintf(format, args...)
	panic(r)
}

// record runs do as a test of its own and tells how it ended.
func record(t *testing.T, do func(testing.TB)) *recorder {
	r := &recorder{TB: t}
	func() {
		defer func() {
			if p := recover(); p != nil && p != any(r) {
				panic(p)
			}
		}()
		do(r)
	}()
	return r
}

func TestEventuallyWaitsForTheOutcome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		testkit.Eventually(t, time.Minute, func() error {
			if time.Since(begin) < 10*time.Second {
				return errors.New("not yet")
			}
			return nil
		})
		if waited := time.Since(begin); waited > 11*time.Second {
			t.Errorf("noticed only after %s what was there after 10 s", waited)
		}
	})
}

func TestEventuallyFailsWithTheLastReason(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		r := record(t, func(t testing.TB) {
			testkit.Eventually(t, time.Minute, func() error { return errors.New("nobody came") })
		})
		if !strings.Contains(r.fatal, "nobody came") {
			t.Errorf("failed with %q, want the reason of the last look", r.fatal)
		}
		if waited := time.Since(begin); waited != time.Minute {
			t.Errorf("gave up after %s, want a minute", waited)
		}
	})
}

func TestFreePortCanBeListenedOn(t *testing.T) {
	port := testkit.FreePort(t)
	l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	if port >= 32768 {
		t.Errorf("port %d may be given to anybody while its server restarts", port)
	}
}

func TestQuickLeavesOutWhatNeedsAServer(t *testing.T) {
	t.Setenv("OPENDOOR_TEST_QUICK", "1")
	needy := map[string]func(testing.TB){
		"PostgreSQL":           func(t testing.TB) { testkit.Postgres(t) },
		"PostgreSQL template":  func(t testing.TB) { testkit.TemplateDatabase(t, "none", nil) },
		"PostgreSQL of a test": func(t testing.TB) { testkit.PostgresServer(t) },
		"Redis":                func(t testing.TB) { testkit.Redis(t) },
		"shared Redis":         func(t testing.TB) { testkit.SharedRedis(t) },
	}
	for name, use := range needy {
		t.Run(name, func(t *testing.T) {
			if r := record(t, use); !strings.Contains(r.skipped, "make test") {
				t.Errorf("left out with %q, want a word on how to run it", r.skipped)
			}
		})
	}
}
