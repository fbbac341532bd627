package bitrix24

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"opendoor/integrations/outbound"
	"opendoor/offboarding"
)

func TestEveryAnswerOfTheDocumentationIsAnEnvelope(t *testing.T) {
	c := quietConnector(t)
	a, err := c.addressOf(account())
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("testdata/api/*.json")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	refusals, err := filepath.Glob("testdata/api/errors/*.json")
	if err != nil || len(refusals) == 0 {
		t.Fatal(refusals, err)
	}
	for _, name := range append(files, refusals...) {
		body, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		r, err := c.read(a, "crm.deal.get", &outbound.Response{Status: 200, Header: http.Header{}, Body: body})
		if refused := strings.Contains(name, "/errors/"); (err != nil) != refused || (err == nil && r.Result == nil) {
			t.Errorf("%s: %s, %v", name, r.Result, err)
		}
	}
}

func TestAnswersOfTheFixturesAreDecoded(t *testing.T) {
	result := func(t *testing.T, name string, out any) timing {
		t.Helper()
		c, _, _ := loopback(t)
		r, err := c.call(t.Context(), at(answering(t, 200, "application/json", string(fixture(t, "api/"+name)))), "x", nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.into("x", out); err != nil {
			t.Fatal(err)
		}
		return r.Time
	}
	t.Run("empty fields", func(t *testing.T) {
		var fields map[string]scalar
		result(t, "deal-get-empty-userfields.json", &fields)
		for _, name := range []string{"REASON", "ANSWER", "TAGS", "FILES"} {
			if v, ok := fields["UF_CRM_OPENDOOR_"+name]; !ok || v != "" {
				t.Errorf("%s = %q", name, v)
			}
		}
		if fields["UF_CRM_OPENDOOR_SCORE"] != "0" {
			t.Errorf("a score of 0 is %q", fields["UF_CRM_OPENDOOR_SCORE"])
		}
	})
	t.Run("batch as a list", func(t *testing.T) {
		var b batchReply
		result(t, "batch-all-ok-list.json", &b)
		if len(b.Result) != 3 || len(b.Errors) != 0 {
			t.Errorf("got %+v", b)
		}
		var contacts list[dealContact]
		if err := json.Unmarshal(b.Result["2"], &contacts); err != nil || contacts[0].ContactID.id() != "55" || !contacts[0].Primary.yes() {
			t.Errorf("got %+v, %v", contacts, err)
		}
	})
	for _, name := range []string{"batch-errors-halt-0.json", "batch-halt-1.json"} {
		t.Run(name, func(t *testing.T) {
			var b batchReply
			result(t, name, &b)
			if code, _ := b.Errors["get_user"].words(); len(b.Result) != 0 || code != "insufficient_scope" {
				t.Errorf("got %+v", b)
			}
		})
	}
	t.Run("linked batch", func(t *testing.T) {
		var b batchReply
		result(t, "batch-linked.json", &b)
		if len(b.Result) != 2 || len(b.Errors) != 0 {
			t.Errorf("got %+v", b)
		}
	})
	t.Run("users", func(t *testing.T) {
		var users list[remoteUser]
		result(t, "user-get.json", &users)
		u, ok := userIn(users, "3")
		if want := (offboarding.Responsible{ID: "3", Name: "Пётр Сидоров", Email: "user3@example.test"}); !ok || u != want {
			t.Errorf("got %+v", u)
		}
		result(t, "user-get-empty.json", &users)
		if len(users) != 0 {
			t.Errorf("got %+v", users)
		}
	})
	t.Run("time", func(t *testing.T) {
		var ok bool
		if at := result(t, "deal-update.json", &ok).finished(); !ok || !at.Equal(time.Date(2024, 9, 3, 12, 10, 19, 0, time.UTC)) {
			t.Errorf("got %v, %v", ok, at)
		}
		var profile map[string]scalar
		if at := result(t, "company-get.json", &profile).finished(); at.IsZero() { // whole seconds
			t.Error("no time")
		}
	})
	t.Run("custom fields", func(t *testing.T) {
		var fields list[remoteField]
		result(t, "deal-userfield-list.json", &fields)
		if len(fields) < 4 || len(fields[1].List) != 5 || fields[1].List[0].ID.id() != "3157" {
			t.Errorf("got %+v", fields)
		}
	})
	t.Run("ids", func(t *testing.T) {
		var id scalar
		if result(t, "timeline-comment-add.json", &id); id.id() != "999" {
			t.Errorf("comment %q", id)
		}
		var made struct {
			ID scalar `json:"id"`
		}
		if result(t, "activity-todo-add.json", &made); made.ID.id() != "999" {
			t.Errorf("activity %q", made.ID)
		}
	})
}

func FuzzAnswer(f *testing.F) {
	for _, pattern := range []string{"testdata/api/*.json", "testdata/api/errors/*"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			f.Fatal(err)
		}
		for _, name := range files {
			body, err := os.ReadFile(name)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(200, body)
		}
	}
	c := quietConnector(f)
	acc := account()
	a, err := c.addressOf(acc)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		r, err := c.read(a, "crm.deal.get", &outbound.Response{Status: status, Header: http.Header{}, Body: body})
		if err != nil {
			return
		}
		_ = r.Time.finished()
		_ = langIn(r.Result)
		var b batchReply
		if json.Unmarshal(r.Result, &b) == nil {
			_ = c.refusalOf(acc, b, command{key: "deal", method: "crm.deal.get"})
		}
		var deal remoteDeal
		if json.Unmarshal(r.Result, &deal) == nil {
			_, _ = minorUnits(deal.Opportunity.text(), deal.Currency.text())
			_, _ = deal.Moved.time(), deal.Moved.day()
		}
		var person remotePerson
		if json.Unmarshal(r.Result, &person) == nil {
			_ = best(person.Emails)
		}
		var fields map[string]json.RawMessage
		if json.Unmarshal(r.Result, &fields) == nil {
			for _, raw := range fields {
				_ = found(offboarding.CardValue{Day: "2026-01-01"}, raw)
			}
		}
		for _, out := range []any{new(list[remoteUser]), new(list[remoteStatus]), new(list[remoteField]), new(list[remoteComment]), new(list[historyRow]), new(scalar)} {
			_ = json.Unmarshal(r.Result, out)
		}
	})
}
