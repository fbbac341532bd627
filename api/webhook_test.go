package api

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"opendoor/integrations/generic"
	"opendoor/offboarding"
)

var genericSecret = "whsec_" + base64.StdEncoding.EncodeToString([]byte("0123456789abcdef0123456789abcdef"))

func (o *office) deliveries() []*offboarding.Delivery {
	o.Helper()
	all, err := o.store.TakeDeliveries(o.Context(), 100)
	o.must(err)
	return all
}

func signed(o *office, secret, body string) []string {
	o.Helper()
	key, err := generic.ParseSecret(secret)
	o.must(err)
	return []string{isJSON, "Webhook-Id: msg_1", "Webhook-Timestamp: " + strconv.FormatInt(o.clock.Unix(), 10), "Webhook-Signature: " + generic.Sign(key, "msg_1", o.clock, []byte(body))}
}

func TestAHookIsStoredBeforeItIsAnswered(t *testing.T) {
	o := newOffice(t)
	amo := o.account(offboarding.AmoCRM, nil)
	bit := o.account(offboarding.Bitrix24, offboarding.Credentials{"application_token": "tok"})
	gen := o.account(offboarding.Generic, offboarding.Credentials{"secret": genericSecret})
	statement := `{"type":"client.cancelled","deal":{"id":"1"}}`
	at := func(a *offboarding.Account) string {
		return "/hooks/" + string(a.Provider) + "/" + o.keys.HookKey(a.ID)
	}
	tests := map[string]request{
		"amoCRM's form":               {method: post, path: at(amo), body: "leads[status][0][id]=17", headers: []string{isForm}},
		"a form with a charset":       {method: post, path: at(amo), body: "leads[status][0][id]=18", headers: []string{isForm + "; charset=utf-8"}},
		"a body that makes no sense":  {method: post, path: at(amo), body: "%%%\xff\x00", headers: []string{isForm}},
		"an empty body":               {method: post, path: at(amo), headers: []string{isForm}},
		"JSON that is none":           {method: post, path: at(amo), body: "{", headers: []string{isJSON}},
		"Bitrix24's event":            {method: post, path: at(bit), body: "event=ONCRMDEALUPDATE&data[FIELDS][ID]=1&auth[application_token]=tok", headers: []string{isForm}},
		"a robot, which has no token": {method: post, path: at(bit), body: "document_id[2]=DEAL_1", headers: []string{isForm}},
		"a robot that can only GET":   {method: get, path: at(bit) + "?document_id[2]=DEAL_2"},
		"a signed statement":          {method: post, path: at(gen), body: statement, headers: signed(o, genericSecret, statement)},
	}
	for name, r := range tests {
		t.Run(name, func(t *testing.T) {
			before := len(o.deliveries())
			if w := o.do(r); w.Code != 204 || w.Body.Len() != 0 {
				t.Fatalf("%d %s", w.Code, w.Body)
			}
			if n := len(o.deliveries()); n != before+1 {
				t.Errorf("%d deliveries are stored, want %d", n, before+1)
			}
		})
	}
	for _, d := range o.deliveries() {
		if !d.Proved || d.Origin != offboarding.OriginHook {
			t.Errorf("%+v", d)
		}
	}
	o.do(tests["amoCRM's form"])
	o.do(tests["amoCRM's form"])
	i := slices.IndexFunc(o.deliveries(), func(d *offboarding.Delivery) bool { return string(d.Body) == "leads[status][0][id]=17" })
	if d := o.deliveries()[i]; d.Seen != 3 || len(o.deliveries()) != len(tests) {
		t.Errorf("the same body three times was seen %d times and is stored %d times", d.Seen, len(o.deliveries())-len(tests)+1)
	}
}

func TestEveryWrongProofGetsTheSameAnswer(t *testing.T) {
	o := newOffice(t)
	amo := o.account(offboarding.AmoCRM, nil)
	bit := o.account(offboarding.Bitrix24, offboarding.Credentials{"application_token": "tok"})
	gen := o.account(offboarding.Generic, offboarding.Credentials{"secret": genericSecret})
	gone := o.account(offboarding.AmoCRM, nil)
	o.must(o.store.DeleteAccount(t.Context(), gone.ID))
	o.must(o.directory.Refresh(t.Context()))
	key, other := o.keys.HookKey(amo.ID), genericSecret[:len(genericSecret)-8]+"AAAAAAA="
	statement := `{"type":"client.cancelled","deal":{"id":"1"}}`
	form := []string{isForm}
	tests := map[string]request{
		"an account that never was":   {path: "/hooks/amocrm/" + o.keys.HookKey(offboarding.NewID()), headers: form},
		"an account that is deleted":  {path: "/hooks/amocrm/" + o.keys.HookKey(gone.ID), headers: form},
		"a wrong proof":               {path: "/hooks/amocrm/" + key[:42] + swap(key[42:]), headers: form},
		"no key at all":               {path: "/hooks/amocrm/x", headers: form},
		"another spelling":            {path: "/hooks/amocrm/" + key + "=", headers: form},
		"the key of another provider": {path: "/hooks/bitrix24/" + key, body: "event=ONCRMDEALUPDATE", headers: form},
		"the key of another provider, where no body proves anything": {path: "/hooks/amocrm/" + o.keys.HookKey(bit.ID), headers: form},
		"a wrong application_token":                                  {path: "/hooks/bitrix24/" + o.keys.HookKey(bit.ID), body: "event=ONCRMDEALUPDATE&auth[application_token]=wrong", headers: form},
		"an event without a token":                                   {path: "/hooks/bitrix24/" + o.keys.HookKey(bit.ID), body: "event=ONCRMDEALUPDATE", headers: form},
		"a wrong signature":                                          {path: "/hooks/generic/" + o.keys.HookKey(gen.ID), body: statement, headers: signed(o, other, statement)},
		"no signature":                                               {path: "/hooks/generic/" + o.keys.HookKey(gen.ID), body: statement, headers: []string{isJSON}},
		"a signature of another body":                                {path: "/hooks/generic/" + o.keys.HookKey(gen.ID), body: statement + " ", headers: signed(o, genericSecret, statement)},
	}
	bodies := map[string][]string{}
	for name, r := range tests {
		r.method = post
		w := o.do(r)
		if w.Code != 401 {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
		answer := fmt.Sprint(w.Body.String(), w.Header().Get("Content-Type"))
		bodies[answer] = append(bodies[answer], name)
	}
	if len(bodies) != 1 {
		t.Errorf("the answers tell wrong proofs apart: %v", bodies)
	}
	if n := len(o.deliveries()); n != 0 {
		t.Errorf("%d deliveries without proof are stored", n)
	}
}

func swap(s string) string {
	if s[0] == 'A' {
		return "E" + s[1:]
	}
	return "A" + s[1:]
}

func TestHooksThatAreNone(t *testing.T) {
	o := newOffice(t)
	acc := o.account(offboarding.AmoCRM, nil)
	path := "/hooks/amocrm/" + o.keys.HookKey(acc.ID)
	tests := map[string]struct {
		request
		status int
	}{
		"an unknown provider":       {request{method: post, path: "/hooks/salesforce/" + o.keys.HookKey(acc.ID), headers: []string{isForm}}, 404},
		"a GET to amoCRM's address": {request{method: get, path: path}, 405},
		"a PUT":                     {request{method: "PUT", path: path, headers: []string{isForm}}, 405},
		"over 2 MiB":                {request{method: post, path: path, body: strings.Repeat("x", maxHookBody+1), headers: []string{isForm}}, 413},
		"XML":                       {request{method: post, path: path, body: "<x/>", headers: []string{"Content-Type: application/xml"}}, 415},
		"a query of a novel":        {request{method: post, path: path + "?a=" + strings.Repeat("x", 17<<10), headers: []string{isForm}}, 431},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			if w := o.do(tc.request); w.Code != tc.status {
				t.Errorf("%d, want %d: %s", w.Code, tc.status, w.Body)
			}
		})
	}
	if n := len(o.deliveries()); n != 0 {
		t.Errorf("%d are stored", n)
	}
	if w := o.do(request{method: post, path: path, body: strings.Repeat("x", maxHookBody), headers: []string{isForm}}); w.Code != 204 {
		t.Errorf("exactly 2 MiB: %d", w.Code)
	}
	if w := o.do(request{method: post, path: path, body: "a=1"}); w.Code != 204 {
		t.Errorf("of a kind that its sender does not name: %d", w.Code)
	}
}

func TestWhenNothingTakesAHookItShouldComeAgain(t *testing.T) {
	o := newOffice(t)
	acc := o.account(offboarding.AmoCRM, nil)
	o.broken.breakDown(true)
	w := o.do(request{method: post, path: "/hooks/amocrm/" + o.keys.HookKey(acc.ID), body: "a=1", headers: []string{isForm}})
	if w.Code != 503 || w.Header().Get("Retry-After") == "" {
		t.Errorf("%d, Retry-After %q", w.Code, w.Header().Get("Retry-After"))
	}
}
