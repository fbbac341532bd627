package offboarding_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	od "opendoor/offboarding"
	"opendoor/offboarding/tone"
	"opendoor/store"
)

const publicURL = "https://opendoor.example.com"

var tuesday = time.Date(2026, 11, 3, 9, 0, 0, 0, time.UTC) // noon in Moscow

// house is the domain at work over a real SQLite file, with a post office and
// a CRM that do what the test says, and a clock that is set.
type house struct {
	*testing.T
	store   *store.Store
	clock   time.Time
	texts   int // of operators
	keys    *od.Keys
	post    *post
	crm     *fakeCRM
	letters *plainLetters
	results *fakeResults
	acc     *od.Account
	desk    *od.Desk
	interp  *od.Interpreter
	postman *od.Postman
	scribe  *od.Scribe
	timers  *od.Timers
	ways    od.Ways // beside e-mail
}

// newHouse opens a house with one live amoCRM account whose window is always
// open; change may alter the account before it is stored.
func newHouse(t *testing.T, change ...func(a *od.Account)) *house {
	t.Helper()
	h := &house{T: t, clock: tuesday, post: &post{}, crm: &fakeCRM{deals: map[string]*od.Deal{}}, letters: &plainLetters{}, results: &fakeResults{}}
	now := func() time.Time { return h.clock }
	file := filepath.Join(t.TempDir(), "opendoor.db")
	fresh, err := migrated()
	h.must(err)
	h.must(os.WriteFile(file, fresh, 0o600))
	h.store, err = store.Open(t.Context(), store.Options{URL: file, Keys: master, Now: now, Wall: now})
	h.must(err)
	t.Cleanup(func() { _ = h.store.Close() })
	log := slog.New(slog.DiscardHandler)
	h.keys = od.NewKeys(master, bytes.Repeat([]byte{8}, 32))
	connectors := od.Connectors{od.AmoCRM: h.crm, od.Bitrix24: h.crm, od.Generic: h.crm}
	h.desk = od.NewDesk(h.store, h.keys, connectors, now, log)
	h.interp = od.NewInterpreter(h.store, connectors, now, now, log)
	h.postman = od.NewPostman(h.store, h.letters, h.post, h.keys, publicURL, "opendoor@example.com", now, log)
	h.scribe = od.NewScribe(h.store, connectors, h.letters, h.results, publicURL, now, log)
	h.timers = od.NewTimers(h.store, now)
	h.acc = h.account(change...)
	return h
}

var master = [][]byte{bytes.Repeat([]byte{7}, 32)}

// migrated is a database file with the schema and no rows, made once.
var migrated = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "opendoor")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	file := filepath.Join(dir, "opendoor.db")
	s, err := store.Open(context.Background(), store.Options{URL: file, Keys: master})
	if err != nil {
		return nil, err
	}
	if err := errors.Join(s.Migrate(context.Background()), s.Close()); err != nil {
		return nil, err
	}
	return os.ReadFile(file)
})

func (h *house) account(change ...func(a *od.Account)) *od.Account {
	h.Helper()
	a := &od.Account{
		ID: od.NewID(), Provider: od.AmoCRM, Name: "Ромашка", BaseURL: "https://example.amocrm.ru", Lang: od.RU, TimeZone: "Europe/Moscow",
		Mode: od.Live, Policy: od.DefaultPolicy(), Status: od.AccountActive, ConnectedAt: tuesday.Add(-24 * time.Hour),
	}
	a.Policy.Window = nil
	for _, fn := range change {
		fn(a)
	}
	h.must(h.store.AddAccount(h.Context(), a))
	return a
}

func (h *house) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

// lose puts a lost deal into the CRM and lets its hook arrive.
func (h *house) lose(dealID string, change ...func(d *od.Deal)) {
	h.Helper()
	d := &od.Deal{
		ID: dealID, Title: "Договор " + dealID, Pipeline: od.Named{ID: "8", Name: "Обслуживание"}, Stage: od.Named{ID: "143", Name: "Закрыто"},
		Outcome: od.OutcomeLost, Client: od.Client{ID: "1", Name: "Анна Примерова", Email: "client" + dealID + "@example.com"},
		Responsible: od.Responsible{ID: "5", Name: "Мария Образцова", Email: "manager@example.com"},
		CreatedAt:   tuesday.Add(-time.Hour), UpdatedAt: h.clock, MovedAt: h.clock,
	}
	for _, fn := range change {
		fn(d)
	}
	h.crm.deals[dealID] = d
	h.hook(od.DealStageChanged, dealID, od.Hint{From: &od.StageRef{PipelineID: "8", StageID: "10"}, To: &od.StageRef{PipelineID: "8", StageID: "143"}, OccurredAt: h.clock})
}

// hook lets a body arrive whose one event says this.
func (h *house) hook(kind od.EventKind, dealID string, hint od.Hint) {
	h.Helper()
	body, err := json.Marshal([]od.UnpackedEvent{{Kind: kind, EntityID: dealID, Hint: hint}})
	h.must(err)
	h.deliver(body)
}

func (h *house) deliver(body []byte) {
	h.Helper()
	h.must(h.store.AddDeliveries(h.Context(), []*od.Delivery{{
		ID: od.NewID(), AccountID: h.acc.ID, Provider: h.acc.Provider, Origin: od.OriginHook, ReceivedAt: h.clock, LastSeenAt: h.clock, Seen: 1,
		Method: "POST", ContentType: "application/json", Body: body, DedupKey: append([]byte(h.acc.ID.String()), body...), Proved: true,
	}}, time.Minute))
}

// work does everything that is due, until nothing is.
func (h *house) work() {
	h.Helper()
	for range 200 {
		n, err := h.interp.Unpack(h.Context())
		h.must(err)
		rung, err := h.store.RingDue(h.Context(), h.clock, 0, 100, od.Room{Reading: 100, Writing: 100, Elsewhere: 100})
		h.must(err)
		if n == 0 && len(rung) == 0 {
			return
		}
		for _, r := range rung {
			ef, err := h.store.Claim(h.Context(), r.ID, h.clock, time.Minute)
			if od.IsKind(err, od.KindNotFound) {
				continue
			}
			h.must(err)
			h.settle(ef, h.do(ef))
		}
	}
	h.Fatal("the work does not end")
}

func (h *house) do(ef *od.Effect) error {
	switch ef.Kind {
	case od.EffectInterpret:
		return h.interp.Interpret(h.Context(), ef, payload[od.InterpretPayload](h, ef))
	case od.EffectMail:
		return h.postman.Send(h.Context(), ef, payload[od.MailPayload](h, ef))
	case od.EffectTimer:
		return h.timers.Fire(h.Context(), ef, payload[od.TimerPayload](h, ef))
	default:
		return h.scribe.Write(h.Context(), ef)
	}
}

func payload[P any](h *house, ef *od.Effect) (p P) {
	h.Helper()
	h.must(json.Unmarshal(ef.Payload, &p))
	return p
}

// settle does as the worker does.
func (h *house) settle(ef *od.Effect, err error) {
	h.Helper()
	ctx := h.Context()
	var postpone *od.Postpone
	switch {
	case err == nil:
	case errors.As(err, &postpone):
		h.Logf("%s %s is postponed to %s: %s", ef.Kind, ef.SendKey, postpone.Until, postpone.Reason)
		h.must(h.store.Again(ctx, ef, postpone.Until, false, "", postpone.Reason))
	case od.IsKind(err, od.KindInvalid):
		h.must(od.GiveUp(ctx, h.store, ef, od.EffectFailed, err.Error(), h.clock))
	case h.clock.After(ef.GiveUpAt):
		h.must(od.GiveUp(ctx, h.store, ef, od.EffectDead, err.Error(), h.clock))
	case od.IsKind(err, od.KindUnavailable):
		h.Logf("%s is tried again: %v", ef.Kind, err)
		h.must(h.store.Again(ctx, ef, h.clock.Add(3*time.Second), true, err.Error(), ""))
	default:
		h.Fatalf("%s: %v", ef.Kind, err)
	}
}

// after does what is due, lets time pass, and does what has become due.
func (h *house) after(d time.Duration) {
	h.Helper()
	h.work()
	h.clock = h.clock.Add(d)
	h.work()
}

// theCase returns the one case of a deal.
func (h *house) theCase(dealID string) *od.Case {
	h.Helper()
	all := h.casesOf(dealID)
	if len(all) != 1 {
		h.Fatalf("the deal %s has %d cases", dealID, len(all))
	}
	return all[0]
}

func (h *house) casesOf(dealID string) []*od.Case {
	h.Helper()
	all, err := h.store.CasesOfDeal(h.Context(), h.acc.ID, dealID)
	h.must(err)
	return all
}

func (h *house) letter(c *od.Case, template string) *od.Message {
	h.Helper()
	m, err := h.store.MessageByTemplate(h.Context(), c.ID, template)
	if od.IsKind(err, od.KindNotFound) {
		return nil
	}
	h.must(err)
	return m
}

func (h *house) effectOf(m *od.Message) *od.Effect {
	h.Helper()
	ef, err := h.store.Effect(h.Context(), m.EffectID)
	h.must(err)
	return ef
}

func (h *house) events() []*od.Event {
	h.Helper()
	all, err := h.store.Events(h.Context(), od.EventFilter{Page: od.Page{Limit: 200}})
	h.must(err)
	return all
}

func (h *house) kinds(c *od.Case) (out []string) {
	h.Helper()
	lines, err := h.store.AuditOf(h.Context(), "case:"+c.ID.String())
	h.must(err)
	for _, l := range lines {
		out = append(out, l.Kind)
	}
	return out
}

func (h *house) act(c *od.Case, a od.Action) (*od.Case, error) {
	h.Helper()
	return h.desk.Act(h.Context(), nil, c.ID, 0, a, "key:office")
}

// visit opens the link of a purpose as the client would.
func (h *house) visit(c *od.Case, p od.Purpose) *od.Visit {
	h.Helper()
	v, err := h.desk.Visit(h.Context(), p, h.keys.LinkToken(p, c.ID, c.Client.Email))
	h.must(err)
	return v
}

// sound says what the store's own checks find wrong.
func (h *house) sound() {
	h.Helper()
	lines, err := h.store.Invariants(h.Context(), h.clock)
	h.must(err)
	for _, l := range lines {
		h.Errorf("invariant broken: %s", l)
	}
}

func (h *house) state(c *od.Case, want od.State) {
	h.Helper()
	if c.State != want {
		h.Errorf("the case is %s, want %s", c.State, want)
	}
}

// post is a mail server.
type post struct {
	mu     sync.Mutex
	sent   []od.Envelope
	fail   func(m *od.Message) error // before the point of no return
	lose   func(m *od.Message) bool  // after it: the answer is lost
	before func()                    // directly before the fence
	last   string                    // template of the letter that is on its way
}

func (p *post) Send(ctx context.Context, e *od.Envelope, fence od.FenceFunc) error {
	if p.fail != nil {
		if err := p.fail(e.Message); err != nil {
			return err
		}
	}
	p.last = e.Message.Template
	if p.before != nil {
		p.before()
	}
	if err := fence(ctx); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	m := *e.Message
	p.sent = append(p.sent, od.Envelope{Message: &m, EffectID: e.EffectID, UnsubscribeURL: e.UnsubscribeURL, Buttons: e.Buttons})
	if p.lose != nil && p.lose(e.Message) {
		return od.ErrUncertain
	}
	return nil
}

// templates lists what was sent, in order.
func (p *post) templates() (out []string) {
	for _, e := range p.sent {
		out = append(out, e.Message.Template)
	}
	return out
}

func (h *house) sent(want ...string) {
	h.Helper()
	if got := h.post.templates(); !slices.Equal(got, want) {
		h.Errorf("sent %v, want %v", got, want)
	}
}

// plainLetters write bare links.
type plainLetters struct {
	fail error
	text string // what the stock text says instead
}

func (l *plainLetters) Write(d od.LetterData) (*od.WrittenLetter, error) {
	if l.fail != nil {
		return nil, l.fail
	}
	text := fmt.Sprintf("%s %s %s %s", d.Template, d.SurveyURL, d.ProceedURL, d.PreferencesURL)
	for _, a := range d.Answers {
		text += "\n" + a.URL
	}
	w := &od.WrittenLetter{Subject: d.Template, Parts: []od.LetterPart{{Text: text}}}
	if d.Own != nil && !d.BuiltIn {
		w.Own, w.Parts = true, []od.LetterPart{{Text: d.Own.Text}}
	} else if l.text != "" {
		w.Parts = []od.LetterPart{{Text: l.text}}
	}
	k, _ := od.LetterKindOf(d.Template)
	for _, id := range tone.Required(k.Kind) {
		w.Parts = append(w.Parts, od.LetterPart{Element: id, Text: "\n" + id})
	}
	for _, p := range w.Parts {
		w.Text += p.Text
	}
	w.HTML = "<p>" + w.Text + "</p>"
	return w, nil
}

func (*plainLetters) Summary(c *od.Case, _ *od.Account) string { return "summary: " + string(c.State) }

func (*plainLetters) TaskDone(*od.Case, *od.Account) string { return "done" }

func (*plainLetters) Remark(p od.RemarkPayload, _ *od.Case, _ *od.Account) string {
	return "remark: " + p.What
}

func (*plainLetters) Task(what string, _ *od.Case, _ *od.Account) string { return "task: " + what }

// fakeCRM keeps deals, cards, notes and tasks, and fails on demand.
type fakeCRM struct {
	od.Connector
	deals     map[string]*od.Deal
	mu        sync.Mutex // of reads; deals are only written between looks
	reads     int
	fail      error // of every call
	cards     []od.Card
	notes     []string // text of the newest note per write
	refs      []string // refs that PutNote was given
	tasks     []od.CardTask
	closed    []string          // refs of tasks that were ticked off
	left      map[string]string // what a person wrote on the card
	failNotes error
	before    func()
}

func (c *fakeCRM) Prove(_ *od.Account, d *od.Delivery) error {
	if strings.Contains(string(d.Body), "forged") {
		return od.ErrUnauthorized
	}
	return nil
}

func (c *fakeCRM) Unpack(_ *od.Account, d *od.Delivery) (u od.Unpacked) {
	switch {
	case bytes.Equal(d.Body, []byte("panic")):
		panic("a body that nobody thought of")
	case bytes.Equal(d.Body, []byte("foreign")):
		u.Foreign = "the body names another account"
	case json.Unmarshal(d.Body, &u.Events) != nil:
		u.Malformed = "not what the CRM sends"
	}
	return u
}

func (c *fakeCRM) Deal(_ context.Context, _ *od.Account, id string) (*od.Deal, error) {
	c.mu.Lock()
	c.reads++
	c.mu.Unlock()
	if c.fail != nil {
		return nil, c.fail
	}
	d, ok := c.deals[id]
	if !ok {
		return nil, od.ErrGone
	}
	read := *d
	return &read, nil
}

func (c *fakeCRM) write(ctx context.Context, fence od.FenceFunc) error {
	if c.fail != nil {
		return c.fail
	}
	if c.before != nil {
		c.before()
	}
	return fence(ctx)
}

func (c *fakeCRM) PutCard(ctx context.Context, _ *od.Account, id string, card od.Card, fence od.FenceFunc) (od.Written, error) {
	if err := c.write(ctx, fence); err != nil {
		return od.Written{}, err
	}
	c.cards = append(c.cards, card)
	w := od.Written{Changed: true, At: c.deals[id].UpdatedAt, Left: map[string]string{}}
	for _, v := range card.Fields {
		if is, ok := c.left[v.Code]; ok && !card.MayWrite(v.Code, is) {
			w.Left[v.Code] = is
		} else {
			w.Shown = append(w.Shown, v.Code)
		}
	}
	return w, nil
}

func (c *fakeCRM) PutNote(ctx context.Context, _ *od.Account, _, marker, ref, text string, fence od.FenceFunc) (od.Written, error) {
	if err := c.write(ctx, fence); err != nil {
		return od.Written{}, err
	}
	if c.failNotes != nil {
		return od.Written{}, c.failNotes
	}
	c.notes, c.refs = append(c.notes, marker+" "+text), append(c.refs, ref)
	return od.Written{Changed: true, Ref: "note-1"}, nil
}

func (c *fakeCRM) PutTask(ctx context.Context, _ *od.Account, _ string, t od.CardTask, fence od.FenceFunc) (od.Written, error) {
	if err := c.write(ctx, fence); err != nil {
		return od.Written{}, err
	}
	c.tasks = append(c.tasks, t)
	return od.Written{Changed: true, Ref: fmt.Sprintf("task-%d", len(c.tasks))}, nil
}

func (c *fakeCRM) CloseTask(ctx context.Context, _ *od.Account, _, ref, _ string, fence od.FenceFunc) (od.Written, error) {
	if err := c.write(ctx, fence); err != nil {
		return od.Written{}, err
	}
	c.closed = append(c.closed, ref)
	return od.Written{Changed: true, Ref: ref}, nil
}

func (c *fakeCRM) taskTexts() (out []string) {
	for _, t := range c.tasks {
		out = append(out, strings.TrimPrefix(t.Text, "task: "))
	}
	return out
}

// card returns the newest card's value of a field.
func (c *fakeCRM) card(code string) (od.CardValue, bool) {
	if len(c.cards) == 0 {
		return od.CardValue{}, false
	}
	for _, v := range c.cards[len(c.cards)-1].Fields {
		if v.Code == code {
			return v, true
		}
	}
	return od.CardValue{}, false
}

// fakeResults is a program that wants to be told.
type fakeResults struct {
	fail   error
	status int // with fail: what was answered
	ids    []string
	urls   []string
	bodies []map[string]any
}

func (r *fakeResults) Post(ctx context.Context, _ *od.Account, url, id string, body []byte, fence od.FenceFunc) (od.Posted, error) {
	if r.fail != nil {
		return od.Posted{Status: r.status}, r.fail
	}
	if err := fence(ctx); err != nil {
		return od.Posted{}, err
	}
	var b map[string]any
	if err := json.Unmarshal(body, &b); err != nil {
		return od.Posted{}, err
	}
	r.ids, r.urls, r.bodies = append(r.ids, id), append(r.urls, url), append(r.bodies, b)
	return od.Posted{Status: 204}, nil
}

func scopeOf(ids ...uuid.UUID) []uuid.UUID { return ids }
