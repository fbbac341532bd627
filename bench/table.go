package main

import (
	"fmt"
	"os"
	"strings"
	"text/tabwriter"
)

// table prints rows under a title, in columns.
type table struct {
	w *tabwriter.Writer
}

func newTable(title string, columns ...string) *table {
	fmt.Printf("\n%s\n", title)
	t := &table{w: tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)}
	t.row(toAny(columns)...)
	return t
}

func toAny(words []string) []any {
	out := make([]any, len(words))
	for i, w := range words {
		out[i] = w
	}
	return out
}

func (t *table) row(cells ...any) {
	words := make([]string, len(cells))
	for i, c := range cells {
		words[i] = fmt.Sprint(c)
	}
	fmt.Fprintln(t.w, "  "+strings.Join(words, "\t"))
}

func (t *table) end() { _ = t.w.Flush() }

// progress tells on stderr what is going on; the tables come when they are
// complete.
func progress(format string, args ...any) { fmt.Fprintf(os.Stderr, "… "+format+"\n", args...) }
