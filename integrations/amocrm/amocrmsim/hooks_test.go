package amocrmsim

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// receiver collects hooks and answers what it is told to.
type receiver struct {
	mu     sync.Mutex
	hooks  []url.Values
	heads  []http.Header
	times  []time.Time
	status int // 204 unless set
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, _ := io.ReadAll(req.Body)
	form, _ := url.ParseQuery(string(body))
	r.mu.Lock()
	defer r.mu.Unlock()
	r.hooks, r.heads, r.times = append(r.hooks, form), append(r.heads, req.Header), append(r.times, time.Now())
	status := r.status
	setDefault(&status, 204)
	w.WriteHeader(status)
}

// arrivals are the times at which hooks came in.
func (r *receiver) arrivals() []time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.times)
}

// answers sets the status of what comes from now on.
func (r *receiver) answers(status int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.status = status
}

func (r *receiver) got() []url.Values {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.hooks)
}

// direct calls a handler without a network, so that a test may run on a
// made-up clock.
type direct struct{ handler http.Handler }

func (d direct) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	d.handler.ServeHTTP(w, r)
	res := w.Result()
	res.Request = r
	return res, nil
}

// wired is a seeded account whose hooks all go to the receiver.
func wired(t *testing.T, cfg Config) (*Sim, *receiver) {
	t.Helper()
	cfg.Seed = true
	s := New(cfg)
	rec := &receiver{}
	s.sender.client.Transport = direct{rec}
	t.Cleanup(s.Close)
	return s, rec
}

func settle(t *testing.T, s *Sim) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := s.Settle(ctx); err != nil {
		t.Fatal(err)
	}
}

const hookURL = "http://receiver.test/hooks/key?user=1"

func TestAMoveOfStageGivesTwins(t *testing.T) {
	s, rec := wired(t, Config{})
	s.Subscribe(hookURL, "status_lead", "update_lead")
	lead := activeLead(t, s)
	if err := s.MoveLead(lead.ID, PipelineService, StatusLost, ManagerIDs()[0], 4_203_741); err != nil {
		t.Fatal(err)
	}
	settle(t, s)
	hooks := rec.got()
	if len(hooks) != 2 {
		t.Fatalf("%d hooks, want status and update", len(hooks))
	}
	for i, action := range []string{"status", "update"} {
		at := "leads[" + action + "][0]"
		h := hooks[i]
		if h.Get(at+"[id]") != formatID(lead.ID) || h.Get(at+"[status_id]") != "143" || h.Get(at+"[old_status_id]") != formatID(lead.StatusID) ||
			h.Get(at+"[pipeline_id]") != formatID(PipelineService) || h.Get(at+"[modified_user_id]") != formatID(ManagerIDs()[0]) || h.Get("account[id]") == "" {
			t.Errorf("%s: %v", action, h)
		}
		if h.Get(at+"[old_pipeline_id]") != "" || h.Get(at+"[loss_reason_id]") != "" {
			t.Errorf("%s carries what hooks never carry: %v", action, h)
		}
	}
	if hooks[0].Get("leads[status][0][last_modified]") != hooks[1].Get("leads[update][0][last_modified]") {
		t.Error("twins differ in last_modified")
	}
	rec.mu.Lock()
	head := rec.heads[0]
	rec.mu.Unlock()
	if head.Get("Content-Type") != "application/x-www-form-urlencoded" || head.Get("User-Agent") != "amoCRM-Webhooks/3.0" ||
		head.Get("Accept-Encoding") != "gzip" || len(head.Get("X-Amocrm-Requestid")) != 36 {
		t.Errorf("headers: %v", head)
	}
}

func TestEveryActionReachesWhoAskedForIt(t *testing.T) {
	tests := map[string]struct {
		settings []string
		do       func(s *Sim, lead Lead) error
		want     []string // first keys of the hooks, in order
	}{
		"responsible": {[]string{"responsible_lead"}, func(s *Sim, l Lead) error { return s.ChangeResponsible(l.ID, AdminID, 0) }, []string{"leads[responsible]"}},
		"delete":      {[]string{"delete_lead", "update_lead"}, func(s *Sim, l Lead) error { return s.DeleteLead(l.ID, AdminID) }, []string{"leads[delete]"}},
		"restore": {[]string{"restore_lead"}, func(s *Sim, l Lead) error {
			if err := s.DeleteLead(l.ID, AdminID); err != nil {
				return err
			}
			return s.RestoreLead(l.ID, AdminID)
		}, []string{"leads[restore]"}},
		"note": {[]string{"note_lead"}, func(s *Sim, l Lead) error { _, err := s.AddNote(l.ID, "x", AdminID); return err }, []string{"leads[note]"}},
		"a company arrives as contact": {[]string{"add_company"}, func(s *Sim, l Lead) error {
			_, err := s.CreateCompany(NewPerson{Name: "Co", Email: "co@example.com"})
			return err
		}, []string{"contacts[add]"}},
		"add, already lost": {[]string{"add_lead", "status_lead"}, func(s *Sim, l Lead) error {
			_, err := s.CreateLead(NewLead{Name: "x", PipelineID: PipelineService, StatusID: StatusLost})
			return err
		}, []string{"leads[add]"}},
		"nobody asked": {[]string{"add_task"}, func(s *Sim, l Lead) error { return s.MoveLead(l.ID, PipelineService, StatusLost, 0, 0) }, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s, rec := wired(t, Config{})
			s.Subscribe(hookURL, tt.settings...)
			if err := tt.do(s, activeLead(t, s)); err != nil {
				t.Fatal(err)
			}
			settle(t, s)
			var got []string
			for _, h := range rec.got() {
				for key := range h {
					if !strings.HasPrefix(key, "account") {
						parts := strings.SplitN(key, "[", 3)
						got = append(got, parts[0]+"["+parts[1])
						break
					}
				}
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestABatchIsOneHookWithManyRecords(t *testing.T) {
	for _, mixed := range []bool{false, true} {
		s, rec := wired(t, Config{MixedHooks: mixed})
		s.Subscribe(hookURL, "status_lead", "update_lead")
		var ids []int64
		for _, l := range s.Leads() {
			if l.StatusID == StatusServiceActive {
				ids = append(ids, l.ID)
			}
		}
		if err := s.MoveLeads(ids, PipelineService, StatusLost, AdminID, 0); err != nil {
			t.Fatal(err)
		}
		settle(t, s)
		hooks := rec.got()
		last := fmt.Sprintf("leads[status][%d][id]", len(ids)-1)
		if want := map[bool]int{false: 2, true: 1}[mixed]; len(hooks) != want || hooks[0].Get(last) != formatID(ids[len(ids)-1]) {
			t.Errorf("mixed %v: %d hooks, last record %q", mixed, len(hooks), hooks[0].Get(last))
		}
	}
}

func TestEveryWriteThroughTheAPIEchoes(t *testing.T) {
	s, rec := wired(t, Config{})
	s.Subscribe(hookURL, "update_lead", "note_lead", "add_task")
	lead := activeLead(t, s)
	must(t, s, "PATCH", fmt.Sprintf("/api/v4/leads/%d", lead.ID), `{"tags_to_add":[{"name":"opendoor:leaving"}]}`)
	must(t, s, "POST", fmt.Sprintf("/api/v4/leads/%d/notes", lead.ID), `[{"note_type":"common","params":{"text":"x"}}]`)
	must(t, s, "POST", "/api/v4/tasks", fmt.Sprintf(`[{"text":"x","complete_till":1,"entity_id":%d,"entity_type":"leads"}]`, lead.ID))
	settle(t, s)
	all := url.Values{}
	for _, h := range rec.got() {
		maps.Copy(all, h)
	}
	if all.Get("leads[update][0][modified_user_id]") != formatID(AdminID) || all.Get("leads[update][0][tags][0][name]") == "" ||
		all.Get("leads[note][0][note][element_id]") != formatID(lead.ID) || all.Get("task[add][0][element_id]") != formatID(lead.ID) {
		t.Errorf("echo: %v", all)
	}
}

func TestRepeatsFollowTheVendorsLadder(t *testing.T) {
	const m = time.Minute
	tests := map[string]struct {
		status int
		waits  []time.Duration
	}{
		"accepted":     {204, nil},
		"no content":   {299, nil},
		"redirect":     {302, []time.Duration{5 * m, 15 * m}},
		"not found":    {404, []time.Duration{5 * m, 15 * m}},
		"client gone":  {499, []time.Duration{5 * m, 15 * m, 15 * m, 60 * m}},
		"server error": {503, []time.Duration{5 * m, 15 * m, 15 * m, 60 * m}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, rec := wired(t, Config{})
				rec.answers(tt.status)
				s.Subscribe(hookURL, "status_lead")
				if err := s.MoveLead(activeLead(t, s).ID, PipelineService, StatusLost, 0, 0); err != nil {
					t.Fatal(err)
				}
				time.Sleep(5 * time.Hour)
				var waits []time.Duration
				times := rec.arrivals()
				for i := 1; i < len(times); i++ {
					waits = append(waits, times[i].Sub(times[i-1]))
				}
				if !slices.Equal(waits, tt.waits) {
					t.Errorf("waits %v, want %v", waits, tt.waits)
				}
				s.Close()
			})
		})
	}
}

func TestStageHooksAreSentOnceByAmoAndRepeatedByKommo(t *testing.T) {
	for lang, want := range map[string]int{"ru": 1, "en": 5} {
		synctest.Test(t, func(t *testing.T) {
			s, rec := wired(t, Config{Lang: lang})
			rec.answers(500)
			if err := s.AddStageHook(PipelineService, StatusLost, hookURL); err != nil {
				t.Fatal(err)
			}
			lead := activeLead(t, s)
			if err := s.MoveLead(lead.ID, PipelineService, StatusLost, 0, 0); err != nil {
				t.Fatal(err)
			}
			time.Sleep(2 * time.Hour)
			hooks := rec.got()
			if len(hooks) != want {
				t.Errorf("%s: sent %d times, want %d", lang, len(hooks), want)
			}
			h := hooks[0]
			if len(h) != 7 || h.Get("leads[status][0][old_pipeline_id]") != formatID(PipelineService) || h.Get("account[subdomain]") == "" {
				t.Errorf("body: %v", h)
			}
			s.Close()
		})
	}
}

func TestAHookThatFailsTooOftenIsSwitchedOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, rec := wired(t, Config{DisableAfter: 5})
		rec.answers(500)
		s.Subscribe(hookURL, "status_lead")
		leads := s.Leads()
		for i := range 6 {
			if err := s.MoveLead(leads[i].ID, PipelineService, StatusServiceRisk, 0, 0); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
		}
		if got := get(t, must(t, s, "GET", "/api/v4/webhooks", ""), "_embedded", "webhooks", 0, "disabled"); got != true {
			t.Fatalf("disabled %v after %d failures", got, len(rec.got()))
		}
		sent := len(rec.got())
		if err := s.MoveLead(leads[10].ID, PipelineService, StatusServiceRisk, 0, 0); err != nil {
			t.Fatal(err)
		}
		time.Sleep(3 * time.Hour)
		if now := len(rec.got()); now != sent {
			t.Errorf("a disabled hook was sent %d times more", now-sent)
		}
		rec.answers(204)
		if status, _, _ := ask(t, s, "POST", "/api/v4/webhooks", `{"destination":"`+hookURL+`","settings":["status_lead"]}`); status != 201 {
			t.Fatal(status)
		}
		if err := s.MoveLead(leads[11].ID, PipelineService, StatusServiceRisk, 0, 0); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if len(rec.got()) != sent+1 {
			t.Error("subscribing again did not switch the hook on")
		}
		s.Close()
	})
}

func TestHooksAreDroppedDoubledAndSwappedOnDemand(t *testing.T) {
	tests := map[string]struct {
		fault HookFault
		want  []int // numbers of the leads in order of arrival
	}{
		"well":      {HookFault{}, []int{0, 1, 2}},
		"duplicate": {HookFault{Kind: HookDuplicate, Times: 1}, []int{0, 0, 1, 2}},
		"drop":      {HookFault{Kind: HookDrop, Times: 2}, []int{2}},
		"reorder":   {HookFault{Kind: HookReorder, Times: 3}, []int{2, 1, 0}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s, rec := wired(t, Config{HookWorkers: 1})
			s.Subscribe(hookURL, "status_lead")
			if tt.fault.Kind != "" {
				s.AddHookFault(tt.fault)
			}
			leads := s.Leads()
			for i := range 3 {
				if err := s.MoveLead(leads[i].ID, PipelineService, StatusServiceRisk, 0, 0); err != nil {
					t.Fatal(err)
				}
			}
			settle(t, s)
			var got []int
			for _, h := range rec.got() {
				got = append(got, slices.IndexFunc(leads, func(l Lead) bool { return formatID(l.ID) == h.Get("leads[status][0][id]") }))
			}
			if tt.fault.Kind == HookDuplicate {
				slices.Sort(got) // the second copy may come after other leads
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("arrived %v, want %v", got, tt.want)
			}
		})
	}
}

func TestHooksOfOneLeadNeverOvertakeEachOther(t *testing.T) {
	rec := &receiver{}
	srv := httptest.NewServer(rec)
	defer srv.Close()
	s := New(Config{Seed: true, HookWorkers: 8, Log: slog.New(slog.DiscardHandler)})
	defer s.Close()
	s.Subscribe(srv.URL, "update_lead")
	leads := s.Leads()[:20]
	var movers sync.WaitGroup
	const changes = 25
	for _, l := range leads {
		movers.Go(func() {
			for i := range changes {
				if err := s.UpdateLead(l.ID, map[string]any{"price": int64(i)}, 0); err != nil {
					t.Error(err)
				}
			}
		})
	}
	movers.Wait()
	settle(t, s)
	next := map[string]int{}
	for _, h := range rec.got() {
		lead := h.Get("leads[update][0][id]")
		if want := fmt.Sprint(next[lead]); h.Get("leads[update][0][price]") != want {
			t.Fatalf("lead %s: price %s before %s", lead, h.Get("leads[update][0][price]"), want)
		}
		next[lead]++
	}
	hooks := rec.got()
	if len(hooks) != len(leads)*changes {
		t.Errorf("%d hooks, want %d", len(hooks), len(leads)*changes)
	}
	if log := s.HookLog(); len(log) != len(hooks) || log[0].Code != 204 || log[0].Outcome != "ok" {
		t.Errorf("log has %d entries", len(log))
	}
}

func TestSubscriptionsAreOneObjectAndListedByAddress(t *testing.T) {
	s := seeded(t)
	tests := map[string]struct {
		method, body string
		status       int
	}{
		"a list is refused":        {"POST", `[{"destination":"https://a.example.com","settings":["add_lead"]}]`, 400},
		"an unknown event":         {"POST", `{"destination":"https://a.example.com","settings":["explode_lead"]}`, 400},
		"no address":               {"POST", `{"settings":["add_lead"]}`, 400},
		"delete needs the address": {"DELETE", `{}`, 400},
		"deleting twice is fine":   {"DELETE", `{"destination":"https://a.example.com"}`, 204},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if status, _, v := ask(t, s, tt.method, "/api/v4/webhooks", tt.body); status != tt.status {
				t.Errorf("%d %v", status, v)
			}
		})
	}
	for _, settings := range []string{`["add_lead"]`, `["status_lead","update_lead"]`} {
		must(t, s, "POST", "/api/v4/webhooks", `{"destination":"https://b.example.com/x?y=1","settings":`+settings+`}`)
	}
	v := must(t, s, "GET", "/api/v4/webhooks?filter[destination]="+url.QueryEscape("https://b.example.com/x?y=1"), "")
	if rows := get(t, v, "_embedded", "webhooks").([]any); len(rows) != 1 || len(get(t, rows, 0, "settings").([]any)) != 2 {
		t.Errorf("subscribed twice: %v", rows)
	}
}
