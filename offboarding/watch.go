package offboarding

import (
	"bytes"
	"context"
	"log/slog"
	"time"

	"github.com/google/uuid"
)

// Watches keeps when accounts were looked after, and what that needs.
type Watches interface {
	// WatchesDue lists the ids of accounts that nobody has looked after for long
	// enough; a look planned after latest was planned by a clock that was wrong.
	WatchesDue(ctx context.Context, now, latest time.Time, limit int) ([]uuid.UUID, error)
	// TakeWatch gives the look at an account to one caller: it moves next_watch_at
	// to next when it is due and returns the account, or ErrNotFound.
	TakeWatch(ctx context.Context, id uuid.UUID, now, latest, next time.Time) (*Account, error)
	// SaveRhythm writes the rhythm and that the account was watched at the time.
	SaveRhythm(ctx context.Context, id uuid.UUID, r Rhythm, at time.Time) error
	// DeliveriesAfter lists what came to the account after the delivery, oldest first.
	DeliveriesAfter(ctx context.Context, accountID, after uuid.UUID, limit int) ([]DeliveryMark, error)
	// BusyDeals lists the events, received since, of deals that have more than least of them.
	BusyDeals(ctx context.Context, accountID uuid.UUID, wall, since time.Time, least int) ([]DealEvent, error)
	// PausedEndpoints lists the receivers of the account's results that are paused.
	PausedEndpoints(ctx context.Context, accountID uuid.UUID) ([]*Endpoint, error)
}

// Watchman looks after accounts: what was set up must still be there, and who
// runs the house learns what is not.
type Watchman struct {
	store      Store
	connectors Connectors
	keys       *Keys
	publicURL  string
	mailer     Mailer
	mailFrom   string
	mailTo     string // empty: nobody is written to
	now, wall  func() time.Time
	log        *slog.Logger
}

// WatchmanConfig is what a Watchman works with.
type WatchmanConfig struct {
	Store      Store
	Connectors Connectors
	Keys       *Keys
	PublicURL  string
	Mailer     Mailer
	MailFrom   string
	MailTo     string // of the administrator; empty: problems are only shown
	Now, Wall  func() time.Time
	Log        *slog.Logger
}

// NewWatchman returns a watchman.
func NewWatchman(cfg WatchmanConfig) *Watchman {
	return &Watchman{
		store: cfg.Store, connectors: cfg.Connectors, keys: cfg.Keys, publicURL: cfg.PublicURL,
		mailer: cfg.Mailer, mailFrom: cfg.MailFrom, mailTo: cfg.MailTo, now: cfg.Now, wall: cfg.Wall, log: cfg.Log,
	}
}

// How often a parked account is tried (contract §7).
const (
	ProbeEvery       = 65 * time.Second
	ReauthProbeEvery = 15 * time.Minute
)

// inspection is one look at an account.
type inspection struct {
	acc     *Account
	found   []Finding
	unknown map[ProblemKind]bool // could not be told now: what is known of them stays
	crmAway bool                 // nothing of the CRM could be looked at
}

func (l *inspection) finds(f Finding) { l.found = append(l.found, f) }

func (l *inspection) cannotTell(k ProblemKind) bool {
	return l.unknown[k] || l.crmAway && ofCRM[k]
}

// ofCRM are the kinds that only the CRM can tell.
var ofCRM = map[ProblemKind]bool{
	ProblemRights: true, ProblemTokenEnds: true, ProblemOwner: true, ProblemHook: true, ProblemStages: true, ProblemFields: true, ProblemMoved: true,
}

// Look looks after one account: the CRM's side, the rhythm of its hooks, deals
// that flood, receivers that are dead. It writes down what is wrong.
func (w *Watchman) Look(ctx context.Context, acc *Account) error {
	l := &inspection{acc: acc, unknown: map[ProblemKind]bool{}}
	if err := w.lookAtCRM(ctx, l); err != nil {
		return err
	}
	rhythm, err := w.listen(ctx, acc)
	if err != nil {
		return err
	}
	if f, silent := rhythm.silence(acc, w.now()); silent {
		l.finds(f)
	}
	now := w.now()
	busy, err := w.store.BusyDeals(ctx, acc.ID, w.wall().Add(-2*floodWithin), now.Add(-2*floodWithin), floodEvents)
	if err != nil {
		return err
	}
	if f, yes := flood(acc, busy); yes {
		l.finds(f)
	}
	paused, err := w.store.PausedEndpoints(ctx, acc.ID)
	if err != nil {
		return err
	}
	if f, yes := deadReceivers(acc, paused); yes {
		l.finds(f)
	}
	return w.store.InTx(ctx, func(tx Store) error {
		if err := settleProblems(ctx, tx, acc, l.found, l.cannotTell, now); err != nil {
			return err
		}
		return tx.SaveRhythm(ctx, acc.ID, rhythm, now)
	})
}

// lookAtCRM asks the connector. A parked account is tried only by who takes its
// probe; that it works again is then known at once.
func (w *Watchman) lookAtCRM(ctx context.Context, l *inspection) error {
	acc, wall := l.acc, w.wall()
	if acc.Status == AccountActive && acc.NextCallAt.After(wall) {
		l.crmAway = true // it wants to be left alone; there is time
		return nil
	}
	if acc.Status != AccountActive {
		every := ProbeEvery
		if acc.Status == AccountReauthNeeded {
			every = ReauthProbeEvery
		}
		took, err := w.store.TakeProbe(ctx, acc.ID, wall, wall.Add(every))
		if err != nil {
			return err
		}
		if !took {
			l.finds(parkedFinding(acc))
			l.crmAway = true
			return nil
		}
	}
	items := w.connectors[acc.Provider].Check(ctx, acc)
	if len(items) == 0 {
		return nil
	}
	if !items[0].OK {
		l.crmAway = true
		return w.outOfReach(ctx, l, items[0])
	}
	if acc.Status != AccountActive {
		if err := w.store.SetAccountHealth(ctx, acc.ID, AccountActive, "", time.Time{}); err != nil {
			return err
		}
		if err := w.store.Wake(ctx, acc.ID, w.now()); err != nil {
			return err
		}
		w.log.InfoContext(ctx, "account works again", "account_id", acc.ID)
	}
	for _, it := range items {
		w.judge(ctx, l, it)
	}
	return nil
}

// outOfReach says why the CRM cannot be reached. A CRM that is away for a
// moment is no problem of the account; one that refuses us is.
func (w *Watchman) outOfReach(ctx context.Context, l *inspection, it CheckItem) error {
	acc := l.acc
	switch {
	case acc.Status != AccountActive:
		l.finds(parkedFinding(acc))
	case it.Unknown:
		l.unknown[ProblemAccess], l.unknown[ProblemParked] = true, true
	case it.Parked:
		l.finds(Finding{Kind: ProblemParked, Text: it.Detail, Advice: it.Advice})
		return w.store.SetAccountHealth(ctx, acc.ID, AccountSuspended, it.Detail, w.wall().Add(ProbeEvery))
	case it.Refused:
		l.finds(Finding{Kind: ProblemAccess, Text: it.Detail, Advice: it.Advice})
		return w.store.SetAccountHealth(ctx, acc.ID, AccountReauthNeeded, it.Detail, w.wall().Add(ReauthProbeEvery))
	default:
		l.finds(Finding{Kind: ProblemSettings, Text: it.Detail, Advice: it.Advice})
	}
	return nil
}

func parkedFinding(acc *Account) Finding {
	if acc.Status == AccountReauthNeeded {
		return Finding{Kind: ProblemAccess, Text: acc.say(
			"CRM больше не принимает наш доступ. Работа этого подключения ждёт и не потеряется.",
			"The CRM no longer accepts our credential. This account's work waits and is not lost."), Advice: acc.say(
			"Выпустите новый доступ и сохраните его в подключении; работа продолжится сразу.",
			"Issue a new credential and store it with the account; work goes on at once.")}
	}
	return Finding{Kind: ProblemParked, Text: acc.say(
		"CRM заблокировала аккаунт или он не оплачен. Работа этого подключения ждёт и не потеряется.",
		"The CRM has blocked the account, or it is not paid for. This account's work waits and is not lost."), Advice: acc.say(
		"Проверьте оплату в CRM; если аккаунт оплачен, напишите в её поддержку. Мы пробуем раз в минуту.",
		"Look at the CRM's billing; if it is paid, ask the vendor's support. We try once a minute.")}
}

// kindOf says which problem a bad line of a check is. What setup was never
// asked for is no problem when it is missing.
func kindOf(acc *Account, it CheckItem) (ProblemKind, bool) {
	set := acc.SetUp
	switch it.Name {
	case "token_ends":
		return ProblemTokenEnds, true
	case "owner":
		return ProblemOwner, true
	case "pipelines", "triggers":
		return ProblemStages, true
	case "hook":
		return ProblemHook, set.HookSubscribed()
	case "fields":
		return ProblemFields, set.FieldsMade
	case "rights", "scope", "deals":
		return ProblemRights, set.HookSubscribed() || set.FieldsMade || it.Name != "rights"
	case "secret", "base_url":
		return ProblemSettings, true
	case "address":
		return ProblemMoved, true
	}
	return "", false
}

// judge turns one line of a check into a finding, and mends what may be mended.
func (w *Watchman) judge(ctx context.Context, l *inspection, it CheckItem) {
	kind, counts := kindOf(l.acc, it)
	switch {
	case !counts || it.OK:
		return
	case it.Unknown:
		l.unknown[kind] = true
		return
	}
	if kind == ProblemHook && w.mendHook(ctx, l.acc) {
		return
	}
	l.finds(Finding{Kind: kind, Stage: it.Stage, Text: it.Detail, Advice: it.Advice})
}

// mendHook subscribes a hook again that is gone or switched off.
func (w *Watchman) mendHook(ctx context.Context, acc *Account) bool {
	report, err := w.connectors[acc.Provider].Subscribe(ctx, acc, w.keys.HookURL(w.publicURL, acc))
	if err != nil || report.Hook.State == HookByHand {
		w.log.WarnContext(ctx, "the hook is off and could not be switched on", "account_id", acc.ID, "err", err)
		return false
	}
	err = w.store.InTx(ctx, func(tx Store) error {
		if len(report.CardSetup) > 0 {
			if err := tx.SetAccountCardSetup(ctx, acc.ID, report.CardSetup); err != nil {
				return err
			}
		}
		return tx.Record(ctx, accountLine(acc.ID, ActorSystem, "account.hook_mended", "the hook was gone or off and is subscribed again"))
	})
	w.log.WarnContext(ctx, "the hook was off and is subscribed again", "account_id", acc.ID, "err", err)
	return true
}

// listenBatch bounds what one look counts; a flood is counted at the next looks.
const listenBatch = 20_000

// listen brings the rhythm of the account's hooks up to date.
func (w *Watchman) listen(ctx context.Context, acc *Account) (Rhythm, error) {
	r := acc.Rhythm
	if r.Counted == uuid.Nil {
		r.Counted = IDAt(w.wall().AddDate(0, 0, -rhythmDays))
	}
	marks, err := w.store.DeliveriesAfter(ctx, acc.ID, r.Counted, listenBatch)
	if err != nil {
		return r, err
	}
	r.count(marks)
	// Where others are busy and this account is quiet, the next look must not
	// step over everything again.
	if recent := IDAt(w.wall().Add(-5 * time.Minute)); len(marks) < listenBatch && bytes.Compare(r.Counted[:], recent[:]) < 0 {
		r.Counted = recent
	}
	return r, nil
}

// IDAt is the smallest id that could have been made at the real time t: ids
// tell the time.
func IDAt(t time.Time) uuid.UUID {
	var id uuid.UUID
	ms := t.UnixMilli()
	for i := range 6 {
		id[i] = byte(ms >> (8 * (5 - i)))
	}
	id[6], id[8] = 0x70, 0x80
	return id
}

// HookURL is the address to which the account's CRM sends its hooks.
func (k *Keys) HookURL(publicURL string, acc *Account) string {
	return publicURL + "/hooks/" + string(acc.Provider) + "/" + k.HookKey(acc.ID)
}
