package phpform

import (
	"bytes"
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"
)

// The limits of one body. Indexes need none: a list is a map here, so an index
// of a billion costs no more than an index of one.
const (
	MaxBody  = 2 << 20 // bytes; sixty leads of amoCRM are 60 KiB
	MaxPairs = 5000
	MaxDepth = 20  // segments of a key
	MaxKey   = 512 // bytes of a decoded key
)

// ErrTooLarge says that a body is over MaxBody.
var ErrTooLarge = errors.New("body is larger than 2 MiB")

// Dropped counts the pairs that were left out because of a limit.
type Dropped struct {
	Pairs   int // beyond MaxPairs
	Deep    int // beyond MaxDepth
	LongKey int // beyond MaxKey
}

// Any reports whether something was left out.
func (d Dropped) Any() bool { return d != Dropped{} }

// Decode reads a form. Whatever stands in it is read somehow, as PHP does; the
// only error is ErrTooLarge.
func Decode(body []byte) (*Node, Dropped, error) {
	if len(body) > MaxBody {
		return nil, Dropped{}, ErrTooLarge
	}
	root := &Node{isMap: true}
	var dropped Dropped
	pairs := 0
	for key, value := range rawPairs(body) {
		if pairs++; pairs > MaxPairs {
			dropped.Pairs++
			continue
		}
		if len(key) > 3*MaxKey { // longer than MaxKey even if every byte is escaped
			dropped.LongKey++
			continue
		}
		name := clean(unescape(key))
		if len(name) > MaxKey {
			dropped.LongKey++
			continue
		}
		put(root, name, clean(unescape(value)), &dropped)
	}
	return root, dropped, nil
}

// Lookup finds the value of the last pair whose key is spelled exactly so, such
// as auth[application_token], without building the tree; any character of the
// key may be escaped or raw. It judges pairs one by one: in a body whose pairs
// contradict each other Decode may see something else under that key.
func Lookup(body []byte, key string) (string, bool) {
	if len(body) > MaxBody {
		return "", false
	}
	var found []byte
	ok := false
	pairs := 0
	for k, value := range rawPairs(body) {
		if pairs++; pairs > MaxPairs {
			break
		}
		if spells(k, key) {
			found, ok = value, true
		}
	}
	if !ok {
		return "", false
	}
	return clean(unescape(found)), true
}

// rawPairs yields what stands between "&"s, cut at the first "=".
func rawPairs(body []byte) func(yield func(key, value []byte) bool) {
	return func(yield func(key, value []byte) bool) {
		for len(body) > 0 {
			var pair []byte
			pair, body, _ = bytes.Cut(body, []byte{'&'})
			if len(pair) == 0 {
				continue
			}
			key, value, _ := bytes.Cut(pair, []byte{'='})
			if !yield(key, value) {
				return
			}
		}
	}
}

// put stores value under name by PHP's rules for brackets: what follows the
// last "]" is ignored, an unclosed first "[" becomes "_", an unclosed later one
// is ignored, [] appends.
func put(root *Node, name, value string, dropped *Dropped) {
	name = strings.TrimLeft(name, " ")
	base, rest, bracket := strings.Cut(name, "[")
	if base == "" {
		return // PHP registers no variable without a name
	}
	if !bracket {
		root.at(base).set(value)
		return
	}
	if !strings.Contains(rest, "]") {
		root.at(base + "_" + rest).set(value)
		return
	}
	if depth(rest) > MaxDepth-1 {
		dropped.Deep++
		return
	}
	node := root.at(base)
	for bracket {
		segment, after, closed := strings.Cut(rest, "]")
		if !closed {
			break
		}
		if segment == "" || (len(segment) == 1 && isSpace(segment[0])) {
			if !node.isMap {
				node.set("")
				node.isMap = true
			}
			segment = strconv.Itoa(node.next)
		}
		node = node.at(segment)
		rest, bracket = strings.CutPrefix(after, "[")
	}
	node.set(value)
}

// depth counts the segments of what follows the first "[" of a name.
func depth(rest string) int {
	n := 0
	for bracket := true; bracket; n++ {
		_, after, closed := strings.Cut(rest, "]")
		if !closed {
			break
		}
		rest, bracket = strings.CutPrefix(after, "[")
	}
	return n
}

func isSpace(b byte) bool { return b == ' ' || (b >= '\t' && b <= '\r') }

// unescape turns "+" into a space and %XX into its byte; a malformed "%" stays.
func unescape(s []byte) string {
	if bytes.IndexByte(s, '%') < 0 && bytes.IndexByte(s, '+') < 0 {
		return string(s)
	}
	var b strings.Builder
	b.Grow(len(s))
	for len(s) > 0 {
		c, size := next(s)
		b.WriteByte(c)
		s = s[size:]
	}
	return b.String()
}

// next decodes the first byte of an escaped text and tells how long its
// spelling is.
func next(s []byte) (byte, int) {
	switch {
	case s[0] == '+':
		return ' ', 1
	case s[0] == '%' && len(s) > 2:
		hi, ok1 := unhex(s[1])
		lo, ok2 := unhex(s[2])
		if ok1 && ok2 {
			return hi<<4 | lo, 3
		}
	}
	return s[0], 1
}

func unhex(c byte) (byte, bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10, true
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}

// spells reports whether the escaped text decodes to want.
func spells(escaped []byte, want string) bool {
	for i := range len(want) {
		if len(escaped) == 0 {
			return false
		}
		c, size := next(escaped)
		if c != want[i] {
			return false
		}
		escaped = escaped[size:]
	}
	return len(escaped) == 0
}

// clean makes a text storable: PostgreSQL refuses NUL and broken UTF-8.
func clean(s string) string {
	if strings.IndexByte(s, 0) >= 0 {
		s = strings.ReplaceAll(s, "\x00", "")
	}
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	return s
}
