package bitrix24sim

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"
)

// ErrNotFound is what the methods for tests and demo return for an object that
// is not there.
var ErrNotFound = errors.New("bitrix24sim: not found")

// Deal is what a test wants to know of a deal.
type Deal struct {
	ID, CategoryID, CompanyID                          int
	Title, StageID, Semantics, Currency                string // Semantics: P, S or F
	Closed                                             bool
	Opportunity                                        float64
	ContactIDs                                         []int // the primary contact first
	AssignedByID, CreatedByID, ModifiedByID, MovedByID int
	Created, Modified, Moved                           time.Time

	// Fields are all fields as crm.deal.get prints them.
	Fields map[string]any
}

// Comment is a comment in a timeline.
type Comment struct {
	ID       int       `json:"id"`
	AuthorID int       `json:"author_id"`
	At       time.Time `json:"at"`
	Text     string    `json:"text"`
	Files    []string  `json:"files,omitempty"`
}

// Activity is a to-do or another planned deed.
type Activity struct {
	ID            int       `json:"id"`
	Subject       string    `json:"subject"`
	Text          string    `json:"text"`
	ResponsibleID int       `json:"responsible_id"`
	AuthorID      int       `json:"author_id"`
	Deadline      time.Time `json:"deadline"`
	Completed     bool      `json:"completed"`
}

// Task is a task outside of the CRM.
type Task struct {
	ID            int       `json:"id"`
	Title         string    `json:"title"`
	Text          string    `json:"text"`
	ResponsibleID int       `json:"responsible_id"`
	Deadline      time.Time `json:"deadline"`
	Links         []string  `json:"links"` // D_10 is deal 10
	Done          bool      `json:"done"`
}

// UserField is a custom field of deals.
type UserField struct {
	ID      int               `json:"id"`
	Name    string            `json:"name"` // UF_CRM_…
	Type    string            `json:"type"`
	Label   string            `json:"label"`
	Options map[string]int    `json:"options,omitempty"` // XML_ID → number that is written
	Values  map[string]string `json:"values,omitempty"`  // XML_ID → label
}

// StageMove is a row of the history of stages.
type StageMove struct {
	ID         int       `json:"id"`
	Type       int       `json:"type"` // 1 created, 2 moved, 3 final stage, 5 other pipeline
	DealID     int       `json:"deal_id"`
	At         time.Time `json:"at"`
	CategoryID int       `json:"category_id"`
	StageID    string    `json:"stage_id"`
	Semantics  string    `json:"semantics"`
}

func person(userID int) actor { return actor{userID: userID} }

// CreateDeal does what a user does in the portal; fields are named as in
// crm.deal.add.
func (s *Sim) CreateDeal(fields map[string]any, userID int) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.addDeal(fromGo(fields).(*array), person(userID))
	if err != nil {
		return 0, err
	}
	return r.id, nil
}

// UpdateDeal changes fields of a deal as a user does.
func (s *Sim) UpdateDeal(id int, fields map[string]any, userID int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.deals.byID[id]
	if r == nil {
		return fmt.Errorf("update deal %d: %w", id, ErrNotFound)
	}
	return s.changeDeal(r, fromGo(fields).(*array), person(userID))
}

// MoveDeal drags a deal to a stage, also of another pipeline.
func (s *Sim) MoveDeal(id, categoryID int, stageID string, userID int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.deals.byID[id]
	if r == nil {
		return fmt.Errorf("move deal %d: %w", id, ErrNotFound)
	}
	p := s.pipeline(categoryID)
	if p == nil || p.stage(stageID) == nil {
		return fmt.Errorf("move deal %d to %d/%s: %w", id, categoryID, stageID, ErrNotFound)
	}
	s.apply(r, map[string]any{}, nil, p, p.stage(stageID), person(userID))
	return nil
}

// LoseDeal moves a deal to the first failed stage of its pipeline, which is how
// a cancellation begins.
func (s *Sim) LoseDeal(id, userID int) error {
	s.mu.Lock()
	r := s.deals.byID[id]
	if r == nil {
		s.mu.Unlock()
		return fmt.Errorf("lose deal %d: %w", id, ErrNotFound)
	}
	categoryID := r.int("CATEGORY_ID")
	stageID := s.pipeline(categoryID).failedStage()
	s.mu.Unlock()
	return s.MoveDeal(id, categoryID, stageID, userID)
}

// DeleteDeal deletes a deal as a user does.
func (s *Sim) DeleteDeal(id, userID int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.deals.byID[id]
	if r == nil {
		return fmt.Errorf("delete deal %d: %w", id, ErrNotFound)
	}
	s.deleteObject(s.deals, r, person(userID))
	return nil
}

// CreateContact adds a contact; EMAIL and PHONE are lists of
// {"VALUE":…,"VALUE_TYPE":…}.
func (s *Sim) CreateContact(fields map[string]any, userID int) (int, error) {
	return s.createPerson(s.contacts, fields, userID)
}

// CreateCompany adds a company.
func (s *Sim) CreateCompany(fields map[string]any, userID int) (int, error) {
	return s.createPerson(s.companies, fields, userID)
}

func (s *Sim) createPerson(t *table, fields map[string]any, userID int) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.addPerson(t, fromGo(fields).(*array), person(userID))
	if err != nil {
		return 0, err
	}
	return r.id, nil
}

// UpdateContact changes a contact as a user does.
func (s *Sim) UpdateContact(id int, fields map[string]any, userID int) error {
	return s.updatePerson(s.contacts, id, fields, userID)
}

// UpdateCompany changes a company as a user does.
func (s *Sim) UpdateCompany(id int, fields map[string]any, userID int) error {
	return s.updatePerson(s.companies, id, fields, userID)
}

func (s *Sim) updatePerson(t *table, id int, fields map[string]any, userID int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := t.byID[id]
	if r == nil {
		return fmt.Errorf("update object %d: %w", id, ErrNotFound)
	}
	return s.changePerson(t, r, fromGo(fields).(*array), person(userID))
}

// CompleteActivity ticks a to-do off as a user does.
func (s *Sim) CompleteActivity(id, userID int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.activity(id)
	if a == nil {
		return fmt.Errorf("complete activity %d: %w", id, ErrNotFound)
	}
	a.completed = true
	c := &call{sim: s, who: person(userID)}
	c.touchActivity(a)
	return nil
}

// Deal returns a deal.
func (s *Sim) Deal(id int) (Deal, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.deals.byID[id]
	if r == nil {
		return Deal{}, false
	}
	return s.deal(r), true
}

// Deals returns all deals in the order of their ids.
func (s *Sim) Deals() []Deal {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Deal, len(s.deals.rows))
	for i, r := range s.deals.rows {
		out[i] = s.deal(r)
	}
	return out
}

func (s *Sim) deal(r *record) Deal {
	d := Deal{
		ID: r.id, CategoryID: r.int("CATEGORY_ID"), CompanyID: r.int("COMPANY_ID"), Title: r.text("TITLE"),
		StageID: r.text("STAGE_ID"), Semantics: r.text("STAGE_SEMANTIC_ID"), Currency: r.text("CURRENCY_ID"),
		Closed: r.text("CLOSED") == "Y", AssignedByID: r.int("ASSIGNED_BY_ID"), CreatedByID: r.int("CREATED_BY_ID"),
		ModifiedByID: r.int("MODIFY_BY_ID"), MovedByID: r.int("MOVED_BY_ID"),
		Created: r.time("DATE_CREATE"), Modified: r.time("DATE_MODIFY"), Moved: r.time("MOVED_TIME"),
		Fields: plain(s.printLegacy(s.deals.kind, r, everything)).(map[string]any),
	}
	d.Opportunity, _ = r.values["OPPORTUNITY"].(float64)
	links := slices.Clone(r.contacts)
	slices.SortStableFunc(links, func(a, b contactLink) int {
		return cmp.Or(-cmp.Compare(toString(a.primary), toString(b.primary)), cmp.Compare(a.sort, b.sort))
	})
	for _, l := range links {
		d.ContactIDs = append(d.ContactIDs, l.contactID)
	}
	return d
}

// Contact returns a contact as crm.contact.get prints it.
func (s *Sim) Contact(id int) (map[string]any, bool) { return s.object(s.contacts, id) }

// Company returns a company as crm.company.get prints it.
func (s *Sim) Company(id int) (map[string]any, bool) { return s.object(s.companies, id) }

func (s *Sim) object(t *table, id int) (map[string]any, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := t.byID[id]
	if r == nil {
		return nil, false
	}
	return plain(s.printLegacy(t.kind, r, everything)).(map[string]any), true
}

// Comments returns the comments of a deal, oldest first.
func (s *Sim) Comments(dealID int) []Comment {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.commentsOf(typeDeal, dealID)
}

func (s *Sim) commentsOf(typeID, id int) []Comment {
	var out []Comment
	for _, c := range s.comments {
		if c.typeID == typeID && c.ownerID == id {
			shown := Comment{ID: c.id, AuthorID: c.authorID, At: c.at, Text: c.text}
			for _, f := range c.files {
				shown.Files = append(shown.Files, f.name)
			}
			out = append(out, shown)
		}
	}
	return out
}

// LogMessages returns what programs wrote into the timeline of a deal; the text
// follows the title after a line break.
func (s *Sim) LogMessages(dealID int) []Comment {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Comment
	for _, m := range s.logs {
		if m.typeID == typeDeal && m.ownerID == dealID {
			out = append(out, Comment{ID: m.id, AuthorID: m.authorID, At: m.at, Text: m.title + "\n" + m.text})
		}
	}
	return out
}

// Activities returns the to-dos and other activities of a deal, oldest first.
func (s *Sim) Activities(dealID int) []Activity {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.activitiesOf(typeDeal, dealID)
}

func (s *Sim) activitiesOf(typeID, id int) []Activity {
	var out []Activity
	for _, a := range s.activities {
		if a.typeID == typeID && a.ownerID == id {
			out = append(out, Activity{
				ID: a.id, Subject: a.subject, Text: a.text, ResponsibleID: a.responsibleID, AuthorID: a.authorID,
				Deadline: a.deadline, Completed: a.completed,
			})
		}
	}
	return out
}

// Tasks returns all tasks, oldest first.
func (s *Sim) Tasks() []Task {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tasksWhere(func(*task) bool { return true })
}

func (s *Sim) tasksWhere(want func(*task) bool) []Task {
	var out []Task
	for _, t := range s.tasks {
		if want(t) {
			out = append(out, Task{
				ID: t.id, Title: t.title, Text: t.text, ResponsibleID: t.responsible, Deadline: t.deadline,
				Links: slices.Clone(t.links), Done: t.status == taskDone,
			})
		}
	}
	return out
}

// dealTasks are the tasks that are linked to a deal.
func (s *Sim) dealTasks(dealID int) []Task {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tasksWhere(func(t *task) bool { return slices.Contains(t.links, "D_"+strconv.Itoa(dealID)) })
}

// UserFields returns the custom fields of deals.
func (s *Sim) UserFields() []UserField {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []UserField
	for _, u := range s.deals.kind.userFields {
		shown := UserField{ID: u.id, Name: u.name, Type: u.typ, Label: toString(u.label("EDIT_FORM_LABEL"))}
		for _, o := range u.options {
			if shown.Options == nil {
				shown.Options, shown.Values = make(map[string]int), make(map[string]string)
			}
			shown.Options[o.xmlID], shown.Values[o.xmlID] = o.id, o.value
		}
		out = append(out, shown)
	}
	return out
}

// AddUserField creates a custom field of deals as an administrator does; fields
// are named as in crm.deal.userfield.add.
func (s *Sim) AddUserField(fields map[string]any) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, err := s.addUserField(s.deals.kind, fromGo(fields).(*array))
	if err != nil {
		return 0, err
	}
	return u.id, nil
}

// StageHistory returns the moves of a deal, oldest first; of all deals for 0.
func (s *Sim) StageHistory(dealID int) []StageMove {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []StageMove
	for _, h := range s.historyOf(typeDeal) {
		if dealID == 0 || h.dealID == dealID {
			out = append(out, StageMove{
				ID: h.id, Type: h.typ, DealID: h.dealID, At: h.at, CategoryID: h.categoryID, StageID: h.stageID, Semantics: h.semantics,
			})
		}
	}
	return out
}

// HandlerInfo describes an outgoing webhook, an application handler or a robot.
type HandlerInfo struct {
	ID      int      `json:"id"`
	Kind    string   `json:"kind"` // webhook, application, offline, robot
	URL     string   `json:"url"`
	Events  []string `json:"events,omitempty"` // empty: all
	StageID string   `json:"stage_id,omitempty"`
}

// Handlers returns everything that the portal calls.
func (s *Sim) Handlers() []HandlerInfo {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []HandlerInfo
	for _, h := range s.handlers {
		kind := "webhook"
		switch {
		case h.offline:
			kind = "offline"
		case h.app:
			kind = "application"
		}
		out = append(out, HandlerInfo{ID: h.id, Kind: kind, URL: h.url, Events: slices.Sorted(maps.Keys(h.events))})
	}
	for _, r := range s.robots {
		out = append(out, HandlerInfo{ID: r.id, Kind: "robot", URL: r.url, StageID: r.stageID})
	}
	return out
}
