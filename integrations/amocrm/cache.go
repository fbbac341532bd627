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
	mu        sync.Mutex
	pipelines kept[[]pipeline]
	account   kept[crmAccount]
	fields    kept[[]customField]
	users     map[number]kept[user]
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
	fresh := &cache{users: map[number]kept[user]{}}
	c.caches[key] = fresh
	return fresh
}

// through returns what is kept, or reads it when that is older than age. Two
// who miss at once both read: the lock is not held over a call.
func through[T any](c *Connector, ch *cache, slot *kept[T], age time.Duration, read func() (T, error)) (T, error) {
	ch.mu.Lock()
	k := *slot
	ch.mu.Unlock()
	now := c.wall()
	if !k.at.IsZero() && now.Sub(k.at) < age && !now.Before(k.at) {
		return k.v, nil
	}
	v, err := read()
	if err != nil {
		return v, err
	}
	ch.mu.Lock()
	*slot = kept[T]{v, now}
	ch.mu.Unlock()
	return v, nil
}

func (c *Connector) pipelines(ctx context.Context, acc *offboarding.Account, age time.Duration) ([]pipeline, error) {
	ch := c.cacheOf(acc)
	return through(c, ch, &ch.pipelines, age, func() ([]pipeline, error) {
		var answer collection
		if _, err := c.get(ctx, acc, "leads/pipelines", nil, &answer); err != nil {
			return nil, fmt.Errorf("read pipelines: %w", err)
		}
		return answer.Embedded.V.Pipelines, nil
	})
}

func (c *Connector) account(ctx context.Context, acc *offboarding.Account, age time.Duration) (crmAccount, error) {
	ch := c.cacheOf(acc)
	return through(c, ch, &ch.account, age, func() (crmAccount, error) {
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
	return through(c, ch, &ch.fields, age, func() ([]customField, error) {
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
	k := ch.users[id]
	ch.mu.Unlock()
	now := c.wall()
	if !k.at.IsZero() && now.Sub(k.at) < cacheFor && !now.Before(k.at) {
		return k.v, nil
	}
	var u user
	if _, err := c.get(ctx, acc, "users/"+id.id(), nil, &u); err != nil && !refusedWith(err, http.StatusNotFound) {
		return user{}, fmt.Errorf("read user: %w", err)
	}
	ch.mu.Lock()
	ch.users[id] = kept[user]{u, now}
	ch.mu.Unlock()
	return u, nil
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
