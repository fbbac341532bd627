package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"
)

func openTestSandbox(t *testing.T, lang string) *sandbox {
	t.Helper()
	s, err := openSandbox(context.Background(), sandboxAddrs{amocrm: "127.0.0.1:0", bitrix24: "127.0.0.1:0", smtp: "127.0.0.1:0", mailbox: "127.0.0.1:0", telegram: "127.0.0.1:0", sms: "127.0.0.1:0"}, lang, false, time.Now, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.close)
	return s
}

// Another sandbox may have listened at the same address a moment ago: a
// connection that is kept alive would be one to a server that is gone.
var aLoneCall = &http.Transport{DisableKeepAlives: true}

// get returns the status and the body; redirects are answers.
func get(t *testing.T, method, url, ctype, body string) (int, string, http.Header) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", ctype)
	res, err := aLoneCall.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(b), res.Header
}

const (
	aForm = "application/x-www-form-urlencoded"
	aJSON = "application/json"
)

func TestTheSandboxMisbehavesInEveryWayOfItsPage(t *testing.T) {
	s := openTestSandbox(t, "ru")
	if _, err := s.bitrix.AddUserField(map[string]any{"FIELD_NAME": "OPENDOOR_STATE", "USER_TYPE_ID": "string"}); err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.amoURL+"/api/v4/leads/custom_fields", strings.NewReader(`[{"name":"State","type":"text","code":"OPENDOOR_STATE"}]`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+sandboxToken)
	if res, err := aLoneCall.RoundTrip(req); err != nil || res.StatusCode != http.StatusOK {
		t.Fatal(res, err)
	}
	_, listed, _ := get(t, http.MethodGet, s.ctlURL+"/misdeeds", "", "")
	var known []struct {
		How  string   `json:"how"`
		CRMs []string `json:"crms"`
	}
	if err := json.Unmarshal([]byte(listed), &known); err != nil || len(known) != len(misdeeds) {
		t.Fatalf("%s: %v", listed, err)
	}
	for _, m := range known {
		for _, crm := range m.CRMs {
			if status, body, _ := get(t, http.MethodPost, s.ctlURL+"/misbehave", aForm, "do="+crm+":"+m.How+"&times=1"); status != http.StatusSeeOther {
				t.Errorf("%s of %s: %d %s", m.How, crm, status, body)
			}
		}
	}
	status, page, header := get(t, http.MethodGet, s.ctlURL+"/", "", "")
	if status != http.StatusOK || !strings.Contains(page, "Пульт песочницы") || !strings.Contains(page, "Портал переименован") ||
		!strings.Contains(header.Get("Content-Security-Policy"), "default-src 'none'") {
		t.Errorf("page: %d %s", status, page)
	}
}

func TestTheSandboxDoesWhatItsPageSays(t *testing.T) {
	s := openTestSandbox(t, "en")
	order := func(crm, how string, times, want int) {
		t.Helper()
		body := fmt.Sprintf(`{"crm":%q,"how":%q,"times":%d}`, crm, how, times)
		if status, answer, _ := get(t, http.MethodPost, s.ctlURL+"/misbehave", aJSON, body); status != want {
			t.Errorf("%s: %d %s", body, status, answer)
		}
	}
	hook := s.bitrix.WebhookURL(s.bitURL)
	profile := func() (int, http.Header) {
		status, _, header := get(t, http.MethodPost, strings.TrimRight(hook, "/")+"/profile", aJSON, "{}")
		return status, header
	}
	order("bitrix24", "rate_limit", 2, http.StatusNoContent)
	for i, want := range []int{http.StatusServiceUnavailable, http.StatusServiceUnavailable, http.StatusOK} {
		if status, _ := profile(); status != want {
			t.Errorf("call %d: %d, want %d", i, status, want)
		}
	}
	order("both", "renamed", 1, http.StatusNoContent)
	status, header := profile()
	if to := header.Get("Location"); status != http.StatusFound || !strings.Contains(to, "/rest/1/") || strings.HasPrefix(to, s.bitURL) {
		t.Errorf("a renamed portal: %d to %q", status, to)
	}
	order("both", "mend", 1, http.StatusNoContent)
	if status, _ := profile(); status != http.StatusOK {
		t.Errorf("mended: %d", status)
	}
	stages := len(s.amo.Stages())
	order("both", "stage_deleted", 1, http.StatusNoContent)
	if left := len(s.amo.Stages()); left != stages-1 {
		t.Errorf("a stage was deleted: %d of %d are left", left, stages)
	}
	order("bitrix24", "uninstalled", 1, http.StatusNoContent)
	order("amocrm", "owner_dismissed", 1, http.StatusUnprocessableEntity)
	order("both", "field_deleted", 1, http.StatusUnprocessableEntity) // there is none of ours
	order("both", "be_nice", 1, http.StatusUnprocessableEntity)
	order("nobody", "unpaid", 1, http.StatusUnprocessableEntity)
	order("amocrm", "operating_limit", 1, http.StatusUnprocessableEntity)
	order("amocrm", "unpaid", 0, http.StatusUnprocessableEntity)
	if status, _, _ := get(t, http.MethodPost, s.ctlURL+"/misbehave", aJSON, "{"); status != http.StatusBadRequest {
		t.Errorf("no JSON: %d", status)
	}
}

// Two sandboxes on one machine both have a page.
func TestASecondSandboxFindsAFreeAddress(t *testing.T) {
	if a, b := openTestSandbox(t, "ru"), openTestSandbox(t, "ru"); a.ctlURL == b.ctlURL {
		t.Errorf("both at %s", a.ctlURL)
	}
}
