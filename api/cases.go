package api

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"opendoor/offboarding"
)

// CaseResponse is one parting with its tracks. A viewer sees no personal data.
type CaseResponse struct {
	ID             uuid.UUID       `json:"id"`
	No             int64           `json:"no" example:"42"`
	AccountID      uuid.UUID       `json:"account_id"`
	State          string          `json:"state" example:"listening" enums:"received,listening,saving,saved,saved_confirmed,proposed,cooling_off,approval,dropped,parting,leaving,parted,in_touch,returned,closed,cancelled"`
	Tracks         TracksBody      `json:"tracks"`
	Initiator      string          `json:"initiator" example:"client" enums:"client,company,lapse"`
	Intent         string          `json:"intent" example:"undecided" enums:"unknown,venting,undecided,final"`
	IntentSource   string          `json:"intent_source,omitempty" example:"manager"`
	Reason         ReasonBody      `json:"reason"`
	Cause          string          `json:"cause" example:"silence"`
	ServiceRelated string          `json:"service_related" example:"partly" enums:"yes,partly,no,unknown"`
	Destination    string          `json:"destination" example:"unknown"`
	Client         ClientBody      `json:"client"`
	Company        *NamedBody      `json:"company,omitempty"`
	Responsible    ResponsibleBody `json:"responsible"`
	Contract       ContractBody    `json:"contract"`
	Dates          DatesBody       `json:"dates"`
	CRM            CRMBody         `json:"crm"`
	Answer         *AnswerBody     `json:"answer,omitempty"`
	Mode           string          `json:"mode" example:"live"`
	Held           bool            `json:"held" example:"false"`
	Paused         bool            `json:"paused" example:"false"`
	NoContact      bool            `json:"no_contact" example:"false"`
	Flags          []string        `json:"flags" example:"contract_missing"`
	RelapseOf      *uuid.UUID      `json:"relapse_of,omitempty"`
	Note           string          `json:"note,omitempty"`
	LifeBody
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
	Version   int       `json:"version" example:"3"`
} //	@name	Case

// TracksBody are the parallel threads of a case.
type TracksBody struct {
	Survey     string `json:"survey" example:"sent"`
	Save       string `json:"save" example:"available"`
	Notice     string `json:"notice" example:"none"`
	Handover   string `json:"handover" example:"not_needed"`
	Settlement string `json:"settlement" example:"not_needed"`
	Review     string `json:"review" example:"none"`
	WinBack    string `json:"winback" example:"none"`
	WriteBack  string `json:"writeback" example:"clean"`
} //	@name	Tracks

// ReasonBody is the stated reason.
type ReasonBody struct {
	Code   string `json:"code" example:"price"`
	Source string `json:"source" example:"survey"`
} //	@name	Reason

// ClientBody is who is leaving.
type ClientBody struct {
	ID    string `json:"id,omitempty" example:"17611273"`
	Name  string `json:"name,omitempty" example:"Анна Примерова"`
	Email string `json:"email,omitempty" example:"client@example.com"`
	Phone string `json:"phone,omitempty" example:"+70000000000"`
	Lang  string `json:"lang,omitempty" example:"ru"`

	TimeZone   string `json:"time_zone,omitempty" example:"Asia/Omsk"` // empty: told by the phone, or the account's
	Birthday   string `json:"birthday,omitempty" example:"1980-01-12"` // or --01-12 without the year
	CompanyDay string `json:"company_day,omitempty" example:"--09-01"` // when the company was founded
} //	@name	Client

func clientBody(c offboarding.Client) ClientBody {
	return ClientBody{c.ID, c.Name, c.Email, c.Phone, string(c.Lang), c.TimeZone, c.Birthday, c.CompanyDay}
}

func (b ClientBody) client() offboarding.Client {
	return offboarding.Client{
		ID: b.ID, Name: b.Name, Email: b.Email, Phone: b.Phone, Lang: offboarding.Lang(b.Lang).Or(""),
		TimeZone: b.TimeZone, Birthday: b.Birthday, CompanyDay: b.CompanyDay,
	}
}

// NamedBody is an entity of the CRM.
type NamedBody struct {
	ID   string `json:"id,omitempty" example:"17612521"`
	Name string `json:"name,omitempty" example:"ООО «Пример»"`
} //	@name	Named

// ResponsibleBody is our employee on the client's line.
type ResponsibleBody struct {
	ID    string `json:"id,omitempty" example:"11087123"`
	Name  string `json:"name,omitempty" example:"Мария Образцова"`
	Email string `json:"email,omitempty" example:"manager@example.com"`
} //	@name	Responsible

// ContractBody is what is being left.
type ContractBody struct {
	Number       string     `json:"number,omitempty" example:"12/24"`
	Title        string     `json:"title,omitempty" example:"Договор 12/24"`
	NoticeDays   int        `json:"notice_days" example:"30"`
	HandoverDays int        `json:"handover_days,omitempty" example:"10"`
	ServiceType  string     `json:"service_type,omitempty" example:"accounting"`
	Amount       *MoneyBody `json:"amount,omitempty"`
	Missing      bool       `json:"missing,omitempty" example:"false"`
	RecordID     *uuid.UUID `json:"record_id,omitempty"`
	NoticeClause string     `json:"notice_clause,omitempty" example:"п. 8.2"`
} //	@name	Contract

// MoneyBody is an amount in minor units.
type MoneyBody struct {
	AmountMinor int64  `json:"amount_minor" example:"123450"`
	Currency    string `json:"currency" example:"RUB"`
} //	@name	Money

// DatesBody are the milestones of a case.
type DatesBody struct {
	ReceivedAt       time.Time  `json:"received_at"`
	CallBy           *time.Time `json:"call_by,omitempty"`
	TalkedAt         *time.Time `json:"talked_at,omitempty"`                  // the first talk of a person with the client
	TalkedAfter      int        `json:"talked_after,omitempty" example:"185"` // minutes of business time until then
	SurveyDueAt      *time.Time `json:"survey_due_at,omitempty"`
	SurveySentAt     *time.Time `json:"survey_sent_at,omitempty"`
	SurveyExpiresAt  *time.Time `json:"survey_expires_at,omitempty"`
	AnsweredAt       *time.Time `json:"answered_at,omitempty"`
	DecidedAt        *time.Time `json:"decided_at,omitempty"`
	NoticeReceivedOn string     `json:"notice_received_on,omitempty" example:"2026-11-20"`
	EffectiveOn      string     `json:"effective_on,omitempty" example:"2026-12-20"`
	HandoverDue      string     `json:"handover_due,omitempty" example:"2026-12-20"`
	LetterReceivedAt *time.Time `json:"letter_received_at,omitempty"`
	SavedAt          *time.Time `json:"saved_at,omitempty"`
	PartedAt         *time.Time `json:"parted_at,omitempty"`
	ReturnedAt       *time.Time `json:"returned_at,omitempty"`
	ClosedAt         *time.Time `json:"closed_at,omitempty"`
	ServiceEndedAt   *time.Time `json:"service_ended_at,omitempty"`
	ReviewOn         string     `json:"review_on,omitempty" example:"2027-12-20"` // when no_further_service is looked at again
	SeasonOn         string     `json:"season_on,omitempty" example:"2027-03-01"` // when the client is expected to need us again
	ReactedAt        *time.Time `json:"reacted_at,omitempty"`                     // the client's last own word after the parting
} //	@name	Dates

// CRMBody is where the case lives in the source.
type CRMBody struct {
	Provider   string `json:"provider,omitempty" example:"amocrm"`
	DealID     string `json:"deal_id,omitempty" example:"15318176"`
	URL        string `json:"url,omitempty" example:"https://example.amocrm.ru/leads/detail/15318176"`
	Pipeline   string `json:"pipeline,omitempty" example:"Обслуживание"`
	Stage      string `json:"stage,omitempty" example:"Закрыто и не реализовано"`
	LossReason string `json:"loss_reason,omitempty" example:"Дорого"`
} //	@name	CaseCRM

// AnswerBody is what was said in the survey.
type AnswerBody struct {
	Reason         string    `json:"reason" example:"price"`
	ServiceRelated string    `json:"service_related,omitempty" example:"no" enums:"yes,partly,no"`
	Detail         string    `json:"detail,omitempty"`
	NPS            *int      `json:"nps,omitempty" example:"8"`
	KeepInTouch    []string  `json:"keep_in_touch,omitempty" example:"email"`
	Liked          string    `json:"liked,omitempty"`
	Comment        string    `json:"comment,omitempty"`
	Source         string    `json:"source" example:"survey"`
	Label          string    `json:"label,omitempty" example:"Дорого или сократился бюджет"` // the reason in the words that the client saw
	Lang           string    `json:"lang,omitempty" example:"ru"`
	Wording        int       `json:"wording,omitempty" example:"1"` // version of the survey in that language: GET /surveys/{lang}?version=
	At             time.Time `json:"at"`
} //	@name	Answer

// CaseRequest opens a case by hand.
type CaseRequest struct {
	AccountID        uuid.UUID       `json:"account_id"`
	Initiator        string          `json:"initiator" example:"client" enums:"client,company,lapse"`
	Client           ClientBody      `json:"client"`
	Contract         CaseContract    `json:"contract"`
	Responsible      ResponsibleBody `json:"responsible"`
	Reason           string          `json:"reason,omitempty" example:"позвонил и сказал, что уходит"`
	CRM              *CaseCRMRequest `json:"crm,omitempty"`
	NoticeReceivedOn string          `json:"notice_received_on,omitempty" example:"2026-11-20"`
	EffectiveOn      string          `json:"effective_on,omitempty" example:"2026-12-20"`
} //	@name	CaseRequest

// CaseContract is the contract of a case that is opened by hand.
type CaseContract struct {
	Number       string `json:"number,omitempty" example:"12/24"`
	NoticeDays   *int   `json:"notice_days,omitempty" example:"30"` // 0: none has to be kept; left out: the contract on record says it
	HandoverDays int    `json:"handover_days,omitempty" example:"10"`
	ServiceType  string `json:"service_type,omitempty" example:"accounting"`
} //	@name	CaseContract

// CaseCRMRequest names the deal that everything is read from.
type CaseCRMRequest struct {
	DealID string `json:"deal_id" example:"15318176"`
} //	@name	CaseCRMRequest

// TimelineEntry is one thing that happened or is planned.
type TimelineEntry struct {
	At        time.Time  `json:"at"`
	Kind      string     `json:"kind" example:"message.sent"`
	Summary   string     `json:"summary" example:"T01 sent"`
	Actor     string     `json:"actor" example:"system"`
	MessageID *uuid.UUID `json:"message_id,omitempty"`
	Planned   bool       `json:"planned" example:"false"`
} //	@name	TimelineEntry

type caseHandlers struct{ cfg Config }

// list answers cases, newest first.
//
//	@Summary	List cases
//	@ID			listCases
//	@Tags		cases
//	@Produce	json
//	@Param		state		query		string	false	"only in this state"
//	@Param		account_id	query		string	false	"only of this account"	Format(uuid)
//	@Param		initiator	query		string	false	"client, company or lapse"
//	@Param		reason		query		string	false	"a reason code or its group"
//	@Param		responsible	query		string	false	"id or e-mail of the responsible"
//	@Param		q			query		string	false	"part of name, e-mail, contract or number"
//	@Param		from		query		string	false	"received at or after"
//	@Param		to			query		string	false	"received before"
//	@Param		limit		query		int		false	"at most 200"
//	@Param		cursor		query		string	false	"next_cursor of the page before"
//	@Success	200			{object}	List[CaseResponse]
//	@Failure	401			{object}	Problem
//	@Failure	422			{object}	Problem
//	@Security	BearerAuth
//	@Router		/api/v1/cases [get]
func (h caseHandlers) list(c *gin.Context) {
	p, err := page(c)
	f := offboarding.CaseFilter{
		Scope: scopeOf(c), State: offboarding.State(c.Query("state")), Initiator: offboarding.Initiator(c.Query("initiator")),
		Reason: c.Query("reason"), Responsible: c.Query("responsible"), Query: c.Query("q"), Page: more(p),
	}
	if err == nil {
		f.AccountID, err = queryID(c, "account_id")
	}
	if err == nil {
		f.From, err = queryTime(c, "from")
	}
	if err == nil {
		f.To, err = queryTime(c, "to")
	}
	var rows []*offboarding.Case
	if err == nil && f.Query != "" && callerOf(c).role == RoleViewer {
		err = refuse(http.StatusForbidden, "a viewer may not search by personal data")
	}
	ctx := c.Request.Context()
	if err == nil {
		rows, err = h.cfg.Store.CasesInScope(ctx, f)
	}
	var back map[uuid.UUID]offboarding.WriteBackTrack
	if err == nil {
		back, err = h.writeBack(ctx, rows...)
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	who := personOf(c)
	secret := map[uuid.UUID]bool{}
	for _, k := range rows {
		secret[k.ID] = hidesComplaint(k, who)
	}
	res := listOf(rows, p.Limit, func(k *offboarding.Case) uuid.UUID { return k.ID },
		func(k *offboarding.Case) CaseResponse { return caseResponse(k, back[k.ID], who) })
	if f.Reason != "" { // to be found by its reason would tell it
		res.Items = slices.DeleteFunc(res.Items, func(r CaseResponse) bool { return secret[r.ID] })
	}
	c.JSON(http.StatusOK, res)
}

func (h caseHandlers) writeBack(ctx context.Context, rows ...*offboarding.Case) (map[uuid.UUID]offboarding.WriteBackTrack, error) {
	ids := make([]uuid.UUID, len(rows))
	for i, k := range rows {
		ids[i] = k.ID
	}
	return h.cfg.Store.WriteBackOf(ctx, ids)
}

func (h caseHandlers) answer(c *gin.Context, status int, k *offboarding.Case) {
	back, err := h.writeBack(c.Request.Context(), k)
	if err != nil {
		_ = c.Error(err)
		return
	}
	c.Header("ETag", etag(k.Version))
	c.JSON(status, caseResponse(k, back[k.ID], personOf(c)))
}

// open opens a case by hand.
//
//	@Summary		Open a case by hand
//	@Description	With crm.deal_id everything is read from the CRM and written back as for a hook.
//	@Description	A client leaves one contract once at a time: 409, rule case_already_open, with the case that is under way. Two deals, or two numbers, are two contracts; a contract without a number is one. A hook about a client for whom a case was opened by hand without a deal joins it.
//	@ID				openCase
//	@Tags			cases
//	@Accept			json
//	@Produce		json
//	@Param			body			body		CaseRequest	true	"the case"
//	@Param			Idempotency-Key	header		string		false	"makes a repeat harmless"
//	@Success		201				{object}	CaseResponse
//	@Failure		401				{object}	Problem
//	@Failure		403				{object}	Problem
//	@Failure		404				{object}	Problem
//	@Failure		409				{object}	Problem	"rule: case_already_open"
//	@Failure		422				{object}	Problem
//	@Failure		502				{object}	Problem
//	@Security		BearerAuth
//	@Router			/api/v1/cases [post]
func (h caseHandlers) open(c *gin.Context) {
	var r CaseRequest
	if err := bindJSON(c, &r); err != nil {
		_ = c.Error(err)
		return
	}
	req := offboarding.NewCaseRequest{
		AccountID: r.AccountID, Initiator: offboarding.Initiator(r.Initiator),
		Client:      r.Client.client(),
		Contract:    offboarding.Contract{Number: r.Contract.Number, HandoverDays: r.Contract.HandoverDays, ServiceType: r.Contract.ServiceType},
		Responsible: offboarding.Responsible{ID: r.Responsible.ID, Name: r.Responsible.Name, Email: r.Responsible.Email},
		Reason:      r.Reason, NoticeReceivedOn: r.NoticeReceivedOn, EffectiveOn: r.EffectiveOn,
	}
	if r.Contract.NoticeDays != nil {
		req.Contract.NoticeDays, req.Contract.NoticeKnown = *r.Contract.NoticeDays, true
	}
	if r.CRM != nil {
		req.DealID = r.CRM.DealID
	}
	k, err := h.cfg.Desk.Open(c.Request.Context(), scopeOf(c), req, actorOf(c))
	if err != nil {
		_ = c.Error(err)
		return
	}
	h.cfg.Bell.Ring()
	c.Header("Location", "/api/v1/cases/"+k.ID.String())
	h.answer(c, http.StatusCreated, k)
}

// get answers one case.
//
//	@Summary	Get a case
//	@ID			getCase
//	@Tags		cases
//	@Produce	json
//	@Param		id	path		string	true	"case id"	Format(uuid)
//	@Success	200	{object}	CaseResponse
//	@Failure	401	{object}	Problem
//	@Failure	404	{object}	Problem
//	@Security	BearerAuth
//	@Router		/api/v1/cases/{id} [get]
func (h caseHandlers) get(c *gin.Context) {
	k, err := h.load(c)
	if err != nil {
		_ = c.Error(err)
		return
	}
	h.answer(c, http.StatusOK, k)
}

func (h caseHandlers) load(c *gin.Context) (*offboarding.Case, error) {
	id, err := pathID(c)
	if err != nil {
		return nil, err
	}
	return h.cfg.Store.Case(c.Request.Context(), scopeOf(c), id)
}

// timeline answers everything that happened and that is planned, in order.
//
//	@Summary	Timeline of a case
//	@ID			getTimeline
//	@Tags		cases
//	@Produce	json
//	@Param		id	path		string	true	"case id"	Format(uuid)
//	@Success	200	{object}	List[TimelineEntry]
//	@Failure	401	{object}	Problem
//	@Failure	404	{object}	Problem
//	@Security	BearerAuth
//	@Router		/api/v1/cases/{id}/timeline [get]
func (h caseHandlers) timeline(c *gin.Context) {
	k, err := h.load(c)
	var entries []offboarding.Moment
	if err == nil {
		entries, err = offboarding.Timeline(c.Request.Context(), h.cfg.Store, k)
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	res := List[TimelineEntry]{Items: make([]TimelineEntry, 0, len(entries))}
	for _, e := range entries {
		res.Items = append(res.Items, TimelineEntry{e.At.UTC(), e.Kind, e.Summary, string(e.Actor), e.MessageID, e.Planned})
	}
	c.JSON(http.StatusOK, res)
}

// ActionRequest is the body of an action; only the parts that the action needs
// may be given.
type ActionRequest struct {
	Note           string   `json:"note,omitempty"`
	Reason         string   `json:"reason,omitempty" example:"price"`
	Intent         string   `json:"intent,omitempty" example:"final" enums:"unknown,venting,undecided,final"`
	ReceivedOn     string   `json:"received_on,omitempty" example:"2026-11-20"`
	DealID         string   `json:"deal_id,omitempty" example:"15318176"`
	Handover       string   `json:"handover,omitempty" example:"not_needed"`
	Settlement     string   `json:"settlement,omitempty" example:"not_needed"`
	ServiceRelated string   `json:"service_related,omitempty" example:"no" enums:"yes,partly,no"`
	Detail         string   `json:"detail,omitempty"`
	NPS            *int     `json:"nps,omitempty" example:"8"`
	KeepInTouch    []string `json:"keep_in_touch,omitempty" example:"email"`
	Liked          string   `json:"liked,omitempty"`
	Comment        string   `json:"comment,omitempty"`
	HeardWhen      string   `json:"heard_when,omitempty" example:"в сентябре"`          // of record_answer: when the client heard something about us
	HeardFrom      string   `json:"heard_from,omitempty" example:"от бывшего партнёра"` // from where; goes to the restricted record alone
	TimeZone       string   `json:"time_zone,omitempty" example:"Asia/Omsk"`
	Birthday       string   `json:"birthday,omitempty" example:"1980-01-12"`
	CompanyDay     string   `json:"company_day,omitempty" example:"--09-01"`
	SeasonOn       string   `json:"season_on,omitempty" example:"2027-03-01"`
	RefusalRequest
} //	@name	ActionRequest

// act does an action for a person.
//
//	@Summary		Act on a case
//	@Description	What the rules forbid is 409 with the rule's name.
//	@Description	Moves: move_not_allowed, begun_by_company, service_already_ended, effective_date_not_reached, handover_unfinished, settlement_unfinished, save_not_confirmed_yet, no_channel_left, winback_off, no_further_service, case_cancelled, dispute_too_young, nothing_late, letter_without_leaving.
//	@Description	One offer: not_begun_by_client, decision_final, looks_final, save_not_allowed, asked_to_be_left_alone, legal_hold, no_legal_hold, reason_unknown, handover_must_begin, saved_recently, proposal_declined_before, client_said_so.
//	@Description	The company's own parting, each precondition by its name: company_reason_missing, incidents_missing, review_missing, reviewer_in_quarrel, bad_day, our_fault, history_not_read, warning_missing, obligations_not_listed, legal_check_missing, refund_undecided, alternative_missing, alternative_without_consent, alternative_check_outdated, cooling_off_not_over, cooling_off_not_running, cooling_off_stands, approval_missing, approver_needed, approver_is_requester, approver_in_quarrel.
//	@Description	save asks the client's other partings too: decision_final, looks_final or save_not_allowed while one of them says so, or up to 180 days after it was cancelled as a mistake. drop is for nobody in the quarrel (reviewer_in_quarrel, approver_in_quarrel); once approval is asked for it is the approver's and not the requester's. Nor do they cancel it: cancel and record_answer are for nobody whom the client may have meant (shield_stands).
//	@Description	Others: already_paused, not_paused, not_shielded, shield_stands.
//	@Description	approve, shorten_cooling_off: for an approver or an administrator. release_reason: for an approver, an hr_manager or an administrator.
//	@ID				actOnCase
//	@Tags			cases
//	@Accept			json
//	@Produce		json
//	@Param			id				path		string			true	"case id"		Format(uuid)
//	@Param			action			path		string			true	"what to do"	Enums(approve, cancel, drop, explain_delay, legal_hold, lift_hold, part, pause, proceed, propose, record_answer, record_letter, release_reason, resume, return, review, save, set_dates, set_intent, shorten_cooling_off, stop_contact, withdraw)
//	@Param			If-Match		header		string			false	"the version that was seen"
//	@Param			Idempotency-Key	header		string			false	"makes a repeat harmless"
//	@Param			body			body		ActionRequest	false	"what the action needs"
//	@Success		200				{object}	CaseResponse
//	@Failure		401				{object}	Problem
//	@Failure		403				{object}	Problem
//	@Failure		404				{object}	Problem
//	@Failure		409				{object}	Problem
//	@Failure		412				{object}	Problem
//	@Failure		422				{object}	Problem
//	@Security		BearerAuth
//	@Router			/api/v1/cases/{id}/actions/{action} [post]
func (h caseHandlers) act(c *gin.Context) {
	id, err := pathID(c)
	var r ActionRequest
	if err == nil {
		err = bindJSON(c, &r)
	}
	var seen int
	if err == nil {
		seen, err = ifMatch(c)
	}
	if err == nil {
		err = r.check(c.Param("action"))
	}
	if err == nil {
		err = mayAct(callerOf(c), c.Param("action"))
	}
	var k *offboarding.Case
	if err == nil {
		a := r.action(c.Param("action"))
		a.Person = personOf(c)
		k, err = h.cfg.Desk.Act(c.Request.Context(), scopeOf(c), id, seen, a, actorOf(c))
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	h.cfg.Bell.Ring()
	h.answer(c, http.StatusOK, k)
}

func (r *ActionRequest) action(name string) offboarding.Action {
	return offboarding.Action{
		Name: name, Note: r.Note, Reason: r.Reason, Intent: offboarding.Intent(r.Intent), ReceivedOn: r.ReceivedOn, DealID: r.DealID,
		Handover: offboarding.HandoverTrack(r.Handover), Settlement: offboarding.SettlementTrack(r.Settlement),
		Answer: offboarding.Answer{
			Reason: r.Reason, ServiceRelated: offboarding.ServiceRelated(r.ServiceRelated), Detail: r.Detail, NPS: r.NPS,
			KeepInTouch: r.KeepInTouch, Liked: r.Liked, Comment: r.Comment, HeardWhen: r.HeardWhen, HeardFrom: r.HeardFrom, Source: "manager",
		},
		Text: r.Text, Proposal: r.Proposal, Incidents: r.incidents(), QuarrelWith: r.QuarrelWith, Review: r.review(r.Note), Why: r.Why, NewDate: r.NewDate,
		Client: offboarding.Client{TimeZone: r.TimeZone, Birthday: r.Birthday, CompanyDay: r.CompanyDay}, SeasonOn: r.SeasonOn,
	}
}
