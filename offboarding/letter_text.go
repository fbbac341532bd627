package offboarding

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"opendoor/offboarding/tone"
)

// LetterText is an operator's own text of one letter in one language. Versions
// count up and are kept; the newest counts.
type LetterText struct {
	ID        uuid.UUID
	Code      string
	Lang      Lang
	Version   int  // 1 is the text without any of the database
	Operators bool // it stands in the database
	Subject   string
	Text      string
	HTML      string   // empty: made from Text
	Accepted  []string // rules of the tone guard whose warning its author has accepted
	By        Actor
	CreatedAt time.Time
}

// BuiltIn reports whether this version only says that the text that ships, or
// that of the operator's folder, is back.
func (t *LetterText) BuiltIn() bool { return t.Subject == "" && t.Text == "" && t.HTML == "" }

// LetterTexts keeps the texts that operators have replaced.
type LetterTexts interface {
	// AddLetterText stores a version; one that is there already is ErrStale.
	AddLetterText(ctx context.Context, t *LetterText) error
	// LetterText returns a version, the newest one for zero, or ErrNotFound.
	LetterText(ctx context.Context, code string, lang Lang, version int) (*LetterText, error)
	// LetterTexts lists the newest version of each text.
	LetterTexts(ctx context.Context) ([]*LetterText, error)
}

// Press writes letters and knows their texts.
type Press interface {
	Letters
	// Text returns the text that stands when the database holds none.
	Text(code string, lang Lang) (*LetterText, bool)
	// Check reads a text and reports its mistakes: KindInvalid with a field each.
	Check(t *LetterText) error
	// Sample returns a letter with made-up values.
	Sample(code string, lang Lang) LetterData
	// Fields lists what a text may print.
	Fields(code string) []string
	// Elements lists the elements that a text must hold.
	Elements(code string) []string
}

// Editor is where people read and replace the texts of letters.
type Editor struct {
	store Store
	press Press
	now   func() time.Time
}

// NewEditor returns an editor.
func NewEditor(store Store, press Press, now func() time.Time) *Editor {
	return &Editor{store: store, press: press, now: now}
}

// Texts lists the text of every letter in every language that counts now.
func (e *Editor) Texts(ctx context.Context) ([]*LetterText, error) {
	own, err := e.store.LetterTexts(ctx)
	if err != nil {
		return nil, err
	}
	var out []*LetterText
	for _, k := range LetterKinds {
		for _, lang := range []Lang{RU, EN} {
			t, ok := e.stock(k.Code, lang)
			if !ok {
				continue
			}
			i := slices.IndexFunc(own, func(o *LetterText) bool { return o.Code == k.Code && o.Lang == lang })
			if i >= 0 {
				t = e.over(own[i], t)
			}
			out = append(out, t)
		}
	}
	return out, nil
}

// Text returns a version of a letter's text, the one that counts for zero.
func (e *Editor) Text(ctx context.Context, code string, lang Lang, version int) (*LetterText, error) {
	stock, ok := e.stock(code, lang)
	switch {
	case !ok:
		return nil, ErrNotFound
	case version == builtInVersion:
		return stock, nil
	}
	own, err := e.store.LetterText(ctx, code, lang, version)
	if IsKind(err, KindNotFound) && version == 0 {
		return stock, nil
	}
	if err != nil {
		return nil, err
	}
	return e.over(own, stock), nil
}

// over shows an operator's version; one that only puts the stock text back
// shows that.
func (e *Editor) over(own, stock *LetterText) *LetterText {
	t := *own
	t.Operators = !own.BuiltIn()
	if own.BuiltIn() {
		t.Subject, t.Text, t.HTML = stock.Subject, stock.Text, stock.HTML
	}
	return &t
}

// builtInVersion is the version of the text that needs no database.
const builtInVersion = 1

func (e *Editor) stock(code string, lang Lang) (*LetterText, bool) {
	t, ok := e.press.Text(code, lang)
	if ok {
		t.Version = builtInVersion
	}
	return t, ok
}

// Replace stores a new version of a text, once it can be read, holds its
// elements and passes the tone guard. seen, when not zero, is the version that
// the caller has seen; accepted says that its warnings are meant.
func (e *Editor) Replace(ctx context.Context, t *LetterText, seen int, accepted bool, by Actor) (*LetterText, *ToneRecord, error) {
	stock, ok := e.stock(t.Code, t.Lang)
	if !ok {
		return nil, nil, ErrNotFound
	}
	var record *ToneRecord
	if !t.BuiltIn() {
		_, r, err := e.Preview(t)
		if err != nil {
			return nil, nil, err
		}
		if err := r.refusal(accepted); err != nil {
			return nil, nil, err
		}
		record, t.Accepted = r, r.rules()
	}
	t.ID, t.By, t.CreatedAt = NewID(), by, e.now().UTC()
	err := e.store.InTx(ctx, func(tx Store) error {
		last, err := tx.LetterText(ctx, t.Code, t.Lang, 0)
		if err != nil && !IsKind(err, KindNotFound) {
			return err
		}
		t.Version = builtInVersion + 1
		if last != nil {
			t.Version = last.Version + 1
		}
		if seen != 0 && seen != t.Version-1 {
			return &Error{Kind: KindStale, Rule: "version", Msg: fmt.Sprintf("the text is at version %d", t.Version-1)}
		}
		if err := tx.AddLetterText(ctx, t); err != nil {
			return err
		}
		what := "was replaced"
		if t.BuiltIn() {
			what = "is the built-in one again"
		}
		return tx.Record(ctx, Audit{Stream: "system", Actor: by, Kind: "template.replaced", Summary: fmt.Sprintf("the text of %s in %s %s, version %d", t.Code, t.Lang, what, t.Version)})
	})
	if err != nil {
		return nil, nil, err
	}
	return e.over(t, stock), record, nil
}

// Preview writes a text with made-up values and judges it.
func (e *Editor) Preview(t *LetterText) (*WrittenLetter, *ToneRecord, error) {
	stock, ok := e.press.Text(t.Code, t.Lang)
	if !ok {
		return nil, nil, ErrNotFound
	}
	try := *t
	if try.BuiltIn() {
		try = *stock
	}
	try.Version = 0
	if err := e.press.Check(&try); err != nil {
		return nil, nil, err
	}
	d := e.press.Sample(t.Code, t.Lang)
	d.Own = &try
	w, err := e.press.Write(d)
	if err != nil {
		return nil, nil, Invalid("the text cannot be written: " + err.Error())
	}
	k, _ := LetterKindOf(t.Code)
	return w, judgeToStore(w, k, t.Lang, *d.Case), nil
}

// judgeToStore judges words that are kept for letters to come, by where they
// would hurt most.
func judgeToStore(w *WrittenLetter, k *LetterKind, lang Lang, c Case) *ToneRecord {
	if !k.mayOffer() {
		c.State = StateLeaving
	}
	return judge(w, k, lang, &c)
}

// Fields lists what a text may print, and Elements what it must hold.
func (e *Editor) Fields(code string) []string { return e.press.Fields(code) }

// Elements lists the elements that a text must hold.
func (e *Editor) Elements(code string) []string { return e.press.Elements(code) }

// judge asks the tone guard about a letter as it would leave. Letters to our
// own people are judged too, but miss no elements.
func judge(w *WrittenLetter, k *LetterKind, lang Lang, c *Case) *ToneRecord {
	parted := slices.Contains([]State{StateParted, StateInTouch, StateReturned, StateClosed}, c.State)
	intent := c.Intent
	switch {
	case c.State == StateLeaving: // the time for offers is over, whatever the intent is called
		intent = IntentFinal
	case parted && c.State != StateReturned && !k.mayOffer(): // mixed content counts as marketing (domain §9.1)
		intent, parted = IntentFinal, false
	}
	l := tone.Letter{Text: w.Subject + "\n" + w.Text, Lang: string(lang), Intent: string(intent), Parted: parted, Quotes: w.Quotes, Names: w.Names, Titles: w.Titles}
	if !k.Internal {
		l.Kind = k.Kind
	}
	for _, p := range w.Parts {
		l.Parts = append(l.Parts, tone.Part{Element: p.Element, Text: p.Text})
	}
	report := tone.Check(l)
	r := &ToneRecord{Verdict: string(report.Verdict), Missing: report.Missing, Text: "stock"}
	if w.Own {
		r.Text = "operator"
	}
	for _, f := range report.Findings {
		r.Findings = append(r.Findings, ToneFinding{
			Rule: string(f.Rule), Level: string(f.Level), Start: f.Start, End: f.End, Text: f.Text, Explanation: f.Explanation,
		})
	}
	return r
}

// rules lists the rules that found something, each once.
func (r *ToneRecord) rules() []string {
	var out []string
	for _, f := range r.Findings {
		if !slices.Contains(out, f.Rule) {
			out = append(out, f.Rule)
		}
	}
	return out
}

// refusal says why a text may not be stored: the guard blocks it, or warns and
// nobody has said that it is meant.
func (r *ToneRecord) refusal(accepted bool) error {
	if r.Verdict == string(tone.Pass) || r.Verdict == string(tone.Warn) && accepted {
		return nil
	}
	fields := r.mistakes("text")
	if r.Verdict == string(tone.Warn) {
		return Invalid("the tone guard warns; send accept_warnings if the text is meant like this", fields...)
	}
	return Invalid("the tone guard blocks this text", fields...)
}

// mistakes says of a field what the guard found in it.
func (r *ToneRecord) mistakes(field string) []FieldError {
	var out []FieldError
	for _, f := range r.Findings {
		out = append(out, FieldError{field, fmt.Sprintf("%s (%s) at %d–%d «%s»: %s", f.Rule, f.Level, f.Start, f.End, f.Text, f.Explanation)})
	}
	for _, id := range r.Missing {
		out = append(out, FieldError{field, "the required element " + id + " is missing: mark the sentence that carries it, {{element \"" + id + "\"}}…{{end}}"})
	}
	return out
}

// forbidden returns the rule that nobody may override, or "".
func (r *ToneRecord) forbidden() string {
	for _, f := range r.Findings {
		if f.Level == string(tone.Block) && !tone.Rule(f.Rule).Overridable() {
			return f.Rule
		}
	}
	return ""
}

// why says in one line what the guard found.
func (r *ToneRecord) why() string {
	what := r.rules()
	for _, id := range r.Missing {
		what = append(what, "missing "+id)
	}
	return strings.Join(what, ", ")
}
