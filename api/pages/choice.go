package pages

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// The choices behind /l/{token} (contract §3).
const (
	ChoiceStay     = "stay"
	ChoiceProceed  = "proceed"
	ChoiceComeback = "comeback"
)

// Choice is the page behind /l/{token}. Its buttons carry the choice, so that a
// form that a mail scanner submits by script has none and decides nothing.
type Choice struct {
	Visit
	Possible    []string  // what the state of the case allows now, in the order of the buttons
	Asked       string    // ?choice= of the link; shown alone, decides nothing
	LastDay     time.Time // of service, for proceed; zero: not known yet
	Person      string    // whom to ask; may be empty
	Unconfirmed bool      // a POST came without a choice
	Leaving     bool      // the leaving is under way: to stay is possible, and not what is asked
	Account     bool      // there is a final account to look at
}

type choicePage struct {
	Choice
	Shown   []string
	Others  bool
	LastDay string
	Contest string // the page of the final account
}

// Choice answers with the choices, or the one that was asked for.
func (p *Pages) Choice(w http.ResponseWriter, v Choice) error {
	keep := url.Values{}
	page := choicePage{Choice: v, Shown: v.Possible, LastDay: day(v.LastDay, v.Lang)}
	title := "choice.title"
	if slices.Contains(v.Possible, v.Asked) {
		page.Shown, page.Others = []string{v.Asked}, len(v.Possible) > 1
		title = "choice." + v.Asked + ".title"
		keep.Set("choice", v.Asked)
	}
	for _, c := range v.Possible {
		if c != ChoiceStay && c != ChoiceProceed && c != ChoiceComeback {
			return fmt.Errorf("render the page choice: there is no choice %q", c)
		}
	}
	switch {
	case len(v.Possible) == 0:
		title = "choice.none.title"
	case v.Leaving && v.Asked == "":
		title = "choice.leaving.title"
	}
	if v.Account && v.Asked == "" {
		page.Contest = v.Path + "?" + url.Values{"choice": {ChoiceContest}, "lang": {v.Lang}}.Encode()
	}
	return p.render(w, http.StatusOK, "choice", title, v.Visit, keep, page)
}

// Chosen is the page after a choice, and when it is opened again later.
type Chosen struct {
	Visit
	Choice  string
	LastDay time.Time
	Person  string
}

type chosenPage struct {
	Chosen
	LastDay string
}

// Chosen answers with what happens next.
func (p *Pages) Chosen(w http.ResponseWriter, v Chosen) error {
	switch v.Choice {
	case ChoiceStay, ChoiceProceed, ChoiceComeback:
	default:
		return fmt.Errorf("render the page chosen: there is no choice %q", v.Choice)
	}
	return p.render(w, http.StatusOK, "chosen", "chosen."+v.Choice+".title", v.Visit, nil,
		chosenPage{v, day(v.LastDay, v.Lang)})
}

type noticePage struct {
	Kind      string
	RequestID string
}

// NotFound answers 404 to an address that is unknown, wrong or somebody else's.
func (p *Pages) NotFound(w http.ResponseWriter, v Visit) error {
	return p.notice(w, http.StatusNotFound, "not_found", v, "")
}

// Expired answers 410 to a link whose time is over.
func (p *Pages) Expired(w http.ResponseWriter, v Visit) error {
	return p.notice(w, http.StatusGone, "expired", v, "")
}

// Error answers to anything that went wrong on our side or in the request;
// requestID lets people find it in the log and may be empty.
func (p *Pages) Error(w http.ResponseWriter, v Visit, status int, requestID string) error {
	kind := "error"
	if status == http.StatusTooManyRequests {
		kind = "slow_down"
	}
	return p.notice(w, status, kind, v, requestID)
}

func (p *Pages) notice(w http.ResponseWriter, status int, kind string, v Visit, requestID string) error {
	v.Path = "" // the address leads nowhere, so neither does a language switch
	return p.render(w, status, "notice", kind+".title", v, nil, noticePage{kind, requestID})
}
