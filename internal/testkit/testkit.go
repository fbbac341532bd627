// Package testkit gives tests real servers and faults: private PostgreSQL and
// Redis servers, databases that are fresh for one test, a TCP proxy that
// misbehaves on demand, and a way to wait for an outcome. It is test plumbing
// only and imports no other package of opendoor.
//
// Servers come from OPENDOOR_TEST_POSTGRES and OPENDOOR_TEST_REDIS when
// internal/testkit/cmd/withservers (and so make test) set them, else the test
// binary starts its own on first use. They need no TestMain: a keeper process
// ends them when the process that started them ends, however it ends.
package testkit

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"strconv"
	"testing"
	"time"
)

const (
	postgresEnv = "OPENDOOR_TEST_POSTGRES" // URL of a superuser's database
	redisEnv    = "OPENDOOR_TEST_REDIS"    // URL of a server that tests share
	quickEnv    = "OPENDOOR_TEST_QUICK"    // "1" leaves out what needs a server
)

// need leaves a test out under make quick, which promises to need nothing
// installed. Everywhere else a missing server fails the test: withservers,
// and so make test, takes the variable out of the environment.
func need(t testing.TB, what string) {
	t.Helper()
	if os.Getenv(quickEnv) == "1" {
		t.Skipf("make quick leaves out what needs %s; make test runs it", what)
	}
}

// Ports for servers that restart lie below Linux's ephemeral range, which
// starts at 32768: while such a server is down, no listener on port 0 and no
// outgoing connection can be given its port.
const (
	lowestPort  = 20000
	highestPort = 32000
)

// FreePort returns a TCP port on 127.0.0.1 that nobody listens on. Listening
// on port 0 is better wherever the port need not be known before or kept over
// a restart.
func FreePort(t testing.TB) int {
	t.Helper()
	port, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	return port
}

func freePort() (int, error) {
	var last error
	for range 100 {
		port := lowestPort + rand.IntN(highestPort-lowestPort)
		l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err != nil {
			last = err
			continue
		}
		return port, l.Close()
	}
	return 0, fmt.Errorf("find a free port: %w", last)
}

// Eventually calls check until it returns nil, and fails the test with its
// last error once timeout has passed. It is for outcomes of other processes;
// what ticks inside the test belongs under testing/synctest.
func Eventually(t testing.TB, timeout time.Duration, check func() error) {
	t.Helper()
	if err := poll(timeout, check); err != nil {
		t.Fatalf("after %s still: %v", timeout, err)
	}
}

// poll calls check at growing intervals until it returns nil or timeout has
// passed; it looks at least once, and once more at the end.
func poll(timeout time.Duration, check func() error) error {
	deadline := time.Now().Add(timeout)
	for pause := 5 * time.Millisecond; ; pause = min(2*pause, 100*time.Millisecond) {
		err := check()
		if err == nil || !time.Now().Before(deadline) {
			return err
		}
		time.Sleep(min(pause, time.Until(deadline)))
	}
}
