package api

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"opendoor/offboarding"
)

// TaskResponse is what a person is asked to do where there is no card in a CRM.
type TaskResponse struct {
	ID         uuid.UUID       `json:"id"`
	AccountID  uuid.UUID       `json:"account_id"`
	CaseID     *uuid.UUID      `json:"case_id,omitempty"`     // missing: about a contract, or about a person of ours
	ContractID *uuid.UUID      `json:"contract_id,omitempty"` // of a client who stays
	What       string          `json:"what" example:"call"`
	Text       string          `json:"text" example:"Позвоните клиенту до 4 ноября, 12:00."`
	Owner      ResponsibleBody `json:"owner"` // without an address nobody was written to
	DueAt      time.Time       `json:"due_at"`
	CreatedAt  time.Time       `json:"created_at"`
	Done       bool            `json:"done" example:"false"`
	DoneAt     *time.Time      `json:"done_at,omitempty"`
	DoneBy     string          `json:"done_by,omitempty" example:"key:office"` // system: its step has happened
	Note       string          `json:"note,omitempty"`
} //	@name	Task

// TaskDoneRequest ticks a task off.
type TaskDoneRequest struct {
	Note string `json:"note,omitempty" example:"Поговорили, перезвоним в пятницу."`
} //	@name	TaskDoneRequest

type taskHandlers struct{ cfg Config }

func taskResponse(t *offboarding.Task) TaskResponse {
	return TaskResponse{
		ID: t.ID, AccountID: t.AccountID, CaseID: t.CaseID, ContractID: t.ContractID, What: t.What, Text: t.Text,
		Owner: ResponsibleBody{t.Owner.ID, t.Owner.Name, t.Owner.Email}, DueAt: t.Due.UTC(), CreatedAt: t.CreatedAt.UTC(),
		Done: !t.DoneAt.IsZero(), DoneAt: optional(t.DoneAt), DoneBy: string(t.DoneBy), Note: t.Note,
	}
}

// list answers tasks, newest first.
//
//	@Summary		List tasks
//	@Description	What people are asked to do for cases and contracts without a card in a CRM; with a card the task stands there. Tasks about people of the company are shown to hr_manager only, and that they were looked at stands in the audit log. Under the conflict shield the words are empty for the person they may be about.
//	@ID				listTasks
//	@Tags			tasks
//	@Produce		json
//	@Param			account_id	query		string	false	"only of this account"	Format(uuid)
//	@Param			case_id		query		string	false	"only of this case"		Format(uuid)
//	@Param			done		query		bool	false	"only done, or only open ones"
//	@Param			limit		query		int		false	"at most 200"
//	@Param			cursor		query		string	false	"next_cursor of the page before"
//	@Success		200			{object}	List[TaskResponse]
//	@Failure		401			{object}	Problem
//	@Failure		403			{object}	Problem
//	@Failure		422			{object}	Problem
//	@Security		BearerAuth
//	@Router			/api/v1/tasks [get]
func (h taskHandlers) list(c *gin.Context) {
	p, err := page(c)
	f := offboarding.TaskFilter{Scope: scopeOf(c), People: callerOf(c).role == RoleHRManager, Page: more(p)}
	if err == nil {
		f.AccountID, err = queryID(c, "account_id")
	}
	if err == nil {
		f.CaseID, err = queryID(c, "case_id")
	}
	if err == nil {
		f.Done, err = queryYesNo(c, "done")
	}
	var all []*offboarding.Task
	if err == nil {
		all, err = h.cfg.Desk.TasksFor(c.Request.Context(), f, personOf(c), actorOf(c))
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	c.JSON(http.StatusOK, listOf(all, p.Limit, func(t *offboarding.Task) uuid.UUID { return t.ID }, taskResponse))
}

// queryYesNo reads an optional true or false of the query.
func queryYesNo(c *gin.Context, name string) (*bool, error) {
	yes := false
	switch c.Query(name) {
	case "":
		return nil, nil //nolint:nilnil // not asked
	case "true":
		yes = true
	case "false":
	default:
		return nil, refuse(http.StatusUnprocessableEntity, "the query cannot be read", ProblemField{name, "true or false"})
	}
	return &yes, nil
}

// done ticks a task off.
//
//	@Summary		Mark a task as done
//	@Description	One that is done already stays as it is. Most tasks tick themselves off when their step happens.
//	@ID				finishTask
//	@Tags			tasks
//	@Accept			json
//	@Produce		json
//	@Param			id				path		string			true	"task id"	Format(uuid)
//	@Param			Idempotency-Key	header		string			false	"makes a repeat harmless"
//	@Param			body			body		TaskDoneRequest	false	"what was done"
//	@Success		200				{object}	TaskResponse
//	@Failure		401				{object}	Problem
//	@Failure		403				{object}	Problem
//	@Failure		404				{object}	Problem
//	@Failure		422				{object}	Problem
//	@Security		BearerAuth
//	@Router			/api/v1/tasks/{id}/done [post]
func (h taskHandlers) done(c *gin.Context) {
	id, err := pathID(c)
	var r TaskDoneRequest
	if err == nil {
		err = bindJSON(c, &r)
	}
	var t *offboarding.Task
	if err == nil {
		t, err = h.cfg.Desk.TaskDone(c.Request.Context(), scopeOf(c), id, r.Note, personOf(c), actorOf(c))
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	c.JSON(http.StatusOK, taskResponse(t))
}
