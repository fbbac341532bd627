package api

import (
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"opendoor/offboarding"
)

func (o *office) lines() []*offboarding.ContactConsent {
	o.Helper()
	all, err := o.store.ConsentLines(o.Context(), nil, offboarding.Page{Limit: 100})
	o.must(err)
	return all
}

var checkedBox = regexp.MustCompile(`value="([^"]*)"[^>]* checked`)

func TestPreferencesAreKeptInTheLedger(t *testing.T) {
	o := newOffice(t)
	c := o.open(o.account(offboarding.AmoCRM, nil))
	path := o.link(offboarding.PurposePreferences, c)
	post := func(fields url.Values) string {
		w := o.do(request{method: http.MethodPost, path: path, body: fields.Encode(), headers: []string{isForm}})
		if w.Code != 200 {
			t.Fatalf("%d: %s", w.Code, w.Body)
		}
		return w.Body.String()
	}
	form := url.Values{"wording": {offboarding.PreferencesVersion}, "lang": {"en"}, "shown": {"email/relationship", "email/marketing"}, "allow": {"email/marketing", "fax/marketing"}}
	for name, change := range map[string]func(url.Values){
		"without the button, as a scanner submits it": func(url.Values) {},
		"of older words": func(v url.Values) { v.Set("save", "1"); v.Set("wording", "preferences/0") },
		"of nothing":     func(v url.Values) { v.Set("save", "1"); v.Del("shown") },
	} {
		posted := maps.Clone(form)
		change(posted)
		if body := post(posted); len(o.lines()) != 0 || checkedBox.MatchString(body) {
			t.Errorf("a form %s: %d lines", name, len(o.lines()))
		}
	}

	form.Set("save", "1")
	body := post(form)
	if got := checkedBox.FindAllStringSubmatch(body, -1); len(got) != 1 || got[0][1] != "email/marketing" || !strings.Contains(body, "Saved.") {
		t.Errorf("after saving: %v", got)
	}
	given := map[offboarding.Class]bool{}
	for _, l := range o.lines() {
		given[l.Class] = l.Given
		if l.Channel != offboarding.ChannelEmail || l.Source != "preferences" || l.WordingVersion != offboarding.PreferencesVersion || l.IP == "" ||
			l.Person != c.Client.Email || l.RecordedBy != offboarding.ActorClient || !strings.HasPrefix(l.Wording, "You may ") {
			t.Errorf("%+v", l)
		}
	}
	if yes, said := given[offboarding.ClassRelationship]; len(given) != 2 || yes || !said || !given[offboarding.ClassMarketing] {
		t.Errorf("%v: what was left unticked is refused", given)
	}
	if post(form); len(o.lines()) != 2 {
		t.Errorf("the same again is %d lines", len(o.lines()))
	}
	post(url.Values{"List-Unsubscribe": {"One-Click"}})
	if l := o.lines(); len(l) != 3 || l[0].Given || l[0].Source != "one-click" {
		t.Errorf("leaving altogether: %+v", l[0])
	}
}
