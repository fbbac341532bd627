package offboarding

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"
)

// Grant is the access that the authorisation server of a CRM gave us to one
// account. Its refresh token may be presented once: the answer holds the next.
type Grant struct {
	Serial       int64 // counts every change; of two grants the higher one is the truth
	AccessToken  string
	RefreshToken string
	Server       string    // origin of the authorisation server; empty: the account's own host
	Home         string    // where the account answers, as the server says; empty: as it was
	ObtainedAt   time.Time // wall clock
	ExpiresAt    time.Time // of the access token, wall clock
	Refused      string    // why the server renews it no more; empty: it does
}

// LogValue hides the tokens.
func (Grant) LogValue() slog.Value { return slog.StringValue("•••") }

// String hides the tokens.
func (Grant) String() string { return "•••" }

// outlives reports whether the journal's grant g is newer than that of the
// database: its commit was lost. Meanwhile another machine, which has not got
// this journal, may have presented the token before it and been refused; that
// refusal bears the serial of the lost commit.
func (g Grant) outlives(now Grant) bool {
	return g.Serial > now.Serial || g.Serial == now.Serial && now.Refused != "" && g.RefreshToken != now.RefreshToken
}

func (g Grant) usable(wall time.Time) bool { return g.AccessToken != "" && wall.Before(g.ExpiresAt) }

// Grants keeps what authorisation servers gave us, encrypted.
type Grants interface {
	// Grant returns the account's grant; ErrNotFound when there was never one.
	Grant(ctx context.Context, accountID uuid.UUID) (Grant, error)
	// ChangeGrant gives fn the grant, which is zero when there is none, and stores what it returns, together with the
	// account's address when that has changed and the audit line; nil changes nothing. On PostgreSQL the row stays locked
	// against every other process while fn runs, however long a server takes to answer; on SQLite whoever calls holds the
	// journal's lock, and a change under somebody else's hands is ErrStale. fn runs once.
	ChangeGrant(ctx context.Context, accountID uuid.UUID, fn func(now Grant) (*GrantChange, error)) error
	// EraseMirror erases what was copied from the account's CRM: bodies of its
	// hooks, what its deals looked like, ids of its fields; what still waited for
	// the CRM is cancelled. Cases stay.
	EraseMirror(ctx context.Context, accountID uuid.UUID) error
}

// GrantChange is a grant to be stored, with what happened.
type GrantChange struct {
	Grant
	Line *Audit
}

// GrantJournal keeps on disk, encrypted, what an authorisation server has
// answered and the database does not have yet.
type GrantJournal interface {
	// Lock keeps every other goroutine, and every other process of the same data folder, from the account's grant.
	Lock(ctx context.Context, accountID uuid.UUID) (unlock func(), err error)
	// Append is done when the grant would survive a power cut.
	Append(accountID uuid.UUID, g Grant) error
	// Last returns the newest grant of the journal; zero: there is none.
	Last(accountID uuid.UUID) (Grant, error)
	Drop(accountID uuid.UUID) error
	Accounts() ([]uuid.UUID, error)
}

// ruleGrantDead marks an error after which a refresh token is never presented
// again.
const ruleGrantDead = "grant_dead"

// GrantDead says that the authorisation server renews a grant no more: a
// person must authorise again.
func GrantDead(msg string, err error) error {
	return &Error{Kind: KindUnauthorized, Rule: ruleGrantDead, Msg: msg, Err: err}
}

// errNoGrant says that nobody has let us in, or that we were put out.
var errNoGrant = &Error{Kind: KindUnauthorized, Rule: "not_authorised", Msg: "nobody has granted access to the account yet; open its authorize_url"}

const (
	renewalsAtOnce = 4                // on PostgreSQL each holds a connection while a server answers
	renewalTime    = 40 * time.Second // at most three calls of 10 s, and the commit
	grantFor       = 20 * time.Second // how old a grant in memory may be
)

// Keeper hands out access tokens and renews them so that no refresh token is
// presented twice and no answer is lost: the row is locked and read again, the
// answer is on disk before the commit, and a crash between the two is repaired
// from the disk.
type Keeper struct {
	grants  Grants
	health  Accounts
	journal GrantJournal
	wall    func() time.Time
	log     *slog.Logger
	turns   chan struct{}

	mu    sync.Mutex
	known map[uuid.UUID]knownGrant
}

type knownGrant struct {
	Grant
	at time.Time
}

// NewKeeper returns a keeper; Recover repairs what a crash has left.
func NewKeeper(grants Grants, health Accounts, journal GrantJournal, wall func() time.Time, log *slog.Logger) *Keeper {
	return &Keeper{
		grants: grants, health: health, journal: journal, wall: wall, log: log,
		turns: make(chan struct{}, renewalsAtOnce), known: map[uuid.UUID]knownGrant{},
	}
}

// Current returns the account's grant. One that nobody gave, or that cannot be
// renewed any more, is KindUnauthorized; that is never said from memory, for
// another process may have been let in since.
func (k *Keeper) Current(ctx context.Context, id uuid.UUID) (Grant, error) {
	k.mu.Lock()
	known, ok := k.known[id]
	k.mu.Unlock()
	if age := k.wall().Sub(known.at); ok && age >= 0 && age <= grantFor && known.refusal() == nil {
		return known.Grant, nil
	}
	g, err := k.read(ctx, id)
	if err != nil {
		return Grant{}, err
	}
	return g, g.refusal()
}

func (k *Keeper) read(ctx context.Context, id uuid.UUID) (Grant, error) {
	at := k.wall()
	g, err := k.grants.Grant(ctx, id)
	if err != nil && !IsKind(err, KindNotFound) {
		return Grant{}, err
	}
	return k.remember(id, g, at).Grant, nil
}

// Newer returns the grant that another process has put in the place of the one
// whose access token was refused, and whether there is such a one. It presents
// nothing to anybody.
func (k *Keeper) Newer(ctx context.Context, id uuid.UUID, used string) (Grant, bool, error) {
	g, err := k.read(ctx, id)
	if err != nil {
		return Grant{}, false, err
	}
	return g, g.refusal() == nil && g.AccessToken != used, nil
}

func (k *Keeper) remember(id uuid.UUID, g Grant, at time.Time) knownGrant {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.known[id] = knownGrant{g, at}
	return k.known[id]
}

func (k *Keeper) forget(id uuid.UUID) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.known, id)
}

func (g Grant) refusal() error {
	switch {
	case g.Refused != "":
		return GrantDead(g.Refused, nil)
	case g.AccessToken == "":
		return errNoGrant
	}
	return nil
}

// Renew returns a grant other than the one whose access token was used. present
// shows a refresh token to the authorisation server; it is called by one
// caller at a time, for a token that no answer is known of. An error made by
// GrantDead ends the grant.
func (k *Keeper) Renew(ctx context.Context, id uuid.UUID, used string, present func(context.Context, Grant) (Grant, error)) (Grant, error) {
	var out Grant
	var refused error
	err := k.change(ctx, id, func(ctx context.Context, now, kept Grant) (*GrantChange, error) {
		out = now
		if now.AccessToken != used && now.usable(k.wall()) && now.Refused == "" {
			return nil, nil //nolint:nilnil // somebody else has renewed it
		}
		if kept.outlives(now) {
			k.log.WarnContext(ctx, "a renewed grant that a crash kept from the database was found in the journal", "account_id", id)
			kept.Serial = max(kept.Serial, now.Serial+1)
			if out = kept; kept.usable(k.wall()) {
				return &GrantChange{Grant: kept}, nil
			}
		}
		if refused = out.refusal(); refused != nil {
			return nil, nil //nolint:nilnil // it is known already
		}
		next, err := present(ctx, out)
		if dead, ok := asDead(err); ok {
			refused = err
			out.Refused, out.Serial = dead.Msg, out.Serial+1
			return &GrantChange{out, accessLine(id, ActorSystem, "account.access_lost", "access to the CRM is gone: "+dead.Msg)}, nil
		}
		if err != nil {
			return nil, err
		}
		next.Serial, next.Refused = out.Serial+1, ""
		out = next
		return &GrantChange{Grant: next}, nil
	})
	switch {
	case err != nil:
		return Grant{}, err
	case refused != nil:
		k.forget(id)
		if err := k.health.SetAccountHealth(context.WithoutCancel(ctx), id, AccountReauthNeeded, refused.Error(), time.Time{}); err != nil && !IsKind(err, KindNotFound) {
			k.log.WarnContext(ctx, "lost access not noted yet", "account_id", id, "err", err)
		}
		return Grant{}, refused
	}
	k.remember(id, out, k.wall())
	return out, nil
}

func asDead(err error) (*Error, bool) {
	e, ok := errors.AsType[*Error](err)
	return e, ok && e.Kind == KindUnauthorized && e.Rule == ruleGrantDead
}

// Take keeps a grant that a person has just given: by consent, by installing
// our application.
func (k *Keeper) Take(ctx context.Context, id uuid.UUID, g Grant, by Actor, summary string) error {
	err := k.change(ctx, id, func(_ context.Context, now, kept Grant) (*GrantChange, error) {
		g.Serial, g.Refused = max(now.Serial, kept.Serial)+1, ""
		return &GrantChange{g, accessLine(id, by, "account.authorised", summary)}, nil
	})
	k.forget(id)
	return err
}

// Forget throws the grant away: the CRM has taken it back, or the account is
// no longer ours to call.
func (k *Keeper) Forget(ctx context.Context, id uuid.UUID, by Actor, summary string) error {
	err := k.change(ctx, id, func(_ context.Context, now, kept Grant) (*GrantChange, error) {
		return &GrantChange{Grant{Serial: max(now.Serial, kept.Serial) + 1}, accessLine(id, by, "account.access_lost", summary)}, nil
	})
	k.forget(id)
	if err != nil {
		return err
	}
	return k.journal.Drop(id)
}

// Moved notes that the account answers at another address now.
func (k *Keeper) Moved(ctx context.Context, id uuid.UUID, home string) error {
	err := k.change(ctx, id, func(_ context.Context, now, _ Grant) (*GrantChange, error) {
		if now.AccessToken == "" {
			return nil, nil //nolint:nilnil // it was taken back meanwhile
		}
		now.Home, now.Serial = home, now.Serial+1
		return &GrantChange{Grant: now}, nil
	})
	k.forget(id)
	return err
}

// Gone drops what is kept outside the database of an account that was deleted.
func (k *Keeper) Gone(id uuid.UUID) error {
	k.forget(id)
	return k.journal.Drop(id)
}

// Forgive lets a refused grant be tried again, because what the server may have
// disliked, such as the client secret, was changed.
func (k *Keeper) Forgive(ctx context.Context, id uuid.UUID) error {
	err := k.change(ctx, id, func(_ context.Context, now, _ Grant) (*GrantChange, error) {
		if now.Refused == "" {
			return nil, nil //nolint:nilnil // nothing to forgive
		}
		now.Refused, now.Serial = "", now.Serial+1
		return &GrantChange{Grant: now}, nil
	})
	k.forget(id)
	return err
}

// Recover brings what the journal has and the database lacks into the
// database, and drops what belongs to accounts that are gone.
func (k *Keeper) Recover(ctx context.Context) error {
	ids, err := k.journal.Accounts()
	if err != nil {
		return err
	}
	for _, id := range ids {
		_, err := k.health.Account(ctx, id)
		if IsKind(err, KindNotFound) {
			err = k.journal.Drop(id)
		} else if err == nil {
			err = k.change(ctx, id, func(_ context.Context, now, kept Grant) (*GrantChange, error) {
				if !kept.outlives(now) {
					return nil, nil //nolint:nilnil // the database is as new
				}
				kept.Serial = max(kept.Serial, now.Serial+1)
				k.log.WarnContext(ctx, "a renewed grant that a crash kept from the database was found in the journal", "account_id", id)
				return &GrantChange{Grant: kept}, nil
			})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// change lets fn decide about the account's grant, alone. kept is what the
// journal has. What fn returns is on disk before it is committed.
func (k *Keeper) change(ctx context.Context, id uuid.UUID, fn func(ctx context.Context, now, kept Grant) (*GrantChange, error)) error {
	select {
	case k.turns <- struct{}{}:
		defer func() { <-k.turns }()
	case <-ctx.Done():
		return ctx.Err()
	}
	unlock, err := k.journal.Lock(ctx, id)
	if err != nil {
		return err
	}
	defer unlock()
	// From here on the caller may leave; an answer may not be lost for that.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), renewalTime)
	defer cancel()
	return k.grants.ChangeGrant(ctx, id, func(now Grant) (*GrantChange, error) {
		kept, err := k.journal.Last(id)
		if err != nil {
			k.log.ErrorContext(ctx, "the journal of grants cannot be read", "account_id", id, "err", err)
		}
		ch, err := fn(ctx, now, kept)
		if err != nil || ch == nil {
			return nil, err
		}
		if ch.RefreshToken != "" && ch.Serial > kept.Serial {
			if err := k.journal.Append(id, ch.Grant); err != nil { // the commit alone may still save it
				k.log.ErrorContext(ctx, "a renewed grant could not be written to the journal", "account_id", id, "err", err)
			}
		}
		return ch, nil
	})
}

func accessLine(id uuid.UUID, by Actor, kind, summary string) *Audit {
	return &Audit{Stream: "account:" + id.String(), Actor: by, Kind: kind, Summary: summary, AccountID: &id}
}
