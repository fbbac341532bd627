package bitrix24

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"opendoor/offboarding"
)

// PutCard writes the fields that differ, all in one update. Bitrix24 has no tags
// on deals; the state's field takes their place. Fields that the portal does not
// have are left out: their absence is what Check tells about.
func (c *Connector) PutCard(ctx context.Context, acc *offboarding.Account, dealID string, card offboarding.Card, fence offboarding.FenceFunc) (offboarding.Written, error) {
	if e, err := entityOf(dealID); err != nil || e.smart() {
		return offboarding.Written{}, err // items have fields of their own; their notes and tasks tell
	}
	fields, err := c.cardFields(ctx, acc)
	if err != nil || len(fields) == 0 {
		return offboarding.Written{}, err
	}
	answer, err := c.call(ctx, acc, "crm.deal.get", params{"id": dealID})
	if err != nil {
		return offboarding.Written{}, err
	}
	var now map[string]json.RawMessage
	if err := answer.into("crm.deal.get", &now); err != nil {
		return offboarding.Written{}, err
	}
	change := params{}
	w := offboarding.Written{Left: map[string]string{}}
	for _, v := range card.Fields {
		f, ok := fields[v.Code]
		if !ok {
			continue
		}
		want, ok := wanted(f, v)
		if !ok {
			c.log.WarnContext(ctx, "value not in the portal's list, left out", "account_id", acc.ID, "field", v.Code, "option", v.Option)
			continue
		}
		is := found(v, now[f.Name])
		if shows := f.shows(v, now[f.Name]); want != is && !card.MayWrite(v.Code, shows) {
			w.Left[v.Code] = shows
			continue
		}
		if want != is {
			change[f.Name] = want
		}
		w.Shown = append(w.Shown, v.Code)
	}
	if len(change) == 0 {
		return w, nil
	}
	if err := fence(ctx); err != nil {
		return offboarding.Written{}, err
	}
	done, err := c.call(ctx, acc, "crm.deal.update", params{
		"id":     dealID,
		"fields": change,
		"params": params{"REGISTER_SONET_EVENT": "N"}, // no post about it in the colleagues' feed
	})
	if err != nil {
		return offboarding.Written{}, err
	}
	if !isTrue(done.Result) {
		return offboarding.Written{}, offboarding.Unavailable("the portal did not change the deal", nil)
	}
	var before scalar
	_ = before.UnmarshalJSON(now["DATE_MODIFY"])
	at := c.changedAt(ctx, acc, dealID, done.Time, before.time())
	w.Changed, w.Ref, w.At = true, dealID, at
	return w, nil
}

// shows is what the field shows, in the spelling of CardValue.Plain.
func (f ourField) shows(v offboarding.CardValue, raw json.RawMessage) string {
	var s scalar
	if s.UnmarshalJSON(raw) != nil || s.text() == "" {
		return ""
	}
	switch offboarding.CardFieldType(v.Code) {
	case offboarding.FieldSelect:
		if s.text() == "0" {
			return ""
		}
		for option, id := range f.Enums {
			if id == s.text() {
				return option
			}
		}
		return "value " + s.text() // one that a person added
	case offboarding.FieldDate:
		return s.day()
	case offboarding.FieldNumber:
		return strings.TrimSuffix(s.text(), ".0")
	}
	return s.text()
}

// wanted is how the value is written; false: the portal's list lacks it.
func wanted(f ourField, v offboarding.CardValue) (string, bool) {
	switch {
	case v.Option != "":
		id, ok := f.Enums[v.Option]
		return id, ok && id != ""
	case v.Number != nil:
		return strconv.Itoa(*v.Number), true
	case v.Day != "":
		return v.Day, true
	}
	return v.Text, true
}

// found is the deal's present value in the spelling of wanted.
func found(v offboarding.CardValue, raw json.RawMessage) string {
	var s scalar
	if s.UnmarshalJSON(raw) != nil {
		return ""
	}
	switch {
	case v.Day != "":
		return s.day()
	case v.Number != nil:
		if whole, ok := strings.CutSuffix(s.text(), ".0"); ok {
			return whole
		}
	case offboarding.CardFieldType(v.Code) == offboarding.FieldSelect && s.text() == "0":
		return ""
	}
	return s.text()
}

// changedAt tells when the portal made a change, by its own clock: the end of
// the answer's time block, which is never before the deal's DATE_MODIFY. Where
// that is missing, or older than the deal was already, the deal is read again.
func (c *Connector) changedAt(ctx context.Context, acc *offboarding.Account, dealID string, t timing, before time.Time) time.Time {
	if at := t.finished(); !at.IsZero() && !at.Before(before) {
		return at
	}
	answer, err := c.call(ctx, acc, "crm.deal.get", params{"id": dealID})
	if err != nil {
		// The change itself stands; without its time an echo costs one look more.
		c.log.WarnContext(ctx, "time of an own change not read", "account_id", acc.ID, "err", err)
		return time.Time{}
	}
	var deal remoteDeal
	if err := answer.into("crm.deal.get", &deal); err != nil {
		return time.Time{}
	}
	return deal.Modified.time()
}
