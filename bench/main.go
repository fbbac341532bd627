// Command bench measures opendoor from outside, as docs/performance.md tells
// it: hooks accepted durably, hook to letter, growth of lists and dispatch, and
// what an idle process takes. It drives the real program over HTTP and SMTP; only
// ratios within one run count, so what is compared is measured in turns.
//
// It needs the PostgreSQL and Redis that internal/testkit/cmd/withservers
// starts: make bench.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// bench is one run.
type bench struct {
	binary    string // the opendoor that is measured
	dir       string // scratch, removed at the end
	pg        string // superuser's database of a private server
	redis     string
	rounds    int
	turn      time.Duration // how long each subject is driven before the other one's turn
	rows      []int
	burst     int
	due       int // touches at the same minute
	databases []string
	dbs       int
}

func main() {
	if len(os.Args) == 3 && os.Args[1] == "probe" {
		if err := runProbe(os.Args[2]); err != nil {
			fmt.Fprintln(os.Stderr, "probe:", err)
			os.Exit(1)
		}
		return
	}
	if len(os.Args) == 6 && os.Args[1] == "letter-probe" {
		if err := runLetterProbe(os.Args[2], os.Args[3], os.Args[4], os.Args[5]); err != nil {
			fmt.Fprintln(os.Stderr, "letter probe:", err)
			os.Exit(1)
		}
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// The parts of a run, in order.
var parts = []struct {
	name string
	do   func(*bench, context.Context) error
}{
	{"idle", (*bench).idle}, {"hooks", (*bench).hooks}, {"letters", (*bench).letters}, {"fair", (*bench).fair}, {"growth", (*bench).growth}, {"touches", (*bench).touches}, {"leaving", (*bench).leaving}, {"handover", (*bench).handover}, {"readiness", (*bench).readiness},
}

func run(ctx context.Context) error {
	b := &bench{pg: os.Getenv("OPENDOOR_TEST_POSTGRES"), redis: os.Getenv("OPENDOOR_TEST_REDIS")}
	only := flag.String("only", "", "parts to run, comma separated: idle, hooks, letters, fair, growth, touches, leaving, handover, readiness (default all)")
	rows := flag.String("rows", "1000,100000", "sizes for growth and touches, comma separated; 1000000 takes four minutes more")
	flag.IntVar(&b.due, "due", 10_000, "touches due at the same minute, for touches; letters in the queue, for leaving")
	flag.StringVar(&b.binary, "binary", "bin/opendoor", "the program to measure")
	flag.IntVar(&b.rounds, "rounds", 5, "turns of each subject")
	flag.IntVar(&b.burst, "burst", 3000, "hooks at once, for letters")
	databases := flag.String("databases", "postgres,sqlite", "databases to run hooks, letters, touches, leaving and readiness on")
	flag.DurationVar(&b.turn, "turn", 2*time.Second, "length of a turn")
	flag.Parse()
	if b.pg == "" || b.redis == "" {
		return fmt.Errorf("no servers: run it by make bench")
	}
	b.databases = strings.Split(*databases, ",")
	for s := range strings.SplitSeq(*rows, ",") {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1000 {
			return fmt.Errorf("-rows takes numbers of at least 1000, not %q", s)
		}
		b.rows = append(b.rows, n)
	}
	var err error
	if b.binary, err = filepath.Abs(b.binary); err != nil {
		return err
	}
	if b.dir, err = os.MkdirTemp("", "opendoor-bench-"); err != nil {
		return err
	}
	defer os.RemoveAll(b.dir)

	began := time.Now()
	fmt.Printf("%s, %s\n", began.Format(time.DateOnly), machine())
	wanted := strings.Split(*only, ",")
	for _, p := range parts {
		if *only != "" && !slices.Contains(wanted, p.name) {
			continue
		}
		if err := p.do(b, ctx); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		fmt.Printf("load of the machine: %s\n", loadAverage())
	}
	fmt.Printf("\ntook %s\n", time.Since(began).Round(time.Second))
	return nil
}

// machine tells the shape of the machine, which every number depends on.
func machine() string {
	model := "unknown CPU"
	if info, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(info)) {
			if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
				model = strings.TrimSpace(value)
				break
			}
		}
	}
	return fmt.Sprintf("%d × %s, %s, %s; load %s", runtime.NumCPU(), model, runtime.GOOS, runtime.Version(), loadAverage())
}

func loadAverage() string {
	raw, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	return strings.Join(strings.Fields(string(raw))[:3], " ")
}

// median returns the middle value; of an even number the upper one.
func median[T int | int64 | float64 | time.Duration](values []T) T {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Clone(values)
	slices.Sort(sorted)
	return sorted[len(sorted)/2]
}

// percentile returns the value that p of 1 of the sorted values do not exceed.
func percentile(sorted []time.Duration, p float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(len(sorted)-1, int(p*float64(len(sorted))))]
}

func ms(d time.Duration) string {
	return strconv.FormatFloat(float64(d)/float64(time.Millisecond), 'f', 2, 64)
}
