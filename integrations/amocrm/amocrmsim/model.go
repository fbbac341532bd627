package amocrmsim

import (
	"cmp"
	"slices"
)

// Entity types as they stand in paths and bodies.
const (
	kindLeads     = "leads"
	kindContacts  = "contacts"
	kindCompanies = "companies"
	kindCustomers = "customers"
)

// StatusWon and StatusLost close a lead; every pipeline has both under these
// same numbers, so only the pair with the pipeline says which stage is meant.
const (
	StatusWon  int64 = 142
	StatusLost int64 = 143
)

// entity is a lead, contact, company or customer.
type entity struct {
	kind                 string
	id                   int64
	name                 string
	firstName, lastName  string // contacts
	responsibleID        int64
	groupID              int64
	createdBy, updatedBy int64
	createdAt, updatedAt int64 // unix seconds
	closestTaskAt        int64
	deleted              bool
	values               []fieldValue
	tags                 []int64
	links                []link
	files                []string // uuids in Drive

	price        int64
	pipelineID   int64
	statusID     int64
	lossReasonID int64
	sourceID     int64
	closedAt     int64

	nextDate, nextPrice, periodicity int64 // customers
}

// link ties two entities; each side keeps one.
type link struct {
	kind string
	id   int64
	main bool // the lead's main contact
}

// fieldValue is what one custom field of one entity holds.
type fieldValue struct {
	fieldID int64
	values  []cfValue
}

type cfValue struct {
	value    any // string, bool, int64 (dates) or a tree that is kept as sent
	enumID   int64
	enumCode string
}

func (e *entity) linked(kind string) []link {
	var out []link
	for _, l := range e.links {
		if l.kind == kind {
			out = append(out, l)
		}
	}
	return out
}

func (e *entity) value(fieldID int64) *fieldValue {
	for i := range e.values {
		if e.values[i].fieldID == fieldID {
			return &e.values[i]
		}
	}
	return nil
}

type user struct {
	id            int64
	name, email   string
	lang          string
	admin, active bool
	groupID       int64
	roleID        int64
	amojoID, uuid string
	phone         string
}

type pipeline struct {
	id       int64
	name     string
	sort     int64
	main     bool
	archived bool
	unsorted bool
	statuses []*status
}

type status struct {
	id       int64
	name     string
	sort     int64
	color    string
	kind     int64 // 1 = unsorted, 0 = normal
	editable bool
}

func (p *pipeline) status(id int64) *status {
	for _, s := range p.statuses {
		if s.id == id {
			return s
		}
	}
	return nil
}

// first is the first stage that is not the unsorted one.
func (p *pipeline) first() *status {
	for _, s := range p.statuses {
		if s.kind == 0 {
			return s
		}
	}
	return p.statuses[0]
}

type lossReason struct {
	id                   int64
	name                 string
	sort                 int64
	createdAt, updatedAt int64
}

type tag struct {
	id    int64
	name  string
	color string // empty = null
}

type customField struct {
	id         int64
	kind       string // entity type
	name       string
	typ        string
	code       string
	sort       int64
	groupID    string
	apiOnly    bool
	predefined bool
	enums      []fieldEnum
	required   []any // required_statuses as sent
	currency   string
	remind     string
}

type fieldEnum struct {
	id    int64
	value string
	code  string
	sort  int64
}

type fieldGroup struct {
	id, kind, name string
	sort           int64
	predefined     bool
}

type note struct {
	id                   int64
	kind                 string // type of the entity it stands on
	entityID             int64
	noteType             string
	params               map[string]any
	createdBy, updatedBy int64
	createdAt, updatedAt int64
	responsibleID        int64
	groupID              int64
	pinned               bool
}

type task struct {
	id                   int64
	kind                 string // type of the entity, empty = none
	entityID             int64
	typeID               int64
	text                 string
	completeTill         int64
	duration             int64
	completed            bool
	result               string
	resultNoteID         int64
	responsibleID        int64
	groupID              int64
	createdBy, updatedBy int64
	createdAt, updatedAt int64
	deleted              bool
}

// event is a row of the feed that clients poll to find what a lost hook would
// have told.
type event struct {
	id            string
	typ           string
	kind          string
	entityID      int64
	createdBy     int64
	createdAt     int64
	before, after []any
}

type unsorted struct {
	uid        string
	category   string
	sourceUID  string // of the integration; empty: none
	sourceName string
	pipelineID int64
	createdAt  int64
	leadID     int64
	contactID  int64
	companyID  int64
	metadata   map[string]any
}

// table keeps rows by id and in order of id, which is the order of creation.
type table[T any] struct {
	byID  map[int64]T
	order []int64
}

func newTable[T any]() table[T] { return table[T]{byID: map[int64]T{}} }

func (t *table[T]) add(id int64, row T) {
	if _, there := t.byID[id]; !there {
		if n := len(t.order); n > 0 && t.order[n-1] > id {
			at, _ := slices.BinarySearch(t.order, id)
			t.order = slices.Insert(t.order, at, id)
		} else {
			t.order = append(t.order, id)
		}
	}
	t.byID[id] = row
}

func (t *table[T]) remove(id int64) {
	if _, there := t.byID[id]; !there {
		return
	}
	delete(t.byID, id)
	at, _ := slices.BinarySearch(t.order, id)
	t.order = slices.Delete(t.order, at, at+1)
}

// where returns the rows that pass, in order of id.
func (t *table[T]) where(pass func(T) bool) []T {
	var out []T
	for _, id := range t.order {
		if row := t.byID[id]; pass(row) {
			out = append(out, row)
		}
	}
	return out
}

func sortStatuses(p *pipeline) {
	slices.SortStableFunc(p.statuses, func(a, b *status) int { return cmp.Compare(a.sort, b.sort) })
}
