package bitrix24

import (
	"context"
	"io"
	"net/url"
	"strings"

	"opendoor/offboarding"
)

var _ offboarding.FileSource = (*Connector)(nil)

// OpenFile begins to read a file of the portal's Disk by its id (disk.file.get,
// scope disk). The address that the portal gives for the download carries its
// own right; it must lead to the portal.
func (c *Connector) OpenFile(ctx context.Context, acc *offboarding.Account, id string) (string, io.ReadCloser, error) {
	const method = "disk.file.get"
	a, err := c.addressOf(acc)
	if err != nil {
		return "", nil, err
	}
	r, err := c.call(ctx, acc, method, params{"id": id})
	if err != nil {
		return "", nil, err
	}
	var f struct {
		Name     string `json:"NAME"`
		Download string `json:"DOWNLOAD_URL"`
	}
	if err := r.into(method, &f); err != nil {
		return "", nil, err
	}
	u, err := url.Parse(f.Download)
	if err != nil || !strings.EqualFold(u.Host, a.host) {
		return "", nil, offboarding.Unavailable("the portal sends the download to another host", nil)
	}
	_, content, err := c.http.FetchWith(ctx, u.String(), nil)
	return f.Name, content, err
}
