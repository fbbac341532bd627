// Package corpus holds our own sentences about parting, kind and unkind, on
// which the tone guard is built and measured.
package corpus

import (
	"bufio"
	"embed"
	"fmt"
	"hash/fnv"
	"strings"
)

//go:embed *.txt
var files embed.FS

// Item is one labelled sentence.
type Item struct {
	Lang, Text   string
	Rule         string // pass, or the rule it breaks
	Kind, Intent string
	Paraphrase   bool // says it round about
}

// perLine is how many variants of a line are made at most.
const perLine = 5

// Load makes the sentences of all files, always the same in the same order.
func Load() ([]Item, error) {
	var all []Item
	for _, name := range []string{"ru_bad", "ru_good", "en_bad", "en_good"} {
		f, err := files.Open(name + ".txt")
		if err != nil {
			return nil, err
		}
		head := Item{Lang: name[:2]}
		sc := bufio.NewScanner(f)
		for sc.Scan() {
			line := sc.Text()
			if h, ok := strings.CutPrefix(line, "# "); ok {
				head = header(head.Lang, h)
				continue
			}
			if line == "" {
				continue
			}
			it := head
			line, it.Paraphrase = strings.CutPrefix(line, "~")
			for _, text := range variants(line) {
				it.Text = text
				all = append(all, it)
			}
		}
		if err := sc.Err(); err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
	}
	return all, nil
}

func header(lang, h string) Item {
	it := Item{Lang: lang}
	for i, w := range strings.Fields(h) {
		k, v, _ := strings.Cut(w, "=")
		switch {
		case i == 0:
			it.Rule = w
		case k == "kind":
			it.Kind = v
		case k == "intent":
			it.Intent = v
		}
	}
	if it.Rule == "persuade_after_final" {
		it.Intent = "final"
	}
	return it
}

// variants writes out a line with {one|another} of its choices, spread evenly
// over all of them.
func variants(line string) []string {
	var fixed []string
	var choices [][]string
	rest := line
	for {
		before, after, ok := strings.Cut(rest, "{")
		fixed = append(fixed, before)
		if !ok {
			break
		}
		inside, tail, _ := strings.Cut(after, "}")
		choices = append(choices, strings.Split(inside, "|"))
		rest = tail
	}
	var out []string
	seen := map[string]bool{}
	for k := range perLine {
		var b strings.Builder
		b.WriteString(fixed[0])
		for i, c := range choices {
			pick := (k + int(hash(line+fmt.Sprint(k, i))%2)) % len(c)
			if k < len(c) {
				pick = k
			}
			b.WriteString(c[pick])
			b.WriteString(fixed[i+1])
		}
		text := strings.TrimSpace(b.String())
		if !seen[text] {
			seen[text] = true
			out = append(out, text)
		}
	}
	return out
}

func hash(s string) uint32 {
	h := fnv.New32a()
	h.Write([]byte(s))
	return h.Sum32()
}
