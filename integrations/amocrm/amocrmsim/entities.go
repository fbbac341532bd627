package amocrmsim

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// find returns a live entity.
func (s *Sim) find(kind string, id int64) *entity {
	t := s.entities[kind]
	if t == nil {
		return nil
	}
	e := t.byID[id]
	if e == nil || e.deleted {
		return nil
	}
	return e
}

func entityPath(kind string, id int64) string {
	return "/api/v4/" + kind + "/" + strconv.FormatInt(id, 10)
}

func (s *Sim) entityJSON(c *call, e *entity) object {
	out := object{
		"id": e.id, "name": e.name, "responsible_user_id": e.responsibleID, "group_id": e.groupID,
		"created_by": e.createdBy, "updated_by": e.updatedBy, "created_at": e.createdAt, "updated_at": e.updatedAt,
		"closest_task_at": nullable(e.closestTaskAt), "is_deleted": e.deleted,
		"custom_fields_values": s.valuesJSON(e), "account_id": s.cfg.AccountID,
		"_links": c.self(entityPath(e.kind, e.id)),
	}
	embedded := object{"tags": s.tagsJSON(e)}
	switch e.kind {
	case kindLeads:
		out["price"], out["status_id"], out["pipeline_id"] = e.price, e.statusID, e.pipelineID
		out["loss_reason_id"], out["source_id"] = nullable(e.lossReasonID), nullable(e.sourceID)
		out["closed_at"], out["score"], out["labor_cost"] = nullable(e.closedAt), nil, nil
		embedded["companies"] = linksJSON(c, e, kindCompanies)
		if c.with("contacts") {
			embedded["contacts"] = linksJSON(c, e, kindContacts)
		}
		if c.with("loss_reason") {
			embedded["loss_reason"] = []any{}
			if r := s.reasons.byID[e.lossReasonID]; r != nil {
				embedded["loss_reason"] = []any{lossReasonJSON(c, r)}
			}
		}
		if c.with("catalog_elements") {
			embedded["catalog_elements"] = []any{}
		}
		if c.with("is_price_modified_by_robot") {
			out["is_price_modified_by_robot"] = false
		}
		if c.with("source") {
			embedded["source"] = nil
		}
	case kindContacts:
		out["first_name"], out["last_name"], out["is_unsorted"] = e.firstName, e.lastName, false
		embedded["companies"] = linksJSON(c, e, kindCompanies)
		for _, kind := range []string{kindLeads, kindCustomers} {
			if c.with(kind) {
				embedded[kind] = linksJSON(c, e, kind)
			}
		}
		if c.with("catalog_elements") {
			embedded["catalog_elements"] = []any{}
		}
	case kindCompanies:
		for _, kind := range []string{kindLeads, kindContacts, kindCustomers} {
			if c.with(kind) {
				embedded[kind] = linksJSON(c, e, kind)
			}
		}
		if c.with("catalog_elements") {
			embedded["catalog_elements"] = []any{}
		}
	case kindCustomers:
		out["next_price"], out["next_date"], out["periodicity"], out["status_id"] = e.nextPrice, e.nextDate, e.periodicity, e.statusID
		out["ltv"], out["purchases_count"], out["average_check"] = 0, 0, 0
		embedded["segments"] = []any{}
		for _, kind := range []string{kindContacts, kindCompanies} {
			if c.with(kind) {
				embedded[kind] = linksJSON(c, e, kind)
			}
		}
	}
	out["_embedded"] = embedded
	return out
}

func linksJSON(c *call, e *entity, kind string) []any {
	out := []any{}
	for _, l := range e.links {
		if l.kind != kind {
			continue
		}
		row := object{"id": l.id, "_links": c.self(entityPath(kind, l.id))}
		if e.kind == kindLeads && kind == kindContacts {
			row["is_main"] = l.main
		}
		out = append(out, row)
	}
	return out
}

func (s *Sim) tagsJSON(e *entity) []any {
	out := []any{}
	for _, id := range e.tags {
		if t := s.tags[e.kind].byID[id]; t != nil {
			out = append(out, object{"id": t.id, "name": t.name, "color": nullableText(t.color)})
		}
	}
	return out
}

func (s *Sim) getEntity(c *call) answer {
	kind := c.args[0]
	t := s.entities[kind]
	id, _ := strconv.ParseInt(c.args[1], 10, 64)
	e := t.byID[id]
	if e == nil || e.deleted != (kind == kindLeads && c.with("only_deleted")) {
		return nothing()
	}
	return ok(s.entityJSON(c, e))
}

func (s *Sim) listEntities(c *call) answer {
	kind := c.args[0]
	rows := s.entities[kind].where(s.entityFilter(c, kind))
	orderEntities(c, rows)
	return s.page(c, "/api/v4/"+kind, kind, len(rows), 50, 250, func(i int) any { return s.entityJSON(c, rows[i]) })
}

// entityFilter builds the test of GET /{kind} from its query.
func (s *Sim) entityFilter(c *call, kind string) func(*entity) bool {
	f := c.query.at("filter")
	tests := []func(*entity) bool{}
	deleted := kind == kindLeads && c.with("only_deleted")
	tests = append(tests, func(e *entity) bool { return e.deleted == deleted })
	ids := func(name string, of func(*entity) int64) {
		if n := f.at(name); !n.empty() {
			pass := n.oneOf()
			tests = append(tests, func(e *entity) bool { return pass(of(e)) })
		}
	}
	ids("id", func(e *entity) int64 { return e.id })
	ids("responsible_user_id", func(e *entity) int64 { return e.responsibleID })
	ids("created_by", func(e *entity) int64 { return e.createdBy })
	ids("updated_by", func(e *entity) int64 { return e.updatedBy })
	ids("price", func(e *entity) int64 { return e.price })
	if n := f.at("next_date"); kind == kindCustomers && !n.empty() {
		if within, ok := n.span(); ok {
			tests = append(tests, func(e *entity) bool { return e.nextDate >= within.from && e.nextDate <= within.to })
		}
	}
	if kind == kindLeads {
		ids("pipeline_id", func(e *entity) int64 { return e.pipelineID })
		if n := f.at("statuses"); !n.empty() {
			// A pair without the pipeline finds nothing, as 142 and 143 stand in
			// every pipeline.
			pairs := [][2]int64{}
			for _, pair := range n.sub {
				pipe, status := pair.at("pipeline_id").ints(), pair.at("status_id").ints()
				if len(pipe) == 1 && len(status) == 1 {
					pairs = append(pairs, [2]int64{pipe[0], status[0]})
				}
			}
			tests = append(tests, func(e *entity) bool { return slices.Contains(pairs, [2]int64{e.pipelineID, e.statusID}) })
		}
	}
	if names := f.at("name").all(); len(names) > 0 {
		tests = append(tests, func(e *entity) bool { return slices.Contains(names, e.name) })
	}
	for name, of := range map[string]func(*entity) int64{
		"created_at": func(e *entity) int64 { return e.createdAt }, "updated_at": func(e *entity) int64 { return e.updatedAt },
		"closed_at": func(e *entity) int64 { return e.closedAt }, "closest_task_at": func(e *entity) int64 { return e.closestTaskAt },
	} {
		if r, set := f.at(name).span(); set {
			tests = append(tests, func(e *entity) bool { return of(e) != 0 && r.holds(of(e)) })
		}
	}
	for id, n := range f.at("custom_fields_values").sub {
		fieldID, _ := strconv.ParseInt(id, 10, 64)
		wanted := n.all()
		tests = append(tests, func(e *entity) bool {
			fv := e.value(fieldID)
			return fv != nil && slices.ContainsFunc(fv.values, func(v cfValue) bool {
				return slices.Contains(wanted, scalarText(v.value)) || v.enumID != 0 && slices.Contains(wanted, strconv.FormatInt(v.enumID, 10))
			})
		})
	}
	if q := strings.TrimSpace(c.query.at("query").value); q != "" {
		tests = append(tests, func(e *entity) bool { return mentions(e, q) })
	}
	return func(e *entity) bool {
		for _, pass := range tests {
			if !pass(e) {
				return false
			}
		}
		return true
	}
}

// mentions is the full-text search: names and values, phones by their digits.
func mentions(e *entity, query string) bool {
	q := strings.ToLower(query)
	if strings.Contains(strings.ToLower(e.name), q) || strconv.FormatInt(e.id, 10) == q {
		return true
	}
	digits := onlyDigits(query)
	for _, fv := range e.values {
		for _, v := range fv.values {
			text := strings.ToLower(scalarText(v.value))
			if text == "" {
				continue
			}
			if strings.Contains(text, q) || len(digits) >= 5 && len(digits) == len(strings.TrimLeft(query, "+ ")) && strings.Contains(onlyDigits(text), digits) {
				return true
			}
		}
	}
	return false
}

func onlyDigits(text string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, text)
}

func orderEntities(c *call, rows []*entity) {
	for name, of := range map[string]func(*entity) int64{
		"updated_at": func(e *entity) int64 { return e.updatedAt },
		"created_at": func(e *entity) int64 { return e.createdAt },
		"id":         func(e *entity) int64 { return e.id },
	} {
		n := c.query.at("order", name)
		if n.empty() {
			continue
		}
		down := strings.EqualFold(n.value, "desc")
		slices.SortStableFunc(rows, func(a, b *entity) int {
			if down {
				a, b = b, a
			}
			return cmp.Or(cmp.Compare(of(a), of(b)), cmp.Compare(a.id, b.id))
		})
		return
	}
}
