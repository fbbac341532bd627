package amocrmsim

import (
	"crypto/rand"
	"strings"
	"time"
)

// act is one action of a user, robot or integration; its changes leave
// together, so that a batch of leads becomes one hook with many records.
type act struct {
	by      int64 // 0 = robot
	at      int64
	changes []change
}

// change is one record of a hook.
type change struct {
	entity, action string // keys of the body: leads, status
	setting        string // what a hook must be subscribed to
	record         fields
	lane           entityKey // hooks about one record keep their order
	dp             *dpHook   // set when the record goes to that one address
}

func (s *Sim) begin(c *call) *act { return &act{by: c.userID, at: c.now} }

// finish sends what the action caused.
func (s *Sim) finish(a *act) { s.fire(a) }

// hookKey is the first key of a hook body; companies arrive as contacts.
func hookKey(kind string) string {
	if kind == kindCompanies {
		return kindContacts
	}
	return kind
}

func (a *act) change(e *entity, action, setting string, record fields) {
	a.changes = append(a.changes, change{
		entity: hookKey(e.kind), action: action, setting: setting, record: record, lane: entityKey{hookKey(e.kind), e.id},
	})
}

// recordExtra is what only some hooks carry.
type recordExtra struct {
	oldStatusID, oldPipelineID, oldResponsibleID int64
}

// hookRecord writes an entity in the old (v2) names of hooks. Neither the loss
// reason nor the contacts of a lead are ever in it.
func (s *Sim) hookRecord(e *entity, x recordExtra) fields {
	if e.kind == kindLeads {
		return s.leadRecord(e, x)
	}
	r := fields{
		{"id", e.id},
		{"name", e.name},
		{"responsible_user_id", e.responsibleID},
		{"date_create", e.createdAt},
		{"last_modified", e.updatedAt},
		{"created_user_id", e.createdBy},
		{"modified_user_id", e.updatedBy},
	}
	if e.kind == kindContacts {
		if l := e.linked(kindCompanies); len(l) > 0 {
			if company := s.find(kindCompanies, l[0].id); company != nil {
				r = append(r, field{"company_name", company.name}, field{"linked_company_id", company.id})
			}
		}
	}
	r = append(r, field{"account_id", s.cfg.AccountID}, field{"custom_fields", s.hookValues(e)}, field{"tags", s.hookTags(e)})
	if e.kind == kindCustomers {
		r = append(r, field{"next_price", e.nextPrice}, field{"next_date", e.nextDate})
	} else {
		var leads fields
		for _, l := range e.linked(kindLeads) {
			id := formatID(l.id)
			leads = append(leads, field{id, fields{{"ID", id}}})
		}
		r = append(r, field{"linked_leads_id", leads})
	}
	if x.oldResponsibleID != 0 {
		r = append(r, field{"old_responsible_user_id", x.oldResponsibleID})
	}
	r = append(r, field{"created_at", e.createdAt}, field{"updated_at", e.updatedAt})
	if e.kind != kindCustomers {
		r = append(r, field{"type", singular[e.kind]})
	}
	return r
}

func (s *Sim) leadRecord(e *entity, x recordExtra) fields {
	r := fields{{"id", e.id}, {"name", e.name}, {"status_id", e.statusID}}
	if x.oldStatusID != 0 {
		r = append(r, field{"old_status_id", x.oldStatusID})
	}
	if x.oldPipelineID != 0 {
		r = append(r, field{"old_pipeline_id", x.oldPipelineID})
	}
	r = append(r, fields{
		{"price", e.price},
		{"responsible_user_id", e.responsibleID},
		{"last_modified", e.updatedAt},
		{"modified_user_id", e.updatedBy},
		{"created_user_id", e.createdBy},
		{"date_create", e.createdAt},
		{"pipeline_id", e.pipelineID},
		{"tags", s.hookTags(e)},
		{"account_id", s.cfg.AccountID},
		{"custom_fields", s.hookValues(e)},
	}...)
	if x.oldResponsibleID != 0 {
		r = append(r, field{"old_responsible_user_id", x.oldResponsibleID})
	}
	return append(r, field{"created_at", e.createdAt}, field{"updated_at", e.updatedAt})
}

// removedRecord is all that a delete hook says.
func removedRecord(e *entity) fields {
	switch e.kind {
	case kindLeads:
		return fields{{"id", e.id}, {"status_id", e.statusID}, {"pipeline_id", e.pipelineID}}
	case kindCustomers:
		return fields{{"id", e.id}}
	}
	return fields{{"id", e.id}, {"type", singular[e.kind]}}
}

func (s *Sim) hookTags(e *entity) list {
	var out list
	for _, id := range e.tags {
		if t := s.tags[e.kind].byID[id]; t != nil {
			out = append(out, fields{{"id", t.id}, {"name", t.name}})
		}
	}
	return out
}

// accountBlock opens the body of an account hook.
func (s *Sim) accountBlock() fields {
	return fields{{"subdomain", s.subdomain}, {"id", s.cfg.AccountID}, {"_links", fields{{"self", s.origin(nil)}}}}
}

// logEvent adds a row to the event feed.
func (s *Sim) logEvent(a *act, typ string, e *entity, before, after []any) {
	s.addEvent(a, typ, singular[e.kind], e.id, before, after)
}

func (s *Sim) addEvent(a *act, typ, kind string, id int64, before, after []any) {
	if before == nil {
		before = []any{}
	}
	if after == nil {
		after = []any{}
	}
	s.events = append(s.events, &event{
		id: newEventID(time.Unix(a.at, 0)), typ: typ, kind: kind, entityID: id, createdBy: a.by, createdAt: a.at, before: before, after: after,
	})
}

// newEventID makes a ULID in lower case: the time first, then chance.
func newEventID(at time.Time) string {
	const alphabet = "0123456789abcdefghjkmnpqrstvwxyz"
	var out strings.Builder
	ms := uint64(at.UnixMilli())
	for shift := 45; shift >= 0; shift -= 5 {
		out.WriteByte(alphabet[ms>>shift&31])
	}
	var chance [16]byte
	_, _ = rand.Read(chance[:]) // never fails since Go 1.24
	for _, b := range chance {
		out.WriteByte(alphabet[b&31])
	}
	return out.String()
}
