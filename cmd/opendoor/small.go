package main

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"opendoor/api"
	"opendoor/offboarding"
	"opendoor/store"
)

func versionCommand(e *env) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "version, commit, Go version, schema version",
		RunE: func(*cobra.Command, []string) error {
			fmt.Fprintf(e.out, "opendoor %s\ncommit   %s\ngo       %s\nschema   %d\n", version, commitOf(), runtime.Version(), store.WantedSchema())
			return nil
		},
	}
}

func migrateCommand(e *env) *cobra.Command {
	c := &cobra.Command{
		Use: "migrate", Short: "bring the schema up to date, or show where it stands", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return fmt.Errorf("%w: say `migrate up` or `migrate status`", errUsage)
		},
	}
	c.AddCommand(
		&cobra.Command{Use: "up", Short: "apply what is missing", RunE: func(c *cobra.Command, _ []string) error {
			return e.withStore(c.Context(), func(ctx context.Context, s *store.Store, _ offboarding.Clock) error {
				if err := s.Migrate(ctx); err != nil {
					return err
				}
				v, _, err := s.SchemaVersion(ctx)
				fmt.Fprintf(e.out, "the schema is at version %d\n", v)
				return err
			})
		}},
		&cobra.Command{Use: "status", Short: "list migrations", RunE: func(c *cobra.Command, _ []string) error {
			return e.withStore(c.Context(), func(ctx context.Context, s *store.Store, _ offboarding.Clock) error {
				lines, err := s.MigrationStatus(ctx)
				if err != nil {
					return err
				}
				w := tabwriter.NewWriter(e.out, 0, 4, 2, ' ', 0)
				fmt.Fprintln(w, "VERSION\tNAME\tAPPLIED")
				for _, l := range lines {
					at := "pending"
					if !l.AppliedAt.IsZero() {
						at = l.AppliedAt.UTC().Format(time.RFC3339)
					}
					fmt.Fprintf(w, "%d\t%s\t%s\n", l.Version, l.Name, at)
				}
				return w.Flush()
			})
		}},
	)
	return c
}

// withStore opens the database alone.
func (e *env) withStore(ctx context.Context, fn func(context.Context, *store.Store, offboarding.Clock) error) error {
	cfg, log, err := e.load()
	if err != nil {
		return err
	}
	clock := clockOf(cfg.Clock)
	s, _, err := openStore(ctx, cfg, clock, log)
	if err != nil {
		return err
	}
	defer s.Close()
	return fn(ctx, s, clock)
}

// withSchema is withStore on a schema that is up to date.
func (e *env) withSchema(ctx context.Context, fn func(context.Context, *store.Store, offboarding.Clock) error) error {
	return e.withStore(ctx, func(ctx context.Context, s *store.Store, clock offboarding.Clock) error {
		if err := s.Migrate(ctx); err != nil {
			return err
		}
		return fn(ctx, s, clock)
	})
}

const actorCLI offboarding.Actor = "cli"

func apiKeyCommand(e *env) *cobra.Command {
	c := &cobra.Command{
		Use: "apikey", Short: "keys of the REST API", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return fmt.Errorf("%w: say `apikey create`, `list` or `revoke`", errUsage)
		},
	}
	var role, name string
	create := &cobra.Command{Use: "create", Short: "make a key; it is printed once", RunE: func(c *cobra.Command, _ []string) error {
		if !slices.Contains(api.Roles, api.Role(role)) {
			return fmt.Errorf("%w: --role is one of admin, operator, approver, hr_manager, viewer", errUsage)
		}
		if name == "" || len(name) > 100 {
			return fmt.Errorf("%w: --name says whose key it is, at most 100 characters", errUsage)
		}
		return e.withSchema(c.Context(), func(ctx context.Context, s *store.Store, _ offboarding.Clock) error {
			secret, k := offboarding.NewAPIKey(name, role, nil)
			if err := offboarding.AddAPIKey(ctx, s, k, actorCLI); err != nil {
				return err
			}
			fmt.Fprintln(e.out, secret)
			fmt.Fprintf(e.err, "this is the only time the key is shown; its id is %s\n", k.ID)
			return nil
		})
	}}
	create.Flags().StringVar(&role, "role", "", "admin, operator, approver, hr_manager or viewer")
	create.Flags().StringVar(&name, "name", "", "whose key it is")
	list := &cobra.Command{Use: "list", Short: "list keys without their secrets", RunE: func(c *cobra.Command, _ []string) error {
		return e.withSchema(c.Context(), func(ctx context.Context, s *store.Store, clock offboarding.Clock) error {
			keys, err := s.APIKeys(ctx, offboarding.Page{Limit: 10_000})
			if err != nil {
				return err
			}
			w := tabwriter.NewWriter(e.out, 0, 4, 2, ' ', 0)
			fmt.Fprintln(w, "ID\tNAME\tROLE\tBEGINS\tCREATED\tSTATE")
			for _, k := range keys {
				state := "valid"
				switch {
				case !k.RevokedAt.IsZero():
					state = "revoked"
				case !k.ExpiresAt.IsZero() && !clock.Wall().Before(k.ExpiresAt):
					state = "expired"
				}
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", k.ID, k.Name, k.Role, k.Prefix, k.CreatedAt.UTC().Format(time.RFC3339), state)
			}
			return w.Flush()
		})
	}}
	revoke := &cobra.Command{Use: "revoke ID", Short: "end a key", Args: cobra.ExactArgs(1), RunE: func(c *cobra.Command, args []string) error {
		id, err := uuid.Parse(args[0])
		if err != nil {
			return fmt.Errorf("%w: %q is not the id of a key", errUsage, args[0])
		}
		return e.withSchema(c.Context(), func(ctx context.Context, s *store.Store, clock offboarding.Clock) error {
			err := offboarding.RevokeAPIKey(ctx, s, id, actorCLI, clock.Wall())
			if offboarding.IsKind(err, offboarding.KindNotFound) {
				return fmt.Errorf("there is no key %s", id)
			}
			if err == nil {
				fmt.Fprintf(e.out, "key %s is revoked\n", id)
			}
			return err
		})
	}}
	c.AddCommand(create, list, revoke)
	return c
}
