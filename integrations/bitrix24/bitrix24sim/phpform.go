package bitrix24sim

import (
	"net/url"
	"strconv"
	"strings"
)

// parseForm reads a PHP query string into a; later values replace earlier ones.
func (a *array) parseForm(query string) {
	for part := range strings.SplitSeq(query, "&") {
		if part == "" {
			continue
		}
		name, val, _ := strings.Cut(part, "=")
		a.setPath(phpUnescape(name), phpUnescape(val))
	}
}

// phpUnescape decodes like PHP: a broken percent sign stays as it is.
func phpUnescape(s string) string {
	if out, err := url.QueryUnescape(s); err == nil {
		return out
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '+':
			b.WriteByte(' ')
		case s[i] == '%' && i+2 < len(s):
			n, err := strconv.ParseUint(s[i+1:i+3], 16, 8)
			if err != nil {
				b.WriteByte('%')
				continue
			}
			b.WriteByte(byte(n))
			i += 2
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

// setPath puts val where a name with brackets points: a[b][], a[b][0].
func (a *array) setPath(name string, val any) {
	open := strings.IndexByte(name, '[')
	if open <= 0 {
		a.set(name, val)
		return
	}
	keys := []string{name[:open]}
	rest := name[open:]
	for len(rest) > 0 && rest[0] == '[' && len(keys) <= maxDepth {
		end := strings.IndexByte(rest, ']')
		if end < 0 {
			break
		}
		keys = append(keys, rest[1:end])
		rest = rest[end+1:]
	}
	cur := a
	for i, key := range keys {
		if i > 0 && key == "" {
			key = strconv.Itoa(cur.next)
		}
		if i == len(keys)-1 {
			cur.set(key, val)
			return
		}
		sub, ok := cur.get(key).(*array)
		if !ok {
			sub = &array{}
			cur.set(key, sub)
		}
		cur = sub
	}
}

// encodeForm writes a the way PHP's http_build_query does: brackets are
// percent-encoded, nulls and empty arrays vanish, true is 1.
func (a *array) encodeForm() string {
	return string(a.appendForm(nil, ""))
}

func (a *array) appendForm(b []byte, prefix string) []byte {
	for _, p := range a.pairs {
		key := phpEscape(p.key)
		if prefix != "" {
			key = prefix + "%5B" + key + "%5D"
		}
		if sub, ok := p.val.(*array); ok {
			b = sub.appendForm(b, key)
			continue
		}
		if p.val == nil {
			continue
		}
		if len(b) > 0 {
			b = append(b, '&')
		}
		b = append(b, key...)
		b = append(b, '=')
		b = append(b, phpEscape(toString(p.val))...)
	}
	return b
}

// phpEscape is PHP's urlencode, which unlike Go's also encodes the tilde.
func phpEscape(s string) string {
	return strings.ReplaceAll(url.QueryEscape(s), "~", "%7E")
}
