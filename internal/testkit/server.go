package testkit

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// startTimeout is generous: initdb and crash recovery share two cores with
// the race detector's builds.
const startTimeout = 60 * time.Second

// server is one process of a database or queue, with a folder of its own. It
// can be stopped and started again on the same port.
type server struct {
	name  string
	url   string
	dir   string // the folder with everything the process writes; removed by close
	args  []string
	owner *syscall.Credential // who runs the process; nil: whoever runs the test
	quit  syscall.Signal      // the signal that ends the process in order
	ready func() error        // nil once the process answers

	mu     sync.Mutex
	cmd    *exec.Cmd
	keeper *keeper
}

// start runs the process and waits until it is ready.
func (s *server) start() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cmd != nil {
		return nil
	}
	log, err := os.OpenFile(s.logFile(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("start %s: %w", s.name, err)
	}
	defer func() { _ = log.Close() }() // the process has its own
	cmd := exec.Command(s.args[0], s.args[1:]...)
	// The test's own stdout would keep `go test` waiting for the server.
	cmd.Stdout, cmd.Stderr = log, log
	cmd.Dir = s.dir
	// A group of its own: Ctrl-C in the terminal reaches the test, which
	// then ends the server in order.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: s.owner}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start %s: %w", s.name, err)
	}
	k, err := newKeeper(cmd.Process.Pid, s.quit, s.dir)
	if err != nil {
		return errors.Join(err, cmd.Process.Kill(), ignoreExit(cmd.Wait()))
	}
	s.cmd, s.keeper = cmd, k
	died := false
	err = poll(startTimeout, func() error {
		if died = ended(cmd.Process.Pid); died {
			return nil
		}
		return s.ready()
	})
	if died {
		err = errors.New("the process ended at once")
	}
	if err != nil {
		err = fmt.Errorf("start %s: %w\n%s", s.name, err, s.logTail())
		return errors.Join(err, s.end(syscall.SIGKILL))
	}
	return nil
}

// ended tells whether a child of ours that nobody has waited for has ended.
// Waiting in a goroutine would tell too, but trip tests that look for leaked
// goroutines. Where there is no /proc, start finds out by its time-out.
func ended(pid int) bool {
	stat, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	return err == nil && strings.Contains(string(stat), ") Z ")
}

// stop ends the process with sig and waits for its end.
func (s *server) stop(sig syscall.Signal) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.end(sig)
}

func (s *server) end(sig syscall.Signal) error {
	if s.cmd == nil {
		return nil
	}
	err := s.cmd.Process.Signal(sig)
	if errors.Is(err, os.ErrProcessDone) {
		err = nil
	}
	err = errors.Join(err, ignoreExit(s.cmd.Wait()), s.keeper.dismiss())
	s.cmd, s.keeper = nil, nil
	if err != nil {
		return fmt.Errorf("stop %s: %w", s.name, err)
	}
	return nil
}

// close ends the process and removes its folder.
func (s *server) close() error {
	return errors.Join(s.stop(s.quit), os.RemoveAll(s.dir))
}

func (s *server) logFile() string { return filepath.Join(s.dir, "log") }

func (s *server) logTail() string {
	log, err := os.ReadFile(s.logFile())
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(log)), "\n")
	return strings.Join(lines[max(0, len(lines)-20):], "\n")
}

// ignoreExit drops the error that only says how a process ended.
func ignoreExit(err error) error {
	if _, ok := errors.AsType[*exec.ExitError](err); ok {
		return nil
	}
	return err
}

// keeper is a process that ends a server and removes its folder when the
// process that started both is gone, be it by a panic, a time-out of go test
// or kill -9.
type keeper struct {
	cmd *exec.Cmd
	in  io.Closer
}

// The shell waits for the end of its input, which comes when the last holder
// of the pipe, the test binary, ends.
const keeperScript = `trap '' INT TERM HUP
while read -r _; do :; done
kill -"$1" "$2" 2>/dev/null
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30; do
	kill -0 "$2" 2>/dev/null || break
	sleep 0.1
done
kill -KILL "$2" 2>/dev/null
rm -rf "$3"`

func newKeeper(pid int, quit syscall.Signal, dir string) (*keeper, error) {
	cmd := exec.Command("/bin/sh", "-c", keeperScript, "keeper", strconv.Itoa(int(quit)), strconv.Itoa(pid), dir)
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("start keeper: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start keeper: %w", err)
	}
	return &keeper{cmd: cmd, in: in}, nil
}

// dismiss ends the keeper without its work.
func (k *keeper) dismiss() error {
	return errors.Join(k.cmd.Process.Kill(), ignoreExit(k.cmd.Wait()), ignoreClosed(k.in.Close()))
}

func ignoreClosed(err error) error {
	if errors.Is(err, os.ErrClosed) {
		return nil
	}
	return err
}

// newDir makes a folder for a server that owner may write.
func newDir(name string, owner *syscall.Credential) (string, error) {
	dir, err := os.MkdirTemp("", "opendoor-"+name+"-")
	if err != nil {
		return "", fmt.Errorf("make a folder for %s: %w", name, err)
	}
	if owner != nil {
		if err := os.Chown(dir, int(owner.Uid), int(owner.Gid)); err != nil {
			return "", fmt.Errorf("make a folder for %s: %w", name, err)
		}
	}
	return dir, nil
}

// unprivileged returns who runs a server that refuses to be run by root, or
// nil when the test is not run by root.
func unprivileged(name string) (*syscall.Credential, error) {
	if os.Getuid() != 0 {
		return nil, nil //nolint:nilnil // nil is os/exec's "as the caller"
	}
	u, err := user.Lookup(name)
	if err != nil {
		return nil, fmt.Errorf("find the user to run the server: %w", err)
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return nil, fmt.Errorf("read the id of user %s: %w", name, err)
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return nil, fmt.Errorf("read the group of user %s: %w", name, err)
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
}
