// Package letters writes what opendoor says: letters to clients, and notes and
// tasks for the people of the company, in Russian and English.
package letters

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"opendoor/offboarding"
)

//go:embed ru/*.tmpl en/*.tmpl layout.html.tmpl
var stock embed.FS

var _ offboarding.Letters = (*Writer)(nil)

// kind is one sort of letter: its files and what it must contain (domain §6).
type kind struct {
	template string
	file     string
	elements []string
}

var kinds = []kind{
	{offboarding.T01, "acknowledgement", []string{"thanks", "heard", "next_step", "person"}},
	{offboarding.T03, "exit_survey", []string{"why_we_ask", "one_minute", "voluntary", "one_tap"}},
	// Domain §6 names no elements for the reminder; it would be no survey without these.
	{offboarding.T3R, "exit_survey_reminder", []string{"voluntary", "one_tap"}},
}

type key struct {
	template string
	lang     offboarding.Lang
}

// Writer renders letters from templates. It holds no state and may be shared.
type Writer struct {
	letters map[key]*letter
}

// New returns a Writer. A file in overrideDir, such as
// ru/exit_survey.html.tmpl, replaces the built-in one of the same name; empty
// means that none is replaced. Every mistake in a template is reported at once.
func New(overrideDir string) (*Writer, error) {
	read := func(name string) (string, error) {
		if overrideDir != "" {
			b, err := fs.ReadFile(os.DirFS(overrideDir), name)
			if err == nil || !errors.Is(err, fs.ErrNotExist) {
				return string(b), err
			}
		}
		b, err := stock.ReadFile(name)
		return string(b), err
	}
	if overrideDir != "" {
		if _, err := os.Stat(overrideDir); err != nil {
			return nil, fmt.Errorf("open the folder of letter templates: %w", err)
		}
	}
	w := &Writer{letters: map[key]*letter{}}
	var mistakes []error
	layout, err := read("layout.html.tmpl")
	if err != nil {
		return nil, fmt.Errorf("read letter layout: %w", err)
	}
	for _, k := range kinds {
		for _, lang := range []offboarding.Lang{offboarding.RU, offboarding.EN} {
			l, err := load(k, lang, layout, read)
			if err != nil {
				mistakes = append(mistakes, err)
				continue
			}
			w.letters[key{k.template, lang}] = l
		}
	}
	return w, errors.Join(mistakes...)
}

// Write renders a letter. A variable that is missing is an error, never a hole.
func (w *Writer) Write(d offboarding.LetterData) (subject, text, html string, err error) {
	l, v, err := w.prepare(d)
	if err != nil {
		return "", "", "", err
	}
	if subject, err = l.subjectLine(v); err != nil {
		return "", "", "", fmt.Errorf("write the subject of %s: %w", d.Template, err)
	}
	parts, err := l.textParts(v)
	if err != nil {
		return "", "", "", fmt.Errorf("write the text of %s: %w", d.Template, err)
	}
	for _, p := range parts {
		text += p.Text
	}
	if html, err = l.page(v, subject); err != nil {
		return "", "", "", fmt.Errorf("write the HTML of %s: %w", d.Template, err)
	}
	return subject, text, html, nil
}

// Part is a piece of a letter's text. Element names the required element that
// it carries (domain §6), or is empty.
type Part struct{ Element, Text string }

// Parts returns the text of a letter in pieces, for a check of its elements.
// Put together they are the text that Write returns.
func (w *Writer) Parts(d offboarding.LetterData) ([]Part, error) {
	l, v, err := w.prepare(d)
	if err != nil {
		return nil, err
	}
	parts, err := l.textParts(v)
	if err != nil {
		return nil, fmt.Errorf("write the text of %s: %w", d.Template, err)
	}
	return parts, nil
}

// Elements lists the required elements of a template, or nil for one that is
// not known.
func Elements(template string) []string {
	for _, k := range kinds {
		if k.template == template {
			return slices.Clone(k.elements)
		}
	}
	return nil
}

func (w *Writer) prepare(d offboarding.LetterData) (*letter, view, error) {
	if d.Case == nil || d.Account == nil {
		return nil, view{}, fmt.Errorf("write letter %s: case and account are needed", d.Template)
	}
	lang := d.Lang.Or(d.Case.Lang(d.Account))
	l, ok := w.letters[key{d.Template, lang}]
	if !ok {
		return nil, view{}, fmt.Errorf("write letter: there is no template %q", d.Template)
	}
	v, err := viewOf(d, lang)
	if err != nil {
		return nil, view{}, fmt.Errorf("write letter %s: %w", d.Template, err)
	}
	return l, v, nil
}
