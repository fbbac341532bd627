package amocrm

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
)

// The official samples mix types: a phone is a number, a duration a string, an
// empty object a list. These types read whatever comes and never refuse.

// number is an integer that may come as a number, a text or null.
type number int64

// UnmarshalJSON reads a number leniently; what is none is 0.
func (n *number) UnmarshalJSON(b []byte) error {
	*n = 0
	s := strings.Trim(string(b), `" `)
	if s == "true" {
		*n = 1
	} else if i, err := strconv.ParseInt(s, 10, 64); err == nil {
		*n = number(i)
	} else if f, err := strconv.ParseFloat(s, 64); err == nil && f > -1e15 && f < 1e15 {
		*n = number(f)
	}
	return nil
}

// id spells the number as the domain does: empty for none.
func (n number) id() string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(int64(n), 10)
}

// text is a string that may come as a number, a boolean or null.
type text string

// UnmarshalJSON reads a text leniently.
func (t *text) UnmarshalJSON(b []byte) error {
	var s string
	switch {
	case json.Unmarshal(b, &s) == nil:
		*t = text(strings.ReplaceAll(s, "\x00", ""))
	case len(b) > 0 && (b[0] == '{' || b[0] == '['):
		*t = ""
	default:
		*t = text(b)
	}
	return nil
}

// flag is a boolean that may come as a number or a text.
type flag bool

// UnmarshalJSON reads a boolean leniently.
func (f *flag) UnmarshalJSON(b []byte) error {
	s := strings.Trim(string(b), `" `)
	*f = s == "true" || s == "1"
	return nil
}

// list is an array that may come as an object (whose values are meant), a
// single value or null.
type list[T any] []T

// UnmarshalJSON reads a list leniently; members that do not fit are left out.
func (l *list[T]) UnmarshalJSON(b []byte) error {
	*l = nil
	var members []json.RawMessage
	if json.Unmarshal(b, &members) != nil {
		dec := json.NewDecoder(bytes.NewReader(b))
		if open, err := dec.Token(); err != nil || open != json.Delim('{') {
			return nil
		}
		for dec.More() {
			var member json.RawMessage
			if _, err := dec.Token(); err != nil {
				return nil
			}
			if err := dec.Decode(&member); err != nil {
				return nil
			}
			members = append(members, member)
		}
	}
	for _, m := range members {
		var v T
		if json.Unmarshal(m, &v) == nil {
			*l = append(*l, v)
		}
	}
	return nil
}

// object is a struct that PHP writes as [] when it is empty.
type object[T any] struct{ V T }

// UnmarshalJSON reads an object; anything else leaves it empty.
func (o *object[T]) UnmarshalJSON(b []byte) error {
	var v T
	if json.Unmarshal(b, &v) == nil {
		o.V = v
	}
	return nil
}

// fieldValues is one custom field of an entity with its values.
type fieldValues struct {
	ID     number            `json:"field_id"`
	Code   text              `json:"field_code"`
	Name   text              `json:"field_name"`
	Type   text              `json:"field_type"`
	Values list[fieldsValue] `json:"values"`
}

type fieldsValue struct {
	Value    text   `json:"value"`
	EnumID   number `json:"enum_id"`
	EnumCode text   `json:"enum_code"`
	Enum     text   `json:"enum"` // as older answers call enum_code
}

func (v fieldsValue) enum() string {
	if v.EnumCode != "" {
		return string(v.EnumCode)
	}
	return string(v.Enum)
}

type lead struct {
	ID            number            `json:"id"`
	Name          text              `json:"name"`
	Price         text              `json:"price"`
	PriceMinor    text              `json:"price_with_minor_units"`
	ResponsibleID number            `json:"responsible_user_id"`
	StatusID      number            `json:"status_id"`
	PipelineID    number            `json:"pipeline_id"`
	CreatedAt     number            `json:"created_at"`
	UpdatedAt     number            `json:"updated_at"`
	ClosedAt      number            `json:"closed_at"`
	IsDeleted     flag              `json:"is_deleted"`
	Fields        list[fieldValues] `json:"custom_fields_values"`
	Embedded      object[struct {
		Tags        list[named]       `json:"tags"`
		Companies   list[named]       `json:"companies"`
		Contacts    list[leadContact] `json:"contacts"`
		LossReasons list[named]       `json:"loss_reason"` // a list of one
	}] `json:"_embedded"`
}

type leadContact struct {
	ID     number `json:"id"`
	IsMain flag   `json:"is_main"`
}

type named struct {
	ID   number `json:"id"`
	Name text   `json:"name"`
}

// person is a contact or a company.
type person struct {
	ID        number            `json:"id"`
	Name      text              `json:"name"`
	FirstName text              `json:"first_name"`
	LastName  text              `json:"last_name"`
	Fields    list[fieldValues] `json:"custom_fields_values"`
}

type user struct {
	ID     number `json:"id"`
	Name   text   `json:"name"`
	Email  text   `json:"email"`
	Active *flag  `json:"is_active"`
	Rights object[struct {
		IsAdmin flag  `json:"is_admin"`
		Active  *flag `json:"is_active"` // where the official sample has it
	}] `json:"rights"`
}

func (u user) active() bool {
	for _, said := range []*flag{u.Active, u.Rights.V.Active} {
		if said != nil && !bool(*said) {
			return false
		}
	}
	return u.ID != 0
}

type crmAccount struct {
	ID            number `json:"id"`
	Name          text   `json:"name"`
	Subdomain     text   `json:"subdomain"`
	Currency      text   `json:"currency"`
	CurrentUserID number `json:"current_user_id"`
}

type pipeline struct {
	ID        number `json:"id"`
	Name      text   `json:"name"`
	IsArchive flag   `json:"is_archive"`
	Embedded  object[struct {
		Statuses list[status] `json:"statuses"`
	}] `json:"_embedded"`
}

type status struct {
	ID   number `json:"id"`
	Name text   `json:"name"`
	Type number `json:"type"` // 1: unsorted
}

type customField struct {
	ID    number     `json:"id"`
	Name  text       `json:"name"`
	Type  text       `json:"type"`
	Code  text       `json:"code"`
	Enums list[enum] `json:"enums"`
}

type enum struct {
	ID    number `json:"id,omitempty"`
	Value text   `json:"value"`
	Sort  number `json:"sort,omitempty"`
	Code  text   `json:"code,omitempty"`
}

type note struct {
	ID        number `json:"id"`
	EntityID  number `json:"entity_id"`
	UpdatedAt number `json:"updated_at"`
	Type      text   `json:"note_type"`
	Params    object[struct {
		Text text `json:"text"`
	}] `json:"params"`
}

type task struct {
	ID          number `json:"id"`
	EntityID    number `json:"entity_id"`
	UpdatedAt   number `json:"updated_at"`
	EntityType  text   `json:"entity_type"`
	Text        text   `json:"text"`
	IsCompleted flag   `json:"is_completed"`
}

type webhook struct {
	Destination text       `json:"destination"`
	Disabled    flag       `json:"disabled"`
	Settings    list[text] `json:"settings"`
}

// collection is a page of a list. Only the member that was asked for is set.
type collection struct {
	Links object[struct {
		Next *struct {
			Href text `json:"href"`
		} `json:"next"`
	}] `json:"_links"`
	Embedded object[struct {
		Leads     list[lead]        `json:"leads"`
		Contacts  list[person]      `json:"contacts"`
		Companies list[person]      `json:"companies"`
		Events    list[event]       `json:"events"`
		Fields    list[customField] `json:"custom_fields"`
		Notes     list[note]        `json:"notes"`
		Tasks     list[task]        `json:"tasks"`
		Hooks     list[webhook]     `json:"webhooks"`
		Pipelines list[pipeline]    `json:"pipelines"`
	}] `json:"_embedded"`
}

func (c collection) more() bool { return c.Links.V.Next != nil && c.Links.V.Next.Href != "" }
