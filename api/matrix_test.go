package api

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"opendoor/offboarding"
)

// address fills a route's parameters with something that is not there.
func address(path string) string {
	return strings.NewReplacer(":provider", "amocrm", ":key", "nokey", ":token", "notoken", ":id", offboarding.NewID().String(),
		":action", "proceed", "*file", "nofile").Replace(path)
}

// Every route, every role and no key: who may not is told so, who may gets
// further. The table alone says who may.
func TestWhoMayDoWhat(t *testing.T) {
	o := newOffice(t)
	callers := []Role{""}
	callers = append(callers, Roles...)
	for _, r := range o.server.routes() {
		for _, role := range callers {
			key := ""
			if role != "" {
				key = o.as(role)
			}
			w := o.do(request{method: r.method, path: address(r.path), key: key, body: "{}", headers: []string{isJSON}})
			want := "let through"
			switch {
			case r.access == nil:
			case role == "":
				want = "unauthorized"
			case !slices.Contains(r.access, role):
				want = "forbidden"
			}
			got := map[int]string{http.StatusUnauthorized: "unauthorized", http.StatusForbidden: "forbidden"}[w.Code]
			if got == "" || r.access == nil { // a hook's wrong key is 401 by its own reason
				got = "let through"
			}
			if got != want || w.Code >= 500 {
				t.Errorf("%s %s as %q: %d, want %s", r.method, r.path, role, w.Code, want)
			}
			if want == "unauthorized" && w.Header().Get("WWW-Authenticate") == "" {
				t.Errorf("%s %s does not say how to prove oneself", r.method, r.path)
			}
		}
	}
}

// onlyJudge are posts that change nothing: they say something about the text they are given.
var onlyJudge = []string{"/api/v1/tone/check", "/api/v1/intent/check"}

func TestTheTableGivesRolesWhatTheContractSays(t *testing.T) {
	for _, r := range newOffice(t).server.routes() {
		api := strings.HasPrefix(r.path, "/api/v1/")
		switch {
		case api && r.access == nil:
			t.Errorf("%s %s is open to everybody", r.method, r.path)
		case !api && r.access != nil:
			t.Errorf("%s %s asks for a key", r.method, r.path)
		case strings.HasSuffix(r.path, "/employee-signals"):
			if !slices.Equal(r.access, access{RoleHRManager}) {
				t.Errorf("%s is for who leads people, and nobody else", r.path)
			}
		case api && !slices.Contains(r.access, RoleAdmin):
			t.Errorf("%s %s is closed to administrators", r.method, r.path)
		case api && r.method != get && slices.Contains(r.access, RoleViewer) && !slices.Contains(onlyJudge, r.path):
			t.Errorf("%s %s lets a viewer change something", r.method, r.path)
		case api && slices.Contains(r.access, RoleOperator) && !slices.Contains(r.access, RoleApprover):
			t.Errorf("%s %s: an approver is an operator", r.method, r.path)
		case api && r.rate != rateKey:
			t.Errorf("%s %s is not limited per key", r.method, r.path)
		}
	}
}

func TestNoRouteStandsBesideTheTable(t *testing.T) {
	o := newOffice(t)
	table := map[string]bool{}
	for _, r := range o.server.routes() {
		if table[r.method+" "+r.path] {
			t.Errorf("%s %s stands twice in the table", r.method, r.path)
		}
		table[r.method+" "+r.path] = true
	}
	missing := maps.Clone(table)
	for _, r := range o.server.engine.Routes() {
		if r.Method == http.MethodHead { // of what GET answers, but where a CRM tells us things by GET
			if !table["GET "+r.Path] || strings.HasPrefix(r.Path, "/hooks/") || strings.HasPrefix(r.Path, "/oauth/") {
				t.Errorf("HEAD %s is answered", r.Path)
			}
			continue
		}
		if !table[r.Method+" "+r.Path] {
			t.Errorf("%s %s is registered beside the table", r.Method, r.Path)
		}
		delete(missing, r.Method+" "+r.Path)
	}
	for r := range missing {
		t.Errorf("%s is in the table and not registered", r)
	}
}

func TestKeysThatAreNone(t *testing.T) {
	o := newOffice(t)
	secret, k := offboarding.NewAPIKey("gone", "admin", nil)
	o.must(offboarding.AddAPIKey(t.Context(), o.store, k, "test"))
	late, expiring := offboarding.NewAPIKey("late", "admin", nil)
	expiring.ExpiresAt = tuesday
	o.must(offboarding.AddAPIKey(t.Context(), o.store, expiring, "test"))
	o.call(http.StatusNoContent, del, "/api/v1/api-keys/"+k.ID.String(), "")
	bodies := map[string]bool{}
	for name, header := range map[string]string{
		"none": "", "of another scheme": "Basic " + adminKey, "empty": "Bearer ", "wrong": "Bearer od_wrong", "cut": "Bearer " + adminKey[:20],
		"huge": "Bearer " + strings.Repeat("x", 600), "revoked": "Bearer " + secret, "expired": "Bearer " + late,
	} {
		w := o.do(request{method: get, path: "/api/v1/cases", headers: []string{"Authorization: " + header, "X-Request-Id: one-request"}})
		if w.Code != http.StatusUnauthorized {
			t.Errorf("a key that is %s: %d", name, w.Code)
		}
		bodies[w.Body.String()] = true
	}
	if len(bodies) != 1 {
		t.Errorf("the answers tell wrong keys apart: %v", bodies)
	}
	if w := o.do(request{method: get, path: "/api/v1/cases", headers: []string{"Authorization: bearer " + adminKey}}); w.Code != http.StatusOK {
		t.Errorf("a scheme in small letters: %d", w.Code)
	}
}
