package bitrix24

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestTheNewAddressOfARenamedPortalIsProvedAndTold(t *testing.T) {
	sim, acc := portal(t)
	c, _, _ := loopback(t)
	if there, err := c.NewAddress(t.Context(), acc); err != nil || there != nil {
		t.Fatalf("a portal that did not move: %v, %v", there, err)
	}
	at := acc.Credentials["webhook_url"]
	home, _, _ := strings.Cut(at, "/rest/")
	old := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", home+r.URL.Path)
		w.WriteHeader(http.StatusFound)
	}))
	defer old.Close()
	acc.Credentials["webhook_url"] = sim.WebhookURL(old.URL)
	acc.Credentials["application_token"] = "stays"
	if _, err := c.Deal(t.Context(), acc, "2"); err != nil {
		t.Fatal(err)
	}
	there, err := c.NewAddress(t.Context(), acc)
	if err != nil || strings.TrimRight(there["webhook_url"], "/") != strings.TrimRight(at, "/") || there["application_token"] != "stays" {
		t.Errorf("%v, %v, want %s", map[string]string(there), err, at)
	}

	// Somebody else behind the new address is not believed.
	stranger := answering(t, http.StatusOK, "application/json", `{"result":{"ID":"77"},"time":{}}`)
	moved := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", stranger.URL+r.URL.Path)
		w.WriteHeader(http.StatusFound)
	}))
	defer moved.Close()
	acc.Credentials["webhook_url"] = sim.WebhookURL(moved.URL)
	if _, err := c.call(t.Context(), acc, "profile", nil); err != nil {
		t.Fatal(err)
	}
	if there, err := c.NewAddress(t.Context(), acc); err == nil {
		t.Errorf("a stranger was believed: %v", there)
	}
}
