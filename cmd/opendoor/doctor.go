package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"opendoor/config"
	"opendoor/offboarding"
	"opendoor/store"
)

func doctorCommand(e *env) *cobra.Command {
	var invariants bool
	c := &cobra.Command{
		Use:   "doctor",
		Short: "check settings, database, queue, mail, file store, public URL and every CRM account",
		RunE: func(c *cobra.Command, _ []string) error {
			if invariants {
				return e.checkInvariants(c.Context())
			}
			return e.examine(c.Context())
		},
	}
	c.Flags().BoolVar(&invariants, "invariants", false, "check what must hold in the database, and nothing else")
	return c
}

// errUnwell says that doctor found something; what, it has said already.
var errUnwell = errors.New("not everything is well")

func (e *env) checkInvariants(ctx context.Context) error {
	return e.withStore(ctx, func(ctx context.Context, s *store.Store, clock offboarding.Clock) error {
		broken, err := s.Invariants(ctx, clock.Now())
		if err != nil {
			return err
		}
		for _, line := range broken {
			fmt.Fprintln(e.out, "broken  "+line)
		}
		if len(broken) > 0 {
			return errUnwell
		}
		fmt.Fprintln(e.out, "ok      invariants hold")
		return nil
	})
}

// finding is one line of the examination.
type finding struct {
	name, detail string
	err          error
}

func (e *env) examine(ctx context.Context) error {
	cfg, log, err := e.load()
	if err != nil {
		return err
	}
	bad := false
	say := func(f finding) {
		mark, detail := "ok  ", f.detail
		if f.err != nil {
			mark, bad = "FAIL", true
			detail = strings.ReplaceAll(f.err.Error(), "\n", "; ")
		}
		fmt.Fprintf(e.out, "%s  %-28s %s\n", mark, f.name, detail)
	}
	say(finding{name: "settings", detail: settingsLine(cfg)})
	publicURL := cfg.PublicURL
	if publicURL == "" {
		publicURL = "http://" + cfg.Addr
	}
	cfg.AutoMigrate = false
	h, err := openHouse(ctx, cfg, log, publicURL)
	if err != nil {
		say(finding{name: "database", err: err})
		return errUnwell
	}
	defer h.close()
	for _, check := range []func(context.Context) finding{h.checkDatabase, h.checkQueue, h.checkMail, h.checkFiles, h.checkPublicURL} {
		within, cancel := context.WithTimeout(ctx, 10*time.Second)
		say(check(within))
		cancel()
	}
	for _, f := range h.checkWays(ctx) {
		say(f)
	}
	accounts, err := h.store.AllAccounts(ctx)
	if err != nil {
		say(finding{name: "accounts", err: err})
	}
	for _, acc := range accounts {
		if link := h.consent.Link(acc); link != "" && acc.Status == offboarding.AccountReauthNeeded {
			say(finding{name: string(acc.Provider) + " " + acc.Name + ": access", err: fmt.Errorf("%s; an administrator of the CRM opens %s", acc.StatusReason, link)})
			continue
		}
		for _, it := range h.connectors[acc.Provider].Check(ctx, acc) {
			f := finding{name: string(acc.Provider) + " " + acc.Name + ": " + it.Name, detail: it.Detail}
			if !it.OK {
				f.err = errors.New(sentences(it.Detail, it.Advice))
			}
			say(f)
		}
	}
	for _, f := range h.knownProblems(ctx, accounts) {
		say(f)
	}
	if bad {
		return errUnwell
	}
	return nil
}

// settingsLine names the settings that differ from their defaults.
func settingsLine(cfg config.Config) string {
	var set []string
	for _, line := range cfg.Masked() {
		set = append(set, line[0]+"="+line[1])
	}
	return strings.Join(set, " ")
}

func (h *house) checkDatabase(ctx context.Context) finding {
	f := finding{name: "database"}
	at, wanted, err := h.store.SchemaVersion(ctx)
	switch {
	case err != nil:
		f.err = err
	case at < wanted:
		f.err = fmt.Errorf("the schema is at version %d of %d: run `opendoor migrate up`", at, wanted)
	default:
		f.err = h.store.Writable(ctx)
		f.detail = fmt.Sprintf("%s, schema %d, can be written", h.store.Dialect(), at)
	}
	return f
}

func (h *house) checkQueue(ctx context.Context) finding {
	f := finding{name: "queue", detail: "inside the process"}
	if h.redis.Inside() {
		return f
	}
	if f.err = h.redis.Ping(ctx).Err(); f.err != nil {
		return f
	}
	f.detail = "Redis answers"
	if policy, err := h.redis.ConfigGet(ctx, "maxmemory-policy").Result(); err == nil && policy["maxmemory-policy"] != "noeviction" {
		f.detail += "; its maxmemory-policy is " + policy["maxmemory-policy"] + ", noeviction is advised"
	}
	return f
}

func (h *house) checkMail(ctx context.Context) finding {
	f := finding{name: "mail", err: h.mailer.Check(ctx), detail: "the mail server answers"}
	if h.cfg.SMTP.Host == "" {
		f.detail = "no server is set: letters are written to " + filepath.Join(h.cfg.DataDir, "outbox")
	}
	return f
}

func (h *house) checkFiles(ctx context.Context) finding {
	where, _, _ := strings.Cut(string(h.cfg.FilesURL), "?")
	if u, err := url.Parse(where); err == nil {
		where = u.Redacted()
	}
	return finding{name: "file store", detail: where + " can be written and read", err: h.uploads.Files.Check(ctx)}
}

func (h *house) checkPublicURL(ctx context.Context) finding {
	f := finding{name: "public URL", detail: h.publicURL}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, h.publicURL+"/livez", nil)
	if err != nil {
		f.err = err
		return f
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		if strings.HasPrefix(h.publicURL, "http://127.0.0.1") || strings.HasPrefix(h.publicURL, "http://localhost") {
			f.detail += ": nothing answers there now (fine when opendoor is not running)"
			return f
		}
		f.err = err
		return f
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusOK {
		f.err = fmt.Errorf("%s/livez answers %d: links in letters would lead nowhere", h.publicURL, res.StatusCode)
	}
	return f
}

// knownProblems are what the watch has found; what a live check has just said
// too stands there twice, with the day since when.
func (h *house) knownProblems(ctx context.Context, accounts []*offboarding.Account) []finding {
	open, err := h.store.OpenProblems(ctx, nil)
	if err != nil {
		return []finding{{name: "problems", err: err}}
	}
	var out []finding
	for _, acc := range accounts {
		for _, p := range open {
			if p.AccountID == acc.ID {
				out = append(out, finding{
					name: string(acc.Provider) + " " + acc.Name + ": " + string(p.Kind),
					err:  fmt.Errorf("since %s: %s", p.Since.UTC().Format(time.RFC3339), sentences(p.Text, p.Advice)),
				})
			}
		}
	}
	return out
}

// sentences puts what is the matter before what to do about it.
func sentences(what, advice string) string {
	what, advice = strings.TrimSpace(what), strings.TrimSpace(advice)
	switch {
	case what == "" || advice == "":
		return what + advice
	case !strings.HasSuffix(what, ".") && !strings.HasSuffix(what, "!") && !strings.HasSuffix(what, "?") && !strings.HasSuffix(what, "…"):
		what += "."
	}
	return what + " " + advice
}
