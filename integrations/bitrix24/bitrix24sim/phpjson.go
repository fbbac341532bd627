package bitrix24sim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"unicode/utf8"
)

// appendJSON writes v as a portal does: UTF-8 as it is, slashes escaped.
func appendJSON(b []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(b, "null"...)
	case bool:
		return strconv.AppendBool(b, v)
	case int:
		return strconv.AppendInt(b, int64(v), 10)
	case int64:
		return strconv.AppendInt(b, v, 10)
	case float64:
		return strconv.AppendFloat(b, v, 'f', -1, 64)
	case json.Number:
		return append(b, v...)
	case string:
		return appendJSONString(b, v)
	case object:
		return append(b, "{}"...)
	case *array:
		return v.appendJSON(b)
	default:
		return appendJSONString(b, fmt.Sprint(v))
	}
}

func (a *array) appendJSON(b []byte) []byte {
	if a.isList() {
		b = append(b, '[')
		for i, p := range a.pairs {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendJSON(b, p.val)
		}
		return append(b, ']')
	}
	b = append(b, '{')
	for i, p := range a.pairs {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendJSONString(b, p.key)
		b = append(b, ':')
		b = appendJSON(b, p.val)
	}
	return append(b, '}')
}

func appendJSONString(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(s[i:])
			b = utf8.AppendRune(b, r)
			i += n
			continue
		}
		switch {
		case c == '"' || c == '\\' || c == '/':
			b = append(b, '\\', c)
		case c == '\n':
			b = append(b, `\n`...)
		case c == '\r':
			b = append(b, `\r`...)
		case c == '\t':
			b = append(b, `\t`...)
		case c < 0x20:
			b = append(b, `\u00`...)
			b = append(b, hex[c>>4], hex[c&15])
		default:
			b = append(b, c)
		}
		i++
	}
	return append(b, '"')
}

// maxDepth bounds the nesting of what a caller sends.
const maxDepth = 32

// parseJSON reads a JSON body into a PHP array; objects keep their order, which
// decides the order of the commands of a batch.
func parseJSON(body []byte) (any, error) {
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	v, err := readJSON(dec, 0)
	if err != nil {
		return nil, fmt.Errorf("read json: %w", err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, fmt.Errorf("read json: more than one value")
	}
	return v, nil
}

func readJSON(dec *json.Decoder, depth int) (any, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("nested deeper than %d", maxDepth)
	}
	tok, err := dec.Token()
	if err != nil {
		return nil, err
	}
	delim, ok := tok.(json.Delim)
	if !ok {
		return tok, nil
	}
	a := &array{}
	for dec.More() {
		if delim == '[' {
			v, err := readJSON(dec, depth+1)
			if err != nil {
				return nil, err
			}
			a.push(v)
			continue
		}
		key, err := dec.Token()
		if err != nil {
			return nil, err
		}
		v, err := readJSON(dec, depth+1)
		if err != nil {
			return nil, err
		}
		a.set(key.(string), v)
	}
	_, err = dec.Token() // the closing bracket
	return a, err
}
