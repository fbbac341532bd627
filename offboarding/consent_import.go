package offboarding

import (
	"context"
	"slices"
	"strings"
	"time"
)

// This file takes consents from a table that people bring: a list of a mailing
// service, papers that somebody has typed in. Without its proof a consent is none.

// ConsentRow says what became of one row, or would become of it.
type ConsentRow struct {
	Row    int // as the table counts: 1 is the head
	Action string
	Line   *ContactConsent
	Errors []FieldError
}

var consentColumns = map[string][]string{
	"person":          {"person", "address", "email", "e-mail", "phone", "кто", "адрес", "почта", "эл. почта", "телефон"},
	"channel":         {"channel", "канал"},
	"class":           {"class", "класс", "вид"},
	"given":           {"given", "consent", "согласие", "дано"},
	"granted_at":      {"granted_at", "date", "given at", "дата", "когда", "дата согласия"},
	"source":          {"source", "источник", "откуда"},
	"wording":         {"wording", "text", "текст", "формулировка", "текст согласия"},
	"wording_version": {"wording_version", "version", "версия", "версия текста"},
	"document":        {"document", "proof", "документ", "подтверждение"},
	"ip":              {"ip", "ip address", "ip-адрес"},
}

// ImportConsents adds the rows of a table to the ledger, or with dry only says
// what it would do. A row that is wrong keeps no other back, and one that is in
// the ledger already changes nothing.
func (w *WinBack) ImportConsents(ctx context.Context, rows [][]string, dry bool, by Actor) (*Imported[ConsentRow], error) {
	t, err := readHead(rows, consentColumns, func(field string) bool { return field == "person" }, "person")
	if err != nil {
		return nil, err
	}
	out := &Imported[ConsentRow]{Ignored: t.ignored()}
	for i, row := range t.rows[1:] {
		v := t.values(row)
		if len(v) == 0 {
			continue // an empty line between others
		}
		res := ConsentRow{Row: i + 2}
		res.Line, res.Errors = consentOf(v)
		res.Errors = append(res.Errors, res.Line.check(w.now())...)
		if res.Line.Given && res.Line.Document == "" && res.Line.IP == "" {
			res.Errors = append(res.Errors, FieldError{"document", "where the proof lies, or the IP address from which it was given"})
		}
		res.Action = ImportError
		if len(res.Errors) == 0 {
			if res.Action, err = w.importConsent(ctx, res.Line, dry, by); err != nil {
				return nil, err
			}
		}
		out.Rows = append(out.Rows, res)
	}
	return out, nil
}

func (w *WinBack) importConsent(ctx context.Context, c *ContactConsent, dry bool, by Actor) (string, error) {
	known, err := w.store.ConsentLines(ctx, w.keys.StopHash(c.Channel, c.Person), Page{Limit: 1000})
	if err != nil {
		return "", err
	}
	if slices.ContainsFunc(known, func(k *ContactConsent) bool {
		return k.Channel == c.Channel && k.Class == c.Class && k.Given == c.Given && k.GrantedAt.Equal(c.GrantedAt) && k.Source == c.Source
	}) {
		return ImportUnchanged, nil
	}
	if dry {
		return ImportCreate, nil
	}
	return ImportCreate, w.RecordConsent(ctx, c, by)
}

// consentOf reads a row. What a table does not say is the usual: a consent that
// was given to offers by e-mail.
func consentOf(v map[string]string) (*ContactConsent, []FieldError) {
	c := &ContactConsent{
		Person: v["person"], Channel: Channel(strings.ToLower(v["channel"])), Class: Class(strings.ToLower(v["class"])), Given: true, Source: v["source"],
		Wording: v["wording"], WordingVersion: v["wording_version"], Document: v["document"], IP: v["ip"],
	}
	if c.Channel == "" {
		c.Channel = ChannelEmail
	}
	if c.Class == "" {
		c.Class = ClassMarketing
	}
	var wrong []FieldError
	if s, ok := v["given"]; ok {
		yes, known := map[string]bool{"yes": true, "true": true, "1": true, "да": true, "no": false, "false": false, "0": false, "нет": false}[strings.ToLower(s)]
		if !known {
			wrong = append(wrong, FieldError{"given", "yes or no"})
		}
		c.Given = yes
	}
	if at, err := time.Parse(time.RFC3339, v["granted_at"]); err == nil {
		c.GrantedAt = at.UTC()
	} else if day, ok := anyDay(v["granted_at"]); ok {
		c.GrantedAt, _ = time.Parse(time.DateOnly, day)
	}
	return c, wrong
}
