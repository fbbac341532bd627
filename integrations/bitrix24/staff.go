package bitrix24

import (
	"context"
	"time"

	"opendoor/offboarding"
)

type remoteUser struct {
	ID       scalar  `json:"ID"`
	Active   *scalar `json:"ACTIVE"`
	Name     scalar  `json:"NAME"`
	LastName scalar  `json:"LAST_NAME"`
	Email    scalar  `json:"EMAIL"`
}

// responsible reads the employee. A portal does not return bots, system users
// and outside integrators: those nobody can be asked to write to (reference §1).
func (r *dealReading) responsible(ctx context.Context, id string) (offboarding.Responsible, error) {
	if id == "" {
		return offboarding.Responsible{}, nil
	}
	var users list[remoteUser]
	if r.fromBatch("user", &users) {
		if u, ok := userIn(users, id); ok {
			r.c.remember(r.acc, id, u)
			return u, nil
		}
	}
	u, err := r.c.user(ctx, r.acc, id)
	if soft(err) || offboarding.IsKind(err, offboarding.KindUnauthorized) {
		// Without the scope nothing is known of the person but the number; the
		// deal was read, so the webhook itself is alive.
		r.c.log.WarnContext(ctx, "responsible not read", "account_id", r.acc.ID, "err", err)
		return offboarding.Responsible{ID: id}, nil
	}
	return u, err
}

// user reads one employee; somebody the portal does not know is inactive.
func (c *Connector) user(ctx context.Context, acc *offboarding.Account, id string) (offboarding.Responsible, error) {
	answer, err := c.call(ctx, acc, "user.get", params{"ID": id})
	if err != nil {
		return offboarding.Responsible{}, err
	}
	var users list[remoteUser]
	if err := answer.into("user.get", &users); err != nil {
		return offboarding.Responsible{}, err
	}
	u, ok := userIn(users, id)
	if !ok {
		u = offboarding.Responsible{ID: id, Inactive: true}
	}
	c.remember(acc, id, u)
	return u, nil
}

func userIn(users []remoteUser, id string) (offboarding.Responsible, bool) {
	for _, u := range users {
		if u.ID.id() == id {
			return offboarding.Responsible{
				ID: id, Name: fullName(u.Name, u.LastName), Email: u.Email.text(),
				Inactive: u.Active != nil && !u.Active.yes(),
			}, true
		}
	}
	return offboarding.Responsible{}, false
}

// knownUser is whether somebody worked there at a moment.
type knownUser struct {
	at     time.Time
	active bool
}

const userFor = 10 * time.Minute

func (c *Connector) remember(acc *offboarding.Account, id string, u offboarding.Responsible) {
	a, err := c.addressOf(acc)
	if err != nil {
		return
	}
	c.mu.Lock()
	c.staff[a.host+" "+id] = knownUser{at: c.wall(), active: !u.Inactive}
	c.mu.Unlock()
}

// mayWork reports whether a task may be given to the employee. When it cannot
// be found out, the portal itself decides.
func (c *Connector) mayWork(ctx context.Context, acc *offboarding.Account, id string) (bool, error) {
	a, err := c.addressOf(acc)
	if err != nil {
		return false, err
	}
	c.mu.Lock()
	known, ok := c.staff[a.host+" "+id]
	c.mu.Unlock()
	if ok && c.wall().Sub(known.at) < userFor {
		return known.active, nil
	}
	u, err := c.user(ctx, acc, id)
	if soft(err) || offboarding.IsKind(err, offboarding.KindUnauthorized) {
		return true, nil
	}
	return !u.Inactive, err
}
