package bitrix24

import (
	"context"
	"html"
	"strings"

	"opendoor/offboarding"
)

type remoteComment struct {
	ID       scalar `json:"ID"`
	EntityID scalar `json:"ENTITY_ID"`
	Text     scalar `json:"COMMENT"`
}

// PutNote keeps one comment in the deal's timeline up to date. Methods of
// comments take "fields" in small letters only (reference §4.1).
func (c *Connector) PutNote(ctx context.Context, acc *offboarding.Account, dealID, marker, ref, text string, fence offboarding.FenceFunc) (offboarding.Written, error) {
	text = commentText(text, marker)
	e, err := entityOf(dealID)
	if err != nil {
		return offboarding.Written{}, err
	}
	there, found, err := c.comment(ctx, acc, e, marker, ref)
	if err != nil {
		return offboarding.Written{}, err
	}
	if !found {
		r, err := c.add(ctx, acc, dealID, marker, "crm.timeline.comment.add", params{
			"fields": params{"ENTITY_ID": e.id, "ENTITY_TYPE": e.timeline(), "COMMENT": text},
		}, fence)
		if err != nil {
			return offboarding.Written{}, err
		}
		var id scalar
		if err := r.into("crm.timeline.comment.add", &id); err != nil {
			return offboarding.Written{}, err
		}
		return offboarding.Written{Changed: true, Ref: id.text(), At: r.Time.finished()}, nil
	}
	ref = there.ID.text()
	if sameText(there.Text.text(), text) {
		return offboarding.Written{Ref: ref}, nil
	}
	if err := fence(ctx); err != nil {
		return offboarding.Written{}, err
	}
	r, err := c.call(ctx, acc, "crm.timeline.comment.update", params{"id": ref, "fields": params{"COMMENT": text}})
	if err != nil {
		return offboarding.Written{}, err
	}
	return offboarding.Written{Changed: true, Ref: ref, At: r.Time.finished()}, nil
}

// commentText is how a comment is written. A client's words must not become
// markup: comments understand BB codes.
func commentText(text, marker string) string {
	return marked(strings.NewReplacer("[", "(", "]", ")").Replace(text), marker)
}

// comment finds our comment by its id or, when that is not known or a person
// has deleted the comment, by the marker.
func (c *Connector) comment(ctx context.Context, acc *offboarding.Account, e entity, marker, ref string) (remoteComment, bool, error) {
	if isID(ref) {
		r, err := c.call(ctx, acc, "crm.timeline.comment.get", params{"id": ref})
		switch {
		case err == nil:
			var there remoteComment
			if err := r.into("crm.timeline.comment.get", &there); err != nil {
				return there, false, err
			}
			if owner := there.EntityID.id(); there.ID.id() == ref && (owner == "" || owner == e.id) {
				return there, true, nil
			}
		case !soft(err):
			return remoteComment{}, false, err
		}
	}
	for page := range lookPages {
		r, err := c.call(ctx, acc, "crm.timeline.comment.list", params{
			"filter": params{"ENTITY_ID": e.id, "ENTITY_TYPE": e.timeline()},
			"order":  params{"ID": "DESC"},
			"start":  page * historyPage,
		})
		if hasNo(err) {
			c.log.WarnContext(ctx, "the portal cannot list comments, a repeat may double one", "account_id", acc.ID)
			break
		}
		if err != nil {
			return remoteComment{}, false, err
		}
		var rows list[remoteComment]
		if err := r.into("crm.timeline.comment.list", &rows); err != nil {
			return remoteComment{}, false, err
		}
		for _, row := range rows {
			if owner := row.EntityID.id(); owner != "" && owner != e.id {
				continue
			}
			if (marker != "" && strings.Contains(row.Text.text(), marker)) || (isID(ref) && row.ID.id() == ref) {
				return row, true, nil
			}
		}
		if len(rows) < historyPage {
			break
		}
	}
	return remoteComment{}, false, nil
}

// sameText compares a text with what the portal gives back of it: line ends and
// outer spaces may differ, and some versions escape quotes.
func sameText(remote, ours string) bool {
	return remote == ours || plainText(remote) == plainText(ours)
}

func plainText(s string) string {
	s = strings.ReplaceAll(html.UnescapeString(s), "\r\n", "\n")
	return strings.TrimSpace(s)
}
