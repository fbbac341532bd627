package amocrm

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"opendoor/offboarding"
)

// Periodic clients are customers of amoCRM: they have no stage to leave by, only
// a day on which they should have bought again. An account that names the stage
// "lapsed" of the pipeline "customers" in its triggers wants to know who faded
// away; nobody else's customers are looked at.

const (
	customerPrefix    = "customer:" // before the id of a customer, among ids of leads
	customersPipeline = "customers"
	lapsedStage       = "lapsed"

	day = 24 * time.Hour
	// The silence radar of domain §10: two and a half times the client's rhythm
	// without a purchase, and sixty days at least, is a lapse.
	shortestSilence = 60 * day
	usualRhythm     = 30 * day // of a customer for whom nobody set one
	longestRhythm   = 366 * day

	customersEvery = time.Hour
	customersBack  = 2 * day // behind the last look
	customerPages  = 40      // ten thousand customers whose day has passed
	lapsedMost     = 500     // are watched for a purchase
)

// customer is a periodic client, with the parts that it shares with a lead.
type customer struct {
	lead
	NextDate    number `json:"next_date"`
	NextPrice   text   `json:"next_price"`
	Periodicity number `json:"periodicity"` // days
}

// lapsedAt is when the customer counts, or will count, as lapsed; zero: never.
func (c customer) lapsedAt() time.Time {
	if c.NextDate <= 0 {
		return time.Time{}
	}
	rhythm := usualRhythm
	if c.Periodicity > 0 {
		rhythm = min(time.Duration(min(int64(c.Periodicity), 366))*day, longestRhythm)
	}
	bought := unix(c.NextDate).Add(-rhythm)
	return bought.Add(max(rhythm*5/2, shortestSilence))
}

// polledCustomer is the body that a poll leaves in the inbox.
type polledCustomer struct {
	Poll     string `json:"poll"`
	Customer struct {
		ID       number `json:"id"`
		NextDate number `json:"next_date"`
		LapsedAt int64  `json:"lapsed_at"`
	} `json:"customer"`
}

// customersCursor is where the looks at customers stand.
type customersCursor struct {
	Looked int64   `json:"looked,omitempty"` // unix seconds
	Lapsed []int64 `json:"lapsed,omitempty"` // whom a purchase would bring back
}

// watchesCustomers reports whether the account wants to know who lapsed.
func watchesCustomers(acc *offboarding.Account) bool {
	return slices.ContainsFunc(acc.Triggers, func(t offboarding.Trigger) bool {
		return t.PipelineID == customersPipeline && t.StageID == lapsedStage && t.Means == offboarding.MeansCancelled
	})
}

// customerID reads the id of a customer among ids of leads.
func customerID(dealID string) (number, bool) {
	rest, ok := strings.CutPrefix(dealID, customerPrefix)
	id, good := positive(rest)
	return number(id), ok && good
}

// ownerOf tells which entity an id is about.
func ownerOf(dealID string) (entity string, id number, err error) {
	if id, ok := customerID(dealID); ok {
		return "customers", id, nil
	}
	lead, ok := positive(dealID)
	if !ok {
		return "", 0, offboarding.Invalid("the id of the lead is not a number")
	}
	return "leads", number(lead), nil
}

// customerDeal reads a customer as the deal that a case needs.
func (c *Connector) customerDeal(ctx context.Context, acc *offboarding.Account, id number) (*offboarding.Deal, error) {
	var k customer
	found, err := c.get(ctx, acc, "customers/"+id.id(), url.Values{"with": {"contacts,companies"}}, &k)
	switch {
	case err != nil:
		return nil, fmt.Errorf("read customer: %w", err)
	case !found:
		return nil, &offboarding.Error{Kind: offboarding.KindGone, Msg: "the CRM has no such customer any more"}
	}
	d := &offboarding.Deal{
		ID: customerPrefix + id.id(), Title: string(k.Name), Outcome: offboarding.OutcomeOpen, Deleted: bool(k.IsDeleted),
		URL:      strings.TrimRight(acc.BaseURL, "/") + "/customers/detail/" + id.id(),
		Pipeline: offboarding.Named{ID: customersPipeline}, Stage: offboarding.Named{ID: k.StatusID.id()},
		CreatedAt: unix(k.CreatedAt), UpdatedAt: unix(k.UpdatedAt),
	}
	if at := k.lapsedAt(); !at.IsZero() && !at.After(c.latest()) {
		d.Outcome, d.MovedAt, d.Lapsed = offboarding.OutcomeLost, at, true
		d.Stage.ID = lapsedStage
	}
	k.Price = k.NextPrice
	if d.Amount, err = c.amount(ctx, acc, &k.lead); err != nil {
		return nil, err
	}
	if err := c.readClient(ctx, acc, &k.lead, d); err != nil {
		return nil, err
	}
	d.Responsible, err = c.responsible(ctx, acc, k.ResponsibleID)
	return d, err
}

// lapses looks, once an hour, for customers who have lapsed since the last look,
// and for purchases of those who had.
func (c *Connector) lapses(ctx context.Context, acc *offboarding.Account, at *customersCursor) (bodies [][]byte, err error) {
	now := c.now()
	if since := now.Sub(time.Unix(at.Looked, 0)); !watchesCustomers(acc) || since >= 0 && since < customersEvery {
		return nil, nil
	}
	back, err := c.cameBack(ctx, acc, at, now)
	if err == nil {
		bodies, err = c.newlyLapsed(ctx, acc, at, now)
	}
	if refusedWith(err, http.StatusForbidden, http.StatusPaymentRequired, http.StatusNotFound) || offboarding.IsKind(err, offboarding.KindInvalid) {
		c.log.WarnContext(ctx, "customers cannot be read: is the mode of customers switched on?", "account_id", acc.ID, "err", err)
		bodies, back, err = nil, nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("look at customers: %w", err)
	}
	at.Looked = now.Unix()
	return append(back, bodies...), nil
}

func (c *Connector) newlyLapsed(ctx context.Context, acc *offboarding.Account, at *customersCursor, now time.Time) (bodies [][]byte, err error) {
	since := acc.ConnectedAt
	if last := time.Unix(at.Looked, 0).Add(-customersBack); at.Looked > 0 && last.After(since) {
		since = last
	}
	query := url.Values{
		"filter[next_date][from]": {itoa(since.Add(-longestRhythm * 3 / 2).Unix())}, "filter[next_date][to]": {itoa(now.Unix())},
		"limit": {itoa(listPage)},
	}
	for page := int64(1); page <= customerPages; page++ {
		query.Set("page", itoa(page))
		answer, err := c.customers(ctx, acc, query)
		if err != nil {
			return nil, err
		}
		for _, k := range answer.Embedded.V.Customers {
			lapsed := k.lapsedAt()
			if k.ID <= 0 || lapsed.IsZero() || lapsed.Before(since) || lapsed.After(now) {
				continue
			}
			bodies = append(bodies, k.body())
			if id := int64(k.ID); !slices.Contains(at.Lapsed, id) {
				at.Lapsed = append(at.Lapsed, id)
			}
		}
		if !answer.more() {
			break
		}
	}
	if n := len(at.Lapsed); n > lapsedMost {
		at.Lapsed = slices.Clone(at.Lapsed[n-lapsedMost:])
	}
	return bodies, nil
}

// cameBack finds purchases of customers who had lapsed.
func (c *Connector) cameBack(ctx context.Context, acc *offboarding.Account, at *customersCursor, now time.Time) (bodies [][]byte, err error) {
	back := map[int64]bool{}
	for ids := range slices.Chunk(at.Lapsed, togetherMost) {
		query := url.Values{"limit": {itoa(listPage)}}
		for _, id := range ids {
			query.Add("filter[id][]", itoa(id))
		}
		answer, err := c.customers(ctx, acc, query)
		if err != nil {
			return nil, err
		}
		for _, k := range answer.Embedded.V.Customers {
			if k.lapsedAt().After(now) {
				bodies = append(bodies, k.body())
				back[int64(k.ID)] = true
			}
		}
	}
	at.Lapsed = slices.DeleteFunc(at.Lapsed, func(id int64) bool { return back[id] })
	return bodies, nil
}

type customerPage struct {
	Links    object[links] `json:"_links"`
	Embedded object[struct {
		Customers list[customer] `json:"customers"`
	}] `json:"_embedded"`
}

type links struct {
	Next *struct {
		Href text `json:"href"`
	} `json:"next"`
}

func (p customerPage) more() bool { return p.Links.V.Next != nil && p.Links.V.Next.Href != "" }

func (c *Connector) customers(ctx context.Context, acc *offboarding.Account, query url.Values) (p customerPage, err error) {
	_, err = c.get(ctx, acc, "customers", query, &p)
	return p, err
}

func (c customer) body() []byte {
	p := polledCustomer{Poll: "amocrm"}
	p.Customer.ID, p.Customer.NextDate, p.Customer.LapsedAt = c.ID, c.NextDate, c.lapsedAt().Unix()
	b, err := json.Marshal(p)
	if err != nil {
		panic("amocrm: write polled customer: " + err.Error()) // our own struct
	}
	return b
}

// readPolledCustomer reads a body that lapses made. The customer counts as a deal:
// only events of deals are decided about.
func readPolledCustomer(b []byte) (offboarding.UnpackedEvent, bool) {
	var p polledCustomer
	if !bytes.HasPrefix(b, []byte(`{"poll":"amocrm","customer":`)) || json.Unmarshal(b, &p) != nil || p.Customer.ID <= 0 {
		return offboarding.UnpackedEvent{}, false
	}
	return offboarding.UnpackedEvent{
		Kind: offboarding.DealUpdated, EntityID: customerPrefix + p.Customer.ID.id(),
		Hint: offboarding.Hint{OccurredAt: time.Unix(p.Customer.LapsedAt, 0).UTC()},
	}, true
}
