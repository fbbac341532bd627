package amocrm

import (
	"bytes"
	"net/url"
	"strings"

	"opendoor/integrations/phpform"
	"opendoor/offboarding"
)

// maxRecords bounds what one body may ask of us; bulk actions of the CRM's own
// list view were seen with 60 leads.
const maxRecords = 1000

// body is a webhook as it was read.
type body struct {
	AccountID string // account[id], otherwise account_id of a record
	Subdomain string
	Records   []record
	Dropped   int // records without a usable id or over the limit, pairs over the limits
}

// Unpack reads a webhook, or a body of our own poll.
func (c *Connector) Unpack(acc *offboarding.Account, d *offboarding.Delivery) offboarding.Unpacked {
	if e, ok := readPolledCustomer(bytes.TrimSpace(d.Body)); ok && d.Origin == offboarding.OriginPoll {
		return offboarding.Unpacked{Events: []offboarding.UnpackedEvent{e}}
	}
	b, polled, malformed := read(d)
	switch {
	case malformed != "":
		return offboarding.Unpacked{Malformed: malformed}
	case polled != nil:
		return polled.unpack(acc)
	case b.Dropped > 0:
		c.log.Warn("records of a webhook were left out", "delivery_id", d.ID, "account_id", acc.ID, "count", b.Dropped)
	}
	out := offboarding.Unpacked{RemoteID: b.AccountID, Foreign: foreign(acc, b)}
	if out.Foreign != "" {
		return out
	}
	for i := range b.Records {
		out.Events = append(out.Events, b.Records[i].event())
	}
	if len(out.Events) == 0 {
		out.Malformed = "the body names no lead, contact, company or task"
	}
	return out
}

// read reads a delivery whichever way it came.
func read(d *offboarding.Delivery) (b body, polled *polledEvent, malformed string) {
	trimmed := bytes.TrimSpace(d.Body)
	if len(trimmed) == 0 {
		return body{}, nil, "the body is empty"
	}
	looksLikeJSON := trimmed[0] == '{' || trimmed[0] == '['
	if !looksLikeJSON {
		root, dropped, err := phpform.Decode(d.Body)
		if err != nil {
			return body{}, nil, err.Error()
		}
		return readBody(root, dropped), nil, ""
	}
	if p := readPolled(trimmed); p != nil {
		return body{}, p, ""
	}
	root, dropped, err := phpform.FromJSON(trimmed)
	if err != nil {
		return body{}, nil, "the body is neither a form nor JSON"
	}
	return readBody(unwrap(root), dropped), nil, ""
}

// unwrap finds the hook in what a forwarder (n8n, Make) may have put around it:
// a list of one item, a member "body".
func unwrap(root *phpform.Node) *phpform.Node {
	for range 2 {
		if root.Len() == 1 && root.Get("0").IsMap() {
			root = root.Get("0")
		}
		if inner := root.Get("body"); inner.IsMap() && !root.Has("account") {
			root = inner
		}
	}
	return root
}

func readBody(root *phpform.Node, dropped phpform.Dropped) body {
	account := root.Get("account")
	b := body{
		AccountID: account.Text("id"),
		Subdomain: account.Text("subdomain"),
		Dropped:   dropped.Pairs + dropped.Deep + dropped.LongKey,
	}
	// A Digital Pipeline hook knows the account's id but has no _links, unlike
	// an account hook, which has both or, before 2019, neither.
	bare := account.Has("id") && !account.Has("_links")
	for entity, actions := range root.All() {
		if entity == "account" || !actions.IsMap() {
			continue
		}
		for action, records := range actions.All() {
			if !records.IsMap() {
				continue
			}
			for _, n := range recordsIn(records) {
				r, ok := readRecord(entity, action, n)
				if !ok || len(b.Records) == maxRecords {
					b.Dropped++
					continue
				}
				r.DigitalPipeline = bare && minimal(n) && action != "delete" || r.Kind == kindTrigger
				b.Records = append(b.Records, r)
				if b.AccountID == "" {
					b.AccountID = accountOf(n)
				}
			}
		}
	}
	if _, ok := positive(b.AccountID); !ok {
		b.AccountID = ""
	}
	return b
}

// recordsIn tells the records under entity and action apart: under numbers,
// in the documentation's shorthand one record without an index, or under keys
// that a forwarder made up.
func recordsIn(n *phpform.Node) []*phpform.Node {
	var numbered, keyed []*phpform.Node
	scalars := 0
	for key, child := range n.Sorted() {
		_, isNumber := phpform.Index(key)
		switch {
		case !child.IsMap():
			scalars++
		case isNumber:
			numbered = append(numbered, child)
		default:
			keyed = append(keyed, child)
		}
	}
	switch {
	case len(numbered) > 0:
		return numbered
	case scalars > 0 || n.Has("note"):
		return []*phpform.Node{n}
	}
	return keyed
}

// minimal reports whether the record has nothing but what a Digital Pipeline
// hook carries.
func minimal(n *phpform.Node) bool {
	for key := range n.All() {
		switch key {
		case "id", "status_id", "pipeline_id", "old_status_id", "old_pipeline_id":
		default:
			return false
		}
	}
	return true
}

func accountOf(n *phpform.Node) string {
	if id := n.Text("account_id"); id != "" {
		return id
	}
	return n.Text("note", "account_id")
}

// foreign tells why a body is about another account. The id is the identity;
// the subdomain can be renamed and counts only while no two ids can be compared.
func foreign(acc *offboarding.Account, b body) string {
	if acc.RemoteID != "" && b.AccountID != "" {
		if b.AccountID != acc.RemoteID {
			return "the body is about account " + b.AccountID + " of the CRM, this one is " + acc.RemoteID
		}
		return ""
	}
	base, err := url.Parse(acc.BaseURL)
	if err != nil || b.Subdomain == "" || !vendorHost(base.Hostname()) {
		return ""
	}
	if label, _, _ := strings.Cut(base.Hostname(), "."); !strings.EqualFold(label, b.Subdomain) {
		return "the body is about another account of the CRM than " + label
	}
	return ""
}

func vendorHost(host string) bool {
	for _, suffix := range hosts {
		if strings.HasSuffix(strings.ToLower(host), suffix) {
			return true
		}
	}
	return false
}
