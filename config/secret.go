package config

import (
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"strings"
)

// mask stands where a secret would be shown.
const mask = "***"

// Secret is text that never shows itself: printed, logged or marshalled it is
// ***, and nothing when it is empty. Convert it to string to use it.
type Secret string

// String masks the secret.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return mask
}

// GoString masks the secret for %#v.
func (s Secret) GoString() string { return s.String() }

// Format masks the secret for every verb: fmt would show the value for a verb
// that does not fit, such as %d.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.String()) }

// LogValue masks the secret for log/slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText masks the secret for every encoding that takes text, YAML among
// them.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// MarshalJSON masks the secret for encoding/json.
func (s Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + s.String() + `"`), nil }

// Keys are the encryption keys, 32 bytes each, newest first. They never show
// themselves.
type Keys [][]byte

// String tells only whether there are keys.
func (k Keys) String() string {
	if len(k) == 0 {
		return ""
	}
	return mask
}

// GoString masks the keys for %#v.
func (k Keys) GoString() string { return k.String() }

// Format masks the keys for every verb.
func (k Keys) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, k.String()) }

// LogValue masks the keys for log/slog.
func (k Keys) LogValue() slog.Value { return slog.StringValue(k.String()) }

// MarshalText masks the keys for every encoding that takes text.
func (k Keys) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// MarshalJSON masks the keys for encoding/json.
func (k Keys) MarshalJSON() ([]byte, error) { return []byte(`"` + k.String() + `"`), nil }

// maskURL keeps what helps to recognise an address and hides the password in
// it. What does not parse as an address is hidden whole.
func maskURL(value string) string {
	u, err := url.Parse(value)
	if err != nil || u.Scheme == "" || u.Opaque != "" || u.Fragment != "" {
		return mask
	}
	// A raw / ? or # in a password moves the rest of it, up to the @, into
	// the path, the query or the fragment.
	if strings.Contains(u.Path+u.RawQuery, "@") {
		return mask
	}
	if _, has := u.User.Password(); has {
		u.User = url.UserPassword(u.User.Username(), mask)
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return mask
	}
	for name := range query {
		if folded := strings.ToLower(name); strings.Contains(folded, "pass") || strings.Contains(folded, "secret") {
			query.Set(name, mask)
		}
	}
	u.RawQuery = query.Encode()
	return strings.ReplaceAll(u.String(), url.QueryEscape(mask), mask)
}
