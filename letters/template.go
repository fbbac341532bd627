package letters

import (
	"errors"
	"fmt"
	htmltemplate "html/template"
	"io"
	"regexp"
	"slices"
	"strings"
	texttemplate "text/template"
	"text/template/parse"

	"opendoor/offboarding"
)

// Limits of reliability §6.9.
const (
	maxSource = 64 << 10
	maxOutput = 512 << 10
)

// letter is one kind in one language.
type letter struct {
	lang          offboarding.Lang
	subject, text *texttemplate.Template
	html, layout  *htmltemplate.Template
}

// An operator may write templates, so that they speak a small language of their
// own: fields, if/else, these functions, and {{element "id"}}…{{end}} around the
// sentence that carries a required element. No calls, no loops, no variables.
var functions = map[string]any{
	"element": func(string) bool { return true },
	"filled":  filled,
	"not":     func(s any) bool { return s == "" || s == false || s == nil },
	"answers": textAnswers, // one-tap answers
	"button":  textButton,  // the main link: {{button .URL "label"}}
	"quiet":   textButton,  // a link beside it
	"small":   textButton,  // a link in small print
}

var inHTML = htmltemplate.FuncMap{
	"answers": htmlAnswers,
	"button":  htmlControl("button"),
	"quiet":   htmlControl("quiet"),
	"small":   htmlControl("small"),
}

// filled refuses an empty value. It is put behind everything that a template
// prints, so that a variable without a value never leaves a hole in a letter.
func filled(name string, value any) (any, error) {
	empty := value == nil
	switch v := value.(type) {
	case string:
		empty = strings.TrimSpace(v) == ""
	case int64:
		empty = v == 0
	case []offboarding.AnswerLink:
		empty = len(v) == 0
	}
	if empty {
		return nil, fmt.Errorf("%s has no value", name)
	}
	return value, nil
}

// elementOpen turns our block into one that Go's parser knows.
var elementOpen = regexp.MustCompile(`\{\{(-?\s*)element(\s+"[a-z_]*"\s*-?)\}\}`)

// Marks around an element while a letter is being written. They come from the
// private use area; values lose such characters before (clean), and no mark is
// left in what is returned.
const (
	markOpen  = "\uE000"
	markName  = "\uE001"
	markClose = "\uE002"
)

var marks = regexp.MustCompile(markOpen + `[a-z_]*` + markName + `|` + markClose)

func load(k kind, lang offboarding.Lang, layout string, read func(string) (string, error)) (*letter, error) {
	l := &letter{lang: lang}
	var mistakes []error
	source := func(ext string) (name, src string) {
		name = fmt.Sprintf("%s/%s.%s.tmpl", lang, k.file, ext)
		src, err := read(name)
		switch {
		case err != nil:
			mistakes = append(mistakes, fmt.Errorf("read letter template: %w", err))
		case len(src) > maxSource:
			mistakes = append(mistakes, fmt.Errorf("%s is larger than %d bytes", name, maxSource))
			src = ""
		}
		return name, elementOpen.ReplaceAllString(src, `{{${1}if element${2}}}`)
	}
	textOf := func(ext string, required []string) *texttemplate.Template {
		name, src := source(ext)
		t, err := texttemplate.New(name).Funcs(functions).Parse(src)
		if err == nil {
			err = restrict(t.Tree, len(t.Templates()), required)
		}
		if err != nil {
			mistakes = append(mistakes, fmt.Errorf("letter template %s: %w", name, err))
		}
		return t
	}
	l.subject = textOf("subject", nil)
	l.text = textOf("txt", k.elements)

	name, src := source("html")
	t, err := htmltemplate.New(name).Funcs(functions).Funcs(inHTML).Parse(inlineStyles(src))
	if err == nil {
		err = restrict(t.Tree, len(t.Templates()), k.elements)
	}
	if err != nil {
		mistakes = append(mistakes, fmt.Errorf("letter template %s: %w", name, err))
	}
	l.html = t
	if l.layout, err = htmltemplate.New("layout.html.tmpl").Parse(layout); err != nil {
		mistakes = append(mistakes, fmt.Errorf("letter layout: %w", err))
	}
	if len(mistakes) == 0 {
		// A field that does not exist shows itself only when the template runs.
		if err := l.try(sample(k.template, lang)); err != nil {
			mistakes = append(mistakes, fmt.Errorf("letter template %s/%s: %w", lang, k.file, err))
		}
	}
	return l, errors.Join(mistakes...)
}

func (l *letter) try(v view) error {
	subject, err := l.subjectLine(v)
	if err != nil {
		return err
	}
	if _, err = l.textParts(v); err != nil {
		return err
	}
	_, err = l.page(v, subject)
	return err
}

func (l *letter) subjectLine(v view) (string, error) {
	var b limited
	if err := l.subject.Execute(&b, v); err != nil {
		return "", err
	}
	s := strings.Join(strings.Fields(b.String()), " ")
	if s == "" {
		return "", errors.New("the subject is empty")
	}
	return typeset(l.lang, s), nil
}

// textParts renders the text and cuts it at the marks.
func (l *letter) textParts(v view) ([]Part, error) {
	var b limited
	if err := l.text.Execute(&b, v); err != nil {
		return nil, err
	}
	var parts []Part
	add := func(element, s string) {
		if s != "" {
			parts = append(parts, Part{element, s})
		}
	}
	rest := typeset(l.lang, tidy(b.String()))
	for {
		before, after, found := strings.Cut(rest, markOpen)
		add("", before)
		if !found {
			return parts, nil
		}
		name, body, _ := strings.Cut(after, markName)
		inside, tail, _ := strings.Cut(body, markClose)
		add(name, inside)
		rest = tail
	}
}

func (l *letter) page(v view, subject string) (string, error) {
	var body, b limited
	if err := l.html.Execute(&body, v); err != nil {
		return "", err
	}
	data := struct {
		Lang    offboarding.Lang
		Subject string
		Body    htmltemplate.HTML
	}{l.lang, subject, htmltemplate.HTML(typesetHTML(l.lang, marks.ReplaceAllString(body.String(), "")))}
	if err := l.layout.Execute(&b, data); err != nil {
		return "", err
	}
	if strings.Contains(b.String(), "ZgotmplZ") {
		return "", errors.New("a value is not safe where the template puts it")
	}
	return b.String(), nil
}

// restrict refuses what is not in our small language, puts filled behind every
// value that is printed and marks around the elements, and reports the elements
// that are missing.
func restrict(tree *parse.Tree, templates int, required []string) error {
	if tree == nil || tree.Root == nil || templates > 1 {
		return errors.New("define, block and template are not allowed, and the file must not be empty")
	}
	r := restrictor{}
	r.list(tree.Root, false)
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

func (r *restrictor) list(l *parse.ListNode, inElement bool) {
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
			id, isElement := elementID(n.Pipe)
			if !isElement {
				r.list(n.List, inElement)
				r.list(n.ElseList, inElement)
				continue
			}
			if inElement || n.ElseList != nil {
				r.refuse("element %q stands inside another, or has an else", id)
			}
			r.elements = append(r.elements, id)
			r.list(n.List, true)
			n.List.Nodes = slices.Concat(
				[]parse.Node{text(markOpen + id + markName)}, n.List.Nodes, []parse.Node{text(markClose)})
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
				if _, ok := functions[a.Ident]; !ok || a.Ident == "filled" {
					r.refuse("there is no function %s", a.Ident)
				}
			default:
				r.refuse("not allowed here: %s", a)
			}
		}
	}
}

func elementID(p *parse.PipeNode) (string, bool) {
	args := p.Cmds[0].Args
	if f, ok := args[0].(*parse.IdentifierNode); !ok || f.Ident != "element" || len(args) != 2 {
		return "", false
	}
	id, ok := args[1].(*parse.StringNode)
	if !ok {
		return "", false
	}
	return id.Text, true
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

// limited is a buffer that refuses to grow beyond maxOutput.
type limited struct{ strings.Builder }

func (l *limited) Write(p []byte) (int, error) {
	if l.Len()+len(p) > maxOutput {
		return 0, fmt.Errorf("the letter is larger than %d bytes", maxOutput)
	}
	return l.Builder.Write(p)
}

func (l *limited) WriteString(s string) (int, error) { return l.Write([]byte(s)) }

var _ io.StringWriter = (*limited)(nil)
