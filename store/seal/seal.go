// Package seal encrypts secrets at rest: AES-256-GCM, with the id of the key
// in front, so that keys can be rotated by adding a newer one.
package seal

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"fmt"
)

const (
	keyBytes  = 32 // AES-256
	idBytes   = 8
	format    = 1 // first byte of everything sealed
	headBytes = 1 + idBytes
)

// ErrNoKey says that nothing can be sealed because no key was given.
var ErrNoKey = errors.New("no secret key is set")

// Sealer seals with the newest of its keys and opens with any of them.
type Sealer struct{ keys []key }

type key struct {
	id   []byte
	aead cipher.AEAD
}

// New derives a key for the purpose from each master key, newest first. What
// one purpose sealed no other can open. Without keys the Sealer refuses work.
func New(masters [][]byte, purpose string) (*Sealer, error) {
	s := &Sealer{}
	for _, master := range masters {
		if len(master) != keyBytes {
			return nil, fmt.Errorf("a secret key has %d bytes, it must have %d", len(master), keyBytes)
		}
		derived, err := hkdf.Key(sha256.New, master, nil, "opendoor "+purpose, keyBytes)
		if err != nil {
			return nil, fmt.Errorf("derive key: %w", err)
		}
		block, err := aes.NewCipher(derived)
		if err != nil {
			return nil, fmt.Errorf("derive key: %w", err)
		}
		aead, err := cipher.NewGCMWithRandomNonce(block)
		if err != nil {
			return nil, fmt.Errorf("derive key: %w", err)
		}
		id := sha256.Sum256(derived)
		s.keys = append(s.keys, key{id: id[:idBytes], aead: aead})
	}
	return s, nil
}

// Seal encrypts plain. place names where it is kept (table, column and row):
// moved elsewhere it does not open.
func (s *Sealer) Seal(plain []byte, place string) ([]byte, error) {
	if len(s.keys) == 0 {
		return nil, ErrNoKey
	}
	k := s.keys[0]
	out := make([]byte, 0, headBytes+k.aead.Overhead()+len(plain))
	out = append(out, format)
	out = append(out, k.id...)
	return k.aead.Seal(out, nil, plain, []byte(place)), nil
}

// Open decrypts what Seal made for the same place.
func (s *Sealer) Open(sealed []byte, place string) ([]byte, error) {
	if len(sealed) < headBytes || sealed[0] != format {
		return nil, errors.New("open sealed value: it has an unknown form")
	}
	for _, k := range s.keys {
		if !bytes.Equal(k.id, sealed[1:headBytes]) {
			continue
		}
		plain, err := k.aead.Open(nil, nil, sealed[headBytes:], []byte(place))
		if err != nil {
			return nil, fmt.Errorf("open sealed value: %w", err)
		}
		return plain, nil
	}
	return nil, errors.New("open sealed value: the key it was sealed with is not among the secret keys; add the older key behind the newer one")
}

// Stale reports whether sealed was made with another key than the newest.
func (s *Sealer) Stale(sealed []byte) bool {
	return len(s.keys) > 0 && (len(sealed) < headBytes || !bytes.Equal(s.keys[0].id, sealed[1:headBytes]))
}
