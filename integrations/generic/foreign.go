package generic

import (
	"encoding/json"
	"errors"

	"opendoor/offboarding"
)

var _ offboarding.Mapper = (*Connector)(nil)

// noType is the reason of an event to which the mapping gives no type: a stage
// that means nothing to us, mostly.
const noType = "the mapping gives this event no type: it means nothing to us"

// unpackForeign reads a foreign body. One event that cannot be read does not
// take its siblings along.
func unpackForeign(raw json.RawMessage, d *offboarding.Delivery) offboarding.Unpacked {
	runs, err := runMapping(raw, d)
	if err != nil {
		return offboarding.Unpacked{Malformed: err.Error()}
	}
	var u offboarding.Unpacked
	readable := false
	for _, r := range runs {
		readable = readable || r.failed == ""
		if r.failed != "" {
			r.event = offboarding.UnpackedEvent{Kind: offboarding.OtherEvent, Ignore: "not readable: " + r.failed}
		}
		u.Events = append(u.Events, r.event)
	}
	if !readable && len(runs) > 0 {
		return offboarding.Unpacked{Malformed: runs[0].failed}
	}
	return u
}

// run is what became of one event of a foreign body.
type run struct {
	ours   json.RawMessage
	event  offboarding.UnpackedEvent
	failed string
}

func runMapping(raw json.RawMessage, d *offboarding.Delivery) ([]run, error) {
	m, err := parseMapping(raw)
	if err != nil {
		return nil, err
	}
	root, err := tree(d.ContentType, d.Body)
	if err != nil {
		return nil, err
	}
	events, err := m.read(root)
	if err != nil {
		return nil, err
	}
	runs := make([]run, 0, len(events))
	for _, e := range events {
		r := run{ours: e.ours}
		var typed struct {
			Type any `json:"type"`
		}
		switch {
		case e.err != nil:
			r.failed = e.err.Error()
		case e.ours == nil:
			r.event = offboarding.UnpackedEvent{Kind: offboarding.OtherEvent, Ignore: "the body does not match the mapping's conditions"}
		case json.Unmarshal(e.ours, &typed) == nil && typed.Type == nil:
			r.event = offboarding.UnpackedEvent{Kind: offboarding.OtherEvent, Ignore: noType}
		default:
			if r.event, err = statement(e.ours, d); err != nil {
				r.failed = err.Error()
			}
		}
		runs = append(runs, r)
	}
	return runs, nil
}

// CheckMapping says what is wrong with a mapping.
func (c *Connector) CheckMapping(raw json.RawMessage) error {
	_, err := parseMapping(raw)
	return err
}

// TryMapping shows what the mapping makes of a body.
func (c *Connector) TryMapping(raw json.RawMessage, contentType string, body []byte) ([]offboarding.DryRun, error) {
	if err := c.CheckMapping(raw); err != nil {
		return nil, err
	}
	runs, err := runMapping(raw, &offboarding.Delivery{Body: body, ContentType: contentType, ReceivedAt: c.now()})
	if err != nil {
		if _, ours := errors.AsType[*offboarding.Error](err); ours {
			return nil, err
		}
		return []offboarding.DryRun{{Kind: offboarding.OtherEvent, Malformed: err.Error()}}, nil
	}
	out := make([]offboarding.DryRun, 0, len(runs))
	for _, r := range runs {
		out = append(out, offboarding.DryRun{Event: r.ours, Kind: r.event.Kind, EntityID: r.event.EntityID, Ignored: r.event.Ignore, Malformed: r.failed})
	}
	return out, nil
}
