package main

import (
	"errors"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"opendoor/internal/testkit"
)

// only leaves these tests out of make quick: they start servers.
func only(t *testing.T) { testkit.SharedRedis(t) }

func TestServersStandWhileTheCommandRuns(t *testing.T) {
	only(t)
	t.Setenv("OPENDOOR_TEST_QUICK", "1")
	seen := filepath.Join(t.TempDir(), "env")
	code, err := run([]string{"--", "sh", "-c", `echo "$OPENDOOR_TEST_POSTGRES $OPENDOOR_TEST_REDIS $OPENDOOR_TEST_QUICK." >` + seen + `; exit 7`})
	if err != nil || code != 7 {
		t.Errorf("ended with %d, %v; want the command's own 7", code, err)
	}
	env, err := os.ReadFile(seen)
	if err != nil {
		t.Fatal(err)
	}
	fields := strings.Fields(string(env))
	if len(fields) != 3 || fields[2] != "." {
		t.Fatalf("the command saw %q, want two addresses and nothing left out", env)
	}
	for _, addr := range fields[:2] {
		u, err := url.Parse(addr)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := net.Dial("tcp", u.Host); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("dialling %s afterwards: %v, want the server gone", addr, err)
		}
	}
}

func TestASignalIsPassedOnAndTheServersStop(t *testing.T) {
	only(t)
	code, err := run([]string{"sh", "-c", `kill -TERM $PPID; exec sleep 60`})
	if err != nil || code != 1 {
		t.Errorf("ended with %d, %v; want 1, as the signal ended the command", code, err)
	}
}

func TestWrongUseIsSaid(t *testing.T) {
	for name, args := range map[string][]string{"nothing": nil, "only dashes": {"--"}} {
		t.Run(name, func(t *testing.T) {
			if code, err := run(args); code != 2 || err == nil {
				t.Errorf("ended with %d, %v; want 2 and a word on the use", code, err)
			}
		})
	}
}

func TestACommandThatIsNotThereIsAFailure(t *testing.T) {
	only(t)
	if code, err := run([]string{"./no-such-command"}); code != 1 || err == nil {
		t.Errorf("ended with %d, %v; want 1 and the reason", code, err)
	}
}
