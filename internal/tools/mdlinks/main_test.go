package main

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

func TestBrokenLinksAreFound(t *testing.T) {
	tests := map[string]struct {
		text string
		want string // part of the one finding; empty: none
	}{
		"a file":                    {text: "[a](docs/a.md)"},
		"a folder":                  {text: "[a](docs/)"},
		"a picture with a title":    {text: `![a](docs/a.png "A")`},
		"a heading":                 {text: "[a](docs/a.md#the-way-of-one-webhook)"},
		"a Russian heading":         {text: "[a](docs/a.md#%D0%BF%D1%83%D1%82%D1%8C-1)"},
		"the second of two":         {text: "[a](docs/a.md#same-1)"},
		"an anchor by hand":         {text: "[a](docs/a.md#sizes)"},
		"a heading of this page":    {text: "# Here\n[a](#here)"},
		"another site":              {text: "[a](https://example.com/none#x) <a href='x'>"},
		"an address":                {text: "[a](mailto:a@example.com)"},
		"a link in code":            {text: "`[a](none.md)`"},
		"a link in a block of code": {text: "```\n[a](none.md)\n```"},
		"a block in a block":        {text: "````\n```\n[a](none.md)\n```\n[a](none.md)\n````"},
		"a definition":              {text: "[a]: docs/a.md"},
		"brackets in a name":        {text: "[a](docs/b(1).md)"},

		"no file":             {text: "text\n[a](none.md)", want: "README.md:2: none.md: there is no such file"},
		"no file after code":  {text: "```\n```\n[a](none.md)", want: "README.md:3: none.md"},
		"outside":             {text: "[a](../x.md)", want: "no such file"},
		"no heading":          {text: "[a](docs/a.md#nothing)", want: "no such heading"},
		"no heading here":     {text: "[a](#nothing)", want: "no such heading"},
		"a heading in code":   {text: "```\n# Here\n```\n[a](#here)", want: "no such heading"},
		"no file, definition": {text: "[a]: none.md", want: "none.md"},
		"the second of three": {text: "[a](docs/a.md) [b](none.md) [c](docs/)", want: "none.md"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			root := fstest.MapFS{
				"README.md":                    {Data: []byte(tt.text)},
				"docs/a.md":                    {Data: []byte("# The way of *one* `webhook`\n## Путь 1\n## Same\n## Same\n<a id=\"sizes\"></a>\n")},
				"docs/a.png":                   {},
				"docs/b(1).md":                 {},
				"e2e/node_modules/x/README.md": {Data: []byte("[a](none.md)")},
			}
			broken, err := check(root)
			if err != nil {
				t.Fatal(err)
			}
			found := slices.ContainsFunc(broken, func(b string) bool { return strings.Contains(b, tt.want) })
			if tt.want == "" && len(broken) != 0 || tt.want != "" && (len(broken) != 1 || !found) {
				t.Errorf("found %q, want %q", broken, tt.want)
			}
		})
	}
}
