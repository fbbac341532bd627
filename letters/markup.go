package letters

import (
	"errors"
	"fmt"
	"html"
	htmltemplate "html/template"
	"regexp"
	"slices"
	"strings"

	"opendoor/offboarding"
)

// While a letter is being written, what is more than text stands in it as
// controls made of characters of the private use area. Values lose such
// characters before (clean), a template that holds one is refused, and none is
// left in what is returned.
const (
	markOpen   = "\uE000" // of an element
	markName   = "\uE001"
	markClose  = "\uE002"
	ctlOpen    = "\uE003" // a control: its name and arguments
	ctlNext    = "\uE004"
	ctlClose   = "\uE005"
	frameOpen  = "\uE006"
	frameClose = "\uE007"
)

var (
	marks    = regexp.MustCompile(markOpen + `[a-z_]*` + markName + `|[\x{E000}-\x{E00F}]`)
	elements = regexp.MustCompile(markOpen + `[a-z_]*` + markName + `|` + markClose)
	controls = regexp.MustCompile(ctlOpen + `([a-z]+)((?:` + ctlNext + `[^\x{E003}-\x{E007}]*)*)` + ctlClose)
)

func control(name string, args ...string) string {
	return ctlOpen + name + ctlNext + strings.Join(args, ctlNext) + ctlClose
}

// line is one line of a settlement.
type line struct{ What, Basis, Amount string }

// The functions of the template language. In a text they leave controls, in an
// operator's own HTML they write it at once.
var (
	inText = texttemplateFuncs(func(name string, args ...string) any { return control(name, args...) })
	inHTML = htmltemplate.FuncMap(texttemplateFuncs(func(name string, args ...string) any {
		return htmltemplate.HTML(asHTML(name, args)) // escaped there
	}))
)

func texttemplateFuncs(control func(name string, args ...string) any) map[string]any {
	list := func(name string, items []string) (any, error) {
		if len(items) == 0 {
			return nil, errors.New("the list has no value")
		}
		return control(name, items...), nil
	}
	link := func(name string) any {
		return func(url, label string) (any, error) {
			if url == "" {
				return nil, errors.New("the link of the button " + label + " has no value")
			}
			return control(name, url, label), nil
		}
	}
	one := func(name string) any {
		return func(s string) (any, error) {
			if strings.TrimSpace(s) == "" {
				return nil, errors.New("a value is missing")
			}
			return control(name, s), nil
		}
	}
	return map[string]any{
		"element": func(string) bool { return true },
		"frame":   func() bool { return true },
		"filled":  filled,
		"not":     func(s any) bool { return s == "" || s == false || s == nil },
		"button":  link("button"), // the main link: {{button .URL "label"}}
		"choice":  link("choice"), // one of several links that stand as equals
		"quiet":   link("quiet"),  // a link beside the main one
		"small":   link("small"),  // a link in small print
		"strong":  one("strong"),
		"quote":   one("quote"), // the client's own words: the tone guard does not judge them
		"mail":    one("mail"),
		"count":   count, // {{count .Days "день" "дня" "дней"}}, {{count .Days "day" "days"}}
		"list":    func(items []string) (any, error) { return list("list", items) },
		"paragraphs": func(items []string) (any, error) {
			return list("paragraphs", items)
		},
		"answers": func(answers []offboarding.AnswerLink) (any, error) { // one-tap answers
			var args []string
			for _, a := range answers {
				args = append(args, a.URL, a.Label)
			}
			return list("answers", args)
		},
		"lines": func(lines []line) (any, error) { // of a settlement
			var args []string
			for _, l := range lines {
				args = append(args, l.What, l.Amount, l.Basis)
			}
			return list("lines", args)
		},
	}
}

// plainText turns controls into plain text.
func plainText(stream string) string {
	s := controls.ReplaceAllStringFunc(stream, func(c string) string {
		m := controls.FindStringSubmatch(c)
		return asText(m[1], strings.Split(m[2], ctlNext)[1:])
	})
	if !strings.Contains(s, frameOpen) {
		return s
	}
	var b strings.Builder
	framed, begun := false, false
	for l := range strings.Lines(s) {
		switch {
		case strings.Contains(l, frameOpen):
			framed, begun = true, false
			b.WriteString(elementsOf(l))
		case strings.Contains(l, frameClose):
			framed = false
			b.WriteString(elementsOf(l))
		case framed && strings.TrimSpace(l) != "":
			begun = true
			b.WriteString("    " + l)
		case framed && !begun: // nothing stands there yet
		default:
			b.WriteString(l)
		}
	}
	return b.String()
}

// elementsOf keeps the marks of elements that stand in a line of a frame's edge.
func elementsOf(l string) string { return strings.Join(elements.FindAllString(l, -1), "") }

func asText(name string, args []string) string {
	switch name {
	case "button", "choice", "quiet", "small":
		return args[1] + ":\n" + args[0]
	case "list":
		return "• " + strings.Join(args, "\n• ")
	case "paragraphs":
		return strings.Join(args, "\n\n")
	case "answers":
		var out []string
		for i := 0; i+1 < len(args); i += 2 {
			out = append(out, "• "+args[i+1]+"\n  "+args[i])
		}
		return strings.Join(out, "\n")
	case "lines":
		var out []string
		for i := 0; i+2 < len(args); i += 3 {
			out = append(out, fmt.Sprintf("• %s (%s): %s", args[i], args[i+2], args[i+1]))
		}
		return strings.Join(out, "\n")
	default: // strong, quote, mail, sign, foot
		return strings.Join(args, "\n")
	}
}

// quotesIn returns what the tone guard does not look at in a letter: the client's
// own words, and the names at the head of the letter that a client signs. What an
// author only calls a quote is none.
func quotesIn(stream string, v view) []string {
	claim, _ := v["Claim"].(string)
	var out []string
	for _, m := range controls.FindAllStringSubmatch(stream, -1) {
		quote := strings.TrimPrefix(m[2], ctlNext)
		if m[1] == "quote" && claim != "" && clean(quote) == clean(claim) {
			out = append(out, quote)
		}
	}
	if from := v.known("From"); from != nil {
		out = slices.Concat(out, from, v.known("Company"))
	}
	return out
}

// namesIn are the names of those whom a letter is about, who get it, who sign it and whom it recommends.
func namesIn(v view) []string {
	recommended, _ := v["Providers"].([]string)
	return append(v.known("Client", "ClientName", "ClientCompany", "Company", "Person", "Owner", "SuccessorName", "Employee"), recommended...)
}

// titlesIn are the papers that a letter lists.
func titlesIn(v view) []string {
	var out []string
	for _, field := range []string{"Items", "Contents", "Missing"} {
		titles, _ := v[field].([]string)
		out = append(out, titles...)
	}
	return out
}

// known are those of the fields that are texts and not empty.
func (v view) known(fields ...string) []string {
	var out []string
	for _, field := range fields {
		if s, _ := v[field].(string); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// htmlBody makes the HTML of a letter from its text: paragraphs stand between
// empty lines, controls become what they are called.
func htmlBody(stream string) string {
	var b strings.Builder
	var paragraph, bullets []string
	flush := func() {
		if len(paragraph) > 0 {
			b.WriteString(`<p style="margin:0 0 16px">` + strings.Join(paragraph, "<br>\n") + "</p>\n")
		}
		if len(bullets) > 0 {
			b.WriteString(`<ul style="margin:0 0 16px;padding:0 0 0 22px"><li class="ink" style="margin:0 0 6px">` +
				strings.Join(bullets, "</li>\n"+`<li class="ink" style="margin:0 0 6px">`) + "</li></ul>\n")
		}
		paragraph, bullets = nil, nil
	}
	for l := range strings.Lines(elements.ReplaceAllString(stream, "")) {
		l = strings.TrimSpace(l)
		block := controls.FindStringSubmatch(l)
		switch {
		case l == "":
			flush()
		case l == frameOpen:
			flush()
			b.WriteString(`<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="margin:0 0 16px"><tr><td class="answer" style="padding:16px 18px 2px;border:1px solid #b9c6c0;border-radius:10px;background:#f6faf8">` + "\n")
		case l == frameClose:
			flush()
			b.WriteString("</td></tr></table>\n")
		case block != nil && block[0] == l && !inline[block[1]]:
			flush()
			b.WriteString(asHTML(block[1], strings.Split(block[2], ctlNext)[1:]) + "\n")
		case strings.HasPrefix(l, "• "):
			bullets = append(bullets, inlineHTML(strings.TrimPrefix(l, "• ")))
		default:
			paragraph = append(paragraph, inlineHTML(l))
		}
	}
	flush()
	return strings.TrimSuffix(b.String(), "\n")
}

// inline controls stand within a sentence.
var inline = map[string]bool{"strong": true, "quote": true, "mail": true}

// inlineHTML escapes a line and writes the controls within it.
func inlineHTML(l string) string {
	var b strings.Builder
	at := 0
	for _, m := range controls.FindAllStringSubmatchIndex(l, -1) {
		b.WriteString(html.EscapeString(l[at:m[0]]))
		b.WriteString(asHTML(l[m[2]:m[3]], strings.Split(l[m[4]:m[5]], ctlNext)[1:]))
		at = m[1]
	}
	b.WriteString(html.EscapeString(l[at:]))
	return b.String()
}

func asHTML(name string, args []string) string {
	switch name {
	case "strong":
		return "<strong>" + html.EscapeString(args[0]) + "</strong>"
	case "quote":
		return html.EscapeString(args[0])
	case "mail":
		a := html.EscapeString(args[0])
		return `<a class="link" style="color:#1f6f5c" href="mailto:` + a + `">` + a + `</a>`
	}
	var b strings.Builder
	data := struct {
		URL, Label string
		Items      []string
		Pairs      [][2]string
		Lines      []line
	}{Items: args}
	switch name {
	case "button", "choice", "quiet", "small":
		data.URL, data.Label = args[0], args[1]
	case "answers":
		for i := 0; i+1 < len(args); i += 2 {
			data.Pairs = append(data.Pairs, [2]string{args[i], args[i+1]})
		}
	case "lines":
		for i := 0; i+2 < len(args); i += 3 {
			data.Lines = append(data.Lines, line{What: args[i], Amount: args[i+1], Basis: args[i+2]})
		}
	}
	if err := shapes.ExecuteTemplate(&b, name, data); err != nil {
		panic("letters: control " + name + ": " + err.Error()) // our own templates over strings
	}
	return b.String()
}

// Mail clients drop style sheets, so that what must hold stands inline; the
// classes are for dark mode only. 16 px text in 14 px padding gives a target of
// 52 px, above the 44 px that a thumb needs.
var shapes = htmltemplate.Must(htmltemplate.New("shapes").Parse(
	`{{define "answers"}}<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="border-collapse:separate;margin:0 0 16px">{{range .Pairs}}
<tr><td class="answer" style="padding:0;border:1px solid #b9c6c0;border-radius:10px;background:#f6faf8"><a class="ink" href="{{index . 0}}" style="display:block;padding:14px 16px;font-size:16px;line-height:22px;color:#1d2b27;text-decoration:none;font-weight:600">{{index . 1}}</a></td></tr>
<tr><td height="8" style="height:8px;line-height:8px;font-size:8px">&#8202;</td></tr>{{end}}
</table>{{end}}` +
		`{{define "choice"}}<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="border-collapse:separate;margin:0 0 12px"><tr><td class="answer" align="center" style="border:1px solid #1f6f5c;border-radius:10px;background:#f6faf8"><a class="ink" href="{{.URL}}" style="display:block;padding:14px 16px;font-size:16px;line-height:22px;color:#1d2b27;text-decoration:none;font-weight:600">{{.Label}}</a></td></tr></table>{{end}}` +
		`{{define "button"}}<table role="presentation" cellpadding="0" cellspacing="0" border="0" style="border-collapse:separate;margin:0 0 20px"><tr><td class="button" style="border-radius:10px;background:#1f6f5c"><a class="button-ink" href="{{.URL}}" style="display:inline-block;padding:14px 24px;font-size:16px;line-height:22px;color:#ffffff;text-decoration:none;font-weight:600">{{.Label}}</a></td></tr></table>{{end}}` +
		`{{define "quiet"}}<table role="presentation" cellpadding="0" cellspacing="0" border="0" style="border-collapse:separate;margin:0 0 20px"><tr><td class="answer" style="border:1px solid #b9c6c0;border-radius:10px"><a class="ink" href="{{.URL}}" style="display:inline-block;padding:11px 18px;font-size:15px;line-height:22px;color:#1d2b27;text-decoration:none">{{.Label}}</a></td></tr></table>{{end}}` +
		`{{define "small"}}<p class="small" style="margin:0;font-size:13px;line-height:20px;color:#5b6a65"><a class="small" href="{{.URL}}" style="display:inline-block;padding:12px 0;color:#5b6a65;text-decoration:underline">{{.Label}}</a></p>{{end}}` +
		`{{define "list"}}<ul style="margin:0 0 16px;padding:0 0 0 22px">{{range .Items}}
<li class="ink" style="margin:0 0 6px">{{.}}</li>{{end}}
</ul>{{end}}` +
		`{{define "paragraphs"}}{{range .Items}}<p style="margin:0 0 16px">{{.}}</p>{{end}}{{end}}` +
		`{{define "lines"}}<table width="100%" cellpadding="0" cellspacing="0" border="0" style="border-collapse:collapse;margin:0 0 16px">{{range .Lines}}
<tr><td class="rule" style="padding:9px 12px 9px 0;border-bottom:1px solid #dbe3df;vertical-align:top">{{.What}}<br><span class="small" style="font-size:13px;line-height:20px;color:#5b6a65">{{.Basis}}</span></td><td class="rule" align="right" style="padding:9px 0;border-bottom:1px solid #dbe3df;vertical-align:top;white-space:nowrap">{{.Amount}}</td></tr>{{end}}
</table>{{end}}` +
		`{{define "sign"}}<p style="margin:24px 0 20px">{{range $i, $l := .Items}}{{if $i}}<br>{{end}}{{$l}}{{end}}</p>{{end}}` +
		`{{define "foot"}}<p class="small" style="margin:0 0 6px;font-size:13px;line-height:20px;color:#5b6a65">{{range $i, $l := .Items}}{{if $i}}<br>{{end}}{{$l}}{{end}}</p>{{end}}`))

// inlineStyles gives plain paragraphs and links of an operator's HTML the look
// that style sheets cannot give them in a letter.
var inliner = strings.NewReplacer(
	`<p>`, `<p style="margin:0 0 16px">`,
	`<p class="small">`, `<p class="small" style="margin:0 0 6px;font-size:13px;line-height:20px;color:#5b6a65">`,
	`<p class="sign">`, `<p style="margin:24px 0 20px">`,
	`<a href=`, `<a class="link" style="color:#1f6f5c" href=`,
)

func inlineStyles(src string) string { return inliner.Replace(src) }
