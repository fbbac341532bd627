package amocrm

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"opendoor/offboarding"
)

// cardSetup is what Setup leaves with the account: the ids that our fields
// have in this CRM.
type cardSetup struct {
	Fields map[string]cardField `json:"fields"`
	// HookHash is the SHA-256 of the hook's address, which is a secret itself.
	HookHash string `json:"hook_hash,omitempty"`
}

type cardField struct {
	ID    number            `json:"id"`
	Enums map[string]number `json:"enums,omitempty"` // by our option
}

func setupOf(acc *offboarding.Account) cardSetup {
	var s cardSetup
	if json.Unmarshal(acc.CardSetup, &s) != nil {
		return cardSetup{}
	}
	return s
}

// ourFields finds our fields among those of the CRM by their codes.
func ourFields(all []customField) map[string]cardField {
	found := map[string]cardField{}
	for _, want := range offboarding.CardFields() {
		for _, f := range all {
			if !f.is(want) || string(f.Type) != typeOf(want.Type) {
				continue
			}
			field := cardField{ID: f.ID}
			for _, option := range want.Options {
				if e, ok := enumOf(f, option); ok {
					if field.Enums == nil {
						field.Enums = map[string]number{}
					}
					field.Enums[option.Code] = e.ID
				}
			}
			found[want.Code] = field
			break
		}
	}
	return found
}

// is reports whether the CRM's field is ours: by its code, or by the name that
// we gave it should the CRM have kept no code.
func (f customField) is(want offboarding.CardField) bool {
	if f.Code != "" {
		return strings.EqualFold(string(f.Code), want.Code)
	}
	for _, name := range want.Names {
		if string(f.Name) == name {
			return true
		}
	}
	return false
}

// enumOf finds the value of a select that stands for option: by its code, or
// by a label of ours, since amoCRM may drop codes of values.
func enumOf(f customField, option offboarding.CardOption) (enum, bool) {
	for _, e := range f.Enums {
		if strings.EqualFold(string(e.Code), option.Code) {
			return e, true
		}
	}
	for _, e := range f.Enums {
		for _, label := range option.Names {
			if e.Code == "" && strings.EqualFold(strings.TrimSpace(string(e.Value)), label) {
				return e, true
			}
		}
	}
	return enum{}, false
}

// typeOf translates the type of a card field.
func typeOf(t offboarding.FieldType) string {
	if t == offboarding.FieldNumber {
		return "numeric"
	}
	return string(t) // select, text, date and url are called the same
}

// cardFields returns our fields as the account's setup says or, without one,
// as they are found in the CRM. An account whose token may not see fields has none.
func (c *Connector) cardFields(ctx context.Context, acc *offboarding.Account, age time.Duration) (map[string]cardField, error) {
	if s := setupOf(acc); len(s.Fields) > 0 && age == cacheFor {
		return s.Fields, nil
	}
	all, err := c.fields(ctx, acc, age)
	if offboarding.IsKind(err, offboarding.KindInvalid) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return ourFields(all), nil
}
