// Package pages renders what a client sees in the browser: the survey, the
// choices behind a letter's links, the contact preferences, and the pages that
// say no. It only renders: values in, one HTML response out.
package pages

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"strings"
	"time"
)

//go:embed templates/*.html assets/app.css
var files embed.FS

// Pages holds the parsed templates. It may be shared.
type Pages struct {
	templates map[string]*template.Template
	css       []byte
	cssPath   string
}

// Visit is what all pages know about the request they answer.
type Visit struct {
	Lang    string // ru or en
	Path    string // the page's own address without query: /s/TOKEN
	Company string // who asks; may be empty
	Frame   string // origin that may show the page in a frame; empty: nobody may
}

// New returns the pages. The templates are part of the program, so that a
// mistake in one is a bug and panics.
func New() *Pages {
	css, err := files.ReadFile("assets/app.css")
	if err != nil {
		panic("pages: " + err.Error())
	}
	sum := sha256.Sum256(css)
	p := &Pages{
		templates: map[string]*template.Template{},
		css:       css,
		cssPath:   "/assets/app-" + hex.EncodeToString(sum[:6]) + ".css",
	}
	for _, name := range []string{"portal", "survey", "thanks", "decline", "choice", "chosen", "settlement", "preferences", "notice", "tab", "pulse"} {
		p.templates[name] = template.Must(template.New("layout.html").
			Funcs(template.FuncMap{"t": text}).
			ParseFS(files, "templates/layout.html", "templates/parts.html", "templates/"+name+".html"))
	}
	return p
}

// frame is what the layout needs.
type frame struct {
	Visit
	Title      string
	CSS        string
	OtherLang  string
	OtherHref  string
	OtherLabel string
	Page       any
}

// render answers with a whole page. query is what the language switch has to
// keep, such as the answer that was tapped in the letter.
func (p *Pages) render(w http.ResponseWriter, status int, name, title string, v Visit, query url.Values, page any) error {
	return p.renderTitled(w, status, name, text(title, v.Lang), v, query, page)
}

// renderTitled is render for a title that somebody else has worded.
func (p *Pages) renderTitled(w http.ResponseWriter, status int, name, title string, v Visit, query url.Values, page any) error {
	if v.Lang != "en" {
		v.Lang = "ru"
	}
	other := "en"
	if v.Lang == "en" {
		other = "ru"
	}
	if query == nil {
		query = url.Values{}
	}
	query.Set("lang", other)
	f := frame{
		Visit: v, Title: title, CSS: p.cssPath, Page: page,
		OtherLang: other, OtherLabel: map[string]string{"ru": "Русский", "en": "English"}[other],
	}
	if v.Path != "" {
		f.OtherHref = v.Path + "?" + query.Encode()
	}
	var b bytes.Buffer
	if err := p.templates[name].Execute(&b, f); err != nil {
		return fmt.Errorf("render the page %s: %w", name, err)
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", v.Lang)
	h.Set("Cache-Control", "no-store")
	ancestors := "'none'"
	if v.Frame != "" {
		ancestors = v.Frame
	} else {
		h.Set("X-Frame-Options", "DENY") // knows no list of origins
	}
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors "+ancestors)
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Robots-Tag", "noindex, nofollow")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	if _, err := w.Write(b.Bytes()); err != nil {
		return fmt.Errorf("send the page %s: %w", name, err)
	}
	return nil
}

// Assets serves the style sheet at the address that the pages name. The address
// contains the content's hash, so that it may be kept for ever.
func (p *Pages) Assets() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != p.cssPath {
			http.NotFound(w, r)
			return
		}
		h := w.Header()
		h.Set("Content-Type", "text/css; charset=utf-8")
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
		h.Set("X-Content-Type-Options", "nosniff")
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(p.css))
	})
}

// CSSPath returns the address of the style sheet.
func (p *Pages) CSSPath() string { return p.cssPath }

// PickLang chooses a page's language: what the visitor asked for in the query
// or the form, else the language of the letter, else the browser's first one
// that we speak, else Russian.
func PickLang(asked, letter, acceptLanguage string) string {
	for _, l := range []string{asked, letter} {
		if l == "ru" || l == "en" {
			return l
		}
	}
	for part := range strings.SplitSeq(acceptLanguage, ",") {
		tag, _, _ := strings.Cut(strings.TrimSpace(part), ";")
		primary, _, _ := strings.Cut(strings.ToLower(tag), "-")
		if primary == "ru" || primary == "en" {
			return primary
		}
	}
	return "ru"
}
