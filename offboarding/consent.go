package offboarding

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

// Authoriser is a Connector whose CRM lets us in by OAuth.
type Authoriser interface {
	// ConsentURL is where an administrator of the CRM lets us in; empty: the account is not spoken to by OAuth, or it is
	// not known where.
	ConsentURL(acc *Account, state string) string
	// Exchange buys a grant for a code. KindInvalid: the code or the client is not accepted.
	Exchange(ctx context.Context, acc *Account, code ConsentCode) (Entry, error)
}

// Installer is a Connector whose CRM tells us when our application is
// installed and removed.
type Installer interface {
	// Installation reads what the CRM or an administrator's browser posted. It calls nobody.
	Installation(d *Delivery) (Installation, bool)
	// Admit asks the CRM whether the installation is one of our application in this account.
	Admit(ctx context.Context, acc *Account, in Installation) (Entry, error)
}

// Leaver is a Connector whose CRM tells, in a way that can be proved, that our
// access was taken back.
type Leaver interface {
	// Left reports whether the delivery proves it, and whether what was copied is to be erased. It calls nobody.
	Left(acc *Account, d *Delivery) (clean, ok bool)
}

// ConsentCode is what an administrator's consent brings back.
type ConsentCode struct {
	Code   string
	From   string // the host that the CRM names: the account's for amoCRM, the authorisation server's for Bitrix24
	Portal string // Bitrix24: the portal's host
}

// Entry is access to an account of a CRM, with what was learned on the way.
type Entry struct {
	Grant
	RemoteID         string
	ApplicationToken string // proves events of our application from now on
}

// Installation is what a CRM tells when our application is installed or
// removed. Nothing of it is believed before it is proved.
type Installation struct {
	RemoteID         string // member_id
	Host             string // of the portal
	ClientEndpoint   string
	ServerEndpoint   string
	ApplicationToken string
	AccessToken      string
	RefreshToken     string
	ExpiresIn        time.Duration
	Removed          bool
	Clean            bool // with Removed: its data are to be erased
}

// Consent lets opendoor into accounts and out of them again.
type Consent struct {
	store      Store
	keeper     *Keeper
	connectors Connectors
	keys       *Keys
	clock      Clock
	log        *slog.Logger
}

// NewConsent returns a Consent.
func NewConsent(store Store, keeper *Keeper, connectors Connectors, keys *Keys, clock Clock, log *slog.Logger) *Consent {
	return &Consent{store: store, keeper: keeper, connectors: connectors, keys: keys, clock: clock, log: log}
}

// ByOAuth reports whether the account is spoken to by OAuth.
func (a *Account) ByOAuth() bool {
	return a.Provider != Generic && a.Credentials["client_id"] != "" && a.Credentials["access_token"] == "" && a.Credentials["webhook_url"] == ""
}

// stateFor is how long the link to a consent page works.
const stateFor = 24 * time.Hour

// Link is the page on which an administrator of the CRM lets us in; empty:
// the account needs none.
func (c *Consent) Link(acc *Account) string {
	who, ok := c.connectors[acc.Provider].(Authoriser)
	if !ok || !acc.ByOAuth() {
		return ""
	}
	return who.ConsentURL(acc, c.keys.ConsentState(acc.ID, c.clock.Wall().Add(stateFor)))
}

// errState is the one answer to every state that is not ours or too old.
var errState = &Error{Kind: KindNotFound, Rule: "consent_state", Msg: "this link is not ours or has expired; take a new one from the account"}

// Return takes the code with which an administrator comes back from the
// consent page. The state proves that we sent them there, and for which account.
func (c *Consent) Return(ctx context.Context, p Provider, state string, code ConsentCode) (*Account, error) {
	id, ok := c.keys.ProveConsent(state, c.clock.Wall())
	if !ok {
		return nil, errState
	}
	acc, err := c.store.Account(ctx, id)
	if IsKind(err, KindNotFound) || err == nil && (acc.Provider != p || !acc.ByOAuth()) {
		return nil, errState
	}
	if err != nil {
		return nil, err
	}
	return acc, c.Redeem(ctx, acc, code, ActorCRM)
}

// Notice takes a code that came without a state, as amoCRM sends it when an
// integration is switched on in its own list. It is a hint and no more: only
// an account that waits for access, and that the CRM itself confirms, is let in.
func (c *Consent) Notice(ctx context.Context, p Provider, clientID string, code ConsentCode) (*Account, error) {
	all, err := c.store.AllAccounts(ctx)
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(a *Account) bool {
		return a.Provider != p || !a.ByOAuth() || clientID == "" || a.Credentials["client_id"] != clientID || a.Status != AccountReauthNeeded
	})
	at := slices.IndexFunc(all, func(a *Account) bool { return strings.EqualFold(hostOf(a.BaseURL), code.From) })
	if at < 0 && len(all) == 1 {
		at = 0 // a renamed account: its id decides
	}
	if at < 0 {
		return nil, errState
	}
	return all[at], c.Redeem(ctx, all[at], code, ActorCRM)
}

// Redeem turns a code into access and lets the account's work go on.
func (c *Consent) Redeem(ctx context.Context, acc *Account, code ConsentCode, by Actor) error {
	who, ok := c.connectors[acc.Provider].(Authoriser)
	if !ok || !acc.ByOAuth() {
		return Invalid("the account is not spoken to by OAuth")
	}
	e, err := who.Exchange(ctx, acc, code)
	if err != nil {
		return err
	}
	return c.admit(ctx, acc, e, by, "an administrator of the CRM has granted access")
}

// admit keeps the grant and wakes the account. Access to another account of
// the CRM than the one we know is refused.
func (c *Consent) admit(ctx context.Context, acc *Account, e Entry, by Actor, summary string) error {
	if acc.RemoteID != "" && e.RemoteID != "" && !strings.EqualFold(acc.RemoteID, e.RemoteID) {
		return Rule("other_crm_account", "access was granted to account "+e.RemoteID+" of the CRM, this one is "+acc.RemoteID)
	}
	if err := c.keeper.Take(ctx, acc.ID, e.Grant, by, summary); err != nil {
		return err
	}
	return c.store.InTx(ctx, func(tx Store) error {
		if e.RemoteID != "" {
			if err := tx.SetAccountRemoteID(ctx, acc.ID, e.RemoteID); err != nil {
				return err
			}
		}
		if e.ApplicationToken != "" {
			if err := setCredential(ctx, tx, acc.ID, "application_token", e.ApplicationToken); err != nil {
				return err
			}
		}
		return wakeAccount(ctx, tx, acc.ID, c.clock.Now())
	})
}

// wakeAccount lets the account's work go on at once.
func wakeAccount(ctx context.Context, tx Store, id uuid.UUID, now time.Time) error {
	if err := tx.SetAccountHealth(ctx, id, AccountActive, "", time.Time{}); err != nil {
		return err
	}
	return tx.Wake(ctx, id, now)
}

func setCredential(ctx context.Context, tx Store, id uuid.UUID, name, value string) error {
	acc, err := tx.Account(ctx, id)
	if err != nil || acc.Credentials[name] == value {
		return err
	}
	if acc.Credentials == nil {
		acc.Credentials = Credentials{}
	}
	acc.Credentials[name] = value
	if value == "" {
		delete(acc.Credentials, name)
	}
	return tx.SaveAccount(ctx, acc)
}

// Install takes what a portal tells about our application. The account is
// found by the portal's id, by its host, or because it is the one that waits;
// the portal itself must confirm what it is told about.
func (c *Consent) Install(ctx context.Context, p Provider, in Installation) (*Account, error) {
	inst, ok := c.connectors[p].(Installer)
	if !ok {
		return nil, ErrNotFound
	}
	all, err := c.store.AllAccounts(ctx)
	if err != nil {
		return nil, err
	}
	if in.Removed {
		return c.removed(ctx, p, all, in)
	}
	var refused error = errState
	for _, acc := range candidates(all, p, in) {
		e, err := inst.Admit(ctx, acc, in)
		if err != nil {
			refused = err
			continue
		}
		return acc, c.admit(ctx, acc, e, ActorCRM, "our application was installed")
	}
	return nil, refused
}

// candidates are the accounts that an installation may be about, likeliest first.
func candidates(all []*Account, p Provider, in Installation) []*Account {
	var byID, byHost, waiting []*Account
	for _, a := range all {
		known := a.RemoteID
		if known == "" {
			known = a.Credentials["member_id"]
		}
		switch {
		case a.Provider != p || !a.ByOAuth():
		case known != "" && strings.EqualFold(known, in.RemoteID):
			byID = append(byID, a)
		case known != "":
		case a.BaseURL != "" && (strings.EqualFold(hostOf(a.BaseURL), in.Host) || strings.EqualFold(hostOf(a.BaseURL), hostOf(in.ClientEndpoint))):
			byHost = append(byHost, a)
		default: // renamed, or it does not know its portal yet: the portal that it names decides
			waiting = append(waiting, a)
		}
	}
	const tries = 3 // each costs a call
	out := append(append(byID, byHost...), waiting...)
	return out[:min(len(out), tries)]
}

// Left takes the word of a CRM that our access was taken back.
func (c *Consent) Left(ctx context.Context, acc *Account, d *Delivery) error {
	who, ok := c.connectors[acc.Provider].(Leaver)
	if !ok || !acc.ByOAuth() {
		return ErrUnauthorized
	}
	clean, ok := who.Left(acc, d)
	if !ok {
		return ErrUnauthorized
	}
	return c.Leave(ctx, acc, clean)
}

// removed believes the application token alone: it was learned when the
// application was installed, and nothing else can be asked any more.
func (c *Consent) removed(ctx context.Context, p Provider, all []*Account, in Installation) (*Account, error) {
	for _, acc := range all {
		if acc.Provider == p && acc.ByOAuth() && strings.EqualFold(acc.RemoteID, in.RemoteID) && SameSecret(acc.Credentials["application_token"], in.ApplicationToken) {
			return acc, c.Leave(ctx, acc, in.Clean)
		}
	}
	return nil, errState
}

// SameSecret compares in constant time; an empty secret is never the same.
func SameSecret(known, sent string) bool {
	return known != "" && subtle.ConstantTimeCompare(HashToken(known), HashToken(sent)) == 1
}

// Leave stops all calls to an account whose CRM has taken our access back. Its
// work waits until somebody lets us in again; with clean, what we had copied
// from the CRM is erased and waiting work is dropped. Cases are the company's own and stay.
func (c *Consent) Leave(ctx context.Context, acc *Account, clean bool) error {
	summary := "the integration was removed from the CRM"
	if clean {
		summary += "; what was copied from it is erased"
	}
	if err := c.keeper.Forget(ctx, acc.ID, ActorCRM, summary); err != nil {
		return err
	}
	return c.store.InTx(ctx, func(tx Store) error {
		if err := tx.SetAccountHealth(ctx, acc.ID, AccountReauthNeeded, "the integration was removed from the CRM; install it again", time.Time{}); err != nil {
			return err
		}
		if err := setCredential(ctx, tx, acc.ID, "application_token", ""); err != nil {
			return err
		}
		if !clean {
			return nil
		}
		return tx.EraseMirror(ctx, acc.ID)
	})
}

func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Host
}

// ConsentState returns the state of a consent link: which account it is for,
// until when, and a proof that we made it.
func (k *Keys) ConsentState(account uuid.UUID, until time.Time) string {
	body := binary.BigEndian.AppendUint64(slices.Clone(account[:]), uint64(until.Unix()))
	return base64.RawURLEncoding.EncodeToString(append(body, mac(k.consents[0], body)...))
}

// ProveConsent returns the account of a state that is ours and not too old.
func (k *Keys) ProveConsent(state string, now time.Time) (uuid.UUID, bool) {
	body, ok := proveBody(state, k.consents, 24)
	if !ok || now.Unix() >= int64(binary.BigEndian.Uint64(body[16:])) {
		return uuid.Nil, false
	}
	return uuid.UUID(body[:16]), true
}

// proveBody returns the body of a token that one of keys has signed.
func proveBody(token string, keys [][]byte, size int) ([]byte, bool) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(token)
	formed := err == nil && len(raw) == size+macSize && len(token) == base64.RawURLEncoding.EncodedLen(len(raw))
	if !formed {
		raw = make([]byte, size+macSize)
	}
	ok := 0
	for _, key := range keys {
		ok |= subtle.ConstantTimeCompare(raw[size:], mac(key, raw[:size]))
	}
	return raw[:size], ok == 1 && formed
}
