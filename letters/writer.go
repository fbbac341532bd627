// Package letters writes what opendoor says: letters to clients, and notes and
// tasks for the people of the company, in Russian and English.
package letters

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"sync"
	texttemplate "text/template"

	"opendoor/offboarding"
)

//go:embed ru/*.tmpl en/*.tmpl layout.html.tmpl
var stock embed.FS

var _ offboarding.Press = (*Writer)(nil)

// names of the files of each letter, as in ru/acknowledgement.txt.tmpl.
var names = map[string]string{
	offboarding.T01: "acknowledgement", offboarding.T02: "lapse_check_in", offboarding.T03: "exit_survey", offboarding.T3R: "exit_survey_reminder",
	offboarding.T04: "apology", offboarding.T05: "stayed", offboarding.T06: "cancellation_letter", offboarding.T07: "save_proposal",
	offboarding.T08: "settlement", offboarding.T09: "handover_delivery", offboarding.T9C: "handover_code", offboarding.T10: "delay_notice",
	offboarding.T11: "acceptance_request", offboarding.T11R: "acceptance_reminder", offboarding.T12: "farewell", offboarding.T13: "successor_letter", offboarding.T13Q: "successor_question",
	offboarding.T14: "birthday", offboarding.T15: "news", offboarding.T16: "return_offer", offboarding.T17: "welcome_back",
	offboarding.T18: "source_question", offboarding.T19: "what_changed", offboarding.T20: "company_parting", offboarding.T21: "refund_notice",
	offboarding.T22: "opt_out_confirmation", offboarding.T23: "closing", offboarding.T24: "chat_opened",
	offboarding.I01: "call_task", offboarding.I02: "save_talk", offboarding.I03: "inventory_due", offboarding.I04: "deadline_alert",
	offboarding.I05: "approval_request", offboarding.I06: "cooling_off", offboarding.I07: "review_due", offboarding.I08: "look_into_signal", offboarding.I09: "other_task",
}

var bothLangs = []offboarding.Lang{offboarding.RU, offboarding.EN}

type key struct {
	template string
	lang     offboarding.Lang
}

// Writer renders letters from templates. It may be shared.
type Writer struct {
	builtIn map[key]*letter                     // as they ship
	current map[key]*letter                     // with the operator's folder over them
	short   map[shortKey]*texttemplate.Template // the folder's, else as they ship

	mu       sync.Mutex
	compiled map[key]compiled // the newest text of the operator's database that was used
}

type compiled struct {
	version int
	letter  *letter
}

// New returns a Writer. A file in overrideDir, such as
// ru/exit_survey.txt.tmpl, replaces the built-in one of the same name; empty
// means that none is replaced. Every mistake in a template is reported at once.
func New(overrideDir string) (*Writer, error) {
	if overrideDir != "" {
		if _, err := os.Stat(overrideDir); err != nil {
			return nil, fmt.Errorf("open the folder of letter templates: %w", err)
		}
	}
	w := &Writer{builtIn: map[key]*letter{}, current: map[key]*letter{}, compiled: map[key]compiled{}, short: map[shortKey]*texttemplate.Template{}}
	layout, err := stock.ReadFile("layout.html.tmpl")
	if err != nil {
		return nil, fmt.Errorf("read letter layout: %w", err)
	}
	var mistakes []error
	for _, k := range offboarding.LetterKinds {
		for _, lang := range bothLangs {
			at := key{k.Code, lang}
			l, err := load(k.Code, lang, false, string(layout), sources{stock}.read)
			mistakes = append(mistakes, err)
			w.builtIn[at], w.current[at] = l, l
			own := sources{stock}
			if overrideDir != "" {
				own = sources{os.DirFS(overrideDir), stock}
			}
			mistakes = append(mistakes, w.loadShort(at, own.read))
			if overrideDir != "" && own.replaces(k.Code, lang) {
				l, err = load(k.Code, lang, true, string(layout), own.read)
				mistakes = append(mistakes, err)
				if err == nil {
					w.current[at] = l
				}
			}
		}
	}
	return w, errors.Join(mistakes...)
}

// sources are places where templates are looked for, the first one first.
type sources []fs.FS

func (s sources) read(name string) (string, error) {
	var err error
	for _, dir := range s {
		var b []byte
		if b, err = fs.ReadFile(dir, name); !errors.Is(err, fs.ErrNotExist) {
			return string(b), err
		}
	}
	return "", err
}

// replaces reports whether the first place holds a file of the letter.
func (s sources) replaces(template string, lang offboarding.Lang) bool {
	for _, part := range []string{"subject", "txt", "html"} {
		if _, err := fs.Stat(s[0], fileOf(template, lang, part)); err == nil {
			return true
		}
	}
	return false
}

func fileOf(template string, lang offboarding.Lang, part string) string {
	return fmt.Sprintf("%s/%s.%s.tmpl", lang, names[template], part)
}

// Write renders a letter. A variable that is missing is an error, never a hole.
func (w *Writer) Write(d offboarding.LetterData) (*offboarding.WrittenLetter, error) {
	if d.Case == nil || d.Account == nil {
		return nil, fmt.Errorf("write letter %s: case and account are needed", d.Template)
	}
	d.Lang = d.Lang.Or(d.Case.Lang(d.Account))
	l, err := w.letterFor(d)
	if err != nil {
		return nil, err
	}
	v, err := viewOf(d)
	if err != nil {
		return nil, fmt.Errorf("write letter %s: %w", d.Template, err)
	}
	var out *offboarding.WrittenLetter
	if d.Channel == "" || d.Channel == offboarding.ChannelEmail {
		out, err = l.write(v)
	} else {
		out, err = w.writeShort(d, l, v)
	}
	if err != nil {
		return nil, fmt.Errorf("write letter %s: %w", d.Template, err)
	}
	return out, nil
}

// letterFor picks the text: the one that is given, else the folder's, else the
// built-in one.
func (w *Writer) letterFor(d offboarding.LetterData) (*letter, error) {
	at := key{d.Template, d.Lang}
	builtIn, ok := w.builtIn[at]
	switch {
	case !ok:
		return nil, fmt.Errorf("write letter: there is no template %q", d.Template)
	case d.BuiltIn:
		return builtIn, nil
	case d.Own == nil || d.Own.BuiltIn():
		return w.current[at], nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if c, ok := w.compiled[at]; ok && c.version == d.Own.Version && c.version > 0 {
		return c.letter, nil
	}
	l, err := w.compile(d.Own)
	if err == nil && d.Own.Version > 0 {
		w.compiled[at] = compiled{d.Own.Version, l}
	}
	return l, err
}

// compile makes a letter of a text that an operator has stored.
func (w *Writer) compile(t *offboarding.LetterText) (*letter, error) {
	src := map[string]string{"subject": t.Subject, "txt": t.Text, "html": t.HTML}
	return load(t.Code, t.Lang, true, w.builtIn[key{t.Code, t.Lang}].layoutSource, func(name string) (string, error) {
		for part, s := range src {
			if name == fileOf(t.Code, t.Lang, part) && (s != "" || part != "html") {
				return s, nil
			}
		}
		return "", fs.ErrNotExist
	})
}

// Text returns the text that stands when the database holds none: the folder's,
// else the built-in one.
func (w *Writer) Text(code string, lang offboarding.Lang) (*offboarding.LetterText, bool) {
	l, ok := w.current[key{code, lang}]
	if !ok {
		return nil, false
	}
	t := l.source
	return &t, true
}

// Check reads a text as it would be read for sending and reports every mistake
// as a field of the request.
func (w *Writer) Check(t *offboarding.LetterText) error {
	if _, ok := w.builtIn[key{t.Code, t.Lang}]; !ok {
		return offboarding.ErrNotFound
	}
	_, err := w.compile(t)
	if err == nil {
		return nil
	}
	var fields []offboarding.FieldError
	for _, m := range mistakesOf(err) {
		fields = append(fields, offboarding.FieldError{Field: m.part, Msg: m.err.Error()})
	}
	return offboarding.Invalid("the text cannot be used", fields...)
}

// Sample returns a letter with made-up values, all of them known.
func (w *Writer) Sample(code string, lang offboarding.Lang) offboarding.LetterData {
	return Sample(code, lang, true)
}

// Fields lists what a text of the template may print, sorted.
func (w *Writer) Fields(code string) []string {
	v, err := viewOf(Sample(code, offboarding.EN, true))
	if err != nil {
		return nil
	}
	return slices.Sorted(maps.Keys(v))
}

// Elements lists the required elements of a template (domain §6), or nil.
func (w *Writer) Elements(code string) []string { return Elements(code) }
