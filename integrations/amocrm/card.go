package amocrm

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"opendoor/offboarding"
)

// leadPatch is a change of a lead: our fields and our tags, never its stage,
// its responsible or anything else of a person's.
type leadPatch struct {
	Fields     []fieldPatch `json:"custom_fields_values,omitempty"`
	TagsAdd    []tagPatch   `json:"tags_to_add,omitempty"`
	TagsDelete []tagPatch   `json:"tags_to_delete,omitempty"`
}

func (p leadPatch) empty() bool {
	return len(p.Fields) == 0 && len(p.TagsAdd) == 0 && len(p.TagsDelete) == 0
}

type fieldPatch struct {
	ID     number       `json:"field_id"`
	Values []valuePatch `json:"values"` // nil is null, which clears the field
}

type valuePatch struct {
	EnumID number `json:"enum_id,omitempty"`
	Value  any    `json:"value,omitempty"`
}

type tagPatch struct {
	Name string `json:"name"`
}

// PutCard makes our fields and tags on the lead equal to card in one PATCH with
// nothing but the difference.
func (c *Connector) PutCard(ctx context.Context, acc *offboarding.Account, dealID string, card offboarding.Card, fence offboarding.FenceFunc) (offboarding.Written, error) {
	if _, ok := customerID(dealID); ok {
		return offboarding.Written{}, nil // customers have fields of their own; their notes and tasks tell
	}
	path, err := leadPath(dealID)
	if err != nil {
		return offboarding.Written{}, err
	}
	l, err := c.lead(ctx, acc, dealID, "")
	if err != nil {
		return offboarding.Written{}, fmt.Errorf("read lead: %w", err)
	}
	if l.IsDeleted {
		return offboarding.Written{}, offboarding.ErrGone
	}
	fenced := false
	for _, age := range []time.Duration{cacheFor, 0} {
		fields, err := c.cardFields(ctx, acc, age)
		if err != nil {
			return offboarding.Written{}, err
		}
		patch, written := difference(l, card, fields, acc.Location())
		if patch.empty() {
			return written, nil
		}
		if !fenced {
			if err := fence(ctx); err != nil {
				return offboarding.Written{}, err
			}
			fenced = true
		}
		var answer lead
		_, err = c.send(ctx, acc, http.MethodPatch, path, patch, &answer)
		if badChoice(err) && age != 0 {
			continue // somebody removed a field or a value; look what is there now
		}
		if err != nil {
			return offboarding.Written{}, fmt.Errorf("write card: %w", err)
		}
		written.Changed, written.At = true, unix(answer.UpdatedAt)
		return written, nil
	}
	return offboarding.Written{}, nil // not reached: the second round ends above
}

// difference lists what must change for the lead to show the card. Fields and
// values that the CRM does not have are passed over, and what a person wrote is
// left alone.
func difference(l *lead, card offboarding.Card, fields map[string]cardField, loc *time.Location) (patch leadPatch, w offboarding.Written) {
	w.Left = map[string]string{}
	for _, want := range card.Fields {
		field, ok := fields[want.Code]
		if !ok || field.ID == 0 {
			continue
		}
		var is []fieldsValue
		for _, f := range l.Fields {
			if f.ID == field.ID {
				is = f.Values
			}
		}
		p, differs := field.change(is, want, loc)
		if shows := field.shows(want.Code, is, loc); differs && !card.MayWrite(want.Code, shows) {
			w.Left[want.Code] = shows
			continue
		}
		if differs {
			patch.Fields = append(patch.Fields, p)
		}
		if differs || field.shows(want.Code, is, loc) == want.Plain() {
			w.Shown = append(w.Shown, want.Code)
		}
	}
	for _, tag := range card.Tags {
		if !l.tagged(tag) {
			patch.TagsAdd = append(patch.TagsAdd, tagPatch{tag})
		}
	}
	for _, tag := range offboarding.AllTags {
		if l.tagged(tag) && !slices.Contains(card.Tags, tag) {
			patch.TagsDelete = append(patch.TagsDelete, tagPatch{tag})
		}
	}
	return patch, w
}

func (l *lead) tagged(tag string) bool {
	return slices.ContainsFunc(l.Embedded.V.Tags, func(t named) bool { return string(t.Name) == tag })
}

// shows is what the field shows, in the spelling of CardValue.Plain.
func (f cardField) shows(code string, is []fieldsValue, loc *time.Location) string {
	if len(is) == 0 || is[0].Value == "" && is[0].EnumID == 0 {
		return ""
	}
	value := string(is[0].Value)
	switch offboarding.CardFieldType(code) {
	case offboarding.FieldSelect:
		for option, id := range f.Enums {
			if id == is[0].EnumID {
				return option
			}
		}
		return "value " + is[0].EnumID.id() // one that a person added
	case offboarding.FieldNumber:
		if n, err := strconv.ParseFloat(value, 64); err == nil {
			return strconv.FormatFloat(n, 'f', -1, 64)
		}
	case offboarding.FieldDate:
		if at, ok := instant(value); ok {
			return at.In(loc).Add(12 * time.Hour).Format(time.DateOnly) // the nearest midnight's day
		}
	}
	return value
}

// change tells how the field must be written to hold want.
func (f cardField) change(is []fieldsValue, want offboarding.CardValue, loc *time.Location) (fieldPatch, bool) {
	patch := fieldPatch{ID: f.ID}
	filled := len(is) > 0 && (is[0].Value != "" || is[0].EnumID != 0)
	switch {
	case want.Option != "":
		id, known := f.Enums[want.Option]
		if !known || (filled && is[0].EnumID == id) {
			return patch, false
		}
		patch.Values = []valuePatch{{EnumID: id}}
	case want.Number != nil:
		if filled {
			if n, err := strconv.ParseFloat(string(is[0].Value), 64); err == nil && n == float64(*want.Number) {
				return patch, false
			}
		}
		patch.Values = []valuePatch{{Value: *want.Number}}
	case want.Day != "":
		day, err := time.ParseInLocation(time.DateOnly, want.Day, loc)
		if err != nil || (filled && sameDay(string(is[0].Value), day)) {
			return patch, false
		}
		patch.Values = []valuePatch{{Value: day.Format(time.RFC3339)}}
	case want.Text != "":
		if filled && string(is[0].Value) == want.Text {
			return patch, false
		}
		patch.Values = []valuePatch{{Value: want.Text}}
	default:
		return patch, filled
	}
	return patch, true
}

// sameDay reports whether the CRM's value is that day. It is the midnight of
// the CRM's own time zone, which need not be ours: less than half a day apart
// is the same day.
func sameDay(value string, day time.Time) bool {
	at, ok := instant(value)
	if !ok {
		return value == day.Format(time.DateOnly)
	}
	return at.Sub(day).Abs() < 12*time.Hour
}

// instant reads a date of the CRM: RFC 3339 or unix seconds.
func instant(value string) (time.Time, bool) {
	if at, err := time.Parse(time.RFC3339, value); err == nil {
		return at, true
	}
	seconds, err := strconv.ParseInt(value, 10, 64)
	return time.Unix(seconds, 0), err == nil
}
