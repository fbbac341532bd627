package api

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"opendoor/offboarding"
)

// MessageResponse is one letter, sent or held back.
type MessageResponse struct {
	ID        uuid.UUID  `json:"id"`
	CaseID    uuid.UUID  `json:"case_id"`
	AccountID uuid.UUID  `json:"account_id"`
	Template  string     `json:"template" example:"T01"`
	Class     string     `json:"class" example:"service"`
	Channel   string     `json:"channel" example:"email"`
	To        string     `json:"to" example:"client@example.com"`
	Subject   string     `json:"subject" example:"Мы получили ваше сообщение"`
	Text      string     `json:"text"`
	HTML      string     `json:"html"`
	Lang      string     `json:"lang" example:"ru"`
	MessageID string     `json:"message_id,omitempty" example:"0192…@example.com"`
	State     string     `json:"state" example:"sent" enums:"planned,sending,sent,delivered,bounced,held,cancelled,failed,uncertain"`
	Reason    string     `json:"reason" example:"the address asked not to be written to"`
	Tone      *ToneBody  `json:"tone,omitempty"`    // missing: not written yet
	Allowed   *Allowed   `json:"allowed,omitempty"` // why it might leave at that minute; missing: it has not left
	PlannedAt time.Time  `json:"planned_at"`
	CreatedAt time.Time  `json:"created_at"` // when it was ordered
	SentAt    *time.Time `json:"sent_at,omitempty"`
} //	@name	Message

// Allowed is why a letter was allowed to leave, as it was asked at that minute.
type Allowed struct {
	At        time.Time    `json:"at"`
	Basis     string       `json:"basis" example:"consent" enums:"service,relationship,consent,house"`
	ConsentID string       `json:"consent_id,omitempty"` // line of the ledger
	Checks    []AskedCheck `json:"checks"`
} //	@name	Allowed

// AskedCheck is one thing that was asked, and the answer.
type AskedCheck struct {
	What   string `json:"what" example:"consent" enums:"case,stop_list,window,consent,refusal,plan,caps,holdout,release"`
	Answer string `json:"answer" example:"given on 2026-11-20T09:30:00Z, source survey, wording keep-in-touch/1"`
} //	@name	AskedCheck

func allowedBody(m *offboarding.Message) *Allowed {
	if m.Allowed == nil {
		return nil
	}
	at := m.SentAt
	if at.IsZero() { // nobody knows whether it has arrived
		at = m.UpdatedAt
	}
	out := &Allowed{At: at.UTC(), Basis: m.Allowed.Basis, ConsentID: m.Allowed.ConsentID, Checks: make([]AskedCheck, 0, len(m.Allowed.Checks))}
	for _, c := range m.Allowed.Checks {
		out.Checks = append(out.Checks, AskedCheck(c))
	}
	return out
}

type messageHandlers struct{ cfg Config }

// list answers letters, newest first.
//
//	@Summary	List messages
//	@Description	Whoever the client may have complained of sees of the letters of that case that they are there, not what they say.
//	@ID			listMessages
//	@Tags		messages
//	@Produce	json
//	@Param		case_id	query		string	false	"only of this case"	Format(uuid)
//	@Param		state	query		string	false	"only in this state"
//	@Param		limit	query		int		false	"at most 200"
//	@Param		cursor	query		string	false	"next_cursor of the page before"
//	@Success	200		{object}	List[MessageResponse]
//	@Failure	401		{object}	Problem
//	@Failure	403		{object}	Problem
//	@Security	BearerAuth
//	@Router		/api/v1/messages [get]
func (h messageHandlers) list(c *gin.Context) {
	p, err := page(c)
	f := offboarding.MessageFilter{Scope: scopeOf(c), State: offboarding.MessageState(c.Query("state")), Page: more(p)}
	if err == nil {
		f.CaseID, err = queryID(c, "case_id")
	}
	var rows []*offboarding.Message
	if err == nil {
		rows, err = h.cfg.Store.MessagesInScope(c.Request.Context(), f)
	}
	var hidden func(uuid.UUID) bool
	if err == nil {
		hidden, err = hiddenFrom(c, h.cfg.Store, caseIDs(rows, func(m *offboarding.Message) *uuid.UUID { return &m.CaseID })...)
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	c.JSON(http.StatusOK, listOf(rows, p.Limit, func(m *offboarding.Message) uuid.UUID { return m.ID }, func(m *offboarding.Message) MessageResponse {
		return messageResponse(m, callerOf(c).role, hidden(m.CaseID))
	}))
}

// get answers one letter.
//
//	@Summary	Get a message
//	@ID			getMessage
//	@Tags		messages
//	@Produce	json
//	@Param		id	path		string	true	"message id"	Format(uuid)
//	@Success	200	{object}	MessageResponse
//	@Failure	401	{object}	Problem
//	@Failure	403	{object}	Problem
//	@Failure	404	{object}	Problem
//	@Security	BearerAuth
//	@Router		/api/v1/messages/{id} [get]
func (h messageHandlers) get(c *gin.Context) {
	id, err := pathID(c)
	var m *offboarding.Message
	if err == nil {
		m, err = h.cfg.Store.Message(c.Request.Context(), scopeOf(c), id)
	}
	if err == nil {
		if k, ok := offboarding.LetterKindOf(m.Template); ok && k.People { // whoever may know has it as a task, where each view is written down
			err = offboarding.ErrNotFound
		}
	}
	h.answer(c, m, err)
}

func (h messageHandlers) answer(c *gin.Context, m *offboarding.Message, err error) {
	var hidden func(uuid.UUID) bool
	if err == nil {
		hidden, err = hiddenFrom(c, h.cfg.Store, m.CaseID)
	}
	if err != nil {
		_ = c.Error(err)
		return
	}
	c.JSON(http.StatusOK, messageResponse(m, callerOf(c).role, hidden(m.CaseID)))
}

// messageResponse shows a letter to a role. One that holds a code is for admins
// only: whoever reads it could open the client's papers. Of one that may quote a
// complaint its subject sees that it is there and nothing of it.
func messageResponse(m *offboarding.Message, role Role, hidden bool) MessageResponse {
	if hidden {
		bare := *m
		bare.Subject, bare.Text, bare.HTML, bare.Tone = "", "", "", nil
		m = &bare
	}
	if k, ok := offboarding.LetterKindOf(m.Template); ok && k.Secret && role != RoleAdmin {
		hidden := *m
		hidden.Text, hidden.HTML = "", ""
		m = &hidden
	}
	return MessageResponse{
		ID: m.ID, CaseID: m.CaseID, AccountID: m.AccountID, Template: m.Template, Class: string(m.Class), Channel: string(m.Channel), To: m.To,
		Subject: m.Subject, Text: m.Text, HTML: m.HTML, Lang: string(m.Lang), MessageID: m.HeaderID, State: string(m.State), Reason: m.Reason, Tone: toneBody(m.Tone), Allowed: allowedBody(m),
		PlannedAt: m.PlannedAt.UTC(), CreatedAt: m.CreatedAt.UTC(), SentAt: optional(m.SentAt),
	}
}
