package store

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"opendoor/offboarding"
)

const (
	settingStopKey = "stop_key"
	stopKeyPlace   = "settings.value:" + settingStopKey
)

// StopKey returns the key by which the stop list hashes addresses. It is made
// once and kept sealed, so that a stop outlives every master key; one that an
// older master key sealed is sealed again.
func (s *Store) StopKey(ctx context.Context) ([]byte, error) {
	stored, err := s.Setting(ctx, settingStopKey)
	if offboarding.IsKind(err, offboarding.KindNotFound) {
		key := make([]byte, 32)
		_, _ = rand.Read(key) // never fails
		if err := s.addStopKey(ctx, key); err != nil {
			return nil, err
		}
		stored, err = s.Setting(ctx, settingStopKey) // another process may have been faster
	}
	if err != nil {
		return nil, fmt.Errorf("read the key of the stop list: %w", err)
	}
	sealed, err := base64.StdEncoding.DecodeString(stored)
	if err != nil {
		return nil, fmt.Errorf("read the key of the stop list: %w", err)
	}
	key, err := s.secrets.Open(sealed, stopKeyPlace)
	if err != nil {
		return nil, fmt.Errorf("open the key of the stop list: %w", err)
	}
	if s.secrets.Stale(sealed) {
		value, err := s.sealStopKey(key)
		if err != nil {
			return nil, err
		}
		if err := s.SetSetting(ctx, settingStopKey, value); err != nil {
			return nil, err
		}
	}
	return key, nil
}

func (s *Store) sealStopKey(key []byte) (string, error) {
	sealed, err := s.secrets.Seal(key, stopKeyPlace)
	return base64.StdEncoding.EncodeToString(sealed), err
}

func (s *Store) addStopKey(ctx context.Context, key []byte) error {
	value, err := s.sealStopKey(key)
	if err != nil {
		return err
	}
	return s.write(ctx, "make the key of the stop list", func(db *gorm.DB) error {
		return db.Clauses(clause.OnConflict{DoNothing: true}).Create(&settingRow{Name: settingStopKey, Value: value}).Error
	})
}
