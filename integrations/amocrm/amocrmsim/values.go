package amocrmsim

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// maxTextValue is the limit of one-line texts; longer ones belong in a textarea.
const maxTextValue = 256

// maxFieldValues is how many custom fields one new lead may bring.
const maxFieldValues = 40

// moscow is the account's zone; the vendor's accounts of this kind have no
// daylight saving.
var moscow = time.FixedZone("MSK", 3*60*60)

// fieldChange sets a field of an entity; no values clears it.
type fieldChange struct {
	field  *customField
	values []cfValue
}

// valuesJSON shows custom_fields_values, null when there are none.
func (s *Sim) valuesJSON(e *entity) any {
	var out []any
	for _, fv := range e.values {
		f := s.fields[e.kind].byID[fv.fieldID]
		if f == nil || len(fv.values) == 0 {
			continue
		}
		values := make([]any, len(fv.values))
		for i, v := range fv.values {
			row := object{"value": v.value}
			if v.enumID != 0 {
				row["enum_id"], row["enum_code"] = v.enumID, nullableText(v.enumCode)
			}
			values[i] = row
		}
		out = append(out, object{
			"field_id": f.id, "field_name": f.name, "field_code": nullableText(f.code), "field_type": f.typ, "values": values,
		})
	}
	if out == nil {
		return nil
	}
	return out
}

// fieldChanges reads custom_fields_values of one element.
func (s *Sim) fieldChanges(it *item, kind string, data map[string]any, path string) []fieldChange {
	var out []fieldChange
	for i, row := range it.objects(data, path, "custom_fields_values") {
		at := path + "custom_fields_values." + strconv.Itoa(i)
		f := s.fieldOf(kind, row)
		if f == nil {
			if row["field_id"] != nil || row["field_code"] == nil {
				it.badChoice(at + ".field_id")
			} else {
				it.badChoice(at + ".field_code")
			}
			continue
		}
		raw, set := row["values"]
		if !set {
			it.fail(codeMissing, at+".values", it.text.missing)
			continue
		}
		change := fieldChange{field: f}
		if raw != nil {
			for j, v := range it.objects(row, at+".", "values") {
				if cv, good := s.readValue(it, f, v, at+".values."+strconv.Itoa(j)); good {
					change.values = append(change.values, cv)
				}
			}
		}
		out = append(out, change)
	}
	return out
}

func (s *Sim) fieldOf(kind string, row map[string]any) *customField {
	if id, isInt := asInt(row["field_id"]); isInt {
		return s.fields[kind].byID[id]
	}
	code, _ := row["field_code"].(string)
	return s.fieldByCode(kind, code)
}

func (s *Sim) fieldByCode(kind, code string) *customField {
	if code == "" {
		return nil
	}
	for _, id := range s.fields[kind].order {
		if f := s.fields[kind].byID[id]; strings.EqualFold(f.code, code) {
			return f
		}
	}
	return nil
}

// readValue checks one value against the field's type and stores it the way in
// which the API will show it.
func (s *Sim) readValue(it *item, f *customField, v map[string]any, path string) (cfValue, bool) {
	value := v["value"]
	switch f.typ {
	case "select", "multiselect", "radiobutton", "category":
		return readEnum(it, f, v, path)
	case "multitext":
		text := scalarText(value)
		if text == "" {
			it.badType(path+".value", "string")
			return cfValue{}, false
		}
		if v["enum_id"] == nil && v["enum_code"] == nil {
			if len(f.enums) == 0 {
				return cfValue{value: text}, true
			}
			return cfValue{value: text, enumID: f.enums[0].id, enumCode: f.enums[0].value}, true
		}
		for _, e := range f.enums {
			id, _ := asInt(v["enum_id"])
			if e.id == id || v["enum_code"] == e.value {
				return cfValue{value: text, enumID: e.id, enumCode: e.value}, true
			}
		}
		it.badChoice(path + ".enum_id")
		return cfValue{}, false
	case "checkbox":
		switch b := value.(type) {
		case bool:
			return cfValue{value: b}, true
		case json.Number:
			return cfValue{value: b != "0"}, true
		case string:
			if b == "0" || b == "1" {
				return cfValue{value: b == "1"}, true
			}
		}
		it.badType(path+".value", "bool")
		return cfValue{}, false
	case "numeric", "price", "monetary":
		text := scalarText(value)
		if _, err := strconv.ParseFloat(text, 64); err != nil {
			it.badType(path+".value", "numeric")
			return cfValue{}, false
		}
		return cfValue{value: text}, true // the API shows numbers of fields as text
	case "date", "date_time", "birthday":
		if unix, isInt := asInt(value); isInt {
			return cfValue{value: unix}, true
		}
		text, _ := value.(string)
		for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", time.DateTime, time.DateOnly} {
			if t, err := time.ParseInLocation(layout, text, moscow); err == nil {
				return cfValue{value: t.Unix()}, true
			}
		}
		it.badType(path+".value", "date")
		return cfValue{}, false
	case "text", "textarea", "url", "streetaddress", "tracking_data":
		text, isText := value.(string)
		if !isText {
			it.badType(path+".value", "string")
			return cfValue{}, false
		}
		if f.typ == "text" && utf8.RuneCountInString(text) > maxTextValue {
			it.fail(codeLong, path+".value", it.text.tooBig)
			return cfValue{}, false
		}
		return cfValue{value: text}, true
	}
	if value == nil {
		it.fail(codeMissing, path+".value", it.text.missing)
		return cfValue{}, false
	}
	return cfValue{value: value}, true
}

func readEnum(it *item, f *customField, v map[string]any, path string) (cfValue, bool) {
	for _, e := range f.enums {
		id, byID := asInt(v["enum_id"])
		switch {
		case v["enum_id"] != nil && byID && id == e.id,
			v["enum_id"] == nil && v["enum_code"] != nil && v["enum_code"] == e.code,
			v["enum_id"] == nil && v["enum_code"] == nil && v["value"] == e.value:
			return cfValue{value: e.value, enumID: e.id, enumCode: e.code}, true
		}
	}
	switch {
	case v["enum_id"] != nil:
		it.badChoice(path + ".enum_id")
	case v["enum_code"] != nil:
		it.badChoice(path + ".enum_code")
	default:
		it.badChoice(path + ".value")
	}
	return cfValue{}, false
}

// hookValues writes custom fields in the old shapes of hooks: radio buttons as
// an object, dates as a scalar, choices with their enum id.
func (s *Sim) hookValues(e *entity) list {
	var out list
	for _, fv := range e.values {
		f := s.fields[e.kind].byID[fv.fieldID]
		if f == nil {
			continue
		}
		row := fields{{"id", f.id}, {"name", f.name}}
		var values any
		switch f.typ {
		case "radiobutton":
			if len(fv.values) > 0 {
				values = fields{{"value", hookScalar(f, fv.values[0])}, {"enum", fv.values[0].enumID}}
			}
		case "date", "date_time":
			l := list{}
			for _, v := range fv.values {
				l = append(l, hookScalar(f, v))
			}
			values = l
		default:
			l := list{}
			for _, v := range fv.values {
				one := fields{{"value", hookScalar(f, v)}}
				if v.enumID != 0 {
					one = append(one, field{"enum", v.enumID})
				}
				l = append(l, one)
			}
			values = l
		}
		row = append(row, field{"values", values})
		if f.code != "" {
			row = append(row, field{"code", f.code})
		}
		out = append(out, row)
	}
	return out
}

func hookScalar(f *customField, v cfValue) any {
	switch x := v.value.(type) {
	case bool:
		return x
	case int64:
		if f.typ == "birthday" {
			return time.Unix(x, 0).In(moscow).Format("02.01.2006")
		}
		return x
	}
	return scalarText(v.value)
}
