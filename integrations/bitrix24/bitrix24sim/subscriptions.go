package bitrix24sim

import (
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// offlineEvent is a row of the queue that an application reads at leisure.
type offlineEvent struct {
	id        int
	at        time.Time
	event     string
	data      *array
	processID string // reserved by a call of event.offline.get
	failed    bool
}

func (c *call) text(name string) string {
	v, _ := c.params.lookup(name)
	return toString(v)
}

// eventBind subscribes the application; handlers are kept one per event.
func (c *call) eventBind() (answer, error) {
	s := c.sim
	event := strings.ToUpper(c.text("event"))
	if event == "" {
		return answer{}, badRequest("ERROR_ARGUMENT", "Argument 'EVENT' is null or empty")
	}
	h := &handler{app: true, token: s.cfg.ApplicationToken, offline: c.text("event_type") == "offline", url: c.text("handler")}
	h.authAs, _ = strconv.Atoi(c.text("auth_type"))
	if h.offline {
		h.url, h.ignore = "", c.text("auth_connector")
	} else if u, err := url.ParseRequestURI(h.url); err != nil || u.Host == "" {
		return answer{}, badRequest("ERROR_ARGUMENT", "Argument 'HANDLER' is null or empty")
	}
	if slices.ContainsFunc(s.handlers, func(have *handler) bool {
		return have.app && have.events[event] && have.url == h.url && have.authAs == h.authAs && have.offline == h.offline
	}) {
		return answer{}, badRequest("ERROR_EVENT_BINDING_EXISTS", "Unable to set event handler: Handler already binded")
	}
	s.addHandler(h, []string{event})
	return answer{result: true}, nil
}

func (c *call) eventGet() (answer, error) {
	out := &array{}
	for _, h := range c.sim.handlers {
		if !h.app {
			continue
		}
		for _, event := range slices.Sorted(maps.Keys(h.events)) {
			r := row("event", event, "handler", h.url, "auth_type", strconv.Itoa(h.authAs), "offline", 0)
			if h.offline {
				r.set("offline", 1)
			}
			out.push(r)
		}
	}
	return answer{result: out}, nil
}

func (c *call) eventUnbind() (answer, error) {
	s := c.sim
	event, target, offline := strings.ToUpper(c.text("event")), c.text("handler"), c.text("event_type") == "offline"
	authAs, named := c.params.lookup("auth_type")
	before := len(s.handlers)
	s.handlers = slices.DeleteFunc(s.handlers, func(h *handler) bool {
		return h.app && h.events[event] && h.offline == offline && (offline || h.url == target) &&
			(!named || toString(authAs) == strconv.Itoa(h.authAs))
	})
	return answer{result: row("count", before-len(s.handlers))}, nil
}

// keepOffline writes an event into the offline queue, one row per object and
// event: the last change wins. It tells whether a row was added.
func (s *Sim) keepOffline(event string, data *array) bool {
	for _, e := range s.offline {
		if e.event == event && e.processID == "" && string(appendJSON(nil, e.data)) == string(appendJSON(nil, data)) {
			e.at = s.now()
			return false
		}
	}
	id := 1
	if n := len(s.offline); n > 0 {
		id = s.offline[n-1].id + 1
	}
	s.offline = append(s.offline, &offlineEvent{id: id, at: s.now(), event: event, data: data})
	return true
}

// signalOffline tells subscribers of ONOFFLINEEVENT that the queue has rows.
func (s *Sim) signalOffline(who actor) {
	for _, h := range s.handlers {
		if h.app && !h.offline && h.events["ONOFFLINEEVENT"] {
			s.queue.add(&delivery{
				Delivery: Delivery{Event: "ONOFFLINEEVENT", HandlerID: h.id, URL: h.url},
				body: func(at time.Time) string {
					return row("event", "ONOFFLINEEVENT", "ts", at.Unix(), "auth", s.eventAuth(h, who, at)).encodeForm()
				},
			}, s.eventFault("ONOFFLINEEVENT"))
		}
	}
}

// offlineGet hands rows out: with clear=1, the default, they are gone, with
// clear=0 they are reserved under a process id.
func (c *call) offlineGet() (answer, error) {
	s := c.sim
	limit := pageSize
	if n, err := strconv.Atoi(c.text("limit")); err == nil && n > 0 {
		limit = n
	}
	v, given := c.params.lookup("clear")
	keep := given && !isYes(v)
	var process any
	processID := c.text("process_id")
	if keep {
		if processID == "" {
			processID = randomToken()
		}
		process = processID
	}
	rows, left := &array{}, s.offline[:0:0]
	for _, e := range s.offline {
		if e.processID != "" && e.processID != processID || rows.len() >= limit {
			left = append(left, e)
			continue
		}
		n := strconv.Itoa(e.id)
		rows.push(row("ID", n, "TIMESTAMP_X", s.printTime(e.at), "EVENT_NAME", e.event, "EVENT_DATA", e.data, "EVENT_ADDITIONAL", false, "MESSAGE_ID", n))
		if keep {
			e.processID = processID
			left = append(left, e)
		}
	}
	s.offline = left
	return answer{result: row("process_id", process, "events", rows)}, nil
}

// chosen tells which rows event.offline.clear and .error mean.
func (c *call) chosen() func(*offlineEvent) bool {
	processID := c.text("process_id")
	var ids []string
	for _, name := range []string{"id", "message_id"} {
		if v, ok := c.params.lookup(name); ok {
			ids = append(ids, texts(v)...)
		}
	}
	return func(e *offlineEvent) bool {
		return e.processID == processID && processID != "" && (len(ids) == 0 || slices.Contains(ids, strconv.Itoa(e.id)))
	}
}

func (c *call) offlineClear() (answer, error) {
	c.sim.offline = slices.DeleteFunc(c.sim.offline, c.chosen())
	return answer{result: true}, nil
}

func (c *call) offlineError() (answer, error) {
	chosen := c.chosen()
	for _, e := range c.sim.offline {
		if chosen(e) {
			e.failed = true
		}
	}
	return answer{result: true}, nil
}

func (c *call) offlineList() (answer, error) {
	rows := &array{}
	for _, e := range c.sim.offline {
		n := strconv.Itoa(e.id)
		rows.push(row("ID", n, "TIMESTAMP_X", c.sim.printTime(e.at), "EVENT_NAME", e.event, "EVENT_DATA", e.data, "EVENT_ADDITIONAL", false,
			"MESSAGE_ID", n, "PROCESS_ID", e.processID, "ERROR", toString(e.failed)))
	}
	return answer{result: rows, listed: true, total: rows.len()}, nil
}
