package letters

import (
	"errors"
	htmltemplate "html/template"
	"strings"

	"opendoor/offboarding"
)

var errNoAnswers = errors.New("the one-tap answers have no value")

// textAnswers writes the one-tap answers, one below the other.
func textAnswers(list []offboarding.AnswerLink) (string, error) {
	if len(list) == 0 {
		return "", errNoAnswers
	}
	var b strings.Builder
	for i, a := range list {
		if i > 0 {
			b.WriteString("\n")
		}
		b.WriteString("• " + a.Label + "\n  " + a.URL + "\n")
	}
	return strings.TrimSuffix(b.String(), "\n"), nil
}

func textButton(url, label string) (string, error) {
	if url == "" {
		return "", errors.New("the link of the button " + label + " has no value")
	}
	return label + ":\n" + url, nil
}

// Mail clients drop style sheets, so that what must hold stands inline; the
// classes are for dark mode only. 16 px text in 14 px padding gives a target of
// 52 px, above the 44 px that a thumb needs.
var controls = htmltemplate.Must(htmltemplate.New("controls").Parse(
	`{{define "answers"}}<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="border-collapse:separate;margin:0 0 16px">{{range .}}
<tr><td class="answer" style="padding:0;border:1px solid #b9c6c0;border-radius:10px;background:#f6faf8"><a class="ink" href="{{.URL}}" style="display:block;padding:14px 16px;font-size:16px;line-height:22px;color:#1d2b27;text-decoration:none;font-weight:600">{{.Label}}</a></td></tr>
<tr><td height="8" style="height:8px;line-height:8px;font-size:8px">&#8202;</td></tr>{{end}}
</table>{{end}}` +
		`{{define "button"}}<table role="presentation" cellpadding="0" cellspacing="0" border="0" style="border-collapse:separate;margin:0 0 20px"><tr><td class="button" style="border-radius:10px;background:#1f6f5c"><a class="button-ink" href="{{.URL}}" style="display:inline-block;padding:14px 24px;font-size:16px;line-height:22px;color:#ffffff;text-decoration:none;font-weight:600">{{.Label}}</a></td></tr></table>{{end}}` +
		`{{define "quiet"}}<table role="presentation" cellpadding="0" cellspacing="0" border="0" style="border-collapse:separate;margin:0 0 20px"><tr><td class="answer" style="border:1px solid #b9c6c0;border-radius:10px"><a class="ink" href="{{.URL}}" style="display:inline-block;padding:11px 18px;font-size:15px;line-height:22px;color:#1d2b27;text-decoration:none">{{.Label}}</a></td></tr></table>{{end}}` +
		`{{define "small"}}<p class="small" style="margin:0;font-size:13px;line-height:20px;color:#5b6a65"><a class="small" href="{{.URL}}" style="display:inline-block;padding:12px 0;color:#5b6a65;text-decoration:underline">{{.Label}}</a></p>{{end}}`))

func htmlAnswers(list []offboarding.AnswerLink) (htmltemplate.HTML, error) {
	if len(list) == 0 {
		return "", errNoAnswers
	}
	return control("answers", list)
}

func htmlControl(name string) func(url, label string) (htmltemplate.HTML, error) {
	return func(url, label string) (htmltemplate.HTML, error) {
		if url == "" {
			return "", errors.New("the link of the button " + label + " has no value")
		}
		return control(name, struct{ URL, Label string }{url, label})
	}
}

func control(name string, data any) (htmltemplate.HTML, error) {
	var b strings.Builder
	if err := controls.ExecuteTemplate(&b, name, data); err != nil {
		return "", err
	}
	return htmltemplate.HTML(b.String()), nil // written by html/template itself
}

// inlineStyles gives plain paragraphs and links of a template the look that
// style sheets cannot give them in a letter.
var inliner = strings.NewReplacer(
	`<p>`, `<p style="margin:0 0 16px">`,
	`<p class="small">`, `<p class="small" style="margin:0 0 6px;font-size:13px;line-height:20px;color:#5b6a65">`,
	`<p class="sign">`, `<p style="margin:24px 0 20px">`,
	`<a href=`, `<a class="link" style="color:#1f6f5c" href=`,
)

func inlineStyles(src string) string { return inliner.Replace(src) }
