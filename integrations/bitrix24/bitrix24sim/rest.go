package bitrix24sim

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// call is one REST call on its way through the portal.
type call struct {
	sim     *Sim
	method  string
	params  *array
	who     actor
	started time.Time
	batch   int // number in the ledger of the batch this call is part of
}

// actor is who calls or changes something.
type actor struct {
	userID int
	app    bool     // through the application's token
	system bool     // a robot or trigger: no user, no token in events
	scopes []string // empty: all
	key    string   // identity for the limits

	connector string // auth_connector of the call
}

// may tells whether the scope was granted; each scope of users opens user.get.
func (a actor) may(scope string) bool {
	return scope == "" || len(a.scopes) == 0 || slices.Contains(a.scopes, scope) ||
		scope == "user" && (slices.Contains(a.scopes, "user_basic") || slices.Contains(a.scopes, "user_brief"))
}

// answer is what a method returns.
type answer struct {
	result      any
	listed      bool // total is printed, and next unless it is 0
	total, next int
}

// method is one REST method: the scope it needs and what it does. It runs with
// the portal locked.
type method struct {
	scope   string
	appOnly bool
	run     func(*call) (answer, error)
}

// apiError is a refusal as REST 2 words it.
type apiError struct {
	status     int
	code, desc string
	field      string // REST 3: the field that was not valid
}

func (e *apiError) Error() string { return e.code + ": " + e.desc }

func (e *apiError) array() *array { return row("error", e.code, "error_description", e.desc) }

func badRequest(code, desc string) error {
	return &apiError{status: http.StatusBadRequest, code: code, desc: desc}
}

// The refusals that clients tell apart; wording of the reference §4.6.
var (
	errNotFound      = &apiError{status: http.StatusBadRequest, code: "", desc: "Not found"}
	errBadID         = &apiError{status: http.StatusBadRequest, code: "", desc: "ID is not defined or invalid"}
	errAccess        = &apiError{status: http.StatusBadRequest, code: "", desc: "Access denied."}
	errItemNotFound  = &apiError{status: http.StatusBadRequest, code: "NOT_FOUND", desc: "Item not found"}
	errOwner         = &apiError{status: http.StatusBadRequest, code: "OWNER_NOT_FOUND", desc: "Owner was not found"}
	errMethod        = &apiError{status: http.StatusNotFound, code: "ERROR_METHOD_NOT_FOUND", desc: "Method not found!"}
	errNoAuth        = &apiError{status: http.StatusUnauthorized, code: "NO_AUTH_FOUND", desc: "Wrong authorization data"}
	errCredentials   = &apiError{status: http.StatusUnauthorized, code: "INVALID_CREDENTIALS", desc: "Invalid request credentials"}
	errInvalidToken  = &apiError{status: http.StatusUnauthorized, code: "invalid_token", desc: "Unable to get application by token"}
	errExpiredToken  = &apiError{status: http.StatusUnauthorized, code: "expired_token", desc: "The access token provided has expired."}
	errScope         = &apiError{status: http.StatusUnauthorized, code: "insufficient_scope", desc: "The request requires higher privileges than provided by the webhook token"}
	errWrongAuth     = &apiError{status: http.StatusForbidden, code: "WRONG_AUTH_TYPE", desc: "Current authorization type is denied for this method Application context required"}
	errQueryLimit    = &apiError{status: http.StatusServiceUnavailable, code: "QUERY_LIMIT_EXCEEDED", desc: "Too many requests"}
	errOverload      = &apiError{status: http.StatusServiceUnavailable, code: "OVERLOAD_LIMIT", desc: "REST API is blocked due to overload"}
	errOperating     = &apiError{status: http.StatusTooManyRequests, code: "OPERATION_TIME_LIMIT", desc: "Method is blocked due to operation time limit."}
	errInternal      = &apiError{status: http.StatusInternalServerError, code: "INTERNAL_SERVER_ERROR", desc: "Internal server error"}
	errHTTPS         = &apiError{status: http.StatusBadRequest, code: "INVALID_REQUEST", desc: "Https required."}
	errPlanWebhook   = &apiError{status: http.StatusUnauthorized, code: "ACCESS_DENIED", desc: "REST is available only by subscription"}
	errPlanApp       = &apiError{status: http.StatusUnauthorized, code: "ACCESS_DENIED", desc: "REST is available only on commercial plans"}
	errBatchInBatch  = &apiError{status: http.StatusMethodNotAllowed, code: "ERROR_BATCH_METHOD_NOT_ALLOWED", desc: "Method is not allowed for batch usage"}
	errBatchTooLong  = &apiError{status: http.StatusBadRequest, code: "ERROR_BATCH_LENGTH_EXCEEDED", desc: "Max batch length exceeded"}
	errNoSmartType   = &apiError{status: http.StatusBadRequest, code: "NOT_FOUND", desc: "SPA not found"}
	errEntryNotFound = &apiError{status: http.StatusBadRequest, code: "NOT_FOUND", desc: "Not found."}
)

func missingParameter(name string) error {
	return badRequest("100", "Could not find value for parameter {"+name+"}")
}

// maxBody bounds one request; files go through REST as base64.
const maxBody = 64 << 20 // 64 MiB

// serveREST answers /rest/…: it finds out who calls what, breaks what a fault
// says, runs the method and writes the envelope.
func (s *Sim) serveREST(w http.ResponseWriter, r *http.Request) {
	started := s.now()
	path := strings.Trim(strings.TrimPrefix(r.URL.Path, "/rest/"), "/")
	parts := strings.Split(path, "/")
	v3 := parts[0] == "api"
	if v3 {
		parts = parts[1:]
	}
	if len(parts) == 0 {
		parts = []string{""}
	}
	name := strings.TrimSuffix(strings.TrimSuffix(strings.ToLower(parts[len(parts)-1]), ".json"), ".xml")
	params, err := readParams(w, r)
	if err != nil {
		http.Error(w, "request body too large", http.StatusRequestEntityTooLarge)
		return
	}
	c := &call{sim: s, method: name, params: params, started: started}
	seq := s.ledger.open(Request{At: started, Verb: r.Method, Method: name, Params: loggable(params)})

	var ans answer
	err = s.authorize(c, r, parts)
	fault := s.takeFault(name, false)
	if err == nil && fault != nil {
		err = fault.refusal(c.who)
	}
	if fault != nil && fault.Kind == FaultRenamed {
		s.ledger.closeAs(seq, http.StatusFound, "renamed", c.who.userID)
		w.Header().Set("Location", strings.TrimSuffix(fault.Location, "/")+r.URL.Path)
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusFound)
		return
	}
	if err == nil && (fault == nil || fault.executes()) {
		switch {
		case v3:
			ans, err = s.runV3(c, r)
		case name == "batch":
			ans, err = c.runBatch(seq)
		default:
			ans, err = s.run(c)
		}
	}
	status, body := s.envelope(c, ans, err, v3)
	if fault != nil && fault.Kind.onTheWire() {
		s.ledger.closeAs(seq, fault.statusOnWire(status), string(fault.Kind), c.who.userID)
		s.breakAnswer(w, r, fault, status, body)
		return
	}
	code := ""
	if e, ok := errors.AsType[*apiError](err); ok {
		code = strings.TrimPrefix(e.code+" "+e.desc, " ")
	}
	s.ledger.closeAs(seq, status, code, c.who.userID)
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

// envelope prints an answer or an error.
func (s *Sim) envelope(c *call, ans answer, err error, v3 bool) (status int, body []byte) {
	if err != nil {
		e, ok := errors.AsType[*apiError](err)
		if !ok {
			e = errInternal
		}
		if v3 {
			shown := row("code", e.code, "message", e.desc)
			if e.field != "" {
				shown = row("code", e.code, "message", "Error validating request object",
					"validation", list(row("message", e.desc, "field", e.field)))
			}
			return e.status, appendJSON(nil, row("error", shown))
		}
		return e.status, appendJSON(nil, e.array())
	}
	out := row("result", ans.result)
	if ans.listed {
		if ans.next > 0 {
			out.set("next", ans.next)
		}
		out.set("total", ans.total)
	}
	out.set("time", s.timeBlock(c))
	return http.StatusOK, appendJSON(nil, out)
}

// timeBlock is the `time` of an answer; some clients crash without it.
func (s *Sim) timeBlock(c *call) *array {
	now := s.now()
	took := max(now.Sub(c.started).Seconds(), 0)
	t := row("start", seconds(c.started), "finish", seconds(now), "duration", took, "processing", took,
		"date_start", s.printTime(c.started), "date_finish", s.printTime(now))
	sum, reset := s.operatingOf(c, now)
	t.set("operating_reset_at", int(reset.Unix()))
	t.set("operating", sum.Seconds())
	return t
}

// seconds is a Unix time with microseconds, as PHP's microtime.
func seconds(t time.Time) float64 { return float64(t.UnixMicro()) / 1e6 }

// run executes one method. The portal is locked while the method runs.
func (s *Sim) run(c *call) (answer, error) {
	m, ok := s.methods[c.method]
	if !ok {
		return answer{}, errMethod
	}
	c.who.connector = c.text("auth_connector")
	if !c.who.may(m.scope) {
		return answer{}, errScope
	}
	if m.appOnly && !c.who.app {
		return answer{}, errWrongAuth
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.limits && s.operatingSpent(c.who.key, c.method) {
		return answer{}, errOperating
	}
	begun := s.now()
	ans, err := m.run(c)
	s.spend(c.who.key, c.method, s.now().Sub(begun))
	return ans, err
}

// authorize finds out who calls and whether the portal listens at all.
func (s *Sim) authorize(c *call, r *http.Request, parts []string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.limits && !s.admit(remoteHost(r)) {
		return errQueryLimit
	}
	switch len(parts) {
	case 3:
		if s.cfg.RequireHTTPS && r.TLS == nil && r.Header.Get("X-Forwarded-Proto") != "https" {
			return errHTTPS
		}
		userID, _ := strconv.Atoi(parts[0])
		for _, h := range s.incoming {
			if h.userID == userID && h.secret == parts[1] {
				c.who = actor{userID: userID, scopes: h.scopes, key: "webhook:" + h.secret}
				return nil
			}
		}
		return errCredentials
	case 1:
		token := bearer(c.params, r)
		if token == "" {
			return errNoAuth
		}
		who, err := s.app.actor(token, s.now())
		c.who = who
		return err
	}
	return errNoAuth
}

// bearer is the access token of a call: parameter auth, or access_token as the
// oldest clients name it.
func bearer(params *array, r *http.Request) string {
	for _, name := range []string{"auth", "access_token"} {
		switch v := params.get(name).(type) {
		case string:
			if v != "" {
				return v
			}
		case *array:
			if t := toString(v.get("access_token")); t != "" {
				return t
			}
		}
	}
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	return token
}

// readParams merges query, form, multipart and JSON into one PHP array.
func readParams(w http.ResponseWriter, r *http.Request) (*array, error) {
	params := &array{}
	params.parseForm(r.URL.RawQuery)
	if r.Body == nil || r.Method == http.MethodGet || r.Method == http.MethodHead {
		return params, nil
	}
	kind, opts, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	body := http.MaxBytesReader(w, r.Body, maxBody)
	if kind == "multipart/form-data" {
		return params, readMultipart(params, body, opts["boundary"])
	}
	raw, err := io.ReadAll(body)
	if err != nil {
		return nil, err
	}
	if strings.Contains(kind, "json") {
		// PHP goes on with the query when a body is no JSON object.
		if v, err := parseJSON(raw); err == nil {
			if a, ok := v.(*array); ok {
				for _, p := range a.pairs {
					params.set(p.key, p.val)
				}
			}
		}
		return params, nil
	}
	params.parseForm(string(raw))
	return params, nil
}

// id reads the parameter id of an old CRM method.
func (c *call) id() (int, error) {
	v, _ := c.params.lookup("id")
	id, ok := toInt(v)
	if !ok || id <= 0 {
		return 0, errBadID
	}
	return id, nil
}

// fields reads the parameter fields of an old CRM method.
func (c *call) fields() (*array, error) {
	v, _ := c.params.lookup("fields")
	a, ok := v.(*array)
	if !ok {
		return nil, badRequest("", "Parameter 'fields' must be array.")
	}
	return a, nil
}

// need reads a parameter of a new method, whose names are exact.
func (c *call) need(name string) (any, error) {
	v := c.params.get(name)
	if v == nil || v == "" {
		return nil, missingParameter(name)
	}
	return v, nil
}

func (c *call) needInt(name string) (int, error) {
	v, err := c.need(name)
	if err != nil {
		return 0, err
	}
	n, ok := toInt(v)
	if !ok {
		return 0, missingParameter(name)
	}
	return n, nil
}

func (c *call) needArray(name string) (*array, error) {
	a, ok := c.params.get(name).(*array)
	if !ok || a.len() == 0 {
		return nil, missingParameter(name)
	}
	return a, nil
}
