package generic

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"opendoor/offboarding"
)

var update = flag.Bool("update", false, "rewrite the expected events in testdata")

// golden is one worked example: a mapping, a body, and the events it means.
type golden struct {
	file, comment string
	order         []string
	parts         map[string]string
}

// readGolden reads the txtar format: comment, then files after -- name --.
func readGolden(t *testing.T, file string) *golden {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	g := &golden{file: file, parts: map[string]string{}}
	name := ""
	for line := range strings.Lines(string(raw)) {
		if n, ok := strings.CutPrefix(strings.TrimSpace(line), "-- "); ok && strings.HasSuffix(n, " --") {
			name = strings.TrimSuffix(n, " --")
			g.order = append(g.order, name)
			continue
		}
		if name == "" {
			g.comment += line
		} else {
			g.parts[name] += line
		}
	}
	return g
}

func (g *golden) write(t *testing.T) {
	t.Helper()
	var b strings.Builder
	b.WriteString(g.comment)
	for _, name := range g.order {
		b.WriteString("-- " + name + " --\n" + g.parts[name])
	}
	if err := os.WriteFile(g.file, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestWorkedExamplesOfMappings(t *testing.T) {
	files, err := filepath.Glob("testdata/mapping/*.txtar")
	if err != nil || len(files) < 4 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			g := readGolden(t, file)
			runs, err := connector(t).TryMapping(json.RawMessage(g.parts["mapping.json"]), strings.TrimSpace(g.parts["content-type"]), []byte(strings.TrimSuffix(g.parts["body"], "\n")))
			if err != nil {
				t.Fatal(err)
			}
			type shown struct {
				Event     json.RawMessage `json:"event,omitempty"`
				Kind      string          `json:"kind"`
				ID        string          `json:"id,omitempty"`
				Ignored   string          `json:"ignored,omitempty"`
				Malformed string          `json:"malformed,omitempty"`
			}
			var out []shown
			for _, r := range runs {
				out = append(out, shown{r.Event, string(r.Kind), r.EntityID, r.Ignored, r.Malformed})
			}
			var got bytes.Buffer
			enc := json.NewEncoder(&got)
			enc.SetEscapeHTML(false)
			enc.SetIndent("", "  ")
			if err := enc.Encode(out); err != nil {
				t.Fatal(err)
			}
			if *update {
				g.parts["events.json"] = got.String()
				g.write(t)
			}
			var want, have any
			if err := json.Unmarshal([]byte(g.parts["events.json"]), &want); err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(got.Bytes(), &have); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, have); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWhatIsWrongWithAMappingIsSaidAtOnce(t *testing.T) {
	tests := map[string]struct {
		mapping string
		fields  []string
	}{
		"no JSON":                    {`{`, nil},
		"an unknown member":          {`{"fields":{},"loop":1}`, nil},
		"nothing":                    {`{"fields":{}}`, []string{"fields.type", "fields.deal.id"}},
		"a field of nobody":          {`{"fields":{"type":"a","deal.id":"b","deal.colour":"c"}}`, []string{"fields.deal.colour"}},
		"a rule without a place":     {`{"fields":{"type":{"default":"x"},"deal.id":"b"}}`, []string{"fields.type"}},
		"a form that there is not":   {`{"fields":{"type":{"path":"a","as":"hex"},"deal.id":"b"}}`, []string{"fields.type"}},
		"paths that are none":        {`{"each":"$..x","match":[{"path":"a[b"}],"fields":{"type":"a[","deal.id":"[?a=1]"}}`, []string{"each", "match[0].path", "fields.deal.id", "fields.type"}},
		"a path that never ends":     {`{"fields":{"type":"a` + strings.Repeat(".a", 30) + `","deal.id":"b"}}`, []string{"fields.type"}},
		"a member of a rule unknown": {`{"fields":{"type":{"path":"a","code":"x()"},"deal.id":"b"}}`, []string{"fields.type"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			err := connector(t).CheckMapping(json.RawMessage(tt.mapping))
			var e *offboarding.Error
			if !offboarding.IsKind(err, offboarding.KindInvalid) {
				t.Fatal(err)
			}
			e = err.(*offboarding.Error)
			var got []string
			for _, f := range e.Fields {
				got = append(got, f.Field)
			}
			if diff := cmp.Diff(tt.fields, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAPathFindsWhatItNames(t *testing.T) {
	root, err := tree("application/json", []byte(`{"a":{"b c":[1,{"k":"x","v":"one"},{"k":"y","v":"two"},{"k":7,"v":null}]},"n":12345678901234567890,"e":{}}`))
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		`$.a['b c'][0]`:               "[1]",
		`a["b c"][-1].k`:              "[7]",
		`$.a['b c'][?k=='y'].v`:       `["two"]`,
		`$.a['b c'][?(@.k != 'x')].v`: `["two",null]`,
		`$.a['b c'][?k==7].v`:         `[null]`,
		`$.a['b c'][?k=='7'].k`:       `[7]`,
		`$.a['b c'][?v==null].k`:      `[7]`,
		`$.a.*[*].v`:                  `["one","two",null]`,
		`n`:                           `[12345678901234567890]`,
		`$.e.x`:                       `null`,
		`$.a.b`:                       `null`,
		`$.a['b c'][9]`:               `null`,
		`$`:                           string(mustJSON(t, []any{root})),
	} {
		p, err := parsePath(path)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		found, err := (&visitor{left: 1000}).find(p, root)
		if err != nil {
			t.Errorf("%s: %v", path, err)
		}
		if got := string(mustJSON(t, found)); got != want {
			t.Errorf("%s finds %s, want %s", path, got, want)
		}
	}
	for _, bad := range []string{"", ".", "$.", "a..b", "a[", "a[]", "a[x]", "a[?]", "a[?b]", "a[?b=1]", "a[?b==]", "a[?(b==1]", "a b", "$x", "a[1.5]", "a['x]", "a.b()"} {
		if _, err := parsePath(bad); err == nil {
			t.Errorf("%q is a path", bad)
		}
	}
}

func mustJSON(t testing.TB, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestAmountsDoNotPassThroughFloats(t *testing.T) {
	for s, want := range map[string]int64{"0.1": 10, "12 500,50": 1250050, "1'000": 100000, "-3.20": -320, "90071992547409.93": 9007199254740993, "1e3": 100000, "7": 700} {
		if got, err := minorUnits(s); err != nil || got != want {
			t.Errorf("%q is %d, %v; want %d", s, got, err, want)
		}
	}
	for _, s := range []string{"", "abc", "1.005", "1e999999999", "0x10", "1/3", "1,2,3.4", "99999999999999999999", "NaN", "Inf"} {
		if got, err := minorUnits(s); err == nil {
			t.Errorf("%q is %d", s, got)
		}
	}
}

func TestALargeBodyCostsNoMoreThanItsBudget(t *testing.T) {
	body := []byte(`[` + strings.TrimSuffix(strings.Repeat(`{"a":[1,2,3,4,5,6,7,8,9]},`, 60_000), ",") + `]`)
	_, err := runMapping(json.RawMessage(`{"fields":{"type":"$[*].a[*]","deal.id":"$[*].a[*]"}}`), &offboarding.Delivery{Body: body})
	if err == nil || !strings.Contains(err.Error(), errBudget.Error()) {
		t.Errorf("the budget did not hold: %v", err)
	}
	deep := []byte(strings.Repeat(`{"a":`, 30) + "1" + strings.Repeat("}", 30))
	if _, err := tree("application/json", deep); err == nil {
		t.Error("a body nested thirty deep is read")
	}
	many := []byte(`[` + strings.TrimSuffix(strings.Repeat(`{"id":1},`, 101), ",") + `]`)
	if _, err := runMapping(json.RawMessage(`{"each":"$[*]","fields":{"type":{"value":"client.cancelled"},"deal.id":"id"}}`), &offboarding.Delivery{Body: many}); err == nil {
		t.Error("a body with 101 events is read")
	}
}

func TestOneUnreadableEventDoesNotTakeItsSiblings(t *testing.T) {
	a := *acc
	a.Dialect.Mapping = json.RawMessage(`{"each":"$[*]","fields":{"type":{"value":"client.cancelled"},"deal.id":"id"}}`)
	u := connector(t).Unpack(&a, &offboarding.Delivery{Body: []byte(`[{"id":1},{"no":2},{"id":{"x":1}}]`), ReceivedAt: noon})
	if u.Malformed != "" || len(u.Events) != 3 || u.Events[0].EntityID != "1" || u.Events[0].Ignore != "" || u.Events[1].Ignore == "" || u.Events[2].Ignore == "" {
		t.Fatalf("%+v", u)
	}
}

func TestTheKeyInTheAddressIsAProofOnlyWhereItWasChosen(t *testing.T) {
	c := connector(t)
	unsigned := &offboarding.Delivery{Body: []byte("{}"), ReceivedAt: noon}
	if err := c.Prove(acc, unsigned); err == nil {
		t.Error("an unsigned body is taken although nobody chose that")
	}
	chosen := *acc
	chosen.Dialect.Proof = offboarding.ProofAddressKey
	if err := c.Prove(&chosen, unsigned); err != nil {
		t.Errorf("the key in the address was chosen as proof: %v", err)
	}
	wrong := signed(t, "{}", noon)
	wrong.Body = []byte("{ }")
	if err := c.Prove(&chosen, wrong); err == nil {
		t.Error("a wrong signature is worse than none")
	}
}

func TestWhileASecretIsReplacedBothAreValid(t *testing.T) {
	c := connector(t)
	old := signed(t, "{}", noon)
	a := *acc
	fresh := "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	a.Credentials = offboarding.Credentials{"secret": fresh, "secret_old": secret, "secret_old_until": noon.Add(time.Hour).Format(time.RFC3339)}
	if err := c.Prove(&a, old); err != nil {
		t.Errorf("the old secret: %v", err)
	}
	key, err := ParseSecret(fresh)
	if err != nil {
		t.Fatal(err)
	}
	with := *old
	with.Signature = Sign(key, "msg_1", noon, []byte("{}"))
	if err := c.Prove(&a, &with); err != nil {
		t.Errorf("the new secret: %v", err)
	}
	if got := signAll(c.keys(&a), "msg_1", noon, []byte("{}")); got != with.Signature+" "+old.Signature {
		t.Errorf("results are signed %q", got)
	}
	a.Credentials["secret_old_until"] = noon.Format(time.RFC3339)
	if err := c.Prove(&a, old); err == nil {
		t.Error("the old secret is valid after its time")
	}
}

func FuzzMapping(f *testing.F) {
	files, _ := filepath.Glob("testdata/mapping/*.txtar")
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		_, rest, _ := strings.Cut(string(raw), "-- mapping.json --\n")
		m, rest, _ := strings.Cut(rest, "-- body --\n")
		body, _, _ := strings.Cut(rest, "-- events.json --\n")
		f.Add([]byte(m), "application/json", []byte(body))
	}
	f.Add([]byte(`{"each":"a.*[?b!='x'][*]","fields":{"type":{"paths":["$[-1]"],"map":{"*":true}},"deal.id":"['\\'']"}}`), "application/x-www-form-urlencoded", []byte("a[0][b]=1"))
	c := connector(f)
	f.Fuzz(func(t *testing.T, m []byte, contentType string, body []byte) {
		good := c.CheckMapping(m) == nil
		a := *acc
		a.Dialect.Mapping = m
		u := c.Unpack(&a, &offboarding.Delivery{Body: body, ContentType: contentType, ReceivedAt: noon})
		if !good && u.Malformed == "" {
			t.Fatal("a mapping that is wrong reads bodies")
		}
		for _, e := range u.Events {
			if e.Ignore == "" && (e.EntityID == "" || e.Hint.Signed == nil || e.Hint.OccurredAt.IsZero()) {
				t.Fatalf("a half event: %+v", e)
			}
		}
		if _, err := json.Marshal(u); err != nil {
			t.Fatal(err)
		}
	})
}
