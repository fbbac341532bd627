package bitrix24sim

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestFormsAreEncodedByteForByteAsPortalsDo(t *testing.T) {
	files, err := filepath.Glob("testdata/webhooks/*.form")
	if err != nil || len(files) < 20 {
		t.Fatalf("found %d forms: %v", len(files), err)
	}
	for _, name := range files {
		t.Run(filepath.Base(name), func(t *testing.T) {
			raw, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			a := &array{}
			a.parseForm(string(raw))
			if got := a.encodeForm(); got != string(raw) {
				t.Errorf("got  %s\nwant %s", got, raw)
			}
		})
	}
}

func TestFormEncodingFollowsPHP(t *testing.T) {
	tests := map[string]struct {
		in   *array
		want string
	}{
		"empty lists and nulls vanish": {row("a", list(), "b", nil, "c", "x"), "c=x"},
		"lists have numbers":           {row("d", list("crm", "DEAL_1")), "d%5B0%5D=crm&d%5B1%5D=DEAL_1"},
		"booleans are digits":          {row("t", true, "f", false), "t=1&f=0"},
		"space is plus, tilde is not":  {row("q", "a b~c"), "q=a+b%7Ec"},
		"Cyrillic is UTF-8":            {row("q", "да"), "q=%D0%B4%D0%B0"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := tt.in.encodeForm(); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestBracketsAreReadAsPHPReadsThem(t *testing.T) {
	tests := map[string]struct{ in, want string }{
		"nested":                 {"fields[TITLE]=x&fields[A][B]=y", `{"fields":{"TITLE":"x","A":{"B":"y"}}}`},
		"percent-encoded":        {"fields%5BTITLE%5D=x+y", `{"fields":{"TITLE":"x y"}}`},
		"empty brackets append":  {"s[]=a&s[]=b", `{"s":["a","b"]}`},
		"numbers then append":    {"s[3]=a&s[]=b", `{"s":{"3":"a","4":"b"}}`},
		"filter prefixes":        {"filter[@ID][0]=1&filter[%3E%3DDATE]=2", `{"filter":{"@ID":["1"],">=DATE":"2"}}`},
		"map replaces a scalar":  {"a=1&a[b]=2", `{"a":{"b":"2"}}`},
		"last value wins":        {"a=1&a=2", `{"a":"2"}`},
		"broken percent sign":    {"a=100%&b=%zz", `{"a":"100%","b":"%zz"}`},
		"no closing bracket":     {"a[b=1", `{"a":"1"}`},
		"batch in a GET":         {"cmd[0]=crm.deal.get%3Fid%3D1", `{"cmd":["crm.deal.get?id=1"]}`},
		"deep nesting is cut":    {"a" + strings.Repeat("[x]", 100) + "=1", ""},
		"value without a name":   {"=x", `{"":"x"}`},
		"name without any value": {"a", `{"a":""}`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			a := &array{}
			a.parseForm(tt.in)
			got := strings.ReplaceAll(string(appendJSON(nil, a)), `\/`, "/")
			if tt.want != "" && got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestJSONIsWrittenAsPHPDoes(t *testing.T) {
	tests := map[string]struct {
		in   any
		want string
	}{
		"empty map is a list":        {&array{}, `[]`},
		"keys 0..n are a list":       {row("0", "a", "1", 2), `["a",2]`},
		"other numbers are a map":    {row("1", "a"), `{"1":"a"}`},
		"order is kept":              {row("b", 1, "a", 2), `{"b":1,"a":2}`},
		"slashes are escaped":        {"a/b\"\\\n\x01", `"a\/b\"\\\n\u0001"`},
		"text is UTF-8":              {"Сделка", `"Сделка"`},
		"whole floats have no point": {19000.0, `19000`},
		"a true empty object":        {object{}, `{}`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := string(appendJSON(nil, tt.in)); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func FuzzForm(f *testing.F) {
	for _, s := range []string{"a[b][]=1&a[b][]=2", "a[[=1", "%5B=]", "a[0][1][2]=x&a[0]=y"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a := &array{}
		a.parseForm(s)
		_ = a.encodeForm()
		if b := appendJSON(nil, a); !json.Valid(b) {
			t.Errorf("%q became %s", s, b)
		}
	})
}
