package outbound

import (
	"context"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"path"
	"time"

	"opendoor/offboarding"
)

// downloadStall is how long a download may give nothing before it is given up;
// as a whole it may take as long as its size needs.
const downloadStall = 30 * time.Second

// Fetch begins to download a file from an address that a person gave, under
// the same rules as every call. The caller limits its size.
func (c *Client) Fetch(ctx context.Context, address string) (string, io.ReadCloser, error) {
	return c.FetchWith(ctx, address, nil)
}

// FetchWith is Fetch with header lines of the caller, such as the token of a
// host that the caller has checked.
func (c *Client) FetchWith(ctx context.Context, address string, header http.Header) (string, io.ReadCloser, error) {
	u, err := url.Parse(address)
	if err != nil {
		return "", nil, offboarding.Invalid("the file's address cannot be read")
	}
	if err := c.Check(u, nil); err != nil {
		return "", nil, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	stall := time.AfterFunc(downloadStall, func() { cancel(context.DeadlineExceeded) })
	fail := func(err error) (string, io.ReadCloser, error) {
		stall.Stop()
		cancel(err)
		return "", nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), http.NoBody)
	if err != nil {
		return fail(offboarding.Invalid("the file's address cannot be read"))
	}
	maps.Copy(req.Header, header)
	req.Header.Set("User-Agent", c.userAgent)
	res, err := c.transport.RoundTrip(req)
	if err != nil {
		return fail(offboarding.Unavailable("the file's address does not answer", &NetError{Host: u.Host, Err: err}))
	}
	switch {
	case res.StatusCode == http.StatusOK:
	case res.StatusCode >= 500 || res.StatusCode == http.StatusTooManyRequests:
		_ = res.Body.Close()
		return fail(offboarding.Unavailable(fmt.Sprintf("the file's address answers %d", res.StatusCode), nil))
	default:
		_ = res.Body.Close()
		return fail(offboarding.Invalid(fmt.Sprintf("the file's address answers %d", res.StatusCode)))
	}
	return fileName(res.Header, u), &download{res.Body, stall, cancel}, nil
}

// fileName is what the server calls the file, or the end of its address.
func fileName(h http.Header, u *url.URL) string {
	if _, params, err := mime.ParseMediaType(h.Get("Content-Disposition")); err == nil && params["filename"] != "" {
		return params["filename"]
	}
	return path.Base(u.Path)
}

type download struct {
	io.ReadCloser
	stall  *time.Timer
	cancel context.CancelCauseFunc
}

// Read reads and notes that something came.
func (d *download) Read(b []byte) (int, error) {
	n, err := d.ReadCloser.Read(b)
	if n > 0 {
		d.stall.Reset(downloadStall)
	}
	return n, err
}

// Close ends the download.
func (d *download) Close() error {
	d.stall.Stop()
	err := d.ReadCloser.Close()
	d.cancel(context.Canceled)
	return err
}
