package bitrix24sim

import (
	"encoding/base64"
	"math"
	"strconv"
	"strings"
	"time"
)

// Portals print times with their own offset and whole seconds.
const isoTime = "2006-01-02T15:04:05-07:00"

// civilDate is how a date is stored: a day without a place.
const civilDate = "2006-01-02"

func (s *Sim) printTime(t time.Time) string { return t.In(s.zone).Format(isoTime) }

// printDate prints a day as a portal does: midnight UTC in portal time, so that
// 9 September in Moscow is 2024-09-09T03:00:00+03:00.
func (s *Sim) printDate(day string) string {
	t, err := time.Parse(civilDate, day)
	if err != nil {
		return ""
	}
	return s.printTime(t)
}

// timeLayouts are the ways in which callers write a time; those without an
// offset are portal time.
var timeLayouts = [...]string{
	time.RFC3339, "2006-01-02T15:04:05-0700", "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04:05",
	"2006-01-02 15:04", "02.01.2006 15:04:05", "02.01.2006 15:04", civilDate, "02.01.2006",
}

func (s *Sim) readTime(v any) (time.Time, bool) {
	text := strings.TrimSpace(toString(v))
	for _, layout := range timeLayouts {
		if t, err := time.ParseInLocation(layout, text, s.zone); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

// readDate reads a day: the UTC day of what printDate writes, otherwise the day
// as written.
func (s *Sim) readDate(v any) (string, bool) {
	t, ok := s.readTime(v)
	if !ok {
		return "", false
	}
	if u := t.UTC(); len(toString(v)) > len(civilDate) && u.Hour() == 0 && u.Minute() == 0 && u.Second() == 0 {
		return u.Format(civilDate), true
	}
	return t.Format(civilDate), true
}

// read turns what a caller sent for a field into a stored value; false means
// that the value makes no sense for the field.
func (s *Sim) read(f *field, v any) (any, bool) {
	if f.user != nil && f.user.multiple {
		var out []any
		items := []any{v}
		if a, ok := v.(*array); ok {
			items = a.values()
		}
		for _, item := range items {
			one, ok := s.readOne(f, item)
			if !ok {
				return nil, false
			}
			if one != nil {
				out = append(out, one)
			}
		}
		if out == nil {
			return nil, true
		}
		return out, true
	}
	return s.readOne(f, v)
}

func (s *Sim) readOne(f *field, v any) (any, bool) {
	typ := f.typ
	if typ == "file" {
		return s.readFile(v)
	}
	if _, isArray := v.(*array); isArray {
		return nil, false
	}
	text := toString(v)
	switch typ {
	case "user", "crm_lead", "crm_company", "crm_contact", "crm_quote", "integer", "crm_category":
		if text == "" {
			return nil, true
		}
		n, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
		if err != nil {
			return nil, false
		}
		if n == 0 && typ != "integer" && typ != "crm_category" {
			return nil, true
		}
		return int(n), true
	case "double", "number":
		if text == "" {
			return nil, true
		}
		return toFloatOK(text)
	case "char":
		if isYes(v) {
			return "Y", true
		}
		return "N", true
	case "boolean":
		if text == "" {
			return nil, true
		}
		if isYes(v) {
			return 1, true
		}
		return 0, true
	case "date":
		if text == "" {
			return nil, true
		}
		return s.readDate(v)
	case "datetime":
		if text == "" {
			return nil, true
		}
		return s.readTime(v)
	case "enumeration":
		// A portal keeps the number of a list item and nothing else: a label or
		// a foreign number leaves the field empty.
		n, _ := toInt(v)
		for _, o := range f.user.options {
			if o.id == n {
				return n, true
			}
		}
		return nil, true
	default:
		if v == nil {
			return nil, true
		}
		return text, true
	}
}

func toFloatOK(text string) (any, bool) {
	f, ok := toFloat(text)
	if !ok || math.IsNaN(f) || math.IsInf(f, 0) {
		return nil, false
	}
	return f, true
}

// readFile takes {"fileData":[name,base64]} or [name,base64] and keeps the file;
// {"id":n} names one that is kept already.
func (s *Sim) readFile(v any) (any, bool) {
	a, ok := v.(*array)
	if !ok {
		return nil, toString(v) == ""
	}
	if data, ok := a.get("fileData").(*array); ok {
		a = data
	}
	if id, ok := toInt(a.get("id")); ok {
		return id, s.files[id] != nil
	}
	if a.len() < 2 {
		return nil, true
	}
	f, ok := s.keepFile(toString(a.get("0")), toString(a.get("1")))
	if !ok {
		return nil, false
	}
	return f.id, true
}

// keepFile stores a base64 body under a name.
func (s *Sim) keepFile(name, encoded string) (*file, bool) {
	body, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil || name == "" {
		return nil, false
	}
	s.lastFile++
	f := &file{id: s.lastFile, name: name, body: body, at: s.now()}
	s.files[f.id] = f
	return f, true
}

// legacy prints a stored value as crm.deal.* does: scalars are strings, and
// nothing has five spellings.
func (s *Sim) legacy(f *field, v any) any {
	if f.user != nil && f.user.multiple {
		vals, _ := v.([]any)
		if len(vals) == 0 {
			if f.typ == "file" {
				return list()
			}
			return false
		}
		out := &array{}
		for _, one := range vals {
			out.push(s.legacyOne(f, one))
		}
		return out
	}
	if v == nil && f.user != nil {
		switch f.typ {
		case "string", "url", "enumeration", "money":
			return ""
		}
	}
	return s.legacyOne(f, v)
}

func (s *Sim) legacyOne(f *field, v any) any {
	switch v := v.(type) {
	case nil:
		return nil
	case float64:
		if f.typ == "double" && f.user == nil {
			return strconv.FormatFloat(v, 'f', 2, 64)
		}
		return strconv.FormatFloat(v, 'f', -1, 64)
	case int:
		if f.typ == "file" {
			return s.printFile(v)
		}
		return strconv.Itoa(v)
	case time.Time:
		return s.printTime(v)
	case string:
		if f.typ == "date" {
			return s.printDate(v)
		}
		return v
	default:
		return toString(v)
	}
}

// modern prints a stored value as crm.item.* does: numbers are numbers.
func (s *Sim) modern(f *field, v any) any {
	if f.user != nil && f.user.multiple {
		out := &array{}
		vals, _ := v.([]any)
		for _, one := range vals {
			out.push(s.modernOne(f, one))
		}
		return out
	}
	return s.modernOne(f, v)
}

func (s *Sim) modernOne(f *field, v any) any {
	switch v := v.(type) {
	case nil:
		return f.empty
	case int:
		switch f.typ {
		case "file":
			return s.printFile(v)
		case "boolean":
			if v == 1 {
				return "Y"
			}
			return "N"
		}
		return v
	case time.Time:
		return s.printTime(v)
	case string:
		if f.typ == "date" {
			return s.printDate(v)
		}
		return v
	default:
		return v
	}
}

func (s *Sim) printFile(id int) any {
	n := strconv.Itoa(id)
	return row("id", id, "showUrl", s.portal+"/upload/show/"+n, "downloadUrl", s.portal+"/upload/show/"+n)
}
