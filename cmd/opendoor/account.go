package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"
)

// accountFlags say which server is spoken to; what is not given comes from the
// settings of the installation on this machine.
type accountFlags struct{ url, key, keyFile string }

func accountCommand(e *env) *cobra.Command {
	var f accountFlags
	c := &cobra.Command{
		Use: "account", Short: "connect CRMs and look after them, through the API of a running server", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return fmt.Errorf("%w: say `account add`, `setup`, `list` or `check`", errUsage)
		},
	}
	c.PersistentFlags().StringVar(&f.url, "url", "", "address of the server; default OPENDOOR_PUBLIC_URL, else OPENDOOR_ADDR")
	c.PersistentFlags().StringVar(&f.key, "key", "", "API key with role admin; default OPENDOOR_ADMIN_KEY")
	c.PersistentFlags().StringVar(&f.keyFile, "key-file", "", "file that holds the key")
	c.AddCommand(accountAddCommand(e, &f), accountSetupCommand(e, &f), accountListCommand(e, &f), accountCheckCommand(e, &f))
	return c
}

// client finds out which server is meant.
func (f accountFlags) client(e *env) (*apiClient, error) {
	url, key := f.url, f.key
	if f.keyFile != "" {
		raw, err := os.ReadFile(f.keyFile)
		if err != nil {
			return nil, fmt.Errorf("read the key: %w", err)
		}
		key = strings.TrimSpace(string(raw))
	}
	if url == "" || key == "" {
		cfg, _, err := e.load()
		if err != nil {
			return nil, err
		}
		if url == "" {
			if url = cfg.PublicURL; url == "" {
				url = "http://" + cfg.Addr
			}
		}
		if key == "" {
			key = string(cfg.AdminKey)
		}
	}
	if key == "" {
		return nil, fmt.Errorf("%w: no key is known: give --key or --key-file, or set OPENDOOR_ADMIN_KEY; `opendoor apikey create --role admin --name me` makes one", errUsage)
	}
	return newAPIClient(url, key), nil
}

func accountAddCommand(e *env, f *accountFlags) *cobra.Command {
	var a answers
	c := &cobra.Command{
		Use: "add", Short: "connect a CRM: a dialogue, or flags and --yes",
		Long: "Connects a CRM step by step: credential, rights, stages that mean a cancellation, fields, hook, test event.\n" +
			"What flags answer is not asked; with --yes nothing is, and what is suggested is taken. The account begins in shadow mode.",
		RunE: func(c *cobra.Command, _ []string) error {
			api, err := f.client(e)
			if err != nil {
				return err
			}
			return newDialog(e, api, a).add(c.Context())
		},
	}
	c.Flags().StringVar(&a.provider, "provider", "", "amocrm, bitrix24 or generic")
	c.Flags().StringVar(&a.name, "name", "", "what the account is called")
	c.Flags().StringVar(&a.baseURL, "base-url", "", "https://example.amocrm.ru; for generic: where results go")
	c.Flags().StringArrayVar(&a.credentials, "credential", nil, "name=value, or name=@file; may be repeated")
	c.Flags().StringVar(&a.lang, "account-lang", "", "ru or en: language of letters and fields; default that of the dialogue")
	c.Flags().StringVar(&a.timeZone, "time-zone", "", "IANA name; default Europe/Moscow")
	setupFlags(c, &a)
	return c
}

func accountSetupCommand(e *env, f *accountFlags) *cobra.Command {
	var a answers
	var undo, fields bool
	c := &cobra.Command{
		Use: "setup ID", Short: "prepare the CRM of an account again, or take it back with --undo", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			id, err := uuid.Parse(args[0])
			if err != nil {
				return fmt.Errorf("%w: %q is not the id of an account", errUsage, args[0])
			}
			if fields && !undo {
				return fmt.Errorf("%w: --delete-fields goes with --undo", errUsage)
			}
			api, err := f.client(e)
			if err != nil {
				return err
			}
			d := newDialog(e, api, a)
			if undo {
				return d.undo(c.Context(), id, fields)
			}
			return d.again(c.Context(), id)
		},
	}
	c.Flags().BoolVar(&undo, "undo", false, "take our hook out of the CRM")
	c.Flags().BoolVar(&fields, "delete-fields", false, "with --undo: delete our fields too, with everything in them")
	setupFlags(c, &a)
	return c
}

func setupFlags(c *cobra.Command, a *answers) {
	c.Flags().BoolVar(&a.yes, "yes", false, "ask nothing; take what is suggested")
	c.Flags().DurationVar(&a.wait, "wait", 2*time.Minute, "how long to wait for the test event")
}

func accountListCommand(e *env, f *accountFlags) *cobra.Command {
	return &cobra.Command{Use: "list", Short: "list accounts with what is wrong", RunE: func(c *cobra.Command, _ []string) error {
		api, err := f.client(e)
		if err != nil {
			return err
		}
		all, err := api.accounts(c.Context())
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(e.out, 0, 4, 2, ' ', 0)
		fmt.Fprintln(w, "ID\tPROVIDER\tNAME\tMODE\tSTATUS\tLAST EVENT\tPROBLEMS")
		for _, a := range all {
			last, problems := "-", make([]string, 0, len(a.Problems))
			if a.LastEventAt != nil {
				last = a.LastEventAt.Format(time.RFC3339)
			}
			for _, p := range a.Problems {
				problems = append(problems, p.Kind)
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", a.ID, a.Provider, a.Name, a.Mode, a.Status, last, strings.Join(problems, ", "))
		}
		return w.Flush()
	}}
}

func accountCheckCommand(e *env, f *accountFlags) *cobra.Command {
	return &cobra.Command{Use: "check [ID]", Short: "try the connection of an account, or of all", Args: cobra.MaximumNArgs(1), RunE: func(c *cobra.Command, args []string) error {
		api, err := f.client(e)
		if err != nil {
			return err
		}
		all, err := api.accounts(c.Context())
		if err != nil {
			return err
		}
		bad, found := false, len(args) == 0
		for _, a := range all {
			if len(args) == 1 && a.ID.String() != args[0] {
				continue
			}
			found = true
			ok, err := newDialog(e, api, answers{}).check(c.Context(), a, nil)
			if err != nil {
				return err
			}
			bad = bad || !ok
		}
		switch {
		case !found:
			return fmt.Errorf("there is no account %s", args[0])
		case bad:
			return errUnwell
		}
		return nil
	}}
}

// answers are given by flags before anything is asked.
type answers struct {
	provider, name, baseURL, lang, timeZone string
	credentials                             []string
	yes                                     bool
	wait                                    time.Duration
}

// credential reads name=value; a value that begins with @ is a file's content.
func credential(s string) (name, value string, err error) {
	name, value, ok := strings.Cut(s, "=")
	if !ok || name == "" || value == "" {
		return "", "", fmt.Errorf("%w: --credential is name=value, or name=@file", errUsage)
	}
	value, err = secretOf(value)
	return name, value, err
}

func secretOf(value string) (string, error) {
	file, ok := strings.CutPrefix(value, "@")
	if !ok {
		return value, nil
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("read a credential: %w", err)
	}
	return strings.TrimSpace(string(raw)), nil
}

// The shapes of the API that the commands need. A server that is newer may say
// more.
type (
	apiAccount struct {
		ID          uuid.UUID    `json:"id"`
		Provider    string       `json:"provider"`
		Name        string       `json:"name"`
		Mode        string       `json:"mode"`
		Status      string       `json:"status"`
		HookURL     string       `json:"hook_url"`
		Authorize   string       `json:"authorize_url"`
		Triggers    []apiTrigger `json:"triggers"`
		LastEventAt *time.Time   `json:"last_event_at"`

		CredentialKeys []string `json:"credential_keys"`
		Problems       []struct {
			Kind string `json:"kind"`
		} `json:"problems"`
	}
	apiTrigger struct {
		PipelineID string `json:"pipeline_id"`
		StageID    string `json:"stage_id"`
		Means      string `json:"means"`
	}
	apiCheck struct {
		Items []struct {
			Name   string `json:"name"`
			OK     bool   `json:"ok"`
			Detail string `json:"detail"`
			Advice string `json:"advice"`
		} `json:"items"`
	}
	apiSetup struct {
		Rights []struct {
			Name   string `json:"name"`
			OK     bool   `json:"ok"`
			Needed bool   `json:"needed"`
			Detail string `json:"detail"`
		} `json:"rights"`
		Fields []struct {
			Name    string `json:"name"`
			Created bool   `json:"created"`
		} `json:"fields"`
		Hook struct {
			URL   string `json:"url"`
			State string `json:"state"`
		} `json:"hook"`
		Advice    []string `json:"advice"`
		TestEvent struct {
			State  string `json:"state"`
			Advice string `json:"advice"`
			Event  *struct {
				Kind     string `json:"kind"`
				EntityID string `json:"entity_id"`
			} `json:"event"`
		} `json:"test_event"`
		RemovedFields []string `json:"removed_fields"`
	}
	apiPreview struct {
		Pipelines []struct {
			ID     string `json:"id"`
			Name   string `json:"name"`
			Stages []struct {
				ID         string `json:"id"`
				Name       string `json:"name"`
				Outcome    string `json:"outcome"`
				Caught     int    `json:"caught"`
				Suggestion *struct {
					Means string `json:"means"`
					Why   string `json:"why"`
					Sure  bool   `json:"sure"`
				} `json:"suggestion"`
			} `json:"stages"`
		} `json:"pipelines"`
		Triggers []apiTrigger `json:"triggers"`
		Days     int          `json:"days"`
		Caught   struct {
			Count    int  `json:"count"`
			More     bool `json:"more"`
			Examples []struct {
				DealID string    `json:"deal_id"`
				Title  string    `json:"title"`
				At     time.Time `json:"at"`
			} `json:"examples"`
		} `json:"caught"`
	}
)

func (c *apiClient) accounts(ctx context.Context) ([]apiAccount, error) {
	var all []apiAccount
	cursor := ""
	for {
		var page struct {
			Items []apiAccount `json:"items"`
			Next  string       `json:"next_cursor"`
		}
		if err := c.call(ctx, "GET", "/accounts?limit=200&cursor="+cursor, nil, &page); err != nil {
			return nil, err
		}
		all = append(all, page.Items...)
		if cursor = page.Next; cursor == "" {
			return all, nil
		}
	}
}

// apiProblem is what the server said against a request.
type apiProblem struct {
	Status int    `json:"status"`
	Title  string `json:"title"`
	Detail string `json:"detail"`
	Errors []struct {
		Field   string `json:"field"`
		Message string `json:"message"`
	} `json:"errors"`
}

func (p *apiProblem) Error() string {
	s := p.Detail
	if s == "" {
		s = p.Title
	}
	for _, e := range p.Errors {
		s += "; " + e.Field + ": " + e.Message
	}
	return s
}

func readProblem(status int, body []byte) error {
	var p apiProblem
	if json.Unmarshal(body, &p) != nil || p.Status == 0 {
		return fmt.Errorf("the server answered %d and nothing that opendoor would say; is the address right?", status)
	}
	return &p
}

var errInputEnded = errors.New("the input ended before everything was answered; give flags and --yes, or run it in a terminal")
