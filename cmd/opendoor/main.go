// Command opendoor parts with clients well: it takes webhooks of a CRM in,
// sends letters, and writes results back.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"

	_ "time/tzdata" // a container has no time zones of its own

	"github.com/spf13/cobra"

	"opendoor/config"
)

// Set by the linker in released builds.
var (
	version = "dev"
	commit  = ""
)

// Exit codes of contract §1.
const (
	exitFailed = 1
	exitUsage  = 2
)

// errUsage marks wrong usage of the command line.
var errUsage = errors.New("wrong usage")

// gcPercent lets garbage of one and a half times what is in use pile up before
// it is collected: so little is in use that the default would collect many times
// a second while hooks come in, and twice would take an idle process to 80 MB.
const gcPercent = 150

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Environ(), os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is main without the process, so that tests can call it.
func run(ctx context.Context, args, environ []string, stdin io.Reader, stdout, stderr io.Writer) int {
	root := rootCommand(&env{environ: environ, in: stdin, out: stdout, err: stderr})
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errUsage):
		fmt.Fprintf(stderr, "opendoor: %s\n", usageText(err))
		return exitUsage
	}
	if mistakes, ok := errors.AsType[config.Mistakes](err); ok {
		for _, m := range mistakes {
			fmt.Fprintf(stderr, "opendoor: %s\n", m.Error())
		}
		return exitFailed
	}
	for line := range strings.SplitSeq(strings.TrimSpace(err.Error()), "\n") {
		fmt.Fprintf(stderr, "opendoor: %s\n", line)
	}
	return exitFailed
}

func usageText(err error) string {
	return strings.TrimSuffix(strings.TrimPrefix(err.Error(), errUsage.Error()+": "), "\n") + "; see opendoor --help"
}

// env is what commands know of the outside.
type env struct {
	environ  []string
	in       io.Reader
	out, err io.Writer
}

func rootCommand(e *env) *cobra.Command {
	root := &cobra.Command{
		Use:           "opendoor",
		Short:         "Leave the door open: part with clients well, and win some of them back",
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          cobra.NoArgs,
		RunE:          func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	root.CompletionOptions.DisableDefaultCmd = true
	root.AddCommand(
		serveCommand(e), apiCommand(e), workerCommand(e), demoCommand(e), sandboxCommand(e), simulateCommand(e),
		migrateCommand(e), doctorCommand(e), apiKeyCommand(e), accountCommand(e), backupCommand(e), restoreCommand(e), retentionCommand(e), versionCommand(e),
	)
	asUsage(root)
	return root
}

// asUsage makes wrong flags and arguments of every command wrong usage.
func asUsage(c *cobra.Command) {
	c.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return fmt.Errorf("%w: %w", errUsage, err) })
	check := c.Args
	if check == nil {
		check = cobra.NoArgs
	}
	c.Args = func(c *cobra.Command, args []string) error {
		if err := check(c, args); err != nil {
			return fmt.Errorf("%w: %w", errUsage, err)
		}
		return nil
	}
	for _, sub := range c.Commands() {
		asUsage(sub)
	}
}

// commitOf is the commit of the build, from the linker or from Go's own stamp.
func commitOf() string {
	if commit != "" {
		return commit
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return s.Value
		}
	}
	return "unknown"
}
