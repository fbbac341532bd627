package bitrix24

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"opendoor/offboarding"
)

// userTypeOf is the type of a custom field in Bitrix24.
var userTypeOf = map[offboarding.FieldType]string{
	offboarding.FieldSelect: "enumeration",
	offboarding.FieldText:   "string",
	offboarding.FieldNumber: "integer",
	offboarding.FieldDate:   "date",
	offboarding.FieldURL:    "url",
}

// Setup creates the fields that are missing and reads them again: a portal with
// many deals may answer an error although it made the field (reference §7.1).
// An outgoing webhook can be made by a person only, so Setup says how; an
// application subscribes itself. With an empty hookURL neither is done.
func (c *Connector) Setup(ctx context.Context, acc *offboarding.Account, hookURL string) (*offboarding.SetupReport, error) {
	a, err := c.addressOf(acc)
	if err != nil {
		return nil, err
	}
	before, err := c.remoteFields(ctx, acc)
	if err != nil && !soft(err) { // who may not list them is told what to create by hand
		return nil, fmt.Errorf("list custom fields: %w", err)
	}
	refused := map[string]error{}
	for i, def := range offboarding.CardFields() {
		if err := c.ensureField(ctx, acc, def, i, before); err != nil {
			if ctx.Err() != nil || offboarding.IsKind(err, offboarding.KindUnauthorized) || isPostponed(err) {
				return nil, fmt.Errorf("create field %s: %w", def.Code, err)
			}
			refused[def.Code] = err
		}
	}
	after, err := c.remoteFields(ctx, acc)
	if err != nil && !soft(err) {
		return nil, fmt.Errorf("list custom fields: %w", err)
	}

	fields := ours(after)
	kept, err := json.Marshal(fields)
	if err != nil {
		return nil, fmt.Errorf("keep the fields: %w", err)
	}
	c.forgetCard(a)
	report := &offboarding.SetupReport{CardSetup: kept}
	for _, def := range offboarding.CardFields() {
		f, ok := fields[def.Code]
		if !ok {
			c.log.WarnContext(ctx, "custom field not created", "account_id", acc.ID, "field", def.Code, "err", refused[def.Code])
			report.Advice = append(report.Advice, fieldByHand(acc.Lang, def))
			continue
		}
		_, was := before[f.Name]
		report.Fields = append(report.Fields, offboarding.SetupField{
			Code: def.Code, RemoteID: f.ID, Name: def.Names[acc.Lang.Or(offboarding.RU)], Created: !was,
		})
	}
	if hookURL != "" {
		hook, err := c.Subscribe(ctx, acc, hookURL)
		if err != nil {
			return nil, err
		}
		report.Hook, report.Advice = hook.Hook, append(report.Advice, hook.Advice...)
	}
	return report, nil
}

func isPostponed(err error) bool {
	_, postponed := errors.AsType[*offboarding.Postpone](err)
	_, backoff := errors.AsType[*offboarding.Backoff](err)
	return postponed || backoff
}

// ensureField creates one field, or adds the values that its list lacks.
func (c *Connector) ensureField(ctx context.Context, acc *offboarding.Account, def offboarding.CardField, position int, remote map[string]remoteField) error {
	row, ok := remote[fieldPrefix+def.Code]
	if !ok {
		_, err := c.call(ctx, acc, "crm.deal.userfield.add", params{"fields": definition(def, position, acc.Lang.Or(offboarding.RU))})
		return err
	}
	var options []params
	missing := 0
	for _, o := range row.List { // rows with an id stay what they are
		options = append(options, params{"ID": o.ID.text(), "VALUE": o.Value.text(), "SORT": o.Sort.text(), "XML_ID": o.XMLID.text()})
	}
	for i, o := range def.Options {
		if optionID(row, o) == "" {
			options = append(options, option(o, i, acc.Lang.Or(offboarding.RU)))
			missing++
		}
	}
	if missing == 0 || row.Type.text() != "enumeration" {
		return nil
	}
	_, err := c.call(ctx, acc, "crm.deal.userfield.update", params{"id": row.ID.text(), "fields": params{"LIST": options}})
	return err
}

// definition describes a new field. It is never mandatory: that would block the
// managers' own work on the deal.
func definition(def offboarding.CardField, position int, lang offboarding.Lang) params {
	labels := params{"ru": def.Names[offboarding.RU], "en": def.Names[offboarding.EN]}
	f := params{
		"USER_TYPE_ID": userTypeOf[def.Type],
		"FIELD_NAME":   def.Code, // the portal puts UF_CRM_ before it
		"XML_ID":       def.Code,
		"LABEL":        def.Names[lang],
		"SORT":         1000 + 10*position, // below the portal's own fields
		"MULTIPLE":     "N", "MANDATORY": "N", "SHOW_FILTER": "Y", "SHOW_IN_LIST": "Y", "EDIT_IN_LIST": "Y",
		"EDIT_FORM_LABEL": labels, "LIST_COLUMN_LABEL": labels, "LIST_FILTER_LABEL": labels,
	}
	if def.Type != offboarding.FieldSelect {
		return f
	}
	options := make([]params, len(def.Options))
	for i, o := range def.Options {
		options[i] = option(o, i, lang)
	}
	f["LIST"] = options
	return f
}

func option(o offboarding.CardOption, position int, lang offboarding.Lang) params {
	return params{"VALUE": o.Names[lang], "XML_ID": o.Code, "SORT": 10 * (position + 1), "DEF": "N"}
}
