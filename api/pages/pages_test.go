package pages

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"opendoor/offboarding/survey"
)

var until = time.Date(2026, 12, 24, 18, 0, 0, 0, time.UTC)

func visitIn(lang, path string) Visit {
	return Visit{Lang: lang, Path: path, Company: "Бухгалтерия «Баланс»"}
}

// every renders each page in each of its states.
func every(p *Pages, lang string) map[string]func(http.ResponseWriter) error {
	five := 5
	v := visitIn(lang, "/s/TOKEN")
	form := &survey.Form{Reason: "agreement.deadline", ServiceRelated: "yes", NPS: &five, Detail: "d", KeepInTouch: []string{"sms"}, Liked: "l", Comment: "c"}
	return map[string]func(http.ResponseWriter) error{
		"survey": func(w http.ResponseWriter) error { return p.Survey(w, Survey{Visit: v, Seed: "s"}) },
		"survey, tapped": func(w http.ResponseWriter) error {
			return p.Survey(w, Survey{Visit: v, Seed: "s", Preselected: "price"})
		},
		"survey, saved": func(w http.ResponseWriter) error {
			return p.Survey(w, Survey{Visit: v, Seed: "s", Answer: form, Saved: true, EditableTo: until})
		},
		"survey, saved, no date": func(w http.ResponseWriter) error {
			return p.Survey(w, Survey{Visit: v, Seed: "s", Answer: form, Saved: true})
		},
		"survey, unconfirmed": func(w http.ResponseWriter) error {
			return p.Survey(w, Survey{Visit: v, Seed: "s", Answer: form, Unconfirmed: true})
		},
		"survey, problems": func(w http.ResponseWriter) error {
			return p.Survey(w, Survey{Visit: v, Seed: "s", Answer: form, Problems: []survey.FieldProblem{
				{Field: "reason", Problem: survey.ProblemMissing},
				{Field: "nps", Problem: survey.ProblemUnknown},
				{Field: "service_related", Problem: survey.ProblemUnknown},
				{Field: "detail", Problem: survey.ProblemTooLong},
				{Field: "keep_in_touch", Problem: survey.ProblemUnknown},
				{Field: "liked", Problem: survey.ProblemTooLong},
				{Field: "comment", Problem: survey.ProblemTooLong},
			}})
		},
		"thanks": func(w http.ResponseWriter) error {
			return p.Thanks(w, Thanks{Visit: v, Answer: *form, EditableTo: until})
		},
		"thanks, complete": func(w http.ResponseWriter) error { return p.Thanks(w, Thanks{Visit: v, Answer: *form, Complete: true}) },
		"thanks, heard": func(w http.ResponseWriter) error {
			return p.Thanks(w, Thanks{Visit: v, Answer: survey.Form{Reason: "reputation", HeardWhen: "w", HeardFrom: "f"}})
		},
		"survey, heard too much": func(w http.ResponseWriter) error {
			return p.Survey(w, Survey{Visit: v, Seed: "s", Preselected: "reputation", Answer: form, Problems: []survey.FieldProblem{
				{Field: "heard_when", Problem: survey.ProblemTooLong}, {Field: "heard_from", Problem: survey.ProblemTooLong},
			}})
		},
		"survey, short": func(w http.ResponseWriter) error {
			return p.Survey(w, Survey{Visit: v, Seed: "s", Preselected: "price", Wording: (&survey.Wording{
				Lang: lang, Version: 3, Hidden: []string{
					"question.reason2", "question.service_related", "question.detail", "question.nps", "question.keep_in_touch", "question.liked", "question.comment",
				},
			}).Over()})
		},
		"declined": func(w http.ResponseWriter) error {
			return p.Thanks(w, Thanks{Visit: v, Answer: survey.Form{Declined: true}})
		},
		"decline": func(w http.ResponseWriter) error { return p.Decline(w, v) },
		"choice": func(w http.ResponseWriter) error {
			return p.Choice(w, Choice{Visit: v, Possible: []string{"stay", "proceed"}, Person: "Мария Котова"})
		},
		"settlement": func(w http.ResponseWriter) error {
			return p.Settlement(w, Settlement{
				Visit: v, Total: "1 240,00 ₽", DueOn: until, Person: "N", MayContest: true, MayAgree: true, Lines: []SettlementLine{
					{ID: "1", What: "Абонемент, октябрь 2026", Basis: "п. 4.1", Justification: "акт № 10", Amount: "1 000,00 ₽"},
					{ID: "2", What: "Выезд", Basis: "заявка", Justification: "12 октября", Amount: "240,00 ₽", Contested: true, Objection: "не было"},
					{ID: "3", What: "Выезд", Basis: "заявка", Justification: "19 октября", Amount: "0,00 ₽", Answer: "Был, вот акт."},
				},
			})
		},
		"settlement, heard": func(w http.ResponseWriter) error {
			return p.Settlement(w, Settlement{Visit: v, Total: "1 ₽", Heard: true})
		},
		"settlement, agreed": func(w http.ResponseWriter) error {
			return p.Settlement(w, Settlement{Visit: v, Total: "1 ₽", Agreed: true, Refund: true})
		},
		"settlement, settled": func(w http.ResponseWriter) error {
			return p.Settlement(w, Settlement{Visit: v, Total: "1 ₽", Settled: true})
		},
		"settlement, none": func(w http.ResponseWriter) error { return p.Settlement(w, Settlement{Visit: v}) },
		"settlement, unconfirmed": func(w http.ResponseWriter) error {
			return p.Settlement(w, Settlement{Visit: v, Total: "1 ₽", Unconfirmed: true, TooLong: true})
		},
		"tab": func(w http.ResponseWriter) error {
			return p.Tab(w, Tab{
				Visit: visitIn(lang, "/card/bitrix24/KEY"), HasCase: true, No: 7, State: "S", Client: "Анна Примерова", Reason: "R", NPS: &five, Comment: "c",
				Step: "call", At: until, Actions: []string{"proceed", "withdraw", "pause"}, Version: 3, Token: "T", Done: true,
			})
		},
		"tab, shielded": func(w http.ResponseWriter) error {
			return p.Tab(w, Tab{
				Visit: visitIn(lang, "/card/bitrix24/KEY"), HasCase: true, No: 7, State: "S", Shield: true, Step: "hand_over", Paused: true,
				Actions: []string{"resume", "return"}, Problem: "stale",
			})
		},
		"tab, none": func(w http.ResponseWriter) error {
			return p.Tab(w, Tab{Visit: visitIn(lang, "/card/bitrix24/KEY"), Actions: []string{"start"}, Problem: "rule"})
		},
		"access":       func(w http.ResponseWriter) error { return p.Access(w, v, http.StatusOK, AccessGranted, "id") },
		"choice, none": func(w http.ResponseWriter) error { return p.Choice(w, Choice{Visit: v}) },
		"choice, leaving": func(w http.ResponseWriter) error {
			return p.Choice(w, Choice{Visit: v, Possible: []string{"stay"}, Leaving: true, Account: true, LastDay: until})
		},
		"choice, unconfirmed": func(w http.ResponseWriter) error {
			return p.Choice(w, Choice{Visit: v, Possible: []string{"comeback"}, Unconfirmed: true})
		},
		"proceed": func(w http.ResponseWriter) error {
			return p.Choice(w, Choice{Visit: v, Possible: []string{"stay", "proceed"}, Asked: "proceed", LastDay: until})
		},
		"stay": func(w http.ResponseWriter) error {
			return p.Choice(w, Choice{Visit: v, Possible: []string{"stay"}, Asked: "stay"})
		},
		"proceeded": func(w http.ResponseWriter) error {
			return p.Chosen(w, Chosen{Visit: v, Choice: "proceed", LastDay: until, Person: "N"})
		},
		"stayed":    func(w http.ResponseWriter) error { return p.Chosen(w, Chosen{Visit: v, Choice: "stay"}) },
		"came back": func(w http.ResponseWriter) error { return p.Chosen(w, Chosen{Visit: v, Choice: "comeback"}) },
		"pulse":     func(w http.ResponseWriter) error { return p.Pulse(w, Pulse{Visit: v, Contract: "12/24", Max: 4000}) },
		"pulse, problem": func(w http.ResponseWriter) error {
			return p.Pulse(w, Pulse{Visit: v, Mark: &five, Text: "t", Problem: true, Max: 4000})
		},
		"pulse, unconfirmed": func(w http.ResponseWriter) error { return p.Pulse(w, Pulse{Visit: v, Unconfirmed: true, Max: 4000}) },
		"pulse, thanks":      func(w http.ResponseWriter) error { return p.Pulse(w, Pulse{Visit: v, Thanks: true}) },
		"preferences":        func(w http.ResponseWriter) error { return p.Preferences(w, Preferences{Visit: v}) },
		"preferences, saved": func(w http.ResponseWriter) error { return p.Preferences(w, samplePreferences(v)) },
		"stopped":            func(w http.ResponseWriter) error { return p.Preferences(w, Preferences{Visit: v, Stopped: true}) },
		"not found":          func(w http.ResponseWriter) error { return p.NotFound(w, v) },
		"expired":            func(w http.ResponseWriter) error { return p.Expired(w, v) },
		"error":              func(w http.ResponseWriter) error { return p.Error(w, v, 500, "01hq") },
		"slow down":          func(w http.ResponseWriter) error { return p.Error(w, v, 429, "") },
	}
}

func page(t *testing.T, render func(http.ResponseWriter) error) *httptest.ResponseRecorder {
	t.Helper()
	rec := httptest.NewRecorder()
	if err := render(rec); err != nil {
		t.Fatal(err)
	}
	return rec
}

var (
	foreign   = regexp.MustCompile(`(?i)<script|\sstyle=|\son[a-z]+=|https?://|javascript:|<img|<iframe|@import|url\(`)
	looseKey  = regexp.MustCompile(`\b(survey|thanks|declined?|choice|chosen|preferences|not_found|expired|error|slow_down|service)\.[a-z_]+`)
	emptyText = regexp.MustCompile(`<(h1|h2|p|legend|label|button|strong|title)[^>]*>\s*</`)
)

func TestEveryPageIsSafeWholeAndSpeaksItsLanguage(t *testing.T) {
	p := New()
	statuses := map[string]int{"survey, problems": 422, "survey, heard too much": 422, "pulse, problem": 422, "not found": 404, "expired": 410, "error": 500, "slow down": 429}
	for _, lang := range []string{"ru", "en"} {
		for name, render := range every(p, lang) {
			t.Run(name+" "+lang, func(t *testing.T) {
				rec := page(t, render)
				want := statuses[name]
				if want == 0 {
					want = 200
				}
				if rec.Code != want {
					t.Errorf("status %d, want %d", rec.Code, want)
				}
				body := rec.Body.String()
				for _, re := range []*regexp.Regexp{foreign, looseKey, emptyText} {
					if m := re.FindString(body); m != "" {
						t.Errorf("the page contains %q", m)
					}
				}
				if !strings.Contains(body, `<html lang="`+lang+`">`) || strings.Count(body, "<h1>") != 1 {
					t.Error("the page does not name its language, or has not exactly one heading")
				}
				for header, want := range map[string]string{
					"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store", "Referrer-Policy": "no-referrer",
					"X-Robots-Tag": "noindex, nofollow", "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Content-Language": lang,
				} {
					if got := rec.Header().Get(header); got != want {
						t.Errorf("%s: %q, want %q", header, got, want)
					}
				}
				if csp := rec.Header().Get("Content-Security-Policy"); !strings.HasPrefix(csp, "default-src 'none'; style-src 'self'") || strings.Contains(csp, "unsafe") {
					t.Errorf("CSP: %q", csp)
				}
			})
		}
	}
}

// field is one successful control of a form.
type field struct{ tag, typ, name, value string }

// controls reads the forms of a page as a program does: what a script would
// submit, and the buttons that only a press adds.
func controls(t *testing.T, body string) (auto url.Values, buttons []field) {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	auto = url.Values{}
	var text func(*html.Node) string
	text = func(n *html.Node) string {
		if n.Type == html.TextNode {
			return n.Data
		}
		s := ""
		for c := range n.ChildNodes() {
			s += text(c)
		}
		return s
	}
	for n := range doc.Descendants() {
		a := map[string]string{}
		for _, at := range n.Attr {
			a[at.Key] = at.Val
		}
		_, checked := a["checked"]
		switch {
		case n.Type != html.ElementNode || a["name"] == "":
		case n.Data == "button":
			buttons = append(buttons, field{n.Data, a["type"], a["name"], a["value"]})
		case n.Data == "textarea":
			auto.Add(a["name"], text(n))
		case n.Data == "input" && ((a["type"] != "radio" && a["type"] != "checkbox") || checked):
			auto.Add(a["name"], a["value"])
		}
	}
	return auto, buttons
}

func TestAFormThatSubmitsItselfDecidesNothing(t *testing.T) {
	p := New()
	for name, render := range every(p, "ru") {
		t.Run(name, func(t *testing.T) {
			auto, buttons := controls(t, page(t, render).Body.String())
			if len(auto) == 0 && len(buttons) == 0 {
				return // nothing to submit here
			}
			if auto.Has("choice") || auto.Has("List-Unsubscribe") || auto.Has("confirm") {
				t.Errorf("a decision stands in a hidden field: %v", auto)
			}
			if len(buttons) == 0 {
				t.Fatal("there is no button to press")
			}
			if auto.Has("form") && survey.Deliberate(auto) {
				t.Errorf("submitted by a script, this counts: %v", auto)
			}
			pressed := url.Values{}
			maps.Copy(pressed, auto)
			pressed.Set(buttons[0].name, buttons[0].value)
			if !survey.Deliberate(pressed) {
				t.Errorf("with the button pressed it does not count: %v", pressed)
			}
		})
	}
}

func TestAnswersOnRecordComeBackInTheForm(t *testing.T) {
	p := New()
	for _, name := range []string{"survey, saved", "thanks"} {
		auto, buttons := controls(t, page(t, every(p, "en")[name]).Body.String())
		auto.Set(buttons[0].name, buttons[0].value)
		form, problems := survey.ParseForm(auto)
		if len(problems) > 0 || form.Reason != "agreement.deadline" || form.ServiceRelated != "yes" || form.NPS == nil || *form.NPS != 5 ||
			form.Detail != "d" || form.Liked != "l" || form.Comment != "c" || !slices.Equal(form.KeepInTouch, []string{"sms"}) || form.Lang != "en" {
			t.Errorf("%s: sent again unchanged it reads %+v, %v", name, form, problems)
		}
	}
}

func TestATappedAnswerStandsFirstAndIsChosen(t *testing.T) {
	p := New()
	radio := regexp.MustCompile(`name="reason" value="([a-z_.]+)" required( checked)?>`)
	read := func(v Survey) []string {
		var all []string
		for _, m := range radio.FindAllStringSubmatch(page(t, func(w http.ResponseWriter) error { return p.Survey(w, v) }).Body.String(), -1) {
			all = append(all, m[1]+m[2])
		}
		return all
	}
	v := Survey{Visit: visitIn("ru", "/s/TOKEN"), Seed: "s"}
	plain := read(v)
	if len(plain) != 8 || plain[7] != "other" || !slices.Equal(plain, read(v)) {
		t.Errorf("order %v", plain)
	}
	for tapped, want := range map[string]string{"price": "price checked", "other": "other checked", "agreement.deadline": "agreement checked"} {
		v.Preselected = tapped
		if got := read(v); len(got) != 8 || got[0] != want || strings.Count(fmt.Sprint(got), "checked") != 1 {
			t.Errorf("tapped %s: %v", tapped, got)
		}
	}
	v.Preselected = `"><script>`
	if got := read(v); !slices.Equal(got, plain) {
		t.Errorf("an unknown answer changes the page: %v", got)
	}
	v.Preselected, v.Answer = "", &survey.Form{Reason: "need.pause"}
	if got := read(v); !slices.Contains(got, "need.pause checked") {
		t.Errorf("a level-2 reason on record is lost: %v", got)
	}
}

func TestTheFollowUpQuestionFitsTheReason(t *testing.T) {
	p := New()
	for _, g := range survey.Groups() {
		for _, lang := range []string{"ru", "en"} {
			thanks := page(t, func(w http.ResponseWriter) error {
				return p.Thanks(w, Thanks{Visit: visitIn(lang, "/s/T"), Answer: survey.Form{Reason: g.Code}})
			}).Body.String()
			tapped := page(t, func(w http.ResponseWriter) error {
				return p.Survey(w, Survey{Visit: visitIn(lang, "/s/T"), Preselected: g.Code})
			}).Body.String()
			q := html.EscapeString(survey.BuiltIn(lang).FollowUp(g.Code))
			if !strings.Contains(thanks, q) || !strings.Contains(tapped, q) || !strings.Contains(thanks, html.EscapeString(g.Label(lang))) {
				t.Errorf("%s/%s: %q is not asked", g.Code, lang, q)
			}
		}
	}
}

func TestTheLanguageSwitchKeepsWhatWasTapped(t *testing.T) {
	p := New()
	tests := map[string]struct{ name, href string }{
		"the tapped answer": {"survey, tapped", `href="/s/TOKEN?lang=en&amp;reason=price"`},
		"the decline":       {"decline", `href="/s/TOKEN?decline=1&amp;lang=en"`},
		"the choice":        {"proceed", `href="/s/TOKEN?choice=proceed&amp;lang=en"`},
		"a plain page":      {"preferences", `href="/s/TOKEN?lang=en"`},
	}
	for name, tc := range tests {
		if body := page(t, every(p, "ru")[tc.name]).Body.String(); !strings.Contains(body, tc.href) {
			t.Errorf("%s: no %s", name, tc.href)
		}
	}
}

func TestWhatTheClientWroteIsTextAndNothingElse(t *testing.T) {
	p := New()
	evil := `</textarea><script>alert(1)</script>" onfocus="x`
	v := visitIn("ru", "/s/TOKEN")
	v.Company = evil
	form := survey.Form{Reason: "other", Detail: evil, Liked: evil, Comment: evil}
	for _, render := range []func(http.ResponseWriter) error{
		func(w http.ResponseWriter) error { return p.Survey(w, Survey{Visit: v, Answer: &form, Saved: true}) },
		func(w http.ResponseWriter) error { return p.Thanks(w, Thanks{Visit: v, Answer: form}) },
		func(w http.ResponseWriter) error {
			return p.Choice(w, Choice{Visit: v, Possible: []string{"stay"}, Person: evil})
		},
		func(w http.ResponseWriter) error { return p.Error(w, v, 500, evil) },
	} {
		if body := page(t, render).Body.String(); strings.Contains(body, "<script") || strings.Contains(body, `" onfocus="`) {
			t.Errorf("markup got through:\n%s", body)
		}
	}
}

func TestAnUnknownChoiceIsRefusedBeforeAnythingIsSent(t *testing.T) {
	p := New()
	rec := httptest.NewRecorder()
	if err := errors.Join(p.Choice(rec, Choice{Possible: []string{"flee"}}), p.Chosen(rec, Chosen{Choice: "flee"})); err == nil {
		t.Error("no error")
	}
	if rec.Body.Len() > 0 {
		t.Error("something was sent all the same")
	}
}

func TestTheStyleSheetMayBeKeptForEver(t *testing.T) {
	p := New()
	get := func(path string) *httptest.ResponseRecorder {
		rec := httptest.NewRecorder()
		p.Assets().ServeHTTP(rec, httptest.NewRequest(http.MethodGet, path, nil))
		return rec
	}
	rec := get(p.CSSPath())
	if rec.Code != 200 || rec.Header().Get("Content-Type") != "text/css; charset=utf-8" || !strings.Contains(rec.Header().Get("Cache-Control"), "immutable") {
		t.Errorf("%d %v", rec.Code, rec.Header())
	}
	if foreign.MatchString(rec.Body.String()) {
		t.Error("the style sheet fetches something")
	}
	if got := get("/assets/app-000000000000.css").Code; got != 404 {
		t.Errorf("another version answers %d", got)
	}
	if body := page(t, every(p, "ru")["survey"]).Body.String(); !strings.Contains(body, `href="`+p.CSSPath()+`"`) {
		t.Error("the pages name another style sheet")
	}
}

func TestLanguageIsPicked(t *testing.T) {
	tests := map[string]struct{ asked, letter, accept, want string }{
		"what was asked for":     {"en", "ru", "ru", "en"},
		"the letter's":           {"", "en", "ru", "en"},
		"an unknown one":         {"de", "", "en-GB,en;q=0.9", "en"},
		"the browser's":          {"", "", "de-DE, EN-us;q=0.8, ru;q=0.5", "en"},
		"nothing known":          {"", "", "de", "ru"},
		"nothing said":           {"", "", "", "ru"},
		"a header that is noise": {"", "", ";;,,-", "ru"},
	}
	for name, tc := range tests {
		if got := PickLang(tc.asked, tc.letter, tc.accept); got != tc.want {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
}

func TestTextsAreSetWell(t *testing.T) {
	loose := regexp.MustCompile(`(?i)(^|[\s(«])(в|к|с|о|у|и|на|по|за|из|до|от|не) \pL| [—–]`)
	odd := regexp.MustCompile(`[!"“”]|--| - |  |\.\.`)
	for _, lang := range []string{"ru", "en"} {
		for key, s := range Texts(lang) {
			if s == "" || odd.MatchString(s) {
				t.Errorf("%s/%s: %q", key, lang, s)
			}
			if lang == "ru" && loose.MatchString(s) {
				t.Errorf("%s: a line may break at %q in %q", key, loose.FindString(s), s)
			}
			if (lang == "en") == regexp.MustCompile(`[а-яё]`).MatchString(s) {
				t.Errorf("%s/%s is in another language: %q", key, lang, s)
			}
		}
	}
}

func TestOnlyThePortalMayFrameTheTab(t *testing.T) {
	w := httptest.NewRecorder()
	v := visitIn("ru", "/card/bitrix24/KEY")
	v.Frame = "https://company.bitrix24.ru"
	if err := New().Tab(w, Tab{Visit: v}); err != nil {
		t.Fatal(err)
	}
	csp := w.Header().Get("Content-Security-Policy")
	if !strings.HasSuffix(csp, "frame-ancestors https://company.bitrix24.ru") || w.Header().Get("X-Frame-Options") != "" {
		t.Errorf("policy %q, X-Frame-Options %q", csp, w.Header().Get("X-Frame-Options"))
	}
}

func TestWhatIsAskedFitsTheReasonAndTheWording(t *testing.T) {
	p := New()
	body := func(name string) string { return page(t, every(p, "ru")[name]).Body.String() }
	for name, want := range map[string]map[string]bool{
		"survey":         {`name="reason2"`: false, `name="heard_from"`: false, `name="detail"`: true, `name="wording" value="1"`: true},
		"survey, tapped": {`value="price.cheaper"`: true, `value="need.done"`: false, `name="heard_from"`: false},
		"thanks":         {`name="reason2" value="agreement.deadline" checked`: true, `value="agreement.client_side"`: false},
		"thanks, heard":  {`name="heard_when" value="w"`: true, `name="heard_from" value="f"`: true, `name="reason2"`: false},
		"survey, short":  {`name="nps"`: false, `name="detail"`: false, `name="reason2"`: false, `name="keep_in_touch"`: false, `name="wording" value="3"`: true, `name="reason" value="fit"`: true},
	} {
		for part, there := range want {
			if strings.Contains(body(name), part) != there {
				t.Errorf("%s: %s stands there: %v", name, part, !there)
			}
		}
	}
}

func TestAnAnswerThatIsNotOfferedAnyMoreIsStillShown(t *testing.T) {
	w := (&survey.Wording{Lang: "en", Version: 2, Hidden: []string{"reason.price"}}).Over()
	for name, v := range map[string]Survey{
		"tapped in an old letter": {Visit: visitIn("en", "/s/T"), Wording: w, Preselected: "price"},
		"on record":               {Visit: visitIn("en", "/s/T"), Wording: w, Answer: &survey.Form{Reason: "price.value"}, Saved: true},
	} {
		if body := page(t, func(rw http.ResponseWriter) error { return New().Survey(rw, v) }).Body.String(); !strings.Contains(body, `required checked>`) {
			t.Errorf("%s: nothing is chosen", name)
		}
	}
}

func samplePreferences(v Visit) Preferences {
	since := time.Date(2026, 11, 12, 9, 0, 0, 0, time.UTC)
	return Preferences{Visit: v, Saved: true, Wording: "preferences/1", Channels: []PreferenceChannel{
		{Code: "email", Place: Masked("anna@example.com"), Boxes: []PreferenceBox{
			{Code: "email/relationship", Class: "relationship", Words: "Greetings"}, {Code: "email/marketing", Class: "marketing", Words: "Offers", Said: true, Given: true, Since: since},
		}},
		{Code: "phone", Place: Masked("+7 495 000-00-17"), Boxes: []PreferenceBox{
			{Code: "phone/relationship", Class: "relationship", Words: "Calls", Said: true, Since: since}, {Code: "phone/marketing", Class: "marketing", Words: "Offers"},
		}},
	}}
}

// A box is ticked when its consent is given and for no other reason.
func TestPreferencesAreUntickedUnlessGiven(t *testing.T) {
	body := page(t, func(w http.ResponseWriter) error {
		return New().Preferences(w, samplePreferences(Visit{Lang: "ru", Path: "/u/x"}))
	}).Body.String()
	ticked := regexp.MustCompile(`value="([^"]*)"[^>]* checked`).FindAllStringSubmatch(body, -1)
	if len(ticked) != 1 || ticked[0][1] != "email/marketing" {
		t.Errorf("ticked: %v", ticked)
	}
	for _, want := range []string{"a…@example.com", "Разрешено 12\u00a0ноября", "Отключено 12\u00a0ноября", "…17"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if strings.Contains(body, "anna@") || strings.Contains(body, "000-00") {
		t.Error("the page shows an address")
	}
}
