package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// ticksPerSecond is what /proc/PID/stat counts processor time in: USER_HZ,
// which is 100 on every Linux that Go runs on.
const ticksPerSecond = 100

// process is a program that is measured from outside.
type process struct {
	cmd     *exec.Cmd
	url     string
	started time.Duration // until it said that it listens
	log     string        // file with what it said on stderr
}

// start runs a program until it prints that it listens.
func (b *bench) start(ctx context.Context, env []string, name string, args ...string) (*process, error) {
	log, err := os.CreateTemp(b.dir, "log-")
	if err != nil {
		return nil, err
	}
	defer log.Close()
	p := &process{cmd: exec.CommandContext(ctx, name, args...), log: log.Name()}
	p.cmd.Env, p.cmd.Stderr = append(os.Environ(), env...), log
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	began := time.Now()
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if url, ok := strings.CutPrefix(lines.Text(), "listening on "); ok {
			p.url, p.started = url, time.Since(began)
			go func() { _, _ = io.Copy(io.Discard, out) }()
			return p, nil
		}
	}
	_ = p.cmd.Wait()
	said, _ := os.ReadFile(p.log)
	return nil, fmt.Errorf("%s %s ended at once: %s", filepath.Base(name), strings.Join(args, " "), said)
}

// stop ends the program in order.
func (p *process) stop() {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	_ = p.cmd.Wait()
}

// cpu returns the processor time that the program has used.
func (p *process) cpu() time.Duration {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	// The name in brackets may hold anything; utime and stime are the 12th and
	// 13th field after it.
	_, rest, _ := strings.Cut(string(raw), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0
	}
	user, _ := strconv.ParseInt(fields[11], 10, 64)
	system, _ := strconv.ParseInt(fields[12], 10, 64)
	return time.Duration(user+system) * time.Second / ticksPerSecond
}

// rss returns the resident memory in bytes.
func (p *process) rss() int64 { return p.status("VmRSS") }

// status reads a line of /proc/PID/status, which is in kB.
func (p *process) status(name string) int64 {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(raw)) {
		if value, ok := strings.CutPrefix(line, name+":"); ok {
			kB, _ := strconv.ParseInt(strings.Fields(value)[0], 10, 64)
			return kB << 10
		}
	}
	return 0
}

func mb(bytes int64) string { return fmt.Sprintf("%.1f", float64(bytes)/1e6) }

// run runs a program to its end.
func (b *bench) command(ctx context.Context, env []string, args ...string) error {
	cmd := exec.CommandContext(ctx, b.binary, args...)
	cmd.Env = append(os.Environ(), env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return errors.Join(err, errors.New(string(out)))
	}
	return nil
}
