package acceptance

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"
	"time"
)

// hookSecret signs both ways (Standard Webhooks).
var hookSecret = []byte("a secret of the acceptance tests")

// program is a source that speaks the generic protocol and receives results.
type program struct {
	t *testing.T
	h *house
	account

	mu      sync.Mutex
	results []result
	refuse  int // answers left that are 500
	gone    bool
	last    int
}

type result struct {
	id   string
	good bool // the signature verifies
	body struct {
		Type   string `json:"type"`
		CaseID string `json:"case_id"`
		Deal   struct {
			ID string `json:"id"`
		} `json:"deal"`
		Reason string `json:"reason"`
		NPS    *int   `json:"nps"`
	}
}

func sign(id, timestamp string, body []byte) string {
	mac := hmac.New(sha256.New, hookSecret)
	mac.Write([]byte(id + "." + timestamp + "."))
	mac.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// generic connects a program of the generic protocol.
func (h *house) generic() *program {
	h.t.Helper()
	p := &program{t: h.t, h: h}
	srv := httptest.NewServer(http.HandlerFunc(p.receive))
	h.t.Cleanup(srv.Close)
	h.must("POST", "/accounts", fmt.Sprintf(`{"provider":"generic","name":"Своя CRM","base_url":%q,"credentials":{"secret":%q},"mode":"live","policy":%s}`,
		srv.URL+"/results", "whsec_"+base64.StdEncoding.EncodeToString(hookSecret), policy), &p.account)
	return p
}

func (p *program) receive(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.gone {
		w.WriteHeader(http.StatusGone)
		return
	}
	if p.refuse > 0 {
		p.refuse--
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	res := result{id: r.Header.Get("Webhook-Id")}
	at := r.Header.Get("Webhook-Timestamp")
	seconds, err := strconv.ParseInt(at, 10, 64)
	res.good = err == nil && time.Since(time.Unix(seconds, 0)).Abs() < 5*time.Minute &&
		r.Header.Get("Webhook-Signature") == sign(res.id, at, body) && json.Unmarshal(body, &res.body) == nil
	p.results = append(p.results, res)
}

func (p *program) client() deal {
	p.t.Helper()
	p.last++
	return deal{crm: p, account: p.ID, id: fmt.Sprintf("contract-%d", p.last), email: newAddress("generic")}
}

func (p *program) body(kind string, d deal) []byte {
	return fmt.Appendf(nil, `{"type":%q,"occurred_at":%q,"deal":{"id":%q,"title":"Договор","amount_minor":1200000,"currency":"RUB"},`+
		`"client":{"id":"c","name":"Мария Примерова","email":%q,"lang":"ru"},"responsible":{"id":"m","name":"Вера Образцова","email":"manager@generic.example"},"reason":"дорого"}`,
		kind, time.Now().UTC().Format(time.RFC3339), d.id, d.email)
}

// say sends a signed statement and returns the status.
func (p *program) say(id string, body []byte) int {
	at := strconv.FormatInt(time.Now().Unix(), 10)
	return p.h.post(p.HookURL, "application/json", string(body), "Webhook-Id", id, "Webhook-Timestamp", at, "Webhook-Signature", sign(id, at, body))
}

func (p *program) cancel(d deal) {
	p.t.Helper()
	if code := p.say("cancel-"+d.id, p.body("client.cancelled", d)); code != http.StatusNoContent {
		p.t.Fatalf("the hook answers %d", code)
	}
}

// written is what the results say; a generic source has neither notes nor tasks.
func (p *program) written(deal) written { return written{} }

// told returns the results about a deal by type, and an error when one is
// wrongly signed or came under two ids.
func (p *program) told(d deal) (map[string]result, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := map[string]result{}
	for _, r := range p.results {
		if !r.good {
			return nil, fmt.Errorf("result %s is not signed as it should be", r.id)
		}
		if r.body.Deal.ID != d.id {
			continue
		}
		if before, ok := out[r.body.Type]; ok && before.id != r.id {
			return nil, fmt.Errorf("%s of %s came under two ids: %w", r.body.Type, d.id, errDoubled)
		}
		out[r.body.Type] = r
	}
	return out, nil
}

func (p *program) isGone(gone bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.gone = gone
}

// A receiver that answers 410 is paused at once. What it refused and what came
// up meanwhile waits, and is posted when somebody says that it is back.
func TestAReceiverThatWasGoneGetsAllResultsOnceItIsBack(t *testing.T) {
	everywhere(t, func(t *testing.T, h *house) {
		p := h.generic()
		p.isGone(true)
		refused, waited := p.client(), p.client()
		p.cancel(refused)
		h.eventually(func() error {
			var receivers struct {
				Items []struct {
					Paused bool `json:"paused"`
				} `json:"items"`
			}
			h.must(http.MethodGet, "/accounts/"+p.ID+"/endpoints", nil, &receivers)
			if len(receivers.Items) != 1 || !receivers.Items[0].Paused {
				return fmt.Errorf("receivers %+v", receivers)
			}
			return nil
		})
		p.cancel(waited)
		h.eventually(func() error {
			var waiting struct {
				Items []struct {
					State string `json:"state"`
				} `json:"items"`
			}
			h.must(http.MethodGet, "/accounts/"+p.ID+"/results", nil, &waiting)
			if len(waiting.Items) != 2 || waiting.Items[0].State != "ready" || waiting.Items[1].State != "ready" {
				return fmt.Errorf("results %+v", waiting)
			}
			return nil
		})
		p.isGone(false)
		h.must(http.MethodPost, "/accounts/"+p.ID+"/endpoints/resume", "{}", nil)
		h.eventually(func() error {
			for _, d := range []deal{refused, waited} {
				told, err := p.told(d)
				if err != nil {
					return err
				}
				if _, ok := told["case.opened"]; !ok {
					return fmt.Errorf("of %s was told %v", d.id, told)
				}
			}
			return nil
		})
		h.invariantsHold()
	})
}
