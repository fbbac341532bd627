package pages

import (
	"net/http"
	"net/url"
	"time"
)

// The choices behind /l/{token} that are about the final account.
const (
	ChoiceContest = "contest"
	ChoiceAgree   = "agree"
)

// Settlement is the page on which a client looks at the final account and
// contests a line. Its buttons carry the choice, as on the page of choices.
type Settlement struct {
	Visit
	Lines       []SettlementLine
	Total       string // «1 240,00 ₽»; empty: there is nothing to show yet
	Refund      bool   // the total is ours to pay
	DueOn       time.Time
	Person      string // whom to ask; may be empty
	MayContest  bool
	MayAgree    bool
	Agreed      bool
	Settled     bool
	Unconfirmed bool // a POST came without a choice
	TooLong     bool // a text came that cannot be kept
	Heard       bool // an objection has just been recorded
}

// SettlementLine is one line of the account, in words and figures.
type SettlementLine struct {
	ID            string
	What          string
	Basis         string
	Justification string
	Amount        string
	Contested     bool   // the objection waits for an answer
	Objection     string // what the client wrote
	Answer        string // what we said to it
}

type settlementPage struct {
	Settlement
	DueOn string
	Max   int
}

const maxObjection = 4000

// Settlement answers with the final account.
func (p *Pages) Settlement(w http.ResponseWriter, v Settlement) error {
	title := "settlement.title"
	switch {
	case v.Total == "":
		title = "settlement.none.title"
	case v.Heard:
		title = "settlement.heard.title"
	}
	return p.render(w, http.StatusOK, "settlement", title, v.Visit, url.Values{"choice": {ChoiceContest}}, settlementPage{v, day(v.DueOn, v.Lang), maxObjection})
}
