package bitrix24sim

import (
	"cmp"
	"crypto/md5"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
)

// userField is the definition of a custom field.
type userField struct {
	id                  int
	name                string // with UF_CRM_
	typ                 string
	xmlID               any
	sort                int
	multiple, mandatory bool
	flags               map[string]string            // SHOW_FILTER and others
	labels              map[string]map[string]string // EDIT_FORM_LABEL → language → text
	settings            *array
	options             []option
}

// option is one value of an enumeration.
type option struct {
	id    int
	value string
	sort  int
	def   bool
	xmlID string
}

const (
	userFieldPrefix = "UF_CRM_"
	maxUserField    = 50 // characters of a name with its prefix
)

// userFieldTypes are the types of fields a portal has, with their settings.
var userFieldTypes = map[string]func() *array{
	"string": func() *array {
		return row("SIZE", 20, "ROWS", 1, "REGEXP", "", "MIN_LENGTH", 0, "MAX_LENGTH", 0, "DEFAULT_VALUE", "")
	},
	"integer": func() *array { return row("SIZE", 20, "MIN_VALUE", 0, "MAX_VALUE", 0, "DEFAULT_VALUE", nil) },
	"double": func() *array {
		return row("PRECISION", 2, "SIZE", 20, "MIN_VALUE", 0, "MAX_VALUE", 0, "DEFAULT_VALUE", nil)
	},
	"boolean": func() *array {
		return row("DEFAULT_VALUE", 0, "DISPLAY", "CHECKBOX", "LABEL", list("", ""), "LABEL_CHECKBOX", "")
	},
	"date":     func() *array { return row("DEFAULT_VALUE", row("TYPE", "NONE", "VALUE", "")) },
	"datetime": func() *array { return row("DEFAULT_VALUE", row("TYPE", "NONE", "VALUE", ""), "USE_SECOND", "Y") },
	"enumeration": func() *array {
		return row("DISPLAY", "LIST", "LIST_HEIGHT", 1, "CAPTION_NO_VALUE", "", "SHOW_NO_VALUE", "Y")
	},
	"url": func() *array {
		return row("POPUP", "Y", "SIZE", 20, "MIN_LENGTH", 0, "MAX_LENGTH", 0, "DEFAULT_VALUE", "", "ROWS", 1)
	},
	"money": func() *array { return row("DEFAULT_VALUE", "") },
	"file": func() *array {
		return row("SIZE", 20, "LIST_WIDTH", 0, "LIST_HEIGHT", 0, "MAX_SHOW_SIZE", 0, "MAX_ALLOWED_SIZE", 0, "EXTENSIONS", list(), "TARGET_BLANK", "Y")
	},
	"employee":   func() *array { return list() },
	"crm":        func() *array { return row("DEAL", "Y") },
	"crm_status": func() *array { return row("ENTITY_TYPE", "") },
	"address":    func() *array { return row("SHOW_MAP", "Y") },
}

// userFieldFlags are the Y/N properties in the order of a list answer, with
// their defaults.
var userFieldFlags = [...]struct{ name, def string }{
	{"SHOW_FILTER", "N"}, {"SHOW_IN_LIST", "Y"}, {"EDIT_IN_LIST", "Y"}, {"IS_SEARCHABLE", "N"},
}

var userFieldLabels = [...]string{"EDIT_FORM_LABEL", "LIST_COLUMN_LABEL", "LIST_FILTER_LABEL", "ERROR_MESSAGE", "HELP_MESSAGE"}

// label is a text of the field in the portal's language or in any.
func (u *userField) label(name string) any {
	return u.labelIn(name, "")
}

func (u *userField) labelIn(name, lang string) any {
	texts := u.labels[name]
	for _, l := range []string{lang, "ru", "en"} {
		if t := texts[l]; t != "" {
			return t
		}
	}
	return nil
}

// userFieldMethods are crm.deal.userfield.* and its twins.
func (s *Sim) userFieldMethods(out map[string]method) {
	for _, k := range []*kind{s.deals.kind, s.leads.kind, s.contacts.kind, s.companies.kind} {
		prefix := "crm." + strings.ToLower(k.name) + ".userfield."
		out[prefix+"add"] = method{scope: "crm", run: func(c *call) (answer, error) { return c.userFieldAdd(k) }}
		out[prefix+"get"] = method{scope: "crm", run: func(c *call) (answer, error) { return c.userFieldGet(k) }}
		out[prefix+"list"] = method{scope: "crm", run: func(c *call) (answer, error) { return c.userFieldList(k) }}
		out[prefix+"update"] = method{scope: "crm", run: func(c *call) (answer, error) { return c.userFieldUpdate(k) }}
		out[prefix+"delete"] = method{scope: "crm", run: func(c *call) (answer, error) { return c.userFieldDelete(k) }}
	}
}

// mayConfigure refuses callers who are no administrator of the CRM.
func (c *call) mayConfigure() error {
	if u := c.sim.user(c.who.userID); u == nil || !u.admin {
		return errAccess
	}
	return nil
}

func (c *call) userFieldAdd(k *kind) (answer, error) {
	if err := c.mayConfigure(); err != nil {
		return answer{}, err
	}
	fields, err := c.fields()
	if err != nil {
		return answer{}, err
	}
	u, err := c.sim.addUserField(k, fields)
	if err != nil {
		return answer{}, err
	}
	c.sim.fireUserField("ADD", k, u, c.who)
	return answer{result: u.id}, nil
}

func (s *Sim) addUserField(k *kind, fields *array) (*userField, error) {
	name := strings.ToUpper(strings.TrimSpace(toString(fields.get("FIELD_NAME"))))
	typ := toString(fields.get("USER_TYPE_ID"))
	switch {
	case typ == "":
		return nil, badRequest("", "The 'USER_TYPE_ID' field is not found.")
	case name == "":
		return nil, badRequest("", "The 'FIELD_NAME' field is not found.")
	case userFieldTypes[typ] == nil:
		return nil, badRequest("ERROR_CORE", "Incorrect custom type specified.")
	}
	if !strings.HasPrefix(name, userFieldPrefix) {
		name = userFieldPrefix + name
	}
	if len(name) > maxUserField {
		return nil, badRequest("ERROR_CORE", "Field name is too long (more than 50 characters).")
	}
	if strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") != "" || strings.ContainsFunc(name, notInFieldName) {
		return nil, badRequest("ERROR_CORE", "Field name contains invalid characters. Allowed characters are: A-Z, 0-9 and _.")
	}
	if k.byName[name] != nil {
		return nil, badRequest("ERROR_CORE", "Field "+name+" of object CRM_"+k.name+" already exists.")
	}
	u := &userField{name: name, typ: typ, sort: 100, flags: make(map[string]string), settings: userFieldTypes[typ]()}
	u.multiple = isYes(fields.get("MULTIPLE"))
	if err := s.fillUserField(u, fields); err != nil {
		return nil, err
	}
	s.lastUserField += 2
	u.id = s.lastUserField
	k.userFields = append(k.userFields, u)
	f := &field{name: name, item: itemName(name), typ: typ, title: name, user: u}
	k.fields = append(k.fields, f)
	k.byName[f.name], k.byItem[f.item] = f, f
	return u, nil
}

func notInFieldName(r rune) bool {
	return r != '_' && (r < 'A' || r > 'Z') && (r < '0' || r > '9')
}

// fillUserField takes what may also be changed later.
func (s *Sim) fillUserField(u *userField, fields *array) error {
	options, err := s.readOptions(u, fields.get("LIST"))
	if err != nil {
		return err
	}
	u.options = options
	if v := fields.get("XML_ID"); v != nil {
		u.xmlID = toString(v)
	}
	if n, ok := toInt(fields.get("SORT")); ok {
		u.sort = n
	}
	if v := fields.get("MANDATORY"); v != nil {
		u.mandatory = isYes(v)
	}
	for _, f := range userFieldFlags {
		u.flags[f.name] = cmp.Or(toString(fields.get(f.name)), u.flags[f.name], f.def)
	}
	if set, ok := fields.get("SETTINGS").(*array); ok {
		for _, p := range set.pairs {
			u.settings.set(p.key, p.val)
		}
	}
	if u.labels == nil {
		u.labels = make(map[string]map[string]string)
	}
	for _, name := range userFieldLabels {
		v := fields.get(name)
		if v == nil && u.labels[name] == nil && name != "ERROR_MESSAGE" && name != "HELP_MESSAGE" {
			v = fields.get("LABEL")
		}
		if v == nil {
			continue
		}
		texts := make(map[string]string)
		if a, ok := v.(*array); ok {
			for _, p := range a.pairs {
				texts[p.key] = toString(p.val)
			}
		} else {
			texts[s.cfg.Lang] = toString(v)
		}
		u.labels[name] = texts
	}
	return nil
}

// readOptions reads LIST: a row with ID changes or deletes a value, one without
// adds it. Portals make up an XML_ID when none is given.
func (s *Sim) readOptions(u *userField, v any) ([]option, error) {
	rows, ok := v.(*array)
	if !ok || u.typ != "enumeration" {
		return u.options, nil
	}
	out := slices.Clone(u.options)
	for _, one := range rows.values() {
		r, ok := one.(*array)
		if !ok {
			continue
		}
		id, _ := toInt(r.get("ID"))
		i := slices.IndexFunc(out, func(o option) bool { return o.id == id })
		if i >= 0 && isYes(r.get("DEL")) {
			out = slices.Delete(out, i, i+1)
			continue
		}
		if i < 0 {
			if toString(r.get("VALUE")) == "" {
				continue
			}
			s.lastOption += 2
			out = append(out, option{id: s.lastOption, sort: 10 * (len(out) + 1)})
			i = len(out) - 1
		}
		o := &out[i]
		o.value = cmp.Or(toString(r.get("VALUE")), o.value)
		o.xmlID = cmp.Or(toString(r.get("XML_ID")), o.xmlID)
		if n, ok := toInt(r.get("SORT")); ok {
			o.sort = n
		}
		if d := r.get("DEF"); d != nil {
			o.def = isYes(d)
		}
		if o.xmlID == "" {
			sum := md5.Sum([]byte(u.name + strconv.Itoa(o.id)))
			o.xmlID = hex.EncodeToString(sum[:])
		}
		for j := range out {
			if j != i && out[j].xmlID == o.xmlID {
				return nil, badRequest("ERROR_CORE", "List item with value XML_ID="+o.xmlID+" already exists.")
			}
		}
	}
	return out, nil
}

// printUserField prints a definition; labels come in one language when asked for
// by filter.LANG, in all of them from userfield.get, and else not at all.
func (s *Sim) printUserField(k *kind, u *userField, lang string, all bool) *array {
	r := row("ID", strconv.Itoa(u.id), "ENTITY_ID", "CRM_"+k.name, "FIELD_NAME", u.name, "USER_TYPE_ID", u.typ, "XML_ID", u.xmlID,
		"SORT", strconv.Itoa(u.sort), "MULTIPLE", yesNo(u.multiple), "MANDATORY", yesNo(u.mandatory))
	for _, f := range userFieldFlags {
		r.set(f.name, u.flags[f.name])
	}
	r.set("SETTINGS", row().merge(u.settings)) // a copy: the answer is printed after the portal is unlocked
	for _, name := range userFieldLabels {
		switch {
		case all:
			texts := &array{}
			for _, l := range []string{"en", "ru"} {
				texts.set(l, u.labels[name][l])
			}
			r.set(name, texts)
		case lang != "":
			r.set(name, u.labelIn(name, lang))
		}
	}
	if u.typ == "enumeration" {
		options := slices.Clone(u.options)
		slices.SortStableFunc(options, func(a, b option) int { return a.sort - b.sort })
		rows := &array{}
		for _, o := range options {
			rows.push(row("ID", strconv.Itoa(o.id), "SORT", strconv.Itoa(o.sort), "VALUE", o.value, "DEF", yesNo(o.def), "XML_ID", o.xmlID))
		}
		r.set("LIST", rows)
	}
	return r
}

func (c *call) userFieldList(k *kind) (answer, error) {
	keys, err := c.listParams()
	if err != nil {
		return answer{}, err
	}
	lang := ""
	if v, ok := keys.filter.lookup("LANG"); ok {
		lang = toString(v)
	}
	cols := plainColumns(map[string]valueType{
		"ID": numberValue, "FIELD_NAME": textValue, "USER_TYPE_ID": textValue, "XML_ID": textValue,
		"SORT": numberValue, "MULTIPLE": textValue, "MANDATORY": textValue,
	})
	m, err := c.sim.newMatcher(keys.filter, cols, false)
	if err != nil {
		return answer{}, err
	}
	out := &array{}
	for _, u := range k.userFields {
		r := c.sim.printUserField(k, u, lang, false)
		if m.match(func(column string) any { return r.get(column) }) {
			out.push(r)
		}
	}
	return answer{result: out, listed: true, total: out.len()}, nil
}

func (c *call) userField(k *kind) (*userField, error) {
	id, err := c.id()
	if err != nil {
		return nil, err
	}
	for _, u := range k.userFields {
		if u.id == id {
			return u, nil
		}
	}
	return nil, badRequest("ERROR_NOT_FOUND", "The entity with ID '"+strconv.Itoa(id)+"' is not found")
}

func (c *call) userFieldGet(k *kind) (answer, error) {
	u, err := c.userField(k)
	if err != nil {
		return answer{}, err
	}
	return answer{result: c.sim.printUserField(k, u, "", true)}, nil
}

func (c *call) userFieldUpdate(k *kind) (answer, error) {
	if err := c.mayConfigure(); err != nil {
		return answer{}, err
	}
	u, err := c.userField(k)
	if err != nil {
		return answer{}, err
	}
	fields, err := c.fields()
	if err != nil {
		return answer{}, err
	}
	before := len(u.options)
	if err := c.sim.fillUserField(u, fields); err != nil {
		return answer{}, err
	}
	c.sim.fireUserField("UPDATE", k, u, c.who)
	if len(u.options) != before {
		c.sim.fireUserField("SETENUMVALUES", k, u, c.who)
	}
	return answer{result: true}, nil
}

// drop takes a field off objects of the kind.
func (k *kind) drop(u *userField) {
	k.userFields = slices.DeleteFunc(k.userFields, func(have *userField) bool { return have == u })
	k.fields = slices.DeleteFunc(k.fields, func(f *field) bool { return f.user == u })
	delete(k.byItem, itemName(u.name))
	delete(k.byName, u.name)
}

func (c *call) userFieldDelete(k *kind) (answer, error) {
	if err := c.mayConfigure(); err != nil {
		return answer{}, err
	}
	u, err := c.userField(k)
	if err != nil {
		return answer{}, err
	}
	k.drop(u)
	c.sim.fireUserField("DELETE", k, u, c.who)
	return answer{result: true}, nil
}

func (s *Sim) fireUserField(action string, k *kind, u *userField, who actor) {
	s.fire("ONCRM"+k.name+"USERFIELD"+action,
		row("FIELDS", row("ID", u.id, "ENTITY_ID", "CRM_"+k.name, "FIELD_NAME", u.name)), u.id, who)
}
