package acceptance

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"
)

const (
	binaryEnv = "OPENDOOR_TEST_BINARY" // a program built before, instead of one built here
	seedEnv   = "OPENDOOR_TEST_SEED"   // repeats what a failed run has printed
)

// patience is how long an outcome of other processes is waited for. It only
// bounds a failure: two cores may be shared with other tests and the race detector.
const patience = 3 * time.Minute

var buildDir string

func TestMain(m *testing.M) {
	code := m.Run()
	if buildDir != "" {
		_ = os.RemoveAll(buildDir)
	}
	os.Exit(code)
}

var build = sync.OnceValues(func() (string, error) {
	if path := os.Getenv(binaryEnv); path != "" {
		return filepath.Abs(path)
	}
	dir, err := os.MkdirTemp("", "opendoor-acceptance-")
	if err != nil {
		return "", err
	}
	buildDir = dir
	path := filepath.Join(dir, "opendoor")
	args := []string{"build", "-o", path}
	if raceEnabled {
		args = append(args, "-race")
	}
	out, err := exec.Command("go", append(args, "opendoor/cmd/opendoor")...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build opendoor: %w\n%s", err, out)
	}
	return path, nil
})

// binary is the program under test, built once for the run.
func binary(t *testing.T) string {
	t.Helper()
	path, err := build()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// chance returns random numbers that the test's log allows to repeat.
func chance(t *testing.T) *rand.Rand {
	t.Helper()
	seed := rand.Uint64()
	if s := os.Getenv(seedEnv); s != "" {
		var err error
		if seed, err = strconv.ParseUint(s, 10, 64); err != nil {
			t.Fatalf("read %s: %v", seedEnv, err)
		}
	}
	t.Logf("repeat with %s=%d", seedEnv, seed)
	return rand.New(rand.NewPCG(seed, 0))
}
