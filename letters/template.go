package letters

import (
	"errors"
	"fmt"
	htmltemplate "html/template"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	texttemplate "text/template"
	"text/template/parse"
	"time"
	"unicode/utf8"

	"opendoor/offboarding"
)

// Limits of reliability §6.9.
const (
	maxSource  = 64 << 10
	maxOutput  = 512 << 10
	maxTime    = 100 * time.Millisecond
	maxSubject = 200 // characters; longer ones are cut by every mail program
)

// letter is one kind in one language.
type letter struct {
	lang          offboarding.Lang
	source        offboarding.LetterText
	own           bool // written by an operator
	layoutSource  string
	subject, text *texttemplate.Template
	html          *htmltemplate.Template // nil: made from the text
	layout        *htmltemplate.Template
}

// An operator may write templates, so that they speak a small language of their
// own: fields, if/else, the functions of markup.go, {{element "id"}}…{{end}}
// around the sentence that carries a required element, and {{frame}}…{{end}}
// around a paper within the letter. No calls, no loops, no variables.
var blocks = []struct {
	open *regexp.Regexp
	with string // a block that Go's parser knows
}{
	{regexp.MustCompile(`\{\{(-?\s*)element(\s+"[a-z_]*"\s*-?)\}\}`), `{{${1}if element${2}}}`},
	{regexp.MustCompile(`\{\{(-?\s*)frame(\s*-?)\}\}`), `{{${1}if frame${2}}}`},
}

// filled refuses an empty value. It is put behind everything that a template
// prints, so that a variable without a value never leaves a hole in a letter.
func filled(name string, value any) (any, error) {
	empty := value == nil
	switch v := value.(type) {
	case string:
		empty = strings.TrimSpace(v) == ""
	case htmltemplate.HTML:
		empty = v == ""
	case []string:
		empty = len(v) == 0
	case []offboarding.AnswerLink:
		empty = len(v) == 0
	case []line:
		empty = len(v) == 0
	}
	if empty {
		return nil, fmt.Errorf("%s has no value", name)
	}
	return value, nil
}

// mistake is what is wrong with one part of a letter: subject, text or html.
type mistake struct {
	part string
	err  error
}

func (m mistake) Error() string { return m.part + ": " + m.err.Error() }

func (m mistake) Unwrap() error { return m.err }

// mistakesOf takes a joined error apart.
func mistakesOf(err error) []mistake {
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		var out []mistake
		for _, e := range many.Unwrap() {
			out = append(out, mistakesOf(e)...)
		}
		return out
	}
	if m, ok := errors.AsType[mistake](err); ok {
		return []mistake{m}
	}
	return []mistake{{"text", err}}
}

// load reads the parts of a letter. Its HTML is made from the text, unless it
// has an HTML part of its own.
func load(template string, lang offboarding.Lang, own bool, layout string, read func(name string) (string, error)) (*letter, error) {
	l := &letter{lang: lang, own: own, layoutSource: layout, source: offboarding.LetterText{Code: template, Lang: lang}}
	var mistakes []error
	wrong := func(part string, err error) {
		mistakes = append(mistakes, mistake{part, fmt.Errorf("%s: %w", fileOf(template, lang, map[string]string{"subject": "subject", "text": "txt", "html": "html"}[part]), err)})
	}
	parts := []struct {
		part, ext string
		keep      *string
	}{{"subject", "subject", &l.source.Subject}, {"text", "txt", &l.source.Text}, {"html", "html", &l.source.HTML}}
	for _, p := range parts {
		src, err := read(fileOf(template, lang, p.ext))
		switch {
		case p.part == "html" && errors.Is(err, fs.ErrNotExist):
			continue
		case err != nil:
			wrong(p.part, err)
			continue
		case len(src) > maxSource:
			wrong(p.part, fmt.Errorf("larger than %d bytes", maxSource))
			continue
		case !utf8.ValidString(src) || marks.MatchString(src):
			wrong(p.part, errors.New("characters that are not text"))
			continue
		}
		*p.keep = src
		if err := l.parse(p.part, src, template); err != nil {
			wrong(p.part, err)
		}
	}
	var err error
	if l.layout, err = htmltemplate.New("layout.html.tmpl").Parse(layout); err != nil {
		wrong("html", err)
	}
	if len(mistakes) == 0 {
		// A field that does not exist, or one that may be empty and is printed
		// all the same, shows itself only when the template runs.
		views, err := sampleViews(template, lang)
		if err != nil {
			return l, err
		}
		for _, v := range views {
			if _, err := l.write(v); err != nil {
				for _, m := range mistakesOf(err) {
					wrong(m.part, m.err)
				}
				break
			}
		}
	}
	return l, errors.Join(mistakes...)
}

func (l *letter) parse(part, src, template string) error {
	for _, b := range blocks {
		src = b.open.ReplaceAllString(src, b.with)
	}
	var required []string
	if part != "subject" {
		required = Elements(template)
	}
	if part == "html" {
		t, err := htmltemplate.New(part).Option("missingkey=error").Funcs(inHTML).Parse(inlineStyles(src))
		if err != nil {
			return err
		}
		l.html = t
		return restrict(t.Tree, len(t.Templates()), required)
	}
	t, err := texttemplate.New(part).Option("missingkey=error").Funcs(inText).Parse(src)
	if err != nil {
		return err
	}
	if part == "subject" {
		l.subject = t
	} else {
		l.text = t
	}
	return restrict(t.Tree, len(t.Templates()), required)
}

// write renders all parts of a letter. An operator's text has maxTime for it;
// since a busy machine may take the time and not the text, it may try again.
func (l *letter) write(v view) (out *offboarding.WrittenLetter, err error) {
	if !l.own {
		return l.writeBy(v, time.Time{})
	}
	for range 3 {
		out, err = l.writeBy(v, time.Now().Add(maxTime))
		if !errors.Is(err, errTooSlow) {
			break
		}
	}
	return out, err
}

func (l *letter) writeBy(v view, until time.Time) (*offboarding.WrittenLetter, error) {
	subject, err := l.subjectLine(v, until)
	if err != nil {
		return nil, mistake{"subject", err}
	}
	b := limited{until: until}
	if err := l.text.Execute(&b, v); err != nil {
		return nil, mistake{"text", err}
	}
	stream := typeset(l.lang, tidy(b.String()))
	out := &offboarding.WrittenLetter{Subject: subject, Own: l.own, Quotes: quotesIn(stream, v), Names: namesIn(v), Titles: titlesIn(v)}
	out.Parts = cut(plainText(stream))
	for _, p := range out.Parts {
		out.Text += p.Text
	}
	if len(out.Text) > maxOutput {
		return nil, mistake{"text", fmt.Errorf("the letter is larger than %d bytes", maxOutput)}
	}
	if out.HTML, err = l.page(v, subject, stream, until); err != nil {
		return nil, mistake{"html", err}
	}
	return out, nil
}

func (l *letter) subjectLine(v view, until time.Time) (string, error) {
	b := limited{until: until}
	if err := l.subject.Execute(&b, v); err != nil {
		return "", err
	}
	s := strings.Join(strings.Fields(marks.ReplaceAllString(plainText(b.String()), "")), " ")
	if s == "" {
		return "", errors.New("the subject is empty")
	}
	if utf8.RuneCountInString(s) > maxSubject {
		s = strings.TrimSpace(string([]rune(s)[:maxSubject-1])) + "…"
	}
	return typeset(l.lang, s), nil
}

// cut takes a text apart at the marks of its elements.
func cut(rest string) []offboarding.LetterPart {
	var parts []offboarding.LetterPart
	add := func(element, s string) {
		if s != "" {
			parts = append(parts, offboarding.LetterPart{Element: element, Text: s})
		}
	}
	for {
		before, after, found := strings.Cut(rest, markOpen)
		add("", before)
		if !found {
			return parts
		}
		name, body, _ := strings.Cut(after, markName)
		inside, tail, _ := strings.Cut(body, markClose)
		add(name, inside)
		rest = tail
	}
}

func (l *letter) page(v view, subject, stream string, until time.Time) (string, error) {
	body := htmlBody(stream)
	if l.html != nil {
		b := limited{until: until}
		if err := l.html.Execute(&b, v.inHTML()); err != nil {
			return "", err
		}
		if strings.Contains(b.String(), "ZgotmplZ") {
			return "", errors.New("a value is not safe where the template puts it")
		}
		body = typesetHTML(l.lang, marks.ReplaceAllString(b.String(), ""))
	}
	b := limited{until: until}
	data := struct {
		Lang    offboarding.Lang
		Subject string
		Body    htmltemplate.HTML
	}{l.lang, subject, htmltemplate.HTML(body)}
	if err := l.layout.Execute(&b, data); err != nil {
		return "", err
	}
	return b.String(), nil
}

// restrict refuses what is not in our small language, puts filled behind every
// value that is printed and marks around the blocks, and reports the elements
// that are missing.
func restrict(tree *parse.Tree, templates int, required []string) error {
	if tree == nil || tree.Root == nil || templates > 1 {
		return errors.New("define, block and template are not allowed, and the text must not be empty")
	}
	r := restrictor{}
	r.list(tree.Root, "")
	for _, id := range required {
		if !slices.Contains(r.elements, id) {
			r.refuse("the required element %q is missing", id)
		}
	}
	return errors.Join(r.mistakes...)
}

type restrictor struct {
	elements []string
	mistakes []error
}

func (r *restrictor) refuse(format string, a ...any) {
	r.mistakes = append(r.mistakes, fmt.Errorf(format, a...))
}

func (r *restrictor) list(l *parse.ListNode, inside string) {
	if l == nil {
		return
	}
	for _, n := range l.Nodes {
		switch n := n.(type) {
		case *parse.TextNode, *parse.CommentNode:
		case *parse.ActionNode:
			r.pipe(n.Pipe)
			if len(n.Pipe.Cmds) == 1 {
				wrapFilled(n.Pipe)
			}
		case *parse.IfNode:
			r.pipe(n.Pipe)
			name, arg := call(n.Pipe)
			if name != "element" && name != "frame" {
				r.list(n.List, inside)
				r.list(n.ElseList, inside)
				continue
			}
			if n.ElseList != nil || inside == "frame" || inside == name {
				r.refuse("%s %q stands inside another, or has an else", name, arg)
			}
			before, after := frameOpen+"\n", "\n"+frameClose
			if name == "element" {
				r.elements = append(r.elements, arg)
				before, after = markOpen+arg+markName, markClose
			}
			r.list(n.List, name)
			n.List.Nodes = slices.Concat([]parse.Node{text(before)}, n.List.Nodes, []parse.Node{text(after)})
		default:
			r.refuse("not allowed here: %s", n)
		}
	}
}

func (r *restrictor) pipe(p *parse.PipeNode) {
	if len(p.Decl) > 0 || len(p.Cmds) > 1 {
		r.refuse("variables and pipelines are not allowed: %s", p)
	}
	for _, c := range p.Cmds {
		for _, a := range c.Args {
			switch a := a.(type) {
			case *parse.FieldNode:
				if len(a.Ident) > 1 {
					r.refuse("fields have no fields: %s", a)
				}
			case *parse.StringNode:
			case *parse.IdentifierNode:
				if _, ok := inText[a.Ident]; !ok || a.Ident == "filled" {
					r.refuse("there is no function %s", a.Ident)
				}
			default:
				r.refuse("not allowed here: %s", a)
			}
		}
	}
}

// call returns the function that a pipe calls, with its first word.
func call(p *parse.PipeNode) (name, arg string) {
	if len(p.Cmds) != 1 || len(p.Cmds[0].Args) == 0 {
		return "", ""
	}
	f, ok := p.Cmds[0].Args[0].(*parse.IdentifierNode)
	if !ok {
		return "", ""
	}
	if len(p.Cmds[0].Args) > 1 {
		if s, ok := p.Cmds[0].Args[1].(*parse.StringNode); ok {
			arg = s.Text
		}
	}
	return f.Ident, arg
}

// wrapFilled turns {{.X}} into {{filled ".X" .X}} and leaves functions alone:
// those check their own arguments.
func wrapFilled(p *parse.PipeNode) {
	cmd := p.Cmds[0]
	field, ok := cmd.Args[0].(*parse.FieldNode)
	if !ok {
		return
	}
	name := field.String()
	cmd.Args = []parse.Node{
		parse.NewIdentifier("filled").SetPos(field.Pos),
		&parse.StringNode{NodeType: parse.NodeString, Pos: field.Pos, Quoted: fmt.Sprintf("%q", name), Text: name},
		field,
	}
}

func text(s string) *parse.TextNode {
	return &parse.TextNode{NodeType: parse.NodeText, Text: []byte(s)}
}

// limited is a buffer that refuses to grow beyond maxOutput or to take longer
// than a letter may.
type limited struct {
	strings.Builder
	until time.Time
}

var errTooSlow = fmt.Errorf("the letter takes longer than %s to write", maxTime)

func (l *limited) Write(p []byte) (int, error) {
	if l.Len()+len(p) > maxOutput {
		return 0, fmt.Errorf("the letter is larger than %d bytes", maxOutput)
	}
	if !l.until.IsZero() && time.Now().After(l.until) {
		return 0, errTooSlow
	}
	return l.Builder.Write(p)
}

func (l *limited) WriteString(s string) (int, error) { return l.Write([]byte(s)) }
