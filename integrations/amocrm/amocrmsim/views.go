package amocrmsim

import (
	"maps"
	"slices"
)

// Lead is a lead as a user of the CRM sees it.
type Lead struct {
	ID           int64            `json:"id"`
	Name         string           `json:"name"`
	Price        int64            `json:"price"`
	PipelineID   int64            `json:"pipeline_id"`
	Pipeline     string           `json:"pipeline"`
	StatusID     int64            `json:"status_id"`
	Status       string           `json:"status"`
	LossReasonID int64            `json:"loss_reason_id,omitempty"`
	LossReason   string           `json:"loss_reason,omitempty"`
	Responsible  int64            `json:"responsible_user_id"`
	CreatedAt    int64            `json:"created_at"`
	UpdatedAt    int64            `json:"updated_at"`
	UpdatedBy    int64            `json:"updated_by"`
	ClosedAt     int64            `json:"closed_at,omitempty"`
	Deleted      bool             `json:"deleted,omitempty"`
	Tags         []string         `json:"tags"`
	Fields       map[string][]any `json:"fields"` // by code, or by name when there is none; choices by their label
	Contacts     []int64          `json:"contacts"`
	Companies    []int64          `json:"companies"`
	Files        []string         `json:"files,omitempty"`
}

// Note is a note on a card.
type Note struct {
	ID        int64          `json:"id"`
	EntityID  int64          `json:"entity_id"`
	Type      string         `json:"note_type"`
	Params    map[string]any `json:"params"`
	CreatedBy int64          `json:"created_by"`
	CreatedAt int64          `json:"created_at"`
	UpdatedAt int64          `json:"updated_at"`
	Pinned    bool           `json:"pinned,omitempty"`
}

// Text is what a person reads in the note.
func (n Note) Text() string { return scalarText(n.Params["text"]) }

// Task is a task for a user.
type Task struct {
	ID           int64  `json:"id"`
	EntityType   string `json:"entity_type"`
	EntityID     int64  `json:"entity_id"`
	TypeID       int64  `json:"task_type_id"`
	Text         string `json:"text"`
	Responsible  int64  `json:"responsible_user_id"`
	CompleteTill int64  `json:"complete_till"`
	Completed    bool   `json:"is_completed"`
	Result       string `json:"result,omitempty"`
}

// Field is a custom field of leads.
type Field struct {
	ID      int64            `json:"id"`
	Name    string           `json:"name"`
	Type    string           `json:"type"`
	Code    string           `json:"code"`
	APIOnly bool             `json:"is_api_only"`
	Choices map[string]int64 `json:"choices,omitempty"` // label to enum id
}

// Lead returns a lead, deleted ones too.
func (s *Sim) Lead(id int64) (Lead, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.entities[kindLeads].byID[id]
	if e == nil {
		return Lead{}, false
	}
	return s.leadView(e), true
}

// Leads returns all leads that are not deleted, in order of id.
func (s *Sim) Leads() []Lead {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Lead
	for _, e := range s.entities[kindLeads].where(func(e *entity) bool { return !e.deleted }) {
		out = append(out, s.leadView(e))
	}
	return out
}

func (s *Sim) leadView(e *entity) Lead {
	l := Lead{
		ID: e.id, Name: e.name, Price: e.price, PipelineID: e.pipelineID, StatusID: e.statusID, LossReasonID: e.lossReasonID,
		Responsible: e.responsibleID, CreatedAt: e.createdAt, UpdatedAt: e.updatedAt, UpdatedBy: e.updatedBy, ClosedAt: e.closedAt,
		Deleted: e.deleted, Tags: []string{}, Fields: map[string][]any{}, Contacts: []int64{}, Companies: []int64{}, Files: slices.Clone(e.files),
	}
	if p := s.pipe(e.pipelineID); p != nil {
		l.Pipeline = p.name
		if st := p.status(e.statusID); st != nil {
			l.Status = st.name
		}
	}
	if r := s.reasons.byID[e.lossReasonID]; r != nil {
		l.LossReason = r.name
	}
	for _, id := range e.tags {
		l.Tags = append(l.Tags, s.tags[kindLeads].byID[id].name)
	}
	for _, fv := range e.values {
		f := s.fields[kindLeads].byID[fv.fieldID]
		if f == nil || len(fv.values) == 0 {
			continue
		}
		key := f.code
		if key == "" {
			key = f.name
		}
		for _, v := range fv.values {
			l.Fields[key] = append(l.Fields[key], v.value)
		}
	}
	for _, k := range e.links {
		switch k.kind {
		case kindContacts:
			l.Contacts = append(l.Contacts, k.id)
		case kindCompanies:
			l.Companies = append(l.Companies, k.id)
		}
	}
	return l
}

// Notes returns the notes of a lead, oldest first.
func (s *Sim) Notes(leadID int64) []Note {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Note
	for _, id := range s.notesOn[entityKey{kindLeads, leadID}] {
		n := s.notes.byID[id]
		out = append(out, Note{
			ID: n.id, EntityID: n.entityID, Type: n.noteType, Params: maps.Clone(n.params), CreatedBy: n.createdBy, CreatedAt: n.createdAt,
			UpdatedAt: n.updatedAt, Pinned: n.pinned,
		})
	}
	return out
}

// Tasks returns the tasks on a lead, oldest first.
func (s *Sim) Tasks(leadID int64) []Task {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Task
	for _, id := range s.tasksOn[entityKey{kindLeads, leadID}] {
		t := s.tasks.byID[id]
		if t.deleted {
			continue
		}
		out = append(out, Task{
			ID: t.id, EntityType: t.kind, EntityID: t.entityID, TypeID: t.typeID, Text: t.text, Responsible: t.responsibleID,
			CompleteTill: t.completeTill, Completed: t.completed, Result: t.result,
		})
	}
	return out
}

// Fields returns the custom fields of leads.
func (s *Sim) Fields() []Field {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Field
	for _, id := range s.fields[kindLeads].order {
		f := s.fields[kindLeads].byID[id]
		view := Field{ID: f.id, Name: f.name, Type: f.typ, Code: f.code, APIOnly: f.apiOnly}
		for _, e := range f.enums {
			if view.Choices == nil {
				view.Choices = map[string]int64{}
			}
			view.Choices[e.value] = e.id
		}
		out = append(out, view)
	}
	return out
}

// Webhook is a subscription.
type Webhook struct {
	ID          int64    `json:"id"`
	Destination string   `json:"destination"`
	Settings    []string `json:"settings"`
	Disabled    bool     `json:"disabled"`
}

// Webhooks returns all subscriptions.
func (s *Sim) Webhooks() []Webhook {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := []Webhook{}
	for _, id := range s.hooks.order {
		h := s.hooks.byID[id]
		out = append(out, Webhook{ID: h.id, Destination: h.destination, Settings: slices.Clone(h.settings), Disabled: s.sender.disabled(h.health)})
	}
	return out
}

// Stage is one stage of a pipeline.
type Stage struct {
	PipelineID int64  `json:"pipeline_id"`
	Pipeline   string `json:"pipeline"`
	StatusID   int64  `json:"status_id"`
	Status     string `json:"status"`
}

// Stages returns the stages of all pipelines.
func (s *Sim) Stages() []Stage {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Stage
	for _, p := range s.pipes {
		for _, st := range p.statuses {
			out = append(out, Stage{PipelineID: p.id, Pipeline: p.name, StatusID: st.id, Status: st.name})
		}
	}
	return out
}
