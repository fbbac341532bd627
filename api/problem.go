package api

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"

	"github.com/gin-gonic/gin"

	"opendoor/offboarding"
)

// Problem is an RFC 9457 answer.
type Problem struct {
	Type      string         `json:"type" example:"about:blank"`
	Title     string         `json:"title" example:"Conflict"`
	Status    int            `json:"status" example:"409"`
	Detail    string         `json:"detail,omitempty" example:"the client's decision is final; nobody is to be pushed"`
	RequestID string         `json:"request_id,omitempty" example:"01928c5e-7d2a-7c3e-9d55-0f6d2c1b7a10"`
	Rule      string         `json:"rule,omitempty" example:"decision_final"`
	Errors    []ProblemField `json:"errors,omitempty"`
} //	@name	Problem

// ProblemField names one wrong part of a request.
type ProblemField struct {
	Field   string `json:"field" example:"client.email"`
	Message string `json:"message" example:"one plain e-mail address"`
} //	@name	ProblemField

// fault is a problem that api itself finds: not of the domain.
type fault struct {
	status int
	detail string
	fields []ProblemField
	alike  bool // its body is the same each time, byte by byte; the request id stands in the header only
}

func (f *fault) Error() string { return f.detail }

func refuse(status int, detail string, fields ...ProblemField) error {
	return &fault{status: status, detail: detail, fields: fields}
}

// statusOf maps kinds of the domain to statuses; nobody else does.
var statusOf = map[offboarding.Kind]int{
	offboarding.KindInvalid:      http.StatusUnprocessableEntity,
	offboarding.KindNotFound:     http.StatusNotFound,
	offboarding.KindConflict:     http.StatusConflict,
	offboarding.KindStale:        http.StatusPreconditionFailed,
	offboarding.KindUnavailable:  http.StatusServiceUnavailable,
	offboarding.KindUnauthorized: http.StatusBadGateway,
	offboarding.KindGone:         http.StatusNotFound,
}

func problemOf(err error) Problem {
	if f, ok := errors.AsType[*fault](err); ok {
		return Problem{Status: f.status, Detail: f.detail, Errors: f.fields}
	}
	if b, ok := errors.AsType[*offboarding.Backoff](err); ok {
		return Problem{Status: http.StatusBadGateway, Detail: "the CRM did not answer as hoped: " + b.Error()}
	}
	if _, ok := errors.AsType[*offboarding.Postpone](err); ok {
		return Problem{Status: http.StatusServiceUnavailable, Detail: "the CRM is asked too often now, please try again"}
	}
	e, ok := errors.AsType[*offboarding.Error](err)
	if !ok || statusOf[e.Kind] == 0 {
		return Problem{Status: http.StatusInternalServerError, Detail: "something went wrong on our side; the request id helps to find it"}
	}
	p := Problem{Status: statusOf[e.Kind], Detail: e.Msg}
	if e.Kind == offboarding.KindConflict {
		p.Rule = e.Rule
	}
	for _, f := range e.Fields {
		p.Errors = append(p.Errors, ProblemField{f.Field, f.Msg})
	}
	return p
}

// writeProblem answers err as a problem.
func writeProblem(c *gin.Context, log *slog.Logger, err error) {
	p := problemOf(err)
	p.Type, p.Title, p.RequestID = "about:blank", http.StatusText(p.Status), requestID(c)
	if f, ok := errors.AsType[*fault](err); ok && f.alike {
		p.RequestID = ""
	}
	if p.Status >= 500 && !errors.Is(err, offboarding.ErrOverloaded) { // too many to tell of each; the intake tells of all
		log.ErrorContext(c.Request.Context(), "request failed", "request_id", p.RequestID, "route", c.FullPath(), "err", err)
	}
	if p.Status == http.StatusServiceUnavailable {
		c.Header("Retry-After", "5")
	}
	body, _ := json.Marshal(p) // strings and numbers only
	c.Data(p.Status, "application/problem+json", body)
	c.Abort()
}
