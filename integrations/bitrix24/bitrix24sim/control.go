package bitrix24sim

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"
)

// order is the body of every POST of the control page.
type order struct {
	Fields     map[string]any `json:"fields"`
	UserID     int            `json:"user_id"`
	StageID    string         `json:"stage_id"`
	CategoryID *int           `json:"category_id"`
	URL        string         `json:"url"`
	Token      string         `json:"token"`
	Events     []string       `json:"events"`
	Code       string         `json:"code"`
	Clean      bool           `json:"clean"`
	On         bool           `json:"on"`
	Method     string         `json:"method"`
	Kind       FaultKind      `json:"kind"`
	Times      int            `json:"times"`
	DelayMS    int64          `json:"delay_ms"`
	Location   string         `json:"location"`
}

// control is the handler below /_sim/. Pages of other sites cannot use it
// through the browser of whoever runs the sandbox.
func (s *Sim) control() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /_sim/{$}", s.overview)
	mux.HandleFunc("GET /_sim/deals/{id}", s.dealPage)

	read := func(pattern string, get func(*http.Request) (any, error)) {
		mux.HandleFunc("GET /_sim/api/"+pattern, func(w http.ResponseWriter, r *http.Request) {
			v, err := get(r)
			reply(w, v, err)
		})
	}
	read("deals", s.apiDeals)
	read("deals/{id}", s.apiDeal)
	read("handlers", func(*http.Request) (any, error) { return s.Handlers(), nil })
	read("events", s.apiEvents)
	read("requests", s.apiRequests)
	read("faults", func(*http.Request) (any, error) { return s.Faults(), nil })

	do := func(pattern string, act func(r *http.Request, o order) (any, error)) {
		mux.HandleFunc("POST /_sim/api/"+pattern, func(w http.ResponseWriter, r *http.Request) {
			o, fromPage, err := readControl(w, r)
			var v any
			if err == nil {
				v, err = act(r, o)
			}
			if fromPage && err == nil {
				http.Redirect(w, r, back(r), http.StatusSeeOther)
				return
			}
			reply(w, v, err)
		})
	}
	do("deals", func(_ *http.Request, o order) (any, error) { return created(s.CreateDeal(o.Fields, s.by(o))) })
	do("deals/{id}", func(r *http.Request, o order) (any, error) { return nil, s.UpdateDeal(pathID(r), o.Fields, s.by(o)) })
	do("deals/{id}/move", s.apiMove)
	do("deals/{id}/lose", func(r *http.Request, o order) (any, error) { return nil, s.LoseDeal(pathID(r), s.by(o)) })
	do("deals/{id}/delete", func(r *http.Request, o order) (any, error) { return nil, s.DeleteDeal(pathID(r), s.by(o)) })
	do("contacts", func(_ *http.Request, o order) (any, error) { return created(s.CreateContact(o.Fields, s.by(o))) })
	do("contacts/{id}", func(r *http.Request, o order) (any, error) {
		return nil, s.UpdateContact(pathID(r), o.Fields, s.by(o))
	})
	do("companies", func(_ *http.Request, o order) (any, error) { return created(s.CreateCompany(o.Fields, s.by(o))) })
	do("companies/{id}", func(r *http.Request, o order) (any, error) {
		return nil, s.UpdateCompany(pathID(r), o.Fields, s.by(o))
	})
	do("webhooks", withURL(func(o order) (any, error) { return created(s.AddOutgoingWebhook(o.URL, o.Token, o.Events...), nil) }))
	do("applications", withURL(func(o order) (any, error) { return created(s.AddApplicationHandler(o.URL, o.Events...), nil) }))
	do("robots", withURL(func(o order) (any, error) { return created(s.AddRobot(o.StageID, o.URL), nil) }))
	do("install", withURL(func(o order) (any, error) { s.InstallApplication(o.URL, s.by(o)); return nil, nil }))
	do("uninstall", withURL(func(o order) (any, error) { s.UninstallApplication(o.URL, o.Clean); return nil, nil }))
	do("redirect", withURL(func(o order) (any, error) { s.SetRedirect(o.URL); return nil, nil }))
	do("stages/delete", func(_ *http.Request, o order) (any, error) { return nil, s.DeleteStage(o.StageID) })
	do("fields/delete", func(_ *http.Request, o order) (any, error) { return nil, s.DeleteUserField(o.Code) })
	do("users/{id}/dismiss", func(r *http.Request, _ order) (any, error) { return nil, s.Employ(pathID(r), false) })
	do("users/{id}/employ", func(r *http.Request, _ order) (any, error) { return nil, s.Employ(pathID(r), true) })
	do("tokens/expire", func(*http.Request, order) (any, error) { s.ExpireTokens(); return nil, nil })
	do("tokens/revoke", func(*http.Request, order) (any, error) { s.RevokeTokens(); return nil, nil })
	do("approbots", func(_ *http.Request, o order) (any, error) { return nil, s.PutAppRobot(o.Code, o.StageID) })
	do("deals/{id}/tab", s.apiTab)
	do("handlers/{id}/delete", func(r *http.Request, _ order) (any, error) { s.RemoveHandler(pathID(r)); return nil, nil })
	do("triggers", func(_ *http.Request, o order) (any, error) { s.AddTrigger(o.Code, o.StageID); return nil, nil })
	do("faults", s.apiFault)
	do("faults/delete", func(*http.Request, order) (any, error) { s.ClearFaults(); return nil, nil })
	do("limits", func(_ *http.Request, o order) (any, error) { s.SetLimits(o.On); return nil, nil })
	mux.HandleFunc("DELETE /_sim/api/deals/{id}", func(w http.ResponseWriter, r *http.Request) {
		reply(w, nil, s.DeleteDeal(pathID(r), s.cfg.UserID))
	})
	return http.NewCrossOriginProtection().Handler(mux)
}

var errNoURL = errors.New("url is missing")

// withURL is an order that makes no sense without an address.
func withURL(act func(order) (any, error)) func(*http.Request, order) (any, error) {
	return func(_ *http.Request, o order) (any, error) {
		if !strings.HasPrefix(o.URL, "http://") && !strings.HasPrefix(o.URL, "https://") {
			return nil, errNoURL
		}
		return act(o)
	}
}

// by is who acts; a manager of the sample data unless the order names somebody,
// so that what a person clicks does not look like the integration's own work.
func (s *Sim) by(o order) int {
	switch {
	case o.UserID != 0:
		return o.UserID
	case s.cfg.Seed:
		return seedManager
	}
	return s.cfg.UserID
}

func created(id int, err error) (any, error) { return map[string]int{"id": id}, err }

func pathID(r *http.Request) int {
	id, _ := strconv.Atoi(r.PathValue("id"))
	return id
}

// readControl reads the body of a POST; fromPage tells that a browser's form sent
// it, which wants a page for an answer.
func readControl(w http.ResponseWriter, r *http.Request) (o order, fromPage bool, err error) {
	r.Body = http.MaxBytesReader(w, r.Body, 1<<20)
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		if err := r.ParseForm(); err != nil {
			return o, true, fmt.Errorf("read form: %w", err)
		}
		form := r.PostForm
		o = order{
			StageID: form.Get("stage_id"), URL: form.Get("url"), Token: form.Get("token"), Code: form.Get("code"),
			Method: form.Get("method"), Kind: FaultKind(form.Get("kind")), Location: form.Get("location"), Events: form["events"],
			On: form.Get("on") == "true", Clean: form.Get("clean") == "true",
		}
		o.UserID, _ = strconv.Atoi(form.Get("user_id"))
		o.Times, _ = strconv.Atoi(form.Get("times"))
		o.DelayMS, _ = strconv.ParseInt(form.Get("delay_ms"), 10, 64)
		return o, strings.Contains(r.Header.Get("Accept"), "text/html"), nil
	}
	if r.ContentLength == 0 {
		return o, false, nil
	}
	if err := json.NewDecoder(r.Body).Decode(&o); err != nil {
		return o, false, fmt.Errorf("read body: %w", err)
	}
	return o, false, nil
}

// back is the page that a form was on.
func back(r *http.Request) string {
	if p := r.PostFormValue("back"); strings.HasPrefix(p, "/_sim/") && path.Clean(p)+"/" != "//" {
		return p
	}
	return "/_sim/"
}

func reply(w http.ResponseWriter, v any, err error) {
	status := http.StatusOK
	if err != nil {
		status = http.StatusBadRequest
		if errors.Is(err, ErrNotFound) {
			status = http.StatusNotFound
		}
		v = map[string]string{"error": err.Error()}
	} else if v == nil {
		v = map[string]bool{"ok": true}
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

// dealLine is a deal in the list of the control page.
type dealLine struct {
	ID         int       `json:"id"`
	Title      string    `json:"title"`
	CategoryID int       `json:"category_id"`
	StageID    string    `json:"stage_id"`
	Semantics  string    `json:"semantics"`
	ContactIDs []int     `json:"contact_ids"`
	CompanyID  int       `json:"company_id"`
	AssignedBy int       `json:"assigned_by_id"`
	Moved      time.Time `json:"moved"`
}

func line(d Deal) dealLine {
	return dealLine{d.ID, d.Title, d.CategoryID, d.StageID, d.Semantics, d.ContactIDs, d.CompanyID, d.AssignedByID, d.Moved}
}

func (s *Sim) apiDeals(r *http.Request) (any, error) {
	q := r.URL.Query()
	out := []dealLine{}
	for _, d := range s.Deals() {
		if q.Has("category") && q.Get("category") != strconv.Itoa(d.CategoryID) || q.Has("stage") && q.Get("stage") != d.StageID ||
			q.Has("semantics") && q.Get("semantics") != d.Semantics {
			continue
		}
		out = append(out, line(d))
	}
	return out, nil
}

// dealCard is a deal with everything attached to it.
type dealCard struct {
	dealLine
	Fields     map[string]any `json:"fields"`
	Comments   []Comment      `json:"comments"`
	Log        []Comment      `json:"log"`
	Activities []Activity     `json:"activities"`
	Tasks      []Task         `json:"tasks"`
	History    []StageMove    `json:"history"`
}

func (s *Sim) card(id int) (dealCard, error) {
	d, ok := s.Deal(id)
	if !ok {
		return dealCard{}, fmt.Errorf("read deal %d: %w", id, ErrNotFound)
	}
	return dealCard{
		dealLine: line(d), Fields: d.Fields, Comments: s.Comments(id), Log: s.LogMessages(id), Activities: s.Activities(id),
		Tasks: s.dealTasks(id), History: s.StageHistory(id),
	}, nil
}

func (s *Sim) apiDeal(r *http.Request) (any, error) { return s.card(pathID(r)) }

func (s *Sim) apiMove(r *http.Request, o order) (any, error) {
	d, ok := s.Deal(pathID(r))
	if !ok {
		return nil, fmt.Errorf("move deal %d: %w", pathID(r), ErrNotFound)
	}
	category := d.CategoryID
	if o.CategoryID != nil {
		category = *o.CategoryID
	} else if p := s.findPipeline(o.StageID); p >= 0 {
		category = p
	}
	return nil, s.MoveDeal(d.ID, category, o.StageID, s.by(o))
}

// findPipeline is the pipeline of a stage, -1 if there is none.
func (s *Sim) findPipeline(stageID string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.pipelineOf(stageID); p != nil {
		return p.id
	}
	return -1
}

// apiTab is what a browser would post when somebody opens the application's tab.
func (s *Sim) apiTab(r *http.Request, o order) (any, error) {
	target, form, ok := s.PlacementRequest(pathID(r), o.UserID)
	if !ok {
		return nil, fmt.Errorf("open the tab of deal %d: %w", pathID(r), ErrNotFound)
	}
	return map[string]string{"target": target, "form": form}, nil
}

func (s *Sim) apiEvents(r *http.Request) (any, error) {
	after, _ := strconv.Atoi(r.URL.Query().Get("after"))
	out := []Delivery{}
	for _, d := range s.EventLog() {
		if d.Seq > after {
			out = append(out, d)
		}
	}
	return out, nil
}

func (s *Sim) apiRequests(r *http.Request) (any, error) {
	glob := r.URL.Query().Get("method")
	if glob == "" {
		glob = "*"
	}
	after, _ := strconv.Atoi(r.URL.Query().Get("after"))
	out := []Request{}
	for _, q := range s.Requests(glob) {
		if q.Seq > after {
			out = append(out, q)
		}
	}
	return out, nil
}

func (s *Sim) apiFault(_ *http.Request, o order) (any, error) {
	if !o.Kind.known() {
		return nil, fmt.Errorf("unknown kind of fault %q", o.Kind)
	}
	s.AddFault(Fault{Method: o.Method, Kind: o.Kind, Times: o.Times, Delay: time.Duration(o.DelayMS) * time.Millisecond, Location: o.Location})
	return nil, nil
}
