package bitrix24sim

import (
	"slices"
	"strings"
	"time"
)

// valueType says how values of a column compare.
type valueType int

const (
	textValue valueType = iota
	numberValue
	timeValue
	dateValue
)

func (f *field) valueType() valueType {
	switch f.typ {
	case "integer", "user", "crm_lead", "crm_company", "crm_contact", "crm_quote", "crm_category", "double", "number",
		"boolean", "enumeration", "file":
		return numberValue
	case "datetime":
		return timeValue
	case "date":
		return dateValue
	}
	return textValue
}

// condition is one entry of a filter. Several values mean "one of them".
type condition struct {
	column string
	op     string // "=", "!", ">", ">=", "<", "<=", "%", "!%", "like", "!like"
	typ    valueType
	texts  []string
	nums   []float64
	times  []time.Time
	none   bool // one of the values is empty

	nested []*matcher // instead of the rest
}

// matcher is a filter; all conditions hold, or any with logic OR.
type matcher struct {
	any   bool
	conds []condition
}

// operators are the prefixes of a filter key, longer ones first.
var operators = [...]struct{ prefix, op string }{
	{"!=%", "!like"},
	{"!%=", "!like"},
	{"!><", ""},
	{"><", ""},
	{"!=", "!"},
	{"!@", "!"},
	{"!%", "!%"},
	{"=%", "like"},
	{"%=", "like"},
	{">=", ">="},
	{"<=", "<="},
	{"!", "!"},
	{"=", "="},
	{"@", "="},
	{"%", "%"},
	{">", ">"},
	{"<", "<"},
}

// columns tells the canonical name and type of a filter or order key.
type columns func(name string) (canonical string, typ valueType, ok bool)

// newMatcher reads a filter. Unknown fields are an error for strict methods and
// dropped by the others, which is how a typo returns everything.
func (s *Sim) newMatcher(filter *array, cols columns, strict bool) (*matcher, error) {
	m := &matcher{}
	if filter == nil {
		return m, nil
	}
	for _, p := range filter.pairs {
		if sub, ok := p.val.(*array); ok {
			if _, numeric := listKey(p.key); numeric {
				nested, err := s.newMatcher(sub, cols, strict)
				if err != nil {
					return nil, err
				}
				m.conds = append(m.conds, condition{nested: []*matcher{nested}})
				continue
			}
		}
		if strings.EqualFold(p.key, "logic") {
			m.any = strings.EqualFold(toString(p.val), "OR")
			continue
		}
		c := condition{op: "="}
		name := p.key
		for _, o := range operators {
			if rest, ok := strings.CutPrefix(name, o.prefix); ok && o.op != "" {
				name, c.op = rest, o.op
				break
			}
		}
		var known bool
		if c.column, c.typ, known = cols(name); !known {
			if strict {
				return nil, badRequest("INVALID_ARG_VALUE", "Invalid filter: field '"+name+"' is not allowed in filter")
			}
			continue
		}
		if !c.take(s, p.val) && strict {
			return nil, badRequest("INVALID_ARG_VALUE", "Invalid filter: field '"+name+"' has invalid value")
		}
		m.conds = append(m.conds, c)
	}
	return m, nil
}

// take reads the values of a condition; false when one of them cannot be read,
// which then matches nothing.
func (c *condition) take(s *Sim, v any) bool {
	vals := []any{v}
	if a, ok := v.(*array); ok {
		vals = a.values()
	}
	good := true
	for _, v := range vals {
		text := toString(v)
		if text == "" {
			c.none = true
			continue
		}
		switch c.typ {
		case numberValue:
			if b, ok := v.(bool); ok && !b {
				text = "0"
			}
			if text == "Y" {
				text = "1"
			}
			n, ok := toFloat(text)
			if !ok {
				good = false
				continue
			}
			c.nums = append(c.nums, n)
			if n == 0 {
				c.none = true
			}
		case timeValue:
			t, ok := s.readTime(v)
			if !ok {
				good = false
				continue
			}
			c.times = append(c.times, t)
		case dateValue:
			day, ok := s.readDate(v)
			if !ok {
				good = false
				continue
			}
			c.texts = append(c.texts, day)
		default:
			c.texts = append(c.texts, text)
		}
	}
	return good
}

func (m *matcher) match(value func(column string) any) bool {
	for i := range m.conds {
		ok := m.conds[i].match(value)
		if m.any && ok {
			return true
		}
		if !m.any && !ok {
			return false
		}
	}
	return !m.any || len(m.conds) == 0
}

func (c *condition) match(value func(column string) any) bool {
	if c.nested != nil {
		return c.nested[0].match(value)
	}
	v := value(c.column)
	if vals, ok := v.([]any); ok {
		if len(vals) == 0 {
			return c.matchOne(nil)
		}
		if strings.HasPrefix(c.op, "!") {
			return !slices.ContainsFunc(vals, func(one any) bool { return !c.matchOne(one) })
		}
		return slices.ContainsFunc(vals, c.matchOne)
	}
	return c.matchOne(v)
}

func (c *condition) matchOne(v any) bool {
	empty := v == nil || v == ""
	switch c.op {
	case "=", "!":
		hit := empty && c.none || c.compareAny(v, func(n int) bool { return n == 0 })
		return hit == (c.op == "=")
	case ">":
		return !empty && c.compareAny(v, func(n int) bool { return n > 0 })
	case ">=":
		return !empty && c.compareAny(v, func(n int) bool { return n >= 0 })
	case "<":
		return !empty && c.compareAny(v, func(n int) bool { return n < 0 })
	case "<=":
		return !empty && c.compareAny(v, func(n int) bool { return n <= 0 })
	case "%", "!%":
		text, hit := strings.ToLower(toString(v)), false
		for _, t := range c.asTexts() {
			hit = hit || strings.Contains(text, strings.ToLower(t))
		}
		return hit == (c.op == "%")
	default: // like, !like
		hit := false
		for _, t := range c.asTexts() {
			hit = hit || like(strings.ToLower(toString(v)), strings.ToLower(t))
		}
		return hit == (c.op == "like")
	}
}

func (c *condition) asTexts() []string {
	texts := c.texts
	for _, n := range c.nums {
		texts = append(texts, toString(n))
	}
	return texts
}

// compareAny tells whether the comparison of v with one of the values is wanted.
func (c *condition) compareAny(v any, want func(int) bool) bool {
	switch v := v.(type) {
	case time.Time:
		for _, t := range c.times {
			if want(v.Truncate(time.Second).Compare(t)) {
				return true
			}
		}
	case int:
		return c.compareNumber(float64(v), want)
	case float64:
		return c.compareNumber(v, want)
	case string:
		if c.typ == numberValue {
			n, ok := toFloat(v)
			return ok && c.compareNumber(n, want)
		}
		for _, t := range c.texts {
			if strings.EqualFold(v, t) && want(0) || want(strings.Compare(v, t)) {
				return true
			}
		}
	}
	return false
}

func (c *condition) compareNumber(v float64, want func(int) bool) bool {
	for _, n := range c.nums {
		switch {
		case v < n && want(-1), v == n && want(0), v > n && want(1):
			return true
		}
	}
	return false
}

// like is SQL's LIKE with % only.
func like(text, pattern string) bool {
	parts := strings.Split(pattern, "%")
	if len(parts) == 1 {
		return text == pattern
	}
	if !strings.HasPrefix(text, parts[0]) {
		return false
	}
	text = text[len(parts[0]):]
	for _, p := range parts[1 : len(parts)-1] {
		i := strings.Index(text, p)
		if i < 0 {
			return false
		}
		text = text[i+len(p):]
	}
	return strings.HasSuffix(text, parts[len(parts)-1])
}

// above returns the number n of a condition `>ID n`, the way to walk a long
// list, so that the walk need not start from the first row every time.
func (m *matcher) above() (int, bool) {
	if m.any {
		return 0, false
	}
	for i := range m.conds {
		if c := &m.conds[i]; c.op == ">" && c.column == "ID" && len(c.nums) == 1 {
			return int(c.nums[0]), true
		}
	}
	return 0, false
}
