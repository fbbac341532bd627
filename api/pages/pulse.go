package pages

import (
	"net/http"
	"strconv"
)

// Pulse is the page that asks a client who stays what could be better.
type Pulse struct {
	Visit
	Contract    string // its number; may be empty
	Mark        *int   // what was just posted
	Text        string
	Unconfirmed bool // a POST came without the button pressed
	Problem     bool // neither a mark nor a word, or too long
	Thanks      bool // the answer is taken
	Max         int  // of the text, in characters
}

type pulsePage struct {
	Pulse
	Marks []option
}

// Pulse answers with the question, or with thanks. The status is 422 when there
// is a mistake to show.
func (p *Pages) Pulse(w http.ResponseWriter, v Pulse) error {
	page := pulsePage{Pulse: v}
	for n := range 11 {
		page.Marks = append(page.Marks, option{strconv.Itoa(n), strconv.Itoa(n), v.Mark != nil && *v.Mark == n})
	}
	status, title := http.StatusOK, "pulse.title"
	switch {
	case v.Problem:
		status, title = http.StatusUnprocessableEntity, "survey.title_problem"
	case v.Thanks:
		title = "pulse.thanks.title"
	}
	return p.render(w, status, "pulse", title, v.Visit, nil, page)
}
