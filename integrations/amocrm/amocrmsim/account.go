package amocrmsim

import "strconv"

// page cuts one page out of a list and adds the links around it. An empty page
// is 204.
func (s *Sim) page(c *call, path, key string, total, def, most int, build func(i int) any) answer {
	limit, number := def, 1
	if n := c.query.at("limit"); n.set {
		v, err := strconv.Atoi(n.value)
		switch {
		case err != nil || v < 1:
			limit = def
		case v > most:
			return s.problem(422, "Limit "+strconv.Itoa(most)+" per page")
		default:
			limit = v
		}
	}
	if v, err := strconv.Atoi(c.query.at("page").value); err == nil && v > 1 {
		number = v
	}
	from := (number - 1) * limit
	if from >= total || from < 0 {
		return nothing()
	}
	to := min(from+limit, total)
	rows := make([]any, 0, to-from)
	for i := from; i < to; i++ {
		rows = append(rows, build(i))
	}
	link := func(n int) object {
		q := c.r.URL.Query()
		q.Set("page", strconv.Itoa(n))
		q.Set("limit", strconv.Itoa(limit))
		return object{"href": c.origin + path + "?" + q.Encode()}
	}
	links := object{"self": link(number)}
	if to < total {
		links["next"] = link(number + 1)
	}
	if number > 1 {
		links["first"], links["prev"] = link(1), link(number-1)
	}
	return ok(object{"_page": number, "_links": links, "_embedded": object{key: rows}})
}

// smallList answers lists that come with their total.
func smallList(c *call, path, key string, rows []any) answer {
	if len(rows) == 0 {
		return nothing()
	}
	return ok(object{"_total_items": len(rows), "_links": c.self(path), "_embedded": object{key: rows}})
}

// nullable shows 0 as null, which is how the vendor writes "not set".
func nullable(n int64) any {
	if n == 0 {
		return nil
	}
	return n
}

func nullableText(text string) any {
	if text == "" {
		return nil
	}
	return text
}

const accountPath = "/api/v4/account"

func (s *Sim) customersMode() string {
	if s.noCustomers {
		return "disabled"
	}
	return "periodicity"
}

func (s *Sim) getAccount(c *call) answer {
	a := object{
		"id": s.cfg.AccountID, "name": s.subdomain, "subdomain": s.subdomain,
		"created_at": s.accountAt, "created_by": adminID, "updated_at": s.accountAt, "updated_by": adminID,
		"current_user_id": c.userID, "country": s.text.country, "currency": s.text.currency, "currency_symbol": s.text.symbol,
		"customers_mode": s.customersMode(), "is_unsorted_on": true, "is_loss_reason_enabled": true, "mobile_feature_version": 0,
		"is_helpbot_enabled": false, "is_technical_account": false, "contact_name_display_order": 1,
		"_links": c.self(accountPath),
	}
	embedded := object{}
	if c.with("amojo_id") {
		a["amojo_id"] = "f3c6340d-410e-4ad1-9f7e-c5e663599909"
	}
	if c.with("uuid") {
		a["uuid"] = "824f3a59-6154-4edf-ba90-0b5593715d07"
	}
	if c.with("version") {
		a["version"] = 12
	}
	if c.with("drive_url") {
		a["drive_url"] = c.origin
	}
	if c.with("is_api_filter_enabled") {
		a["is_api_filter_enabled"] = true
	}
	if c.with("amojo_rights") {
		embedded["amojo_rights"] = object{"can_direct": true, "can_create_groups": true}
	}
	if c.with("users_groups") {
		embedded["users_groups"] = []any{object{"id": 0, "name": s.text.sales, "uuid": nil}}
	}
	if c.with("task_types") {
		embedded["task_types"] = []any{
			object{"id": 1, "name": s.text.taskFollowUp, "color": nil, "icon_id": nil, "code": "FOLLOW_UP"},
			object{"id": 2, "name": s.text.taskMeeting, "color": nil, "icon_id": nil, "code": "MEETING"},
		}
	}
	if c.with("entity_names") {
		embedded["entity_names"] = entityNames()
	}
	if c.with("datetime_settings") {
		embedded["datetime_settings"] = object{
			"date_pattern": "d.m.Y H:i", "short_date_pattern": "d.m.Y", "short_time_pattern": "H:i",
			"date_formant": "d.m.Y", // the vendor's spelling
			"time_format":  "H:i:s", "timezone": "Europe/Moscow", "timezone_offset": "+03:00",
		}
	}
	if len(embedded) > 0 {
		a["_embedded"] = embedded
	}
	return ok(a)
}

func entityNames() object {
	form := func(singular, plural, gender string) object {
		return object{"gender": gender, "singular_form": object{"default": singular}, "plural_form": object{"default": plural}}
	}
	return object{"leads": object{"ru": form("сделка", "сделки", "f"), "en": form("lead", "leads", "f"), "es": form("acuerdo", "acuerdos", "m")}}
}

const usersPath = "/api/v4/users"

func (s *Sim) userJSON(c *call, u *user) object {
	all := func() object { return object{"view": "A", "edit": "A", "add": "A", "delete": "A", "export": "A"} }
	own := func() object { return object{"view": "M", "edit": "M", "add": "A", "delete": "D", "export": "D"} }
	rights := all
	if !u.admin {
		rights = own
	}
	out := object{
		"id": u.id, "name": u.name, "email": u.email, "lang": u.lang,
		"rights": object{
			"leads": rights(), "contacts": rights(), "companies": rights(), "tasks": object{"edit": "A", "delete": "A"},
			"mail_access": u.admin, "catalog_access": u.admin, "status_rights": nil, "is_admin": u.admin, "is_free": false,
			"is_active": u.active, "group_id": nullable(u.groupID), "role_id": nullable(u.roleID),
		},
		"_links": c.self(usersPath + "/" + strconv.FormatInt(u.id, 10)),
	}
	embedded := object{}
	if c.with("role") {
		embedded["roles"] = []any{}
		if u.roleID != 0 {
			embedded["roles"] = []any{roleJSON(c)}
		}
	}
	if c.with("group") {
		embedded["groups"] = []any{}
	}
	if len(embedded) > 0 {
		out["_embedded"] = embedded
	}
	if c.with("uuid") {
		out["uuid"] = u.uuid
	}
	if c.with("amojo_id") {
		out["amojo_id"] = u.amojoID
	}
	if c.with("user_rank") {
		out["user_rank"] = nil
	}
	if c.with("phone_number") {
		out["phone_number"] = nullableText(u.phone)
	}
	return out
}

func (s *Sim) listUsers(c *call) answer {
	users := s.users.where(func(*user) bool { return true })
	a := s.page(c, usersPath, "users", len(users), 50, 250, func(i int) any { return s.userJSON(c, users[i]) })
	if body, shown := a.body.(object); shown && a.status == 200 {
		body["_total_items"], body["_page_count"] = len(users), 1
	}
	return a
}

func (s *Sim) getUser(c *call) answer {
	u := s.users.byID[c.id(0)]
	if u == nil {
		return nothing()
	}
	return ok(s.userJSON(c, u))
}

const roleID int64 = 3141

func roleJSON(c *call) object {
	return object{"id": roleID, "name": "Менеджер", "_links": c.self("/api/v4/roles/" + strconv.FormatInt(roleID, 10))}
}

func (s *Sim) listRoles(c *call) answer {
	return smallList(c, "/api/v4/roles", "roles", []any{roleJSON(c)})
}

func (s *Sim) getRole(c *call) answer {
	if c.id(0) != roleID {
		return nothing()
	}
	return ok(roleJSON(c))
}
