package bitrix24sim

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// array is what PHP calls an array: an ordered map that is written as a JSON
// list when its keys are 0, 1, 2, …, and as `[]` when it is empty. Portals
// answer with such arrays and read their parameters into them.
type array struct {
	pairs []pair
	index map[string]int // kept only from indexFrom pairs on
	next  int            // the key that `a[]` takes
}

type pair struct {
	key string
	val any
}

// indexFrom is the size from which looking up a key by a map pays.
const indexFrom = 24

// object is an empty map that the portal writes as `{}` although its other
// empty maps are `[]` (user.get TIMESTAMP_X, FILES of a comment).
type object struct{}

// row makes an array from alternating keys and values.
func row(kv ...any) *array {
	a := &array{pairs: make([]pair, 0, len(kv)/2)}
	for i := 0; i+1 < len(kv); i += 2 {
		a.set(kv[i].(string), kv[i+1])
	}
	return a
}

// list makes an array with the keys 0, 1, 2, ….
func list(vals ...any) *array {
	a := &array{}
	for _, v := range vals {
		a.push(v)
	}
	return a
}

func (a *array) len() int {
	if a == nil {
		return 0
	}
	return len(a.pairs)
}

func (a *array) find(key string) int {
	if a == nil {
		return -1
	}
	if a.index != nil {
		if i, ok := a.index[key]; ok {
			return i
		}
		return -1
	}
	for i := range a.pairs {
		if a.pairs[i].key == key {
			return i
		}
	}
	return -1
}

// get returns the value under key, nil if there is none.
func (a *array) get(key string) any {
	if i := a.find(key); i >= 0 {
		return a.pairs[i].val
	}
	return nil
}

// lookup finds a key whatever its case: old CRM methods take id and ID alike.
func (a *array) lookup(key string) (any, bool) {
	if i := a.find(key); i >= 0 {
		return a.pairs[i].val, true
	}
	if a != nil {
		for i := range a.pairs {
			if strings.EqualFold(a.pairs[i].key, key) {
				return a.pairs[i].val, true
			}
		}
	}
	return nil, false
}

// lookupAny finds the first of several names.
func (a *array) lookupAny(keys ...string) (any, bool) {
	for _, key := range keys {
		if v, ok := a.lookup(key); ok {
			return v, true
		}
	}
	return nil, false
}

func (a *array) set(key string, val any) {
	if i := a.find(key); i >= 0 {
		a.pairs[i].val = val
		return
	}
	a.pairs = append(a.pairs, pair{key, val})
	if a.index != nil {
		a.index[key] = len(a.pairs) - 1
	} else if len(a.pairs) >= indexFrom {
		a.index = make(map[string]int, 2*indexFrom)
		for i, p := range a.pairs {
			a.index[p.key] = i
		}
	}
	if n, ok := listKey(key); ok && n >= a.next {
		a.next = n + 1
	}
}

// merge sets the pairs of b in a.
func (a *array) merge(b *array) *array {
	if b != nil {
		for _, p := range b.pairs {
			a.set(p.key, p.val)
		}
	}
	return a
}

func (a *array) push(val any) { a.set(strconv.Itoa(a.next), val) }

// listKey tells whether PHP would take the key for an integer.
func listKey(key string) (int, bool) {
	if key == "" || len(key) > 9 || key != "0" && key[0] == '0' {
		return 0, false
	}
	for i := range len(key) {
		if key[i] < '0' || key[i] > '9' {
			return 0, false
		}
	}
	n, err := strconv.Atoi(key)
	return n, err == nil
}

// isList tells whether the keys are 0, 1, 2, … in this order.
func (a *array) isList() bool {
	for i := range a.pairs {
		if a.pairs[i].key != strconv.Itoa(i) {
			return false
		}
	}
	return true
}

// values returns the values in order.
func (a *array) values() []any {
	if a == nil {
		return nil
	}
	out := make([]any, len(a.pairs))
	for i := range a.pairs {
		out[i] = a.pairs[i].val
	}
	return out
}

// plain turns PHP arrays into maps and slices, for Go callers.
func plain(v any) any {
	switch v := v.(type) {
	case *array:
		if v.len() > 0 && v.isList() {
			out := make([]any, 0, v.len())
			for _, p := range v.pairs {
				out = append(out, plain(p.val))
			}
			return out
		}
		out := make(map[string]any, v.len())
		for _, p := range v.pairs {
			out[p.key] = plain(p.val)
		}
		return out
	case object:
		return map[string]any{}
	default:
		return v
	}
}

// toString is PHP's conversion of a scalar to a string.
func toString(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case bool:
		if v {
			return "1"
		}
		return "0"
	case int:
		return strconv.Itoa(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case json.Number:
		return v.String()
	case *array, object:
		return ""
	default:
		return fmt.Sprint(v)
	}
}

// toInt reads a whole number; false when v is something else.
func toInt(v any) (int, bool) {
	switch v := v.(type) {
	case int:
		return v, true
	case float64:
		return int(v), v == float64(int(v))
	case bool, nil, *array, object:
		return 0, false
	default:
		n, err := strconv.Atoi(strings.TrimSpace(toString(v)))
		return n, err == nil
	}
}

// toFloat reads a number; false when v is none.
func toFloat(v any) (float64, bool) {
	f, err := strconv.ParseFloat(strings.TrimSpace(toString(v)), 64)
	return f, err == nil
}

// isYes reads Y/N, 1/0 and true/false.
func isYes(v any) bool {
	switch toString(v) {
	case "Y", "y", "1", "true":
		return true
	}
	return false
}
