package generic

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/big"
	"mime"
	"slices"
	"strconv"
	"strings"
	"time"

	"opendoor/integrations/phpform"
	"opendoor/offboarding"
)

// mappingDoc is a mapping as people write it.
type mappingDoc struct {
	Each   string                     `json:"each,omitempty"`  // a path: every place it names is an event
	Match  []conditionDoc             `json:"match,omitempty"` // all must hold, or the event is ignored
	Fields map[string]json.RawMessage `json:"fields"`
}

type conditionDoc struct {
	Path   string `json:"path"`
	Equals []any  `json:"equals,omitempty"` // one of these; left out: it must be there
	Not    bool   `json:"not,omitempty"`
}

// ruleDoc says how one field of ours is read. A text alone is a path.
type ruleDoc struct {
	Path    string         `json:"path,omitempty"`
	Paths   []string       `json:"paths,omitempty"`   // the first that names something
	Root    bool           `json:"root,omitempty"`    // look in the whole body and not in the event
	Value   any            `json:"value,omitempty"`   // a constant
	Map     map[string]any `json:"map,omitempty"`     // their value → ours; "*" for all others
	Default any            `json:"default,omitempty"` // when nothing is found
	As      string         `json:"as,omitempty"`      // text, number, major, unix, unix_ms
	Join    string         `json:"join,omitempty"`    // between all values of all paths; left out: the first counts
}

// ourFields are the fields that a mapping may fill.
var ourFields = []string{
	"type", "occurred_at", "deal.id", "deal.title", "deal.amount_minor", "deal.currency",
	"client.id", "client.name", "client.email", "client.phone", "client.lang",
	"responsible.id", "responsible.name", "responsible.email", "reason", "note", "write_back_url",
}

const (
	mostConditions = 20
	mostMapped     = 500
	mostEvents     = 100 // of one body
	mostPaths      = 10
	longestMapping = 64 << 10
)

type mapping struct {
	each   path
	match  []condition
	fields map[string]rule
}

type condition struct {
	at     path
	equals []any
	not    bool
}

type rule struct {
	ruleDoc
	paths []path
}

// parseMapping reads a mapping and says everything that is wrong with it.
func parseMapping(raw json.RawMessage) (*mapping, error) {
	if len(raw) > longestMapping {
		return nil, offboarding.Invalid("the mapping is larger than 64 KiB")
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	dec.UseNumber()
	var doc mappingDoc
	if err := dec.Decode(&doc); err != nil {
		return nil, offboarding.Invalid("the mapping cannot be read: " + strings.TrimPrefix(err.Error(), "json: "))
	}
	var wrong []offboarding.FieldError
	bad := func(field, msg string) { wrong = append(wrong, offboarding.FieldError{Field: field, Msg: msg}) }
	read := func(field, s string) path {
		p, err := parsePath(s)
		if err != nil {
			bad(field, err.Error())
		}
		return p
	}
	m := &mapping{fields: map[string]rule{}}
	if doc.Each != "" {
		m.each = read("each", doc.Each)
	}
	if len(doc.Match) > mostConditions {
		bad("match", fmt.Sprintf("at most %d conditions", mostConditions))
	}
	for i, c := range doc.Match {
		m.match = append(m.match, condition{at: read(fmt.Sprintf("match[%d].path", i), c.Path), equals: c.Equals, not: c.Not})
	}
	for _, name := range slices.Sorted(maps.Keys(doc.Fields)) {
		field := "fields." + name
		if !slices.Contains(ourFields, name) {
			bad(field, "is none of "+strings.Join(ourFields, ", "))
			continue
		}
		r, err := parseRule(name, doc.Fields[name])
		if err != nil {
			bad(field, err.Error())
			continue
		}
		m.fields[name] = r
	}
	for _, name := range []string{"type", "deal.id"} {
		if _, ok := doc.Fields[name]; !ok {
			bad("fields."+name, "is required")
		}
	}
	if len(wrong) > 0 {
		return nil, offboarding.Invalid("the mapping is not right", wrong...)
	}
	return m, nil
}

func parseRule(name string, raw json.RawMessage) (rule, error) {
	var r rule
	var short string
	if json.Unmarshal(raw, &short) == nil {
		r.Path = short
	} else {
		dec := json.NewDecoder(bytes.NewReader(raw))
		dec.DisallowUnknownFields()
		dec.UseNumber()
		if err := dec.Decode(&r.ruleDoc); err != nil {
			return r, errors.New("a path, or an object with path, paths, root, value, map, default, as, join")
		}
	}
	if name == "deal.amount_minor" && r.As == "" {
		r.As = "number"
	}
	all := r.Paths
	if r.Path != "" {
		all = append([]string{r.Path}, all...)
	}
	switch {
	case len(all) == 0 && r.Value == nil:
		return r, errors.New("needs a path or a value")
	case len(all) > mostPaths:
		return r, fmt.Errorf("at most %d paths", mostPaths)
	case len(r.Map) > mostMapped:
		return r, fmt.Errorf("at most %d values in map", mostMapped)
	case !slices.Contains([]string{"", "text", "number", "major", "unix", "unix_ms"}, r.As):
		return r, errors.New("as is text, number, major, unix or unix_ms")
	}
	for _, s := range all {
		p, err := parsePath(s)
		if err != nil {
			return r, fmt.Errorf("%q %w", s, err)
		}
		r.paths = append(r.paths, p)
	}
	return r, nil
}

// mapped is one event of a foreign body in our JSON; nil: it does not match.
type mapped struct {
	ours json.RawMessage
	err  error
}

// read makes our events of a foreign body.
func (m *mapping) read(root any) ([]mapped, error) {
	v := &visitor{left: mostVisited}
	events := []any{root}
	if m.each != nil {
		var err error
		if events, err = v.find(m.each, root); err != nil {
			return nil, err
		}
	}
	if len(events) > mostEvents {
		return nil, fmt.Errorf("the body holds more than %d events", mostEvents)
	}
	out := make([]mapped, 0, len(events))
	for _, event := range events {
		var one mapped
		fits, err := m.fits(v, event)
		if err == nil && fits {
			one.ours, err = m.one(v, event, root)
		}
		if errors.Is(err, errBudget) {
			return nil, err
		}
		one.err = err
		out = append(out, one)
	}
	return out, nil
}

func (m *mapping) fits(v *visitor, event any) (bool, error) {
	for _, c := range m.match {
		found, err := v.find(c.at, event)
		if err != nil {
			return false, err
		}
		holds := len(found) > 0
		if c.equals != nil {
			holds = slices.ContainsFunc(found, func(got any) bool {
				return slices.ContainsFunc(c.equals, func(want any) bool { return same(got, want) })
			})
		}
		if holds == c.not {
			return false, nil
		}
	}
	return true, nil
}

// one makes our JSON of one event.
func (m *mapping) one(v *visitor, event, root any) (json.RawMessage, error) {
	out := map[string]any{}
	for _, name := range ourFields {
		r, ok := m.fields[name]
		if !ok {
			continue
		}
		value, err := r.read(v, event, root)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if value == nil {
			continue
		}
		group, leaf, nested := strings.Cut(name, ".")
		if !nested {
			out[name] = value
			continue
		}
		inner, ok := out[group].(map[string]any)
		if !ok {
			inner = map[string]any{}
			out[group] = inner
		}
		inner[leaf] = value
	}
	return json.Marshal(out)
}

func (r rule) read(v *visitor, event, root any) (any, error) {
	value := r.Value
	if value == nil {
		var err error
		if value, err = r.look(v, event, root); err != nil {
			return nil, err
		}
	}
	if value != nil && r.Map != nil {
		key, ok := scalar(value)
		if !ok {
			return nil, errors.New("a list or an object cannot be mapped")
		}
		mapped, known := r.Map[key]
		if !known {
			mapped = r.Map["*"]
		}
		value = mapped
	}
	if value == nil || value == "" {
		value = r.Default
	}
	if value == nil {
		return nil, nil
	}
	return r.as(value)
}

func (r rule) look(v *visitor, event, root any) (any, error) {
	from := event
	if r.Root {
		from = root
	}
	var parts []string
	for _, p := range r.paths {
		found, err := v.find(p, from)
		if err != nil {
			return nil, err
		}
		if r.Join == "" {
			for _, got := range found {
				if got != nil && got != "" {
					return got, nil
				}
			}
			continue
		}
		for _, got := range found {
			if s, ok := scalar(got); ok && s != "" {
				parts = append(parts, s)
			}
		}
	}
	if len(parts) == 0 {
		return nil, nil
	}
	return strings.Join(parts, r.Join), nil
}

// as gives a value the form that our field has.
func (r rule) as(value any) (any, error) {
	s, ok := scalar(value)
	if !ok {
		return nil, errors.New("is a list or an object; name what is meant in it")
	}
	switch r.As {
	case "number":
		return wholeNumber(s)
	case "major":
		return minorUnits(s)
	case "unix", "unix_ms":
		n, err := wholeNumber(s)
		if err != nil {
			return nil, errors.New("is not a time in seconds or milliseconds")
		}
		at := time.Unix(n, 0)
		if r.As == "unix_ms" {
			at = time.UnixMilli(n)
		}
		if at.Year() < 1970 || at.Year() > 9999 {
			return nil, errors.New("is not a time in seconds or milliseconds")
		}
		return at.UTC().Format(time.RFC3339Nano), nil
	}
	return s, nil
}

// wholeNumber reads 12, 12.0 and 1.2e1, since JSON writes numbers as it likes.
func wholeNumber(s string) (int64, error) {
	if n, err := strconv.ParseInt(strings.TrimSpace(s), 10, 64); err == nil {
		return n, nil
	}
	r, err := exact(s)
	if err != nil || !r.IsInt() || !r.Num().IsInt64() {
		return 0, errors.New("is not a whole number")
	}
	return r.Num().Int64(), nil
}

// minorUnits reads an amount in roubles, dollars and so on, with a comma or a
// point, and spaces between thousands, as an amount in kopecks or cents. It does
// not pass through a float.
func minorUnits(s string) (int64, error) {
	s = strings.Map(func(c rune) rune {
		switch c {
		case ' ', '\u00a0', '\u202f', '_', '\'':
			return -1
		}
		return c
	}, s)
	if strings.Count(s, ",") == 1 && !strings.Contains(s, ".") {
		s = strings.Replace(s, ",", ".", 1)
	}
	r, err := exact(s)
	if err != nil {
		return 0, errors.New("is not an amount such as 1234.50")
	}
	r.Mul(r, big.NewRat(100, 1))
	if !r.IsInt() || !r.Num().IsInt64() {
		return 0, errors.New("is not an amount such as 1234.50")
	}
	return r.Num().Int64(), nil
}

// exact reads a decimal number. The exponent is bounded: 1e999999999 would take
// all memory there is.
func exact(s string) (*big.Rat, error) {
	if len(s) > 40 {
		return nil, errors.New("too long")
	}
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		if n, err := strconv.Atoi(strings.TrimPrefix(s[i+1:], "+")); err != nil || n > 20 || n < -20 {
			return nil, errors.New("too large")
		}
	}
	if strings.ContainsAny(s, "/xXbBoOpP_") { // what big.Rat takes besides
		return nil, errors.New("not decimal")
	}
	r, ok := new(big.Rat).SetString(s)
	if !ok {
		return nil, errors.New("not a number")
	}
	return r, nil
}

// tree reads a foreign body: JSON, or a form with PHP's brackets.
func tree(contentType string, raw []byte) (any, error) {
	if len(raw) > longestBody {
		return nil, errors.New("the body is too large")
	}
	if kind, _, _ := mime.ParseMediaType(contentType); kind == "application/x-www-form-urlencoded" {
		form, _, err := phpform.Decode(raw)
		if err != nil {
			return nil, errors.New("the body is not a form")
		}
		return formTree(form), nil
	}
	if depth(raw) > deepest {
		return nil, fmt.Errorf("the body is nested more than %d deep", deepest)
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var root any
	if err := dec.Decode(&root); err != nil {
		return nil, errors.New("the body is not JSON")
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows the JSON")
	}
	return root, nil
}

// deepest is how far a body may be nested (reliability §3).
const deepest = 20

// depth counts brackets outside of texts.
func depth(raw []byte) int {
	at, most, inText := 0, 0, false
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; {
		case inText && c == '\\':
			i++
		case c == '"':
			inText = !inText
		case inText:
		case c == '{' || c == '[':
			at++
			most = max(most, at)
		case c == '}' || c == ']':
			at--
		}
	}
	return most
}

// formTree is a form as JSON would have it: keys 0, 1, 2 … make a list.
func formTree(n *phpform.Node) any {
	if n.IsScalar() {
		return n.Text()
	}
	out := map[string]any{}
	asList := n.Len() > 0
	list := make([]any, 0, n.Len())
	for key, child := range n.Sorted() {
		value := formTree(child)
		out[key] = value
		if i, ok := phpform.Index(key); !ok || i != int64(len(list)) {
			asList = false
		}
		list = append(list, value)
	}
	if asList {
		return list
	}
	return out
}

func sortedKeys(m map[string]any) []string { return slices.Sorted(maps.Keys(m)) }
