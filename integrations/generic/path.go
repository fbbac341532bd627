package generic

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// A path names places in foreign JSON, in a small part of JSONPath that cannot
// loop, call or compute:
//
//	$.deal.title          members, also ['with spaces']
//	$.events[0], [-1]     one place of a list, from its end when negative
//	$.events[*]           every place of a list, every value of an object
//	$.fields[?code=='X']  places of a list whose member equals; also != and @.code
//
// The leading $ may be left out.
type path []step

type step struct {
	kind  stepKind
	name  string // member
	index int    // index
	// of a filter: the member to compare, whether it must differ, and with what
	inner path
	not   bool
	want  any
}

type stepKind int

const (
	member stepKind = iota
	index
	every
	filter
)

// Bounds of the language. What a path visits is bounded by a budget, so that
// [*][*][*] of a large body costs little.
const (
	longestPath = 500 // bytes
	mostSteps   = 20
	mostVisited = 100_000
)

var errPath = errors.New("is not a path such as $.deal.id, $.items[0], $.items[*] or $.fields[?code=='X'].value")

func parsePath(s string) (path, error) {
	if len(s) > longestPath {
		return nil, fmt.Errorf("is longer than %d bytes", longestPath)
	}
	r := pathReader{rest: strings.TrimSpace(s)}
	if r.rest == "" {
		return nil, errPath
	}
	if !r.take("$") && r.rest[0] != '[' && r.rest[0] != '.' {
		r.rest = "." + r.rest
	}
	var p path
	for r.rest != "" {
		st, err := r.step()
		if err != nil {
			return nil, err
		}
		if p = append(p, st); len(p) > mostSteps {
			return nil, fmt.Errorf("has more than %d steps", mostSteps)
		}
	}
	return p, nil
}

type pathReader struct{ rest string }

func (r *pathReader) take(prefix string) bool {
	rest, ok := strings.CutPrefix(r.rest, prefix)
	if ok {
		r.rest = rest
	}
	return ok
}

func (r *pathReader) spaces() { r.rest = strings.TrimLeft(r.rest, " ") }

func (r *pathReader) step() (step, error) {
	switch {
	case r.take("["):
		return r.bracket()
	case r.take(".*"):
		return step{kind: every}, nil
	case r.take("."):
		name := r.name()
		if name == "" {
			return step{}, errPath
		}
		return step{kind: member, name: name}, nil
	}
	return step{}, errPath
}

// name reads a bare member: anything but what begins something else.
func (r *pathReader) name() string {
	i := strings.IndexAny(r.rest, ".[]()?@='\"!*$ ")
	if i < 0 {
		i = len(r.rest)
	}
	name := r.rest[:i]
	r.rest = r.rest[i:]
	return name
}

func (r *pathReader) bracket() (step, error) {
	r.spaces()
	var st step
	switch {
	case r.take("*"):
		st.kind = every
	case r.take("?"):
		return r.filter()
	case strings.HasPrefix(r.rest, "'") || strings.HasPrefix(r.rest, `"`):
		name, err := r.quoted()
		if err != nil {
			return st, err
		}
		st.name = name
	default:
		end := strings.IndexByte(r.rest, ']')
		if end < 0 {
			return st, errPath
		}
		n, err := strconv.Atoi(strings.TrimSpace(r.rest[:end]))
		if err != nil || n > 1_000_000 || n < -1_000_000 {
			return st, errPath
		}
		st.kind, st.index, r.rest = index, n, r.rest[end:]
	}
	r.spaces()
	if !r.take("]") {
		return st, errPath
	}
	return st, nil
}

// quoted reads 'text' or "text"; a backslash takes the next character as it is.
func (r *pathReader) quoted() (string, error) {
	mark := r.rest[0]
	var b strings.Builder
	for i := 1; i < len(r.rest); i++ {
		switch ch := r.rest[i]; {
		case ch == '\\' && i+1 < len(r.rest):
			i++
			b.WriteByte(r.rest[i])
		case ch == mark:
			r.rest = r.rest[i+1:]
			return b.String(), nil
		default:
			b.WriteByte(ch)
		}
	}
	return "", errPath
}

// filter reads code=='X' or (@.code == 'X'), up to the closing bracket.
func (r *pathReader) filter() (step, error) {
	st := step{kind: filter}
	r.spaces()
	round := r.take("(")
	r.spaces()
	if r.take("@") {
		r.take(".")
	}
	for {
		name := r.name()
		if name == "" {
			return st, errPath
		}
		st.inner = append(st.inner, step{kind: member, name: name})
		if len(st.inner) > mostSteps {
			return st, errPath
		}
		if !r.take(".") {
			break
		}
	}
	r.spaces()
	switch {
	case r.take("=="):
	case r.take("!="):
		st.not = true
	default:
		return st, errPath
	}
	r.spaces()
	if err := r.literal(&st); err != nil {
		return st, err
	}
	r.spaces()
	if round && !r.take(")") {
		return st, errPath
	}
	r.spaces()
	if !r.take("]") {
		return st, errPath
	}
	return st, nil
}

func (r *pathReader) literal(st *step) error {
	if strings.HasPrefix(r.rest, "'") || strings.HasPrefix(r.rest, `"`) {
		s, err := r.quoted()
		st.want = s
		return err
	}
	end := strings.IndexAny(r.rest, " )]")
	if end <= 0 {
		return errPath
	}
	word := r.rest[:end]
	r.rest = r.rest[end:]
	switch word {
	case "true", "false":
		st.want = word == "true"
	case "null":
		st.want = nil
	default:
		if _, err := strconv.ParseFloat(word, 64); err != nil {
			return errPath
		}
		st.want = json.Number(word)
	}
	return nil
}

// visitor walks paths within a budget that all paths of one body share.
type visitor struct{ left int }

var errBudget = errors.New("the mapping visits more of the body than is allowed")

// find returns what the path names, in order.
func (v *visitor) find(p path, root any) ([]any, error) {
	found := []any{root}
	for _, st := range p {
		var next []any
		for _, at := range found {
			var err error
			if next, err = v.follow(st, at, next); err != nil {
				return nil, err
			}
		}
		if found = next; len(found) == 0 {
			return nil, nil
		}
	}
	return found, nil
}

func (v *visitor) follow(st step, at any, next []any) ([]any, error) {
	if v.left--; v.left < 0 {
		return nil, errBudget
	}
	switch here := at.(type) {
	case map[string]any:
		switch st.kind {
		case member:
			if got, ok := here[st.name]; ok {
				next = append(next, got)
			}
		case every:
			for _, key := range sortedKeys(here) { // the same order each time
				if v.left--; v.left < 0 {
					return nil, errBudget
				}
				next = append(next, here[key])
			}
		}
	case []any:
		switch st.kind {
		case index:
			i := st.index
			if i < 0 {
				i += len(here)
			}
			if i >= 0 && i < len(here) {
				next = append(next, here[i])
			}
		case every, filter:
			for _, got := range here {
				if v.left--; v.left < 0 {
					return nil, errBudget
				}
				if st.kind == every || st.holds(got) {
					next = append(next, got)
				}
			}
		}
	}
	return next, nil
}

// holds compares a member. Numbers and their spellings as text are the same:
// programs disagree about whether an id is a number.
func (st step) holds(at any) bool {
	for _, s := range st.inner {
		m, ok := at.(map[string]any)
		if !ok {
			return false
		}
		if at, ok = m[s.name]; !ok {
			return false
		}
	}
	return same(at, st.want) != st.not
}

func same(a, b any) bool {
	x, xOK := scalar(a)
	y, yOK := scalar(b)
	return xOK && yOK && x == y
}

// scalar spells a value that is no list or object.
func scalar(v any) (string, bool) {
	switch t := v.(type) {
	case string:
		return t, true
	case json.Number:
		return t.String(), true
	case bool:
		return strconv.FormatBool(t), true
	case nil:
		return "", true
	}
	return "", false
}
