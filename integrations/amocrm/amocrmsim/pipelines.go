package amocrmsim

import (
	"net/http"
	"strconv"
)

const pipelinesPath = "/api/v4/leads/pipelines"

func (s *Sim) pipe(id int64) *pipeline {
	for _, p := range s.pipes {
		if p.id == id {
			return p
		}
	}
	return nil
}

func pipelinePath(id int64) string { return pipelinesPath + "/" + strconv.FormatInt(id, 10) }

func (s *Sim) statusJSON(c *call, p *pipeline, st *status) object {
	return object{
		"id": st.id, "name": st.name, "sort": st.sort, "is_editable": st.editable, "pipeline_id": p.id, "color": st.color,
		"type": st.kind, "account_id": s.cfg.AccountID,
		"_links": c.self(pipelinePath(p.id) + "/statuses/" + strconv.FormatInt(st.id, 10)),
	}
}

func (s *Sim) pipelineJSON(c *call, p *pipeline) object {
	statuses := make([]any, 0, len(p.statuses))
	for _, st := range p.statuses {
		statuses = append(statuses, s.statusJSON(c, p, st))
	}
	return object{
		"id": p.id, "name": p.name, "sort": p.sort, "is_main": p.main, "is_unsorted_on": p.unsorted, "is_archive": p.archived,
		"account_id": s.cfg.AccountID, "_links": c.self(pipelinePath(p.id)), "_embedded": object{"statuses": statuses},
	}
}

func (s *Sim) listPipelines(c *call) answer {
	rows := make([]any, 0, len(s.pipes))
	for _, p := range s.pipes {
		rows = append(rows, s.pipelineJSON(c, p))
	}
	return smallList(c, pipelinesPath, "pipelines", rows)
}

func (s *Sim) getPipeline(c *call) answer {
	p := s.pipe(c.id(0))
	if p == nil {
		return nothing()
	}
	return ok(s.pipelineJSON(c, p))
}

func (s *Sim) listStatuses(c *call) answer {
	p := s.pipe(c.id(0))
	if p == nil {
		return nothing()
	}
	rows := make([]any, 0, len(p.statuses))
	for _, st := range p.statuses {
		rows = append(rows, s.statusJSON(c, p, st))
	}
	return smallList(c, pipelinePath(p.id)+"/statuses", "statuses", rows)
}

func (s *Sim) getStatus(c *call) answer {
	p := s.pipe(c.id(0))
	if p == nil || p.status(c.id(1)) == nil {
		return nothing()
	}
	return ok(s.statusJSON(c, p, p.status(c.id(1))))
}

const lossReasonsPath = "/api/v4/leads/loss_reasons"

func lossReasonJSON(c *call, r *lossReason) object {
	return object{
		"id": r.id, "name": r.name, "sort": r.sort, "created_at": r.createdAt, "updated_at": r.updatedAt,
		"_links": c.self(lossReasonsPath + "/" + strconv.FormatInt(r.id, 10)),
	}
}

func (s *Sim) listLossReasons(c *call) answer {
	rows := s.reasons.where(func(*lossReason) bool { return true })
	return s.page(c, lossReasonsPath, "loss_reasons", len(rows), 50, 250, func(i int) any { return lossReasonJSON(c, rows[i]) })
}

func (s *Sim) getLossReason(c *call) answer {
	r := s.reasons.byID[c.id(0)]
	if r == nil {
		return nothing()
	}
	return ok(lossReasonJSON(c, r))
}

func (s *Sim) addLossReasons(c *call) answer {
	items, bad := s.items(c)
	if bad != nil {
		return *bad
	}
	added := make([]*lossReason, len(items))
	for i, it := range items {
		r := &lossReason{sort: 100000, createdAt: c.now, updatedAt: c.now}
		if it.need("name") {
			if name := it.str("name"); name != nil {
				r.name = *name
			}
		}
		if n := it.int("sort"); n != nil {
			r.sort = *n
		}
		added[i] = r
	}
	if a, refused := s.refused(items); refused {
		return a
	}
	rows := make([]any, len(added))
	for i, r := range added {
		r.id = s.nextID()
		s.reasons.add(r.id, r)
		row := lossReasonJSON(c, r)
		row["request_id"] = items[i].requestID
		rows[i] = row
	}
	return ok(object{"_total_items": len(rows), "_links": c.self(lossReasonsPath), "_embedded": object{"loss_reasons": rows}})
}

func (s *Sim) patchLossReason(c *call) answer {
	r := s.reasons.byID[c.id(0)]
	if r == nil {
		return nothing()
	}
	it, bad := s.oneItem(c)
	if bad != nil {
		return *bad
	}
	name, sort := it.str("name"), it.int("sort")
	if a, refused := s.refused([]*item{it}); refused {
		return a
	}
	if name != nil {
		r.name = *name
	}
	if sort != nil {
		r.sort = *sort
	}
	r.updatedAt = c.now
	return ok(lossReasonJSON(c, r))
}

func (s *Sim) deleteLossReason(c *call) answer {
	if s.reasons.byID[c.id(0)] == nil {
		return s.problem(http.StatusNotFound, "Not Found")
	}
	s.reasons.remove(c.id(0))
	return nothing()
}
