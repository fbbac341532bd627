package phpform_test

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"opendoor/integrations/phpform"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// flat spells a tree as "path=value" lines in order, for comparing.
func flat(n *phpform.Node) []string {
	lines := []string{}
	var walk func(prefix string, n *phpform.Node)
	walk = func(prefix string, n *phpform.Node) {
		if !n.IsMap() {
			lines = append(lines, prefix+"="+n.Text())
			return
		}
		for key, c := range n.All() {
			walk(strings.TrimPrefix(prefix+"/"+key, "/"), c)
		}
	}
	walk("", n)
	return lines
}

func TestFormsAreReadAsPHPReadsThem(t *testing.T) {
	tests := map[string]struct {
		body string
		want []string
	}{
		"escaped brackets":                     {"leads%5Bstatus%5D%5B0%5D%5Bid%5D=17", []string{"leads/status/0/id=17"}},
		"raw brackets":                         {"leads[status][0][id]=17", []string{"leads/status/0/id=17"}},
		"plus is a space, %2B a plus":          {"a=one+two%2Bthree", []string{"a=one two+three"}},
		"lower-case hex":                       {"a=%d0%94", []string{"a=Д"}},
		"a raw semicolon stays":                {"a=1;b=2&c;d=3", []string{"a=1;b=2", "c;d=3"}},
		"a bad percent stays literal":          {"a=100%&b=5%zz&c=%4", []string{"a=100%", "b=5%zz", "c=%4"}},
		"cut at the first equals sign":         {"a=b=c", []string{"a=b=c"}},
		"no equals sign at all":                {"a&b[x]", []string{"a=", "b/x="}},
		"empty pairs are nothing":              {"&&a=1&&", []string{"a=1"}},
		"a value without a name is nothing":    {"=1&[x]=2", []string{}},
		"spaces before the name go away":       {"++a=1", []string{"a=1"}},
		"invalid UTF-8 is replaced":            {"a=x%ffy", []string{"a=x\uFFFDy"}},
		"NUL is removed from keys and values":  {"a%00b=x%00y", []string{"ab=xy"}},
		"gaps in indexes are kept":             {"a[7]=x&a[3]=y", []string{"a/7=x", "a/3=y"}},
		"an index of a billion costs nothing":  {"a[1000000000][ID]=1", []string{"a/1000000000/ID=1"}},
		"string indexes":                       {"a[x y]=1&a[-1]=2&a[05]=3", []string{"a/x y=1", "a/-1=2", "a/05=3"}},
		"empty brackets append":                {"a[]=x&a[]=y&a[9]=z&a[]=w", []string{"a/0=x", "a/1=y", "a/9=z", "a/10=w"}},
		"append of records":                    {"a[][id]=1&a[][id]=2", []string{"a/0/id=1", "a/1/id=2"}},
		"a space in brackets appends too":      {"a[+]=x", []string{"a/0=x"}},
		"repeated scalar, the last wins":       {"a=1&b=2&a=3", []string{"a=3", "b=2"}},
		"a map after a scalar wins":            {"a=1&a[b]=2", []string{"a/b=2"}},
		"a scalar after a map wins":            {"a[b]=1&a[c]=2&a=3", []string{"a=3"}},
		"appending to a scalar makes a list":   {"a=1&a[]=2", []string{"a/0=2"}},
		"an unclosed first bracket":            {"a[b=1", []string{"a_b=1"}},
		"an unclosed later bracket is ignored": {"a[b][c=1", []string{"a/b=1"}},
		"what follows the last bracket":        {"a[b]c=1&d[e]f[g]=2", []string{"a/b=1", "d/e=2"}},
		"a bracket inside brackets":            {"a[[b]]=1", []string{"a/[b=1"}},
		"a closing bracket alone":              {"a]=1", []string{"a]=1"}},
		"dots stay, nobody makes variables":    {"a.b=1", []string{"a.b=1"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			root, dropped, err := phpform.Decode([]byte(tt.body))
			if err != nil || dropped.Any() {
				t.Fatalf("dropped %+v, err %v", dropped, err)
			}
			if diff := cmp.Diff(tt.want, flat(root)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestLimitsDropThePairAndKeepItsSiblings(t *testing.T) {
	deepest := "a" + strings.Repeat("[x]", phpform.MaxDepth-1)
	tests := map[string]struct {
		body    string
		leaves  int
		dropped phpform.Dropped
	}{
		"as deep as allowed":     {deepest + "=1", 1, phpform.Dropped{}},
		"one deeper":             {deepest + "[x]=1&b=2", 1, phpform.Dropped{Deep: 1}},
		"absurdly many brackets": {"a" + strings.Repeat("[", 500) + "]=1&b=2", 2, phpform.Dropped{}},
		"longest key":            {strings.Repeat("k", phpform.MaxKey) + "=1", 1, phpform.Dropped{}},
		"key too long":           {strings.Repeat("k", phpform.MaxKey+1) + "=1&b=2", 1, phpform.Dropped{LongKey: 1}},
		"key far too long":       {strings.Repeat("k", 1<<20) + "=1&b=2", 1, phpform.Dropped{LongKey: 1}},
		"too many pairs":         {strings.Repeat("a[]=1&", phpform.MaxPairs+3), phpform.MaxPairs, phpform.Dropped{Pairs: 3}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			root, dropped, err := phpform.Decode([]byte(tt.body))
			if err != nil {
				t.Fatal(err)
			}
			if n := len(slices.Collect(root.Leaves())); n != tt.leaves || dropped != tt.dropped {
				t.Errorf("%d leaves, dropped %+v; want %d, %+v", n, dropped, tt.leaves, tt.dropped)
			}
		})
	}
	if _, _, err := phpform.Decode(make([]byte, phpform.MaxBody+1)); err != phpform.ErrTooLarge {
		t.Errorf("a body over the limit: %v", err)
	}
	if _, _, err := phpform.FromJSON(make([]byte, phpform.MaxBody+1)); err != phpform.ErrTooLarge {
		t.Errorf("a json body over the limit: %v", err)
	}
}

func TestJSONGivesTheSameTreeAsTheForm(t *testing.T) {
	tests := map[string]struct {
		json string
		want []string
	}{
		"lists":                        {`{"leads":{"status":[{"id":17},{"id":"18"}]}}`, []string{"leads/status/0/id=17", "leads/status/1/id=18"}},
		"objects with numeric keys":    {`{"leads":{"status":{"3":{"id":17}}}}`, []string{"leads/status/3/id=17"}},
		"big numbers stay exact":       {`{"id":9223372036854775807}`, []string{"id=9223372036854775807"}},
		"booleans":                     {`{"a":true,"b":false}`, []string{"a=1", "b=0"}},
		"null and empty are absent":    {`{"a":null,"b":[],"c":{"d":{}},"e":""}`, []string{"e="}},
		"flat keys with brackets":      {`{"leads[status][0][id]":"17"}`, []string{"leads/status/0/id=17"}},
		"a list at the top":            {`[{"a":1}]`, []string{"0/a=1"}},
		"later wins":                   {`{"a":{"x":1},"b":2,"a":{"y":3}}`, []string{"a/y=3", "b=2"}},
		"NUL and bad surrogates clean": {`{"a\u0000b":"x\u0000\ud800"}`, []string{"ab=x\uFFFD"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			root, dropped, err := phpform.FromJSON([]byte(tt.json))
			if err != nil || dropped.Any() {
				t.Fatalf("dropped %+v, err %v", dropped, err)
			}
			if diff := cmp.Diff(tt.want, flat(root)); diff != "" {
				t.Error(diff)
			}
		})
	}
	for _, bad := range []string{"", "null", "7", `"x"`, "{", `{"a":`, `{"a":1}x`, "[1,]"} {
		if _, _, err := phpform.FromJSON([]byte(bad)); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
	deep := strings.Repeat(`{"a":`, phpform.MaxDepth+5) + "1" + strings.Repeat("}", phpform.MaxDepth+5)
	if root, dropped, err := phpform.FromJSON([]byte(deep)); err != nil || dropped.Deep != 1 || root.Len() != 0 {
		t.Errorf("deep json: %v, dropped %+v, err %v", flat(root), dropped, err)
	}
}

func TestSortedPutsRecordsInTheOrderOfTheirIndexes(t *testing.T) {
	root, _, _ := phpform.Decode([]byte("a[10]=x&a[note]=y&a[9]=z&a[05]=w"))
	var keys []string
	for key := range root.Get("a").Sorted() {
		keys = append(keys, key)
	}
	if want := []string{"9", "10", "note", "05"}; !slices.Equal(keys, want) {
		t.Errorf("got %v, want %v", keys, want)
	}
}

func TestLookupFindsOneKeyWithoutTheTree(t *testing.T) {
	const key = "auth[application_token]"
	tests := map[string]struct {
		body, want string
		ok         bool
	}{
		"raw brackets":       {"event=X&auth[application_token]=abc&ts=1", "abc", true},
		"escaped":            {"auth%5Bapplication_token%5D=a%2Bc", "a+c", true},
		"lower-case escapes": {"auth%5bapplication_token%5d=abc", "abc", true},
		"the last wins":      {"auth[application_token]=x&auth[application_token]=y", "y", true},
		"empty value":        {"auth[application_token]=", "", true},
		"absent":             {"auth[application_token2]=x&auth[application_toke]=y", "", false},
		"inside a value":     {"a=auth[application_token]=x", "", false},
		"beyond the limit":   {strings.Repeat("a=1&", phpform.MaxPairs) + key + "=x", "", false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got, ok := phpform.Lookup([]byte(tt.body), key); got != tt.want || ok != tt.ok {
				t.Errorf("got %q, %v", got, ok)
			}
		})
	}
}

func TestLookupAllocatesOnlyItsAnswer(t *testing.T) {
	body := []byte(strings.Repeat("data%5BFIELDS%5D%5BID%5D=1&", 50) + "auth%5Bapplication_token%5D=51856fefc120afa4b628cc82d3935cce")
	allocs := testing.AllocsPerRun(100, func() { phpform.Lookup(body, "auth[application_token]") })
	if allocs > 1 {
		t.Errorf("%v allocations", allocs)
	}
}

// encode spells a tree as PHP's http_build_query does.
func encode(pairs map[string]string) string {
	var b []string
	for _, path := range slices.Sorted(maps.Keys(pairs)) {
		segments := strings.Split(path, "\x00")
		name := url.QueryEscape(segments[0])
		for _, s := range segments[1:] {
			name += "%5B" + url.QueryEscape(s) + "%5D"
		}
		b = append(b, name+"="+url.QueryEscape(pairs[path]))
	}
	return strings.Join(b, "&")
}

func TestWhatPHPEncodesIsDecodedUnchanged(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		segment := rapid.StringMatching(`[a-zA-Zа-я0-9_.;%+&=-][a-zа-я0-9 .;%+&=-]{0,6}`)
		value := rapid.StringMatching(`[ -~а-яё€\n\t]{0,12}`)
		pairs := map[string]string{}
		for range rapid.IntRange(0, 40).Draw(t, "pairs") {
			path := strings.Join(rapid.SliceOfN(segment, 1, 6).Draw(t, "path"), "\x00")
			clash := slices.ContainsFunc(slices.Collect(maps.Keys(pairs)), func(other string) bool {
				return strings.HasPrefix(other, path+"\x00") || strings.HasPrefix(path, other+"\x00")
			})
			if !clash {
				pairs[path] = value.Draw(t, "value")
			}
		}
		body := encode(pairs)
		root, dropped, err := phpform.Decode([]byte(body))
		if err != nil || dropped.Any() {
			t.Fatalf("dropped %+v, err %v", dropped, err)
		}
		if got := len(slices.Collect(root.Leaves())); got != len(pairs) {
			t.Fatalf("%d leaves of %d pairs in %s", got, len(pairs), body)
		}
		for path, want := range pairs {
			if got := root.Text(strings.Split(path, "\x00")...); got != want {
				t.Fatalf("%q: got %q, want %q", path, got, want)
			}
		}
	})
}

func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		"leads%5Bstatus%5D%5B0%5D%5Bid%5D=1", "a[b=1&a[]=2&a[b]c=3", "%", "%5", "a=%00%ff", "[[]]", "a=1&a[b]=2&a=3;4",
		`{"leads":{"status":[{"id":1}]}}`, `[[],{"a[]":true}]`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		root, _, err := phpform.Decode(body)
		if err == nil {
			storable(t, root)
		}
		if root, _, err := phpform.FromJSON(body); err == nil {
			storable(t, root)
		}
		phpform.Lookup(body, "a[b]")
	})
}

func storable(t *testing.T, n *phpform.Node) {
	t.Helper()
	if !utf8.ValidString(n.Key()+n.Text()) || strings.Contains(n.Key()+n.Text(), "\x00") {
		t.Fatalf("not storable: %q=%q", n.Key(), n.Text())
	}
	sorted := 0
	for _, c := range n.Sorted() {
		sorted++
		storable(t, c)
	}
	if sorted != n.Len() {
		t.Fatalf("%d of %d children", sorted, n.Len())
	}
	for key, c := range n.All() {
		if n.Get(key) != c {
			t.Fatalf("%q is not found under its key", key)
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	var body strings.Builder
	for i := range 60 {
		for _, field := range []string{"id", "status_id", "old_status_id", "pipeline_id", "updated_at", "name"} {
			fmt.Fprintf(&body, "leads%%5Bstatus%%5D%%5B%d%%5D%%5B%s%%5D=12345&", i, field)
		}
	}
	b.SetBytes(int64(body.Len()))
	for b.Loop() {
		if _, _, err := phpform.Decode([]byte(body.String())); err != nil {
			b.Fatal(err)
		}
	}
}
