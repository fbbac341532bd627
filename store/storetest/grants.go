package storetest

import (
	"errors"
	"sync"
	"time"

	"opendoor/offboarding"
)

func grantOf(f *fixture, serial int64) offboarding.Grant {
	return offboarding.Grant{
		Serial: serial, AccessToken: "access", RefreshToken: "refresh", Server: "https://oauth.bitrix.info", ObtainedAt: f.now, ExpiresAt: f.now.Add(time.Hour),
	}
}

func (f *fixture) putGrant(g offboarding.Grant, line *offboarding.Audit) {
	f.Helper()
	f.ok(f.s.ChangeGrant(f.ctx, f.acc.ID, func(offboarding.Grant) (*offboarding.GrantChange, error) {
		return &offboarding.GrantChange{Grant: g, Line: line}, nil
	}))
}

func grantLife(f *fixture) {
	_, err := f.s.Grant(f.ctx, f.acc.ID)
	f.wants(err, offboarding.ErrNotFound)
	first := grantOf(f, 1)
	first.Home = "https://renamed.amocrm.ru"
	before := must[*offboarding.Account](f)(f.s.Account(f.ctx, f.acc.ID))
	f.putGrant(first, &offboarding.Audit{Stream: "account:" + f.acc.ID.String(), Actor: "test", Kind: "account.authorised", Summary: "let in", AccountID: &f.acc.ID})
	same(f, must[offboarding.Grant](f)(f.s.Grant(f.ctx, f.acc.ID)), first)
	after := must[*offboarding.Account](f)(f.s.Account(f.ctx, f.acc.ID))
	if after.BaseURL != first.Home || after.Version != before.Version+1 {
		f.Errorf("the account is at %s, version %d", after.BaseURL, after.Version)
	}
	lines := must[[]offboarding.Audit](f)(f.s.AuditOf(f.ctx, "account:"+f.acc.ID.String()))
	if n := len(lines); n < 2 || lines[n-2].Kind != "account.moved" || lines[n-1].Kind != "account.authorised" {
		f.Errorf("audit %+v", lines)
	}

	nothing := errors.New("the server is away")
	err = f.s.ChangeGrant(f.ctx, f.acc.ID, func(now offboarding.Grant) (*offboarding.GrantChange, error) {
		same(f, now, first)
		return nil, nothing
	})
	f.wants(err, nothing)
	refused := first
	refused.Serial, refused.Refused, refused.Home = 2, "revoked", ""
	f.putGrant(refused, nil)
	same(f, must[offboarding.Grant](f)(f.s.Grant(f.ctx, f.acc.ID)), refused)
	f.putGrant(offboarding.Grant{Serial: 3}, nil)
	same(f, must[offboarding.Grant](f)(f.s.Grant(f.ctx, f.acc.ID)), offboarding.Grant{Serial: 3})

	f.ok(f.s.DeleteAccount(f.ctx, f.acc.ID))
	_, err = f.s.Grant(f.ctx, f.acc.ID)
	f.wants(err, offboarding.ErrNotFound)
}

// grantRace: of many who change a grant at once, each sees what the one before
// has made, or is told that it was too slow.
func grantRace(f *fixture) {
	const writers, rounds = 6, 8
	var wg sync.WaitGroup
	var mu sync.Mutex
	done := int64(0)
	for range writers {
		wg.Go(func() {
			for range rounds {
				err := f.s.ChangeGrant(f.ctx, f.acc.ID, func(now offboarding.Grant) (*offboarding.GrantChange, error) {
					return &offboarding.GrantChange{Grant: grantOf(f, now.Serial+1)}, nil
				})
				switch {
				case err == nil:
					mu.Lock()
					done++
					mu.Unlock()
				case !errors.Is(err, offboarding.ErrStale):
					f.Errorf("change: %v", err)
				}
			}
		})
	}
	wg.Wait()
	if g := must[offboarding.Grant](f)(f.s.Grant(f.ctx, f.acc.ID)); g.Serial != done || done == 0 {
		f.Errorf("serial %d after %d changes", g.Serial, done)
	}
}

func erasedMirror(f *fixture) {
	d := f.delivery("lead lost")
	f.ok(f.s.AddDeliveries(f.ctx, []*offboarding.Delivery{d}, time.Hour))
	f.ok(f.s.SaveSnapshot(f.ctx, &offboarding.DealSnapshot{AccountID: f.acc.ID, DealID: "17"}))
	f.ok(f.s.SetAccountCursor(f.ctx, f.acc.ID, []byte(`{"after":1}`)))
	f.ok(f.s.SetAccountCardSetup(f.ctx, f.acc.ID, []byte(`{"x":1}`)))
	c := f.addCase("17")
	f.ok(f.s.EraseMirror(f.ctx, f.acc.ID))
	kept := must[*offboarding.Delivery](f)(f.s.Delivery(f.ctx, nil, d.ID))
	if len(kept.Body) > 0 || kept.UnpackedAt.IsZero() {
		f.Errorf("the delivery holds %q", kept.Body)
	}
	_, err := f.s.Snapshot(f.ctx, f.acc.ID, "17")
	f.wants(err, offboarding.ErrNotFound)
	acc := must[*offboarding.Account](f)(f.s.Account(f.ctx, f.acc.ID))
	if len(acc.Cursor) > 0 || len(acc.CardSetup) > 0 {
		f.Errorf("the account keeps %s, %s", acc.Cursor, acc.CardSetup)
	}
	if _, err := f.s.Case(f.ctx, nil, c.ID); err != nil {
		f.Errorf("the case is gone: %v", err)
	}
}
