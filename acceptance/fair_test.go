package acceptance

import (
	"fmt"
	"testing"
	"time"

	"opendoor/integrations/amocrm/amocrmsim"
	"opendoor/integrations/bitrix24/bitrix24sim"
)

// neighbours are nine accounts that are broken, each in a way of its own, with
// clients who have just left.
func (h *house) neighbours(each int) (crms []crm) {
	h.t.Helper()
	amo := func(kind amocrmsim.FaultKind, delay time.Duration) {
		a := h.amocrm()
		var deals []deal
		for range each {
			deals = append(deals, a.client())
		}
		a.sim.AddFault(amocrmsim.Fault{Kind: kind, Times: -1, Delay: delay, RetryAfter: 5})
		for _, d := range deals {
			a.cancel(d)
		}
		crms = append(crms, a)
	}
	bitrix := func(kind bitrix24sim.FaultKind, delay time.Duration) {
		b := h.bitrix24()
		var deals []deal
		for range each {
			deals = append(deals, b.client())
		}
		b.sim.AddFault(bitrix24sim.Fault{Method: "*", Kind: kind, Times: -1, Delay: delay})
		for _, d := range deals {
			b.cancel(d)
		}
		crms = append(crms, b)
	}
	amo(amocrmsim.FaultSlow, 8*time.Second)
	bitrix(bitrix24sim.FaultSlow, 8*time.Second)
	bitrix(bitrix24sim.FaultTimeout, 30*time.Second)
	amo(amocrmsim.FaultCut, 0)
	amo(amocrmsim.FaultRateLimit, 0)
	bitrix(bitrix24sim.FaultQueryLimit, 0)
	amo(amocrmsim.FaultBlocked, 0)
	amo(amocrmsim.FaultBadGateway, 0)
	bitrix(bitrix24sim.FaultMalformed, 0)
	return crms
}

// One account's trouble is nobody else's: letters and notes of a healthy account
// leave while nine neighbours are broken and one floods us.
func TestAHealthyAccountNoticesNothingOfBrokenNeighbours(t *testing.T) {
	everywhere(t, func(t *testing.T, h *house) {
		a, b, flood := h.amocrm(), h.bitrix24(), h.connectAmo(amoAccount(t), "live", policy)
		h.neighbours(12)
		for range 40 {
			d := flood.client()
			flood.cancel(d)
		}
		var deals []deal
		for range 5 {
			deals = append(deals, a.client(), b.client())
		}
		for _, d := range deals {
			d.crm.cancel(d)
		}
		h.allServed(deals...)
		h.invariantsHold()
	})
}

// allServed waits until everything is told about the deals, whatever else is
// still to be done.
func (h *house) allServed(deals ...deal) {
	h.t.Helper()
	h.eventually(func() error {
		s, err := h.story()
		if err != nil {
			return err
		}
		for i, d := range deals {
			if err := h.told(s, d); err != nil {
				return fmt.Errorf("%d of %d are told of: %w", i, len(deals), err)
			}
		}
		return nil
	})
}
