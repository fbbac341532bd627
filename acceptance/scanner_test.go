package acceptance

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// Mail scanners open every link, run scripts and submit forms. None of that is
// a client's answer.
func TestScannersLeaveNoAnswer(t *testing.T) {
	h := serve(t)
	a := h.amocrm()
	d := a.client()
	a.cancel(d)
	h.allTold(d)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	scanner := &http.Client{Jar: jar}
	taps, forms := 0, 0
	for _, l := range h.sink.to(d.email) {
		for _, link := range l.links() {
			if !strings.HasPrefix(link, h.front.URL) {
				continue
			}
			if strings.Contains(link, "?reason=") {
				taps++
			}
			for _, method := range []string{http.MethodHead, http.MethodGet, http.MethodGet} {
				req, err := http.NewRequest(method, link, nil)
				if err != nil {
					t.Fatal(err)
				}
				res, err := scanner.Do(req)
				if err != nil {
					t.Fatal(err)
				}
				page, err := io.ReadAll(res.Body)
				_ = res.Body.Close()
				if err != nil || res.StatusCode >= 500 {
					t.Fatalf("%s %s: %d, %v", method, link, res.StatusCode, err)
				}
				if method == http.MethodGet {
					forms += submitForms(t, scanner, link, string(page))
				}
			}
		}
	}
	if taps == 0 || forms == 0 {
		t.Fatalf("the letters hold %d one-tap answers, the pages %d forms", taps, forms)
	}
	h.eventually(h.idle)
	s, err := h.story()
	if err != nil {
		t.Fatal(err)
	}
	c := s.casesOf(d)[0]
	if c.Answer != nil || c.State != "listening" || c.Tracks.Survey != "sent" || c.Reason.Code != "" {
		t.Fatalf("after the scanners the case is %+v", c)
	}
	if _, no := h.suppressed(t, d); no {
		t.Error("the scanners have unsubscribed the client")
	}
	h.answer(s, d, given("7"))
	h.allTold(d)
	s, err = h.story()
	if err != nil {
		t.Fatal(err)
	}
	if c := s.casesOf(d)[0]; c.Answer == nil || c.Answer.NPS == nil || *c.Answer.NPS != 7 {
		t.Errorf("the client's own answer is %+v", c.Answer)
	}
}

// suppressed reports whether the client asked not to be written to.
func (h *house) suppressed(t *testing.T, d deal) (string, bool) {
	t.Helper()
	var k struct {
		NoContact bool `json:"no_contact"`
	}
	s, err := h.story()
	if err != nil {
		t.Fatal(err)
	}
	id := s.casesOf(d)[0].ID
	h.must("GET", "/cases/"+id, nil, &k)
	return id, k.NoContact
}

// submitForms submits every form of a page as a script's form.submit() does:
// all fields with their present values, no button. It returns how many.
func submitForms(t *testing.T, c *http.Client, address, page string) int {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	base, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for node := range doc.Descendants() {
		if node.Type != html.ElementNode || node.Data != "form" || !strings.EqualFold(attribute(node, "method"), "post") {
			continue
		}
		target, err := base.Parse(attribute(node, "action"))
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(target.Path, "/u/") && strings.Contains(page, "List-Unsubscribe") {
			// RFC 8058: a POST with this field is the mail program's own word.
			continue
		}
		for _, values := range []url.Values{present(node, false), present(node, true)} {
			res, err := c.PostForm(target.String(), values)
			if err != nil {
				t.Fatal(err)
			}
			_ = res.Body.Close()
			n++
		}
	}
	return n
}

// present is what a form sends without a button; all takes the first choice of
// every question, as a robot that fills forms in might.
func present(form *html.Node, all bool) url.Values {
	v := url.Values{}
	for node := range form.Descendants() {
		if node.Type != html.ElementNode {
			continue
		}
		name := attribute(node, "name")
		switch kind := strings.ToLower(attribute(node, "type")); {
		case name == "" || node.Data == "button":
		case node.Data == "textarea":
			v.Set(name, "")
		case node.Data == "input" && (kind == "submit" || kind == "image" || kind == "reset"):
		case node.Data == "input" && (kind == "radio" || kind == "checkbox"):
			if has(node, "checked") || all && kind == "radio" && !v.Has(name) {
				v.Add(name, attribute(node, "value"))
			}
		case node.Data == "input":
			v.Set(name, attribute(node, "value"))
		}
	}
	return v
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, name string) bool {
	for _, a := range n.Attr {
		if a.Key == name {
			return true
		}
	}
	return false
}

// One click in a mail program stops the survey, not the case.
func TestOneClickUnsubscribes(t *testing.T) {
	h := serve(t)
	a := h.amocrm()
	d := a.client()
	a.cancel(d)
	s := h.allTold(d)
	l := h.survey(s, d)
	if l.oneClick != "List-Unsubscribe=One-Click" || !strings.HasPrefix(l.unsubscribe, h.front.URL+"/u/") {
		t.Fatalf("List-Unsubscribe %q, List-Unsubscribe-Post %q", l.unsubscribe, l.oneClick)
	}
	for range 2 {
		if code := h.post(l.unsubscribe, form, "List-Unsubscribe=One-Click"); code != http.StatusOK {
			t.Fatalf("unsubscribing answers %d", code)
		}
	}
	if _, no := h.suppressed(t, d); !no {
		t.Error("the client is still written to")
	}
}

func TestForeignLinksShowNothing(t *testing.T) {
	h := serve(t)
	a := h.amocrm()
	d := a.client()
	a.cancel(d)
	s := h.allTold(d)
	link := h.surveyLink(s, d)
	token := regexp.MustCompile(`[^/]+$`).FindString(link)
	for name, path := range map[string]string{
		"one character less":   "/s/" + token[:len(token)-1],
		"one character more":   "/s/" + token + "A",
		"another first letter": "/s/" + map[bool]string{true: "B", false: "A"}[token[0] == 'A'] + token[1:],
		"another purpose":      "/l/" + token,
		"padded":               "/s/" + token + "=",
	} {
		res, err := h.client.Get(h.front.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", name, res.StatusCode)
		}
	}
}
