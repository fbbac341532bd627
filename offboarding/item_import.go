package offboarding

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

// This file takes the lines of an inventory from a table that people bring; an
// inventory that we wrote comes back as it was.

// ItemRow says what became of one row, or would become of it.
type ItemRow struct {
	Row    int // as the table counts: 1 is the head
	Action string
	Title  string
	ItemID *uuid.UUID
	Errors []FieldError
}

// itemColumns are the heads by which people name the fields of an item.
var itemColumns = map[string][]string{
	"category":       {"category", "раздел", "категория"},
	"title":          {"title", "name", "наименование", "название", "документ"},
	"doc_no":         {"doc_no", "number", "document number", "номер", "номер документа"},
	"doc_date":       {"doc_date", "date", "document date", "дата", "дата документа"},
	"period":         {"period", "период"},
	"form":           {"form", "вид", "форма"},
	"copies":         {"copies", "экз.", "экз", "экземпляров", "количество экземпляров"},
	"pages":          {"pages", "листов", "страниц", "л."},
	"location":       {"location", "medium", "medium/location", "место", "носитель", "место хранения"},
	"file_ref":       {"file_ref", "file address", "ссылка", "ссылка на файл", "адрес файла"},
	"ownership":      {"ownership", "чьё", "принадлежность", "владение"},
	"permission":     {"permission", "разрешение"},
	"mandatory":      {"mandatory", "обязательно", "обязательный"},
	"confidential":   {"confidential", "конфиденциально"},
	"status":         {"status", "here", "статус", "есть"},
	"missing_reason": {"missing_reason", "why not", "почему нет", "причина отсутствия"},
	"promised_on":    {"promised_on", "expected", "будет", "срок", "обещано"},
	"owner":          {"owner", "кто отвечает", "ответственный"},
}

// itemWords are how people write the values of a choice.
var itemWords = map[string]map[string]string{
	"form": {
		"original": "original", "оригинал": "original", "подлинник": "original", "copy": "copy", "копия": "copy",
		"electronic": "electronic", "электронный": "electronic", "электронно": "electronic", "файл": "electronic",
	},
	"ownership": {
		"client_property": "client_property", "client": "client_property", "клиента": "client_property", "собственность клиента": "client_property",
		"work_product": "work_product", "результат работ": "work_product", "internal": "internal", "внутреннее": "internal",
		"third_party": "third_party", "третьих лиц": "third_party",
	},
	"status": {
		"expected": "expected", "ожидается": "expected", "no": "expected", "нет": "expected", "-": "expected",
		"collected": "collected", "собрано": "collected", "yes": "collected", "есть": "collected", "да": "collected", "+": "collected",
		"missing": "missing", "отсутствует": "missing",
	},
}

var yesWords = map[string]bool{
	"да": true, "yes": true, "true": true, "1": true, "+": true, "*": true, "нет": false, "no": false, "false": false, "0": false, "-": false,
}

func wantsTitle(field string) bool { return field == "title" }

// overItem writes what a row says over an item; an empty cell says nothing.
func overItem(it *Item, v map[string]string) []FieldError {
	var wrong []FieldError
	var p ItemPatch
	for field, to := range map[string]**string{
		"category": &p.Category, "title": &p.Title, "doc_no": &p.DocNo, "period": &p.Period, "location": &p.Location, "file_ref": &p.FileRef,
		"permission": &p.Permission, "missing_reason": &p.MissingReason, "owner": &p.Owner,
	} {
		if s, ok := v[field]; ok {
			*to = &s
		}
	}
	for field, to := range map[string]**string{"doc_date": &p.DocDate, "promised_on": &p.PromisedOn} {
		if s, ok := v[field]; ok {
			day, good := anyDay(s)
			if !good {
				wrong = append(wrong, FieldError{field, "a day: 2026-03-01 or 01.03.2026"})
				continue
			}
			*to = &day
		}
	}
	for field, to := range map[string]**int{"copies": &p.Copies, "pages": &p.Pages} {
		if s, ok := v[field]; ok {
			n, err := strconv.Atoi(s)
			if err != nil {
				wrong = append(wrong, FieldError{field, "a whole number"})
				continue
			}
			*to = &n
		}
	}
	for field, to := range map[string]**bool{"mandatory": &p.Mandatory, "confidential": &p.Confidential} {
		if s, ok := v[field]; ok {
			yes, good := yesWords[foldHead(s)]
			if !good {
				wrong = append(wrong, FieldError{field, "yes or no"})
				continue
			}
			*to = &yes
		}
	}
	choice := func(field string) (string, bool) {
		s, ok := v[field]
		if !ok {
			return "", false
		}
		word, good := itemWords[field][foldHead(s)]
		if !good {
			wrong = append(wrong, FieldError{field, "«" + s + "» is not known"})
		}
		return word, good
	}
	if s, ok := choice("form"); ok {
		f := Form(s)
		p.Form = &f
	}
	if s, ok := choice("ownership"); ok {
		o := Ownership(s)
		p.Ownership = &o
	}
	if s, ok := choice("status"); ok && (ItemStatus(s) != ItemCollected || !it.There()) && (ItemStatus(s) != ItemExpected || it.Status != ItemMissing) {
		st := ItemStatus(s)
		p.Status = &st
	}
	if len(wrong) > 0 {
		return wrong
	}
	switch e, ok := p.apply(it).(*Error); { //nolint:errorlint // apply returns it bare
	case !ok:
	case len(e.Fields) > 0:
		wrong = e.Fields
	default:
		wrong = []FieldError{{"status", e.Msg}}
	}
	return wrong
}

// itemImport is a table applied to a list.
type itemImport struct {
	Imported[ItemRow]
	added   []*Item
	newRows []int   // the rows of those that are added
	changed []*Item // copies; those of the list stay as they are
}

// readItems applies a table to the items of a list, without storing anything.
func readItems(there []*Item, rows [][]string) (*itemImport, error) {
	t, err := readHead(rows, itemColumns, wantsTitle, "title (наименование)")
	if err != nil {
		return nil, err
	}
	known := map[string]*Item{}
	for _, it := range there {
		known[it.rowKey()] = it
	}
	// What a checklist expects has no number yet; the first row of its name brings it.
	bare := func(title string) string { return (&Item{Title: title}).rowKey() }
	out := &itemImport{Imported: Imported[ItemRow]{Ignored: t.ignored()}}
	seen := map[string]int{}
	for i, row := range t.rows[1:] {
		v := t.values(row)
		if len(v) == 0 {
			continue
		}
		res := ItemRow{Row: i + 2, Title: v["title"], Action: ImportCreate}
		key := (&Item{Title: v["title"], DocNo: v["doc_no"], Period: v["period"]}).rowKey()
		it := &Item{}
		old := known[key]
		if expected := known[bare(v["title"])]; old == nil && expected != nil && !expected.There() {
			old = expected
			delete(known, bare(v["title"]))
		}
		if old != nil {
			one := *old
			it, res.Action, res.ItemID = &one, ImportUpdate, &old.ID
		}
		before := it.shown()
		switch {
		case v["title"] == "":
			res.Errors = []FieldError{{"title", "what the thing is called"}}
		case seen[key] != 0:
			res.Errors = []FieldError{{"title", fmt.Sprintf("the same thing stands in row %d", seen[key])}}
		default:
			seen[key] = res.Row
			res.Errors = overItem(it, v)
		}
		slices.SortFunc(res.Errors, func(a, b FieldError) int { return strings.Compare(a.Field, b.Field) })
		switch {
		case len(res.Errors) > 0:
			res.Action = ImportError
		case res.ItemID == nil:
			out.added, out.newRows = append(out.added, it), append(out.newRows, len(out.Rows))
		case it.shown() == before:
			res.Action = ImportUnchanged
		default:
			out.changed = append(out.changed, it)
		}
		out.Rows = append(out.Rows, res)
	}
	return out, nil
}

// rowKey tells the lines of a table apart.
func (it *Item) rowKey() string {
	return foldHead(strings.Join([]string{it.Title, it.DocNo, it.Period}, "\x00"))
}

// shown is everything that a row may change.
func (it *Item) shown() string {
	return fmt.Sprint(it.Category, "\x00", it.Title, "\x00", it.DocNo, it.DocDate, "\x00", it.Period, it.Form, it.Copies, it.Pages, "\x00", it.Location, "\x00", it.FileRef, it.Ownership,
		it.Permission, it.Mandatory, it.Confidential, it.Status, "\x00", it.MissingReason, it.PromisedOn, it.Owner)
}

// store writes an import: what is new behind the list, what changed in its place.
func (im *itemImport) store(ctx context.Context, tx Store, there []*Item, accountID, listID uuid.UUID, caseID *uuid.UUID, now time.Time) ([]*Item, error) {
	fetch, err := place(shapeOf(there), im.added, accountID, listID, caseID, now)
	if err != nil {
		return nil, err
	}
	if err := tx.AddItems(ctx, im.added); err != nil {
		return nil, err
	}
	for i, row := range im.newRows {
		im.Rows[row].ItemID = &im.added[i].ID
	}
	out := slices.Clone(there)
	for _, it := range im.changed {
		n := slices.IndexFunc(out, func(o *Item) bool { return o.ID == it.ID })
		if it.FileRef != out[n].FileRef && it.FileRef != "" {
			if err := dropFile(ctx, tx, it.File); err != nil {
				return nil, err
			}
			it.File = nil
			fetch = append(fetch, it.fetch(caseID, now)...)
		}
		if err := tx.SaveItem(ctx, it); err != nil {
			return nil, err
		}
		out[n] = it
	}
	err = tx.AddEffects(ctx, fetch)
	return append(out, im.added...), err
}

// ImportItems takes lines of a snapshot from a table, or with dry only says
// what it would do. A row that is wrong keeps no other back.
func (a *Archive) ImportItems(ctx context.Context, scope []uuid.UUID, contractID, id uuid.UUID, rows [][]string, dry bool, by Actor) (*Imported[ItemRow], error) {
	if dry {
		sh, err := a.Show(ctx, scope, contractID, id)
		if err == nil && !sh.Inventory.ClosedAt.IsZero() {
			err = errClosed
		}
		if err != nil {
			return nil, err
		}
		im, err := readItems(sh.Items, rows)
		if err != nil {
			return nil, err
		}
		return &im.Imported, nil
	}
	var out *Imported[ItemRow]
	_, err := a.change(ctx, scope, contractID, id, func(tx Store, sh *Shelf) error {
		im, err := readItems(sh.Items, rows)
		if err != nil {
			return err
		}
		if sh.Items, err = im.store(ctx, tx, sh.Items, sh.Account.ID, id, nil, a.now()); err != nil {
			return err
		}
		out = &im.Imported
		return tx.Record(ctx, sh.line(by, "inventory.imported", fmt.Sprintf("items from a table: %d new, %d changed", len(im.added), len(im.changed))))
	})
	return out, err
}

// ImportItems takes lines of a case's inventory from a table; see
// Archive.ImportItems.
func (k *Clerk) ImportItems(ctx context.Context, scope []uuid.UUID, caseID uuid.UUID, rows [][]string, dry bool, by Actor) (*Imported[ItemRow], error) {
	if dry {
		f, err := k.Show(ctx, scope, caseID)
		if err != nil {
			return nil, err
		}
		im, err := readItems(f.Items, rows)
		if err != nil {
			return nil, err
		}
		return &im.Imported, nil
	}
	var out *Imported[ItemRow]
	_, err := k.change(ctx, scope, caseID, func(tx Store, f *Folder) error {
		im, err := readItems(f.Items, rows)
		if err != nil {
			return err
		}
		if f.Items, err = im.store(ctx, tx, f.Items, f.Case.AccountID, f.Case.ID, &f.Case.ID, k.now()); err != nil {
			return err
		}
		out = &im.Imported
		if err := f.collecting(ctx, tx); err != nil {
			return err
		}
		return tx.Record(ctx, f.Case.line(by, "handover.imported", fmt.Sprintf("items from a table: %d new, %d changed", len(im.added), len(im.changed)), nil))
	})
	return out, err
}
