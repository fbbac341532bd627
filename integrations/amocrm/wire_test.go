package amocrm

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"opendoor/integrations/amocrm/amocrmsim"
	"opendoor/integrations/outbound"
	"opendoor/offboarding"
)

func sample[T any](t *testing.T, name string) T {
	t.Helper()
	raw, err := os.ReadFile("testdata/api/" + name)
	if err != nil {
		t.Fatal(err)
	}
	var v T
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return v
}

func TestTheVendorsSampleAnswersAreUnderstood(t *testing.T) {
	l := sample[lead](t, "lead-lost-with-loss-reason.json")
	if l.ID != 3912171 || l.StatusID != 143 || l.ClosedAt != 1590683337 || l.Embedded.V.LossReasons[0].Name != "Пропала потребность" ||
		mainContact(l.Embedded.V.Contacts) != 10971465 || l.Embedded.V.Companies[0].ID != 10971463 || !l.tagged("тест") {
		t.Errorf("lead %+v", l)
	}
	p := sample[person](t, "contact.json")
	if p.fullName() != "Иван Иванов" || p.phone() != "+79123" || p.email() != "" {
		t.Errorf("contact %+v", p)
	}
	if u := sample[user](t, "user.json"); u.ID == 0 || u.Name == "" || !u.active() {
		t.Errorf("user %+v", u)
	}
	if a := sample[crmAccount](t, "account.json"); a.ID == 0 || a.CurrentUserID == 0 {
		t.Errorf("account %+v", a)
	}
	pipes := sample[collection](t, "pipelines.json").Embedded.V.Pipelines
	if len(pipes) == 0 || len(pipes[0].Embedded.V.Statuses) < 3 {
		t.Errorf("pipelines %+v", pipes)
	}
	notes := sample[collection](t, "notes-list.json")
	if len(notes.Embedded.V.Notes) != 2 || notes.Embedded.V.Notes[0].Params.V.Text != "Текст примечания" || !notes.more() {
		t.Errorf("notes %+v", notes)
	}
	if tasks := sample[collection](t, "tasks-list.json").Embedded.V.Tasks; len(tasks) == 0 || tasks[0].Text == "" {
		t.Errorf("tasks %+v", tasks)
	}
	if hooks := sample[collection](t, "webhooks-list.json").Embedded.V.Hooks; len(hooks) != 2 || !bool(hooks[1].Disabled) || hooks[0].Settings[0] != "add_task" {
		t.Errorf("hooks %+v", hooks)
	}
	if fields := sample[collection](t, "custom-fields-add-response.json").Embedded.V.Fields; len(fields) != 1 || len(fields[0].Enums) != 2 {
		t.Errorf("fields %+v", fields)
	}
	events := sample[collection](t, "events-lead-status-changed.json").Embedded.V.Events
	if len(events) != 2 || events[0].EntityID != 26060763 || stageOf(events[0].After).StageID != "143" || stageOf(events[1].Before).PipelineID != "3177727" {
		t.Errorf("events %+v", events)
	}
	if e := sample[event](t, "event-detail.json"); e.Type != "lead_added" || stageOf(e.After) != nil {
		t.Errorf("event %+v", e)
	}
}

func TestTheVendorsSampleRefusalsAreUnderstood(t *testing.T) {
	b := newBench(t, amocrmsim.Config{})
	tests := map[string]struct {
		status int
		kind   offboarding.Kind
		park   bool
	}{
		"error-400-validation.json": {400, offboarding.KindInvalid, false},
		"error-400-empty.json":      {400, offboarding.KindInvalid, false},
		"error-401.json":            {401, offboarding.KindUnauthorized, false},
		"error-402.json":            {402, offboarding.KindUnavailable, true},
		"error-404.json":            {404, offboarding.KindUnavailable, false},
		"error-422-limit.json":      {422, offboarding.KindInvalid, false},
		"error-429.json":            {429, offboarding.KindUnavailable, false},
	}
	for name, tt := range tests {
		raw, err := os.ReadFile("testdata/api/" + name)
		if err != nil {
			t.Fatal(err)
		}
		h := http.Header{"Content-Type": {"application/problem+json"}}
		got := refused(&outbound.Response{Status: tt.status, Header: h, Body: raw}, b.now)
		if !offboarding.IsKind(got, tt.kind) {
			t.Errorf("%s: %v", name, got)
		}
		backoff := asBackoff(got)
		if (backoff != nil && backoff.Park) != tt.park {
			t.Errorf("%s: %+v", name, backoff)
		}
		if badChoice(got) != (name == "error-400-validation.json") {
			t.Errorf("%s: bad choice %v", name, badChoice(got))
		}
	}
}

func TestMixedTypesAreReadLeniently(t *testing.T) {
	tests := map[string]string{
		"as documented":      `{"id":17,"price":5,"is_deleted":false,"custom_fields_values":[{"field_id":1,"values":[{"value":"a","enum_id":2}]}],"_embedded":{"tags":[{"name":"x"}]}}`,
		"numbers as text":    `{"id":"17","price":"5","is_deleted":0,"custom_fields_values":[{"field_id":"1","values":[{"value":"a","enum_id":"2"}]}],"_embedded":{"tags":[{"name":"x"}]}}`,
		"lists as objects":   `{"id":17.0,"price":5,"custom_fields_values":{"0":{"field_id":1,"values":{"3":{"value":"a","enum_id":2}}}},"_embedded":{"tags":{"1":{"name":"x"}}}}`,
		"a member of no use": `{"id":17,"price":5,"custom_fields_values":["?",{"field_id":1,"values":[7,{"value":"a","enum_id":2}]}],"_embedded":{"tags":[null,{"name":"x"}]}}`,
	}
	for name, raw := range tests {
		t.Run(name, func(t *testing.T) {
			var l lead
			if err := json.Unmarshal([]byte(raw), &l); err != nil {
				t.Fatal(err)
			}
			if l.ID != 17 || l.Price != "5" || bool(l.IsDeleted) || len(l.Fields) != 1 || l.Fields[0].ID != 1 || !l.tagged("x") {
				t.Errorf("lead %+v", l)
			}
			if diff := cmp.Diff(fieldsValue{Value: "a", EnumID: 2}, l.Fields[0].Values[len(l.Fields[0].Values)-1]); diff != "" {
				t.Error(diff)
			}
		})
	}
	for _, raw := range []string{`{"id":1,"_embedded":[],"custom_fields_values":null}`, `{"id":1,"_embedded":null}`} {
		var l lead
		if err := json.Unmarshal([]byte(raw), &l); err != nil || l.ID != 1 {
			t.Errorf("%s: %v", raw, err)
		}
	}
}

func TestTheAddressAtWorkComesFirst(t *testing.T) {
	tests := map[string]struct{ values, want string }{
		"work first":           {`[{"value":"home@example.com","enum_code":"PRIV"},{"value":"work@example.com","enum_code":"WORK"}]`, "work@example.com"},
		"as older answers say": {`[{"value":"home@example.com","enum":"PRIV"},{"value":"work@example.com","enum":"WORK"}]`, "work@example.com"},
		"work is no address":   {`[{"value":"нет","enum_code":"WORK"},{"value":"home@example.com","enum_code":"PRIV"}]`, "home@example.com"},
		"with rubbish around":  {`[{"value":" a@example.com; "}]`, "a@example.com"},
		"none":                 {`[{"value":"a@b"},{"value":""},{"value":"нет почты"}]`, ""},
	}
	for name, tt := range tests {
		var p person
		if err := json.Unmarshal([]byte(`{"id":1,"custom_fields_values":[{"field_code":"EMAIL","values":`+tt.values+`}]}`), &p); err != nil {
			t.Fatal(err)
		}
		if got := p.email(); got != tt.want {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// TestHooksOfTheSimulatorAndOurOwnEchoAreUnderstood lets the CRM send what a
// stage change and our own write-back cause.
func TestHooksOfTheSimulatorAndOurOwnEchoAreUnderstood(t *testing.T) {
	for name, mixed := range map[string]bool{"a body for each": false, "all in one body": true} {
		t.Run(name, func(t *testing.T) {
			var mu sync.Mutex
			var bodies [][]byte
			receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				mu.Lock()
				bodies = append(bodies, body)
				mu.Unlock()
				w.WriteHeader(http.StatusNoContent)
			}))
			defer receiver.Close()
			b := newBench(t, amocrmsim.Config{MixedHooks: mixed})
			if _, err := b.con.Setup(t.Context(), b.acc, receiver.URL+"/hooks/amocrm/k"); err != nil {
				t.Fatal(err)
			}
			id := b.lost()
			w, err := b.con.PutCard(t.Context(), b.acc, id, listening(), open)
			if err != nil {
				t.Fatal(err)
			}
			if err := b.sim.Settle(t.Context()); err != nil {
				t.Fatal(err)
			}
			mu.Lock()
			defer mu.Unlock()
			kinds := map[offboarding.EventKind]int{}
			for _, body := range bodies {
				got := b.con.Unpack(b.acc, &offboarding.Delivery{Body: body})
				if got.Malformed != "" || got.Foreign != "" || got.RemoteID != b.acc.RemoteID {
					t.Errorf("%s: %+v", body, got)
				}
				for _, e := range got.Events {
					kinds[e.Kind]++
					if e.EntityID != id || e.Hint.OccurredAt.After(w.At) {
						t.Errorf("event %+v, written at %v", e, w.At)
					}
				}
			}
			if kinds[offboarding.DealAdded] != 1 || kinds[offboarding.DealStageChanged] == 0 || kinds[offboarding.DealUpdated] == 0 {
				t.Errorf("kinds %v", kinds)
			}
		})
	}
}

func TestNothingSecretIsLogged(t *testing.T) {
	var logged strings.Builder
	b := newBench(t, amocrmsim.Config{})
	b.con.log = newLog(&logged)
	b.con.Unpack(b.acc, &offboarding.Delivery{Body: []byte("leads[add][0][name]=secret&leads[add][1][id]=5")})
	if logged.Len() == 0 || strings.Contains(logged.String(), "secret") {
		t.Errorf("logged %q", logged.String())
	}
}
