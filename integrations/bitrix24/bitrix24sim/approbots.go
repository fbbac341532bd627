package bitrix24sim

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// appRobot is a robot that the application offers (reference §2.7). An
// administrator puts it on stages.
type appRobot struct {
	code, name, handler string
	waits               bool // use_subscription: the process waits for bizproc.event.send
	stages              []string
}

func (c *call) robotFields(a *array, r *appRobot) error {
	if v := toString(a.get("HANDLER")); v != "" {
		if u, err := url.ParseRequestURI(v); err != nil || u.Host == "" {
			return badRequest("ERROR_WRONG_HANDLER_URL", "Wrong handler URL")
		}
		r.handler = v
	}
	if v := a.get("NAME"); v != nil {
		r.name = toString(v)
		if names, ok := v.(*array); ok {
			r.name = toString(names.get(c.sim.cfg.Lang))
		}
	}
	if v := a.get("USE_SUBSCRIPTION"); v != nil {
		r.waits = isYes(v)
	}
	return nil
}

func (s *Sim) appRobot(code string) *appRobot {
	i := slices.IndexFunc(s.appRobots, func(r *appRobot) bool { return r.code == code })
	if i < 0 {
		return nil
	}
	return s.appRobots[i]
}

func (c *call) robotAdd() (answer, error) {
	code := c.text("CODE")
	if code == "" {
		return answer{}, badRequest("ERROR_ARGUMENT", "Empty activity code!")
	}
	if c.sim.appRobot(code) != nil {
		return answer{}, badRequest("ERROR_ACTIVITY_ALREADY_INSTALLED", "Activity or Robot already installed!")
	}
	r := &appRobot{code: code, waits: true}
	if err := c.robotFields(c.params, r); err != nil {
		return answer{}, err
	}
	if r.handler == "" {
		return answer{}, badRequest("ERROR_WRONG_HANDLER_URL", "Wrong handler URL")
	}
	if r.name == "" {
		return answer{}, badRequest("ERROR_ACTIVITY_VALIDATION_FAILURE", "Empty activity NAME!")
	}
	c.sim.appRobots = append(c.sim.appRobots, r)
	return answer{result: true}, nil
}

func (c *call) robotUpdate() (answer, error) {
	r := c.sim.appRobot(c.text("CODE"))
	if r == nil {
		return answer{}, badRequest("ERROR_ACTIVITY_NOT_FOUND", "Activity or Robot not found!")
	}
	fields, err := c.needArray("FIELDS")
	if err != nil {
		return answer{}, err
	}
	return answer{result: true}, c.robotFields(fields, r)
}

func (c *call) robotDelete() (answer, error) {
	code := c.text("CODE")
	if c.sim.appRobot(code) == nil {
		return answer{}, badRequest("ERROR_ACTIVITY_NOT_FOUND", "Activity or Robot not found!")
	}
	c.sim.appRobots = slices.DeleteFunc(c.sim.appRobots, func(r *appRobot) bool { return r.code == code })
	return answer{result: true}, nil
}

func (c *call) robotList() (answer, error) {
	out := &array{}
	for _, r := range c.sim.appRobots {
		out.push(r.code)
	}
	return answer{result: out}, nil
}

// PutAppRobot puts a robot of the application on a stage, as an administrator
// does: it runs whenever a deal enters.
func (s *Sim) PutAppRobot(code, stageID string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.appRobot(code)
	if r == nil {
		return fmt.Errorf("put robot %q on a stage: %w", code, ErrNotFound)
	}
	r.stages = append(r.stages, stageID)
	return nil
}

// runAppRobots posts to the application for the stage that a deal has entered.
func (s *Sim) runAppRobots(r *record) {
	for _, b := range s.appRobots {
		if !slices.Contains(b.stages, r.text("STAGE_ID")) || !s.app.installed {
			continue
		}
		id := strconv.Itoa(r.id)
		s.queue.add(&delivery{
			Delivery: Delivery{Event: "robot", URL: b.handler, EntityID: r.id},
			body: func(at time.Time) string {
				waits := "N"
				if b.waits {
					waits = "Y"
				}
				workflow := randomToken()[:14] + "." + randomToken()[:8]
				return row("workflow_id", workflow, "code", b.code, "document_id", list("crm", "CCrmDocumentDeal", "DEAL_"+id),
					"document_type", list("crm", "CCrmDocumentDeal", "DEAL"), "event_token", strings.Join([]string{workflow, "A1_1_1_1", randomToken()}, "|"),
					"use_subscription", waits, "timeout_duration", 0, "ts", at.Unix(),
					"auth", s.userAuth(s.app.issue(s.cfg.UserID, at), at, true, s.cfg.ApplicationToken)).encodeForm()
			},
		}, s.eventFault("robot"))
	}
}
