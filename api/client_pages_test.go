package api

import (
	"bytes"
	"mime/multipart"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"opendoor/offboarding"
)

// everything counts what a page could change: the case with its answer, its
// planned effects, its record.
func (o *office) everything(c *offboarding.Case) (version, planned, lines int) {
	o.Helper()
	effects, err := o.store.PlannedOf(o.Context(), c.ID)
	o.must(err)
	record, err := o.store.AuditOf(o.Context(), "case:"+c.ID.String())
	o.must(err)
	return o.fresh(c).Version, len(effects), len(record)
}

func (o *office) link(p offboarding.Purpose, c *offboarding.Case) string {
	return "/" + string(p) + "/" + o.keys.LinkToken(p, c.ID, c.Client.Email)
}

func TestOpeningALinkChangesNothing(t *testing.T) {
	o := newOffice(t)
	c := o.open(o.account(offboarding.AmoCRM, nil))
	version, planned, lines := o.everything(c)
	for _, path := range []string{
		o.link(offboarding.PurposeSurvey, c), o.link(offboarding.PurposeSurvey, c) + "?decline=1", o.link(offboarding.PurposeSurvey, c) + "?lang=en",
		o.link(offboarding.PurposeSurvey, c) + "?reason=nonsense", o.link(offboarding.PurposeChoice, c), o.link(offboarding.PurposeChoice, c) + "?choice=proceed",
		o.link(offboarding.PurposePreferences, c), o.link(offboarding.PurposePreferences, c) + "?List-Unsubscribe=One-Click",
	} {
		for range 2 {
			w := o.do(request{method: get, path: path})
			if w.Code != 200 || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") {
				t.Fatalf("%s: %d", path, w.Code)
			}
			for name, want := range map[string]string{"Referrer-Policy": "no-referrer", "Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow"} {
				if got := w.Header().Get(name); got != want {
					t.Errorf("%s: %s is %q", path, name, got)
				}
			}
			if strings.Contains(w.Body.String(), c.Client.Email) {
				t.Errorf("%s shows the client's address", path)
			}
		}
	}
	if v, p, l := o.everything(c); v != version || p != planned || l != lines {
		t.Errorf("version %d → %d, planned %d → %d, lines %d → %d", version, v, planned, p, lines, l)
	}
	for range 3 { // a tapped answer is noted once, apart, and used for nothing
		o.do(request{method: get, path: o.link(offboarding.PurposeSurvey, c) + "?reason=price"})
	}
	if v, p, l := o.everything(c); v != version || p != planned || l != lines+1 {
		t.Errorf("after a tap: version %d → %d, planned %d → %d, lines %d → %d", version, v, planned, p, lines, l)
	}
	if c = o.fresh(c); c.Answer != nil || c.State != offboarding.StateListening || c.NoContact {
		t.Errorf("%+v", c)
	}
}

// ownAddress is where a page names itself, in its language switch.
var ownAddress = regexp.MustCompile(`/[slu]/[^"?]*`)

func TestALinkThatLeadsNowhere(t *testing.T) {
	o := newOffice(t)
	c := o.open(o.account(offboarding.AmoCRM, nil))
	for _, p := range []offboarding.Purpose{offboarding.PurposeSurvey, offboarding.PurposeChoice, offboarding.PurposePreferences} {
		pages := map[string]bool{}
		token := o.keys.LinkToken(p, c.ID, c.Client.Email)
		for name, wrong := range map[string]string{
			"a token of nobody": "x", "a token never sent": o.keys.LinkToken(p, offboarding.NewID(), c.Client.Email),
			"a token of another purpose": o.keys.LinkToken(offboarding.PurposeHandover, c.ID, c.Client.Email), "another spelling": token + "=",
		} {
			for _, method := range []string{get, post} {
				w := o.do(request{method: method, path: "/" + string(p) + "/" + wrong, headers: []string{isForm}, body: "reason=price&choice=proceed&List-Unsubscribe=One-Click"})
				if w.Code != 404 || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") {
					t.Errorf("%s %s with %s: %d", method, p, name, w.Code)
				}
				pages[ownAddress.ReplaceAllString(w.Body.String(), "")] = true
			}
		}
		if len(pages) != 1 {
			t.Errorf("%s: %d different pages for what leads nowhere", p, len(pages))
		}
	}
	o.clock = o.clock.Add(31 * 24 * time.Hour)
	for path, want := range map[string]int{o.link(offboarding.PurposeSurvey, c): 410, o.link(offboarding.PurposeChoice, c): 410, o.link(offboarding.PurposePreferences, c): 200} {
		for _, method := range []string{get, post} {
			if w := o.do(request{method: method, path: path, headers: []string{isForm}, body: "reason=price&choice=proceed"}); w.Code != want {
				t.Errorf("%s %s after a month: %d, want %d", method, path, w.Code, want)
			}
		}
	}
	if c = o.fresh(c); c.Answer != nil || c.State != offboarding.StateListening {
		t.Errorf("an expired link was heeded: %+v", c)
	}
}

func (o *office) submit(path, body string) int {
	o.Helper()
	return o.do(request{method: post, path: path, body: body, headers: []string{isForm}}).Code
}

func TestTheSurveyIsAnswered(t *testing.T) {
	tests := map[string]struct {
		posts  []string
		status int
		check  func(c *offboarding.Case) bool
	}{
		"by the reason alone": {[]string{"reason=price"}, 200, func(c *offboarding.Case) bool { return c.Answer.Reason == "price" && c.Answer.Source == "survey" }},
		"in one go": {
			[]string{"reason=people&service_related=yes&detail=a&nps=0&keep_in_touch=email&keep_in_touch=phone&liked=b&comment=c"},
			200,
			func(c *offboarding.Case) bool {
				return *c.Answer.NPS == 0 && c.ServiceRelated == offboarding.ServiceYes && len(c.Answer.KeepInTouch) == 2 && c.Answer.Comment == "c"
			},
		},
		"in pieces": {[]string{"reason=price", "reason=price&nps=9", "reason=need&comment=x"}, 200, func(c *offboarding.Case) bool {
			return c.Answer.Reason == "need" && *c.Answer.NPS == 9 && c.Answer.Comment == "x"
		}},
		"what is wrong is asked again, the rest is kept": {[]string{"reason=price&nps=99&liked=x"}, 422, func(c *offboarding.Case) bool { return c.Answer.Liked == "x" && c.Answer.NPS == nil }},
		"without a reason":                   {[]string{"nps=9"}, 422, func(c *offboarding.Case) bool { return c.Answer == nil }},
		"with a reason of nobody":            {[]string{"reason=nonsense"}, 422, func(c *offboarding.Case) bool { return c.Answer == nil }},
		"by a scanner that submits our form": {[]string{"form=1&reason=price"}, 200, func(c *offboarding.Case) bool { return c.Answer == nil }},
		"by a scanner that declines":         {[]string{"form=1&decline=1"}, 200, func(c *offboarding.Case) bool { return c.Tracks.Survey == offboarding.SurveyScheduled }},
		"by our form with its button":        {[]string{"form=1&reason=price&confirm=1"}, 200, func(c *offboarding.Case) bool { return c.Answer != nil }},
		"by declining": {[]string{"decline=1"}, 200, func(c *offboarding.Case) bool {
			return c.Tracks.Survey == offboarding.SurveyDeclined && c.Answer == nil
		}},
		"by declining and answering all the same": {[]string{"decline=1", "reason=fit"}, 200, func(c *offboarding.Case) bool { return c.Tracks.Survey == offboarding.SurveyAnswered }},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			c := o.open(o.account(offboarding.AmoCRM, nil))
			status := 0
			for _, body := range tc.posts {
				status = o.submit(o.link(offboarding.PurposeSurvey, c), body)
			}
			if status != tc.status {
				t.Errorf("%d, want %d", status, tc.status)
			}
			if c = o.fresh(c); !tc.check(c) {
				t.Errorf("answer %+v, survey %s", c.Answer, c.Tracks.Survey)
			}
		})
	}
}

func TestTheClientDecidesOnThePageOfChoices(t *testing.T) {
	o := newOffice(t)
	c := o.open(o.account(offboarding.AmoCRM, nil))
	path := o.link(offboarding.PurposeChoice, c)
	if status := o.submit(path, ""); status != 200 || o.fresh(c).State != offboarding.StateListening {
		t.Errorf("a POST without a choice: %d, %s", status, o.fresh(c).State)
	}
	if status := o.submit(path, "choice=dance"); status != 422 {
		t.Errorf("an unknown choice: %d", status)
	}
	if status := o.submit(path, "choice=comeback"); status != 409 {
		t.Errorf("coming back before we parted: %d", status)
	}
	for range 2 {
		if status := o.submit(path, "choice=proceed"); status != 200 {
			t.Errorf("proceed: %d", status)
		}
	}
	if c = o.fresh(c); c.State != offboarding.StateLeaving || c.IntentSource != offboarding.IntentByClient {
		t.Errorf("%s by %s", c.State, c.IntentSource)
	}
	if status := o.submit(path, "choice=stay"); status != 200 || o.fresh(c).State != offboarding.StateSaved {
		t.Errorf("stay: %d, %s", status, o.fresh(c).State)
	}
}

func TestOneClickStopsLetters(t *testing.T) {
	var multi bytes.Buffer
	parts := multipart.NewWriter(&multi)
	if err := parts.WriteField("List-Unsubscribe", "One-Click"); err != nil {
		t.Fatal(err)
	}
	if err := parts.Close(); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		contentType, body string
		stopped           bool
	}{
		"as a form":       {"application/x-www-form-urlencoded", url.Values{"List-Unsubscribe": {"One-Click"}}.Encode(), true},
		"as multipart":    {parts.FormDataContentType(), multi.String(), true},
		"without a word":  {"application/x-www-form-urlencoded", "", false},
		"by another word": {"application/x-www-form-urlencoded", "List-Unsubscribe=Perhaps", false},
		"as JSON":         {"application/json", `{"List-Unsubscribe":"One-Click"}`, false},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			c := o.open(o.account(offboarding.AmoCRM, nil))
			for range 2 {
				w := o.do(request{method: post, path: o.link(offboarding.PurposePreferences, c), body: tc.body, headers: []string{"Content-Type: " + tc.contentType}})
				if w.Code != 200 {
					t.Fatalf("%d", w.Code)
				}
			}
			suppressed, err := o.store.Suppressed(t.Context(), o.keys.StopHash(offboarding.ChannelEmail, c.Client.Email), offboarding.ChannelEmail)
			if err != nil || suppressed != tc.stopped || o.fresh(c).NoContact != tc.stopped {
				t.Errorf("stopped: %v, %v", suppressed, err)
			}
		})
	}
}

func TestAssetsAreServedUnderTheirOwnNames(t *testing.T) {
	o := newOffice(t)
	c := o.open(o.account(offboarding.AmoCRM, nil))
	page := o.do(request{method: get, path: o.link(offboarding.PurposeSurvey, c)}).Body.String()
	_, rest, found := strings.Cut(page, `href="/assets/`)
	name, _, _ := strings.Cut(rest, `"`)
	if w := o.do(request{method: get, path: "/assets/" + name}); !found || w.Code != 200 || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/css") {
		t.Errorf("%q: %d", name, w.Code)
	}
	if w := o.do(request{method: get, path: "/assets/other.css"}); w.Code != 404 {
		t.Errorf("an asset that there is not: %d", w.Code)
	}
}
