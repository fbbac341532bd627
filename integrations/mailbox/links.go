package mailbox

import (
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

var linkInText = regexp.MustCompile(`https?://[^\s<>"']+`)

// links lists the addresses that a reader can follow, each once: those of the
// HTML in their order, then those that only the text has.
func links(markup, text string) []string {
	found := []string{}
	add := func(l string) {
		if (strings.HasPrefix(l, "http://") || strings.HasPrefix(l, "https://")) && !slices.Contains(found, l) {
			found = append(found, l)
		}
	}
	z := html.NewTokenizer(strings.NewReader(markup))
	for {
		switch z.Next() {
		case html.ErrorToken:
			for _, l := range linkInText.FindAllString(text, -1) {
				add(strings.TrimRight(l, ".,;:!?)»”"))
			}
			return found
		case html.StartTagToken, html.SelfClosingTagToken:
			if t := z.Token(); t.Data == "a" {
				for _, a := range t.Attr {
					if a.Key == "href" {
						add(strings.TrimSpace(a.Val))
					}
				}
			}
		}
	}
}
