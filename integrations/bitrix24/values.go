package bitrix24

import (
	"bytes"
	"encoding/json"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"
)

// scalar is a value that a portal writes as a string, a number or a boolean,
// whichever it likes, and leaves empty in five spellings: "", null, false, []
// and {} (reference §0.8). It keeps the text; empty is "".
type scalar string

// UnmarshalJSON accepts anything that can be a value. A list of values, as
// multiple fields have it, is its first one.
func (s *scalar) UnmarshalJSON(b []byte) error {
	*s = ""
	if len(b) == 0 {
		return nil
	}
	switch b[0] {
	case '"':
		var text string
		if err := json.Unmarshal(b, &text); err != nil {
			return err
		}
		*s = scalar(text)
	case '[':
		var list []scalar
		if err := json.Unmarshal(b, &list); err != nil {
			return err
		}
		if len(list) > 0 {
			*s = list[0]
		}
	case '{', 'n', 'f':
	case 't':
		*s = "Y"
	default:
		*s = scalar(b) // a number as it is spelled
	}
	return nil
}

// id returns the value as an id. A link that is not set is "0" or 0.
func (s scalar) id() string {
	text := strings.TrimSpace(string(s))
	if !isID(text) {
		return ""
	}
	return text
}

func (s scalar) text() string { return strings.TrimSpace(string(s)) }

func (s scalar) yes() bool {
	switch strings.ToLower(s.text()) {
	case "y", "yes", "true", "1":
		return true
	}
	return false
}

// time reads ISO 8601 with the portal's offset; anything else is the zero time.
func (s scalar) time() time.Time {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05-0700"} {
		if t, err := time.Parse(layout, s.text()); err == nil {
			return t.UTC()
		}
	}
	return time.Time{}
}

// day reads a pure date. The portal prints midnight UTC in its own time, so an
// instant that is midnight in UTC means the date of UTC (reference §4.3).
func (s scalar) day() string {
	text := s.text()
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		if utc := t.UTC(); utc.Equal(utc.Truncate(24 * time.Hour)) {
			t = utc
		}
		return t.Format(time.DateOnly)
	}
	if len(text) >= len(time.DateOnly) {
		if _, err := time.Parse(time.DateOnly, text[:len(time.DateOnly)]); err == nil {
			return text[:len(time.DateOnly)]
		}
	}
	return text
}

// list is a JSON list that PHP may have printed as an object with numbers for
// keys, or as null or false when it is empty.
type list[T any] []T

// UnmarshalJSON accepts all of these.
func (l *list[T]) UnmarshalJSON(b []byte) error {
	*l = nil
	if len(b) == 0 {
		return nil
	}
	switch b[0] {
	case '[':
		return json.Unmarshal(b, (*[]T)(l))
	case '{':
		keyed := map[string]T{}
		if err := json.Unmarshal(b, &keyed); err != nil {
			return err
		}
		keys := make([]string, 0, len(keyed))
		for k := range keyed {
			keys = append(keys, k)
		}
		slices.SortFunc(keys, func(a, b string) int {
			if len(a) != len(b) {
				return len(a) - len(b) // numbers by size, without parsing them
			}
			return strings.Compare(a, b)
		})
		for _, k := range keys {
			*l = append(*l, keyed[k])
		}
	}
	return nil
}

// table is a JSON object that PHP prints as [] when it is empty and as a list
// when its keys are 0, 1, 2 and so on.
type table[T any] map[string]T

// UnmarshalJSON accepts all of these.
func (t *table[T]) UnmarshalJSON(b []byte) error {
	*t = table[T]{}
	if len(b) == 0 {
		return nil
	}
	switch b[0] {
	case '{':
		return json.Unmarshal(b, (*map[string]T)(t))
	case '[':
		var rows []T
		if err := json.Unmarshal(b, &rows); err != nil {
			return err
		}
		for i, row := range rows {
			(*t)[strconv.Itoa(i)] = row
		}
	}
	return nil
}

// isTrue reports whether a result says that something was done: the bare true
// of updates, or whatever else is not one of the empties.
func isTrue(result json.RawMessage) bool {
	switch string(bytes.TrimSpace(result)) {
	case "", "false", "null", `""`, "0":
		return false
	}
	return true
}

// minorUnits turns "1000000.00" into minor units of the currency. An amount of
// nothing is what a deal has before somebody fills it in: it is not known.
func minorUnits(amount, currency string) (int64, bool) {
	if len(amount) > 32 || strings.ContainsAny(amount, "/eEpPxX_") {
		return 0, false // an exponent would make the number as long as it likes
	}
	r, ok := new(big.Rat).SetString(strings.TrimSpace(amount))
	if !ok {
		return 0, false
	}
	scale := int64(100)
	switch currency { // ISO 4217: the others have two digits
	case "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF":
		scale = 1
	case "BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND":
		scale = 1000
	}
	r.Mul(r, new(big.Rat).SetInt64(scale))
	r.Add(r, big.NewRat(int64(r.Sign()), 2)) // half away from zero
	minor := new(big.Int).Quo(r.Num(), r.Denom())
	if !minor.IsInt64() || minor.Sign() == 0 {
		return 0, false
	}
	return minor.Int64(), true
}
