package storetest

import "opendoor/offboarding"

// pulses: answers are kept, newest first, by contract.
func pulses(f *fixture) {
	nine, contract := 9, offboarding.NewID()
	first := &offboarding.PulseAnswer{ID: offboarding.NewID(), AccountID: f.acc.ID, ContractID: contract, Mark: &nine, By: offboarding.ActorClient, CreatedAt: f.now}
	second := &offboarding.PulseAnswer{ID: offboarding.NewID(), AccountID: f.acc.ID, ContractID: contract, Text: "быстрее", By: "key:office", CreatedAt: f.now}
	f.ok(f.s.AddPulse(f.ctx, first))
	f.ok(f.s.AddPulse(f.ctx, second))
	f.ok(f.s.AddPulse(f.ctx, &offboarding.PulseAnswer{ID: offboarding.NewID(), AccountID: f.acc.ID, ContractID: offboarding.NewID(), Text: "другой", CreatedAt: f.now}))
	list := func(p offboarding.Page) []*offboarding.PulseAnswer {
		return must[[]*offboarding.PulseAnswer](f)(f.s.PulsesOf(f.ctx, contract, p))
	}
	same(f, list(offboarding.Page{Limit: 10}), []*offboarding.PulseAnswer{second, first})
	same(f, list(offboarding.Page{Limit: 10, Before: &second.ID}), []*offboarding.PulseAnswer{first})
}
