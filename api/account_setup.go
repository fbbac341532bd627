package api

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"

	"opendoor/offboarding"
)

// SetupRequest chooses the steps of a setup; without it all are run.
type SetupRequest struct {
	Steps []string `json:"steps,omitempty" example:"rights,fields,hook,test_event" enums:"rights,fields,hook,test_event"`
} //	@name	SetupRequest

// SetupResponse says what stands in the CRM now.
type SetupResponse struct {
	Rights    []RightBody      `json:"rights"`
	Fields    []SetupFieldBody `json:"fields"`
	Hook      SetupHookBody    `json:"hook"`
	Advice    []string         `json:"advice"`
	TestEvent TestEventBody    `json:"test_event"`
	Mode      string           `json:"mode" example:"shadow" enums:"shadow,live"`
	At        *time.Time       `json:"at,omitempty"`
} //	@name	SetupResponse

// RightBody is one thing that the credential may, or should be allowed to do.
type RightBody struct {
	Name   string `json:"name" example:"administrator"`
	OK     bool   `json:"ok" example:"true"`
	Needed bool   `json:"needed" example:"false"`
	Detail string `json:"detail" example:"administrator: fields and hook can be made by opendoor itself"`
} //	@name	Right

// SetupFieldBody is one of our fields in the CRM.
type SetupFieldBody struct {
	Code     string `json:"code" example:"OPENDOOR_STATE"`
	RemoteID string `json:"remote_id" example:"1246489"`
	Name     string `json:"name" example:"Уход: состояние"`
	Created  bool   `json:"created" example:"true"`
} //	@name	SetupField

// SetupHookBody is our subscription in the CRM.
type SetupHookBody struct {
	URL     string `json:"url" example:"https://opendoor.example.com/hooks/amocrm/…"`
	State   string `json:"state" example:"subscribed" enums:"subscribed,already_subscribed,by_hand,not_needed,unsubscribed"`
	Detail  string `json:"detail,omitempty"`
	Created bool   `json:"created" example:"true"`
} //	@name	SetupHook

// TestEventBody says whether the event that setup waits for has come.
type TestEventBody struct {
	State  string         `json:"state" example:"waiting" enums:"not_waiting,waiting,arrived"`
	Since  *time.Time     `json:"since,omitempty"`
	Advice string         `json:"advice,omitempty" example:"Open any lead, change something small and save it."`
	Event  *EventResponse `json:"event,omitempty"`
} //	@name	TestEvent

// SetupUndoneResponse says what an undone setup leaves.
type SetupUndoneResponse struct {
	Hook          SetupHookBody `json:"hook"`
	RemovedFields []string      `json:"removed_fields" example:"OPENDOOR_STATE"`
	Advice        []string      `json:"advice"`
} //	@name	SetupUndone

// PreviewRequest asks what triggers would have caught; without triggers the
// suggested ones.
type PreviewRequest struct {
	Triggers []TriggerBody `json:"triggers,omitempty"`
	Days     int           `json:"days,omitempty" example:"90"`
} //	@name	PreviewRequest

// PreviewResponse shows the CRM's stages with what they seem to mean.
type PreviewResponse struct {
	Pipelines []PreviewPipeline `json:"pipelines"`
	Triggers  []TriggerBody     `json:"triggers"`
	Days      int               `json:"days" example:"90"`
	Caught    CaughtBody        `json:"caught"`
} //	@name	Preview

// PreviewPipeline is a pipeline with its stages.
type PreviewPipeline struct {
	ID     string         `json:"id" example:"8572511"`
	Name   string         `json:"name" example:"Обслуживание"`
	Stages []PreviewStage `json:"stages"`
} //	@name	PreviewPipeline

// PreviewStage is a stage with what it seems to mean.
type PreviewStage struct {
	ID         string          `json:"id" example:"143"`
	Name       string          `json:"name" example:"Закрыто и не реализовано"`
	Outcome    string          `json:"outcome" example:"lost" enums:"open,won,lost"`
	Suggestion *SuggestionBody `json:"suggestion,omitempty"`
	Caught     int             `json:"caught" example:"7"`
} //	@name	PreviewStage

// SuggestionBody is a meaning that a stage seems to have.
type SuggestionBody struct {
	Means string `json:"means" example:"cancelled" enums:"cancelled,returned,proposed_refusal"`
	Why   string `json:"why" example:"lost, in a pipeline that serves clients"`
	Sure  bool   `json:"sure" example:"true"`
} //	@name	Suggestion

// CaughtBody counts what the triggers would have caught.
type CaughtBody struct {
	Count    int             `json:"count" example:"12"`
	More     bool            `json:"more" example:"false"`
	Examples []CaughtExample `json:"examples"`
} //	@name	Caught

// CaughtExample is a deal that the triggers would have caught.
type CaughtExample struct {
	DealID     string    `json:"deal_id" example:"26050006"`
	Title      string    `json:"title" example:"Договор 10/25"`
	URL        string    `json:"url,omitempty" example:"https://example.amocrm.ru/leads/detail/26050006"`
	PipelineID string    `json:"pipeline_id" example:"8572511"`
	StageID    string    `json:"stage_id" example:"143"`
	At         time.Time `json:"at"`
} //	@name	CaughtExample

// setup runs the steps that prepare the CRM.
//
//	@Summary		Prepare the CRM
//	@Description	Tests the credential and lists rights, creates our fields or takes over those that are there, subscribes the hook or says what a person ticks where, and begins to wait for a test event. Each step may be run alone (`steps`) and again. Nothing is sent: the account's mode stays what it is, shadow when it is new.
//	@ID				setupAccount
//	@Tags			accounts
//	@Accept			json
//	@Produce		json
//	@Param			id				path		string			true	"account id"	Format(uuid)
//	@Param			body			body		SetupRequest	false	"which steps; all without it"
//	@Param			Idempotency-Key	header		string			false	"makes a repeat harmless"
//	@Success		200				{object}	SetupResponse
//	@Failure		401				{object}	Problem
//	@Failure		403				{object}	Problem
//	@Failure		404				{object}	Problem
//	@Failure		422				{object}	Problem
//	@Failure		502				{object}	Problem
//	@Security		BearerAuth
//	@Router			/api/v1/accounts/{id}/setup [post]
func (h accountHandlers) setup(c *gin.Context) {
	acc, err := h.load(c)
	var r SetupRequest
	if err == nil {
		err = bindJSON(c, &r)
	}
	steps := offboarding.SetupSteps
	if len(r.Steps) > 0 {
		steps = nil
	}
	for i, name := range r.Steps {
		if !slices.Contains(offboarding.SetupSteps, offboarding.SetupStep(name)) && err == nil {
			err = refuse(http.StatusUnprocessableEntity, "a step is unknown", ProblemField{"steps[" + strconv.Itoa(i) + "]", "rights, fields, hook or test_event"})
		}
		steps = append(steps, offboarding.SetupStep(name))
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	ctx := c.Request.Context()
	done, err := offboarding.SetUp(ctx, h.cfg.Store, h.cfg.Connectors, acc, h.hookURL(acc), steps, actorOf(c), h.cfg.Clock.Wall())
	if err != nil {
		_ = c.Error(err)
		return
	}
	if err := offboarding.Identify(ctx, h.cfg.Store, h.cfg.Connectors, acc); err != nil {
		h.cfg.Log.WarnContext(ctx, "the CRM did not tell which account this is", "account_id", acc.ID, "err", err)
	}
	h.refresh(ctx)
	test, err := h.testEvent(c, acc)
	if err != nil {
		_ = c.Error(err)
		return
	}
	res := SetupResponse{
		Rights: []RightBody{}, Fields: []SetupFieldBody{}, Hook: SetupHookBody(done.Hook), Advice: orEmpty(done.Advice),
		TestEvent: test, Mode: string(acc.Mode), At: optional(done.State.At),
	}
	for _, r := range done.Rights {
		res.Rights = append(res.Rights, RightBody(r))
	}
	for _, f := range done.Fields {
		res.Fields = append(res.Fields, SetupFieldBody(f))
	}
	c.JSON(http.StatusOK, res)
}

// testEvent tells whether the event that setup waits for has come.
func (h accountHandlers) testEvent(c *gin.Context, acc *offboarding.Account) (TestEventBody, error) {
	e, err := offboarding.TestEvent(c.Request.Context(), h.cfg.Store, acc)
	body := TestEventBody{State: "not_waiting", Since: optional(acc.SetUp.WaitsSince)}
	switch {
	case err == nil:
		body.State = "arrived"
		shown := eventResponse(e)
		body.Event = &shown
	case !offboarding.IsKind(err, offboarding.KindNotFound):
		return body, err
	case !acc.SetUp.WaitsSince.IsZero():
		body.State, body.Advice = "waiting", offboarding.TestAdvice(acc)
	}
	return body, nil
}

// setupState shows what setup did and whether the test event has come. The CRM
// is not called.
//
//	@Summary		What setup did
//	@Description	Ask again to see the test event arrive; the CRM is not called.
//	@ID				getSetup
//	@Tags			accounts
//	@Produce		json
//	@Param			id	path		string	true	"account id"	Format(uuid)
//	@Success		200	{object}	SetupResponse
//	@Failure		401	{object}	Problem
//	@Failure		403	{object}	Problem
//	@Failure		404	{object}	Problem
//	@Security		BearerAuth
//	@Router			/api/v1/accounts/{id}/setup [get]
func (h accountHandlers) setupState(c *gin.Context) {
	acc, err := h.load(c)
	var test TestEventBody
	if err == nil {
		test, err = h.testEvent(c, acc)
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	c.JSON(http.StatusOK, SetupResponse{
		Rights: []RightBody{}, Fields: []SetupFieldBody{}, Hook: SetupHookBody{URL: h.hookURL(acc), State: acc.SetUp.Hook}, Advice: []string{},
		TestEvent: test, Mode: string(acc.Mode), At: optional(acc.SetUp.At),
	})
}

// undoSetup takes back what setup made.
//
//	@Summary		Undo the setup
//	@Description	Takes our hook out of the CRM, or says how a person does it. Our fields stay, with what stands in them, unless `fields=delete`.
//	@ID				undoSetup
//	@Tags			accounts
//	@Produce		json
//	@Param			id		path		string	true	"account id"	Format(uuid)
//	@Param			fields	query		string	false	"keep (default) or delete"	Enums(keep, delete)
//	@Success		200		{object}	SetupUndoneResponse
//	@Failure		401		{object}	Problem
//	@Failure		403		{object}	Problem
//	@Failure		404		{object}	Problem
//	@Failure		422		{object}	Problem
//	@Failure		502		{object}	Problem
//	@Security		BearerAuth
//	@Router			/api/v1/accounts/{id}/setup [delete]
func (h accountHandlers) undoSetup(c *gin.Context) {
	acc, err := h.load(c)
	fields := c.Query("fields")
	if err == nil && !slices.Contains([]string{"", "keep", "delete"}, fields) {
		err = refuse(http.StatusUnprocessableEntity, "fields is wrong", ProblemField{"fields", "keep or delete"})
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	ctx := c.Request.Context()
	done, err := offboarding.UndoSetup(ctx, h.cfg.Store, h.cfg.Connectors, acc, h.hookURL(acc), fields == "delete", actorOf(c))
	if err != nil {
		_ = c.Error(err)
		return
	}
	h.refresh(ctx)
	c.JSON(http.StatusOK, SetupUndoneResponse{SetupHookBody(done.Hook), orEmpty(done.Removed), orEmpty(done.Advice)})
}

const (
	previewDays     = 90
	mostPreviewDays = 366
)

// preview shows what triggers would have caught.
//
//	@Summary		What triggers would have caught
//	@Description	Live pipelines and stages with a suggestion what each means, and how many deals of the last days (90) the triggers would have caught, with five examples. Without `triggers` the suggested ones are looked at. Nothing changes; the number of calls to the CRM is bounded, `more` says that there are more deals than were looked at.
//	@ID				previewSetup
//	@Tags			accounts
//	@Accept			json
//	@Produce		json
//	@Param			id				path		string			true	"account id"	Format(uuid)
//	@Param			body			body		PreviewRequest	false	"which triggers"
//	@Param			Idempotency-Key	header		string			false	"makes a repeat harmless"
//	@Success		200				{object}	PreviewResponse
//	@Failure		401				{object}	Problem
//	@Failure		403				{object}	Problem
//	@Failure		404				{object}	Problem
//	@Failure		422				{object}	Problem
//	@Failure		502				{object}	Problem
//	@Security		BearerAuth
//	@Router			/api/v1/accounts/{id}/setup/preview [post]
func (h accountHandlers) preview(c *gin.Context) {
	acc, err := h.load(c)
	var r PreviewRequest
	if err == nil {
		err = bindJSON(c, &r)
	}
	if r.Days == 0 {
		r.Days = previewDays
	}
	if err == nil && (r.Days < 1 || r.Days > mostPreviewDays) {
		err = refuse(http.StatusUnprocessableEntity, "days is wrong", ProblemField{"days", "1 to 366"})
	}
	if err == nil {
		err = checkTriggers(r.Triggers)
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	seen, err := offboarding.PreviewSetup(c.Request.Context(), h.cfg.Connectors, acc, triggersOf(r.Triggers), h.cfg.Clock.Now().AddDate(0, 0, -r.Days))
	if err != nil {
		_ = c.Error(err)
		return
	}
	c.JSON(http.StatusOK, previewResponse(seen, r.Days))
}

func checkTriggers(triggers []TriggerBody) error {
	if wrong := wrongTriggers(triggersOf(triggers)); len(wrong) > 0 {
		return refuse(http.StatusUnprocessableEntity, "a trigger is wrong", wrong...)
	}
	return nil
}

func previewResponse(seen *offboarding.Preview, days int) PreviewResponse {
	res := PreviewResponse{
		Pipelines: []PreviewPipeline{}, Triggers: []TriggerBody{}, Days: days,
		Caught: CaughtBody{Count: len(seen.Caught.Deals), More: seen.Caught.More, Examples: []CaughtExample{}},
	}
	suggested := map[offboarding.StageRef]*SuggestionBody{}
	for _, s := range seen.Suggestions {
		suggested[offboarding.StageRef{PipelineID: s.PipelineID, StageID: s.StageID}] = &SuggestionBody{string(s.Means), s.Why, s.Sure}
	}
	for _, p := range seen.Pipelines {
		b := PreviewPipeline{ID: p.ID, Name: p.Name, Stages: []PreviewStage{}}
		for _, s := range p.Stages {
			ref := offboarding.StageRef{PipelineID: p.ID, StageID: s.ID}
			b.Stages = append(b.Stages, PreviewStage{ID: s.ID, Name: s.Name, Outcome: string(s.Outcome), Suggestion: suggested[ref], Caught: seen.ByStage[ref]})
		}
		res.Pipelines = append(res.Pipelines, b)
	}
	for _, t := range seen.Triggers {
		res.Triggers = append(res.Triggers, TriggerBody{t.PipelineID, t.StageID, string(t.Means)})
	}
	for _, d := range seen.Caught.Deals[:min(len(seen.Caught.Deals), offboarding.PreviewExamples)] {
		res.Caught.Examples = append(res.Caught.Examples, CaughtExample{d.ID, d.Title, d.URL, d.Stage.PipelineID, d.Stage.StageID, d.At.UTC()})
	}
	return res
}
