package amocrm

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"net/mail"
	"net/url"
	"strconv"
	"strings"

	"opendoor/offboarding"
)

// Deal reads a lead with its contact, company and responsible user.
func (c *Connector) Deal(ctx context.Context, acc *offboarding.Account, dealID string) (*offboarding.Deal, error) {
	if id, ok := customerID(dealID); ok {
		return c.customerDeal(ctx, acc, id)
	}
	l, err := c.lead(ctx, acc, dealID, leadParts)
	if err != nil {
		return nil, fmt.Errorf("read lead: %w", err)
	}
	d := &offboarding.Deal{
		ID:        l.ID.id(),
		Title:     string(l.Name),
		URL:       leadURL(acc, l.ID),
		Outcome:   outcomeOf(l.StatusID),
		CreatedAt: unix(l.CreatedAt),
		UpdatedAt: unix(l.UpdatedAt),
		Deleted:   bool(l.IsDeleted),
	}
	if d.Outcome != offboarding.OutcomeOpen {
		d.MovedAt = unix(l.ClosedAt)
	}
	for _, reason := range l.Embedded.V.LossReasons {
		d.LossReason = string(reason.Name)
		break
	}
	if d.Pipeline, d.Stage, err = c.stage(ctx, acc, l.PipelineID, l.StatusID); err != nil {
		return nil, err
	}
	if d.Amount, err = c.amount(ctx, acc, l); err != nil {
		return nil, err
	}
	if err := c.readClient(ctx, acc, l, d); err != nil {
		return nil, err
	}
	if d.Responsible, err = c.responsible(ctx, acc, l.ResponsibleID); err != nil {
		return nil, err
	}
	return d, nil
}

// lead reads a lead together with others that are wanted at the same moment.
func (c *Connector) lead(ctx context.Context, acc *offboarding.Account, dealID, with string) (*lead, error) {
	id, err := strconv.ParseInt(dealID, 10, 64)
	if err != nil || id <= 0 {
		return nil, offboarding.Invalid("the id of the lead is not a number")
	}
	g := c.cacheOf(acc).groups.bare
	if with != "" {
		g = c.cacheOf(acc).groups.full
	}
	return noted(ctx, g, asked{acc, number(id)})
}

func (c *Connector) oneLead(ctx context.Context, acc *offboarding.Account, id number, with string) (*lead, error) {
	var query url.Values
	if with != "" {
		query = url.Values{"with": {with}}
	}
	var l lead
	found, err := c.get(ctx, acc, "leads/"+id.id(), query, &l)
	switch {
	case err != nil:
		return nil, err
	case !found:
		return nil, &offboarding.Error{Kind: offboarding.KindGone, Msg: "the CRM has no such deal any more"}
	case l.ID == 0:
		return nil, offboarding.Unavailable("the CRM's answer is not a lead", nil)
	}
	return &l, nil
}

// readClient fills in who is leaving: the main contact, or else the company.
func (c *Connector) readClient(ctx context.Context, acc *offboarding.Account, l *lead, d *offboarding.Deal) error {
	contact, err := c.person(ctx, acc, "contacts", mainContact(l.Embedded.V.Contacts))
	if err != nil {
		return fmt.Errorf("read contact: %w", err)
	}
	var company *person
	if companies := l.Embedded.V.Companies; len(companies) > 0 {
		if company, err = c.person(ctx, acc, "companies", companies[0].ID); err != nil {
			return fmt.Errorf("read company: %w", err)
		}
	}
	if company != nil {
		d.Company = offboarding.Named{ID: company.ID.id(), Name: company.fullName()}
	}
	who := contact
	if who == nil {
		who = company
	}
	if who != nil {
		d.Client = offboarding.Client{
			ID: who.ID.id(), Name: who.fullName(), Email: who.email(), Phone: who.phone(), Lang: who.lang(),
			TimeZone: who.zone(), Birthday: contact.birthday(), CompanyDay: company.birthday(),
		}
	}
	return nil
}

func mainContact(contacts []leadContact) number {
	for _, c := range contacts {
		if c.IsMain {
			return c.ID
		}
	}
	if len(contacts) > 0 {
		return contacts[0].ID
	}
	return 0
}

// person reads a contact or company, together with others that are wanted at
// the same moment; nil when there is none.
func (c *Connector) person(ctx context.Context, acc *offboarding.Account, entity string, id number) (*person, error) {
	if id == 0 {
		return nil, nil
	}
	g := c.cacheOf(acc).groups.contacts
	if entity == "companies" {
		g = c.cacheOf(acc).groups.companies
	}
	return noted(ctx, g, asked{acc, id})
}

// onePerson reads a contact or company. 404 is nobody: that the address is
// right was seen when the lead was read.
func (c *Connector) onePerson(ctx context.Context, acc *offboarding.Account, entity string, id number) (*person, error) {
	var p person
	found, err := c.get(ctx, acc, entity+"/"+id.id(), nil, &p)
	switch {
	case refusedWith(err, http.StatusNotFound):
		return nil, nil
	case err != nil || !found:
		return nil, err
	}
	return &p, nil
}

func (p *person) fullName() string {
	if name := strings.TrimSpace(string(p.Name)); name != "" {
		return name
	}
	return strings.TrimSpace(string(p.FirstName) + " " + string(p.LastName))
}

// email returns the first address that is one, addresses at work first.
func (p *person) email() string {
	return p.choose("EMAIL", func(s string) string {
		a, err := mail.ParseAddress(strings.Trim(s, " \t\r\n,;<>"))
		if err != nil || !strings.Contains(a.Address, ".") {
			return ""
		}
		return a.Address
	})
}

// phone returns the first phone, phones at work first.
func (p *person) phone() string {
	return p.choose("PHONE", strings.TrimSpace)
}

func (p *person) choose(code string, usable func(string) string) string {
	var first string
	for _, f := range p.Fields {
		if string(f.Code) != code {
			continue
		}
		for _, v := range f.Values {
			found := usable(string(v.Value))
			if found == "" {
				continue
			}
			if v.enum() == "WORK" {
				return found
			}
			if first == "" {
				first = found
			}
		}
	}
	return first
}

// lang reads a language that the company itself keeps in a field of its own;
// amoCRM has none.
func (p *person) lang() offboarding.Lang {
	for _, f := range p.Fields {
		switch strings.ToUpper(strings.TrimSpace(string(f.Code))) {
		case "LANGUAGE", "LANG":
		default:
			if name := strings.ToLower(strings.TrimSpace(string(f.Name))); name != "язык" && name != "language" {
				continue
			}
		}
		for _, v := range f.Values {
			said := strings.ToLower(strings.TrimSpace(string(v.Value)))
			switch {
			case strings.HasPrefix(said, "ru"), strings.HasPrefix(said, "рус"):
				return offboarding.RU
			case strings.HasPrefix(said, "en"), strings.HasPrefix(said, "анг"):
				return offboarding.EN
			}
		}
	}
	return ""
}

// responsible reads our employee. Nobody (0) is a robot's lead.
func (c *Connector) responsible(ctx context.Context, acc *offboarding.Account, id number) (offboarding.Responsible, error) {
	if id == 0 {
		return offboarding.Responsible{}, nil
	}
	r := offboarding.Responsible{ID: id.id()}
	u, err := c.user(ctx, acc, id)
	switch {
	case offboarding.IsKind(err, offboarding.KindInvalid):
		return r, nil // the token may not see users; the id alone serves for tasks
	case err != nil:
		return r, err
	}
	r.Name, r.Email, r.Inactive = strings.TrimSpace(string(u.Name)), strings.TrimSpace(string(u.Email)), !u.active()
	return r, nil
}

// amount reads the price. amoCRM writes 0 for "nobody filled it in", and whole
// units of the account's currency unless the account has minor ones.
func (c *Connector) amount(ctx context.Context, acc *offboarding.Account, l *lead) (*offboarding.Money, error) {
	said := string(l.PriceMinor)
	if said == "" || said == "null" {
		said = string(l.Price)
	}
	price, err := strconv.ParseFloat(said, 64)
	if err != nil || !(math.Abs(price) < 1e13) || price == 0 {
		return nil, nil
	}
	a, err := c.account(ctx, acc, cacheFor)
	switch {
	case refusedWith(err, http.StatusNotFound), offboarding.IsKind(err, offboarding.KindInvalid):
		return nil, nil // an amount without a currency is none
	case err != nil:
		return nil, err
	}
	currency := strings.ToUpper(string(a.Currency))
	if len(currency) != 3 {
		return nil, nil
	}
	return &offboarding.Money{AmountMinor: int64(math.Round(price * minorUnits(currency))), Currency: currency}, nil
}

// minorUnits returns how many minor units make one of the currency (ISO 4217).
func minorUnits(currency string) float64 {
	switch currency {
	case "JPY", "KRW", "VND", "CLP", "PYG", "ISK", "UGX", "XAF", "XOF":
		return 1
	case "BHD", "JOD", "KWD", "OMR", "TND", "IQD":
		return 1000
	}
	return 100
}

// leadURL is the card of a lead, for a person.
func leadURL(acc *offboarding.Account, id number) string {
	return strings.TrimRight(acc.BaseURL, "/") + "/leads/detail/" + id.id()
}
