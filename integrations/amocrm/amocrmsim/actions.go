package amocrmsim

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// ErrUnknown is returned for ids that the account does not have.
var ErrUnknown = errors.New("no such record in the simulated account")

// NewLead is what CreateLead takes; what is left out gets a sensible value.
type NewLead struct {
	Name         string         `json:"name"`
	Price        int64          `json:"price"`
	PipelineID   int64          `json:"pipeline_id"`
	StatusID     int64          `json:"status_id"`
	LossReasonID int64          `json:"loss_reason_id"`
	Responsible  int64          `json:"responsible_user_id"`
	ContactID    int64          `json:"contact_id"`
	CompanyID    int64          `json:"company_id"`
	Tags         []string       `json:"tags"`
	Fields       map[string]any `json:"fields"` // by code; choices by their label
	ByUser       int64          `json:"user_id"`
}

// CreateLead adds a lead as a user would.
func (s *Sim) CreateLead(n NewLead) (int64, error) {
	data := map[string]any{"name": n.Name, "price": n.Price}
	setInts(data, map[string]int64{"pipeline_id": n.PipelineID, "status_id": n.StatusID, "loss_reason_id": n.LossReasonID, "responsible_user_id": n.Responsible})
	embedded := map[string]any{}
	for kind, id := range map[string]int64{"contacts": n.ContactID, "companies": n.CompanyID} {
		if id != 0 {
			embedded[kind] = []any{map[string]any{"id": id}}
		}
	}
	var tags []any
	for _, name := range n.Tags {
		tags = append(tags, map[string]any{"name": name})
	}
	if tags != nil {
		embedded["tags"] = tags
	}
	data["_embedded"] = embedded
	data["custom_fields_values"] = valuesByCode(n.Fields)
	return s.userCreates(kindLeads, data, n.ByUser)
}

// NewPerson is what CreateContact and CreateCompany take.
type NewPerson struct {
	Name        string         `json:"name"`
	Email       string         `json:"email"`
	Phone       string         `json:"phone"`
	Responsible int64          `json:"responsible_user_id"`
	CompanyID   int64          `json:"company_id"` // contacts only
	Fields      map[string]any `json:"fields"`
	ByUser      int64          `json:"user_id"`
}

// CreateContact adds a contact as a user would.
func (s *Sim) CreateContact(n NewPerson) (int64, error) { return s.createPerson(kindContacts, n) }

// CreateCompany adds a company as a user would.
func (s *Sim) CreateCompany(n NewPerson) (int64, error) { return s.createPerson(kindCompanies, n) }

func (s *Sim) createPerson(kind string, n NewPerson) (int64, error) {
	values := map[string]any{}
	maps.Copy(values, n.Fields)
	if n.Email != "" {
		values["EMAIL"] = n.Email
	}
	if n.Phone != "" {
		values["PHONE"] = n.Phone
	}
	data := map[string]any{"name": n.Name, "custom_fields_values": valuesByCode(values)}
	setInts(data, map[string]int64{"responsible_user_id": n.Responsible})
	if kind == kindContacts && n.CompanyID != 0 {
		data["_embedded"] = map[string]any{"companies": []any{map[string]any{"id": n.CompanyID}}}
	}
	return s.userCreates(kind, data, n.ByUser)
}

func setInts(data map[string]any, values map[string]int64) {
	for key, v := range values {
		if v != 0 {
			data[key] = v
		}
	}
}

func valuesByCode(values map[string]any) []any {
	out := []any{}
	for code, v := range values {
		out = append(out, map[string]any{"field_code": code, "values": []any{map[string]any{"value": plainJSON(v)}}})
	}
	return out
}

// plainJSON turns Go's own numbers into what a decoded body would hold.
func plainJSON(v any) any {
	switch n := v.(type) {
	case int:
		return json.Number(fmt.Sprint(n))
	case int64:
		return json.Number(fmt.Sprint(n))
	case float64:
		return json.Number(scalarText(n))
	}
	return v
}

func (s *Sim) userCreates(kind string, data map[string]any, byUser int64) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	it := &item{data: data, text: &s.text}
	p := s.readPatch(it, kind, nil, data, "")
	if err := it.err(); err != nil {
		return 0, err
	}
	a := &act{by: byUser, at: s.unix()}
	e := s.create(a, kind, p)
	s.finish(a)
	return e.id, nil
}

func (it *item) err() error {
	if len(it.violations) == 0 {
		return nil
	}
	v := it.violations[0]
	return fmt.Errorf("%s: %s (%s)", v.path, v.detail, v.code)
}

// MoveLead moves a lead to a stage as a user would: two hooks, status and
// update, and a row in the event feed. A byUser of 0 is a robot.
func (s *Sim) MoveLead(id, pipelineID, statusID, byUser, lossReasonID int64) error {
	return s.MoveLeads([]int64{id}, pipelineID, statusID, byUser, lossReasonID)
}

// MoveLeads moves many leads in one action, so that one hook carries them all.
func (s *Sim) MoveLeads(ids []int64, pipelineID, statusID, byUser, lossReasonID int64) error {
	data := map[string]any{"status_id": statusID}
	setInts(data, map[string]int64{"pipeline_id": pipelineID, "loss_reason_id": lossReasonID})
	return s.userChanges(ids, data, byUser)
}

// UpdateLead changes what data names, in the words of the API's PATCH.
func (s *Sim) UpdateLead(id int64, data map[string]any, byUser int64) error {
	return s.userChanges([]int64{id}, data, byUser)
}

// ChangeResponsible hands a lead to another user.
func (s *Sim) ChangeResponsible(id, userID, byUser int64) error {
	return s.userChanges([]int64{id}, map[string]any{"responsible_user_id": userID}, byUser)
}

func (s *Sim) userChanges(ids []int64, data map[string]any, byUser int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	patches := make([]*patch, len(ids))
	for i, id := range ids {
		e := s.find(kindLeads, id)
		if e == nil {
			return fmt.Errorf("lead %d: %w", id, ErrUnknown)
		}
		it := &item{data: data, text: &s.text}
		patches[i] = s.readPatch(it, kindLeads, e, data, "")
		if err := it.err(); err != nil {
			return fmt.Errorf("lead %d: %w", id, err)
		}
	}
	a := &act{by: byUser, at: s.unix()}
	for i, id := range ids {
		s.apply(a, s.find(kindLeads, id), patches[i])
	}
	s.finish(a)
	return nil
}

// DeleteLead puts a lead into the recycle bin.
func (s *Sim) DeleteLead(id, byUser int64) error { return s.setDeleted(kindLeads, id, byUser, true) }

// RestoreLead takes a lead out of the recycle bin.
func (s *Sim) RestoreLead(id, byUser int64) error { return s.setDeleted(kindLeads, id, byUser, false) }

// DeleteContact puts a contact into the recycle bin.
func (s *Sim) DeleteContact(id, byUser int64) error {
	return s.setDeleted(kindContacts, id, byUser, true)
}

// RestoreContact takes a contact out of the recycle bin.
func (s *Sim) RestoreContact(id, byUser int64) error {
	return s.setDeleted(kindContacts, id, byUser, false)
}

func (s *Sim) setDeleted(kind string, id, byUser int64, deleted bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.entities[kind].byID[id]
	if e == nil || e.deleted == deleted {
		return fmt.Errorf("%s %d: %w", singular[kind], id, ErrUnknown)
	}
	a := &act{by: byUser, at: s.unix()}
	e.deleted, e.updatedAt, e.updatedBy = deleted, a.at, byUser
	verb, record := "restore", s.hookRecord(e, recordExtra{})
	if deleted {
		verb, record = "delete", removedRecord(e)
	}
	s.logEvent(a, singular[kind]+"_"+verb+"d", e, nil, nil)
	a.change(e, verb, verb+"_"+singular[kind], record)
	s.finish(a)
	return nil
}

// CompleteTask closes a task with a result, as its user would.
func (s *Sim) CompleteTask(id int64, result string, byUser int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.tasks.byID[id]
	if t == nil || t.deleted {
		return fmt.Errorf("task %d: %w", id, ErrUnknown)
	}
	done := true
	a := &act{by: byUser, at: s.unix()}
	s.changeTask(a, t, taskPatch{completed: &done, result: &result})
	s.finish(a)
	return nil
}

// DeleteTask removes a task.
func (s *Sim) DeleteTask(id, byUser int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.tasks.byID[id]
	if t == nil || t.deleted {
		return fmt.Errorf("task %d: %w", id, ErrUnknown)
	}
	a := &act{by: byUser, at: s.unix()}
	t.deleted = true
	s.refreshClosest(t)
	s.taskEvent(a, "task_deleted", t)
	s.taskHook(a, "delete", "delete_task", t, nil)
	s.finish(a)
	return nil
}

// AddNote writes a common note on a lead, as a user would.
func (s *Sim) AddNote(leadID int64, text string, byUser int64) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.find(kindLeads, leadID)
	if e == nil {
		return 0, fmt.Errorf("lead %d: %w", leadID, ErrUnknown)
	}
	a := &act{by: byUser, at: s.unix()}
	n := s.putNote(a, e, "common", map[string]any{"text": text})
	s.finish(a)
	return n.id, nil
}

func (s *Sim) putNote(a *act, e *entity, noteType string, params map[string]any) *note {
	n := &note{
		id: s.nextID(), kind: e.kind, entityID: e.id, noteType: noteType, params: params, createdBy: a.by, updatedBy: a.by,
		createdAt: a.at, updatedAt: a.at, responsibleID: e.responsibleID, groupID: e.groupID,
	}
	s.notes.add(n.id, n)
	owner := entityKey{e.kind, e.id}
	s.notesOn[owner] = append(s.notesOn[owner], n.id)
	s.noteChanged(a, n, true)
	return n
}

// Subscribe adds a webhook as an admin would in the settings.
func (s *Sim) Subscribe(destination string, settings ...string) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.webhookTo(destination)
	if h == nil {
		h = s.addWebhook(destination, adminID)
	}
	h.settings = slices.Clone(settings)
	s.sender.enable(h.health)
	return h.id
}

// SetWebhookDisabled switches a hook off or on again; an empty destination
// means all of them.
func (s *Sim) SetWebhookDisabled(destination string, disabled bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range s.hooks.order {
		h := s.hooks.byID[id]
		if destination != "" && h.destination != destination {
			continue
		}
		if disabled {
			s.sender.disable(h.health)
		} else {
			s.sender.enable(h.health)
		}
	}
}

// AddStageHook puts a "send webhook" step of Digital Pipeline on a stage.
func (s *Sim) AddStageHook(pipelineID, statusID int64, destination string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.pipe(pipelineID); p == nil || p.status(statusID) == nil {
		return fmt.Errorf("stage %d of pipeline %d: %w", statusID, pipelineID, ErrUnknown)
	}
	s.dpHooks = append(s.dpHooks, &dpHook{pipelineID: pipelineID, statusID: statusID, destination: destination, health: &health{}})
	return nil
}
