package store

import (
	"context"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"opendoor/offboarding"
)

type settingRow struct {
	Name  string
	Value string
}

func (settingRow) TableName() string { return "settings" }

// settingProbe is a row of our own that Writable writes.
const settingProbe = "probe"

// Setting returns a setting, or ErrNotFound when it is unset.
func (s *Store) Setting(ctx context.Context, name string) (string, error) {
	var r settingRow
	err := s.read(ctx, "read setting", func(db *gorm.DB) error { return db.Where("name = ?", name).Take(&r).Error })
	return r.Value, err
}

// SetSetting changes a setting; an empty value unsets it.
func (s *Store) SetSetting(ctx context.Context, name, value string) error {
	return s.write(ctx, "save setting", func(db *gorm.DB) error {
		if value == "" {
			return db.Where("name = ?", name).Delete(&settingRow{}).Error
		}
		return db.Clauses(clause.OnConflict{Columns: columns("name"), UpdateAll: true}).
			Create(&settingRow{Name: name, Value: plain(value)}).Error
	})
}

// Now is the database's clock; on SQLite it is the process's.
func (s *Store) Now(ctx context.Context) (time.Time, error) {
	if s.dialect == SQLite {
		return stamp(s.wall()), nil
	}
	var now time.Time
	err := s.read(ctx, "read clock", func(db *gorm.DB) error { return db.Raw("SELECT clock_timestamp()").Scan(&now).Error })
	return stamp(now), err
}

// Writable proves that a write succeeds now, by making one.
func (s *Store) Writable(ctx context.Context) error {
	err := s.SetSetting(ctx, settingProbe, stamp(s.wall()).Format(time.RFC3339Nano))
	if err != nil && !offboarding.IsKind(err, offboarding.KindUnavailable) {
		return offboarding.Unavailable("the database cannot be written", err)
	}
	return err
}
