package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"opendoor/offboarding"
)

type grantRow struct {
	AccountID  uuid.UUID `gorm:"primaryKey"`
	Serial     int64
	Sealed     []byte
	Refused    string
	ObtainedAt *time.Time
	ExpiresAt  *time.Time
	UpdatedAt  time.Time
}

func (grantRow) TableName() string { return "account_grants" }

// grantDoc is the secret part of a grant, and the whole of it in the journal.
type grantDoc struct {
	Serial     int64     `json:"serial,omitempty"`
	Access     string    `json:"access"`
	Refresh    string    `json:"refresh"`
	Server     string    `json:"server,omitempty"`
	Home       string    `json:"home,omitempty"`
	ObtainedAt time.Time `json:"obtained_at,omitzero"`
	ExpiresAt  time.Time `json:"expires_at,omitzero"`
}

func toGrantDoc(g offboarding.Grant) grantDoc {
	return grantDoc{
		Serial: g.Serial, Access: g.AccessToken, Refresh: g.RefreshToken, Server: g.Server, Home: g.Home,
		ObtainedAt: stamp(g.ObtainedAt), ExpiresAt: stamp(g.ExpiresAt),
	}
}

func (d grantDoc) grant() offboarding.Grant {
	return offboarding.Grant{
		Serial: d.Serial, AccessToken: d.Access, RefreshToken: d.Refresh, Server: d.Server, Home: d.Home,
		ObtainedAt: stamp(d.ObtainedAt), ExpiresAt: stamp(d.ExpiresAt),
	}
}

func grantPlace(id uuid.UUID) string { return "account_grants.sealed." + id.String() }

func (s *Store) toGrantRow(id uuid.UUID, g offboarding.Grant) (grantRow, error) {
	r := grantRow{
		AccountID: id, Serial: g.Serial, Refused: plain(g.Refused),
		ObtainedAt: nullable(g.ObtainedAt), ExpiresAt: nullable(g.ExpiresAt), UpdatedAt: stamp(s.now()),
	}
	if g.AccessToken == "" {
		return r, nil
	}
	text, err := json.Marshal(toGrantDoc(g))
	if err != nil {
		return r, fmt.Errorf("encode grant: %w", err)
	}
	r.Sealed, err = s.secrets.Seal(text, grantPlace(id))
	return r, err
}

func (s *Store) toGrant(r grantRow) (offboarding.Grant, error) {
	if r.Sealed == nil {
		return offboarding.Grant{Serial: r.Serial, Refused: r.Refused}, nil
	}
	text, err := s.secrets.Open(r.Sealed, grantPlace(r.AccountID))
	if err != nil {
		return offboarding.Grant{}, err
	}
	var d grantDoc
	if err := json.Unmarshal(text, &d); err != nil {
		return offboarding.Grant{}, fmt.Errorf("decode grant: %w", err)
	}
	g := d.grant()
	g.Serial, g.Refused = r.Serial, r.Refused
	return g, nil
}

// Grant returns what the authorisation server of the account's CRM gave us last.
func (s *Store) Grant(ctx context.Context, accountID uuid.UUID) (g offboarding.Grant, err error) {
	err = s.read(ctx, "read grant", func(db *gorm.DB) error {
		var r grantRow
		if err := db.Where("account_id = ?", accountID).Take(&r).Error; err != nil {
			return err
		}
		g, err = s.toGrant(r)
		return err
	})
	return g, err
}

// ChangeGrant gives fn the grant and stores what it returns. fn may take as
// long as an authorisation server takes: PostgreSQL keeps the row locked
// meanwhile. SQLite would keep every writer waiting, so there the caller's lock
// on the journal stands for it, and the serial shows whether it held.
func (s *Store) ChangeGrant(ctx context.Context, accountID uuid.UUID, fn func(offboarding.Grant) (*offboarding.GrantChange, error)) error {
	const what = "change grant"
	if s.dialect == Postgres {
		return s.txOnce(ctx, func(tx *Store) error {
			placeholder := grantRow{AccountID: accountID, UpdatedAt: stamp(s.now())}
			err := tx.db.WithContext(ctx).Clauses(clause.OnConflict{DoNothing: true}).Create(&placeholder).Error
			if err != nil {
				return s.done(what, err)
			}
			var r grantRow
			if err := forUpdate(tx.db.WithContext(ctx)).Where("account_id = ?", accountID).Take(&r).Error; err != nil {
				return s.done(what, err)
			}
			return tx.storeGrant(ctx, accountID, r, fn)
		})
	}
	var r grantRow
	err := s.read(ctx, what, func(db *gorm.DB) error {
		return db.Where("account_id = ?", accountID).Limit(1).Find(&r).Error
	})
	if err != nil {
		return err
	}
	return s.storeGrant(ctx, accountID, r, fn)
}

func (s *Store) storeGrant(ctx context.Context, id uuid.UUID, was grantRow, fn func(offboarding.Grant) (*offboarding.GrantChange, error)) error {
	was.AccountID = id
	now, err := s.toGrant(was)
	if err != nil {
		return s.done("open grant", err)
	}
	ch, err := fn(now)
	if err != nil || ch == nil {
		return err
	}
	r, err := s.toGrantRow(id, ch.Grant)
	if err != nil {
		return s.done("change grant", err)
	}
	return s.tx(ctx, func(tx *Store) error {
		db := tx.db.WithContext(ctx)
		var known grantRow
		if err := db.Select("account_id", "serial").Where("account_id = ?", id).Limit(1).Find(&known).Error; err != nil {
			return s.done("change grant", err)
		}
		if known.Serial != was.Serial {
			return offboarding.ErrStale
		}
		if err := db.Clauses(clause.OnConflict{UpdateAll: true}).Create(&r).Error; err != nil {
			return s.done("change grant", err)
		}
		if err := tx.follow(ctx, id, ch); err != nil {
			return err
		}
		return nil
	})
}

// follow notes the address under which the account answers now, and what
// happened.
func (s *Store) follow(ctx context.Context, id uuid.UUID, ch *offboarding.GrantChange) error {
	if ch.Home != "" {
		moved := s.db.WithContext(ctx).Model(&accountRow{}).Where("id = ? AND base_url <> ?", id, plain(ch.Home)).Where(alive).
			UpdateColumns(map[string]any{"base_url": plain(ch.Home), "version": gorm.Expr("version + 1"), "updated_at": stamp(s.now())})
		if moved.Error != nil {
			return s.done("change address", moved.Error)
		}
		if moved.RowsAffected == 1 {
			line := offboarding.Audit{
				Stream: "account:" + id.String(), Actor: offboarding.ActorCRM, Kind: "account.moved", Summary: "the CRM answers at " + plain(ch.Home) + " now", AccountID: &id,
			}
			if err := s.Record(ctx, line); err != nil {
				return err
			}
		}
	}
	if ch.Line == nil {
		return nil
	}
	return s.Record(ctx, *ch.Line)
}

// rekeyGrant seals the account's grant with the newest key.
func (s *Store) rekeyGrant(ctx context.Context, id uuid.UUID) (changed bool, err error) {
	err = s.writeTx(ctx, "rekey grant", func(db *gorm.DB) error {
		changed = false
		var r grantRow
		if err := forUpdate(db).Where("account_id = ?", id).Limit(1).Find(&r).Error; err != nil || r.Sealed == nil || !s.secrets.Stale(r.Sealed) {
			return err
		}
		g, err := s.toGrant(r)
		if err != nil {
			return err
		}
		fresh, err := s.toGrantRow(id, g)
		if err != nil {
			return err
		}
		changed = true
		return db.Model(&grantRow{}).Where("account_id = ? AND serial = ?", id, r.Serial).UpdateColumn("sealed", fresh.Sealed).Error
	})
	return changed, err
}

// EraseMirror erases what was copied from the account's CRM and cancels what
// still waited for it.
func (s *Store) EraseMirror(ctx context.Context, accountID uuid.UUID) error {
	const reason = "the integration was removed from the CRM together with its data"
	return s.writeTx(ctx, "erase mirror of the CRM", func(db *gorm.DB) error {
		if _, err := s.cancel(db, db.Where("account_id = ? AND kind IN ("+crmKinds+")", accountID), reason); err != nil {
			return err
		}
		now := stamp(s.now())
		err := db.Model(&eventRow{}).Where("account_id = ? AND verdict = ?", accountID, offboarding.VerdictPending).UpdateColumns(map[string]any{
			"verdict": offboarding.VerdictIgnored, "reason": reason, "settled_at": now,
		}).Error
		if err != nil {
			return err
		}
		err = db.Exec(`UPDATE deliveries SET body = ?, query = '', unpacked_at = COALESCE(unpacked_at, ?) WHERE account_id = ?`, []byte{}, now, accountID).Error
		if err != nil {
			return err
		}
		if err := db.Where("account_id = ?", accountID).Delete(&snapshotRow{}).Error; err != nil {
			return err
		}
		return db.Model(&accountRow{}).Where("id = ?", accountID).UpdateColumns(map[string]any{"poll_cursor": nil, "card_setup": nil}).Error
	})
}
