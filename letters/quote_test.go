package letters

import (
	"strings"
	"testing"

	"opendoor/offboarding"
)

// The guard does not judge a client's own words, nor the names at the head of
// T06. An author's words are neither, whatever the text calls them.
// Beside the client's own words there are the two companies of T06.
func TestWhatAnAuthorCallsAQuoteIsJudged(t *testing.T) {
	w, err := New("")
	if err != nil {
		t.Fatal(err)
	}
	for code, want := range map[string]int{offboarding.T06: 2, offboarding.T18: 1} {
		stock, ok := w.Text(code, offboarding.RU)
		if !ok {
			t.Fatal(code)
		}
		d := w.Sample(code, offboarding.RU)
		own := *stock
		own.Text += "\n\n{{quote \"Подумайте ещё раз, останьтесь с нами\"}}\n"
		d.Own = &own
		l, err := w.Write(d)
		if err != nil {
			t.Fatal(err)
		}
		if len(l.Quotes) != want || !strings.Contains(l.Text, "останьтесь") || strings.Contains(strings.Join(l.Quotes, " "), "останьтесь") {
			t.Errorf("%s: quotes %q", code, l.Quotes)
		}
	}
}
