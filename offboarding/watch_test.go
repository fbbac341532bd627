package offboarding_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	od "opendoor/offboarding"
)

// watched is a house with a watchman and a CRM whose check says what the test says.
type watched struct {
	*house
	man  *od.Watchman
	crm  *checkedCRM
	mail *post
}

// checkedCRM is a connector of which only what the watch asks is there.
type checkedCRM struct {
	*fakeCRM
	items      []od.CheckItem
	subscribed int
	byHand     bool
}

func (c *checkedCRM) Check(context.Context, *od.Account) []od.CheckItem { return c.items }

func (c *checkedCRM) Subscribe(context.Context, *od.Account, string) (*od.SetupReport, error) {
	c.subscribed++
	state := od.HookSubscribed
	if c.byHand {
		state = od.HookByHand
	}
	return &od.SetupReport{Hook: od.SetupHook{State: state}}, nil
}

func watch(t *testing.T, change ...func(a *od.Account)) *watched {
	t.Helper()
	h := newHouse(t, change...)
	w := &watched{house: h, crm: &checkedCRM{fakeCRM: h.crm}, mail: &post{}}
	now := func() time.Time { return h.clock }
	w.man = od.NewWatchman(od.WatchmanConfig{
		Store: h.store, Connectors: od.Connectors{od.AmoCRM: w.crm, od.Bitrix24: w.crm, od.Generic: w.crm}, Keys: h.keys, PublicURL: publicURL,
		Mailer: w.mail, MailFrom: "opendoor@example.com", MailTo: "admin@example.com", Now: now, Wall: now, Log: slog.New(slog.DiscardHandler),
	})
	w.crm.items = []od.CheckItem{{Name: "token", OK: true}}
	return w
}

// look looks after the account once and tells what is new.
func (w *watched) look() []*od.Problem {
	w.Helper()
	acc, err := w.store.Account(w.Context(), w.acc.ID)
	w.must(err)
	w.must(w.man.Look(w.Context(), acc))
	w.must(w.man.Tell(w.Context()))
	open, err := w.store.OpenProblems(w.Context(), []uuid.UUID{w.acc.ID})
	w.must(err)
	return open
}

// deliver sends the mails to the administrator that are due.
func (w *watched) deliverMail() {
	w.Helper()
	rung, err := w.store.RingDue(w.Context(), w.clock, 0, 100, od.Room{Reading: 100, Writing: 100, Elsewhere: 100})
	w.must(err)
	for _, r := range rung {
		ef, err := w.store.Claim(w.Context(), r.ID, w.clock, time.Minute)
		w.must(err)
		w.must(w.man.Send(w.Context(), ef, payload[od.AdminMailPayload](w.house, ef)))
	}
}

func kinds(open []*od.Problem) (out []od.ProblemKind) {
	for _, p := range open {
		out = append(out, p.Kind)
	}
	return out
}

func TestAProblemIsToldOnceAndAgainADayLaterUntilItIsGone(t *testing.T) {
	w := watch(t, func(a *od.Account) { a.Mode = od.Shadow }) // shadow holds letters to clients, not to us
	gone := od.CheckItem{Name: "pipelines", Detail: "больше нет этапа 8/77", Advice: "Выберите другой."}
	w.crm.items = append(w.crm.items, gone)
	since := w.clock
	for range 7 {
		if open := w.look(); len(open) != 1 || open[0].Kind != od.ProblemStages || !open[0].Since.Equal(since) {
			t.Fatalf("open %v", kinds(open))
		}
		w.deliverMail()
		w.clock = w.clock.Add(10 * time.Minute)
	}
	if n := len(w.mail.sent); n != 1 {
		t.Fatalf("%d mails in an hour", n)
	}
	m := w.mail.sent[0].Message
	if m.To != "admin@example.com" || !strings.Contains(m.Text, gone.Detail) || !strings.Contains(m.Text, gone.Advice) || !strings.Contains(m.Subject, "Ромашка") {
		t.Errorf("the mail: %+v", m)
	}
	w.clock = since.Add(24*time.Hour + time.Minute)
	w.look()
	w.deliverMail()
	if n := len(w.mail.sent); n != 2 {
		t.Errorf("%d mails after a day", n)
	}
	w.crm.items = w.crm.items[:1]
	if open := w.look(); len(open) != 0 {
		t.Errorf("open %v after it was mended", kinds(open))
	}
	w.clock = w.clock.Add(48 * time.Hour)
	w.look()
	w.deliverMail()
	if n := len(w.mail.sent); n != 2 {
		t.Errorf("%d mails about what is gone", n)
	}
}

func TestAnExpiryDateIsToldAtThirtySevenAndOneDay(t *testing.T) {
	w := watch(t)
	for _, stage := range []string{"30", "30", "7", "7", "1", "1"} {
		w.crm.items = []od.CheckItem{{Name: "token", OK: true}, {Name: "token_ends", Stage: stage, Detail: "токен кончается"}}
		w.look()
		w.deliverMail()
		w.clock = w.clock.Add(36 * time.Hour)
	}
	if n := len(w.mail.sent); n != 3 {
		t.Errorf("%d mails about three stages", n)
	}
}

func TestWhatCannotBeToldNowStaysAsItWas(t *testing.T) {
	w := watch(t)
	fields := od.CheckItem{Name: "pipelines", Detail: "этапа нет"}
	w.crm.items = append(w.crm.items, fields)
	w.look()
	for name, items := range map[string][]od.CheckItem{
		"the CRM is away":       {{Name: "token", Unknown: true}},
		"one answer is missing": {{Name: "token", OK: true}, {Name: "pipelines", Unknown: true}},
	} {
		w.crm.items = items
		if open := w.look(); len(open) != 1 {
			t.Errorf("%s: open %v", name, kinds(open))
		}
	}
}

func TestARefusedCredentialParksTheAccountAndAGoodOneWakesIt(t *testing.T) {
	w := watch(t)
	w.crm.items = []od.CheckItem{{Name: "token", Refused: true, Detail: "токен отозван", Advice: "выпустите новый"}}
	if open := w.look(); len(open) != 1 || open[0].Kind != od.ProblemAccess {
		t.Fatalf("open %v", kinds(open))
	}
	acc, err := w.store.Account(t.Context(), w.acc.ID)
	w.must(err)
	if acc.Status != od.AccountReauthNeeded {
		t.Errorf("the account is %s", acc.Status)
	}
	w.clock = w.clock.Add(10 * time.Minute) // the probe is due after fifteen
	w.crm.items = []od.CheckItem{{Name: "token", OK: true}}
	if open := w.look(); len(open) != 1 {
		t.Errorf("probed too early: %v", kinds(open))
	}
	w.clock = w.clock.Add(10 * time.Minute)
	if open := w.look(); len(open) != 0 {
		t.Errorf("open %v after the token works", kinds(open))
	}
	if acc, err = w.store.Account(t.Context(), w.acc.ID); err != nil || acc.Status != od.AccountActive {
		t.Errorf("the account is %s, %v", acc.Status, err)
	}
}

func TestAHookThatIsOffIsMendedOnlyWhereSetupMadeIt(t *testing.T) {
	w := watch(t)
	off := []od.CheckItem{{Name: "token", OK: true}, {Name: "hook", Detail: "вебхук выключен"}}
	w.crm.items = off
	if open := w.look(); len(open) != 0 || w.crm.subscribed != 0 {
		t.Errorf("setup never ran: open %v, subscribed %d times", kinds(open), w.crm.subscribed)
	}
	w.must(w.store.SaveSetup(t.Context(), w.acc.ID, od.SetupState{Hook: od.HookSubscribed}))
	if open := w.look(); len(open) != 0 || w.crm.subscribed != 1 {
		t.Errorf("open %v, subscribed %d times", kinds(open), w.crm.subscribed)
	}
	w.crm.byHand = true
	if open := w.look(); len(open) != 1 || open[0].Kind != od.ProblemHook {
		t.Errorf("the plan forbids it: open %v", kinds(open))
	}
}

func TestManyProblemsAreOneMail(t *testing.T) {
	w := watch(t)
	for i := range 5 {
		other := w.account(func(a *od.Account) { a.Name = fmt.Sprint("Филиал ", i) })
		w.must(w.store.SaveProblem(t.Context(), &od.Problem{ID: od.NewID(), AccountID: other.ID, Since: w.clock, SeenAt: w.clock, Finding: od.Finding{Kind: od.ProblemHook, Text: "нет"}}))
	}
	w.crm.items = append(w.crm.items, od.CheckItem{Name: "pipelines", Detail: "этапа нет"})
	w.look()
	w.deliverMail()
	if n := len(w.mail.sent); n != 1 || strings.Count(w.mail.sent[0].Message.Text, "\n— ") != 6 {
		t.Errorf("%d mails", n)
	}
}

// rhythmOf lets hooks come at these times and returns what is wrong at the end.
func (w *watched) silentAfter(hooks, polls []time.Time, at time.Time) bool {
	w.Helper()
	var batch []*od.Delivery
	add := func(origin od.Origin, at time.Time) {
		body := []byte(fmt.Sprint(origin, at))
		batch = append(batch, &od.Delivery{
			ID: od.NewID(), AccountID: w.acc.ID, Provider: od.AmoCRM, Origin: origin, ReceivedAt: at, LastSeenAt: at, Seen: 1, Body: body,
			DedupKey: append([]byte(w.acc.ID.String()), body...), Proved: true,
		})
	}
	for _, h := range hooks {
		add(od.OriginHook, h)
	}
	for _, p := range polls {
		add(od.OriginPoll, p)
	}
	w.must(w.store.AddDeliveries(w.Context(), batch, time.Minute))
	w.clock = at
	for _, p := range w.look() {
		if p.Kind == od.ProblemHooksSilent {
			return true
		}
	}
	return false
}

func TestASilenceIsToldFromAQuietWeekend(t *testing.T) {
	start := time.Now().Add(-20 * 24 * time.Hour).UTC().Truncate(time.Second) // ids are made by the real clock
	var week []time.Time
	for day := range 12 {
		if day%7 == 5 || day%7 == 6 {
			continue
		}
		for hour := range 4 {
			week = append(week, start.Add(time.Duration(day*24+hour*2)*time.Hour))
		}
	}
	last := week[len(week)-1]
	for name, tt := range map[string]struct {
		hooks, polls []time.Time
		subscribed   bool
		at           time.Time
		silent       bool
	}{
		"a weekend like the last":             {hooks: week, at: last.Add(66 * time.Hour)},
		"a week of silence":                   {hooks: week, at: last.Add(7 * 24 * time.Hour), silent: true},
		"too little is known":                 {hooks: week[:6], at: last.Add(30 * 24 * time.Hour)},
		"polls find what no hook told":        {hooks: week, polls: []time.Time{last.Add(time.Hour), last.Add(2 * time.Hour), last.Add(3 * time.Hour)}, at: last.Add(4 * time.Hour), silent: true},
		"a poll finds what a hook has told":   {hooks: week, polls: []time.Time{last.Add(time.Minute), last.Add(5 * time.Minute), last.Add(6 * time.Minute)}, at: last.Add(4 * time.Hour)},
		"no hook ever came, nor was made":     {polls: week[:5], at: last},
		"no hook ever came though subscribed": {polls: week[:5], subscribed: true, at: last, silent: true},
	} {
		t.Run(name, func(t *testing.T) {
			w := watch(t)
			if tt.subscribed {
				w.must(w.store.SaveSetup(t.Context(), w.acc.ID, od.SetupState{Hook: od.HookSubscribed}))
			}
			w.clock = start
			if got := w.silentAfter(tt.hooks, tt.polls, tt.at); got != tt.silent {
				t.Errorf("silent: %v, want %v", got, tt.silent)
			}
		})
	}
}

func TestAReceiverThatIsDeadIsPausedAndComesBack(t *testing.T) {
	h := newHouse(t, func(a *od.Account) {
		a.Provider, a.BaseURL = od.Generic, "https://billing.example.com/opendoor?key=secret"
	})
	h.results.fail, h.results.status = od.Unavailable("the receiver did not take the result", errors.New("answered 500")), 500
	h.lose("1")
	endpoint := func() *od.Endpoint {
		e, err := h.store.Endpoint(t.Context(), h.acc.ID, "https://billing.example.com")
		h.must(err)
		return e
	}
	for range 30 {
		h.after(10 * time.Minute)
	}
	e := endpoint()
	if e.PausedAt.IsZero() {
		t.Fatalf("not paused: %+v", e)
	}
	rows, err := h.store.Results(t.Context(), h.acc.ID, od.Page{})
	h.must(err)
	if len(rows) != 1 || rows[0].Effect.State != od.EffectReady || len(rows[0].Attempts) < 5 || rows[0].Attempts[0].Status != 500 {
		t.Fatalf("the log: %+v", rows)
	}
	tries := len(rows[0].Attempts)
	h.after(30 * time.Minute)
	h.results.fail = nil
	h.after(61 * time.Minute)
	if e := endpoint(); !e.PausedAt.IsZero() || e.Failures != 0 || len(h.results.ids) != 1 {
		t.Errorf("after %d tries it is back, but %+v", tries, e)
	}
	ef, err := od.ResendResult(t.Context(), h.store, h.acc.ID, rows[0].Effect.ID, "key:office", h.clock)
	h.must(err)
	h.work()
	if len(h.results.ids) != 2 || h.results.ids[0] != h.results.ids[1] || h.results.ids[1] != ef.ID.String() {
		t.Errorf("posted under %v: a repeat has the same id", h.results.ids)
	}
	if _, err := h.store.Endpoint(t.Context(), h.acc.ID, h.acc.BaseURL); !od.IsKind(err, od.KindNotFound) {
		t.Error("the path of a receiver, which may be a secret, is kept")
	}
}

func TestWhatCountsAsACancellationIsSuggestedByPipeline(t *testing.T) {
	stage := func(id, name string, o od.Outcome) od.Stage { return od.Stage{ID: id, Name: name, Outcome: o} }
	sales := od.Pipeline{ID: "1", Name: "Продажи", Stages: []od.Stage{stage("10", "Новая", od.OutcomeOpen), stage("142", "Успех", od.OutcomeWon), stage("143", "Отказ", od.OutcomeLost)}}
	service := od.Pipeline{ID: "2", Name: "Обслуживание клиентов", Stages: []od.Stage{
		stage("20", "Активен", od.OutcomeOpen), stage("21", "Расторжение договора", od.OutcomeOpen), stage("22", "Вернулся", od.OutcomeOpen),
		stage("23", "Кандидат на отказ", od.OutcomeOpen), stage("143", "Закрыто", od.OutcomeLost),
	}}
	plain := od.Pipeline{ID: "3", Name: "Воронка", Stages: []od.Stage{stage("143", "Закрыто", od.OutcomeLost)}}
	for name, tt := range map[string]struct {
		pipelines []od.Pipeline
		want      string
	}{
		"a pipeline that serves clients beside sales": {[]od.Pipeline{sales, service}, "2/21=cancelled 2/22=returned 2/23=proposed_refusal 2/143=cancelled"},
		"nothing but sales":                           {[]od.Pipeline{sales}, "1/143=cancelled?"},
		"a pipeline without a telling name":           {[]od.Pipeline{plain}, "3/143=cancelled?"},
		"nothing at all":                              {nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, s := range od.Suggest(tt.pipelines, od.RU) {
				line := s.PipelineID + "/" + s.StageID + "=" + string(s.Means)
				if !s.Sure {
					line += "?"
				}
				if s.Why == "" {
					t.Errorf("%s without a reason", line)
				}
				got = append(got, line)
			}
			if strings.Join(got, " ") != tt.want {
				t.Errorf("suggested %v, want %s", got, tt.want)
			}
		})
	}
}

func TestADealThatFloodsIsTold(t *testing.T) {
	w := watch(t)
	w.clock = time.Now().UTC() // ids are made by the real clock
	var events []*od.Event
	for i := range 25 {
		events = append(events, &od.Event{
			ID: od.NewID(), AccountID: w.acc.ID, DeliveryID: od.NewID(), Seq: i, ReceivedAt: w.clock.Add(-time.Duration(i) * 10 * time.Second), Provider: od.AmoCRM,
			Kind: od.DealUpdated, EntityID: "17", Verdict: od.VerdictIgnored,
		})
	}
	w.must(w.store.AddEvents(t.Context(), events))
	if open := w.look(); len(open) != 1 || open[0].Kind != od.ProblemFlood || !strings.Contains(open[0].Text, "№ 17") {
		t.Errorf("open %v", kinds(open))
	}
	w.clock = w.clock.Add(30 * time.Minute)
	if open := w.look(); len(open) != 0 {
		t.Errorf("open %v when it is quiet again", kinds(open))
	}
}
