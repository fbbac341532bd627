package offboarding

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/google/uuid"
)

// Endpoint is a receiver of results, by scheme and host: one that is dead is
// left alone, whatever path it is called by.
type Endpoint struct {
	AccountID    uuid.UUID
	Origin       string
	Failures     int // in a row
	FailingSince time.Time
	LastTryAt    time.Time
	LastGoodAt   time.Time
	PausedAt     time.Time // zero: results are posted
	ProbeAt      time.Time // while paused: one is tried then
	Detail       string    // of the last failure
}

// Attempt is one try to post a result.
type Attempt struct {
	ID        uuid.UUID
	AccountID uuid.UUID
	EffectID  uuid.UUID
	At        time.Time
	Took      time.Duration
	Status    int // 0: no answer
	Origin    string
	Detail    string // why it failed; empty: it did not
}

// Result is a result that is, was or will be posted, with its tries.
type Result struct {
	Effect   *Effect
	Attempts []*Attempt // oldest first
}

// ResultLog keeps what became of posted results.
type ResultLog interface {
	// Endpoint returns a receiver, locked until the end of the transaction, or ErrNotFound.
	Endpoint(ctx context.Context, accountID uuid.UUID, origin string) (*Endpoint, error)
	SaveEndpoint(ctx context.Context, e *Endpoint) error
	Endpoints(ctx context.Context, accountID uuid.UUID) ([]*Endpoint, error)
	AddAttempt(ctx context.Context, a *Attempt) error
	// Results lists an account's results, newest first, with their tries.
	Results(ctx context.Context, accountID uuid.UUID, p Page) ([]*Result, error)
	// ResendResult makes a result of the account that has ended ready again, with a
	// fresh patience; ErrNotFound: there is none, a rule's error: it is still under way.
	ResendResult(ctx context.Context, accountID, effectID uuid.UUID, now time.Time) (*Effect, error)
	// WakeResults makes the account's waiting results due now, with a fresh patience.
	WakeResults(ctx context.Context, accountID uuid.UUID, now time.Time) error
	// DropAttempts forgets tries that are older.
	DropAttempts(ctx context.Context, before time.Time) error
}

// An endpoint that fails this often in a row, for this long, is paused; it is
// then tried once an hour and resumes by itself. 410 Gone pauses at once, as
// Standard Webhooks asks.
const (
	pauseAfterFailures = 5
	pauseAfterTime     = time.Hour
	pausedProbeEvery   = time.Hour
)

// AttemptsKept is how long tries to post results are remembered.
const AttemptsKept = 90 * 24 * time.Hour

// Posted is what a receiver answered. Status is 0 when nothing came.
type Posted struct {
	Status int
	Took   time.Duration
}

// originOf is the scheme and host of an address; a path may be a secret.
func originOf(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return ""
	}
	return strings.ToLower(u.Scheme + "://" + u.Host)
}

// mayPost lets a result go to its receiver, unless that is paused: then one
// result an hour is let through to see whether it is back.
func (s *Scribe) mayPost(ctx context.Context, acc *Account, origin string) error {
	return s.store.InTx(ctx, func(tx Store) error {
		e, err := tx.Endpoint(ctx, acc.ID, origin)
		if IsKind(err, KindNotFound) || err == nil && e.PausedAt.IsZero() {
			return nil
		}
		if err != nil {
			return err
		}
		now := s.now()
		if now.Before(e.ProbeAt) {
			return &Postpone{Until: e.ProbeAt, Reason: "the receiver is paused: it did not take results for too long"}
		}
		e.ProbeAt = now.Add(pausedProbeEvery)
		return tx.SaveEndpoint(ctx, e)
	})
}

// tried writes down one try and what it says about the receiver.
func (s *Scribe) tried(ctx context.Context, acc *Account, ef *Effect, origin string, done Posted, failure error) error {
	if _, waits := errors.AsType[*Postpone](failure); waits || errors.Is(failure, ErrFenced) || origin == "" {
		return nil // nothing was tried
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	now := s.now()
	detail := ""
	if failure != nil {
		detail = oneLine(failure.Error())
	}
	woken := false
	err := s.store.InTx(ctx, func(tx Store) error {
		err := tx.AddAttempt(ctx, &Attempt{ID: NewID(), AccountID: acc.ID, EffectID: ef.ID, At: now, Took: done.Took, Status: done.Status, Origin: origin, Detail: detail})
		if err != nil {
			return err
		}
		e, err := tx.Endpoint(ctx, acc.ID, origin)
		if IsKind(err, KindNotFound) {
			e, err = &Endpoint{AccountID: acc.ID, Origin: origin}, nil
		}
		if err != nil {
			return err
		}
		was := e.PausedAt
		e.learn(done.Status, detail, now)
		if err := tx.SaveEndpoint(ctx, e); err != nil {
			return err
		}
		switch {
		case was.IsZero() && !e.PausedAt.IsZero():
			return tx.Record(ctx, accountLine(acc.ID, ActorSystem, "account.receiver_paused", "a receiver of results is paused: it takes none"))
		case !was.IsZero() && e.PausedAt.IsZero():
			woken = true
			if err := tx.WakeResults(ctx, acc.ID, now); err != nil {
				return err
			}
			return tx.Record(ctx, accountLine(acc.ID, ActorSystem, "account.receiver_resumed", "a receiver of results takes them again"))
		}
		return nil
	})
	if woken && err == nil {
		s.log.InfoContext(ctx, "a receiver of results takes them again", "account_id", acc.ID)
	}
	return err
}

// learn takes one try into account.
func (e *Endpoint) learn(status int, detail string, now time.Time) {
	e.LastTryAt = now
	if detail == "" {
		*e = Endpoint{AccountID: e.AccountID, Origin: e.Origin, LastTryAt: now, LastGoodAt: now}
		return
	}
	if e.Failures == 0 {
		e.FailingSince = now
	}
	e.Failures++
	e.Detail = detail
	dead := status == http.StatusGone || e.Failures >= pauseAfterFailures && !now.Before(e.FailingSince.Add(pauseAfterTime))
	if dead && e.PausedAt.IsZero() {
		e.PausedAt, e.ProbeAt = now, now.Add(pausedProbeEvery)
	}
}

// deadReceivers is the notice about paused receivers.
func deadReceivers(acc *Account, paused []*Endpoint) (Finding, bool) {
	if len(paused) == 0 {
		return Finding{}, false
	}
	e := paused[0]
	return Finding{
		Kind: ProblemReceiver,
		Text: acc.say(
			fmt.Sprintf("Адрес для результатов %s не отвечает как надо с %s (%s). Результаты ждут и не потеряются.", e.Origin, acc.showTime(e.FailingSince), e.Detail),
			fmt.Sprintf("The receiver of results %s has failed since %s (%s). Results wait and are not lost.", e.Origin, acc.showTime(e.FailingSince), e.Detail)),
		Advice: acc.say(
			"Почините приёмник: раз в час мы пробуем сами. Чтобы не ждать — POST /api/v1/accounts/{id}/endpoints/resume.",
			"Mend the receiver: we try once an hour by ourselves. Not to wait: POST /api/v1/accounts/{id}/endpoints/resume."),
	}, true
}

// ResumeEndpoints lets results go to all of an account's receivers again, at once.
func ResumeEndpoints(ctx context.Context, s Store, accountID uuid.UUID, by Actor, now time.Time) (int, error) {
	n := 0
	err := s.InTx(ctx, func(tx Store) error {
		n = 0
		all, err := tx.Endpoints(ctx, accountID)
		if err != nil {
			return err
		}
		for _, e := range all {
			if e.PausedAt.IsZero() {
				continue
			}
			n++
			*e = Endpoint{AccountID: e.AccountID, Origin: e.Origin, LastTryAt: e.LastTryAt, LastGoodAt: e.LastGoodAt, Detail: e.Detail}
			if err := tx.SaveEndpoint(ctx, e); err != nil {
				return err
			}
		}
		if err := tx.WakeResults(ctx, accountID, now); err != nil {
			return err
		}
		return tx.Record(ctx, accountLine(accountID, by, "account.receivers_resumed", fmt.Sprintf("receivers of results resumed: %d", n)))
	})
	return n, err
}

// ResendResult posts a result once more under the same webhook-id.
func ResendResult(ctx context.Context, s Store, accountID, effectID uuid.UUID, by Actor, now time.Time) (*Effect, error) {
	var ef *Effect
	err := s.InTx(ctx, func(tx Store) (err error) {
		if ef, err = tx.ResendResult(ctx, accountID, effectID, now); err != nil {
			return err
		}
		return tx.Record(ctx, accountLine(accountID, by, "result.resent", "a result is posted once more"))
	})
	return ef, err
}
