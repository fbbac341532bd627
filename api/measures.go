package api

import (
	"net/http"
	"slices"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"opendoor/offboarding"
	"opendoor/offboarding/survey"
)

// MeasureRequest plans something that we do about what went wrong.
type MeasureRequest struct {
	Code   string     `json:"code" example:"M3" enums:"M1,M2,M3,M4,M5,M6,M7,M8,M9,M10,M11"`
	Owner  string     `json:"owner" example:"11087123"` // id of a person in the CRM, or a name
	DueOn  string     `json:"due_on" example:"2026-12-10"`
	Note   string     `json:"note,omitempty" example:"вернуть плату за октябрь"`
	Amount *MoneyBody `json:"amount,omitempty"` // of M3 and M4
} //	@name	MeasureRequest

// MeasurePatch changes a measure; what is left out stays.
type MeasurePatch struct {
	Owner  *string    `json:"owner,omitempty" example:"11087123"`
	DueOn  *string    `json:"due_on,omitempty" example:"2026-12-10"`
	Note   *string    `json:"note,omitempty"`
	Amount *MoneyBody `json:"amount,omitempty"`
	State  *string    `json:"state,omitempty" example:"done" enums:"open,done,cancelled"`
} //	@name	MeasurePatch

// MeasureResponse is a measure as it stands.
type MeasureResponse struct {
	ID         uuid.UUID  `json:"id"`
	CaseID     uuid.UUID  `json:"case_id"`
	Code       string     `json:"code" example:"M3"`
	Name       string     `json:"name" example:"возместить ущерб"`
	State      string     `json:"state" example:"open" enums:"open,done,cancelled"`
	Owner      string     `json:"owner" example:"11087123"`
	DueOn      string     `json:"due_on" example:"2026-12-10"`
	Note       string     `json:"note,omitempty"`
	Amount     *MoneyBody `json:"amount,omitempty"`
	CreatedBy  string     `json:"created_by" example:"office"`
	ApprovedBy string     `json:"approved_by,omitempty" example:"director"`
	ApprovedAt *time.Time `json:"approved_at,omitempty"`
	DoneAt     *time.Time `json:"done_at,omitempty"`
	CreatedAt  time.Time  `json:"created_at"`
} //	@name	Measure

// MeasureList holds the measures of a case and those that its reason asks for.
type MeasureList struct {
	Items     []MeasureResponse `json:"items"`
	Suggested []string          `json:"suggested" example:"M2,M3,M8"`
} //	@name	MeasureList

type measureHandlers struct{ cfg Config }

// leads are the roles that see what looks into a person.
var leads = access{RoleAdmin, RoleApprover, RoleHRManager}

func measureResponse(m *offboarding.Measure) MeasureResponse {
	res := MeasureResponse{
		ID: m.ID, CaseID: m.CaseID, Code: m.Code, Name: offboarding.MeasureName(m.Code, offboarding.RU), State: string(m.State), Owner: m.Owner,
		DueOn: m.DueOn, Note: m.Note, CreatedBy: m.CreatedBy.Name, ApprovedBy: m.ApprovedBy.Name, ApprovedAt: optional(m.ApprovedAt),
		DoneAt: optional(m.DoneAt), CreatedAt: m.CreatedAt.UTC(),
	}
	if m.Amount != nil {
		res.Amount = &MoneyBody{m.Amount.AmountMinor, m.Amount.Currency}
	}
	return res
}

// maySee hides what looks into a person from everybody but those who lead, and
// the measures of a complaint from whom it may be about.
func maySee(c *gin.Context, k *offboarding.Case, m *offboarding.Measure) bool {
	return k.MayRead(personOf(c)) && (!m.AboutPeople() || slices.Contains(leads, callerOf(c).role))
}

// list answers the measures of a case, oldest first.
//
//	@Summary	List measures of a case
//	@ID			listMeasures
//	@Tags		cases
//	@Produce	json
//	@Param		id	path		string	true	"case id"	Format(uuid)
//	@Success	200	{object}	MeasureList
//	@Failure	401	{object}	Problem
//	@Failure	403	{object}	Problem
//	@Failure	404	{object}	Problem
//	@Security	BearerAuth
//	@Router		/api/v1/cases/{id}/measures [get]
func (h measureHandlers) list(c *gin.Context) {
	k, err := caseHandlers(h).load(c)
	var all []*offboarding.Measure
	if err == nil {
		all, err = h.cfg.Store.MeasuresOf(c.Request.Context(), k.ID)
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	res := MeasureList{Items: []MeasureResponse{}, Suggested: []string{}}
	for _, m := range all {
		if maySee(c, k, m) {
			res.Items = append(res.Items, measureResponse(m))
		}
	}
	for _, code := range k.SuggestedMeasures() {
		if maySee(c, k, &offboarding.Measure{Code: code}) {
			res.Suggested = append(res.Suggested, code)
		}
	}
	c.JSON(http.StatusOK, res)
}

// plan adds a measure.
//
//	@Summary		Plan a measure
//	@Description	The rules courtesy_over_cap, courtesy_with_bill and courtesy_with_request hold for M4. M9 and M10 look into a person: for approver, hr_manager and admin.
//	@ID				planMeasure
//	@Tags			cases
//	@Accept			json
//	@Produce		json
//	@Param			id				path		string			true	"case id"	Format(uuid)
//	@Param			Idempotency-Key	header		string			false	"makes a repeat harmless"
//	@Param			body			body		MeasureRequest	true	"the measure"
//	@Success		201				{object}	MeasureResponse
//	@Failure		401				{object}	Problem
//	@Failure		403				{object}	Problem
//	@Failure		404				{object}	Problem
//	@Failure		409				{object}	Problem
//	@Failure		422				{object}	Problem
//	@Security		BearerAuth
//	@Router			/api/v1/cases/{id}/measures [post]
func (h measureHandlers) plan(c *gin.Context) {
	k, err := caseHandlers(h).load(c)
	var r MeasureRequest
	if err == nil {
		err = bindJSON(c, &r)
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	m := &offboarding.Measure{Code: r.Code, Owner: r.Owner, DueOn: r.DueOn, Note: r.Note, Amount: money(r.Amount), CreatedBy: personOf(c)}
	if !maySee(c, k, m) {
		_ = c.Error(refuse(http.StatusForbidden, "the key's role "+string(callerOf(c).role)+" may not plan "+r.Code))
		return
	}
	m, err = h.cfg.Desk.PlanMeasure(c.Request.Context(), scopeOf(c), k.ID, m, actorOf(c))
	if err != nil {
		_ = c.Error(err)
		return
	}
	h.cfg.Bell.Ring()
	c.JSON(http.StatusCreated, measureResponse(m))
}

func money(b *MoneyBody) *offboarding.Money {
	if b == nil {
		return nil
	}
	return &offboarding.Money{AmountMinor: b.AmountMinor, Currency: b.Currency}
}

// measure finds the measure of the path, or that there is none for the caller.
func (h measureHandlers) measure(c *gin.Context) (*offboarding.Case, *offboarding.Measure, error) {
	k, err := caseHandlers(h).load(c)
	if err != nil {
		return nil, nil, err
	}
	id, err := uuid.Parse(c.Param("measure"))
	if err != nil {
		return nil, nil, offboarding.ErrNotFound
	}
	m, err := h.cfg.Store.Measure(c.Request.Context(), k.ID, id)
	if err == nil && !maySee(c, k, m) {
		err = offboarding.ErrNotFound
	}
	return k, m, err
}

// change changes a measure, or says that it is done.
//
//	@Summary		Change a measure
//	@Description	Rules: measure_closed, compensation_not_approved, courtesy_over_cap, courtesy_with_bill, courtesy_with_request.
//	@ID				changeMeasure
//	@Tags			cases
//	@Accept			json
//	@Produce		json
//	@Param			id		path		string			true	"case id"		Format(uuid)
//	@Param			measure	path		string			true	"measure id"	Format(uuid)
//	@Param			body	body		MeasurePatch	true	"what changes"
//	@Success		200		{object}	MeasureResponse
//	@Failure		401		{object}	Problem
//	@Failure		403		{object}	Problem
//	@Failure		404		{object}	Problem
//	@Failure		409		{object}	Problem
//	@Failure		422		{object}	Problem
//	@Security		BearerAuth
//	@Router			/api/v1/cases/{id}/measures/{measure} [patch]
func (h measureHandlers) change(c *gin.Context) {
	k, m, err := h.measure(c)
	var r MeasurePatch
	if err == nil {
		err = bindJSON(c, &r)
	}
	if err == nil {
		ch := offboarding.MeasureChange{Owner: r.Owner, DueOn: r.DueOn, Note: r.Note, Amount: money(r.Amount), State: (*offboarding.MeasureState)(r.State)}
		m, err = h.cfg.Desk.ChangeMeasure(c.Request.Context(), scopeOf(c), k.ID, m.ID, ch, personOf(c), actorOf(c))
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	c.JSON(http.StatusOK, measureResponse(m))
}

// approve agrees to a compensation.
//
//	@Summary		Approve a compensation
//	@Description	Rules: nothing_to_approve, measure_closed, approver_is_author, compensation_without_amount.
//	@ID				approveMeasure
//	@Tags			cases
//	@Produce		json
//	@Param			id				path		string	true	"case id"		Format(uuid)
//	@Param			measure			path		string	true	"measure id"	Format(uuid)
//	@Param			Idempotency-Key	header		string	false	"makes a repeat harmless"
//	@Success		200				{object}	MeasureResponse
//	@Failure		401				{object}	Problem
//	@Failure		403				{object}	Problem
//	@Failure		404				{object}	Problem
//	@Failure		409				{object}	Problem
//	@Security		BearerAuth
//	@Router			/api/v1/cases/{id}/measures/{measure}/approve [post]
func (h measureHandlers) approve(c *gin.Context) {
	k, m, err := h.measure(c)
	if err == nil {
		m, err = h.cfg.Desk.ApproveMeasure(c.Request.Context(), scopeOf(c), k.ID, m.ID, personOf(c), actorOf(c))
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	c.JSON(http.StatusOK, measureResponse(m))
}

// ClassifyRequest sets the level-2 reason by a person's judgement.
type ClassifyRequest struct {
	Reason         string `json:"reason" example:"contact.slow"`
	Cause          string `json:"cause,omitempty" example:"silence" enums:"silence,broken_terms,third_party,destroyer,none"`
	ServiceRelated string `json:"service_related,omitempty" example:"yes" enums:"yes,partly,no,unknown"`
	Why            string `json:"why,omitempty"` // required when cause or share differ from what reason and client say
} //	@name	ClassifyRequest

// classify sets the reason.
//
//	@Summary		Set the reason of a case
//	@Description	Cause and share of our own work follow from the reason and the client's word; who says otherwise explains it (rule explanation_missing). Rule company_reason_stands.
//	@ID				classifyCase
//	@Tags			cases
//	@Accept			json
//	@Produce		json
//	@Param			id				path		string			true	"case id"	Format(uuid)
//	@Param			If-Match		header		string			false	"the version that was seen"
//	@Param			Idempotency-Key	header		string			false	"makes a repeat harmless"
//	@Param			body			body		ClassifyRequest	true	"the reason"
//	@Success		200				{object}	CaseResponse
//	@Failure		401				{object}	Problem
//	@Failure		403				{object}	Problem
//	@Failure		404				{object}	Problem
//	@Failure		409				{object}	Problem
//	@Failure		412				{object}	Problem
//	@Failure		422				{object}	Problem
//	@Security		BearerAuth
//	@Router			/api/v1/cases/{id}/reason [post]
func (h measureHandlers) classify(c *gin.Context) {
	k, err := caseHandlers(h).load(c)
	var r ClassifyRequest
	if err == nil {
		err = bindJSON(c, &r)
	}
	var seen int
	if err == nil {
		seen, err = ifMatch(c)
	}
	if err == nil && !k.MayRead(personOf(c)) {
		err = refuse(http.StatusForbidden, "the reason is with the manager")
	}
	if err == nil {
		k, err = h.cfg.Desk.Classify(c.Request.Context(), scopeOf(c), k.ID, seen, offboarding.Classification{
			Reason: r.Reason, Cause: r.Cause, ServiceRelated: offboarding.ServiceRelated(r.ServiceRelated), Why: r.Why, By: personOf(c),
		}, actorOf(c))
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	h.cfg.Bell.Ring()
	caseHandlers(h).answer(c, http.StatusOK, k)
}

// ReasonEntry is one reason of the taxonomy.
type ReasonEntry struct {
	Code           string   `json:"code" example:"contact.slow"`
	Group          string   `json:"group" example:"contact"`
	RU             string   `json:"ru" example:"долго отвечали"`
	EN             string   `json:"en" example:"answers took too long"`
	Cause          string   `json:"cause" example:"silence"`
	ServiceRelated string   `json:"service_related" example:"yes"`
	Measures       []string `json:"measures" example:"M1,M2,M8"`
} //	@name	ReasonEntry

// reasons answers the taxonomy.
//
//	@Summary	List reasons
//	@ID			listReasons
//	@Tags		cases
//	@Produce	json
//	@Success	200	{object}	List[ReasonEntry]
//	@Failure	401	{object}	Problem
//	@Security	BearerAuth
//	@Router		/api/v1/reasons [get]
func (h measureHandlers) reasons(c *gin.Context) {
	res := List[ReasonEntry]{}
	for _, r := range survey.Reasons() {
		res.Items = append(res.Items, ReasonEntry{r.Code, r.Group, r.Label("ru"), r.Label("en"), r.Cause, r.ServiceRelated, r.Measures})
	}
	c.JSON(http.StatusOK, res)
}
