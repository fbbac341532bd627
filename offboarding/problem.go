package offboarding

import (
	"context"
	"time"

	"github.com/google/uuid"
)

// ProblemKind names what is wrong with an account. There is at most one open
// problem of a kind per account.
type ProblemKind string

// The kinds of problem.
const (
	ProblemAccess      ProblemKind = "access"        // the CRM refuses the credential
	ProblemParked      ProblemKind = "parked"        // blocked or unpaid
	ProblemRights      ProblemKind = "rights"        // the credential may do too little
	ProblemTokenEnds   ProblemKind = "token_ends"    // the token ends soon
	ProblemOwner       ProblemKind = "owner"         // the employee behind the webhook has left
	ProblemHook        ProblemKind = "hook"          // our hook is gone, off or incomplete
	ProblemHooksSilent ProblemKind = "hooks_silent"  // the hook is there, and nothing comes
	ProblemStages      ProblemKind = "stages"        // a stage with a meaning is gone
	ProblemFields      ProblemKind = "fields"        // fields of ours are gone
	ProblemMoved       ProblemKind = "moved"         // the CRM answers at another address
	ProblemFlood       ProblemKind = "flood"         // one deal makes too many events: a loop, mostly
	ProblemReceiver    ProblemKind = "receiver_dead" // results are not taken any more
	ProblemSettings    ProblemKind = "settings"      // the account's own settings cannot work
)

// Finding is something that is wrong now, before it is a Problem.
type Finding struct {
	Kind   ProblemKind
	Stage  string // a worse stage of the same problem is told anew; empty: it has none
	Text   string // what is wrong, in the account's language
	Advice string // what to do about it
}

// Problem is something that is wrong with an account, from when it was first
// seen until it is gone.
type Problem struct {
	ID        uuid.UUID
	AccountID uuid.UUID
	Finding
	Since     time.Time
	SeenAt    time.Time
	MailedAt  time.Time // zero: the administrator was not written to
	ToldStage string    // the stage of the last mail
	ClearedAt time.Time // zero: it is still there
}

// Problems keeps what is wrong with accounts.
type Problems interface {
	// SaveProblem stores a new problem or writes what has changed of a known one.
	// A second open one of the same account and kind is ErrStale.
	SaveProblem(ctx context.Context, p *Problem) error
	// OpenProblems lists what is wrong now, oldest first; nil scope: with any account
	// that is not deleted.
	OpenProblems(ctx context.Context, scope []uuid.UUID) ([]*Problem, error)
}

// A problem is told again when it has grown worse, and else once a day at most.
// What has stages is told once for each: an expiry date needs no daily reminder.
const tellAgainAfter = 24 * time.Hour

// tell reports whether the administrator is to be written to about the problem.
func (p *Problem) tell(now time.Time) bool {
	switch {
	case !p.ClearedAt.IsZero():
		return false
	case p.MailedAt.IsZero() || p.Stage != p.ToldStage:
		return true
	}
	return p.Stage == "" && !now.Before(p.MailedAt.Add(tellAgainAfter))
}

// settleProblems makes the open problems of an account equal to what was found.
// Kinds that could not be looked at now stay as they are.
func settleProblems(ctx context.Context, tx Store, acc *Account, found []Finding, unknown func(ProblemKind) bool, now time.Time) error {
	open, err := tx.OpenProblems(ctx, []uuid.UUID{acc.ID})
	if err != nil {
		return err
	}
	known := map[ProblemKind]*Problem{}
	for _, p := range open {
		known[p.Kind] = p
	}
	for _, f := range found {
		p, was := known[f.Kind]
		delete(known, f.Kind)
		if !was {
			p = &Problem{ID: NewID(), AccountID: acc.ID, Since: now}
		}
		p.Finding, p.SeenAt = f, now
		if err := tx.SaveProblem(ctx, p); err != nil {
			return err
		}
		if !was {
			line := accountLine(acc.ID, ActorSystem, "account.problem", "a problem was found: "+string(f.Kind))
			if err := tx.Record(ctx, line); err != nil {
				return err
			}
		}
	}
	for _, p := range open {
		if known[p.Kind] == nil || unknown(p.Kind) {
			continue
		}
		if err := p.end(ctx, tx, now); err != nil {
			return err
		}
	}
	return nil
}

func (p *Problem) end(ctx context.Context, tx Store, now time.Time) error {
	p.ClearedAt = now
	if err := tx.SaveProblem(ctx, p); err != nil {
		return err
	}
	return tx.Record(ctx, accountLine(p.AccountID, ActorSystem, "account.problem_gone", "a problem is gone: "+string(p.Kind)))
}

// endProblems ends those problems of an account that somebody has just seen to be gone.
func endProblems(ctx context.Context, tx Store, acc *Account, gone func(ProblemKind) bool, now time.Time) error {
	open, err := tx.OpenProblems(ctx, []uuid.UUID{acc.ID})
	if err != nil {
		return err
	}
	for _, p := range open {
		if gone(p.Kind) {
			if err := p.end(ctx, tx, now); err != nil {
				return err
			}
		}
	}
	return nil
}

// CheckedGood ends the problems that the lines of a check show to be gone, so
// that nobody is told for another ten minutes of what was mended. What the
// check finds wrong is left to the watchman, who knows how to tell it.
func CheckedGood(ctx context.Context, s Store, acc *Account, items []CheckItem, now time.Time) error {
	if len(items) == 0 || !items[0].OK {
		return nil
	}
	good := map[ProblemKind]bool{ProblemAccess: true, ProblemParked: true}
	for _, it := range items {
		if kind, counts := kindOf(acc, it); counts {
			before, seen := good[kind]
			good[kind] = it.OK && (before || !seen)
		}
	}
	return s.InTx(ctx, func(tx Store) error {
		return endProblems(ctx, tx, acc, func(k ProblemKind) bool { return good[k] }, now)
	})
}

func accountLine(id uuid.UUID, by Actor, kind, summary string) Audit {
	return Audit{Stream: "account:" + id.String(), Actor: by, Kind: kind, Summary: summary, AccountID: &id}
}
