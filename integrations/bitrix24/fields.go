package bitrix24

import (
	"context"
	"encoding/json"
	"time"

	"opendoor/offboarding"
)

// fieldPrefix is put before the name of every custom field by the portal.
const fieldPrefix = "UF_CRM_"

// ourField is one of our fields as it stands in a portal. Values of an
// enumeration are written by their list ids, which differ from portal to portal.
type ourField struct {
	ID    string            `json:"id"`
	Name  string            `json:"name"`            // UF_CRM_OPENDOOR_STATE
	Enums map[string]string `json:"enums,omitempty"` // our code → list id
}

// ourFields are our fields by code; Setup keeps them as Account.CardSetup.
type ourFields map[string]ourField

// knownCard is what fields were there at a moment.
type knownCard struct {
	at     time.Time
	fields ourFields
}

const cardFor = 10 * time.Minute

type remoteField struct {
	ID   scalar             `json:"ID"`
	Name scalar             `json:"FIELD_NAME"`
	Type scalar             `json:"USER_TYPE_ID"`
	List list[remoteOption] `json:"LIST"`
}

type remoteOption struct {
	ID    scalar `json:"ID"`
	Value scalar `json:"VALUE"`
	XMLID scalar `json:"XML_ID"`
	Sort  scalar `json:"SORT"`
}

// cardFields returns the fields that the account keeps since Setup. An account
// that keeps none may still have them, made by hand or by an older connection.
func (c *Connector) cardFields(ctx context.Context, acc *offboarding.Account) (ourFields, error) {
	var kept ourFields
	if len(acc.CardSetup) > 0 && json.Unmarshal(acc.CardSetup, &kept) == nil && len(kept) > 0 {
		return kept, nil
	}
	a, err := c.addressOf(acc)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	known, ok := c.cards[a.kept]
	c.mu.Unlock()
	if ok && c.wall().Sub(known.at) < cardFor {
		return known.fields, nil
	}
	remote, err := c.remoteFields(ctx, acc)
	if err != nil && !soft(err) {
		return nil, err
	}
	if err != nil {
		c.log.WarnContext(ctx, "custom fields not read, card is not written", "account_id", acc.ID, "err", err)
	}
	fields := ours(remote)
	c.mu.Lock()
	c.cards[a.kept] = knownCard{at: c.wall(), fields: fields}
	c.mu.Unlock()
	return fields, nil
}

// remoteFields lists the custom fields of deals by name.
func (c *Connector) remoteFields(ctx context.Context, acc *offboarding.Account) (map[string]remoteField, error) {
	const method = "crm.deal.userfield.list"
	r, err := c.call(ctx, acc, method, params{"order": params{"SORT": "ASC"}, "filter": params{"LANG": string(acc.Lang.Or(offboarding.RU))}})
	if err != nil {
		return nil, err
	}
	var rows list[remoteField]
	if err := r.into(method, &rows); err != nil {
		return nil, err
	}
	byName := make(map[string]remoteField, len(rows))
	for _, row := range rows {
		byName[row.Name.text()] = row
	}
	return byName, nil
}

// ours picks our fields out of the portal's and notes their list ids. A value
// that a person renamed keeps its XML_ID; one made by hand is known by its label.
func ours(remote map[string]remoteField) ourFields {
	fields := ourFields{}
	for _, def := range offboarding.CardFields() {
		row, ok := remote[fieldPrefix+def.Code]
		if !ok {
			continue
		}
		f := ourField{ID: row.ID.text(), Name: row.Name.text()}
		for _, o := range def.Options {
			if id := optionID(row, o); id != "" {
				if f.Enums == nil {
					f.Enums = map[string]string{}
				}
				f.Enums[o.Code] = id
			}
		}
		fields[def.Code] = f
	}
	return fields
}

func optionID(f remoteField, o offboarding.CardOption) string {
	for _, row := range f.List {
		if row.XMLID.text() == o.Code {
			return row.ID.text()
		}
	}
	for _, row := range f.List {
		if v := row.Value.text(); v == o.Names[offboarding.RU] || v == o.Names[offboarding.EN] {
			return row.ID.text()
		}
	}
	return ""
}

// forgetCard makes the next write look at the portal's fields again.
func (c *Connector) forgetCard(a address) {
	c.mu.Lock()
	delete(c.cards, a.kept)
	c.mu.Unlock()
}
