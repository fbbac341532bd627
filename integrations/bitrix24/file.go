package bitrix24

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"

	"opendoor/offboarding"
)

var _ offboarding.FileKeeper = (*Connector)(nil)

// largestFile bounds what travels as text inside one request. A larger one is
// named by its link only.
const largestFile = 32 << 20

// PutFile adds a comment with the file to the deal's timeline; the portal keeps
// it in its Drive.
func (c *Connector) PutFile(ctx context.Context, acc *offboarding.Account, dealID string, f offboarding.CardFile, fence offboarding.FenceFunc) (offboarding.Written, error) {
	const method = "crm.timeline.comment.add"
	e, err := entityOf(dealID)
	if err != nil {
		return offboarding.Written{}, err
	}
	there, found, err := c.comment(ctx, acc, e, f.Marker, "")
	if err != nil {
		return offboarding.Written{}, err
	}
	if found {
		return offboarding.Written{Ref: there.ID.text()}, nil
	}
	if f.Size > largestFile {
		c.log.WarnContext(ctx, "file too large for the timeline, its link is written", "account_id", acc.ID, "size", f.Size)
		return c.PutNote(ctx, acc, dealID, f.Marker, "", f.Text, fence)
	}
	content, err := contentOf(ctx, f)
	if err != nil {
		return offboarding.Written{}, err
	}
	fields := params{
		"ENTITY_ID": e.id, "ENTITY_TYPE": e.timeline(), "COMMENT": commentText(f.Text, f.Marker),
		"FILES": [][]string{{f.Name, content}},
	}
	fence = once(fence)
	r, err := c.add(ctx, acc, dealID, f.Marker, method, params{"fields": fields}, fence)
	if offboarding.IsKind(err, offboarding.KindInvalid) {
		// No Drive, no space, no right: the link is better than nothing.
		c.log.WarnContext(ctx, "file not accepted, its link is written", "account_id", acc.ID, "err", err)
		return c.PutNote(ctx, acc, dealID, f.Marker, "", f.Text, fence)
	}
	if err != nil {
		return offboarding.Written{}, err
	}
	var id scalar
	if err := r.into(method, &id); err != nil {
		return offboarding.Written{}, err
	}
	return offboarding.Written{Changed: true, Ref: id.text(), At: r.Time.finished()}, nil
}

func contentOf(ctx context.Context, f offboarding.CardFile) (string, error) {
	r, err := f.Open(ctx)
	if err != nil {
		return "", fmt.Errorf("open the file: %w", err)
	}
	defer r.Close()
	b, err := io.ReadAll(io.LimitReader(r, largestFile+1))
	if err != nil {
		return "", fmt.Errorf("read the file: %w", err)
	}
	if int64(len(b)) != f.Size {
		return "", offboarding.Invalid("the file has another size than announced")
	}
	return base64.StdEncoding.EncodeToString(b), nil
}
