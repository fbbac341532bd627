package phpform

import (
	"cmp"
	"iter"
	"slices"
	"strconv"
)

// Node is one place in the tree: a scalar, or an ordered map of further nodes.
// All methods may be called on a nil Node, which is an absent place.
type Node struct {
	key      string
	text     string
	isMap    bool
	children []*Node
	byKey    map[string]*Node // built once the children are many
	next     int              // the key that [] appends under
}

// Below this many children a plain scan is faster than a map.
const fewChildren = 12

// Key returns the last segment of the node's name.
func (n *Node) Key() string {
	if n == nil {
		return ""
	}
	return n.key
}

// IsMap reports whether the node holds other nodes.
func (n *Node) IsMap() bool { return n != nil && n.isMap }

// IsScalar reports whether the node is there and holds a text.
func (n *Node) IsScalar() bool { return n != nil && !n.isMap }

// Text returns the scalar at path below n; a map and an absent place are "".
func (n *Node) Text(path ...string) string {
	at := n.Get(path...)
	if at == nil || at.isMap {
		return ""
	}
	return at.text
}

// Get returns the node at path below n, or nil.
func (n *Node) Get(path ...string) *Node {
	for _, key := range path {
		if n == nil {
			return nil
		}
		n = n.child(key)
	}
	return n
}

// Has reports whether there is anything at path below n.
func (n *Node) Has(path ...string) bool { return n.Get(path...) != nil }

// Len returns how many children the node has.
func (n *Node) Len() int {
	if n == nil {
		return 0
	}
	return len(n.children)
}

// All yields the children in the order in which their keys first came.
func (n *Node) All() iter.Seq2[string, *Node] {
	return func(yield func(string, *Node) bool) {
		if n == nil {
			return
		}
		for _, c := range n.children {
			if !yield(c.key, c) {
				return
			}
		}
	}
}

// Sorted yields the children with numeric keys by rising number, then the
// others in the order in which they came.
func (n *Node) Sorted() iter.Seq2[string, *Node] {
	return func(yield func(string, *Node) bool) {
		if n == nil {
			return
		}
		sorted := slices.Clone(n.children)
		slices.SortStableFunc(sorted, func(a, b *Node) int {
			x, xIsNumber := Index(a.key)
			y, yIsNumber := Index(b.key)
			switch {
			case xIsNumber && yIsNumber:
				return cmp.Compare(x, y)
			case xIsNumber:
				return -1
			case yIsNumber:
				return 1
			}
			return 0
		})
		for _, c := range sorted {
			if !yield(c.key, c) {
				return
			}
		}
	}
}

// Leaves yields every scalar at or below n, in order.
func (n *Node) Leaves() iter.Seq[string] {
	return func(yield func(string) bool) { n.leaves(yield) }
}

func (n *Node) leaves(yield func(string) bool) bool {
	switch {
	case n == nil:
		return true
	case !n.isMap:
		return yield(n.text)
	}
	for _, c := range n.children {
		if !c.leaves(yield) {
			return false
		}
	}
	return true
}

// Index returns the number that a key spells as PHP spells list indexes:
// decimal, without sign and leading zeros.
func Index(key string) (int64, bool) {
	if key == "" || len(key) > 18 || (key[0] == '0' && len(key) > 1) {
		return 0, false
	}
	for i := range len(key) {
		if key[i] < '0' || key[i] > '9' {
			return 0, false
		}
	}
	i, err := strconv.ParseInt(key, 10, 64)
	return i, err == nil
}

func (n *Node) child(key string) *Node {
	if n.byKey != nil {
		return n.byKey[key]
	}
	for _, c := range n.children {
		if c.key == key {
			return c
		}
	}
	return nil
}

// at returns the child under key and makes it when it is not there. A scalar
// that is asked for children becomes a map: the later wins.
func (n *Node) at(key string) *Node {
	if !n.isMap {
		n.isMap, n.text = true, ""
	}
	if c := n.child(key); c != nil {
		return c
	}
	c := &Node{key: key}
	n.children = append(n.children, c)
	switch {
	case n.byKey != nil:
		n.byKey[key] = c
	case len(n.children) > fewChildren:
		n.byKey = make(map[string]*Node, 2*len(n.children))
		for _, c := range n.children {
			n.byKey[c.key] = c
		}
	}
	if i, ok := Index(key); ok && i >= int64(n.next) {
		n.next = int(i) + 1
	}
	return c
}

// set makes the node a scalar, whatever it was.
func (n *Node) set(text string) {
	*n = Node{key: n.key, text: text}
}

// drop takes the child under key away.
func (n *Node) drop(key string) {
	delete(n.byKey, key)
	if last := len(n.children) - 1; n.children[last].key == key {
		n.children = n.children[:last]
		return
	}
	n.children = slices.DeleteFunc(n.children, func(c *Node) bool { return c.key == key })
}
