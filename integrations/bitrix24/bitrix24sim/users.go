package bitrix24sim

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// user is an employee of the portal.
type user struct {
	id                              int
	name, lastName, email, position string
	active, admin                   bool
	hidden                          bool // system users and bots: user.get never returns them
	departments                     []int
	registered                      time.Time
}

// User describes an employee for AddUser.
type User struct {
	ID             int
	Name, LastName string
	Email          string
	Position       string
	Dismissed      bool // ACTIVE is false
	Admin          bool // administrator of the CRM, who may create fields
	Hidden         bool // a system user: user.get does not return it
}

// AddUser adds an employee or replaces one.
func (s *Sim) AddUser(u User) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.addUser(u)
}

func (s *Sim) addUser(u User) {
	added := &user{
		id: u.ID, name: u.Name, lastName: u.LastName, email: u.Email, position: u.Position,
		active: !u.Dismissed, admin: u.Admin, hidden: u.Hidden, departments: []int{1}, registered: s.now(),
	}
	for i, old := range s.users {
		if old.id == u.ID {
			s.users[i] = added
			return
		}
	}
	s.users = append(s.users, added)
	slices.SortFunc(s.users, func(a, b *user) int { return cmp.Compare(a.id, b.id) })
}

func (s *Sim) user(id int) *user {
	for _, u := range s.users {
		if u.id == id {
			return u
		}
	}
	return nil
}

// userRow prints a user as user.get does; TIMESTAMP_X really is an empty object.
func (s *Sim) userRow(u *user, me bool) *array {
	departments := &array{}
	for _, d := range u.departments {
		departments.push(d)
	}
	at := s.printTime(u.registered)
	return row("ID", strconv.Itoa(u.id), "ACTIVE", u.active, "NAME", u.name, "LAST_NAME", u.lastName, "SECOND_NAME", "",
		"EMAIL", u.email, "LAST_LOGIN", at, "DATE_REGISTER", at, "TIME_ZONE", "", "IS_ONLINE", yesNo(me), "TIMESTAMP_X", object{},
		"LAST_ACTIVITY_DATE", object{}, "PERSONAL_GENDER", "", "PERSONAL_WWW", "", "PERSONAL_BIRTHDAY", "", "PERSONAL_MOBILE", "",
		"PERSONAL_CITY", "", "WORK_PHONE", "", "WORK_POSITION", u.position, "UF_EMPLOYMENT_DATE", "", "UF_DEPARTMENT", departments,
		"USER_TYPE", "employee")
}

var userColumns = plainColumns(map[string]valueType{
	"ID": numberValue, "ACTIVE": numberValue, "NAME": textValue, "LAST_NAME": textValue,
	"EMAIL": textValue, "WORK_POSITION": textValue, "UF_DEPARTMENT": numberValue, "USER_TYPE": textValue,
})

func (c *call) userGet() (answer, error) {
	filter := &array{}
	for _, p := range c.params.pairs {
		switch _, _, known := userColumns(p.key); {
		case known:
			filter.set(p.key, p.val)
		default:
			if sub, ok := p.val.(*array); ok && (p.key == "FILTER" || p.key == "filter") {
				for _, q := range sub.pairs {
					filter.set(q.key, q.val)
				}
			}
		}
	}
	k := listKeys{filter: filter}
	if v, given := c.params.lookup("select"); given {
		k.sel, _ = v.(*array)
	}
	if v, given := c.params.lookup("start"); given {
		k.start, _ = toInt(v)
	}
	if v, given := c.params.lookup("sort"); given && toString(v) != "" {
		dir, _ := c.params.lookup("order")
		k.order = row(toString(v), dir)
	}
	var rows []*user
	for _, u := range c.sim.users {
		if !u.hidden {
			rows = append(rows, u)
		}
	}
	page, err := find(c.sim, listing[*user]{
		rows: rows, id: func(u *user) int { return u.id }, cols: userColumns,
		value: func(u *user, column string) any {
			switch column {
			case "ID":
				return u.id
			case "ACTIVE":
				return toString(u.active)
			case "UF_DEPARTMENT":
				out := make([]any, len(u.departments))
				for i, d := range u.departments {
					out[i] = d
				}
				return out
			}
			return c.sim.userRow(u, false).get(column)
		},
	}, k)
	if err != nil {
		return answer{}, err
	}
	out := &array{}
	for _, u := range page.rows {
		out.push(pick(c.sim.userRow(u, u.id == c.who.userID), k.sel))
	}
	return page.answer(out), nil
}

func (c *call) userCurrent() (answer, error) {
	u := c.sim.user(c.who.userID)
	if u == nil {
		return answer{}, errAccess
	}
	return answer{result: c.sim.userRow(u, true)}, nil
}

func (c *call) userFields() (answer, error) {
	out := &array{}
	for _, p := range c.sim.userRow(&user{}, false).pairs {
		out.set(p.key, p.key)
	}
	return answer{result: out}, nil
}

func (c *call) profile() (answer, error) {
	u := c.sim.user(c.who.userID)
	if u == nil {
		return answer{}, errAccess
	}
	return answer{result: row("ID", strconv.Itoa(u.id), "ADMIN", u.admin, "NAME", u.name, "LAST_NAME", u.lastName,
		"PERSONAL_GENDER", "", "TIME_ZONE", "")}, nil
}

// allScopes is what an incoming webhook without limits is granted.
var allScopes = [...]string{"crm", "task", "user_basic", "user_brief", "user", "disk", "placement", "bizproc"}

func (c *call) scope() (answer, error) {
	out := &array{}
	granted := c.who.scopes
	if len(granted) == 0 {
		granted = allScopes[:]
	}
	for _, sc := range granted {
		out.push(sc)
	}
	return answer{result: out}, nil
}

func (c *call) serverTime() (answer, error) {
	return answer{result: c.sim.printTime(c.sim.now())}, nil
}

func (u *user) fullName() string {
	if u.lastName == "" {
		return u.name
	}
	return u.name + " " + u.lastName
}

// listMethods names every method that the caller may use.
func (c *call) listMethods() (answer, error) {
	out := &array{}
	for _, name := range slices.Sorted(maps.Keys(c.sim.methods)) {
		if m := c.sim.methods[name]; c.who.may(m.scope) && (c.who.app || !m.appOnly) {
			out.push(name)
		}
	}
	return answer{result: out}, nil
}

func (c *call) methodGet() (answer, error) {
	m, ok := c.sim.methods[strings.ToLower(c.text("name"))]
	return answer{result: row("isExisting", ok, "isAvailable", ok && c.who.may(m.scope) && (c.who.app || !m.appOnly))}, nil
}
