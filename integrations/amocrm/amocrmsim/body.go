package amocrmsim

import (
	"bytes"
	"encoding/json"
	"math"
	"net/http"
	"sort"
	"strconv"
)

// maxItems is how many entities one request may carry.
const maxItems = 250

// item is one element of a request body. Its readers collect violations, so
// that all mistakes of a batch are answered at once.
type item struct {
	data       map[string]any
	requestID  string
	prefix     string
	violations []violation
	text       *phrases
}

// decode reads JSON and keeps numbers exact.
func decode(raw []byte) (any, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, err
	}
	return v, nil
}

// items reads a body that must be an array. The vendor's server is PHP, where
// an object whose values are all objects is an array with names for keys, so
// that passes as well.
func (s *Sim) items(c *call) ([]*item, *answer) {
	fail := func(a answer) ([]*item, *answer) { return nil, &a }
	if len(bytes.TrimSpace(c.raw)) == 0 {
		return fail(s.emptyRequest())
	}
	v, err := decode(c.raw)
	if err != nil {
		return fail(s.problem(http.StatusBadRequest, "Request body is not valid JSON"))
	}
	var elements []any
	switch v := v.(type) {
	case []any:
		elements = v
	case map[string]any:
		keys := make([]string, 0, len(v))
		for k := range v {
			keys = append(keys, k)
		}
		sort.Strings(keys)
		for _, k := range keys {
			elements = append(elements, v[k])
		}
	case nil:
	default:
		elements = []any{v}
	}
	if len(elements) == 0 {
		return fail(s.emptyRequest())
	}
	if len(elements) > maxItems {
		return fail(s.problem(http.StatusUnprocessableEntity, "Limit 250 per page"))
	}
	items := make([]*item, len(elements))
	for i, el := range elements {
		it := &item{requestID: strconv.Itoa(i), text: &s.text}
		items[i] = it
		data, isObject := el.(map[string]any)
		if !isObject {
			it.badType("", "array")
			continue
		}
		it.data = data
		if id, set := data["request_id"]; set {
			it.requestID = scalarText(id)
		}
	}
	if a, bad := s.refused(items); bad {
		return fail(a)
	}
	return items, nil
}

// oneItem reads a body that must be an object.
func (s *Sim) oneItem(c *call) (*item, *answer) {
	if len(bytes.TrimSpace(c.raw)) == 0 {
		a := s.emptyRequest()
		return nil, &a
	}
	v, err := decode(c.raw)
	if err != nil {
		a := s.problem(http.StatusBadRequest, "Request body is not valid JSON")
		return nil, &a
	}
	data, isObject := v.(map[string]any)
	if !isObject || len(data) == 0 {
		a := s.emptyRequest()
		return nil, &a
	}
	it := &item{data: data, requestID: "0", text: &s.text}
	if id, set := data["request_id"]; set {
		it.requestID = scalarText(id)
	}
	return it, nil
}

// part is a nested object that reports into the same item.
func (it *item) has(key string) bool { _, there := it.data[key]; return there }

// int reads an integer; absent and null are nil.
func (it *item) int(key string) *int64 {
	v, there := it.data[key]
	if !there || v == nil {
		return nil
	}
	if n, fine := asInt(v); fine {
		return &n
	}
	it.badType(it.prefix+key, "int")
	return nil
}

func (it *item) str(key string) *string {
	v, there := it.data[key]
	if !there || v == nil {
		return nil
	}
	if text, fine := v.(string); fine {
		return &text
	}
	it.badType(it.prefix+key, "string")
	return nil
}

func (it *item) bool(key string) *bool {
	v, there := it.data[key]
	if !there || v == nil {
		return nil
	}
	if b, fine := v.(bool); fine {
		return &b
	}
	it.badType(it.prefix+key, "bool")
	return nil
}

// need reports a field that must be there.
func (it *item) need(key string) bool {
	if v, there := it.data[key]; there && v != nil {
		return true
	}
	it.fail(codeMissing, it.prefix+key, it.text.missing)
	return false
}

// objects reads an array of objects; null is an empty array.
func (it *item) objects(parent map[string]any, path, key string) []map[string]any {
	v, there := parent[key]
	if !there || v == nil {
		return nil
	}
	arr, fine := v.([]any)
	if !fine {
		it.badType(path+key, "array")
		return nil
	}
	out := make([]map[string]any, 0, len(arr))
	for i, el := range arr {
		o, fine := el.(map[string]any)
		if !fine {
			it.badType(path+key+"."+strconv.Itoa(i), "array")
			continue
		}
		out = append(out, o)
	}
	return out
}

// embedded returns the _embedded object, which may be missing.
func (it *item) embedded() map[string]any {
	m, _ := it.data["_embedded"].(map[string]any)
	return m
}

func asInt(v any) (int64, bool) {
	switch n := v.(type) {
	case json.Number:
		if i, err := n.Int64(); err == nil {
			return i, true
		}
		if f, err := n.Float64(); err == nil && f == math.Trunc(f) && math.Abs(f) < 1<<53 {
			return int64(f), true
		}
	case int64:
		return n, true
	case int:
		return int64(n), true
	case float64:
		return int64(n), n == math.Trunc(n)
	}
	return 0, false
}

// scalarText shows a string, number or boolean as text.
func scalarText(v any) string {
	switch x := v.(type) {
	case string:
		return x
	case json.Number:
		return x.String()
	case bool:
		return strconv.FormatBool(x)
	case int64:
		return strconv.FormatInt(x, 10)
	case int:
		return strconv.Itoa(x)
	case float64:
		return strconv.FormatFloat(x, 'f', -1, 64)
	}
	return ""
}
