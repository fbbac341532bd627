package main

import (
	"context"

	"opendoor/integrations/inbox"
	"opendoor/offboarding"
)

// reception takes in what clients answer.
func (h *house) reception() *offboarding.Reception {
	return offboarding.NewReception(h.store, h.keys, h.clock.Now, h.log)
}

// ringing rings the bell after what was taken in: something may follow at once.
type ringing struct {
	*offboarding.Reception
	bell offboarding.Bell
}

// Take takes in and rings.
func (r ringing) Take(ctx context.Context, a offboarding.Arrival) (*offboarding.Inbound, error) {
	in, err := r.Reception.Take(ctx, a)
	if err == nil {
		r.bell.Ring()
	}
	return in, err
}

// openInbox opens the door for mail; nil when none is set.
func (h *house) openInbox() (*inbox.Listener, error) {
	if h.cfg.InboxURL == nil {
		return nil, nil //nolint:nilnil // no inbox is wanted
	}
	l, err := inbox.Listen(inbox.Config{URL: h.cfg.InboxURL, Address: h.cfg.InboxAddress, Taker: ringing{h.reception(), h.bell}, Log: h.log})
	if err == nil {
		h.log.Info("mail is taken in", "address", h.cfg.InboxURL.Scheme+"://"+l.Addr().String())
	}
	return l, err
}
