package offboarding

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"strings"

	"github.com/google/uuid"
)

// Keys derives everything that must be proved without the database from the
// installation's secret keys, newest first: hook addresses and links in
// letters. What an older key made stays valid as long as that key is listed.
// The stop list has a key of its own, so that a stop outlives every rotation.
type Keys struct {
	hooks, links, seals, consents, places, returns [][]byte
	stops                                          []byte
}

const macSize = 16 // bytes of a truncated HMAC-SHA256: 128 bits

// NewKeys derives the purposes from master keys, newest first; there must be at
// least one. stops is the stop list's own key.
func NewKeys(masters [][]byte, stops []byte) *Keys {
	k := &Keys{stops: stops}
	for _, m := range masters {
		k.hooks = append(k.hooks, derive(m, "hook address"))
		k.links = append(k.links, derive(m, "link token"))
		k.seals = append(k.seals, derive(m, "link proof"))
		k.consents = append(k.consents, derive(m, "consent state"))
		k.places = append(k.places, derive(m, "placement"))
		k.returns = append(k.returns, derive(m, "mail return"))
	}
	return k
}

func derive(master []byte, purpose string) []byte {
	key, err := hkdf.Key(sha256.New, master, nil, "opendoor "+purpose, 32)
	if err != nil {
		panic("offboarding: derive key: " + err.Error()) // only for absurd lengths
	}
	return key
}

func mac(key []byte, parts ...[]byte) []byte {
	h := hmac.New(sha256.New, key)
	for _, p := range parts {
		h.Write(p)
	}
	return h.Sum(nil)[:macSize]
}

// HookKey returns the last part of an account's hook address: its id and a
// proof that we made it. 32 bytes, 128 of the bits cannot be guessed.
func (k *Keys) HookKey(account uuid.UUID) string {
	return base64.RawURLEncoding.EncodeToString(append(account[:], mac(k.hooks[0], account[:])...))
}

// ProveHook returns the account of a hook key. It takes the same time for
// every wrong key and asks nobody.
func (k *Keys) ProveHook(key string) (uuid.UUID, bool) {
	return prove(key, k.hooks, nil)
}

// LinkToken returns the token of a link. The same purpose, case and recipient
// give the same token, so that a letter rendered again holds the same address.
func (k *Keys) LinkToken(p Purpose, caseID uuid.UUID, recipient string) string {
	id := mac(k.links[0], []byte(p), caseID[:], []byte(strings.ToLower(recipient)))
	return base64.RawURLEncoding.EncodeToString(append(id, mac(k.seals[0], []byte(p), id)...))
}

// ProveLink reports whether token is one of ours for the purpose. There is
// exactly one spelling of a token.
func (k *Keys) ProveLink(p Purpose, token string) bool {
	_, ok := prove(token, k.seals, []byte(p))
	return ok
}

func prove(token string, keys [][]byte, prefix []byte) (uuid.UUID, bool) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(token)
	// The decoder skips line ends, which would be another spelling.
	formed := err == nil && len(raw) == 16+macSize && len(token) == base64.RawURLEncoding.EncodedLen(len(raw))
	if !formed {
		raw = make([]byte, 16+macSize) // compare all the same: a wrong form takes as long as a wrong proof
	}
	ok := 0
	for _, key := range keys {
		ok |= subtle.ConstantTimeCompare(raw[16:], mac(key, prefix, raw[:16]))
	}
	return uuid.UUID(raw[:16]), ok == 1 && formed
}

// HashToken returns what is kept of a token.
func HashToken(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// StopHash returns what the stop list keeps of an address: enough to recognise
// it, too little to read it. A phone is the same however it is written.
func (k *Keys) StopHash(ch Channel, address string) []byte {
	if digits := PhoneKey(address); (ch == ChannelPhone || ch == ChannelSMS) && digits != "" {
		address = digits
	}
	h := hmac.New(sha256.New, k.stops)
	h.Write([]byte(string(ch) + "\x00" + strings.ToLower(strings.TrimSpace(address))))
	return h.Sum(nil)
}

// CodeHash returns what is kept of a short code: too little to find the code by
// trying all of them without our key.
func (k *Keys) CodeHash(caseID uuid.UUID, email, code string) []byte {
	return mac(k.links[0], []byte("code"), caseID[:], []byte(strings.ToLower(email)), []byte(code))
}
