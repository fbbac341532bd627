package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"opendoor/config"
	"opendoor/offboarding"
)

// demoPatience is how long one step of the demo may take.
const demoPatience = 30 * time.Second

func demoCommand(e *env) *cobra.Command {
	var exit, year bool
	c := &cobra.Command{
		Use:   "demo",
		Short: "serve and sandbox together; one cancellation of each CRM is played to its end",
		RunE: func(c *cobra.Command, _ []string) error {
			if year {
				return e.demoYear(c.Context())
			}
			return e.demo(c.Context(), exit)
		},
	}
	c.Flags().BoolVar(&year, "year", false, "play a year of both CRMs in a minute and print its calendar and figures")
	c.Flags().BoolVar(&exit, "exit", false, "stop after the trace")
	return c
}

func (e *env) demo(ctx context.Context, exit bool) error {
	dir, err := os.MkdirTemp("", "opendoor-demo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()

	cfg, log, err := e.load()
	if err != nil {
		return err
	}
	if clock := clockOf(cfg.Clock); clock.Rate != 1 {
		return errors.New("the demo plays in real time; OPENDOOR_CLOCK may set its start, not its rate")
	}
	clock := clockOf(cfg.Clock)
	box, err := openSandbox(ctx, sandboxAddrs{amocrm: "127.0.0.1:0", bitrix24: "127.0.0.1:0", smtp: "127.0.0.1:0", mailbox: "127.0.0.1:0", control: "127.0.0.1:0", telegram: "127.0.0.1:0", sms: "127.0.0.1:0"}, "ru", false, clock.Now, log)
	if err != nil {
		return err
	}
	defer box.close()

	key, _ := offboarding.NewAPIKey("demo", "admin", nil)
	demoEnv := demoEnvironment(e.environ, dir, key, box)
	if cfg, err = config.LoadEnviron(demoEnv); err != nil {
		return err
	}
	if !hasSetting(e.environ, "OPENDOOR_LOG_LEVEL") {
		cfg.LogLevel = 4 // Warn: the trace is what one wants to read here
		log = newLog(e.err, cfg)
	}
	l, err := net.Listen("tcp", cfg.Addr)
	if err != nil {
		return err
	}
	h, err := openHouse(ctx, cfg, log, cfg.PublicURLAt(l.Addr()))
	if err != nil {
		return err
	}
	defer h.close()
	ended := make(chan error, 1)
	go func() { ended <- h.run(ctx, l, true, func() {}) }()

	p := &player{env: e, box: box, base: h.publicURL, key: key, http: &http.Client{Timeout: 15 * time.Second}}
	played := p.play(ctx)
	p.addresses()
	if exit || played != nil {
		cancel()
		return errors.Join(played, <-ended)
	}
	select {
	case <-ctx.Done():
		return <-ended
	case err := <-ended:
		return err
	}
}

// demoEnvironment has the demo's own settings of everything that leaves; later ones win.
func demoEnvironment(environ []string, dir, key string, box *sandbox) []string {
	return append(append([]string{}, environ...),
		"OPENDOOR_ADDR=127.0.0.1:0", "OPENDOOR_PUBLIC_URL=", "OPENDOOR_DATA_DIR="+dir, "OPENDOOR_DATABASE_URL=", "OPENDOOR_REDIS_URL=embedded",
		"OPENDOOR_SECRET_KEY=", "OPENDOOR_ADMIN_KEY="+key, "OPENDOOR_SMTP_URL=smtp://"+box.smtp+"?tls=none",
		"OPENDOOR_MAIL_FROM=Опен Дор <care@opendoor.example>", "OPENDOOR_ALLOW_PRIVATE_HOSTS=127.0.0.1", "OPENDOOR_METRICS_ADDR=")
}

func hasSetting(environ []string, name string) bool {
	for _, v := range environ {
		if strings.HasPrefix(v, name+"=") && v != name+"=" {
			return true
		}
	}
	return false
}

// player plays the demo from outside, by HTTP, as its users would.
type player struct {
	env       *env
	box       *sandbox
	base, key string
	http      *http.Client
	began     time.Time
}

func (p *player) say(what, detail string) {
	fmt.Fprintf(p.env.out, "  %7.3f s  %-18s %s\n", time.Since(p.began).Seconds(), what, detail)
}

func (p *player) play(ctx context.Context) error {
	if err := p.until(ctx, "the API answers", func() (bool, error) {
		return p.call(ctx, http.MethodGet, "/livez", nil, nil) == nil, nil
	}); err != nil {
		return err
	}
	for _, act := range []struct {
		name string
		fn   func(context.Context) (*scene, error)
	}{{"amoCRM", p.amo}, {"Bitrix24", p.bitrix}} {
		fmt.Fprintf(p.env.out, "\n%s (simulated)\n", act.name)
		s, err := act.fn(ctx)
		if err == nil {
			err = p.follow(ctx, s)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", act.name, err)
		}
	}
	return nil
}

// scene is one cancellation.
type scene struct {
	account string
	deal    string
	answer  url.Values
	cancel  func() error
	done    func() (string, bool) // what stands in the CRM afterwards
}

// demoPolicy lets the survey leave at once, at any hour.
const demoPolicy = `{"survey_delay":"1s","sending_window":null,"holdout_percent":0}`

type demoAccount struct {
	ID      string `json:"id"`
	HookURL string `json:"hook_url"`
}

// connect adds an account and prepares the CRM, as an administrator would.
func (p *player) connect(ctx context.Context, body string) (demoAccount, error) {
	var acc demoAccount
	if err := p.call(ctx, http.MethodPost, "/api/v1/accounts", json.RawMessage(body), &acc); err != nil {
		return acc, err
	}
	var setup struct {
		Fields []struct{ Name string } `json:"fields"`
		Hook   struct{ State string }  `json:"hook"`
	}
	if err := p.call(ctx, http.MethodPost, "/api/v1/accounts/"+acc.ID+"/setup", nil, &setup); err != nil {
		return acc, err
	}
	fmt.Fprintf(p.env.out, "             account connected; %d fields on the card, hook: %s\n", len(setup.Fields), setup.Hook.State)
	return acc, nil
}

func (p *player) amo(ctx context.Context) (*scene, error) {
	acc, err := p.connect(ctx, fmt.Sprintf(`{"provider":"amocrm","name":"Пример на amoCRM","base_url":%q,"credentials":{"access_token":%q},"mode":"live","policy":%s}`,
		p.box.amoURL, p.box.amo.Info().AccessToken, demoPolicy))
	if err != nil {
		return nil, err
	}
	for _, lead := range p.box.amo.Leads() {
		if lead.StatusID == 142 || lead.StatusID == 143 || len(lead.Contacts) == 0 || lead.Deleted || lead.Pipeline != "Обслуживание" {
			continue
		}
		return &scene{
			account: acc.ID, deal: fmt.Sprint(lead.ID),
			answer: url.Values{"reason": {"price"}, "service_related": {"no"}, "nps": {"8"}, "keep_in_touch": {"email"}, "comment": {"Сократили бюджет, с вами было удобно."}},
			cancel: func() error { return p.box.amo.MoveLead(lead.ID, lead.PipelineID, 143, lead.Responsible, 0) },
			done: func() (string, bool) {
				now, _ := p.box.amo.Lead(lead.ID)
				notes, tasks := p.box.amo.Notes(lead.ID), p.box.amo.Tasks(lead.ID)
				if now.Fields["OPENDOOR_NPS"] == nil || len(notes) == 0 || len(tasks) < 2 || !strings.Contains(notes[0].Text(), "8") {
					return "", false
				}
				return fmt.Sprintf("note «%s», fields %d, tags %s, tasks %d", firstLine(notes[0].Text()), countOurs(now.Fields), strings.Join(now.Tags, " "), len(tasks)), true
			},
		}, nil
	}
	return nil, errors.New("the sandbox has no open lead with a contact")
}

func countOurs(fields map[string][]any) int {
	n := 0
	for code := range fields {
		if strings.HasPrefix(code, "OPENDOOR_") {
			n++
		}
	}
	return n
}

func (p *player) bitrix(ctx context.Context) (*scene, error) {
	acc, err := p.connect(ctx, fmt.Sprintf(`{"provider":"bitrix24","name":"Пример на Битрикс24","credentials":{"webhook_url":%q,"application_token":%q},"mode":"live","policy":%s}`,
		p.box.bitrix.WebhookURL(p.box.bitURL), sandboxApplicationToken, demoPolicy))
	if err != nil {
		return nil, err
	}
	// What the portal's administrator ticks by hand.
	p.box.bitrix.AddOutgoingWebhook(acc.HookURL, sandboxApplicationToken, "ONCRMDEALADD", "ONCRMDEALUPDATE", "ONCRMDEALDELETE")
	for _, deal := range p.box.bitrix.Deals() {
		if deal.Closed || len(deal.ContactIDs) == 0 || deal.CategoryID != 1 || !p.hasEmail(deal.ContactIDs[0]) {
			continue
		}
		return &scene{
			account: acc.ID, deal: fmt.Sprint(deal.ID),
			answer: url.Values{"reason": {"need"}, "service_related": {"no"}, "nps": {"9"}, "comment": {"Закрываем направление до весны."}},
			cancel: func() error { return p.box.bitrix.LoseDeal(deal.ID, deal.AssignedByID) },
			done: func() (string, bool) {
				now, _ := p.box.bitrix.Deal(deal.ID)
				notes, todo := p.box.bitrix.Comments(deal.ID), p.box.bitrix.Activities(deal.ID)
				nps := fmt.Sprint(now.Fields["UF_CRM_OPENDOOR_NPS"])
				if nps != "9" || len(notes) == 0 || len(todo) < 2 || !strings.Contains(notes[len(notes)-1].Text, "9") {
					return "", false
				}
				return fmt.Sprintf("comment «%s», NPS field %s, to-dos %d", firstLine(notes[len(notes)-1].Text), nps, len(todo)), true
			},
		}, nil
	}
	return nil, errors.New("the sandbox has no open deal with a contact")
}

func (p *player) hasEmail(contact int) bool {
	c, ok := p.box.bitrix.Contact(contact)
	return ok && c["EMAIL"] != nil
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	if r := []rune(line); len(r) > 90 {
		return string(r[:90]) + "…"
	}
	return line
}

type demoCase struct {
	ID     string `json:"id"`
	No     int64  `json:"no"`
	State  string `json:"state"`
	Client struct {
		Name  string `json:"name"`
		Email string `json:"email"`
	} `json:"client"`
	Responsible struct{ Name string }  `json:"responsible"`
	Contract    struct{ Title string } `json:"contract"`
	Tracks      struct {
		Survey string `json:"survey"`
	} `json:"tracks"`
	CRM struct {
		DealID string `json:"deal_id"`
	} `json:"crm"`
}

type demoLetter struct {
	Template  string `json:"template"`
	State     string `json:"state"`
	Subject   string `json:"subject"`
	To        string `json:"to"`
	Text      string `json:"text"`
	MessageID string `json:"message_id"`
}

// follow waits for each step and tells it.
func (p *player) follow(ctx context.Context, s *scene) error {
	p.began = time.Now()
	if err := s.cancel(); err != nil {
		return err
	}
	p.say("deal lost", "a manager moves deal "+s.deal+" to the stage that means «lost»")
	if err := p.until(ctx, "the webhook is stored", func() (bool, error) {
		var l struct {
			Items []struct {
				EntityID string `json:"entity_id"`
				Kind     string `json:"kind"`
			} `json:"items"`
		}
		err := p.call(ctx, http.MethodGet, "/api/v1/events?account_id="+s.account, nil, &l)
		for _, ev := range l.Items {
			if ev.EntityID == s.deal {
				p.say("webhook received", ev.Kind)
				return true, err
			}
		}
		return false, err
	}); err != nil {
		return err
	}
	c, err := p.waitCase(ctx, s)
	if err != nil {
		return err
	}
	p.say("case opened", fmt.Sprintf("№ %d, %s, contract «%s», responsible %s", c.No, c.Client.Name, c.Contract.Title, c.Responsible.Name))
	if _, err := p.waitLetter(ctx, c.ID, offboarding.T01, "letter sent"); err != nil {
		return err
	}
	survey, err := p.waitLetter(ctx, c.ID, offboarding.T03, "survey sent")
	if err != nil {
		return err
	}
	link := regexp.MustCompile(regexp.QuoteMeta(p.base) + `/s/[A-Za-z0-9_-]+`).FindString(survey.Text)
	if link == "" {
		return errors.New("the survey holds no link")
	}
	res, err := p.http.PostForm(link, s.answer)
	if err != nil {
		return err
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("the survey answers %d", res.StatusCode)
	}
	p.say("answer given", "reason "+s.answer.Get("reason")+", score "+s.answer.Get("nps"))
	return p.until(ctx, "the CRM knows", func() (bool, error) {
		what, ok := s.done()
		if ok {
			p.say("written to the CRM", what)
		}
		return ok, nil
	})
}

func (p *player) waitCase(ctx context.Context, s *scene) (c demoCase, err error) {
	err = p.until(ctx, "a case opens", func() (bool, error) {
		var l struct {
			Items []demoCase `json:"items"`
		}
		err := p.call(ctx, http.MethodGet, "/api/v1/cases?account_id="+s.account, nil, &l)
		for _, k := range l.Items {
			if k.CRM.DealID == s.deal {
				c = k
				return true, err
			}
		}
		return false, err
	})
	return c, err
}

func (p *player) waitLetter(ctx context.Context, caseID, template, what string) (m demoLetter, err error) {
	err = p.until(ctx, what, func() (bool, error) {
		var l struct {
			Items []demoLetter `json:"items"`
		}
		err := p.call(ctx, http.MethodGet, "/api/v1/messages?case_id="+caseID, nil, &l)
		for _, one := range l.Items {
			if one.Template == template && one.State == "sent" {
				m = one
				p.say(what, fmt.Sprintf("%s «%s» to %s", m.Template, m.Subject, m.To))
				return true, err
			}
		}
		return false, err
	})
	return m, err
}

// until asks again and again until fn is content.
func (p *player) until(ctx context.Context, what string, fn func() (bool, error)) error {
	deadline := time.Now().Add(demoPatience)
	for {
		ok, err := fn()
		if ok {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("waited %s in vain: %s: %w", demoPatience, what, errors.Join(err, errNotYet))
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(15 * time.Millisecond):
		}
	}
}

var errNotYet = errors.New("it has not happened")

// call speaks to the REST API.
func (p *player) call(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		raw, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(ctx, method, p.base+path, body)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+p.key)
	res, err := p.http.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(res.Body, 4<<20))
	if err != nil {
		return err
	}
	if res.StatusCode >= 300 {
		return fmt.Errorf("%s %s answers %d: %s", method, path, res.StatusCode, raw)
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(raw, out)
}

func (p *player) addresses() {
	fmt.Fprintf(p.env.out, `
look around
  mailbox      %s
  API          %s/swagger/index.html
  API key      %s
  amoCRM       %s/_sim/
  Bitrix24     %s/_sim/

sample data only, nothing leaves this machine; stop with Ctrl+C
`, p.box.boxURL, p.base, p.key, p.box.amoURL, p.box.bitURL)
}
