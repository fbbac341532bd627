package amocrmsim

import (
	"strconv"
	"strings"
)

// field is one named value of a hook body; fields keep the order in which the
// vendor writes them.
type field struct {
	key string
	val any // string, int64, bool, nil, fields or list
}

// fields is an ordered map, list a PHP list with keys 0, 1, 2.
type (
	fields []field
	list   []any
)

// encodeForm writes a tree the way PHP's http_build_query does, which is what
// the vendor's sender uses: upper-case hex, space as "+", booleans as 1 and 0,
// nulls and empty arrays left out, empty strings kept.
func encodeForm(tree fields) []byte {
	var out []byte
	for _, f := range tree {
		out = appendForm(out, escapeForm(f.key), f.val)
	}
	return out
}

func appendForm(out []byte, key string, val any) []byte {
	var text string
	switch v := val.(type) {
	case nil:
		return out
	case fields:
		for _, f := range v {
			out = appendForm(out, key+"%5B"+escapeForm(f.key)+"%5D", f.val)
		}
		return out
	case list:
		for i, item := range v {
			out = appendForm(out, key+"%5B"+strconv.Itoa(i)+"%5D", item)
		}
		return out
	case string:
		text = v
	case int64:
		text = strconv.FormatInt(v, 10)
	case int:
		text = strconv.Itoa(v)
	case bool:
		text = "0"
		if v {
			text = "1"
		}
	}
	if len(out) > 0 {
		out = append(out, '&')
	}
	out = append(out, key...)
	out = append(out, '=')
	return append(out, escapeForm(text)...)
}

// escapeForm percent-encodes like PHP's urlencode. Go's url.QueryEscape leaves
// "~" alone, PHP does not.
func escapeForm(s string) string {
	const hex = "0123456789ABCDEF"
	plain := true
	for i := range len(s) {
		if !formSafe(s[i]) {
			plain = false
			break
		}
	}
	if plain {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) * 2)
	for i := range len(s) {
		switch c := s[i]; {
		case formSafe(c):
			b.WriteByte(c)
		case c == ' ':
			b.WriteByte('+')
		default:
			b.WriteByte('%')
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
		}
	}
	return b.String()
}

func formSafe(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c == '.'
}
