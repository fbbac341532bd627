package generic

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strconv"
	"strings"
	"time"

	"opendoor/offboarding"
)

const (
	secretPrefix = "whsec_"
	leastSecret  = 16              // bytes; Standard Webhooks asks for 24 to 64
	tolerance    = 5 * time.Minute // contract §7
	longestID    = 256             // bytes of webhook-id
	mostVersions = 16              // signatures in one header; rotation needs two
)

// errRefused is the same for every reason: a forger learns nothing from it.
var errRefused = &offboarding.Error{Kind: offboarding.KindUnauthorized, Msg: "the signature was refused"}

// ParseSecret reads whsec_ followed by base64, the form that Standard Webhooks
// gives a secret.
func ParseSecret(s string) ([]byte, error) {
	encoded, ok := strings.CutPrefix(s, secretPrefix)
	if !ok {
		return nil, errors.New("the secret must begin with " + secretPrefix)
	}
	key, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return nil, errors.New("the secret is not base64 after " + secretPrefix) // the cause would quote it
	}
	if len(key) < leastSecret {
		return nil, errors.New("the secret is shorter than 16 bytes")
	}
	return key, nil
}

// Sign returns the header webhook-signature of a body that is sent under id at
// the time in webhook-timestamp, in seconds.
func Sign(key []byte, id string, at time.Time, body []byte) string {
	return "v1," + base64.StdEncoding.EncodeToString(mac(key, id, strconv.FormatInt(at.Unix(), 10), body))
}

func mac(key []byte, id, timestamp string, body []byte) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(id + "." + timestamp + "."))
	h.Write(body)
	return h.Sum(nil)
}

// keys are the secrets that are valid now, the present one first. While one
// replaces another, both are: a sender changes over when it likes.
func (c *Connector) keys(acc *offboarding.Account) [][]byte {
	var keys [][]byte
	if key, err := ParseSecret(acc.Credentials["secret"]); err == nil {
		keys = append(keys, key)
	}
	until, err := time.Parse(time.RFC3339, acc.Credentials["secret_old_until"])
	if err == nil && c.now().Before(until) {
		if key, err := ParseSecret(acc.Credentials["secret_old"]); err == nil {
			keys = append(keys, key)
		}
	}
	return keys
}

// signAll is the header webhook-signature by every secret that is valid now.
func signAll(keys [][]byte, id string, at time.Time, body []byte) string {
	signed := make([]string, 0, len(keys))
	for _, key := range keys {
		signed = append(signed, Sign(key, id, at, body))
	}
	return strings.Join(signed, " ")
}

// Prove checks the signature of a delivery and that it was signed within five
// minutes of its arrival. A delivery that waited in the spool was received long
// before it is looked at, and under OPENDOOR_CLOCK its ReceivedAt is not the
// sender's time at all: either clock may vouch for it. Nobody but us sets them,
// so neither lets an old delivery in again.
func (c *Connector) Prove(acc *offboarding.Account, d *offboarding.Delivery) error {
	if acc.Dialect.Proof == offboarding.ProofAddressKey && d.SignedID == "" && d.Signature == "" {
		return nil // chosen for this account: the key in the address is all there is
	}
	keys := c.keys(acc)
	if len(keys) == 0 {
		return errRefused
	}
	seconds, err := strconv.ParseInt(d.SignedAt, 10, 64)
	known := err == nil && len(d.SignedAt) <= 12 && d.SignedID != "" && len(d.SignedID) <= longestID
	var wants [][]byte
	for _, key := range keys {
		wants = append(wants, mac(key, d.SignedID, d.SignedAt, d.Body))
	}
	match := false
	for i, s := range strings.Fields(d.Signature) {
		if i == mostVersions {
			break
		}
		version, encoded, _ := strings.Cut(s, ",")
		got, err := base64.StdEncoding.DecodeString(encoded)
		for _, want := range wants {
			if hmac.Equal(got, want) && err == nil && version == "v1" {
				match = true
			}
		}
	}
	signed := time.Unix(seconds, 0)
	if !known || !match || !near(signed, c.now()) && !near(signed, d.ReceivedAt) {
		return errRefused
	}
	return nil
}

func near(a, b time.Time) bool { return a.Sub(b).Abs() <= tolerance }
