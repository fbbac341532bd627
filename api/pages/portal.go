package pages

import "net/http"

// Portal is the page behind /h/{token}: the handover for the client or the
// successor. Step code asks for the code, more asks for more time, list shows.
type Portal struct {
	Visit
	Step      string
	Note      string // key of a text that says what has just happened
	Email     string // masked
	Lead      string
	Person    string
	Papers    []PortalPaper
	Items     []PortalItem
	Questions []PortalQuestion
	Receipts  []string
	May       bool // accept and remark: the client, before the signature
	CodeSent  bool // the code of the signature is on its way
	Rules     string
	Signed    string
	Beside    []PortalSigned
	Contest   string // where lines of the final account are contested; empty: nothing to contest
	MayAsk    bool
	Rate      bool // the successor is asked the one question
	Marks     []int
}

// PortalSigned is a file that stands beside the signed act, as people uploaded it.
type PortalSigned struct{ Href, Name, Size, Sum, What, Came string }

// PortalPaper is something to download.
type PortalPaper struct{ Href, Name, Size string }

// PortalItem is one line of the inventory.
type PortalItem struct {
	ID, Title, Status, Why, File, Size, Sum, Remark string
	Pos                                             int
}

// PortalQuestion is a question with its answer or the day of it.
type PortalQuestion struct{ About, Text, At, Answer, By string }

// Portal answers with the page.
func (p *Pages) Portal(w http.ResponseWriter, status int, v Portal) error {
	return p.render(w, status, "portal", "portal."+v.Step+".title", v.Visit, nil, v)
}
