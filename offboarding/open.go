package offboarding

import (
	"cmp"
	"context"
	"net/mail"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"opendoor/offboarding/survey"
)

// NewCaseRequest opens a case by hand.
type NewCaseRequest struct {
	AccountID        uuid.UUID
	Initiator        Initiator
	Client           Client
	Contract         Contract
	Responsible      Responsible
	Reason           string
	DealID           string // with it everything is read from the CRM and written back as for a hook
	NoticeReceivedOn string
	EffectiveOn      string
}

// Open opens a case by hand. What the request leaves empty is taken from the
// deal when one is named.
func (d *Desk) Open(ctx context.Context, scope []uuid.UUID, r NewCaseRequest, by Actor) (*Case, error) {
	acc, err := d.store.Account(ctx, r.AccountID)
	if err != nil {
		return nil, err
	}
	if !InScope(scope, acc.ID) {
		return nil, ErrNotFound
	}
	if err := r.check(); err != nil {
		return nil, err
	}
	c := r.build(acc, d.now().Truncate(time.Microsecond))
	var snap *DealSnapshot
	if r.DealID != "" && acc.Provider != Generic {
		deal, err := d.read[acc.Provider].Deal(ctx, acc, r.DealID)
		if err != nil {
			return nil, err
		}
		given := *c
		c.refresh(deal)
		c.keepGiven(&given)
		if c.Contract.Title == "" {
			c.Contract.Title = deal.Title
		}
		snap = &DealSnapshot{
			AccountID: acc.ID, DealID: deal.ID, Stage: StageRef{deal.Pipeline.ID, deal.Stage.ID}, Means: acc.Meaning(deal),
			MovedAt: deal.MovedAt, UpdatedAt: deal.UpdatedAt, Cycle: 1, CaseID: &c.ID,
		}
	}
	var opened *Case
	err = d.store.InTx(ctx, func(tx Store) error {
		var ofDeal []*Case
		if r.DealID != "" {
			if ofDeal, err = tx.CasesOfDeal(ctx, acc.ID, r.DealID); err != nil {
				return err
			}
			if known := ofDeal; len(known) > 0 && known[0].Open() && !c.overtakes(known[0]) {
				return Rule("case_already_open", "a parting from this deal is already under way: "+known[0].ID.String())
			}
		}
		one := *c // the transaction may run twice
		if err := one.takeTerms(ctx, tx, d.now(), acc.Location()); err != nil {
			return err
		}
		if err := notUnderWay(ctx, tx, &one); err != nil {
			return err
		}
		if opened, err = openCase(ctx, tx, acc, &one, ofDeal, by, "opened by hand", d.now()); err != nil {
			return err
		}
		if opened.ID != one.ID { // somebody else was quicker, between the two looks
			return underWayAlready(opened)
		}
		if snap != nil {
			return tx.SaveSnapshot(ctx, snap)
		}
		return nil
	})
	if IsKind(err, KindStale) {
		return nil, Rule("case_already_open", "a parting of this client has just been opened")
	}
	if err != nil {
		return nil, err
	}
	return opened, nil
}

func (r *NewCaseRequest) check() error {
	var wrong []FieldError
	if !slices.Contains([]Initiator{ByClient, ByCompany, ByLapse}, r.Initiator) {
		wrong = append(wrong, FieldError{"initiator", "client, company or lapse"})
	}
	if strings.TrimSpace(r.Client.Name) == "" && r.Client.Email == "" && r.DealID == "" {
		wrong = append(wrong, FieldError{"client", "a name, an e-mail address, or crm.deal_id to read them from"})
	}
	if r.Client.Email != "" {
		if a, err := mail.ParseAddress(r.Client.Email); err != nil || a.Address != r.Client.Email {
			wrong = append(wrong, FieldError{"client.email", "one plain e-mail address"})
		}
	}
	wrong = append(wrong, r.Client.checkTimes("client.")...)
	if r.Contract.NoticeDays < 0 || r.Contract.NoticeDays > 3650 {
		wrong = append(wrong, FieldError{"contract.notice_days", "0 to 3650"})
	}
	for field, day := range map[string]string{"notice_received_on": r.NoticeReceivedOn, "effective_on": r.EffectiveOn} {
		if _, err := time.Parse(time.DateOnly, day); day != "" && err != nil {
			wrong = append(wrong, FieldError{field, "a day, YYYY-MM-DD"})
		}
	}
	if len(wrong) > 0 {
		return Invalid("the case cannot be opened like this", wrong...)
	}
	return nil
}

func (r *NewCaseRequest) build(acc *Account, now time.Time) *Case {
	c := &Case{
		ID: NewID(), AccountID: acc.ID, Mode: acc.Mode, State: StateReceived, Initiator: r.Initiator,
		Intent: IntentUnknown, ServiceRelated: ServiceUnknown, Destination: "unknown",
		Client: r.Client, Contract: r.Contract, Responsible: r.Responsible, Note: strings.TrimSpace(r.Reason),
		CRM:   CRMLink{Provider: acc.Provider, DealID: r.DealID},
		Dates: Dates{ReceivedAt: now.UTC(), NoticeReceivedOn: r.NoticeReceivedOn, EffectiveOn: r.EffectiveOn},
		Tracks: Tracks{
			Survey: SurveyNone, Save: SaveAvailable, Notice: NoticeNone, Handover: HandoverNotNeeded,
			Settlement: SettlementNotNeeded, Review: ReviewNone, WinBack: WinBackNone, WriteBack: WriteBackClean,
		},
	}
	if r.Initiator == ByLapse {
		c.Cause = CauseSilence
	}
	c.stateReason(strings.TrimSpace(r.Reason))
	return c
}

// stateReason takes a code that a person gave for the reason; other words are a note.
func (c *Case) stateReason(code string) {
	known, ok := survey.Lookup(code)
	if !ok || c.Initiator == ByCompany {
		return
	}
	c.Reason = StatedReason{Code: code, Source: "manager"}
	if known.Cause != "" {
		c.Cause = known.Cause
	}
	if known.ServiceRelated != "" {
		c.ServiceRelated = ServiceRelated(known.ServiceRelated)
	}
}

// notUnderWay refuses a second open parting of a client from one contract.
func notUnderWay(ctx context.Context, tx Store, c *Case) error {
	known, err := tx.CasesOfClient(ctx, c.AccountID, c.Client)
	if err != nil {
		return err
	}
	if k := c.underWay(known); k != nil {
		return underWayAlready(k)
	}
	return nil
}

func underWayAlready(k *Case) error {
	return Rule("case_already_open", "a parting of this client is already under way: "+k.ID.String()+"; if another contract is meant, name its number")
}

// underWay finds the open parting of the same client from the same contract; nil:
// there is none (domain §2.1). Two deals of a CRM are two contracts; a contract of
// which nobody has told the number is one. What we only propose among ourselves
// is no parting of the client's: who cancels meanwhile has a way of their own.
func (c *Case) underWay(known []*Case) *Case {
	for _, k := range known {
		if k.untold() && c.Initiator != ByCompany {
			continue
		}
		twoDeals := k.CRM.DealID != "" && c.CRM.DealID != "" && k.CRM.DealID != c.CRM.DealID
		if k.ID != c.ID && k.Open() && !twoDeals && sameText(k.Contract.Number, c.Contract.Number) && k.Client.isOf(c.Client) {
			return k
		}
	}
	return nil
}

// isOf reports whether two records are of one client: something by which a client
// is known agrees, and nothing differs.
func (c Client) isOf(other Client) bool {
	agrees := false
	for _, pair := range [][2]string{{c.ID, other.ID}, {c.Email, other.Email}} {
		switch {
		case pair[0] == "" || pair[1] == "":
		case !strings.EqualFold(pair[0], pair[1]):
			return false
		default:
			agrees = true
		}
	}
	return agrees
}

// joinByHand lets the deal of a hook join the parting that a person has opened
// for the same client: from now on it is told on the deal's card.
func joinByHand(ctx context.Context, tx Store, acc *Account, k, hooked *Case, by Actor, now time.Time) error {
	title, company := k.Contract.Title, k.Company
	k.CRM = hooked.CRM
	k.Contract.Title = cmp.Or(title, hooked.Contract.Title)
	k.Company = cmp.Or(company, hooked.Company)
	k.Client.ID, k.Client.Email = cmp.Or(k.Client.ID, hooked.Client.ID), cmp.Or(k.Client.Email, hooked.Client.Email)
	k.Responsible = cmp.Or(k.Responsible, hooked.Responsible)
	if err := tx.Record(ctx, k.line(by, "case.joined", "a parting that was opened by hand is about this deal", nil)); err != nil {
		return err
	}
	return saveAndSync(ctx, tx, acc, k, now)
}

// keepGiven puts back what a person gave by hand over what the CRM says.
func (c *Case) keepGiven(given *Case) {
	if given.Client.Name != "" {
		c.Client.Name = given.Client.Name
	}
	if given.Client.Email != "" {
		c.Client.Email = given.Client.Email
	}
	if given.Client.Phone != "" {
		c.Client.Phone = given.Client.Phone
	}
	if given.Client.Lang != "" {
		c.Client.Lang = given.Client.Lang
	}
	for _, f := range []struct{ to, from *string }{
		{&c.Client.TimeZone, &given.Client.TimeZone}, {&c.Client.Birthday, &given.Client.Birthday}, {&c.Client.CompanyDay, &given.Client.CompanyDay},
	} {
		if *f.from != "" {
			*f.to = *f.from
		}
	}
	if given.Responsible != (Responsible{}) {
		c.Responsible = given.Responsible
	}
}

// InScope reports whether an account lies in a key's scope; nil is everything.
func InScope(scope []uuid.UUID, id uuid.UUID) bool {
	if scope == nil {
		return true
	}
	return slices.Contains(scope, id)
}
