package amocrm

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"opendoor/offboarding"
)

const (
	// The summary is written when the case opens and lies among the newest
	// notes; a lead with more than this many is past looking through.
	notePages = 2
	listPage  = 250 // the most that a list answers
	// The vendor names no limit; this is what others keep (reference §4.8).
	longestNote = 19_000 // characters
)

type notePatch struct {
	Type   string     `json:"note_type"`
	Params noteParams `json:"params"`
	// A note of ours must not start a robot of theirs.
	Trigger *bool `json:"is_need_to_trigger_digital_pipeline,omitempty"`
}

type noteParams struct {
	Text string `json:"text"`
}

// PutNote keeps the one note with the marker current. It is a common note: the
// kinds made for integrations cannot be edited.
func (c *Connector) PutNote(ctx context.Context, acc *offboarding.Account, dealID, marker, ref, text string, fence offboarding.FenceFunc) (offboarding.Written, error) {
	path, err := leadPath(dealID)
	if err != nil {
		return offboarding.Written{}, err
	}
	text = withMarker(text, marker)
	mine, err := c.findNote(ctx, acc, path, marker, ref)
	if err != nil {
		return offboarding.Written{}, fmt.Errorf("look for the note: %w", err)
	}
	if mine != nil && sameText(string(mine.Params.V.Text), text) {
		return offboarding.Written{Ref: mine.ID.id()}, nil
	}
	if err := fence(ctx); err != nil {
		return offboarding.Written{}, err
	}
	if mine == nil {
		// Not among the newest, but it may be there all the same.
		if _, known := positive(ref); known {
			mine = &note{ID: mustNumber(ref)}
		}
	}
	if mine != nil {
		written, err := c.editNote(ctx, acc, path, mine.ID, text)
		if !gone(err) {
			return written, err
		}
	}
	no := false
	var answer collection
	_, err = c.send(ctx, acc, http.MethodPost, path+"/notes", []notePatch{{"common", noteParams{text}, &no}}, &answer)
	if err != nil {
		return offboarding.Written{}, fmt.Errorf("add the note: %w", err)
	}
	for _, n := range answer.Embedded.V.Notes {
		return offboarding.Written{Changed: true, Ref: n.ID.id(), At: unix(n.UpdatedAt)}, nil
	}
	return offboarding.Written{}, offboarding.Unavailable("the CRM did not say which note it added", nil)
}

// editNote changes the text of a note. The API knows two addresses of it;
// before the note is believed gone, both have been tried.
func (c *Connector) editNote(ctx context.Context, acc *offboarding.Account, leadPath string, id number, text string) (offboarding.Written, error) {
	var answer note
	entity, _, _ := strings.Cut(leadPath, "/")
	patch := notePatch{Type: "common", Params: noteParams{text}}
	found, err := c.send(ctx, acc, http.MethodPatch, entity+"/notes/"+id.id(), patch, &answer)
	if refusedWith(err, http.StatusNotFound) {
		found, err = c.send(ctx, acc, http.MethodPatch, leadPath+"/notes/"+id.id(), patch, &answer)
	}
	if err == nil && !found {
		err = offboarding.ErrGone
	}
	if err != nil {
		return offboarding.Written{}, fmt.Errorf("edit the note: %w", err)
	}
	return offboarding.Written{Changed: true, Ref: id.id(), At: unix(answer.UpdatedAt)}, nil
}

// gone reports whether the note that was to be edited is no more.
func gone(err error) bool {
	return refusedWith(err, http.StatusNotFound) || offboarding.IsKind(err, offboarding.KindGone)
}

// findNote looks among the newest notes for ours, by id or by marker. When a
// marker stands in several, the oldest is ours.
func (c *Connector) findNote(ctx context.Context, acc *offboarding.Account, leadPath, marker, ref string) (*note, error) {
	var mine *note
	for page := int64(1); page <= notePages; page++ {
		var answer collection
		query := url.Values{
			"filter[note_type]": {"common"}, "order[id]": {"desc"}, "limit": {itoa(listPage)}, "page": {itoa(page)},
		}
		found, err := c.get(ctx, acc, leadPath+"/notes", query, &answer)
		if err != nil {
			return nil, err
		}
		for _, n := range answer.Embedded.V.Notes {
			if ref != "" && n.ID.id() == ref {
				return &n, nil
			}
			if n.Type == "common" && strings.Contains(string(n.Params.V.Text), marker) && (mine == nil || n.ID < mine.ID) {
				mine = &n
			}
		}
		if !found || !answer.more() {
			break
		}
	}
	return mine, nil
}

// withMarker puts the marker under the text, by which a repeat finds it.
func withMarker(text, marker string) string {
	text = strings.TrimSpace(strings.ReplaceAll(text, marker, ""))
	if runes := []rune(text); len(runes) > longestNote {
		text = string(runes[:longestNote]) + "…"
	}
	return text + "\n\n" + marker
}

// sameText compares what was stored with what was sent: the CRM may change line
// ends and trim.
func sameText(a, b string) bool {
	return strings.TrimSpace(strings.ReplaceAll(a, "\r\n", "\n")) == strings.TrimSpace(strings.ReplaceAll(b, "\r\n", "\n"))
}

func mustNumber(s string) number {
	n, _ := positive(s)
	return number(n)
}
