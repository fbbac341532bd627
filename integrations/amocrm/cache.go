package amocrm

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"opendoor/offboarding"
)

// Pipelines, users, fields and the account's currency change rarely, and no
// hook tells of it. Ten minutes keep a lone cancellation at three calls.
const cacheFor = 10 * time.Minute

// An unknown stage or field is asked for again at once, but not more often.
const refreshAfter = 30 * time.Second

// cache is what we remember of one account.
type cache struct {
	groups groups
	// reading is held by whoever fills the cache: a burst that finds it empty
	// must not ask the same hundred times.
	reading chan struct{}

	mu        sync.Mutex
	pipelines kept[[]pipeline]
	account   kept[crmAccount]
	fields    kept[[]customField]
	users     map[number]*kept[user]
}

type kept[T any] struct {
	v  T
	at time.Time
}

// cacheOf returns the cache of the account; another address is another CRM.
func (c *Connector) cacheOf(acc *offboarding.Account) *cache {
	key := acc.ID.String() + " " + acc.BaseURL
	c.mu.Lock()
	defer c.mu.Unlock()
	if found, ok := c.caches[key]; ok {
		return found
	}
	fresh := &cache{groups: c.newGroups(), reading: make(chan struct{}, 1), users: map[number]*kept[user]{}}
	c.caches[key] = fresh
	return fresh
}

// through returns what is kept, or reads it when that is older than age.
func through[T any](ctx context.Context, c *Connector, ch *cache, slot *kept[T], age time.Duration, read func() (T, error)) (T, error) {
	look := func() (T, bool) {
		ch.mu.Lock()
		defer ch.mu.Unlock()
		now := c.wall()
		return slot.v, !slot.at.IsZero() && now.Sub(slot.at) < age && !now.Before(slot.at)
	}
	if v, ok := look(); ok {
		return v, nil
	}
	select {
	case ch.reading <- struct{}{}:
		defer func() { <-ch.reading }()
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
	if v, ok := look(); ok { // somebody else read it meanwhile
		return v, nil
	}
	v, err := read()
	if err != nil {
		return v, err
	}
	ch.mu.Lock()
	*slot = kept[T]{v, c.wall()}
	ch.mu.Unlock()
	return v, nil
}

func (c *Connector) pipelines(ctx context.Context, acc *offboarding.Account, age time.Duration) ([]pipeline, error) {
	ch := c.cacheOf(acc)
	return through(ctx, c, ch, &ch.pipelines, age, func() ([]pipeline, error) {
		var answer collection
		if _, err := c.get(ctx, acc, "leads/pipelines", nil, &answer); err != nil {
			return nil, fmt.Errorf("read pipelines: %w", err)
		}
		return answer.Embedded.V.Pipelines, nil
	})
}

func (c *Connector) account(ctx context.Context, acc *offboarding.Account, age time.Duration) (crmAccount, error) {
	ch := c.cacheOf(acc)
	return through(ctx, c, ch, &ch.account, age, func() (crmAccount, error) {
		var answer crmAccount
		found, err := c.get(ctx, acc, "account", nil, &answer)
		if err == nil && (!found || answer.ID == 0) {
			err = offboarding.Unavailable("the CRM did not tell about the account", nil)
		}
		if err != nil {
			return answer, fmt.Errorf("read account: %w", err)
		}
		return answer, nil
	})
}

// fields reads the custom fields of leads.
func (c *Connector) fields(ctx context.Context, acc *offboarding.Account, age time.Duration) ([]customField, error) {
	const pages = 20 // of 50 fields; plans end at 400
	ch := c.cacheOf(acc)
	return through(ctx, c, ch, &ch.fields, age, func() ([]customField, error) {
		var all []customField
		for page := int64(1); page <= pages; page++ {
			var answer collection
			query := url.Values{"limit": {"50"}, "page": {itoa(page)}}
			found, err := c.get(ctx, acc, "leads/custom_fields", query, &answer)
			if err != nil {
				return nil, fmt.Errorf("read fields: %w", err)
			}
			all = append(all, answer.Embedded.V.Fields...)
			if !found || !answer.more() {
				break
			}
		}
		return all, nil
	})
}

// user reads a user; one whom the CRM does not know has no ID.
func (c *Connector) user(ctx context.Context, acc *offboarding.Account, id number) (user, error) {
	ch := c.cacheOf(acc)
	ch.mu.Lock()
	slot := ch.users[id]
	if slot == nil {
		slot = &kept[user]{}
		ch.users[id] = slot
	}
	ch.mu.Unlock()
	return through(ctx, c, ch, slot, cacheFor, func() (user, error) {
		var u user
		if _, err := c.get(ctx, acc, "users/"+id.id(), nil, &u); err != nil && !refusedWith(err, http.StatusNotFound) {
			return user{}, fmt.Errorf("read user: %w", err)
		}
		return u, nil
	})
}

// forgetFields makes the next look at the fields a real one.
func (c *Connector) forgetFields(acc *offboarding.Account) {
	ch := c.cacheOf(acc)
	ch.mu.Lock()
	ch.fields = kept[[]customField]{}
	ch.mu.Unlock()
}

// stage names a stage and its pipeline. A stage that is not known may be a new
// one: then the pipelines are read again.
func (c *Connector) stage(ctx context.Context, acc *offboarding.Account, pipelineID, stageID number) (pipe, stage offboarding.Named, err error) {
	pipe, stage = offboarding.Named{ID: pipelineID.id()}, offboarding.Named{ID: stageID.id()}
	for _, age := range []time.Duration{cacheFor, refreshAfter} {
		pipelines, err := c.pipelines(ctx, acc, age)
		if err != nil {
			return pipe, stage, err
		}
		for _, p := range pipelines {
			if p.ID != pipelineID {
				continue
			}
			pipe.Name = strings.TrimSpace(string(p.Name))
			for _, s := range p.Embedded.V.Statuses {
				if s.ID == stageID {
					stage.Name = strings.TrimSpace(string(s.Name))
					return pipe, stage, nil
				}
			}
		}
	}
	return pipe, stage, nil
}

// outcomeOf tells what a stage means to the CRM itself.
func outcomeOf(stageID number) offboarding.Outcome {
	switch stageID {
	case stageWon:
		return offboarding.OutcomeWon
	case stageLost:
		return offboarding.OutcomeLost
	}
	return offboarding.OutcomeOpen
}
