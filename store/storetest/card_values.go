package storetest

import "opendoor/offboarding"

func cardValues(f *fixture) {
	memory := func(deal string) offboarding.CardMemory {
		return must[offboarding.CardMemory](f)(f.s.CardMemory(f.ctx, f.acc.ID, deal))
	}
	same(f, memory("17"), offboarding.CardMemory{})
	first := offboarding.CardMemory{
		offboarding.FieldState: {Writing: "listening", Pending: true}, offboarding.FieldNPS: {Wrote: "9", Kept: "7\x00"},
	}
	f.ok(f.s.RememberCard(f.ctx, f.acc.ID, "17", first))
	f.ok(f.s.RememberCard(f.ctx, f.acc.ID, "18", offboarding.CardMemory{offboarding.FieldState: {Wrote: "leaving"}}))
	f.ok(f.s.RememberCard(f.ctx, f.acc.ID, "17", offboarding.CardMemory{offboarding.FieldState: {Wrote: "listening"}}))
	f.ok(f.s.RememberCard(f.ctx, f.acc.ID, "17", nil))
	same(f, memory("17"), offboarding.CardMemory{offboarding.FieldState: {Wrote: "listening"}, offboarding.FieldNPS: {Wrote: "9", Kept: "7"}})
	other := f.account("another")
	f.ok(f.s.RememberCard(f.ctx, other.ID, "17", first))
	f.ok(f.s.ForgetCardFields(f.ctx, f.acc.ID, []string{offboarding.FieldState}))
	f.ok(f.s.ForgetCardFields(f.ctx, f.acc.ID, nil))
	same(f, memory("17"), offboarding.CardMemory{offboarding.FieldNPS: {Wrote: "9", Kept: "7"}})
	same(f, memory("18"), offboarding.CardMemory{})
	if left := must[offboarding.CardMemory](f)(f.s.CardMemory(f.ctx, other.ID, "17")); len(left) != 2 {
		f.Fatalf("another account forgot too: %v", left)
	}
}
