package bitrix24sim

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// handler is an address that the portal tells about changes.
type handler struct {
	id      int
	url     string
	events  map[string]bool // empty: all that the handler may have
	token   string          // application_token
	app     bool            // of the application, otherwise an outgoing webhook
	authAs  int             // auth_type of event.bind: whose token to send; 0 the one who changed
	offline bool            // keeps events for event.offline.get instead of sending them
	ignore  string          // auth_connector whose writes an offline handler does not record
}

// robot is the built-in «Вебхук» of a stage.
type robot struct {
	id      int
	stageID string
	url     string
}

// onlyForApplications are events that an outgoing webhook cannot subscribe to.
var onlyForApplications = map[string]bool{"ONCRMDEALMOVETOCATEGORY": true}

// AddOutgoingWebhook registers an outgoing webhook as an employee does in the
// portal and returns its event_handler_id. Without events it gets all that an
// outgoing webhook can get; without a token it gets Config.ApplicationToken.
func (s *Sim) AddOutgoingWebhook(target, token string, events ...string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.addHandler(&handler{url: target, token: cmp.Or(token, s.cfg.ApplicationToken)}, events)
}

// AddApplicationHandler registers a handler of the application, which also gets
// ONCRMDEALMOVETOCATEGORY and whose events carry a token of the user.
func (s *Sim) AddApplicationHandler(target string, events ...string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.addHandler(&handler{url: target, token: s.cfg.ApplicationToken, app: true}, events)
}

func (s *Sim) addHandler(h *handler, events []string) int {
	s.lastHandler++
	h.id = s.lastHandler
	h.events = make(map[string]bool, len(events))
	for _, e := range events {
		if e = strings.ToUpper(strings.TrimSpace(e)); e != "" {
			h.events[e] = true
		}
	}
	s.handlers = append(s.handlers, h)
	return h.id
}

// AddRobot puts the built-in webhook robot on a stage: whenever a deal enters
// it, the portal posts document_id to the address. The address may hold fields
// of the deal, such as {{TITLE}}. There is no token: what is secret must stand
// in the address.
func (s *Sim) AddRobot(stageID, target string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lastHandler++
	s.robots = append(s.robots, &robot{id: s.lastHandler, stageID: stageID, url: target})
	return s.lastHandler
}

// AddTrigger registers the code of a trigger «Отследить входящий вебхук», which
// moves a deal to the stage when crm.automation.trigger is called.
func (s *Sim) AddTrigger(code, stageID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.triggers[code] = stageID
}

// RemoveHandler forgets an outgoing webhook, application handler or robot.
func (s *Sim) RemoveHandler(id int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.handlers = slices.DeleteFunc(s.handlers, func(h *handler) bool { return h.id == id })
	s.robots = slices.DeleteFunc(s.robots, func(r *robot) bool { return r.id == id })
}

// fireObject fires ONCRM{KIND}{ACTION} with nothing but the id.
func (s *Sim) fireObject(k *kind, action string, id int, who actor) {
	fields := row("ID", id)
	if k.name != smartName {
		s.fire("ONCRM"+k.name+action, row("FIELDS", fields), id, who)
		return
	}
	fields.set("ENTITY_TYPE_ID", k.typeID)
	s.fire("ONCRM"+k.name+action, row("FIELDS", fields), id, who)
	s.fire("ONCRM"+k.name+action+"_"+strconv.Itoa(k.typeID), row("FIELDS", fields), id, who)
}

// ofOneType reports whether an event is the variant for one type of smart
// process, which only those get who ask for it.
func ofOneType(event string) bool {
	return strings.HasPrefix(event, "ONCRM"+smartName) && strings.Contains(event, "_")
}

// fire queues an event for everybody who wants it. The portal must be locked.
func (s *Sim) fire(event string, data *array, id int, who actor) {
	signalled := false
	for _, h := range s.handlers {
		switch {
		case len(h.events) > 0 && !h.events[event], len(h.events) == 0 && ofOneType(event), !h.app && onlyForApplications[event], h.app && !s.app.installed:
			continue
		case h.offline:
			if h.ignore == "" || h.ignore != who.connector {
				signalled = s.keepOffline(event, data) || signalled
			}
			continue
		}
		s.queue.add(&delivery{
			Delivery: Delivery{Event: event, HandlerID: h.id, URL: h.url, EntityID: id},
			body: func(at time.Time) string {
				return row("event", event, "event_handler_id", h.id, "data", data, "ts", at.Unix(), "auth", s.eventAuth(h, who, at)).encodeForm()
			},
		}, s.eventFault(event))
	}
	if signalled {
		s.signalOffline(who)
	}
}

// eventFault uses up a fault of events.
func (s *Sim) eventFault(event string) FaultKind {
	if f := s.use(event, FaultKind.ofEvents); f != nil {
		return f.Kind
	}
	return ""
}

// eventAuth is the auth block: five keys for a webhook and for system events,
// with the token of a user for an application. It runs with the portal locked.
func (s *Sim) eventAuth(h *handler, who actor, at time.Time) *array {
	if !h.app {
		return row("domain", s.cfg.Domain, "client_endpoint", s.clientEndpoint(), "server_endpoint", s.serverEndpoint(),
			"member_id", s.cfg.MemberID, "application_token", h.token)
	}
	if who.system && h.authAs == 0 {
		return row("domain", s.cfg.Domain, "client_endpoint", s.clientEndpoint(), "server_endpoint", s.serverEndpoint(),
			"member_id", s.cfg.MemberID, "application_token", h.token)
	}
	userID := cmp.Or(h.authAs, who.userID)
	return s.userAuth(s.app.issue(userID, at), at, false, h.token)
}

// userAuth is the auth block with a token, as an application gets it.
func (s *Sim) userAuth(t *token, at time.Time, withRefresh bool, appToken string) *array {
	a := row("access_token", t.access, "expires", at.Add(accessLifetime).Unix(), "expires_in", int(accessLifetime.Seconds()),
		"scope", appScopes, "domain", s.cfg.Domain, "server_endpoint", s.serverEndpoint(), "status", "L",
		"client_endpoint", s.clientEndpoint(), "member_id", s.cfg.MemberID, "user_id", t.userID)
	if withRefresh {
		a.set("refresh_token", t.refresh)
	}
	a.set("application_token", appToken)
	return a
}

func (s *Sim) clientEndpoint() string { return s.portal + "/rest/" }

// serverEndpoint is the authorisation server of the portal's part of the world.
func (s *Sim) serverEndpoint() string {
	return s.text("https://oauth.bitrix24.tech/rest/", "https://oauth.bitrix.info/rest/")
}

// runRobots posts to the robots of the stage that a deal has just entered.
func (s *Sim) runRobots(r *record) {
	s.runAppRobots(r)
	for _, b := range s.robots {
		if b.stageID != r.text("STAGE_ID") {
			continue
		}
		s.runRobot(b, s.robotURL(b, r), list("crm", "CCrmDocumentDeal", "DEAL_"+strconv.Itoa(r.id)), r.id)
	}
}

func (s *Sim) runRobot(b *robot, target string, document *array, id int) {
	s.queue.add(&delivery{
		Delivery: Delivery{Event: "robot", HandlerID: b.id, URL: target, EntityID: id},
		body: func(time.Time) string {
			return row("document_id", document,
				"auth", row("domain", s.cfg.Domain, "client_endpoint", s.clientEndpoint(), "server_endpoint", s.serverEndpoint(),
					"member_id", s.cfg.MemberID)).encodeForm()
		},
	}, s.eventFault("robot"))
}

// robotURL fills the fields of the deal into the address.
func (s *Sim) robotURL(b *robot, r *record) string {
	if !strings.Contains(b.url, "{{") {
		return b.url
	}
	var out strings.Builder
	rest := b.url
	for {
		before, after, ok := strings.Cut(rest, "{{")
		out.WriteString(before)
		if !ok {
			return out.String()
		}
		name, tail, _ := strings.Cut(after, "}}")
		if f := s.deals.kind.fieldOf(strings.TrimSpace(name)); f != nil {
			out.WriteString(url.QueryEscape(toString(s.legacy(f, r.values[f.name]))))
		}
		rest = tail
	}
}
