package mailbox

import (
	"bytes"
	"embed"
	"encoding/json"
	"html/template"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
)

//go:embed web
var web embed.FS

var pages = template.Must(template.New("").Funcs(template.FuncMap{
	"join":  func(s []string) string { return strings.Join(s, ", ") },
	"clock": func(t time.Time) string { return t.Local().Format("02.01.2006 15:04:05") },
	"stamp": func(t time.Time) string { return t.Format(time.RFC3339) },
}).ParseFS(web, "web/*.html"))

// words are the texts of the page in one language.
type words struct {
	Lang, Title, Lead, Empty, Clear, Back, From, To, Received, Text, Headers, Letter, Links, NoSubject, Count string
}

var (
	russian = words{
		Lang: "ru", Title: "Почта песочницы", Lead: "Сюда попадают все письма, которые отправляет opendoor. Дальше они никуда не уходят.",
		Empty: "Писем пока нет. Как только придёт первое, оно появится здесь само.", Clear: "Убрать все письма", Back: "Все письма",
		From: "От кого", To: "Кому", Received: "Пришло", Text: "Текст без оформления", Headers: "Заголовки", Letter: "Письмо", Links: "Ссылки в письме",
		NoSubject: "(без темы)", Count: "Писем",
	}
	english = words{
		Lang: "en", Title: "Sandbox mailbox", Lead: "Every letter that opendoor sends ends up here and goes no further.",
		Empty: "No letters yet. The first one will show up here by itself.", Clear: "Remove all letters", Back: "All letters",
		From: "From", To: "To", Received: "Received", Text: "Plain text", Headers: "Headers", Letter: "Letter", Links: "Links in the letter",
		NoSubject: "(no subject)", Count: "Letters",
	}
)

// pagePolicy lets the page load nothing but its own style and script. The frame
// with a letter has letterPolicy: no script, no pictures from elsewhere, and
// links open in a window of their own.
const (
	pagePolicy   = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; frame-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
	letterPolicy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"
)

// Handler returns the page and the JSON:
//
//	GET    /                       the list
//	GET    /messages/{id}          one letter
//	GET    /api/messages           the list as JSON, newest first
//	GET    /api/messages/{id}      one letter as JSON
//	DELETE /api/messages           throw all letters away
func (b *Mailbox) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", b.list)
	mux.HandleFunc("GET /messages/{id}", b.one)
	mux.HandleFunc("GET /messages/{id}/html", b.html)
	mux.HandleFunc("POST /clear", func(w http.ResponseWriter, r *http.Request) {
		b.Clear()
		http.Redirect(w, r, "/", http.StatusSeeOther)
	})
	mux.HandleFunc("GET /api/messages", func(w http.ResponseWriter, _ *http.Request) { answer(w, b.Messages()) })
	mux.HandleFunc("GET /api/messages/{id}", func(w http.ResponseWriter, r *http.Request) {
		m, ok := b.Message(r.PathValue("id"))
		if !ok {
			http.NotFound(w, r)
			return
		}
		answer(w, m)
	})
	mux.HandleFunc("DELETE /api/messages", func(w http.ResponseWriter, _ *http.Request) {
		b.Clear()
		w.WriteHeader(http.StatusNoContent)
	})
	for _, name := range []string{"mailbox.css", "mailbox.js", "icon.svg"} {
		mux.HandleFunc("GET /"+name, func(w http.ResponseWriter, r *http.Request) {
			http.ServeFileFS(w, r, web, "web/"+name)
		})
	}
	guarded := http.NewCrossOriginProtection().Handler(mux) // another site's page cannot empty the mailbox
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", pagePolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		guarded.ServeHTTP(w, r)
	})
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_ = json.NewEncoder(w).Encode(v) // the reader has gone: nobody is left to tell
}

func (b *Mailbox) list(w http.ResponseWriter, r *http.Request) {
	b.show(w, r, "list.html", http.StatusOK, b.Messages())
}

func (b *Mailbox) one(w http.ResponseWriter, r *http.Request) {
	m, ok := b.Message(r.PathValue("id"))
	if !ok {
		b.show(w, r, "list.html", http.StatusNotFound, b.Messages())
		return
	}
	type header struct{ Name, Value string }
	var headers []header
	for name, values := range m.Headers {
		for _, v := range values {
			headers = append(headers, header{name, v})
		}
	}
	slices.SortFunc(headers, func(a, b header) int { return strings.Compare(a.Name, b.Name) })
	b.show(w, r, "letter.html", http.StatusOK, struct {
		Message
		Sorted []header
	}{m, headers})
}

func (b *Mailbox) show(w http.ResponseWriter, r *http.Request, page string, status int, data any) {
	t := english
	if strings.HasPrefix(strings.ToLower(strings.TrimSpace(r.Header.Get("Accept-Language"))), "ru") {
		t = russian
	}
	var buf bytes.Buffer
	if err := pages.ExecuteTemplate(&buf, page, struct {
		T    words
		Data any
	}{t, data}); err != nil {
		b.log.Error("show a page of the mailbox", "err", err)
		http.Error(w, "the page could not be written", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = buf.WriteTo(w)
}

var head = regexp.MustCompile(`(?i)<head[^>]*>`)

// html serves the letter itself, as its reader would see it, for the frame.
func (b *Mailbox) html(w http.ResponseWriter, r *http.Request) {
	m, ok := b.Message(r.PathValue("id"))
	if !ok || m.HTML == "" {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Security-Policy", letterPolicy)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	const base = `<base target="_blank">` // the pages behind our links refuse to be framed
	markup := m.HTML
	if at := head.FindStringIndex(markup); at != nil {
		markup = markup[:at[1]] + base + markup[at[1]:]
	} else {
		markup = base + markup
	}
	_, _ = w.Write([]byte(markup))
}
