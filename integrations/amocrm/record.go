package amocrm

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"opendoor/integrations/phpform"
)

// kind is what one record of a webhook says has happened, in words of ours.
type kind string

const (
	kindCreated            kind = "created"
	kindUpdated            kind = "updated"
	kindDeleted            kind = "deleted"
	kindRestored           kind = "restored"
	kindStatusChanged      kind = "status_changed"
	kindResponsibleChanged kind = "responsible_changed"
	kindNoteAdded          kind = "note_added"
	kindTaskCompleted      kind = "task_completed"
	kindUnsortedAccepted   kind = "unsorted_accepted"
	kindUnsortedDeclined   kind = "unsorted_declined"
	kindMessageIn          kind = "message_in"
	kindMessageOut         kind = "message_out"
	kindTrigger            kind = "dp_trigger" // Digital Pipeline: mail, call, chat or a visit
	kindIgnored            kind = "ignored"
)

// record is one record of a webhook. Ids are 0 when the record has none;
// pointers are nil when the key is absent, which is not the same as 0.
type record struct {
	Entity, Action string
	Kind           kind
	ID             int64  // of the lead, contact, company or task; for notes, of what they are on
	UID            string // of entities whose id is a text
	Type           string // contact or company
	Name           *string
	Tags           []string

	StatusID, PipelineID       *int64
	OldStatusID, OldPipelineID *int64
	ResponsibleID              *int64
	OldResponsibleID           *int64
	ModifiedBy                 *int64 // 0: a robot or the API
	ElementID, ElementType     int64  // of tasks
	Completed                  bool
	NoteID, NoteType           int64
	Text                       string
	LeadID, ContactID, TalkID  int64
	LeadIDs                    []int64
	Emails, Phones             []string
	ChangedAt                  time.Time

	// DigitalPipeline: sent by a trigger that the admin placed on a stage.
	DigitalPipeline bool
}

// stageMoved reports whether the record itself tells of a move to another stage.
func (r *record) stageMoved() bool {
	if r.Action != "status" && r.Action != "update" || r.StatusID == nil || r.OldStatusID == nil {
		return false
	}
	return *r.OldStatusID != *r.StatusID ||
		(r.OldPipelineID != nil && r.PipelineID != nil && *r.OldPipelineID != *r.PipelineID)
}

// movedInto reports whether the record proves that the lead has just come into
// the stage from another one.
func (r *record) movedInto(stage int64) bool {
	return r.stageMoved() && *r.StatusID == stage && *r.OldStatusID != stage
}

// lostTransition reports whether the record proves a move into the built-in
// "lost" stage.
func (r *record) lostTransition() bool { return r.movedInto(stageLost) }

// readRecord reads one record; ok is false when it has no usable id.
func readRecord(entity, action string, n *phpform.Node) (r record, ok bool) {
	r = record{Entity: entity, Action: action, Kind: kindIgnored}
	r.ID, _ = positive(n.Text("id"))
	switch entity {
	case "leads":
		r.common(n)
		r.lead(n)
	case "contacts", "companies":
		r.common(n)
		r.person(n)
	case "customers":
		r.common(n)
		r.Kind = plainKind(action)
		if action == "period" || action == "status" {
			r.Kind = kindTrigger
		}
	case "task", "tasks":
		r.common(n)
		r.task(n)
	case "unsorted":
		r.unsorted(n)
		return r, r.UID != ""
	case "talk", "message", "outgoing_message":
		r.conversation(n)
		return r, r.UID != ""
	case "catalogs":
	default:
		// Whatever this is, it is listed and ignored, with an id or without.
		r.UID = textID(n.Text("id"))
		return r, true
	}
	if action == "note" {
		r.note(n)
	}
	return r, r.ID != 0
}

func plainKind(action string) kind {
	switch action {
	case "add":
		return kindCreated
	case "update":
		return kindUpdated
	case "delete":
		return kindDeleted
	case "restore":
		return kindRestored
	case "responsible":
		return kindResponsibleChanged
	case "note":
		return kindNoteAdded
	}
	return kindIgnored
}

// common reads what leads, contacts, companies, customers and tasks share.
func (r *record) common(n *phpform.Node) {
	r.Kind = plainKind(r.Action)
	if name := n.Get("name"); name.IsScalar() {
		s := name.Text()
		r.Name = &s
	}
	for _, tag := range n.Get("tags").Sorted() {
		if name := tag.Text("name"); name != "" {
			r.Tags = append(r.Tags, name)
		}
	}
	r.ResponsibleID = optional(n.Text("responsible_user_id"))
	r.OldResponsibleID = optional(n.Text("old_responsible_user_id"))
	r.ModifiedBy = optional(n.Text("modified_user_id"))
	for _, key := range []string{"last_modified", "updated_at"} {
		// Texts like "2024-09-17 13:21:09" are UTC in tasks and UTC+3 in notes;
		// only unix seconds are believed.
		if at := optional(n.Text(key)); at != nil && *at > 0 && *at < 1<<40 {
			r.ChangedAt = time.Unix(*at, 0).UTC()
			break
		}
	}
	for _, field := range n.Get("custom_fields").Sorted() {
		switch field.Text("code") {
		case "EMAIL":
			r.Emails = append(r.Emails, valuesOf(field.Get("values"))...)
		case "PHONE":
			r.Phones = append(r.Phones, valuesOf(field.Get("values"))...)
		}
	}
	for _, linked := range n.Get("linked_leads_id").All() {
		for leaf := range linked.Leaves() {
			if id, ok := positive(leaf); ok && !slices.Contains(r.LeadIDs, id) {
				r.LeadIDs = append(r.LeadIDs, id)
			}
		}
	}
	// A change of the responsible may come as an update; old and new may also be
	// there and equal.
	if r.Kind == kindUpdated && r.OldResponsibleID != nil && r.ResponsibleID != nil && *r.OldResponsibleID != *r.ResponsibleID {
		r.Kind = kindResponsibleChanged
	}
}

func (r *record) lead(n *phpform.Node) {
	r.StatusID, r.PipelineID = optional(n.Text("status_id")), optional(n.Text("pipeline_id"))
	r.OldStatusID, r.OldPipelineID = optional(n.Text("old_status_id")), optional(n.Text("old_pipeline_id"))
	switch r.Action {
	case "update":
		if r.stageMoved() {
			r.Kind = kindStatusChanged
		}
	case "status":
		r.Kind = kindStatusChanged
		if r.OldStatusID != nil && !r.stageMoved() {
			r.Kind = kindUpdated
		}
	case "mail_in", "call_in", "chat", "site_visit":
		r.Kind = kindTrigger
	}
}

func (r *record) person(n *phpform.Node) {
	r.Type = n.Text("type")
	if r.Type == "" {
		r.Type = map[string]string{"contacts": "contact", "companies": "company"}[r.Entity]
	}
}

func (r *record) task(n *phpform.Node) {
	r.ElementID, _ = positive(n.Text("element_id"))
	r.ElementType, _ = positive(n.Text("element_type"))
	r.Text = n.Text("text")
	r.Completed = n.Text("status") == "1"
	// Completing from the task list gives two hooks; only the first closes it.
	if r.Action == "update" && r.Completed && n.Text("action_close") == "1" {
		r.Kind = kindTaskCompleted
	}
}

// note reads a note, which lies one level deeper and is about something else.
func (r *record) note(n *phpform.Node) {
	if inner := n.Get("note"); inner.IsMap() {
		n = inner
	}
	r.NoteID, _ = positive(n.Text("id"))
	r.NoteType, _ = positive(n.Text("note_type"))
	r.Text = n.Text("text")
	r.ID, _ = positive(n.Text("element_id"))
	if r.Entity == "contacts" && n.Text("element_type") == "3" {
		r.Type = "company"
	}
	if at := optional(n.Text("updated_at")); at != nil && *at > 0 && *at < 1<<40 {
		r.ChangedAt = time.Unix(*at, 0).UTC()
	}
}

func (r *record) unsorted(n *phpform.Node) {
	r.UID, r.ID = textID(n.Text("uid")), 0
	r.LeadID, _ = positive(n.Text("lead_id"))
	r.PipelineID = optional(n.Text("pipeline_id"))
	r.Kind = plainKind(r.Action)
	if r.Action != "delete" {
		return
	}
	switch n.Text("action") {
	case "accept":
		r.Kind = kindUnsortedAccepted
	case "decline":
		r.Kind = kindUnsortedDeclined
	}
	for _, result := range []string{"accept_result", "decline_result"} {
		for leaf := range n.Get(result, "leads").Leaves() {
			if id, ok := positive(leaf); ok {
				r.LeadIDs = append(r.LeadIDs, id)
			}
		}
	}
}

func (r *record) conversation(n *phpform.Node) {
	r.ID = 0
	r.UID = textID(n.Text("id"))
	r.TalkID, _ = positive(n.Text("talk_id"))
	r.ContactID, _ = positive(n.Text("contact_id"))
	r.Text = n.Text("text")
	if about := n.Text("entity_type"); about == "lead" || about == "leads" || n.Text("element_type") == "2" {
		for _, key := range []string{"entity_id", "element_id"} {
			if id, ok := positive(n.Text(key)); ok {
				r.LeadID = id
				break
			}
		}
	}
	switch {
	case r.Entity == "talk":
		r.UID = textID(cmp.Or(n.Text("talk_id"), n.Text("id")))
		r.Kind = plainKind(r.Action)
	case r.Entity == "message" && n.Text("type") != "outgoing":
		r.Kind = kindMessageIn
	default:
		r.Kind = kindMessageOut
	}
}

// valuesOf collects the values of a custom field, whose shape depends on its
// type: a list of maps, a map, or a list of plain scalars.
func valuesOf(values *phpform.Node) []string {
	var found []string
	if values.Get("value").IsScalar() {
		return append(found, values.Text("value"))
	}
	for key, v := range values.Sorted() {
		if v.IsMap() {
			found = append(found, valuesOf(v)...)
		} else if _, numeric := phpform.Index(key); numeric {
			found = append(found, v.Text())
		}
	}
	return found
}

// textID reads an id that is a text; the vendor's have up to 60 characters.
func textID(s string) string {
	if len(s) > 128 {
		return ""
	}
	return s
}

// positive reads an id: strictly decimal, above zero.
func positive(s string) (int64, bool) {
	n := optional(s)
	if n == nil || *n <= 0 {
		return 0, false
	}
	return *n, true
}

// optional reads a number that may be missing; what is no number is missing.
func optional(s string) *int64 {
	if s == "" || s[0] == '+' {
		return nil
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return nil
	}
	return &n
}
