package generic

import (
	"context"
	"time"

	"opendoor/offboarding"
)

// Rights are none to be had: a generic source is asked nothing.
func (c *Connector) Rights(context.Context, *offboarding.Account) ([]offboarding.Right, error) {
	return nil, nil
}

// Caught finds nothing: there is nothing to look through.
func (c *Connector) Caught(context.Context, *offboarding.Account, []offboarding.StageRef, time.Time) (offboarding.Caught, error) {
	return offboarding.Caught{}, nil
}

// Subscribe says what a person has to do.
func (c *Connector) Subscribe(ctx context.Context, acc *offboarding.Account, hookURL string) (*offboarding.SetupReport, error) {
	return c.Setup(ctx, acc, hookURL)
}

// Unsubscribe says what a person has to do.
func (c *Connector) Unsubscribe(_ context.Context, acc *offboarding.Account, hookURL string) (offboarding.SetupHook, error) {
	detail := "Уберите этот адрес из своей программы."
	if acc.Lang == offboarding.EN {
		detail = "Take this address out of your program."
	}
	return offboarding.SetupHook{URL: hookURL, State: offboarding.HookByHand, Detail: detail}, nil
}

// RemoveFields removes nothing: there are none.
func (c *Connector) RemoveFields(context.Context, *offboarding.Account) ([]string, error) {
	return nil, nil
}
