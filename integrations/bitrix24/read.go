package bitrix24

import (
	"cmp"
	"context"
	"encoding/json"
	"net/url"
	"strings"

	"opendoor/offboarding"
)

// dealType is the entityTypeId of deals.
const dealType = 2

type remoteDeal struct {
	ID          scalar `json:"ID"`
	Title       scalar `json:"TITLE"`
	CategoryID  scalar `json:"CATEGORY_ID"`
	StageID     scalar `json:"STAGE_ID"`
	Semantics   scalar `json:"STAGE_SEMANTIC_ID"`
	Opportunity scalar `json:"OPPORTUNITY"`
	Currency    scalar `json:"CURRENCY_ID"`
	CompanyID   scalar `json:"COMPANY_ID"`
	ContactID   scalar `json:"CONTACT_ID"`
	AssignedBy  scalar `json:"ASSIGNED_BY_ID"`
	Created     scalar `json:"DATE_CREATE"`
	Modified    scalar `json:"DATE_MODIFY"`
	Moved       scalar `json:"MOVED_TIME"`
}

type remotePerson struct {
	ID       scalar           `json:"ID"`
	Name     scalar           `json:"NAME"`
	LastName scalar           `json:"LAST_NAME"`
	Title    scalar           `json:"TITLE"` // of a company
	Emails   list[multiValue] `json:"EMAIL"`
	Phones   list[multiValue] `json:"PHONE"`

	Birth scalar `json:"BIRTHDATE"`

	lang    offboarding.Lang
	zone    string
	founded string
}

type multiValue struct {
	Type  scalar `json:"VALUE_TYPE"`
	Value scalar `json:"VALUE"`
}

type dealContact struct {
	ContactID scalar `json:"CONTACT_ID"`
	Primary   scalar `json:"IS_PRIMARY"`
}

// dealReading collects what belongs to one deal: first from one batch, then by
// single calls for whatever is missing.
type dealReading struct {
	c     *Connector
	acc   *offboarding.Account
	batch batchReply
}

// The commands of the batch. A reference to something empty leaves an error or
// somebody else's record behind, so whatever comes back is compared with the
// id that was wanted.
func dealCommands(dealID string) commands {
	return commands{
		{"deal", "crm.deal.get", url.Values{"id": {dealID}}},
		{"contact", "crm.contact.get", url.Values{"id": {"$result[deal][CONTACT_ID]"}}},
		{"company", "crm.company.get", url.Values{"id": {"$result[deal][COMPANY_ID]"}}},
		{"user", "user.get", url.Values{"ID": {"$result[deal][ASSIGNED_BY_ID]"}}},
	}
}

// Deal reads a deal with its contact, company and responsible.
func (c *Connector) Deal(ctx context.Context, acc *offboarding.Account, dealID string) (*offboarding.Deal, error) {
	a, err := c.addressOf(acc)
	if err != nil {
		return nil, err
	}
	e, err := entityOf(dealID)
	if err != nil {
		return nil, err
	}
	r := &dealReading{c: c, acc: acc}
	cmds := dealCommands(e.id)
	if e.smart() {
		cmds = itemCommands(e)
	}
	if r.batch, err = c.batch(ctx, acc, cmds); err != nil {
		return nil, err
	}
	if err := c.refusalOf(acc, r.batch, cmds[0]); err != nil && !hasNo(err) {
		return nil, err
	}
	deal, err := r.deal(ctx, e)
	if err != nil {
		return nil, err
	}
	if id := deal.ID.id(); id != "" && id != e.id {
		return nil, offboarding.Unavailable("the portal answered with another deal", nil)
	}

	d := &offboarding.Deal{
		ID: dealID, Title: deal.Title.text(),
		URL: a.origin + e.page(), WatchedSince: c.watchedSince(acc, e),
		Pipeline:  offboarding.Named{ID: e.pipelineOf(deal.CategoryID)},
		Stage:     offboarding.Named{ID: deal.StageID.text()},
		CreatedAt: deal.Created.time(), UpdatedAt: deal.Modified.time(), MovedAt: deal.Moved.time(),
	}
	currency := strings.ToUpper(deal.Currency.text())
	if minor, ok := minorUnits(deal.Opportunity.text(), currency); ok && currency != "" {
		d.Amount = &offboarding.Money{AmountMinor: minor, Currency: currency}
	}
	if err := r.place(ctx, e, d, deal.Semantics); err != nil {
		return nil, err
	}
	if acc.Meaning(d) == offboarding.MeansCancelled && d.MovedAt.Sub(d.CreatedAt).Abs() <= sameMoment {
		if d.Came, err = c.came(ctx, acc, e, d.Stage.ID); err != nil {
			return nil, err
		}
	}
	if err := r.client(ctx, e, d, deal); err != nil {
		return nil, err
	}
	if d.Responsible, err = r.responsible(ctx, deal.AssignedBy.id()); err != nil {
		return nil, err
	}
	return d, nil
}

// deal finds the deal or item in the batch, or reads it alone.
func (r *dealReading) deal(ctx context.Context, e entity) (deal remoteDeal, err error) {
	if e.smart() {
		return r.item(ctx, e)
	}
	if r.fromBatch("deal", &deal) && deal.ID.id() == e.id {
		return deal, nil
	}
	deal = remoteDeal{}
	err = r.get(ctx, "crm.deal.get", e.id, &deal)
	if hasNo(err) {
		// Portals answer so when the scope is missing, too: a person can mend it, and the deal waits.
		err = noAccess("the portal has no crm.deal.get for this webhook: the scope crm is missing", err)
	}
	return deal, err
}

// pipelineOf returns the id of the pipeline; the default one is 0 and may be
// left out.
func pipelineOf(category scalar) string {
	if text := category.text(); text != "" {
		return text
	}
	return "0"
}

// fromBatch decodes one result of the batch and reports whether there was one.
func (r *dealReading) fromBatch(key string, out any) bool {
	raw := r.batch.Result[key]
	return raw != nil && json.Unmarshal(raw, out) == nil
}

// get makes a single call for one object.
func (r *dealReading) get(ctx context.Context, method, id string, out any) error {
	answer, err := r.c.call(ctx, r.acc, method, params{"id": id})
	if err != nil {
		return err
	}
	return answer.into(method, out)
}

// place names pipeline and stage and decides the outcome. The deal's own
// semantics need no list; names are for people, so a list that cannot be read
// now does not hold up the deal.
func (r *dealReading) place(ctx context.Context, e entity, d *offboarding.Deal, semantics scalar) error {
	outcome, told := outcomeOf(semantics)
	decides := !told && !e.smart() // an item's meaning is in the triggers, whatever its list says
	pipeline, stage, err := r.c.placeOf(ctx, r.acc, d.Pipeline.ID, d.Stage.ID, decides)
	if err != nil {
		if decides {
			return err
		}
		r.c.log.WarnContext(ctx, "stages not read, deal goes without their names", "account_id", r.acc.ID, "err", err)
	}
	d.Pipeline.Name, d.Stage.Name = pipeline.Name, stage.Name
	d.Outcome = outcome
	if !told && stage.Outcome != "" {
		d.Outcome = stage.Outcome
	}
	return nil
}

// client finds who is leaving: the primary contact, or the company itself when
// the deal has no contact.
func (r *dealReading) client(ctx context.Context, e entity, d *offboarding.Deal, deal remoteDeal) error {
	contactID := deal.ContactID.id()
	if contactID == "" && !e.smart() {
		var err error
		if contactID, err = r.primaryContact(ctx, e.id); err != nil {
			return err
		}
	}
	contact, err := r.person(ctx, "contact", "crm.contact.get", contactID)
	if err != nil {
		return err
	}
	company, err := r.person(ctx, "company", "crm.company.get", deal.CompanyID.id())
	if err != nil {
		return err
	}
	d.Company = offboarding.Named{ID: deal.CompanyID.id(), Name: company.Title.text()}
	if contactID != "" {
		d.Client = offboarding.Client{
			ID: contactID, Name: fullName(contact.Name, contact.LastName),
			Email: best(contact.Emails), Phone: best(contact.Phones), Lang: contact.lang.Or(company.lang),
			TimeZone: cmp.Or(contact.zone, company.zone), Birthday: birthday(contact.Birth), CompanyDay: company.founded,
		}
		return nil
	}
	d.Client = offboarding.Client{
		Name: company.Title.text(), Email: best(company.Emails), Phone: best(company.Phones), Lang: company.lang, TimeZone: company.zone, CompanyDay: company.founded,
	}
	return nil
}

// primaryContact asks for the contacts of a deal whose deprecated CONTACT_ID is
// empty.
func (r *dealReading) primaryContact(ctx context.Context, dealID string) (string, error) {
	const method = "crm.deal.contact.items.get"
	answer, err := r.c.call(ctx, r.acc, method, params{"id": dealID})
	if soft(err) {
		r.c.log.WarnContext(ctx, "contacts of a deal not read", "account_id", r.acc.ID, "err", err)
		return "", nil
	}
	if err != nil {
		return "", err
	}
	var rows list[dealContact]
	if err := answer.into(method, &rows); err != nil {
		return "", err
	}
	first := ""
	for _, row := range rows {
		id := row.ContactID.id()
		if row.Primary.yes() && id != "" {
			return id, nil
		}
		if first == "" {
			first = id
		}
	}
	return first, nil
}

// person reads a contact or company. One that was deleted, or that the
// webhook's owner may not see, leaves the deal without it: the case opens, and
// somebody is asked to reach the client in person.
func (r *dealReading) person(ctx context.Context, key, method, id string) (p remotePerson, err error) {
	if id == "" {
		return p, nil
	}
	raw := r.batch.Result[key]
	if raw == nil || json.Unmarshal(raw, &p) != nil || p.ID.id() != id {
		p = remotePerson{}
		answer, err := r.c.call(ctx, r.acc, method, params{"id": id})
		if soft(err) {
			r.c.log.WarnContext(ctx, "part of a deal not read", "account_id", r.acc.ID, "method", method, "err", err)
			return p, nil
		}
		if err != nil {
			return p, err
		}
		raw = answer.Result
		if err := answer.into(method, &p); err != nil {
			return p, err
		}
	}
	p.lang = langIn(raw)
	p.zone = told(raw, zoneFields, offboarding.ReadZone)
	p.founded = told(raw, foundedFields, func(s string) string { return birthday(scalar(s)) })
	return p, nil
}

// soft reports whether an error concerns only what was asked for, so that the
// rest of the deal is worth having without it.
func soft(err error) bool {
	return offboarding.IsKind(err, offboarding.KindGone) || offboarding.IsKind(err, offboarding.KindInvalid)
}

func fullName(parts ...scalar) string {
	words := make([]string, 0, len(parts))
	for _, p := range parts {
		words = append(words, p.text())
	}
	return strings.Join(strings.Fields(strings.Join(words, " ")), " ")
}

// best takes the value for work first, otherwise the first that is there.
func best(values []multiValue) string {
	first := ""
	for _, v := range values {
		text := v.Value.text()
		if text == "" {
			continue
		}
		if v.Type.text() == "WORK" {
			return text
		}
		if first == "" {
			first = text
		}
	}
	return first
}

// langFields are names under which shops keep a client's language; Bitrix24
// itself has no such field.
var langFields = []string{"UF_CRM_OPENDOOR_LANG", "UF_CRM_LANG", "UF_CRM_LANGUAGE", "LANGUAGE_ID", "LANG", "LANGUAGE"}

// langIn reads the client's language from a contact or company; empty: not told.
func langIn(record json.RawMessage) offboarding.Lang {
	var fields map[string]json.RawMessage
	if json.Unmarshal(record, &fields) != nil {
		return ""
	}
	for _, name := range langFields {
		var value scalar
		if raw, ok := fields[name]; !ok || value.UnmarshalJSON(raw) != nil {
			continue
		}
		switch text := strings.ToLower(value.text()); {
		case text == "ru", strings.HasPrefix(text, "ru-"), strings.HasPrefix(text, "ru_"), strings.HasPrefix(text, "рус"), text == "russian":
			return offboarding.RU
		case text == "en", strings.HasPrefix(text, "en-"), strings.HasPrefix(text, "en_"), strings.HasPrefix(text, "англ"), text == "english":
			return offboarding.EN
		}
	}
	return ""
}
