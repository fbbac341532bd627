package store

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"

	"opendoor/offboarding"
)

const alive = "deleted_at IS NULL"

// AddAccount stores a new account.
func (s *Store) AddAccount(ctx context.Context, a *offboarding.Account) error {
	const what = "add account"
	a.CreatedAt = s.created(a.CreatedAt)
	a.UpdatedAt = a.CreatedAt
	if a.ID == uuid.Nil {
		a.ID = offboarding.NewID()
	}
	a.Version = max(a.Version, 1)
	r, err := s.toAccountRow(a)
	if err != nil {
		return s.done(what, err)
	}
	r.NextPollAt = a.CreatedAt.Add(offboarding.FirstPoll)
	return s.write(ctx, what, func(db *gorm.DB) error { return db.Create(r).Error })
}

// created is the time of creation that the caller gave, else now.
func (s *Store) created(t time.Time) time.Time {
	if t.IsZero() {
		t = s.now()
	}
	return stamp(t)
}

// Account returns an account that is not deleted.
func (s *Store) Account(ctx context.Context, id uuid.UUID) (a *offboarding.Account, err error) {
	err = s.read(ctx, "read account", func(db *gorm.DB) error {
		var r accountRow
		if err := db.Where("id = ?", id).Where(alive).Take(&r).Error; err != nil {
			return err
		}
		a, err = s.toAccount(&r)
		return err
	})
	return a, err
}

// AccountsInScope lists accounts newest first; a nil scope means all of them.
func (s *Store) AccountsInScope(ctx context.Context, scope []uuid.UUID, p offboarding.Page) ([]*offboarding.Account, error) {
	var out []*offboarding.Account
	err := s.read(ctx, "list accounts", func(db *gorm.DB) error {
		rows, err := newestFirst[accountRow](db, nil, p, func(q *gorm.DB) *gorm.DB {
			if scope != nil {
				q = q.Where("id IN ?", scope)
			}
			return q.Where(alive)
		})
		if err != nil {
			return err
		}
		out, err = each(rows, s.toAccount)
		return err
	})
	return out, err
}

// AllAccounts lists every account that is not deleted.
func (s *Store) AllAccounts(ctx context.Context) ([]*offboarding.Account, error) {
	var out []*offboarding.Account
	err := s.read(ctx, "list accounts", func(db *gorm.DB) error {
		var rows []accountRow
		if err := db.Where(alive).Order("id").Find(&rows).Error; err != nil {
			return err
		}
		var err error
		out, err = each(rows, s.toAccount)
		return err
	})
	return out, err
}

// SaveAccount writes what an administrator may change. The CRM's own id is
// only ever added, since a hook may have taught it meanwhile.
func (s *Store) SaveAccount(ctx context.Context, a *offboarding.Account) error {
	const what = "save account"
	r, err := s.toAccountRow(a)
	if err != nil {
		return s.done(what, err)
	}
	now := stamp(s.now())
	changes := map[string]any{
		"name": r.Name, "base_url": r.BaseURL, "credentials": r.Credentials, "lang": r.Lang, "time_zone": r.TimeZone,
		"triggers": r.Triggers, "mode": r.Mode, "mail_from": r.MailFrom, "policy": r.Policy, "dialect": r.Dialect,
		"updated_at": now, "version": a.Version + 1,
	}
	if r.RemoteID != "" {
		changes["remote_id"] = r.RemoteID
	}
	if r.ConnectedAt != nil {
		changes["connected_at"] = r.ConnectedAt
	}
	err = s.write(ctx, what, func(db *gorm.DB) error {
		return changed(db.Model(&accountRow{}).Where("id = ? AND version = ?", a.ID, a.Version).Where(alive).Updates(changes),
			offboarding.ErrStale)
	})
	if err != nil {
		return err
	}
	a.UpdatedAt, a.Version = now, a.Version+1
	return nil
}

// changed returns the statement's error, or otherwise when it met no row.
func changed(done *gorm.DB, otherwise error) error {
	if done.Error == nil && done.RowsAffected == 0 {
		return otherwise
	}
	return done.Error
}

// setAccount writes columns that the machinery changes by itself, which
// therefore leave the version alone.
func (s *Store) setAccount(ctx context.Context, what string, id uuid.UUID, changes map[string]any) error {
	return s.write(ctx, what, func(db *gorm.DB) error {
		return changed(db.Model(&accountRow{}).Where("id = ?", id).Where(alive).Updates(changes), offboarding.ErrNotFound)
	})
}

// SetAccountHealth writes whether the account's CRM may be called, and when next.
func (s *Store) SetAccountHealth(ctx context.Context, id uuid.UUID, status offboarding.AccountStatus, reason string, nextCallAt time.Time) error {
	return s.setAccount(ctx, "save account's health", id, map[string]any{
		"status": status, "status_reason": plain(reason), "next_call_at": nullable(nextCallAt),
	})
}

// ParkAccount does so when the account is still of the version, and tells whether it is.
func (s *Store) ParkAccount(ctx context.Context, id uuid.UUID, version int, status offboarding.AccountStatus, reason string, nextCallAt time.Time) (bool, error) {
	var parked bool
	err := s.write(ctx, "park account", func(db *gorm.DB) error {
		done := db.Model(&accountRow{}).Where("id = ? AND version = ?", id, version).Where(alive).Updates(map[string]any{
			"status": status, "status_reason": plain(reason), "next_call_at": nullable(nextCallAt),
		})
		parked = done.RowsAffected == 1
		return done.Error
	})
	return parked, err
}

// RestAccount keeps everybody from calling the account's CRM before then.
func (s *Store) RestAccount(ctx context.Context, id uuid.UUID, nextCallAt time.Time) error {
	return s.setAccount(ctx, "let account rest", id, map[string]any{"next_call_at": stamp(nextCallAt)})
}

// TakeProbe gives the right to call a parked account to one caller: it moves
// next_call_at to next when it is not after wall and tells whether it did.
func (s *Store) TakeProbe(ctx context.Context, id uuid.UUID, wall, next time.Time) (bool, error) {
	var taken bool
	err := s.write(ctx, "take probe", func(db *gorm.DB) error {
		done := db.Model(&accountRow{}).Where("id = ? AND (next_call_at IS NULL OR next_call_at <= ?)", id, stamp(wall)).
			Where(alive).UpdateColumn("next_call_at", stamp(next))
		taken = done.RowsAffected == 1
		return done.Error
	})
	return taken, err
}

// SetAccountRemoteID remembers the CRM's own id of the account when none is known yet.
func (s *Store) SetAccountRemoteID(ctx context.Context, id uuid.UUID, remote string) error {
	return s.setAccount(ctx, "save account's remote id", id, map[string]any{
		"remote_id": gorm.Expr("CASE WHEN remote_id = '' THEN ? ELSE remote_id END", plain(remote)),
	})
}

// SetAccountCardSetup remembers the ids of our fields in the CRM.
func (s *Store) SetAccountCardSetup(ctx context.Context, id uuid.UUID, setup json.RawMessage) error {
	doc, err := rawDocument(setup)
	if err != nil {
		return s.done("save account's card setup", err)
	}
	return s.setAccount(ctx, "save account's card setup", id, map[string]any{"card_setup": doc})
}

// SetAccountCursor remembers where the poller stands.
func (s *Store) SetAccountCursor(ctx context.Context, id uuid.UUID, cursor json.RawMessage) error {
	doc, err := rawDocument(cursor)
	if err != nil {
		return s.done("save account's cursor", err)
	}
	return s.setAccount(ctx, "save account's cursor", id, map[string]any{"poll_cursor": doc})
}

// TakePoll gives the poll of an account to one caller, or returns ErrNotFound.
func (s *Store) TakePoll(ctx context.Context, id uuid.UUID, now, latest, next time.Time) (a *offboarding.Account, err error) {
	err = s.write(ctx, "take poll", func(db *gorm.DB) error {
		var rows []accountRow
		err := db.Raw(`UPDATE accounts SET next_poll_at = ? WHERE id = ? AND (next_poll_at <= ? OR next_poll_at > ?) AND deleted_at IS NULL RETURNING *`,
			stamp(next), id, stamp(now), stamp(latest)).Scan(&rows).Error
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			return offboarding.ErrNotFound
		}
		a, err = s.toAccount(&rows[0])
		return err
	})
	return a, err
}

// PollsDue lists the ids of accounts whose poll is due, longest due first. A
// generic source has nothing to be asked.
func (s *Store) PollsDue(ctx context.Context, now, latest time.Time, limit int) ([]uuid.UUID, error) {
	var ids []uuid.UUID
	err := s.read(ctx, "list due polls", func(db *gorm.DB) error {
		return db.Model(&accountRow{}).Where(alive).Where("(next_poll_at <= ? OR next_poll_at > ?) AND provider <> ?", stamp(now), stamp(latest), offboarding.Generic).
			Order("next_poll_at").Limit(limit).Pluck("id", &ids).Error
	})
	return ids, err
}

// DeleteAccount forgets the account's secrets, cancels what it still wanted to
// do and hides it. Its cases stay.
func (s *Store) DeleteAccount(ctx context.Context, id uuid.UUID) error {
	const reason = "the account was deleted"
	return s.writeTx(ctx, "delete account", func(db *gorm.DB) error {
		now := stamp(s.now())
		err := changed(db.Model(&accountRow{}).Where("id = ?", id).Where(alive).Updates(map[string]any{
			"deleted_at": now, "updated_at": now, "credentials": nil, "version": gorm.Expr("version + 1"),
		}), offboarding.ErrNotFound)
		if err != nil {
			return err
		}
		if _, err = s.cancel(db, db.Where("account_id = ?", id), reason); err != nil {
			return err
		}
		if err := db.Where("account_id = ?", id).Delete(&grantRow{}).Error; err != nil {
			return err
		}
		return db.Model(&eventRow{}).Where("account_id = ? AND verdict = ?", id, offboarding.VerdictPending).UpdateColumns(map[string]any{
			"verdict": offboarding.VerdictIgnored, "reason": reason, "settled_at": now,
		}).Error
	})
}

// RekeyAccounts seals again, with the newest key, what older keys sealed, and
// returns how many secrets it changed. It may be stopped and run again.
func (s *Store) RekeyAccounts(ctx context.Context) (int, error) {
	accounts, err := s.AllAccounts(ctx)
	if err != nil {
		return 0, err
	}
	n := 0
	for _, a := range accounts {
		err := s.writeTx(ctx, "rekey account", func(db *gorm.DB) error {
			var r accountRow
			if err := forUpdate(db).Where("id = ?", a.ID).Where(alive).Take(&r).Error; err != nil {
				return err
			}
			if r.Credentials == nil || !s.secrets.Stale(r.Credentials) {
				return nil
			}
			current, err := s.toAccount(&r)
			if err != nil {
				return err
			}
			sealed, err := s.sealCredentials(current)
			if err != nil {
				return err
			}
			n++
			return db.Model(&accountRow{}).Where("id = ?", a.ID).UpdateColumn("credentials", sealed).Error
		})
		if err != nil && !errors.Is(err, offboarding.ErrNotFound) {
			return n, err
		}
		changed, err := s.rekeyGrant(ctx, a.ID)
		if err != nil {
			return n, err
		}
		if changed {
			n++
		}
	}
	return n, nil
}
