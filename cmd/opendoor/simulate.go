package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"text/tabwriter"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"opendoor/api"
	"opendoor/config"
	"opendoor/letters"
	"opendoor/offboarding"
	"opendoor/offboarding/tone"
	"opendoor/store"
	"opendoor/worker"
)

func simulateCommand(e *env) *cobra.Command {
	var file, until string
	var asJSON bool
	c := &cobra.Command{
		Use:   "simulate --case FILE --until DATE",
		Short: "Play a case forward on a simulated clock, with the real rules and texts; nothing is sent",
		Long: `simulate reads the JSON of GET /cases/{id}, optionally with "account" (policy, time_zone, lang, mode) and "events":
[{"at","type",…}]. A type is an action of the API with its fields beside it, or what the client does: answer, decline, stay, proceed,
comeback, unsubscribe, open_chat, agree and refuse with "channel" and "class". All channels are there, plans are those that ship unless
"plans" holds others, as GET /plans answers them. The case begins at dates.received_at; what its other dates tell has happened is played as well.
Every message is listed with the reason why it is sent or held back. Nothing is written but memory, and nothing leaves the machine.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if file == "" || until == "" {
				return fmt.Errorf("%w: --case FILE and --until DATE are needed", errUsage)
			}
			f, err := os.Open(file)
			if err != nil {
				return err
			}
			defer func() { _ = f.Close() }()
			played, err := api.ReadCaseFile(f)
			if err != nil {
				return err
			}
			end, err := endOf(until, played.Account.Location())
			if err != nil {
				return fmt.Errorf("%w: --until: %w", errUsage, err)
			}
			cfg, err := config.LoadEnviron(e.environ)
			if err != nil {
				return err
			}
			out, err := simulate(c.Context(), cfg, played, end)
			if err != nil {
				return err
			}
			if asJSON {
				enc := json.NewEncoder(e.out)
				enc.SetEscapeHTML(false)
				enc.SetIndent("", "  ")
				return enc.Encode(out)
			}
			return out.table(e.out, played.Account.Location())
		},
	}
	c.Flags().StringVar(&file, "case", "", "`FILE` with the JSON of GET /cases/{id}")
	c.Flags().StringVar(&until, "until", "", "last `DATE` (2027-11-01) or moment (RFC 3339) to be played")
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON instead of tables")
	return c
}

// No parting is kept for so long, and five years take some two seconds.
const playableYears = 20

// endOf is the end of a day, or a moment.
func endOf(s string, loc *time.Location) (time.Time, error) {
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t, nil
	}
	t, err := time.ParseInLocation(time.DateOnly, s, loc)
	if err != nil {
		return t, errors.New("a day, YYYY-MM-DD, or a moment, RFC 3339")
	}
	return t.AddDate(0, 0, 1).Add(-time.Second), nil
}

// simulated is what a played case came to.
type simulated struct {
	State    string             `json:"state"`
	From     time.Time          `json:"from"`
	Until    time.Time          `json:"until"`
	Messages []simulatedMessage `json:"messages"`
	Touches  []simulatedTouch   `json:"touches"` // after the parting, by their day
	Moves    []simulatedMoment  `json:"moves"`
	Refused  []simulatedMoment  `json:"refused"` // events of the file that the rules forbid
}

type simulatedMessage struct {
	At        time.Time  `json:"at"` // sent, or decided that it is not
	PlannedAt time.Time  `json:"planned_at"`
	SentAt    *time.Time `json:"sent_at,omitempty"`
	Template  string     `json:"template"`
	Kind      string     `json:"kind"`
	Class     string     `json:"class"`
	Channel   string     `json:"channel"`
	To        string     `json:"to"`
	State     string     `json:"state"`
	Reason    string     `json:"reason"`
	Subject   string     `json:"subject,omitempty"`
	Text      string     `json:"text,omitempty"`
	Tone      string     `json:"tone,omitempty"`
}

type simulatedMoment struct {
	At   time.Time `json:"at"`
	What string    `json:"what"`
	Why  string    `json:"why,omitempty"`
}

// simulation is a house in memory whose clock is set.
type simulation struct {
	at      time.Time
	store   *store.Store
	desk    *offboarding.Desk
	keys    *offboarding.Keys
	player  *worker.Player
	winback *offboarding.WinBack

	reception *offboarding.Reception
	caseID    uuid.UUID
	acted     bool // something was done since the last moment was played
	out       simulated
}

// simulate plays a case file to its end.
func simulate(ctx context.Context, cfg config.Config, f *api.CaseFile, until time.Time) (*simulated, error) {
	// Nothing here waits for the outside. Without a way to be stopped, a statement
	// costs half: database and driver watch over each one that may be.
	ctx = context.WithoutCancel(ctx)
	defer debug.SetGCPercent(debug.SetGCPercent(400)) // a second's work is not worth ten collections
	if until.Before(f.Began) {
		return nil, fmt.Errorf("the case begins on %s, after the day until which it is to be played", f.Began.Format(time.DateOnly))
	}
	if until.After(f.Began.AddDate(playableYears, 0, 1)) {
		return nil, fmt.Errorf("a case is played for at most %d years; this one begins on %s", playableYears, f.Began.Format(time.DateOnly))
	}
	s := &simulation{at: f.Began, out: simulated{From: f.Began.UTC(), Until: until.UTC(), Messages: []simulatedMessage{}, Touches: []simulatedTouch{}, Moves: []simulatedMoment{}, Refused: []simulatedMoment{}}}
	if err := s.open(ctx, cfg, f.Account); err != nil {
		return nil, err
	}
	defer func() { _ = s.store.Close() }()
	for _, p := range f.Plans {
		if _, err := s.winback.SavePlan(ctx, p, "file"); err != nil {
			return nil, fmt.Errorf("plan %s: %w", p.Name, err)
		}
	}
	c, err := s.desk.Open(ctx, nil, f.Open, "file")
	if err != nil {
		return nil, err
	}
	s.caseID = c.ID
	for _, e := range f.Events {
		if e.At.After(until) {
			break
		}
		if err := s.passTo(ctx, e.At); err != nil {
			return nil, err
		}
		err := s.event(ctx, e)
		s.acted = true
		if refusal, ok := errors.AsType[*offboarding.Error](err); ok {
			s.out.Refused = append(s.out.Refused, simulatedMoment{At: e.At.UTC(), What: e.Type, Why: strings.Trim(refusal.Rule+": "+refusal.Msg, ": ")})
		} else if err != nil {
			return nil, err
		}
	}
	if err := s.passTo(ctx, until); err != nil {
		return nil, err
	}
	return &s.out, s.gather(ctx)
}

// open makes the house: the real rules and texts over a database in memory.
func (s *simulation) open(ctx context.Context, cfg config.Config, acc *offboarding.Account) (err error) {
	now := func() time.Time { return s.at }
	key := make([]byte, 32) // nothing outlives this process
	s.store, err = store.Open(ctx, store.Options{Memory: true, Keys: [][]byte{key}, Now: now})
	if err != nil {
		return err
	}
	// Side by side, as a fifth of the time of a year passes here.
	var press *letters.Writer
	var unread error
	var ready sync.WaitGroup
	ready.Go(func() { press, unread = letters.New(ownLetters(cfg.DataDir)) })
	ready.Go(func() { tone.Check(tone.Letter{}) }) // the guard is put together at its first letter
	err = s.store.Migrate(ctx)
	ready.Wait()
	if err = errors.Join(unread, err); err == nil {
		err = s.store.AddAccount(ctx, acc)
	}
	if err != nil {
		return errors.Join(err, s.store.Close())
	}
	log := slog.New(slog.DiscardHandler)
	s.keys = offboarding.NewKeys([][]byte{key}, key)
	connectors := offboarding.Connectors{}
	s.desk = offboarding.NewDesk(s.store, s.keys, connectors, now, log)
	s.player = worker.NewPlayer(worker.Config{
		Store: s.store, Clock: offboarding.Clock{Now: now, Wall: now, Rate: 1}, Log: log,
		Postman: offboarding.NewPostman(s.store, press, nobody{}, s.keys, "https://opendoor.example", cfg.MailFrom.Address, now, log).Over(everyWay),
		Scribe:  offboarding.NewScribe(s.store, connectors, press, nil, "https://opendoor.example", now, log),
		Timers:  offboarding.NewTimers(s.store, now),
	})
	s.winback = offboarding.NewWinBack(s.store, s.keys, now, log).Over(everyWay)
	s.reception = offboarding.NewReception(s.store, s.keys, now, log)
	return s.store.SetSetting(ctx, offboarding.SettingTelegramBot, "sample_bot")
}

// nobody gets the letters.
type nobody struct{}

func (nobody) Send(ctx context.Context, _ *offboarding.Envelope, fence offboarding.FenceFunc) error {
	return fence(ctx)
}

// passTo lets time pass to a moment, from one due date to the next.
func (s *simulation) passTo(ctx context.Context, end time.Time) error {
	touch, err := s.nextTouch(ctx)
	if err != nil {
		return err
	}
	for {
		if !touch.IsZero() && !touch.After(s.at) {
			if _, err := s.winback.ReleaseDue(ctx, touchesAtOnce); err != nil {
				return err
			}
			s.acted = true
		}
		next, err := s.player.Play(ctx, s.caseID, s.acted)
		s.acted = false
		if err != nil || s.at.Equal(end) {
			return err
		}
		if touch, err = s.nextTouch(ctx); err != nil {
			return err
		}
		if touch.After(s.at) && (next.IsZero() || touch.Before(next)) {
			next = touch
		}
		if next.IsZero() || next.After(end) {
			next = end
		}
		s.at = next
	}
}

const touchesAtOnce = 100

// nextTouch is when the next touch is due; zero: none is planned.
func (s *simulation) nextTouch(ctx context.Context) (time.Time, error) {
	all, err := s.store.TouchesOf(ctx, s.caseID)
	for _, t := range all {
		if t.State == offboarding.TouchPlanned { // they come by due time
			return t.DueAt, err
		}
	}
	return time.Time{}, err
}

// event does what the file says happens now.
func (s *simulation) event(ctx context.Context, e api.CaseFileEvent) error {
	if e.Action != nil {
		_, err := s.desk.Act(ctx, nil, s.caseID, 0, *e.Action, "file")
		return err
	}
	var err error
	switch e.Client {
	case api.ClientAnswers:
		_, err = s.desk.Answer(ctx, nil, s.caseID, offboarding.ActorClient, e.Answer.Over)
	case api.ClientDeclines:
		_, err = s.desk.Decline(ctx, s.caseID)
	case api.ClientUnsubscribes:
		var c *offboarding.Case
		if c, err = s.store.Case(ctx, nil, s.caseID); err == nil {
			err = s.desk.Unsubscribe(ctx, &offboarding.Visit{Case: c, Link: &offboarding.Link{Recipient: c.Client.Email, AccountID: c.AccountID, CaseID: c.ID}}, offboarding.Told{Source: "file"})
		}
	case api.ClientOpensChat, api.ClientAgrees, api.ClientRefuses:
		err = s.speaks(ctx, e)
	default: // stay, proceed, comeback
		_, err = s.desk.Choose(ctx, s.caseID, offboarding.Choice(e.Client))
	}
	return err
}

// gather tells what happened.
func (s *simulation) gather(ctx context.Context) error {
	c, err := s.store.Case(ctx, nil, s.caseID)
	if err != nil {
		return err
	}
	s.out.State = string(c.State)
	for before := (*uuid.UUID)(nil); ; {
		page, err := s.store.MessagesInScope(ctx, offboarding.MessageFilter{CaseID: &c.ID, Page: offboarding.Page{Limit: 200, Before: before}})
		if err != nil {
			return err
		}
		for _, m := range page {
			s.out.Messages = append(s.out.Messages, simulatedMessageOf(m))
			before = &m.ID
		}
		if len(page) < 200 {
			break
		}
	}
	touches, err := s.store.TouchesOf(ctx, c.ID)
	if err != nil {
		return err
	}
	for _, t := range touches {
		s.out.Touches = append(s.out.Touches, simulatedTouchOf(t))
	}
	slices.Reverse(s.out.Messages) // of one moment, in the order in which they were planned
	slices.SortStableFunc(s.out.Messages, func(a, b simulatedMessage) int { return a.At.Compare(b.At) })
	moments, err := offboarding.Timeline(ctx, s.store, c)
	if err != nil {
		return err
	}
	for _, m := range moments {
		if m.Planned || strings.HasPrefix(m.Kind, "message.") {
			continue
		}
		s.out.Moves = append(s.out.Moves, simulatedMoment{At: m.At.UTC(), What: m.Kind, Why: m.Summary})
	}
	return nil
}

func simulatedMessageOf(m *offboarding.Message) simulatedMessage {
	k, _ := offboarding.LetterKindOf(m.Template)
	out := simulatedMessage{
		At: m.PlannedAt.UTC(), PlannedAt: m.PlannedAt.UTC(), Template: m.Template, Kind: k.Kind, Class: string(m.Class), Channel: string(m.Channel),
		To: m.To, State: string(m.State), Reason: m.Reason, Subject: m.Subject, Text: m.Text,
	}
	if m.Tone != nil {
		out.Tone = m.Tone.Verdict
	}
	switch {
	case m.State == offboarding.MessageSent:
		sent := m.SentAt.UTC()
		out.At, out.SentAt, out.Reason = sent, &sent, k.Why
		if sent.Sub(m.PlannedAt) > time.Minute {
			out.Reason += "; moved to the first moment when it might go"
		}
	case m.State == offboarding.MessagePlanned && m.Reason == "":
		out.Reason = "its time has not come"
	case m.State != offboarding.MessagePlanned:
		out.At = m.UpdatedAt.UTC()
	}
	return out
}

// simulatedTouch is one planned contact after the parting.
type simulatedTouch struct {
	At       time.Time `json:"at"`
	Plan     string    `json:"plan"`
	Class    string    `json:"class"`
	Template string    `json:"template"`
	State    string    `json:"state"`
	Reason   string    `json:"reason"` // why it went, waits or will not go
}

func simulatedTouchOf(t *offboarding.Touch) simulatedTouch {
	out := simulatedTouch{At: t.DueAt.UTC(), Plan: t.Plan, Class: string(t.Class), Template: t.Template, State: string(t.State), Reason: t.Reason}
	switch {
	case t.State == offboarding.TouchReleased:
		out.At, out.Reason = t.ReleasedAt.UTC(), "its day had come and nothing spoke against it"
	case out.Reason == "":
		out.Reason = "its time has not come"
	}
	return out
}

// table prints messages and moves for people.
func (s *simulated) table(w io.Writer, loc *time.Location) error {
	when := func(t time.Time) string { return t.In(loc).Format("2006-01-02 15:04") }
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "WHEN\tLETTER\tSTATE\tSUBJECT\tWHY")
	for _, m := range s.Messages {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", when(m.At), m.Template, m.State, strings.ReplaceAll(m.Subject, "\u00a0", " "), m.Reason)
	}
	if len(s.Touches) > 0 {
		fmt.Fprintln(t, "\t\t\t\t")
		fmt.Fprintln(t, "WHEN\tTOUCH\tSTATE\tPLAN\tWHY")
	}
	for _, c := range s.Touches {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", when(c.At), c.Template, c.State, c.Plan, c.Reason)
	}
	fmt.Fprintln(t, "\t\t\t\t")
	fmt.Fprintln(t, "WHEN\tWHAT\t\t\tWHY")
	for _, m := range s.Moves {
		fmt.Fprintf(t, "%s\t%s\t\t\t%s\n", when(m.At), m.What, m.Why)
	}
	for _, m := range s.Refused {
		fmt.Fprintf(t, "%s\t%s\trefused\t\t%s\n", when(m.At), m.What, m.Why)
	}
	fmt.Fprintf(t, "%s\tends as\t\t\t%s\n", when(s.Until), s.State)
	return t.Flush()
}
