package amocrm

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"opendoor/internal/gather"
	"opendoor/offboarding"
)

// A robot that moves a thousand leads at once makes a thousand looks due at
// once, and the vendor allows seven calls a second. Looks that come together
// are therefore one call: lists take ids (reference §4.4), and a page holds up
// to 250. A lone look stays a call of its own.

const (
	// togetherMost keeps the address of a list, about 30 characters an id, far
	// below what servers take.
	togetherMost  = 50
	togetherLimit = 12 * time.Second // a call and its wait for a turn
)

// asked is one entity that somebody wants to read, with the account to read by.
type asked struct {
	acc *offboarding.Account
	id  number
}

// groups gather the looks at one account.
type groups struct {
	bare, full *gather.Group[asked, *lead] // without and with contacts and loss reason
	contacts   *gather.Group[asked, *person]
	companies  *gather.Group[asked, *person]
}

const leadParts = "contacts,loss_reason"

func (c *Connector) newGroups() groups {
	leads := func(with string) *gather.Group[asked, *lead] {
		return gather.New(togetherMost, togetherLimit, func(ctx context.Context, batch []asked) ([]*lead, []error) {
			return together(ctx, batch, c.leadsByID(with), func(a asked) (*lead, error) { return c.oneLead(ctx, a.acc, a.id, with) })
		})
	}
	people := func(entity string) *gather.Group[asked, *person] {
		return gather.New(togetherMost, togetherLimit, func(ctx context.Context, batch []asked) ([]*person, []error) {
			return together(ctx, batch, c.peopleByID(entity), func(a asked) (*person, error) { return c.onePerson(ctx, a.acc, entity, a.id) })
		})
	}
	return groups{bare: leads(""), full: leads(leadParts), contacts: people("contacts"), companies: people("companies")}
}

// noted asks together with others and notes for each of them that the CRM has answered.
func noted[T any](ctx context.Context, g *gather.Group[asked, T], a asked) (T, error) {
	out, err := g.Do(ctx, a)
	if err == nil {
		offboarding.Answered(ctx)
	}
	return out, err
}

// together answers a batch by one list. What the list does not tell of is
// asked for alone: only that answer says whether it is gone. So is everything
// when the CRM refuses the list itself.
func together[T any](ctx context.Context, batch []asked, list func(context.Context, []asked) (map[number]T, error), alone func(asked) (T, error)) ([]T, []error) {
	out, errs := make([]T, len(batch)), make([]error, len(batch))
	var found map[number]T
	if len(batch) > 1 {
		var err error
		found, err = list(ctx, batch)
		if err != nil && !offboarding.IsKind(err, offboarding.KindInvalid) && !refusedWith(err, http.StatusNotFound) {
			return out, gather.All(len(batch), err)
		}
	}
	for i, a := range batch {
		if one, ok := found[a.id]; ok {
			out[i] = one
			continue
		}
		out[i], errs[i] = alone(a)
	}
	return out, errs
}

func idFilter(batch []asked, with string) url.Values {
	q := url.Values{"limit": {"250"}}
	if with != "" {
		q.Set("with", with)
	}
	for _, a := range batch {
		q.Add("filter[id][]", a.id.id())
	}
	return q
}

func (c *Connector) leadsByID(with string) func(context.Context, []asked) (map[number]*lead, error) {
	return func(ctx context.Context, batch []asked) (map[number]*lead, error) {
		var page collection
		if _, err := c.get(ctx, batch[0].acc, "leads", idFilter(batch, with), &page); err != nil {
			return nil, fmt.Errorf("read leads: %w", err)
		}
		found := map[number]*lead{}
		for _, l := range page.Embedded.V.Leads {
			// A lead without anybody is rare enough to be asked for once more.
			if with != "" && len(l.Embedded.V.Contacts) == 0 && len(l.Embedded.V.Companies) == 0 {
				continue
			}
			found[l.ID] = &l
		}
		return found, nil
	}
}

func (c *Connector) peopleByID(entity string) func(context.Context, []asked) (map[number]*person, error) {
	return func(ctx context.Context, batch []asked) (map[number]*person, error) {
		var page collection
		if _, err := c.get(ctx, batch[0].acc, entity, idFilter(batch, ""), &page); err != nil {
			return nil, fmt.Errorf("read %s: %w", entity, err)
		}
		members := page.Embedded.V.Contacts
		if entity == "companies" {
			members = page.Embedded.V.Companies
		}
		found := map[number]*person{}
		for _, p := range members {
			if len(p.Fields) > 0 {
				found[p.ID] = &p
			}
		}
		return found, nil
	}
}
