package amocrmsim

import (
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxBody bounds what a request may carry; Drive parts are 512 KiB, batches of
// 250 leads under 1 MiB.
const maxBody = 8 << 20

// object is a JSON object on its way out.
type object = map[string]any

// call is one API request with what the handlers need of it.
type call struct {
	r      *http.Request
	query  *queryNode
	raw    []byte
	args   []string // values of the {…} segments
	grant  *grant
	userID int64 // who acts: the token's user or X-Context-User-ID
	origin string
	now    int64
}

func (c *call) id(i int) int64 {
	n, _ := strconv.ParseInt(c.args[i], 10, 64) // the router has let only digits pass
	return n
}

func (c *call) with(what string) bool { return slices.Contains(c.query.at("with").all(), what) }

func (c *call) href(path string) object { return object{"href": c.origin + path} }

func (c *call) self(path string) object { return object{"self": c.href(path)} }

// answer is what a handler returns; body is encoded after the lock is released
// and must not share anything that may change.
type answer struct {
	status  int
	body    any
	ctype   string // hal+json unless set
	raw     []byte // instead of body
	headers map[string]string
}

func ok(body any) answer { return answer{status: http.StatusOK, body: body} }

// nothing answers an empty list or an unknown entity: 204 and no body.
func nothing() answer { return answer{status: http.StatusNoContent} }

// ServeHTTP answers the API, OAuth and Drive, and under /_sim/ the control page
// for a person at the sandbox.
func (s *Sim) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/_sim" || strings.HasPrefix(r.URL.Path, "/_sim/") {
		s.serveControl(w, r)
		return
	}
	if r.URL.Path == "/" {
		http.Redirect(w, r, "/_sim/", http.StatusFound)
		return
	}
	began := time.Now()
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	entry := Request{At: s.now(), Method: r.Method, Path: r.URL.Path, Query: r.URL.RawQuery, UserAgent: r.UserAgent(), Body: string(body)}
	var a answer
	var f *Fault
	switch tooBig := (*http.MaxBytesError)(nil); {
	case errors.As(err, &tooBig):
		a = s.problem(http.StatusRequestEntityTooLarge, "Request body is too large")
	case err != nil:
		a = s.problem(http.StatusBadRequest, "Request body could not be read")
	default:
		a, f = s.answer(r, body)
	}
	payload := encodeAnswer(a)
	entry.Status = a.status
	if f != nil {
		entry.Fault = f.Kind
		switch f.Kind {
		case FaultGatewayTimeout:
			a = htmlPage(http.StatusGatewayTimeout, "504 Gateway Time-out")
			payload, entry.Status = a.raw, a.status
		case FaultCut, FaultCutApplied:
			entry.Status = 0
		}
	}
	entry.Duration = time.Since(began)
	s.ledger.add(entry)
	send(w, a, payload, f)
}

// send writes the answer, spoiled as the fault wants it.
func send(w http.ResponseWriter, a answer, payload []byte, f *Fault) {
	h := w.Header()
	for k, v := range a.headers {
		h.Set(k, v)
	}
	h.Set("X-Request-Id", newUUID())
	if len(payload) > 0 {
		ctype := a.ctype
		if ctype == "" {
			ctype = "application/hal+json"
		}
		h.Set("Content-Type", ctype)
	}
	if f != nil {
		switch f.Kind {
		case FaultCut, FaultCutApplied:
			panic(http.ErrAbortHandler) // closes the connection without an answer
		case FaultTruncated:
			h.Set("Content-Length", strconv.Itoa(len(payload)))
			w.WriteHeader(a.status)
			_, _ = w.Write(payload[:len(payload)/2])
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		case FaultMalformed:
			payload = payload[:max(len(payload)-1, 0)]
			if len(payload) == 0 {
				payload = []byte("{")
				h.Set("Content-Type", "application/hal+json")
				a.status = http.StatusOK
			}
		}
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(payload) // the caller may be gone; the ledger has the request
}

func encodeAnswer(a answer) []byte {
	if a.raw != nil || a.body == nil {
		return a.raw
	}
	return appendJSON(make([]byte, 0, 2048), a.body)
}

// answer decides in the order in which the real thing does: host, gateway
// faults, limits, path, token, work.
func (s *Sim) answer(r *http.Request, body []byte) (answer, *Fault) {
	f := s.faults.take(r.Method, r.URL.Path)
	if f != nil {
		if f.Delay > 0 {
			select {
			case <-time.After(f.Delay):
			case <-r.Context().Done():
			}
		}
		if a, done := s.faultAnswer(f); done {
			return a, f
		}
	}
	s.mu.Lock()
	g := s.bearer(r)
	s.mu.Unlock()
	if a, refused := s.limit(r, g); refused {
		return a, f
	}

	s.mu.Lock()
	defer s.mu.Unlock()
	c := &call{r: r, raw: body, query: parseQuery(r.URL.RawQuery), grant: g, origin: s.origin(r), now: s.unix()}
	if s.moved(r) {
		return s.notFound(c), f
	}
	rt, args, otherMethod := s.match(r.Method, r.URL.Path)
	if rt == nil {
		if otherMethod {
			return s.problem(http.StatusMethodNotAllowed, "Method "+r.Method+" is not allowed"), f
		}
		return s.notFound(c), f
	}
	c.args = args
	if !rt.open {
		if g == nil {
			return s.problem(http.StatusUnauthorized, s.text.unauthorized), f
		}
		s.oauth.touch(g)
		c.userID = g.userID
		if as, err := strconv.ParseInt(r.Header.Get("X-Context-User-ID"), 10, 64); err == nil && s.users.byID[as] != nil {
			c.userID = as
		}
		if s.noCustomers && strings.HasPrefix(r.URL.Path, "/api/v4/"+kindCustomers) {
			return s.problem(http.StatusForbidden, s.text.forbidden), f
		}
	}
	return rt.handle(c), f
}

// moved says whether the request came to a host that was renamed away.
func (s *Sim) moved(r *http.Request) bool {
	if len(s.former) == 0 || r.URL.Path == "/oauth2/account/current/subdomain" {
		return false
	}
	label, _, _ := strings.Cut(r.Host, ".")
	return slices.Contains(s.former, r.Host) || slices.Contains(s.former, label)
}

func (s *Sim) notFound(c *call) answer {
	return s.problem(http.StatusNotFound, "Cannot "+c.r.Method+" "+c.origin+c.r.URL.Path)
}

// route is one line of the table in routes.go.
type route struct {
	method   string
	segments []string
	open     bool // needs no token
	handle   func(*call) answer
}

// match finds the route; {id} takes digits, {kind} an entity type, {any} one
// segment of any text.
func (s *Sim) match(method, path string) (found *route, args []string, otherMethod bool) {
	segments := strings.Split(strings.Trim(path, "/"), "/")
	for i := range s.routes {
		rt := &s.routes[i]
		if len(rt.segments) != len(segments) {
			continue
		}
		var got []string
		fits := true
		for j, want := range rt.segments {
			if want[0] != '{' {
				fits = want == segments[j]
			} else {
				got = append(got, segments[j])
				fits = segmentFits(want, segments[j])
			}
			if !fits {
				break
			}
		}
		if !fits {
			continue
		}
		if rt.method == method || method == http.MethodHead && rt.method == http.MethodGet {
			return rt, got, false
		}
		otherMethod = true
	}
	return nil, nil, otherMethod
}

func segmentFits(want, got string) bool {
	switch want {
	case "{id}":
		_, err := strconv.ParseInt(got, 10, 64)
		return err == nil
	case "{kind}":
		return got == kindLeads || got == kindContacts || got == kindCompanies || got == kindCustomers
	}
	return got != ""
}

// caller names who is counted by the limiter when no token says it.
func caller(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
