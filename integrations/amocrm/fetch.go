package amocrm

import (
	"context"
	"io"
	"net/http"
	"net/url"

	"opendoor/offboarding"
)

var _ offboarding.FileSource = (*Connector)(nil)

// OpenFile begins to read a file of the account's Drive by its uuid.
func (c *Connector) OpenFile(ctx context.Context, acc *offboarding.Account, id string) (string, io.ReadCloser, error) {
	drive, err := c.driveOf(ctx, acc)
	if err != nil {
		return "", nil, err
	}
	var f driveFile
	if err := c.drive(ctx, acc, drive, http.MethodGet, drive.JoinPath("v1.0/files", id), "", nil, &f); err != nil {
		return "", nil, err
	}
	u, err := url.Parse(f.Links.V.Download.V.Href)
	if err != nil || u.Scheme != drive.Scheme || u.Host != drive.Host {
		return "", nil, offboarding.Unavailable("Drive sends the download to another host", nil)
	}
	a, err := c.accessTo(ctx, acc)
	if err != nil {
		return "", nil, err
	}
	_, r, err := c.http.FetchWith(ctx, u.String(), http.Header{"Authorization": {"Bearer " + a.token}})
	return f.fullName(), r, err
}
