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

// pulsesForgotten: who is erased leaves marks behind and no words.
func pulsesForgotten(f *fixture) {
	k := &offboarding.ContractRecord{ID: offboarding.NewID(), AccountID: f.acc.ID, Number: "P-1", Client: offboarding.Client{Name: "Анна", Email: "Anna@Example.ru"}}
	f.ok(f.s.AddContract(f.ctx, k))
	four := 4
	f.ok(f.s.AddPulse(f.ctx, &offboarding.PulseAnswer{ID: offboarding.NewID(), AccountID: f.acc.ID, ContractID: k.ID, Mark: &four, Text: "долго", CreatedAt: f.now}))
	anna := offboarding.Subject{Emails: []string{"anna@example.ru"}}
	if rows := must[map[string][]map[string]any](f)(f.s.RowsOf(f.ctx, anna)); len(rows["pulses"]) != 1 {
		f.Errorf("shown are %v", rows["pulses"])
	}
	erased := must[map[string]int](f)(f.s.EraseRows(f.ctx, anna))
	left := must[[]*offboarding.PulseAnswer](f)(f.s.PulsesOf(f.ctx, k.ID, offboarding.Page{Limit: 10}))
	if erased["pulses"] != 1 || len(left) != 1 || left[0].Text != "" || left[0].Mark == nil || *left[0].Mark != 4 {
		f.Errorf("%d erased, left %+v", erased["pulses"], left)
	}
}
