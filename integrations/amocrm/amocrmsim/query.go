package amocrmsim

import (
	"net/url"
	"slices"
	"sort"
	"strconv"
	"strings"
)

// queryNode is one level of a PHP-style query such as
// filter[statuses][0][status_id]=143.
type queryNode struct {
	value string
	set   bool
	sub   map[string]*queryNode
}

// parseQuery reads a raw query; a pair that cannot be decoded is left out.
func parseQuery(raw string) *queryNode {
	root := &queryNode{}
	values, _ := url.ParseQuery(raw) // keeps what it could read
	keys := make([]string, 0, len(values))
	for key := range values {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	for _, key := range keys {
		for _, v := range values[key] {
			root.put(key, v)
		}
	}
	return root
}

// maxQueryDepth stops a hostile key from building a deep tree.
const maxQueryDepth = 8

func (n *queryNode) put(key, value string) {
	base, rest, _ := strings.Cut(key, "[")
	at := n.child(base)
	for depth := 0; rest != "" && depth < maxQueryDepth; depth++ {
		seg, tail, ok := strings.Cut(rest, "]")
		if !ok {
			break
		}
		if seg == "" {
			seg = strconv.Itoa(len(at.sub))
		}
		at = at.child(seg)
		rest = strings.TrimPrefix(tail, "[")
	}
	at.value, at.set = value, true
}

func (n *queryNode) child(key string) *queryNode {
	if n.sub == nil {
		n.sub = map[string]*queryNode{}
	}
	c := n.sub[key]
	if c == nil {
		c = &queryNode{}
		n.sub[key] = c
	}
	return c
}

// at walks down; a missing level is an empty node, never nil.
func (n *queryNode) at(path ...string) *queryNode {
	for _, p := range path {
		next := n.sub[p]
		if next == nil {
			return &queryNode{}
		}
		n = next
	}
	return n
}

func (n *queryNode) empty() bool { return !n.set && len(n.sub) == 0 }

// all collects the values below n; "a,b" counts as two, as the vendor's SDK
// joins lists with commas.
func (n *queryNode) all() []string {
	var out []string
	if n.set {
		for v := range strings.SplitSeq(n.value, ",") {
			if v = strings.TrimSpace(v); v != "" {
				out = append(out, v)
			}
		}
	}
	keys := make([]string, 0, len(n.sub))
	for k := range n.sub {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	for _, k := range keys {
		out = append(out, n.sub[k].all()...)
	}
	return out
}

func (n *queryNode) ints() []int64 {
	var out []int64
	for _, v := range n.all() {
		if id, err := strconv.ParseInt(v, 10, 64); err == nil {
			out = append(out, id)
		}
	}
	return out
}

// span is a closed range of unix seconds.
type span struct{ from, to int64 }

// span reads "from,to", {from,to} or one single moment.
func (n *queryNode) span() (span, bool) {
	r := span{0, 1<<63 - 1}
	if n.empty() {
		return r, false
	}
	if n.set {
		from, to, two := strings.Cut(n.value, ",")
		r.from, _ = strconv.ParseInt(from, 10, 64)
		r.to = r.from
		if two {
			if v, err := strconv.ParseInt(to, 10, 64); err == nil {
				r.to = v
			} else {
				r.to = 1<<63 - 1
			}
		}
		return r, true
	}
	for name, bound := range map[string]*int64{"from": &r.from, "to": &r.to, "0": &r.from, "1": &r.to} {
		if v, err := strconv.ParseInt(n.at(name).value, 10, 64); err == nil {
			*bound = v
		}
	}
	return r, true
}

func (r span) holds(t int64) bool { return t >= r.from && t <= r.to }

// oneOf builds a filter on an id: no values means that everything passes.
func (n *queryNode) oneOf() func(int64) bool {
	if n.empty() {
		return func(int64) bool { return true }
	}
	ids := n.ints()
	if len(ids) > 8 {
		set := make(map[int64]bool, len(ids))
		for _, id := range ids {
			set[id] = true
		}
		return func(id int64) bool { return set[id] }
	}
	return func(id int64) bool { return slices.Contains(ids, id) }
}
