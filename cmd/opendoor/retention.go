package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
)

func retentionCommand(e *env) *cobra.Command {
	dry := false
	c := &cobra.Command{
		Use: "retention", Short: "make what is kept no longer anonymous, as the worker does every day",
		RunE: func(c *cobra.Command, _ []string) error {
			cfg, log, err := e.load()
			if err != nil {
				return err
			}
			return e.retain(c.Context(), func(ctx context.Context) (*house, error) { return openHouse(ctx, cfg, log, cfg.PublicURL) }, dry)
		},
	}
	c.Flags().BoolVar(&dry, "dry-run", false, "only count what would be forgotten next")
	return c
}

func (e *env) retain(ctx context.Context, open func(context.Context) (*house, error), dry bool) error {
	h, err := open(ctx)
	if err != nil {
		return err
	}
	defer h.close()
	done, err := h.registrar().Retain(ctx, h.cfg.RetentionMonths, h.cfg.RetentionBodyDays, dry)
	if err != nil {
		return err
	}
	verb := map[bool]string{true: "would be made anonymous next", false: "made anonymous"}[dry]
	fmt.Fprintf(e.out, "%d cases %s, %d bodies emptied\n", done.Cases, verb, done.Deliveries)
	return nil
}
