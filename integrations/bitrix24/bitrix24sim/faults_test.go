package bitrix24sim

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// send posts an update and returns what the client saw.
func (p *portal) send(ctx context.Context) (status int, body string, err error) {
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url+"/rest/1/secret/crm.deal.update",
		strings.NewReader(`{"id":1,"fields":{"TITLE":"written"}}`))
	if err != nil {
		return 0, "", err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := client.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(raw), err
}

func TestAPortalBreaksAsItIsTold(t *testing.T) {
	tests := map[string]struct {
		fault   FaultKind
		status  int    // 0: no answer
		body    string // a part of it
		written bool
	}{
		"rate limit":                 {FaultQueryLimit, 503, `"QUERY_LIMIT_EXCEEDED"`, false},
		"manual block":               {FaultOverload, 503, `"OVERLOAD_LIMIT"`, false},
		"operating time":             {FaultOperating, 429, `"OPERATION_TIME_LIMIT"`, false},
		"internal error":             {FaultInternal, 500, `"INTERNAL_SERVER_ERROR"`, false},
		"internal error, work done":  {FaultInternalAfter, 500, `"INTERNAL_SERVER_ERROR"`, true},
		"expired token":              {FaultExpiredToken, 401, `"expired_token"`, false},
		"secret taken back":          {FaultCredentials, 401, `"INVALID_CREDENTIALS"`, false},
		"scope":                      {FaultScope, 401, `"insufficient_scope"`, false},
		"plan":                       {FaultPlan, 401, `only by subscription`, false},
		"rights":                     {FaultAccessDenied, 400, `"error":"","error_description":"Access denied."`, false},
		"proxy page":                 {FaultBadGateway, 502, `<html>`, false},
		"proxy page, work done":      {FaultBadGatewayAfter, 502, `<html>`, true},
		"cut before":                 {FaultCutBefore, 0, ``, false},
		"cut after":                  {FaultCut, 0, ``, true},
		"no answer in time":          {FaultTimeout, 0, ``, true},
		"half an answer":             {FaultTruncated, 200, ``, true},
		"broken JSON":                {FaultMalformed, 200, ``, true},
		"slow":                       {FaultSlow, 200, `"result":true`, true},
		"portal renamed":             {FaultRenamed, 302, ``, false},
		"nothing, which is no fault": {"", 200, `"result":true`, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p := newPortal(t, seeded)
			if tt.fault != "" {
				f := Fault{Method: "crm.deal.*", Kind: tt.fault}
				if tt.fault == FaultSlow {
					f.Delay = time.Millisecond
				}
				p.AddFault(f)
			}
			ctx, giveUp := context.WithCancel(context.Background())
			defer giveUp()
			if tt.fault == FaultTimeout {
				go func() { // a client whose patience ends after the work was done
					for len(p.Ledger()) == 0 || p.Ledger()[0].Error != string(FaultTimeout) {
						time.Sleep(time.Millisecond)
					}
					giveUp()
				}()
			}
			status, body, err := p.send(ctx)
			if status != tt.status || !strings.Contains(body, tt.body) {
				t.Errorf("got %d %q, %v", status, body, err)
			}
			broken := tt.status == 0 || tt.fault == FaultTruncated
			if broken != (err != nil) {
				t.Errorf("err is %v", err)
			}
			if tt.fault == FaultMalformed {
				if _, err := parseJSON([]byte(body)); err == nil {
					t.Errorf("%q is whole", body)
				}
			}
			if d, _ := p.Deal(1); (d.Title == "written") != tt.written {
				t.Errorf("title is %q", d.Title)
			}
			if tt.fault != "" {
				if status, body, err := p.send(context.Background()); status != 200 {
					t.Errorf("a fault of one time lasts: %d %s %v", status, body, err)
				}
			}
		})
	}
}

func TestFaultsMeetTheirMethodAndNothingElse(t *testing.T) {
	p := newPortal(t, seeded)
	p.AddFault(Fault{Method: "crm.*.add", Kind: FaultInternal, Times: Always})
	if r := p.post("crm.deal.get", obj{"id": 1}); r.status != 200 {
		t.Errorf("get: %d", r.status)
	}
	for range 2 {
		if r := p.post("crm.deal.add", obj{"fields": obj{}}); r.status != 500 {
			t.Errorf("add: %d", r.status)
		}
	}
	if r := p.post("batch", obj{"cmd": obj{"a": "crm.deal.add?fields[TITLE]=x", "b": "profile"}}); !strings.Contains(r.body, `"a":{"error":"INTERNAL_SERVER_ERROR"`) {
		t.Errorf("inside a batch: %s", r.body)
	}
	p.ClearFaults()
	if r := p.post("crm.deal.add", obj{"fields": obj{}}); r.status != 200 || len(p.Faults()) != 0 {
		t.Errorf("cleared: %d", r.status)
	}
}

func TestARenamedPortalNamesItsNewAddress(t *testing.T) {
	p := newPortal(t, seeded)
	p.AddFault(Fault{Kind: FaultRenamed, Location: "https://new-name.bitrix24.ru"})
	r := p.post("crm.deal.get", obj{"id": 1})
	if got := r.header.Get("Location"); r.status != 302 || got != "https://new-name.bitrix24.ru/rest/1/secret/crm.deal.get" || r.body != "" {
		t.Errorf("%d %s %q", r.status, got, r.body)
	}
}

func TestTheBucketHoldsFiftyAndDrainsTwoASecond(t *testing.T) {
	p := newPortal(t, seeded, func(c *Config) { c.Limits = true })
	count := func() (n int) {
		for range 60 {
			if r := p.post("profile", nil); r.status == 200 {
				n++
			} else if r.status != 503 {
				t.Fatalf("%d %s", r.status, r.body)
			}
		}
		return n
	}
	if n := count(); n != 50 {
		t.Errorf("%d calls at once", n)
	}
	p.clock.Add(3 * time.Second)
	if n := count(); n != 6 {
		t.Errorf("%d calls after 3 s", n)
	}
	p.SetLimits(false)
	if n := count(); n != 60 {
		t.Errorf("%d calls without limits", n)
	}
}

func TestOneMethodRunsOutOfOperatingTimeTheOthersGoOn(t *testing.T) {
	p := newPortal(t, seeded, func(c *Config) { c.Limits = true })
	p.SpendOperatingTime("crm.deal.get", 479*time.Second)
	spent := p.ok("crm.deal.get", obj{"id": 1})["time"].(obj)
	if spent["operating"].(float64) < 479 {
		t.Errorf("time: %v", spent)
	}
	p.SpendOperatingTime("crm.deal.get", 2*time.Second)
	r := p.post("crm.deal.get", obj{"id": 1})
	if want := compact(t, fixture(t, "errors/operation-time-limit.json")); r.status != 429 || r.body != want {
		t.Errorf("%d %s", r.status, r.body)
	}
	if r := p.post("crm.contact.get", obj{"id": 1}); r.status != 200 {
		t.Errorf("another method: %d", r.status)
	}
	p.clock.Add(time.Unix(int64(spent["operating_reset_at"].(float64)), 0).Sub(p.clock.Now()))
	if r := p.post("crm.deal.get", obj{"id": 1}); r.status != 200 {
		t.Errorf("after operating_reset_at: %d %s", r.status, r.body)
	}
}

func TestASecretThatWasTakenBackOpensNothing(t *testing.T) {
	p := newPortal(t, seeded)
	p.RevokeIncomingWebhook("secret")
	if r := p.post("profile", nil); r.status != 401 || !strings.Contains(r.body, "INVALID_CREDENTIALS") {
		t.Errorf("%d %s", r.status, r.body)
	}
}

func TestACloudPortalWantsHTTPS(t *testing.T) {
	p := newPortal(t, func(c *Config) { c.RequireHTTPS = true })
	if r := p.post("profile", nil); r.status != 400 || !strings.Contains(r.body, "Https required.") {
		t.Errorf("%d %s", r.status, r.body)
	}
}

func TestATaskOfREST3IsMadeOncePerKey(t *testing.T) {
	p := newPortal(t, seeded)
	for range 2 {
		req, _ := http.NewRequest(http.MethodPost, p.url+"/rest/api/1/secret/tasks.task.add", strings.NewReader(`{"fields":{"title":"x","responsibleId":6}}`))
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Idempotency-Key", "k1")
		if r := p.do(req); r.status != 200 {
			t.Fatalf("%d %s", r.status, r.body)
		}
	}
	if n := len(p.Tasks()); n != 1 {
		t.Errorf("%d tasks", n)
	}
}

func TestAClosedPortalLetsGoOfWaitingClients(t *testing.T) {
	p := newPortal(t, seeded)
	p.AddFault(Fault{Kind: FaultTimeout})
	done := make(chan error, 1)
	go func() {
		_, _, err := p.send(context.Background())
		done <- err
	}()
	for len(p.Faults()) > 0 {
		time.Sleep(time.Millisecond)
	}
	p.Close()
	if err := <-done; err == nil || errors.Is(err, http.ErrHandlerTimeout) {
		t.Errorf("err is %v", err)
	}
}
