package amocrmsim

import (
	"net/http"
	"net/url"
	"slices"
)

// webhookSettings are the events that a hook may be subscribed to.
var webhookSettings = func() []string {
	var out []string
	for _, kind := range []string{"lead", "contact", "company", "customer", "task"} {
		for _, action := range []string{"add", "update", "delete", "responsible"} {
			out = append(out, action+"_"+kind)
		}
	}
	for _, kind := range []string{"lead", "contact", "company"} {
		out = append(out, "restore_"+kind)
	}
	for _, kind := range []string{"lead", "contact", "company", "customer"} {
		out = append(out, "note_"+kind)
	}
	return append(out, "status_lead", "add_talk", "update_talk", "add_chat_template_review",
		"add_unsorted", "update_unsorted", "delete_unsorted", "add_message")
}()

// maxWebhooks is how many an account may have.
const maxWebhooks = 100

// webhook is one subscription. Its fields are guarded by Sim.mu, except for
// health, which the sender keeps under its own lock.
type webhook struct {
	id                   int64
	destination          string
	settings             []string
	sort                 int64
	createdBy            int64
	createdAt, updatedAt int64
	health               *health
}

func (s *Sim) webhookJSON(h *webhook) object {
	return object{
		"id": h.id, "destination": h.destination, "created_at": h.createdAt, "updated_at": h.updatedAt, "account_id": s.cfg.AccountID,
		"created_by": h.createdBy, "sort": h.sort, "disabled": s.sender.disabled(h.health), "settings": slices.Clone(h.settings),
	}
}

func (s *Sim) webhookTo(destination string) *webhook {
	for _, id := range s.hooks.order {
		if h := s.hooks.byID[id]; h.destination == destination {
			return h
		}
	}
	return nil
}

// listWebhooks answers 200 with an empty list when there are none: which of
// this and 204 the vendor sends is not known, and this one trips fewer clients.
func (s *Sim) listWebhooks(c *call) answer {
	destination := c.query.at("filter", "destination")
	rows := []any{}
	for _, id := range s.hooks.order {
		if h := s.hooks.byID[id]; !destination.set || h.destination == destination.value {
			rows = append(rows, s.webhookJSON(h))
		}
	}
	return ok(object{"_total_items": len(rows), "_embedded": object{"webhooks": rows}})
}

// subscribe takes ONE object. The same destination again gets the new settings
// and is switched on again.
func (s *Sim) subscribe(c *call) answer {
	it, bad := s.oneItem(c)
	if bad != nil {
		return *bad
	}
	destination := ""
	if it.need("destination") {
		if d := it.str("destination"); d != nil {
			destination = *d
			if u, err := url.Parse(destination); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
				it.badChoice("destination")
			}
		}
	}
	var settings []string
	if it.need("settings") {
		rows, isList := it.data["settings"].([]any)
		if !isList || len(rows) == 0 {
			it.badType("settings", "array")
		}
		for i, row := range rows {
			name, _ := row.(string)
			if !slices.Contains(webhookSettings, name) {
				it.badChoice("settings." + formatID(int64(i)))
			} else if !slices.Contains(settings, name) {
				settings = append(settings, name)
			}
		}
	}
	sort := it.int("sort")
	if a, refused := s.refused([]*item{it}); refused {
		return a
	}
	h := s.webhookTo(destination)
	if h == nil {
		if len(s.hooks.order) >= maxWebhooks {
			return s.problem(http.StatusBadRequest, "Webhooks limit exceeded")
		}
		h = s.addWebhook(destination, c.userID)
	}
	h.settings, h.updatedAt = settings, c.now
	if sort != nil {
		h.sort = *sort
	}
	s.sender.enable(h.health)
	return answer{status: http.StatusCreated, body: s.webhookJSON(h)}
}

func (s *Sim) addWebhook(destination string, by int64) *webhook {
	now := s.unix()
	h := &webhook{id: s.nextID(), destination: destination, createdBy: by, createdAt: now, updatedAt: now, sort: int64(len(s.hooks.order) + 1), health: &health{}}
	s.hooks.add(h.id, h)
	return h
}

func (s *Sim) unsubscribe(c *call) answer {
	it, bad := s.oneItem(c)
	if bad != nil {
		return *bad
	}
	var destination string
	if it.need("destination") {
		if d := it.str("destination"); d != nil {
			destination = *d
		}
	}
	if a, refused := s.refused([]*item{it}); refused {
		return a
	}
	if h := s.webhookTo(destination); h != nil {
		s.sender.forget(h.health)
		s.hooks.remove(h.id)
	}
	return nothing()
}

// dpHook is the "send webhook" step that an admin put on a stage.
type dpHook struct {
	pipelineID, statusID int64
	destination          string
	health               *health
}

// dpEntered collects the minimal hooks of stages that a lead has entered.
func (s *Sim) dpEntered(a *act, e *entity, action string, fromPipeline, fromStatus int64) {
	for _, h := range s.dpHooks {
		if h.pipelineID != e.pipelineID || h.statusID != e.statusID {
			continue
		}
		record := fields{{"id", e.id}, {"status_id", e.statusID}, {"pipeline_id", e.pipelineID}}
		if action == "status" {
			record = append(record, field{"old_status_id", fromStatus}, field{"old_pipeline_id", fromPipeline})
		}
		a.changes = append(a.changes, change{entity: kindLeads, action: action, record: record, lane: entityKey{kindLeads, e.id}, dp: h})
	}
}

// fire turns the changes of one action into hook bodies, one for each entity
// and action, or one for all with MixedHooks.
func (s *Sim) fire(a *act) {
	if len(a.changes) == 0 {
		return
	}
	for _, id := range s.hooks.order {
		h := s.hooks.byID[id]
		if s.sender.disabled(h.health) {
			continue
		}
		var picked []change
		type seenKey struct {
			entity, action string
			lane           entityKey
		}
		seen := map[seenKey]bool{}
		for _, ch := range a.changes {
			if ch.dp != nil || !slices.Contains(h.settings, ch.setting) {
				continue
			}
			// A contact's change of responsible is an update; a hook that is
			// subscribed to both hears of it once.
			if key := (seenKey{ch.entity, ch.action, ch.lane}); ch.entity == kindContacts && ch.action == "update" {
				if seen[key] {
					continue
				}
				seen[key] = true
			}
			picked = append(picked, ch)
		}
		for _, group := range s.groupChanges(picked) {
			body := encodeForm(append(fields{{"account", s.accountBlock()}}, recordTree(group)...))
			s.sender.enqueue(h.id, h.destination, h.health, group, body, false)
		}
	}
	for _, ch := range a.changes {
		if ch.dp == nil || s.sender.disabled(ch.dp.health) {
			continue
		}
		one := []change{ch}
		body := encodeForm(append(recordTree(one), field{"account", fields{{"id", s.cfg.AccountID}, {"subdomain", s.subdomain}}}))
		s.sender.enqueue(0, ch.dp.destination, ch.dp.health, one, body, true)
	}
}

// groupChanges cuts changes into the bodies that carry them.
func (s *Sim) groupChanges(changes []change) [][]change {
	type groupKey struct{ entity, action string }
	var order []groupKey
	byKey := map[groupKey][]change{}
	for _, ch := range changes {
		key := groupKey{ch.entity, ch.action}
		if s.cfg.MixedHooks {
			key = groupKey{}
		}
		if byKey[key] == nil {
			order = append(order, key)
		}
		byKey[key] = append(byKey[key], ch)
	}
	var out [][]change
	for _, key := range order {
		for part := range slices.Chunk(byKey[key], s.cfg.HookBatch) {
			out = append(out, part)
		}
	}
	return out
}

// recordTree builds {entity: {action: [records]}}.
func recordTree(changes []change) fields {
	var tree fields
	at := func(t *fields, key string, empty any) *field {
		for i := range *t {
			if (*t)[i].key == key {
				return &(*t)[i]
			}
		}
		*t = append(*t, field{key, empty})
		return &(*t)[len(*t)-1]
	}
	for _, ch := range changes {
		entity := at(&tree, ch.entity, fields{})
		actions := entity.val.(fields)
		action := at(&actions, ch.action, list{})
		action.val = append(action.val.(list), ch.record)
		entity.val = actions
	}
	return tree
}
