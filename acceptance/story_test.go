package acceptance

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"opendoor/internal/testkit"
)

// account is a connected company, as the API shows it.
type account struct {
	ID           string `json:"id"`
	HookURL      string `json:"hook_url"`
	Status       string `json:"status"`
	StatusReason string `json:"status_reason"`
}

type parting struct {
	ID     string `json:"id"`
	State  string `json:"state"`
	Held   bool   `json:"held"`
	Mode   string `json:"mode"`
	Reason struct {
		Code string `json:"code"`
	} `json:"reason"`
	Tracks struct {
		Survey    string `json:"survey"`
		WriteBack string `json:"writeback"`
	} `json:"tracks"`
	AccountID string `json:"account_id"`
	CRM       struct {
		DealID string `json:"deal_id"`
	} `json:"crm"`
	Client struct {
		Email string `json:"email"`
	} `json:"client"`
	Answer *struct {
		Reason  string `json:"reason"`
		NPS     *int   `json:"nps"`
		Comment string `json:"comment"`
	} `json:"answer"`
}

type event struct {
	ID         string `json:"id"`
	DeliveryID string `json:"delivery_id"`
	Kind       string `json:"kind"`
	EntityID   string `json:"entity_id"`
	Verdict    string `json:"verdict"`
	Reason     string `json:"reason"`
	CaseID     string `json:"case_id"`
}

type message struct {
	ID        string     `json:"id"`
	CaseID    string     `json:"case_id"`
	Template  string     `json:"template"`
	To        string     `json:"to"`
	State     string     `json:"state"`
	Reason    string     `json:"reason"`
	MessageID string     `json:"message_id"`
	SentAt    *time.Time `json:"sent_at"`
}

type delivery struct {
	ID     string   `json:"id"`
	Origin string   `json:"origin"`
	Seen   int      `json:"seen"`
	Body   string   `json:"body"`
	Events []string `json:"event_ids"`
}

// story is everything that the API tells about cases and letters.
type story struct {
	cases    []parting
	messages []message
}

func (h *house) story() (*story, error) {
	cases, err := listAll[parting](h, "/cases", nil)
	if err != nil {
		return nil, err
	}
	messages, err := listAll[message](h, "/messages", nil)
	return &story{cases, messages}, err
}

func (s *story) casesOf(d deal) []parting {
	var out []parting
	for _, c := range s.cases {
		if c.AccountID == d.account && c.CRM.DealID == d.id {
			out = append(out, c)
		}
	}
	return out
}

// letter returns the case's letter of a template, nil when there is none.
func (s *story) letter(caseID, template string) *message {
	for i := range s.messages {
		if m := &s.messages[i]; m.CaseID == caseID && m.Template == template {
			return m
		}
	}
	return nil
}

func (h *house) events(accountID string) ([]event, error) {
	return listAll[event](h, "/events", url.Values{"account_id": {accountID}})
}

// eventually waits until check finds nothing wrong.
func (h *house) eventually(check func() error) {
	h.t.Helper()
	testkit.Eventually(h.t, patience, check)
}

// written is what stands in a CRM about a deal.
type written struct {
	notes []string // our summary notes
	tasks []string // what our tasks are for: call, answered, …
	state string   // OPENDOOR_STATE
	nps   string   // OPENDOOR_NPS
	tags  []string // ours
}

// crm is a simulated CRM that sends hooks to the installation.
type crm interface {
	// client adds a deal with a client whose address is nobody else's.
	client() deal
	// cancel moves the deal to the stage that means lost.
	cancel(deal)
	// written tells what the program wrote about the deal.
	written(deal) written
}

// deal is a deal in a CRM.
type deal struct {
	crm     crm
	account string
	id      string
	email   string
}

var errDoubled = errors.New("doubled")

// told returns what is still missing, or is wrong, about a deal's parting: one
// case, the acknowledgement and the survey once in the sink, one note, the
// fields, and each task once.
func (h *house) told(s *story, d deal) error {
	cases := s.casesOf(d)
	if len(cases) != 1 {
		return fmt.Errorf("deal %s has %d cases", d.id, len(cases))
	}
	c := cases[0]
	for _, template := range []string{"T01", "T03"} {
		m := s.letter(c.ID, template)
		if m == nil {
			return fmt.Errorf("deal %s has no %s", d.id, template)
		}
		if m.State == "uncertain" && template == "T03" {
			if n := h.sink.copies(m.MessageID); n > 1 {
				return fmt.Errorf("%s of deal %s was accepted %d times: %w", template, d.id, n, errDoubled)
			}
			continue
		}
		if m.State != "sent" {
			return fmt.Errorf("%s of deal %s is %s (%s)", template, d.id, m.State, m.Reason)
		}
		if n := h.sink.copies(m.MessageID); n == 0 || n > 1 && template != "T01" {
			return fmt.Errorf("%s of deal %s was accepted %d times", template, d.id, n)
		}
	}
	ids := map[string]bool{}
	for _, l := range h.sink.to(d.email) {
		ids[l.id] = true
	}
	if len(ids) > 2 {
		return fmt.Errorf("%s got %d different letters: %w", d.email, len(ids), errDoubled)
	}
	return h.stands(c, d)
}

// stands returns what is missing or doubled in the CRM.
func (h *house) stands(c parting, d deal) error {
	w := d.crm.written(d)
	if len(w.notes) != 1 {
		return fmt.Errorf("deal %s has %d notes", d.id, len(w.notes))
	}
	if !slices.Contains(w.tasks, "call") {
		return fmt.Errorf("deal %s has no task to call: %v", d.id, w.tasks)
	}
	tasks := slices.Sorted(slices.Values(w.tasks))
	if len(slices.Compact(tasks)) != len(w.tasks) {
		return fmt.Errorf("deal %s has tasks %v: %w", d.id, w.tasks, errDoubled)
	}
	if w.state == "" {
		return fmt.Errorf("deal %s has no state on its card", d.id)
	}
	if c.Tracks.WriteBack != "clean" {
		return fmt.Errorf("write-back of deal %s is %s", d.id, c.Tracks.WriteBack)
	}
	return nil
}

// allTold waits until everything is told about all deals, lets the queues run
// empty, and looks once more: what is doubled is doubled late.
func (h *house) allTold(deals ...deal) *story {
	h.t.Helper()
	var last *story
	check := func() error {
		s, err := h.story()
		if err != nil {
			return err
		}
		for _, d := range deals {
			if err := h.told(s, d); err != nil {
				return err
			}
		}
		last = s
		return nil
	}
	h.eventually(check)
	h.eventually(h.idle)
	if err := check(); err != nil {
		h.t.Fatal(err)
	}
	return last
}

// idle returns what is still to be done now.
func (h *house) idle() error {
	var queues struct {
		Items []struct {
			Queue    string `json:"queue"`
			Due      int    `json:"due"`
			InFlight int    `json:"in_flight"`
		} `json:"items"`
	}
	if _, err := h.call(http.MethodGet, "/queues", nil, &queues); err != nil {
		return err
	}
	for _, q := range queues.Items {
		if q.Due+q.InFlight > 0 {
			return fmt.Errorf("queue %s: %d due, %d in flight", q.Queue, q.Due, q.InFlight)
		}
	}
	return nil
}

// answer answers the survey of a deal as its client would.
func (h *house) answer(s *story, d deal, form url.Values) {
	h.t.Helper()
	res, err := h.client.PostForm(h.surveyLink(s, d), form)
	if err != nil {
		h.t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusOK && res.StatusCode != http.StatusSeeOther {
		h.t.Fatalf("the survey answers %d", res.StatusCode)
	}
}

// surveyLink is the address of the survey page in the letter that arrived.
func (h *house) surveyLink(s *story, d deal) string {
	h.t.Helper()
	l := h.survey(s, d)
	link := l.surveyLink()
	if link == "" {
		h.t.Fatalf("the survey to %s holds no link", d.email)
	}
	return link
}

// survey is the survey that arrived.
func (h *house) survey(s *story, d deal) letter {
	h.t.Helper()
	m := s.letter(s.casesOf(d)[0].ID, "T03")
	for _, l := range h.sink.to(d.email) {
		if l.id == m.MessageID {
			return l
		}
	}
	h.t.Fatalf("no survey arrived at %s", d.email)
	return letter{}
}

// post sends a body to a hook and returns the status.
func (h *house) post(address, contentType, body string, header ...string) int {
	h.t.Helper()
	req, err := http.NewRequest(http.MethodPost, address, strings.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	req.Header.Set("Content-Type", contentType)
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := h.client.Do(req)
	if err != nil {
		h.t.Fatal(err)
	}
	_ = res.Body.Close()
	return res.StatusCode
}

// form is the content type of hooks.
const form = "application/x-www-form-urlencoded"
