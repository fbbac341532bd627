package acceptance

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// grace is how long the program may take to stop (contract: a container gives it 30 s).
const grace = 30 * time.Second

// process is one run of the program.
type process struct {
	t     *testing.T
	name  string
	cmd   *exec.Cmd
	log   *logBuffer
	ended chan struct{}
	err   error // of Wait; read after ended
}

// logBuffer keeps what a process printed.
type logBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// start runs a command of the program. At the test's end it is asked to stop,
// which it must do in order.
func start(t *testing.T, name string, environ []string, args ...string) *process {
	t.Helper()
	p := &process{t: t, name: name, cmd: exec.Command(binary(t), args...), log: &logBuffer{}, ended: make(chan struct{})}
	p.cmd.Env = append(cleanEnviron(), environ...)
	p.cmd.Stdout, p.cmd.Stderr = p.log, p.log
	// Ctrl-C in the terminal reaches the test, which then stops the program.
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		p.err = p.cmd.Wait()
		close(p.ended)
	}()
	t.Cleanup(p.finish)
	return p
}

// cleanEnviron is the environment without anybody's settings of opendoor.
func cleanEnviron() []string {
	var out []string
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "OPENDOOR_") {
			out = append(out, v)
		}
	}
	return append(out, "GORACE=halt_on_error=0")
}

func (p *process) running() bool {
	select {
	case <-p.ended:
		return false
	default:
		return true
	}
}

// kill ends the process as a crash would.
func (p *process) kill() {
	_ = p.cmd.Process.Kill() // it may have ended
	<-p.ended
}

// stop asks the process to end and returns its exit code.
func (p *process) stop() int {
	p.t.Helper()
	if p.running() {
		_ = p.cmd.Process.Signal(syscall.SIGTERM)
	}
	select {
	case <-p.ended:
	case <-time.After(grace):
		p.kill()
		p.t.Errorf("%s did not stop within %s", p.name, grace)
	}
	return p.exitCode()
}

func (p *process) exitCode() int {
	if exit, ok := errors.AsType[*exec.ExitError](p.err); ok {
		return exit.ExitCode() // -1: by a signal
	}
	return 0
}

// finish stops the process at the test's end and looks through its log.
func (p *process) finish() {
	if p.running() {
		if code := p.stop(); code != 0 {
			p.t.Errorf("%s ended with exit code %d", p.name, code)
		}
	}
	log := p.log.String()
	for _, bad := range []string{"DATA RACE", "panic", "goroutine "} {
		if strings.Contains(log, bad) {
			p.t.Errorf("the log of %s holds %q", p.name, bad)
		}
	}
	if p.t.Failed() {
		lines := strings.Split(strings.TrimSpace(log), "\n")
		p.t.Logf("end of the log of %s:\n%s", p.name, strings.Join(lines[max(0, len(lines)-60):], "\n"))
	}
}
