package offboarding

import (
	"context"
	"log/slog"
	"strings"
	"time"

	"github.com/google/uuid"
)

// Learner does what nobody asks for by a letter or a hook: it begins reviews,
// reminds of the 90-day checks, and listens for silence before a loss. All of
// it may be done twice, by two processes at once, without harm.
type Learner struct {
	store Store
	desk  *Desk
	now   func() time.Time
	log   *slog.Logger
}

// NewLearner returns a learner.
func NewLearner(store Store, desk *Desk, now func() time.Time, log *slog.Logger) *Learner {
	return &Learner{store: store, desk: desk, now: now, log: log}
}

// learnAtOnce bounds one round.
const learnAtOnce = 100

// Reviews begins the review of every loss that has none, such as one from a time
// when parting did not begin it, and reminds of measures whose check is due. It
// returns how many reviews were begun.
func (l *Learner) Reviews(ctx context.Context) (int, error) {
	ids, err := l.store.CasesWithoutReview(ctx, learnAtOnce)
	if err != nil {
		return 0, err
	}
	for _, id := range ids {
		if err := l.begin(ctx, id); err != nil {
			return 0, err
		}
	}
	due, err := l.store.ReviewsToCheck(ctx, Day(l.now(), time.UTC), learnAtOnce)
	if err != nil {
		return len(ids), err
	}
	for _, r := range due {
		if err := l.remind(ctx, r); err != nil {
			return len(ids), err
		}
	}
	return len(ids), nil
}

func (l *Learner) begin(ctx context.Context, caseID uuid.UUID) error {
	now := l.now()
	_, err := change(ctx, l.store, nil, caseID, func(tx Store, acc *Account, c *Case) error {
		begun, err := beginReview(ctx, tx, acc, c, now)
		if err != nil || !begun {
			return err
		}
		return saveAndSync(ctx, tx, acc, c, now)
	})
	if IsKind(err, KindConflict) { // not lost after all
		return nil
	}
	return err
}

func (l *Learner) remind(ctx context.Context, r *Review) error {
	now := l.now()
	_, err := change(ctx, l.store, nil, r.CaseID, func(tx Store, acc *Account, c *Case) error {
		return tx.AddEffects(ctx, c.taskEffect("measure_check:"+r.NextCheck(), now, callBy(acc, now)))
	})
	return ignoreMissing(err)
}

func endOfDay(day string, acc *Account) time.Time {
	t, err := time.ParseInLocation(time.DateOnly, day, acc.Location())
	if err != nil {
		return time.Time{}
	}
	return t.Add(18 * time.Hour)
}

// The silence radar (domain §10).
const (
	usualRhythmDays = 40  // of a client whose rhythm nobody told
	quietDays       = 60  // so long at least, before anybody is asked to call
	lostTouchDays   = 100 // and so long before the manager is told
)

// quiet says how silent a contract has become: 0, 1 (call), 2 (the manager).
func (k *ContractRecord) quiet(now time.Time) int {
	if k.LastTwoWayAt.IsZero() {
		return 0 // when we last talked is not known
	}
	rhythm := k.RhythmDays
	if rhythm == 0 {
		rhythm = usualRhythmDays
	}
	days := int(now.Sub(k.LastTwoWayAt).Hours() / 24)
	switch {
	case days >= max(lostTouchDays, rhythm*5/2):
		return 2
	case days >= max(quietDays, rhythm*3/2):
		return 1
	}
	return 0
}

// Radar looks at every contract of an account: who has fallen silent, and where
// we would not be ready to part.
func (l *Learner) Radar(ctx context.Context) error {
	accounts, err := l.store.AllAccounts(ctx)
	if err != nil {
		return err
	}
	for _, acc := range accounts {
		contracts, err := allContracts(ctx, l.store, acc.ID)
		if err != nil {
			return err
		}
		if err := l.endOldContracts(ctx, acc, contracts); err != nil {
			l.log.WarnContext(ctx, "contracts of clients who have parted are ended tomorrow", "account_id", acc.ID, "err", err)
		}
		if len(contracts) == 0 {
			continue
		}
		notes, err := l.store.LastNotes(ctx, acc.ID)
		if err != nil {
			return err
		}
		ids := make([]uuid.UUID, 0, len(contracts))
		for _, k := range contracts {
			ids = append(ids, k.ID)
		}
		snapshots, err := l.store.LatestInventories(ctx, ids)
		if err != nil {
			return err
		}
		for _, k := range contracts {
			if err := l.listen(ctx, acc, k, notes[k.DealID], snapshots[k.ID]); err != nil {
				l.log.WarnContext(ctx, "contract not looked at", "account_id", acc.ID, "contract_id", k.ID, "err", err)
			}
		}
	}
	return nil
}

func (l *Learner) listen(ctx context.Context, acc *Account, k *ContractRecord, note time.Time, snapshot *Inventory) error {
	now := l.now()
	if note.After(k.LastTwoWayAt) {
		k.LastTwoWayAt = note // what stands on the card is contact too
	}
	day, level := Day(now, acc.Location()), k.quiet(now)
	if !k.Active(day) {
		if level == 2 {
			return l.lapse(ctx, acc, k)
		}
		return nil
	}
	var effects []Effect
	since := k.LastTwoWayAt.Format(time.DateOnly)
	if level >= 1 {
		effects = append(effects, k.nudge(acc, NudgeSilence, since, now, callBy(acc, now))...)
	}
	if level == 2 {
		effects = append(effects, k.nudgeTo(acc, ToManager, NudgeSilence2, since, now, callBy(acc, now))...)
	}
	if len(k.Flags()) > 0 { // once per quarter, until it is mended
		effects = append(effects, k.nudge(acc, NudgeReady, QuarterOf(now.In(acc.Location())).String(), now, callBy(acc, now))...)
	}
	if k.SnapshotOld(snapshot, now, acc) {
		effects = append(effects, k.nudge(acc, NudgeSnapshot, QuarterOf(now.In(acc.Location())).String(), now, callBy(acc, now))...)
	}
	return l.store.AddEffects(ctx, effects)
}

// lapse opens the parting of a client who faded away without a word: no
// contract runs, nobody talks, and nobody has opened a case.
func (l *Learner) lapse(ctx context.Context, acc *Account, k *ContractRecord) error {
	if k.LapseSeen || strings.TrimSpace(k.Client.Name) == "" && k.Client.Email == "" {
		return nil
	}
	f := CaseFilter{AccountID: &acc.ID, Query: k.Client.Email, Page: Page{Limit: 1}}
	if f.Query == "" {
		f.Query = k.Number
	}
	if f.Query != "" {
		known, err := l.store.CasesInScope(ctx, f)
		if err != nil || len(known) > 0 {
			return err
		}
	}
	fresh, err := l.desk.ChangeContract(ctx, nil, k.ID, k.Version, ActorSystem, func(one *ContractRecord) error {
		one.LapseSeen = true // before the case: rather none than two
		return nil
	})
	if err != nil {
		return err
	}
	_, err = l.desk.Open(ctx, nil, NewCaseRequest{
		AccountID: acc.ID, Initiator: ByLapse, Client: fresh.Client, Contract: Contract{Number: fresh.Number}, DealID: fresh.DealID,
	}, ActorSystem)
	return err
}

// Heard records that we and the client have talked, both ways.
func (d *Desk) Heard(ctx context.Context, scope []uuid.UUID, id uuid.UUID, at time.Time, by Actor) (*ContractRecord, error) {
	if at.IsZero() {
		at = d.now()
	}
	if at.After(d.now().Add(time.Minute)) {
		return nil, Invalid("the contact lies ahead", FieldError{"at", "not in the future"})
	}
	return d.ChangeContract(ctx, scope, id, 0, by, func(k *ContractRecord) error {
		if at.After(k.LastTwoWayAt) {
			k.LastTwoWayAt = at.UTC()
		}
		return nil
	})
}

// inBusinessHours is the moment after d of working time, 10 to 18 on working days.
func inBusinessHours(acc *Account, now time.Time, d time.Duration) time.Time {
	loc, cal := acc.Location(), acc.Calendar()
	t := now.In(loc)
	for range 60 {
		y, m, day := t.Date()
		from, to := clockOn(y, m, day, 10*time.Hour, loc), clockOn(y, m, day, 18*time.Hour, loc)
		if t.Before(from) {
			t = from
		}
		if cal.Working(t) && t.Before(to) {
			left := to.Sub(t)
			if left >= d {
				return t.Add(d).UTC()
			}
			d -= left
		}
		t = clockOn(y, m, day+1, 0, loc)
	}
	return t.UTC()
}
