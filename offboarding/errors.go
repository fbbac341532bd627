package offboarding

import (
	"errors"
	"time"
)

// Kind says what sort of refusal an Error is; api and worker map it once.
type Kind int

// The kinds of refusal.
const (
	KindInternal     Kind = iota // a bug or a broken dependency without a better name
	KindInvalid                  // the request cannot be understood; waiting does not help
	KindNotFound                 // no such row, or a row of somebody else
	KindConflict                 // a rule of the domain forbids it now
	KindStale                    // another writer was faster
	KindUnavailable              // something outside is away; try again later
	KindUnauthorized             // access to the CRM is gone until a person renews it
	KindGone                     // it was there and is no more
)

// Error is an error whose Kind, Rule and Msg may be shown to the caller; Err is
// for the log only.
type Error struct {
	Kind   Kind
	Rule   string       // snake_case name of the rule that refused, with KindConflict
	Msg    string       // a sentence its reader understands
	Fields []FieldError // which parts of a request are wrong, with KindInvalid
	Err    error
}

// FieldError names one wrong part of a request.
type FieldError struct {
	Field string
	Msg   string
}

// Error returns the message, followed by the cause.
func (e *Error) Error() string {
	s := e.Msg
	if s == "" {
		s = e.Rule
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Is matches errors of the same kind and rule, so that sentinels below match
// wrapped copies with another message.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Kind == e.Kind && t.Rule == e.Rule
}

// Sentinels that callers branch on.
var (
	ErrNotFound     = &Error{Kind: KindNotFound, Msg: "not found"}
	ErrStale        = &Error{Kind: KindStale, Msg: "changed by somebody else meanwhile"}
	ErrUnavailable  = &Error{Kind: KindUnavailable, Msg: "temporarily unavailable"}
	ErrUnauthorized = &Error{Kind: KindUnauthorized, Msg: "access to the CRM was refused"}
	ErrGone         = &Error{Kind: KindGone, Msg: "no longer there"}
)

// ErrFenced says that the fence closed: the effect must not happen any more.
// The worker asks the store why and writes it down.
var ErrFenced = errors.New("the fence is closed")

// ErrUncertain says that the request left and its answer was lost: it may have
// happened. Only a look outside, or a person, can tell.
var ErrUncertain = errors.New("the outcome is not known")

// Rule returns a refusal by a named rule of the domain.
func Rule(rule, msg string) *Error { return &Error{Kind: KindConflict, Rule: rule, Msg: msg} }

// Invalid returns a refusal of a request that cannot be understood.
func Invalid(msg string, fields ...FieldError) *Error {
	return &Error{Kind: KindInvalid, Msg: msg, Fields: fields}
}

// Unavailable says that an outside service did not do its work; RetryAfter in
// a Backoff may tell when it wants to be asked again.
func Unavailable(msg string, err error) *Error {
	return &Error{Kind: KindUnavailable, Msg: msg, Err: err}
}

// Backoff is an error of an outside service that says how it wants to be
// treated. It wraps the failure.
type Backoff struct {
	Until   time.Time // nobody may call the account before; zero: not told
	Park    bool      // the account is blocked or unpaid: rare probes only
	Refused bool      // certainly not executed: a repeat cannot double anything
	Err     error
}

// Error returns the failure's message.
func (b *Backoff) Error() string { return b.Err.Error() }

// Unwrap returns the failure.
func (b *Backoff) Unwrap() error { return b.Err }

// Postpone says that nothing was tried because it was not the time: a limiter,
// a sending window, a parked account. It costs no attempt.
type Postpone struct {
	Until  time.Time
	Real   bool // Until is real time (a limiter's, a CRM's), not the clock of due dates
	Person bool // it waits for somebody to do something; Until is but when that is looked at
	Reason string
}

// Error returns the reason.
func (p *Postpone) Error() string { return "postponed: " + p.Reason }

// IsKind reports whether err carries an Error of the kind.
func IsKind(err error, k Kind) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Kind == k
}
