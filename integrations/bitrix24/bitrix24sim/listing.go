package bitrix24sim

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// pageSize is fixed for every list method (reference §4.4).
const pageSize = 50

// listing is what a list method reads: rows in the order of their ids, how to
// read a column of a row and how to name columns.
type listing[T any] struct {
	rows   []T
	id     func(T) int
	value  func(T, string) any
	cols   columns
	strict bool // an unknown field of filter or order is an error
}

// found is one page of a list.
type found[T any] struct {
	rows  []T
	total int
	next  int // 0 on the last page
}

// listKeys are the parameters of a list call.
type listKeys struct {
	filter, order, sel *array
	start              int
}

// listParams reads filter, order, select and start, whatever their case.
func (c *call) listParams() (listKeys, error) {
	var k listKeys
	for _, part := range []struct {
		name string
		to   **array
	}{{"order", &k.order}, {"filter", &k.filter}, {"select", &k.sel}} {
		v, given := c.params.lookup(part.name)
		if !given || v == nil || v == "" {
			continue
		}
		a, ok := v.(*array)
		if !ok && part.name == "select" {
			a, ok = list(v), true
		}
		if !ok {
			return k, badRequest("", "Parameter '"+part.name+"' must be array.")
		}
		*part.to = a
	}
	if v, given := c.params.lookup("start"); given {
		k.start, _ = toInt(v)
	}
	return k, nil
}

// find filters, sorts and pages. With start -1 nothing is counted: total is 0,
// there is no next, and a walk by `>ID` costs one page.
func find[T any](s *Sim, l listing[T], k listKeys) (found[T], error) {
	m, err := s.newMatcher(k.filter, l.cols, l.strict)
	if err != nil {
		return found[T]{}, err
	}
	order, byID, err := readOrder(k.order, l.cols, l.strict)
	if err != nil {
		return found[T]{}, err
	}
	rows := l.rows
	if n, ok := m.above(); ok {
		i, _ := slices.BinarySearchFunc(rows, n+1, func(r T, id int) int { return cmp.Compare(l.id(r), id) })
		rows = rows[i:]
	}
	var hits []T
	for _, r := range rows {
		if !m.match(func(column string) any { return l.value(r, column) }) {
			continue
		}
		hits = append(hits, r)
		if k.start < 0 && byID && len(hits) == pageSize {
			break
		}
	}
	if !byID {
		slices.SortStableFunc(hits, func(a, b T) int {
			for _, o := range order {
				if n := o.sign * compareValues(l.value(a, o.column), l.value(b, o.column)); n != 0 {
					return n
				}
			}
			return 0
		})
	}
	if k.start < 0 {
		return found[T]{rows: hits[:min(pageSize, len(hits))]}, nil
	}
	out := found[T]{total: len(hits)}
	from := min(k.start, len(hits))
	to := min(from+pageSize, len(hits))
	out.rows = hits[from:to]
	if to < len(hits) {
		out.next = to
	}
	return out, nil
}

type sortKey struct {
	column string
	sign   int
}

// readOrder reads `{FIELD: ASC|DESC}`; byID tells that rows stay as they are.
func readOrder(order *array, cols columns, strict bool) (keys []sortKey, byID bool, err error) {
	if order.len() == 0 {
		return nil, true, nil
	}
	for _, p := range order.pairs {
		column, _, ok := cols(p.key)
		if !ok {
			if strict {
				return nil, false, badRequest("INVALID_ARG_VALUE", "Invalid order: field '"+p.key+"' is not allowed in order")
			}
			continue
		}
		dir := strings.ToUpper(toString(p.val))
		if strict && dir != "ASC" && dir != "DESC" {
			return nil, false, badRequest("INVALID_ARG_VALUE",
				"Invalid order: allowed sort directions are `ASC, DESC`. But got '"+toString(p.val)+"' for field '"+p.key+"'")
		}
		key := sortKey{column: column, sign: 1}
		if strings.HasPrefix(dir, "DESC") {
			key.sign = -1
		}
		keys = append(keys, key)
	}
	return keys, len(keys) == 0 || keys[0] == sortKey{"ID", 1}, nil
}

// compareValues orders stored values; nothing comes first, as in MySQL.
func compareValues(a, b any) int {
	if a == nil || b == nil {
		switch {
		case a == nil && b == nil:
			return 0
		case a == nil:
			return -1
		default:
			return 1
		}
	}
	if x, ok := a.(time.Time); ok {
		if y, ok := b.(time.Time); ok {
			return x.Compare(y)
		}
	}
	x, okX := number(a)
	y, okY := number(b)
	if okX && okY {
		return cmp.Compare(x, y)
	}
	return strings.Compare(strings.ToLower(toString(a)), strings.ToLower(toString(b)))
}

func number(v any) (float64, bool) {
	switch v := v.(type) {
	case int:
		return float64(v), true
	case float64:
		return v, true
	}
	return 0, false
}

// answer wraps a page: the rows, the number of all rows and the next offset.
func (f found[T]) answer(result any) answer {
	return answer{result: result, listed: true, total: f.total, next: f.next}
}

// chooser returns which columns a select asks for: `*` is everything but custom
// fields, which `UF_*` adds; nothing asked for is `*`.
func chooser(sel *array) func(name string, custom bool) bool {
	if sel.len() == 0 {
		return func(_ string, custom bool) bool { return !custom }
	}
	all, uf := false, false
	names := make(map[string]bool, sel.len())
	for _, v := range sel.values() {
		switch name := strings.ToUpper(toString(v)); name {
		case "*":
			all = true
		case "UF_*":
			uf = true
		default:
			names[name] = true
		}
	}
	return func(name string, custom bool) bool {
		return names[strings.ToUpper(name)] || all && !custom || uf && custom
	}
}

// plainColumns are columns of rows that are PHP arrays already.
func plainColumns(types map[string]valueType) columns {
	return func(name string) (string, valueType, bool) {
		typ, ok := types[name]
		if !ok {
			name = strings.ToUpper(name)
			typ, ok = types[name]
		}
		return name, typ, ok
	}
}

// pick keeps the chosen columns of a row.
func pick(r *array, sel *array) *array {
	if sel.len() == 0 {
		return r
	}
	want := chooser(sel)
	out := &array{}
	for _, p := range r.pairs {
		if want(p.key, false) {
			out.set(p.key, p.val)
		}
	}
	return out
}
