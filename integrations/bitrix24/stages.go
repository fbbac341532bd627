package bitrix24

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"time"

	"opendoor/offboarding"
)

const (
	catalogFor  = 10 * time.Minute // names of stages change rarely
	catalogRest = time.Minute      // how soon an unknown stage makes us look again
)

// catalog is a portal's pipelines as they were at a moment.
type catalog struct {
	at        time.Time
	tried     time.Time // the last attempt to read them, whatever came of it
	pipelines []offboarding.Pipeline
}

func (cat catalog) find(pipelineID, stageID string) (p offboarding.Pipeline, s offboarding.Stage, ok bool) {
	for _, p = range cat.pipelines {
		if p.ID != pipelineID {
			continue
		}
		for _, s = range p.Stages {
			if s.ID == stageID {
				return p, s, true
			}
		}
		return p, offboarding.Stage{}, false
	}
	return offboarding.Pipeline{}, offboarding.Stage{}, false
}

type remoteCategory struct {
	ID   scalar `json:"id"`
	Name scalar `json:"name"`
}

type remoteStatus struct {
	ID        scalar        `json:"STATUS_ID"`
	Entity    scalar        `json:"ENTITY_ID"`
	Name      scalar        `json:"NAME"`
	Semantics scalar        `json:"SEMANTICS"`
	Extra     table[scalar] `json:"EXTRA"`
}

func (s remoteStatus) outcome() offboarding.Outcome {
	if o, ok := outcomeOf(s.Semantics); ok && o != offboarding.OutcomeOpen {
		return o
	}
	switch s.Extra["SEMANTICS"].text() {
	case "success":
		return offboarding.OutcomeWon
	case "failure", "apology":
		return offboarding.OutcomeLost
	}
	return offboarding.OutcomeOpen
}

// outcomeOf reads the semantics of a stage: P in progress, S success, F failure.
func outcomeOf(semantics scalar) (offboarding.Outcome, bool) {
	switch semantics.text() {
	case "S":
		return offboarding.OutcomeWon, true
	case "F":
		return offboarding.OutcomeLost, true
	case "P":
		return offboarding.OutcomeOpen, true
	}
	return offboarding.OutcomeOpen, false
}

// referenceOf names the list of a pipeline's stages. The default pipeline, 0,
// has the plain name; DEAL_STAGE_0 does not exist (reference §6).
func referenceOf(pipelineID string) string {
	if pipelineID == "" || pipelineID == "0" {
		return "DEAL_STAGE"
	}
	return "DEAL_STAGE_" + pipelineID
}

// Pipelines reads the live pipelines and stages.
func (c *Connector) Pipelines(ctx context.Context, acc *offboarding.Account) ([]offboarding.Pipeline, error) {
	cat, err := c.readCatalog(ctx, acc, true)
	return cat.pipelines, err
}

// placeOf finds the deal's pipeline and stage among those that are known, and
// looks again when they are old or the stage is new. A portal that could not
// tell a moment ago is asked again at once only if the answer decides.
func (c *Connector) placeOf(ctx context.Context, acc *offboarding.Account, pipelineID, stageID string, decides bool) (p offboarding.Pipeline, s offboarding.Stage, err error) {
	a, err := c.addressOf(acc)
	if err != nil {
		return p, s, err
	}
	now := c.wall()
	c.mu.Lock()
	cat := c.catalogs[a.kept]
	c.mu.Unlock()
	p, s, known := cat.find(pipelineID, stageID)
	if (known && now.Sub(cat.at) < catalogFor) || (!decides && now.Sub(cat.tried) < catalogRest) {
		return p, s, nil
	}
	fresh, err := c.readCatalog(ctx, acc, false)
	if err != nil {
		c.mu.Lock()
		cat.tried = now
		c.catalogs[a.kept] = cat
		c.mu.Unlock()
		return p, s, err
	}
	p, s, _ = fresh.find(pipelineID, stageID)
	return p, s, nil
}

// category is a pipeline whose stages are to be read.
type category struct{ pipeline, name, reference string }

// readCatalog reads the pipelines of deals and of smart processes: of all of
// them for who chooses, otherwise of those that are chosen.
func (c *Connector) readCatalog(ctx context.Context, acc *offboarding.Account, all bool) (catalog, error) {
	a, err := c.addressOf(acc)
	if err != nil {
		return catalog{}, err
	}
	categories, err := c.categories(ctx, acc)
	if err != nil {
		return catalog{}, err
	}
	cat := catalog{at: c.wall(), tried: c.wall()}
	smart, err := c.smartCategories(ctx, acc, all)
	if err != nil {
		return catalog{}, err
	}
	categories = append(categories, smart...)
	stages, err := c.stagesOf(ctx, acc, categories)
	if err != nil {
		return catalog{}, err
	}
	for _, category := range categories {
		cat.pipelines = append(cat.pipelines, offboarding.Pipeline{ID: category.pipeline, Name: category.name, Stages: stages[category.pipeline]})
	}
	c.mu.Lock()
	c.catalogs[a.kept] = cat
	c.mu.Unlock()
	return cat, nil
}

func (c *Connector) categories(ctx context.Context, acc *offboarding.Account) ([]category, error) {
	r, err := c.call(ctx, acc, "crm.category.list", params{"entityTypeId": dealType})
	if _, unknown := errors.AsType[*unknownMethod](err); unknown {
		// An old installation: there is the default pipeline at least.
		return []category{{pipeline: "0", reference: referenceOf("0")}}, nil
	}
	if err != nil {
		return nil, err
	}
	var result struct {
		Categories list[remoteCategory] `json:"categories"`
	}
	if err := r.into("crm.category.list", &result); err != nil {
		return nil, err
	}
	out := make([]category, 0, len(result.Categories))
	for _, row := range result.Categories {
		out = append(out, category{pipeline: row.ID.text(), name: row.Name.text(), reference: referenceOf(row.ID.text())})
	}
	return out, nil
}

// batchSize is how many commands a batch may hold (reference §4.5).
const batchSize = 50

// stagesOf reads the stages of all pipelines in as few calls as possible.
func (c *Connector) stagesOf(ctx context.Context, acc *offboarding.Account, categories []category) (map[string][]offboarding.Stage, error) {
	stages := map[string][]offboarding.Stage{}
	for part := range slices.Chunk(categories, batchSize) {
		cmds := commands{}
		for _, category := range part {
			cmds = append(cmds, command{
				key: "stages" + category.pipeline, method: "crm.status.list",
				query: url.Values{"filter[ENTITY_ID]": {category.reference}, "order[SORT]": {"ASC"}},
			})
		}
		var b batchReply
		if len(cmds) > 1 {
			var err error
			if b, err = c.batch(ctx, acc, cmds); err != nil {
				return nil, err
			}
		}
		for i, category := range part {
			r := reply{Result: b.Result[cmds[i].key]}
			if r.Result == nil {
				var err error
				r, err = c.call(ctx, acc, "crm.status.list", params{
					"filter": params{"ENTITY_ID": category.reference},
					"order":  params{"SORT": "ASC"},
				})
				if err != nil {
					return nil, err
				}
			}
			var rows list[remoteStatus]
			if err := r.into("crm.status.list", &rows); err != nil {
				return nil, err
			}
			id := category.pipeline
			stages[id] = []offboarding.Stage{}
			for _, row := range rows {
				if e := row.Entity.text(); e != "" && e != category.reference {
					continue // a portal that ignores the filter sends all its lists
				}
				stages[id] = append(stages[id], offboarding.Stage{ID: row.ID.text(), Name: row.Name.text(), Outcome: row.outcome()})
			}
		}
	}
	return stages, nil
}
