package api

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"opendoor/offboarding"
)

// bindJSON reads the body strictly: unknown fields, a second value and wrong
// types are refused with the field's name. An empty body is an empty object.
func bindJSON(c *gin.Context, into any) error {
	dec := json.NewDecoder(c.Request.Body)
	dec.DisallowUnknownFields()
	err := dec.Decode(into)
	if errors.Is(err, io.EOF) {
		return nil
	}
	if err == nil {
		if _, err = dec.Token(); errors.Is(err, io.EOF) {
			return nil
		}
		return refuse(http.StatusUnprocessableEntity, "the body holds more than one JSON value")
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return refuse(http.StatusRequestEntityTooLarge, "the body is larger than 1 MiB")
	}
	if t, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return refuse(http.StatusUnprocessableEntity, "a field has the wrong type", ProblemField{t.Field, "a " + t.Value + " was given, " + t.Type.String() + " is expected"})
	}
	if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		return refuse(http.StatusUnprocessableEntity, "an unknown field was given", ProblemField{strings.Trim(name, `"`), "is not a field of this request"})
	}
	if _, ok := errors.AsType[*json.SyntaxError](err); ok || errors.Is(err, io.ErrUnexpectedEOF) {
		return refuse(http.StatusBadRequest, "the body is not valid JSON: "+err.Error())
	}
	return refuse(http.StatusUnprocessableEntity, err.Error())
}

// pathID reads the id of the path; what is no UUID does not exist.
func pathID(c *gin.Context) (uuid.UUID, error) {
	id, err := uuid.Parse(c.Param("id"))
	if err != nil {
		return uuid.Nil, offboarding.ErrNotFound
	}
	return id, nil
}

const (
	defaultLimit = 50
	maxLimit     = 200
)

// errCursor refuses a cursor that no list of ours gave out.
func errCursor() error {
	return refuse(http.StatusUnprocessableEntity, "the cursor is not one of ours", ProblemField{"cursor", "next_cursor of the page before"})
}

// page reads limit and cursor.
func page(c *gin.Context) (offboarding.Page, error) {
	limit, err := listLimit(c)
	p := offboarding.Page{Limit: limit}
	if err != nil {
		return p, err
	}
	if s := c.Query("cursor"); s != "" {
		raw, err := base64.RawURLEncoding.DecodeString(s)
		id, err2 := uuid.FromBytes(raw)
		if err != nil || err2 != nil {
			return p, errCursor()
		}
		p.Before = &id
	}
	return p, nil
}

// listLimit reads how many rows a page has.
func listLimit(c *gin.Context) (int, error) {
	s := c.Query("limit")
	if s == "" {
		return defaultLimit, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > maxLimit {
		return defaultLimit, refuse(http.StatusUnprocessableEntity, "the limit is wrong", ProblemField{"limit", "1 to 200"})
	}
	return n, nil
}

// List is a page of a list, newest first.
type List[T any] struct {
	Items      []T    `json:"items"`
	NextCursor string `json:"next_cursor,omitempty" example:"AZKMXn0qfD6dVQ9tLBt6EA"`
}

// listOf turns rows into a page; one row more than the limit says that there is
// a next page.
func listOf[R, T any](rows []R, limit int, id func(R) uuid.UUID, to func(R) T) List[T] {
	l := List[T]{Items: make([]T, 0, len(rows))}
	if len(rows) > limit {
		rows = rows[:limit]
		last := id(rows[limit-1])
		l.NextCursor = base64.RawURLEncoding.EncodeToString(last[:])
	}
	for _, r := range rows {
		l.Items = append(l.Items, to(r))
	}
	return l
}

// more asks the store for one row beyond the page.
func more(p offboarding.Page) offboarding.Page {
	p.Limit++
	return p
}

// queryID reads an optional id of the query.
func queryID(c *gin.Context, name string) (*uuid.UUID, error) {
	s := c.Query(name)
	if s == "" {
		return nil, nil
	}
	id, err := uuid.Parse(s)
	if err != nil {
		return nil, refuse(http.StatusUnprocessableEntity, "an id is wrong", ProblemField{name, "a UUID"})
	}
	return &id, nil
}

// queryTime reads an optional moment or day of the query.
func queryTime(c *gin.Context, name string) (time.Time, error) {
	s := c.Query(name)
	if s == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, refuse(http.StatusUnprocessableEntity, "a time is wrong", ProblemField{name, "RFC 3339 or YYYY-MM-DD"})
}

// ifMatch reads the version that the caller has seen; zero: none given.
func ifMatch(c *gin.Context) (int, error) {
	s := strings.Trim(strings.TrimPrefix(strings.TrimSpace(c.GetHeader("If-Match")), "W/"), `"`)
	if s == "" || s == "*" {
		return 0, nil
	}
	v, err := strconv.Atoi(s)
	if err != nil || v < 1 {
		return 0, refuse(http.StatusPreconditionFailed, "If-Match is not a version of ours")
	}
	return v, nil
}

// versionAsked reads which version of a text is wanted; zero: the one that counts now.
func versionAsked(c *gin.Context) (int, error) {
	s := c.Query("version")
	if s == "" {
		return 0, nil
	}
	v, err := strconv.Atoi(s)
	if err != nil || v < 1 {
		return 0, refuse(http.StatusUnprocessableEntity, "the version is wrong", ProblemField{"version", "1 or more"})
	}
	return v, nil
}

func etag(version int) string { return fmt.Sprintf("%q", strconv.Itoa(version)) }

// optional returns nil for the zero time, so that it is left out.
func optional(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC().Truncate(time.Microsecond) // as it is kept
	return &t
}
