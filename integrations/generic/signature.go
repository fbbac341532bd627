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

// Prove checks the signature of a delivery and that it was signed within five
// minutes of its arrival. A delivery that waited in the spool was received long
// before it is looked at, and under OPENDOOR_CLOCK its ReceivedAt is not the
// sender's time at all: either clock may vouch for it. Nobody but us sets them,
// so neither lets an old delivery in again.
func (c *Connector) Prove(acc *offboarding.Account, d *offboarding.Delivery) error {
	key, err := ParseSecret(acc.Credentials["secret"])
	if err != nil {
		return errRefused
	}
	seconds, err := strconv.ParseInt(d.SignedAt, 10, 64)
	known := err == nil && len(d.SignedAt) <= 12 && d.SignedID != "" && len(d.SignedID) <= longestID
	want := mac(key, d.SignedID, d.SignedAt, d.Body)
	match := false
	for i, s := range strings.Fields(d.Signature) {
		if i == mostVersions {
			break
		}
		version, encoded, _ := strings.Cut(s, ",")
		got, err := base64.StdEncoding.DecodeString(encoded)
		if hmac.Equal(got, want) && err == nil && version == "v1" {
			match = true
		}
	}
	signed := time.Unix(seconds, 0)
	if !known || !match || !near(signed, c.now()) && !near(signed, d.ReceivedAt) {
		return errRefused
	}
	return nil
}

func near(a, b time.Time) bool { return a.Sub(b).Abs() <= tolerance }
