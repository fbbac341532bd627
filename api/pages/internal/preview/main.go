// Command preview serves the pages and letters with invented data on loopback,
// so that they can be looked at and driven by a browser without a database. It
// is for development and tests and is no part of opendoor.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"slices"
	"sync"
	"time"

	"opendoor/api/pages"
	"opendoor/letters"
	"opendoor/offboarding"
	"opendoor/offboarding/survey"
)

func main() {
	addr := flag.String("addr", "127.0.0.1:0", "loopback `address` to listen on")
	flag.Parse()
	ln, err := net.Listen("tcp", *addr)
	if err != nil {
		fmt.Fprintln(os.Stderr, "preview:", err)
		os.Exit(1)
	}
	base := "http://" + ln.Addr().String()
	w, err := letters.New("")
	if err != nil {
		fmt.Fprintln(os.Stderr, "preview:", err)
		os.Exit(1)
	}
	fmt.Printf("survey %s/s/preview\nchoice %s/l/preview\npreferences %s/u/preview\nletters %s/letters/\n", base, base, base, base)
	p := &preview{pages: pages.New(), letters: w, base: base, answers: map[string]*survey.Form{}, allowed: map[string][]string{}}
	srv := &http.Server{Handler: p.routes(), ReadHeaderTimeout: 5 * time.Second}
	if err := srv.Serve(ln); err != nil {
		fmt.Fprintln(os.Stderr, "preview:", err)
		os.Exit(1)
	}
}

// preview keeps the answers of links in memory. Every last part of an address
// is a link of its own, so that tests do not meet each other.
type preview struct {
	pages   *pages.Pages
	letters *letters.Writer
	base    string

	mu      sync.Mutex
	answers map[string]*survey.Form
	allowed map[string][]string // preferences
	posts   int                 // answers, choices and opt-outs that counted
}

var editableTo = time.Date(2026, 12, 24, 18, 0, 0, 0, time.UTC)

func (p *preview) routes() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /assets/", p.pages.Assets())
	mux.HandleFunc("GET /s/{token}", p.survey)
	mux.HandleFunc("POST /s/{token}", p.answer)
	mux.HandleFunc("/l/{token}", p.choice)
	mux.HandleFunc("/u/{token}", p.preferences)
	mux.HandleFunc("GET /letters/{lang}/{template}", p.letter)
	mux.HandleFunc("GET /count", func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		defer p.mu.Unlock()
		_ = json.NewEncoder(w).Encode(map[string]any{"decisions": p.posts})
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		v := visit(r)
		var err error
		switch r.URL.Path {
		case "/expired":
			err = p.pages.Expired(w, v)
		case "/error":
			err = p.pages.Error(w, v, http.StatusInternalServerError, "01hq3vz7")
		default:
			err = p.pages.NotFound(w, v)
		}
		report(err)
	})
	return mux
}

func visit(r *http.Request) pages.Visit {
	return pages.Visit{
		Lang: pages.PickLang(r.FormValue("lang"), "", r.Header.Get("Accept-Language")),
		Path: r.URL.Path, Company: "Бухгалтерия «Баланс»",
	}
}

func (p *preview) survey(w http.ResponseWriter, r *http.Request) {
	if r.FormValue(survey.FieldDecline) == "1" {
		report(p.pages.Decline(w, visit(r)))
		return
	}
	saved := p.saved(r)
	report(p.pages.Survey(w, pages.Survey{
		Visit: visit(r), Seed: r.PathValue("token"), Preselected: r.FormValue(survey.FieldReason),
		Answer: saved, Saved: saved != nil && !saved.Declined, EditableTo: editableTo,
	}))
}

func (p *preview) answer(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	if err := r.ParseForm(); err != nil {
		report(p.pages.Error(w, visit(r), http.StatusBadRequest, ""))
		return
	}
	form, problems := survey.ParseForm(r.PostForm)
	v := visit(r)
	if !survey.Deliberate(r.PostForm) || len(problems) > 0 {
		report(p.pages.Survey(w, pages.Survey{
			Visit: v, Seed: r.PathValue("token"), Answer: &form,
			Unconfirmed: len(problems) == 0, Problems: problems,
		}))
		return
	}
	p.mu.Lock()
	if prev := p.answers[r.URL.Path]; prev != nil {
		form = form.Over(*prev)
	}
	p.answers[r.URL.Path] = &form
	p.posts++
	p.mu.Unlock()
	report(p.pages.Thanks(w, pages.Thanks{Visit: v, Answer: form, EditableTo: editableTo}))
}

func (p *preview) saved(r *http.Request) *survey.Form {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.answers[r.URL.Path]
}

func (p *preview) choice(w http.ResponseWriter, r *http.Request) {
	v := visit(r)
	possible := []string{pages.ChoiceStay, pages.ChoiceProceed}
	if r.Method == http.MethodPost {
		if c := r.PostFormValue("choice"); c == pages.ChoiceStay || c == pages.ChoiceProceed || c == pages.ChoiceComeback {
			p.mu.Lock()
			p.posts++
			p.mu.Unlock()
			report(p.pages.Chosen(w, pages.Chosen{Visit: v, Choice: c, LastDay: editableTo, Person: "Мария Котова"}))
			return
		}
		report(p.pages.Choice(w, pages.Choice{Visit: v, Possible: possible, Unconfirmed: true}))
		return
	}
	report(p.pages.Choice(w, pages.Choice{Visit: v, Possible: possible, Asked: r.FormValue("choice"), Person: "Мария Котова"}))
}

func (p *preview) preferences(w http.ResponseWriter, r *http.Request) {
	view := pages.Preferences{Visit: visit(r), Wording: offboarding.PreferencesVersion}
	if r.Method == http.MethodPost {
		view.Stopped = r.PostFormValue("List-Unsubscribe") == "One-Click"
		view.Saved = !view.Stopped && r.PostFormValue("save") == "1"
		view.Unconfirmed = !view.Stopped && !view.Saved
	}
	p.mu.Lock()
	if !view.Unconfirmed && r.Method == http.MethodPost {
		p.posts++
	}
	if view.Saved {
		p.allowed[r.URL.Path] = r.PostForm["allow"]
	}
	allowed, said := p.allowed[r.URL.Path]
	p.mu.Unlock()
	for _, ch := range []struct {
		code  offboarding.Channel
		place string
	}{{offboarding.ChannelEmail, "anna.primerova@example.com"}, {offboarding.ChannelPhone, "+7 495 000-00-17"}} {
		on := pages.PreferenceChannel{Code: string(ch.code), Place: pages.Masked(ch.place)}
		for _, class := range offboarding.ConsentClasses {
			pref := offboarding.Preference{Channel: ch.code, Class: class}
			on.Boxes = append(on.Boxes, pages.PreferenceBox{
				Code: pref.Code(), Class: string(class), Words: offboarding.PreferenceWords(pref, offboarding.Lang(view.Lang)),
				Said: said, Given: slices.Contains(allowed, pref.Code()), Since: editableTo,
			})
		}
		view.Channels = append(view.Channels, on)
	}
	report(p.pages.Preferences(w, view))
}

func (p *preview) letter(w http.ResponseWriter, r *http.Request) {
	lang := offboarding.Lang(r.PathValue("lang")).Or(offboarding.RU)
	d := letters.Sample(r.PathValue("template"), lang, r.FormValue("bare") == "")
	l, err := p.letters.Write(d)
	if err != nil {
		http.Error(w, err.Error(), http.StatusNotFound)
		return
	}
	if r.FormValue("text") != "" {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, err = w.Write([]byte(l.Subject + "\n\n" + l.Text))
		report(err)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, err = w.Write([]byte(l.HTML))
	report(err)
}

func report(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "preview:", err)
	}
}
