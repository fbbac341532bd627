package bitrix24

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"strings"

	"opendoor/integrations/phpform"
	"opendoor/offboarding"
)

// errRefused says nothing about the reason: a caller who guesses should not
// learn which part was wrong.
var errRefused = &offboarding.Error{Kind: offboarding.KindUnauthorized, Msg: "the delivery did not prove its origin"}

// Prove compares the application_token of an event with the ones that the
// account knows. Robots send none (reference §2.2): for them the key in the
// address is the proof, but a token that is sent must be right all the same.
func (c *Connector) Prove(acc *offboarding.Account, d *offboarding.Delivery) error {
	if d.Origin == offboarding.OriginPoll {
		return nil
	}
	form := open(d)
	token := form.Get("auth", "application_token")
	if !form.Has("event") && token == nil {
		return nil
	}
	if !knowsToken(acc, token.Text()) {
		return errRefused
	}
	return nil
}

// knowsToken reports whether sent is one of the account's tokens. Each outgoing
// webhook of a portal has a token of its own, so there may be several, with
// commas or spaces between. It takes equally long for every token of the same
// account.
func knowsToken(acc *offboarding.Account, sent string) bool {
	if sent == "" {
		return false
	}
	got := sha256.Sum256([]byte(sent)) // equal lengths for the comparison
	found := 0
	for _, known := range tokens(acc) {
		want := sha256.Sum256([]byte(known))
		found |= subtle.ConstantTimeCompare(got[:], want[:])
	}
	return found == 1
}

func tokens(acc *offboarding.Account) []string {
	return strings.FieldsFunc(acc.Credentials["application_token"], func(r rune) bool {
		return r == ',' || r == ';' || r == ' ' || r == '\n' || r == '\t' || r == '\r'
	})
}

// open reads what a delivery carries: its body, or the query of a robot that
// can only GET. Something unreadable is an empty tree.
func open(d *offboarding.Delivery) *phpform.Node {
	body := bytes.TrimSpace(d.Body)
	if len(body) == 0 || d.Method == http.MethodGet {
		body = []byte(d.Query)
	}
	if len(body) > 0 && body[0] == '{' {
		if tree, _, err := phpform.FromJSON(body); err == nil {
			return tree
		}
	}
	tree, _, err := phpform.Decode(body)
	if err != nil {
		return nil
	}
	return tree
}

// Unpack reads a delivery. A body holds one event at most.
func (c *Connector) Unpack(acc *offboarding.Account, d *offboarding.Delivery) offboarding.Unpacked {
	if d.Origin == offboarding.OriginPoll {
		return unpackPolled(acc, d.Body)
	}
	form := open(d)
	event, malformed := read(acc, d, form)
	if malformed != "" {
		return offboarding.Unpacked{Malformed: malformed}
	}
	event.Hint.OccurredAt = unixTime(form.Text("ts"))
	event.Hint.Start = event.Hint.Robot && form.Text("code") == robotCode && knowsToken(acc, form.Text("auth", "application_token"))

	u := offboarding.Unpacked{}
	member := form.Text("auth", "member_id")
	if member == "" {
		member = form.Text("member_id") // as placements spell it
	}
	ours := cmp.Or(acc.RemoteID, strings.TrimSpace(acc.Credentials["member_id"]))
	switch {
	case ours != "" && member != "" && !strings.EqualFold(ours, member):
		u.RemoteID = member
		u.Foreign = "the body comes from another portal"
		event.Ignore = u.Foreign
	case knowsToken(acc, form.Text("auth", "application_token")):
		u.RemoteID = member // whoever has only the key of the address does not name the account
	}
	u.Events = []offboarding.UnpackedEvent{event}
	return u
}

// read tells events, robots and the rest apart.
func read(acc *offboarding.Account, d *offboarding.Delivery, form *phpform.Node) (event offboarding.UnpackedEvent, malformed string) {
	switch {
	case form.Text("event") != "":
		return readEvent(acc, form)
	case form.Has("event"):
		return event, "the body's event has no name"
	case form.Has("document_id"):
		return readRobot(acc, form.Get("document_id"))
	case form.Has("PLACEMENT"):
		return offboarding.UnpackedEvent{Kind: offboarding.OtherEvent, Ignore: "somebody opened a page inside the portal"}, ""
	}
	if d.Method == http.MethodGet || len(bytes.TrimSpace(d.Body)) == 0 {
		for key, value := range form.All() {
			if strings.EqualFold(key, "deal_id") {
				return robotOnDeal(strings.TrimPrefix(strings.ToUpper(value.Text()), "DEAL_"))
			}
		}
	}
	return event, "the body names neither an event nor a document"
}

// readRobot reads the document of a robot's webhook: module, class and id, such
// as crm, CCrmDocumentDeal, DEAL_123 (reference §2.7). The type stands before
// the last "_" of the id.
func readRobot(acc *offboarding.Account, doc *phpform.Node) (event offboarding.UnpackedEvent, malformed string) {
	id := strings.TrimSpace(doc.Text("2"))
	if doc.IsScalar() {
		id = strings.TrimSpace(doc.Text())
	}
	kind, number := "", id
	if i := strings.LastIndexByte(id, '_'); i >= 0 {
		kind, number = strings.ToUpper(id[:i]), id[i+1:]
	}
	if kind == "DEAL" {
		return robotOnDeal(number)
	}
	if !isID(number) {
		return event, "the robot's document has no id"
	}
	event = offboarding.UnpackedEvent{Kind: offboarding.OtherEvent, EntityID: number, Hint: offboarding.Hint{Robot: true}}
	typeID, dynamic := strings.CutPrefix(kind, "DYNAMIC_")
	switch {
	case dynamic:
		event.EntityID = typeID + ":" + number
		if chose(acc, typeID) {
			event.Kind = offboarding.DealStageChanged
			break
		}
		event.Ignore = "a robot works on an item of a smart process; only deals open cases"
	case kind == "CONTACT":
		event.Kind, event.Ignore = "contact.updated", "a robot works on a contact; only deals open cases"
	case kind == "COMPANY":
		event.Kind, event.Ignore = "company.updated", "a robot works on a company; only deals open cases"
	case kind == "LEAD":
		event.Ignore = "a robot works on a lead; only deals open cases"
	case strings.EqualFold(doc.Text("0"), "tasks"):
		event.Kind, event.Ignore = "task.updated", "a robot works on a task; only deals open cases"
	default:
		event.Ignore = "a robot works on a document that is no deal"
	}
	return event, ""
}

func robotOnDeal(id string) (event offboarding.UnpackedEvent, malformed string) {
	if !isID(id) {
		return event, "the robot's deal has no id"
	}
	return offboarding.UnpackedEvent{
		Kind: offboarding.DealStageChanged, EntityID: id, Hint: offboarding.Hint{Robot: true},
	}, ""
}
