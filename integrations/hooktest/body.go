// Package hooktest reads bodies of hooks that were written down pair by pair,
// and puts them into every form in which they may arrive. It serves tests only.
package hooktest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"opendoor/offboarding"
)

// Body is a hook as it was written down.
type Body struct {
	Name  string
	Want  []string // what must be understood, sorted; see Says
	get   bool
	query string
	pairs []pair
}

type pair struct{ key, value string }

// Read reads a file of bodies. A body begins with "== name"; a line is a pair
// key=value, a block "@name" of shared, "GET query" or "QUERY query"; what must
// be understood follows "->". What stands before the first body is a comment.
func Read(t testing.TB, file string, shared map[string]string) []Body {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut("\n"+string(raw), "\n== ")
	var bodies []Body
	for part := range strings.SplitSeq(text, "\n== ") {
		lines := strings.Split(strings.TrimRight(part, "\n"), "\n")
		b := Body{Name: lines[0]}
		for _, line := range lines[1:] {
			b.read(t, line, shared)
		}
		if len(b.Want) == 0 {
			t.Fatalf("%s: nobody says what %q means", file, b.Name)
		}
		slices.Sort(b.Want)
		bodies = append(bodies, b)
	}
	return bodies
}

func (b *Body) read(t testing.TB, line string, shared map[string]string) {
	t.Helper()
	if want, ok := strings.CutPrefix(line, "-> "); ok {
		b.Want = append(b.Want, want)
	} else if name, ok := strings.CutPrefix(line, "@"); ok {
		if shared[name] == "" {
			t.Fatalf("%s: there is no block %q", b.Name, name)
		}
		for l := range strings.SplitSeq(shared[name], "\n") {
			b.read(t, l, nil)
		}
	} else if query, ok := strings.CutPrefix(line, "GET "); ok {
		b.get, b.query = true, query
	} else if query, ok := strings.CutPrefix(line, "QUERY "); ok {
		b.query = query
	} else if key, value, ok := strings.Cut(line, "="); ok {
		b.pairs = append(b.pairs, pair{key, value})
	} else if line != "" {
		t.Fatalf("%s: what is %q?", b.Name, line)
	}
}

// Deliveries are the body in every form in which it may arrive.
func (b Body) Deliveries(t testing.TB) map[string]*offboarding.Delivery {
	t.Helper()
	if b.get {
		return map[string]*offboarding.Delivery{"GET": {Origin: offboarding.OriginHook, Method: http.MethodGet, Query: b.query}}
	}
	php := url.QueryEscape // as http_build_query writes it, but for "~", which is left
	forms := map[string]string{
		"PHP":                       b.form(php, php),
		"raw brackets":              b.form(func(s string) string { return s }, php),
		"small hex, %20 for spaces": b.form(small, small),
		"read by hand":              b.form(php, func(s string) string { return strings.NewReplacer("%", "%25", "&", "%26", "+", "%2B").Replace(s) }),
	}
	all := map[string]*offboarding.Delivery{}
	for how, text := range forms {
		all[how] = b.delivery("application/x-www-form-urlencoded", []byte(text))
	}
	if len(b.pairs) == 0 {
		return all
	}
	all["JSON with the form's keys"] = b.delivery("application/json", b.flat(t))
	all["JSON as a tree"] = b.delivery("application/json", b.tree(t))
	return all
}

func (b Body) delivery(contentType string, body []byte) *offboarding.Delivery {
	return &offboarding.Delivery{Origin: offboarding.OriginHook, Method: http.MethodPost, Query: b.query, ContentType: contentType, Body: body}
}

func (b Body) form(key, value func(string) string) string {
	out := make([]string, 0, len(b.pairs))
	for _, p := range b.pairs {
		out = append(out, key(p.key)+"="+value(p.value))
	}
	return strings.Join(out, "&")
}

func small(s string) string {
	var out strings.Builder
	for _, c := range []byte(s) {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' {
			out.WriteByte(c)
		} else {
			fmt.Fprintf(&out, "%%%02x", c)
		}
	}
	return out.String()
}

// flat keeps the order of the pairs and every repetition, which a map would lose.
func (b Body) flat(t testing.TB) []byte {
	t.Helper()
	out := make([]string, 0, len(b.pairs))
	for _, p := range b.pairs {
		out = append(out, quoted(t, p.key)+":"+quoted(t, p.value))
	}
	return []byte("{" + strings.Join(out, ",") + "}")
}

func quoted(t testing.TB, s string) string {
	t.Helper()
	raw, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// tree nests the pairs; the later wins, as in PHP.
func (b Body) tree(t testing.TB) []byte {
	t.Helper()
	root := map[string]any{}
	for _, p := range b.pairs {
		at := root
		segments := strings.Split(strings.ReplaceAll(p.key, "]", ""), "[")
		last := len(segments) - 1
		for _, s := range segments[:last] {
			inner, ok := at[s].(map[string]any)
			if !ok {
				inner = map[string]any{}
				at[s] = inner
			}
			at = inner
		}
		at[segments[last]] = p.value
	}
	raw, err := json.Marshal(root)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// Says spells what was understood as the files do: "malformed", "foreign", or
// for each event its kind and id, then from=, to=, robot, start, at= and
// ignored as they apply. It is sorted: the order of records means nothing.
func Says(u offboarding.Unpacked) []string {
	switch {
	case u.Malformed != "":
		return []string{"malformed"}
	case u.Foreign != "":
		return []string{"foreign"}
	}
	var out []string
	for _, e := range u.Events {
		words := []string{string(e.Kind)}
		if e.EntityID != "" {
			words = append(words, e.EntityID)
		}
		for name, stage := range map[string]*offboarding.StageRef{"from=": e.Hint.From, "to=": e.Hint.To} {
			if stage != nil {
				words = append(words, name+stage.PipelineID+"/"+stage.StageID)
			}
		}
		slices.Sort(words[min(2, len(words)):])
		if e.Hint.Robot {
			words = append(words, "robot")
		}
		if e.Hint.Start {
			words = append(words, "start")
		}
		if !e.Hint.OccurredAt.IsZero() {
			words = append(words, fmt.Sprintf("at=%d", e.Hint.OccurredAt.Unix()))
		}
		if e.Ignore != "" {
			words = append(words, "ignored")
		}
		out = append(out, strings.Join(words, " "))
	}
	slices.Sort(out)
	return out
}
