package amocrmsim

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestFaultsStrikeAsOrdered(t *testing.T) {
	tests := map[FaultKind]struct {
		status  int // 0 = no answer at all
		ctype   string
		applied bool
		broken  bool // the body cannot be read to its end or is no JSON
	}{
		FaultRateLimit:      {429, problemType, false, false},
		FaultRateLimitText:  {429, "text/plain", false, true},
		FaultBlocked:        {403, "text/html", false, true},
		FaultForbidden:      {403, problemType, false, false},
		FaultUnpaid:         {402, problemType, false, false},
		FaultUnauthorized:   {401, problemType, false, false},
		FaultServerError:    {500, problemType, false, false},
		FaultBadGateway:     {502, "text/html", false, true},
		FaultGatewayTimeout: {504, "text/html", true, true},
		FaultSlow:           {200, "application/hal+json", true, false},
		FaultTruncated:      {200, "application/hal+json", true, true},
		FaultMalformed:      {200, "application/hal+json", true, true},
		FaultCut:            {0, "", false, true},
		FaultCutApplied:     {0, "", true, true},
	}
	if len(tests) != len(faultKinds) {
		t.Fatalf("%d kinds are tested, there are %d", len(tests), len(faultKinds))
	}
	for kind, tt := range tests {
		t.Run(string(kind), func(t *testing.T) {
			s := seeded(t)
			srv := httptest.NewServer(s)
			defer srv.Close()
			lead := activeLead(t, s)
			s.AddFault(Fault{Method: "POST", PathPrefix: "/api/v4/leads", Kind: kind, Delay: time.Millisecond})
			before := len(s.Notes(lead.ID))
			post := func() (*http.Response, error) {
				req, _ := http.NewRequest(http.MethodPost, fmt.Sprintf("%s/api/v4/leads/%d/notes", srv.URL, lead.ID), strings.NewReader(`[{"note_type":"common","params":{"text":"x"}}]`))
				req.Header.Set("Authorization", "Bearer "+s.Info().AccessToken)
				return srv.Client().Do(req)
			}
			res, err := post()
			switch {
			case tt.status == 0:
				if err == nil {
					t.Fatalf("answered %d", res.StatusCode)
				}
			case err != nil:
				t.Fatal(err)
			default:
				body, readErr := io.ReadAll(res.Body)
				_ = res.Body.Close()
				broken := readErr != nil || !json.Valid(body)
				if res.StatusCode != tt.status || res.Header.Get("Content-Type") != tt.ctype || broken != tt.broken {
					t.Errorf("status %d, type %q, broken %v: %s", res.StatusCode, res.Header.Get("Content-Type"), broken, body)
				}
			}
			if applied := len(s.Notes(lead.ID)) > before; applied != tt.applied {
				t.Errorf("applied %v, want %v", applied, tt.applied)
			}
			if ledger := s.Ledger(); ledger[len(ledger)-1].Fault != kind {
				t.Errorf("ledger: %+v", ledger[len(ledger)-1])
			}
			if res, err := post(); err != nil || res.StatusCode != http.StatusOK {
				t.Errorf("the fault strikes more than once: %v", err)
			}
		})
	}
}

func TestALimitOfSevenASecondAndABlockForWhoGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(Config{Limits: true, BlockAfter: 10, BlockFor: time.Hour})
		defer s.Close()
		try := func() int {
			r := httptest.NewRequest(http.MethodGet, "/api/v4/account", nil)
			r.Header.Set("Authorization", "Bearer "+s.Info().AccessToken)
			w := httptest.NewRecorder()
			s.ServeHTTP(w, r)
			return w.Code
		}
		for i := range 7 {
			if got := try(); got != 200 {
				t.Fatalf("request %d: %d", i+1, got)
			}
		}
		if got := try(); got != 429 {
			t.Fatalf("request 8: %d", got)
		}
		time.Sleep(time.Second)
		if got := try(); got != 200 {
			t.Errorf("a second later: %d", got)
		}
		for range 30 {
			try()
		}
		time.Sleep(time.Minute)
		if got := try(); got != 403 {
			t.Errorf("after many refusals: %d, want the block", got)
		}
		time.Sleep(time.Hour)
		if got := try(); got != 200 {
			t.Errorf("after the block: %d", got)
		}
	})
}

func TestAPersonCanMakeAClientLeave(t *testing.T) {
	s, rec := wired(t, Config{})
	s.Subscribe(hookURL, "status_lead")
	lead := activeLead(t, s)
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/_sim/", nil))
	if w.Code != 200 || !strings.Contains(w.Body.String(), "Клиент уходит") || !strings.Contains(w.Body.String(), lead.Name) {
		t.Fatalf("overview: %d", w.Code)
	}
	form := url.Values{"lead_id": {formatID(lead.ID)}, "pipeline_id": {formatID(PipelineService)}, "status_id": {"143"}, "loss_reason_id": {"4203741"}}
	r := httptest.NewRequest(http.MethodPost, "/_sim/move", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w = httptest.NewRecorder()
	s.ServeHTTP(w, r)
	settle(t, s)
	now, _ := s.Lead(lead.ID)
	if w.Code != 303 || now.StatusID != StatusLost || now.LossReason == "" || len(rec.got()) != 1 {
		t.Errorf("%d, lead %+v, %d hooks", w.Code, now, len(rec.got()))
	}
	w = httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/_sim/lead?id="+formatID(lead.ID), nil))
	if w.Code != 200 || !strings.Contains(w.Body.String(), "Слишком дорого") {
		t.Errorf("lead page: %d %s", w.Code, w.Body)
	}
}

func TestControlsOverHTTPDoWhatTheMethodsDo(t *testing.T) {
	s, _ := wired(t, Config{})
	lead := activeLead(t, s)
	steps := []struct {
		path, body string
		status     int
	}{
		{"contacts", `{"name":"Тест","email":"t@example.com","phone":"+70000000000"}`, 200},
		{"companies", `{"name":"Тест"}`, 200},
		{"leads", `{"name":"Тест","pipeline_id":7100003,"status_id":61000034,"fields":{"NOTICE_DAYS":30,"SERVICE_TYPE":"Маркетинг"}}`, 200},
		{"leads", `{"name":"Тест","status_id":1}`, 422},
		{"move", fmt.Sprintf(`{"lead_ids":[%d],"pipeline_id":7100003,"status_id":143,"user_id":0}`, lead.ID), 200},
		{"update", fmt.Sprintf(`{"lead_id":%d,"data":{"name":"Другое имя"}}`, lead.ID), 200},
		{"responsible", fmt.Sprintf(`{"lead_id":%d,"responsible_user_id":%d}`, lead.ID, AdminID), 200},
		{"note", fmt.Sprintf(`{"lead_id":%d,"text":"x"}`, lead.ID), 200},
		{"delete", fmt.Sprintf(`{"lead_id":%d}`, lead.ID), 200},
		{"delete", fmt.Sprintf(`{"lead_id":%d}`, lead.ID), 422},
		{"restore", fmt.Sprintf(`{"lead_id":%d}`, lead.ID), 200},
		{"webhooks", `{"destination":"http://a.test","settings":["add_lead"]}`, 200},
		{"webhooks", `{"destination":"http://a.test","settings":["nonsense"]}`, 422},
		{"webhooks/disable", `{"destination":"http://a.test"}`, 200},
		{"stagehook", `{"pipeline_id":7100003,"status_id":143,"destination":"http://b.test"}`, 200},
		{"faults", `{"kind":"500","times":3}`, 200},
		{"faults", `{"kind":"bad luck"}`, 422},
		{"hookfaults", `{"kind":"drop","times":1}`, 200},
		{"faults/clear", ``, 200},
		{"limits", `{"on":true}`, 200},
		{"limits", `{"on":false}`, 200},
		{"oauth/code", `{}`, 200},
		{"oauth/expire", `{}`, 200},
		{"rename", `{"subdomain":"other"}`, 200},
		{"dance", `{}`, 404},
		{"move", `{"lead_id":`, 400},
	}
	for _, step := range steps {
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/_sim/"+step.path, strings.NewReader(step.body)))
		if w.Code != step.status {
			t.Errorf("%s %s: %d, want %d: %s", step.path, step.body, w.Code, step.status, w.Body)
		}
	}
	for _, path := range []string{"info", "stages", "leads", "fields", "webhooks", "hooklog", "ledger", "leads/" + formatID(lead.ID)} {
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/_sim/"+path, nil))
		if w.Code != 200 || !json.Valid(w.Body.Bytes()) {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
	now, _ := s.Lead(lead.ID)
	if now.StatusID != StatusLost || now.Name != "Другое имя" || now.Responsible != AdminID || now.Deleted || !s.Webhooks()[0].Disabled {
		t.Errorf("%+v %+v", now, s.Webhooks())
	}
}
