package amocrmsim

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"unicode/utf8"
)

// appendJSON writes an answer. The trees are maps, lists and scalars only, so
// this does without reflection: in a burst of thousands of leads the simulator
// shares two cores with what is measured.
func appendJSON(out []byte, v any) []byte {
	switch x := v.(type) {
	case nil:
		return append(out, "null"...)
	case bool:
		return strconv.AppendBool(out, x)
	case int:
		return strconv.AppendInt(out, int64(x), 10)
	case int64:
		return strconv.AppendInt(out, x, 10)
	case string:
		return appendJSONText(out, x)
	case object:
		out = append(out, '{')
		for i, key := range slices.Sorted(maps.Keys(x)) {
			if i > 0 {
				out = append(out, ',')
			}
			out = append(appendJSONText(out, key), ':')
			out = appendJSON(out, x[key])
		}
		return append(out, '}')
	case []any:
		out = append(out, '[')
		for i, el := range x {
			if i > 0 {
				out = append(out, ',')
			}
			out = appendJSON(out, el)
		}
		return append(out, ']')
	}
	return appendAnyJSON(out, v)
}

func appendJSONText(out []byte, text string) []byte {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c == '"' || c == '\\' {
			return appendAnyJSON(out, text)
		}
	}
	if !utf8.ValidString(text) {
		return appendAnyJSON(out, text)
	}
	return append(append(append(out, '"'), text...), '"')
}

// appendAnyJSON leaves the rare cases to the standard encoder.
func appendAnyJSON(out []byte, v any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic("amocrmsim: answer cannot be encoded: " + err.Error())
	}
	return append(out, bytes.TrimSuffix(b.Bytes(), []byte("\n"))...)
}
