package acceptance

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"opendoor/integrations/amocrm/amocrmsim"
	"opendoor/integrations/bitrix24/bitrix24sim"
)

// Answers that are late, lost, broken or refusals: whatever a CRM does, in the
// end each thing stands there once.
func TestWhateverTheCRMAnswersNothingIsDoubledOrLost(t *testing.T) {
	everywhere(t, func(t *testing.T, h *house) {
		a, b := h.amocrm(), h.bitrix24()
		type fault struct {
			name string
			arm  func()
			deal deal
		}
		onAmo := func(name, method, suffix string, kind amocrmsim.FaultKind, times int) fault {
			d := a.client()
			path := "/api/v4/leads/" + d.id + suffix
			if suffix == "tasks" {
				path = "/api/v4/tasks"
			}
			return fault{"amoCRM: " + name, func() {
				a.sim.AddFault(amocrmsim.Fault{Method: method, PathPrefix: path, Kind: kind, Times: times, RetryAfter: 2})
			}, d}
		}
		onBitrix := func(name, method string, kind bitrix24sim.FaultKind, times int) fault {
			return fault{"Bitrix24: " + name, func() {
				b.sim.AddFault(bitrix24sim.Fault{Method: method, Kind: kind, Times: times, Delay: 20 * time.Second})
			}, b.client()}
		}
		faults := []fault{
			onAmo("429 on reading", "GET", "", amocrmsim.FaultRateLimit, 2),
			onAmo("429 in plain text on writing", "PATCH", "", amocrmsim.FaultRateLimitText, 1),
			onAmo("500", "GET", "", amocrmsim.FaultServerError, 1),
			onAmo("502", "PATCH", "", amocrmsim.FaultBadGateway, 1),
			onAmo("a note whose answer is lost", "POST", "/notes", amocrmsim.FaultCutApplied, 1),
			onAmo("a note whose answer breaks off", "POST", "/notes", amocrmsim.FaultTruncated, 1),
			onAmo("a note behind a 504", "POST", "/notes", amocrmsim.FaultGatewayTimeout, 1),
			onAmo("a note whose answer is no JSON", "POST", "/notes", amocrmsim.FaultMalformed, 1),
			onAmo("a task whose answer is lost", "POST", "tasks", amocrmsim.FaultCutApplied, 2),
			onAmo("a card whose answer is lost", "PATCH", "", amocrmsim.FaultCutApplied, 1),
			onAmo("a lead that breaks off", "GET", "", amocrmsim.FaultTruncated, 1),
			onBitrix("QUERY_LIMIT_EXCEEDED", "crm.deal.*", bitrix24sim.FaultQueryLimit, 2),
			onBitrix("500", "crm.*", bitrix24sim.FaultInternal, 2),
			onBitrix("500 after a comment", "crm.timeline.comment.add", bitrix24sim.FaultInternalAfter, 2),
			onBitrix("a comment whose answer is lost", "crm.timeline.comment.add", bitrix24sim.FaultCut, 2),
			onBitrix("a to-do whose answer never comes", "crm.activity.todo.add", bitrix24sim.FaultTimeout, 1),
			onBitrix("a to-do whose answer is lost", "crm.activity.todo.add", bitrix24sim.FaultCut, 1),
			onBitrix("a field behind a 502", "crm.*.update", bitrix24sim.FaultBadGatewayAfter, 1),
			onBitrix("answers that break off", "crm.*", bitrix24sim.FaultTruncated, 2),
			onBitrix("broken JSON", "crm.*", bitrix24sim.FaultMalformed, 2),
		}
		var deals []deal
		for _, f := range faults {
			f.arm()
			deals = append(deals, f.deal)
			f.deal.crm.cancel(f.deal)
		}
		h.allTold(deals...)
		h.invariantsHold()
	})
}

func (h *house) account(id string) account {
	h.t.Helper()
	var a account
	h.must("GET", "/accounts/"+id, nil, &a)
	return a
}

func (h *house) becomes(id, status string) {
	h.t.Helper()
	h.eventually(func() error {
		var a account
		if _, err := h.call("GET", "/accounts/"+id, nil, &a); err != nil {
			return err
		}
		if a.Status != status {
			return fmt.Errorf("the account is %s (%s)", a.Status, a.StatusReason)
		}
		return nil
	})
}

// check asks for a live check and returns whether it was good.
func (h *house) check(id string) bool {
	h.t.Helper()
	var res struct {
		OK bool `json:"ok"`
	}
	h.must("POST", "/accounts/"+id+"/check", nil, &res)
	return res.OK
}

func TestABlockedAccountIsLeftAloneUntilAGoodCheck(t *testing.T) {
	for name, kind := range map[string]amocrmsim.FaultKind{"a 403 page": amocrmsim.FaultBlocked, "402": amocrmsim.FaultUnpaid} {
		t.Run(name, func(t *testing.T) {
			h := serve(t)
			a := h.amocrm()
			d, later := a.client(), a.client()
			a.sim.AddFault(amocrmsim.Fault{Kind: kind, Times: -1})
			a.cancel(d)
			h.becomes(a.ID, "suspended")
			before := len(a.sim.Ledger())
			a.cancel(later) // hooks are still taken
			time.Sleep(5 * time.Second)
			if n := len(a.sim.Ledger()) - before; n > 1 {
				t.Errorf("%d requests to a blocked account within seconds", n)
			}
			if h.check(a.ID) {
				t.Error("the check of a blocked account is good")
			}
			if got := h.account(a.ID).Status; got != "suspended" {
				t.Errorf("after a bad check the account is %s", got)
			}
			a.sim.ClearFaults()
			if !h.check(a.ID) {
				t.Error("the check of a healed account is bad")
			}
			h.becomes(a.ID, "active")
			h.allTold(d, later)
		})
	}
}

func TestNewCredentialsResumeAnAccount(t *testing.T) {
	everywhere(t, func(t *testing.T, h *house) {
		a, b := h.amocrm(), h.bitrix24()
		da, db := a.client(), b.client()
		a.sim.AddFault(amocrmsim.Fault{Kind: amocrmsim.FaultUnauthorized, Times: -1})
		b.sim.RevokeIncomingWebhook("secret")
		a.cancel(da)
		b.cancel(db)
		h.becomes(a.ID, "reauth_needed")
		h.becomes(b.ID, "reauth_needed")
		a.sim.ClearFaults()
		b.sim.AddIncomingWebhook(1, "another1secret")
		h.must("PATCH", "/accounts/"+a.ID, fmt.Sprintf(`{"credentials":{"access_token":%q}}`, a.sim.Info().AccessToken), nil)
		h.must("PATCH", "/accounts/"+b.ID, fmt.Sprintf(`{"credentials":{"webhook_url":%q}}`, b.url+"/rest/1/another1secret/"), nil)
		h.allTold(da, db)
		if got := h.account(a.ID).Status; got != "active" {
			t.Errorf("amoCRM is %s", got)
		}
		if got := h.account(b.ID).Status; got != "active" {
			t.Errorf("Bitrix24 is %s", got)
		}
	})
}

// The vendor's own limits: we are not refused often enough to be blocked.
func TestTheLimitsOfTheCRMsAreKept(t *testing.T) {
	everywhere(t, func(t *testing.T, h *house) {
		own := strings.Replace(policy, `,"crm_requests_per_second":200`, "", 1)
		a := h.connectAmo(amoAccount(t, func(c *amocrmsim.Config) { c.Limits = true }), "live", own)
		var deals []deal
		for range 5 {
			d := a.client()
			deals = append(deals, d)
			a.cancel(d)
		}
		h.allTold(deals...)
		refused := 0
		for _, r := range a.sim.Ledger() {
			if r.Status == http.StatusTooManyRequests {
				refused++
			}
		}
		// Two calls may be unequally long on their way; a block takes a hundred.
		if refused > 20 {
			t.Errorf("%d requests were over the limit", refused)
		}
	})
}

// Hooks are switched off in both CRMs; the poller finds what happened.
func TestALostHookIsFoundAllTheSame(t *testing.T) {
	h := serve(t, with("OPENDOOR_CLOCK=start="+time.Now().UTC().Format(time.RFC3339)+",rate=60"))
	a, b := h.amocrm(), h.bitrix24()
	da, db := a.client(), b.client()
	a.sim.SetWebhookDisabled("", true)
	b.sim.RemoveHandler(b.handler)
	a.cancel(da)
	b.cancel(db)
	s := h.allTold(da, db)
	if answers := h.front.hookAnswers(); answers[http.StatusNoContent] > 2 { // the CRM's hooks about the new deals
		t.Errorf("hooks came after all: %v", answers)
	}
	h.answer(s, da, given("6"))
	h.eventually(func() error {
		if w := a.written(da); !strings.HasPrefix(w.nps, "6") {
			return errors.New("the answer is not on the card")
		}
		return nil
	})
	h.invariantsHold()
}
