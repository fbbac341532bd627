package pages

import (
	"net/http"
	"time"
)

// Tab is our page inside the card of a deal, for the company's own people.
type Tab struct {
	Visit
	HasCase bool
	No      int64
	State   string // its label
	Client  string
	Reason  string // its label; empty: none yet, or not to be read here
	Shield  bool   // there is an answer, but only a manager may read it
	NPS     *int
	Comment string
	Step    string    // code of the next step
	At      time.Time // of the next step; zero: no date
	Paused  bool
	Actions []string
	Version int
	Token   string
	Done    bool   // an action was just done
	Problem string // code of what stood in the way: stale, rule, away
}

type tabPage struct {
	Tab
	When string
	Act  string
}

// Tab answers with the page. It may be shown in a frame of v.Frame.
func (p *Pages) Tab(w http.ResponseWriter, v Tab) error {
	page := tabPage{Tab: v, When: day(v.At, v.Lang), Act: v.Path + "/act"}
	title := "tab.title"
	if !v.HasCase {
		title = "tab.none.title"
	}
	v.Path = "" // the page answers a POST: there is nothing to switch the language of
	return p.render(w, http.StatusOK, "tab", title, v.Visit, nil, page)
}
