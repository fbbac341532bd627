package store

import (
	"bytes"
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// stamp makes a time equal after a round trip: PostgreSQL keeps microseconds,
// SQLite keeps text, and neither keeps Go's monotonic reading.
func stamp(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC().Truncate(time.Microsecond)
}

// nullable is stamp for a column in which the zero time is NULL.
func nullable(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = stamp(t)
	return &t
}

// timeOf reads a column in which NULL is the zero time.
func timeOf(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return stamp(*t)
}

// plain is text as both databases take it: PostgreSQL refuses NUL and broken
// UTF-8, and one such value would fail a whole batch.
func plain[T ~string](s T) T {
	return T(strings.ReplaceAll(strings.ToValidUTF8(string(s), "\uFFFD"), "\x00", ""))
}

// document is a JSON column: jsonb on PostgreSQL, TEXT on SQLite, NULL when nil.
type document []byte

// Value hands the JSON over as text.
func (d document) Value() (driver.Value, error) {
	if d == nil {
		return nil, nil //nolint:nilnil // NULL
	}
	return string(d), nil
}

// Scan reads the column.
func (d *document) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*d = nil
	case string:
		*d = document(v)
	case []byte:
		*d = bytes.Clone(v)
	default:
		return fmt.Errorf("read JSON column: %T", src)
	}
	return nil
}

// encode makes a document of v.
func encode(v any) (document, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encode JSON column: %w", err)
	}
	return withoutNUL(b), nil
}

// rawDocument makes a document of JSON that was written elsewhere.
func rawDocument(raw json.RawMessage) (document, error) {
	if len(raw) == 0 {
		return nil, nil //nolint:nilnil // NULL
	}
	var b bytes.Buffer
	if err := json.Compact(&b, raw); err != nil {
		return nil, fmt.Errorf("encode JSON column: %w", err)
	}
	return withoutNUL(b.Bytes()), nil
}

func (d document) raw() json.RawMessage { return json.RawMessage(d) }

func (d document) decode(into any) error {
	if len(d) == 0 {
		return nil
	}
	if err := json.Unmarshal(d, into); err != nil {
		return fmt.Errorf("decode JSON column: %w", err)
	}
	return nil
}

// withoutNUL takes the escape \u0000 out of JSON, which jsonb refuses.
func withoutNUL(b []byte) []byte {
	const nul = `\u0000`
	if !bytes.Contains(b, []byte(nul)) {
		return b
	}
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		switch {
		case b[i] != '\\' || i+1 == len(b):
			out = append(out, b[i])
		case bytes.HasPrefix(b[i:], []byte(nul)):
			i += len(nul) - 1
		default: // an escape of its own; its second byte begins nothing
			out = append(out, b[i], b[i+1])
			i++
		}
	}
	return out
}

// clock is the real time shifted by d, in SQL: PostgreSQL's own clock, which
// all processes share, or this process's.
func (s *Store) clock(d time.Duration) clause.Expr {
	if s.dialect == Postgres {
		return gorm.Expr("(now() + ? * interval '1 microsecond')", float64(d.Microseconds()))
	}
	return gorm.Expr("?", stamp(s.wall().Add(d)))
}

// fold makes text comparable without regard to case: neither database folds
// Cyrillic everywhere, and people write ё as е.
func fold(s string) string {
	return strings.ReplaceAll(strings.ToLower(s), "ё", "е")
}

// containing is a LIKE pattern, with ESCAPE '\', for text that contains part.
func containing(part string) string {
	return "%" + strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(part) + "%"
}
