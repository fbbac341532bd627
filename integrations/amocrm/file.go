package amocrm

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"opendoor/integrations/outbound"
	"opendoor/offboarding"
)

var _ offboarding.FileKeeper = (*Connector)(nil)

const (
	safePart    = 128 << 10 // bytes of a part when Drive names no limit; a public client sends so much
	largestPart = 4 << 20
	linkedFiles = 50 // of one lead are looked at before another copy is uploaded
)

// errNoDrive says that the account gives us no Drive: the scope "files" was not
// granted, or the space is used up. The text goes without the file.
var errNoDrive = errors.New("the account's Drive takes no file of ours")

type driveSession struct {
	UploadURL string `json:"upload_url"`
	NextURL   string `json:"next_url"`
	MaxFile   number `json:"max_file_size"`
	MaxPart   number `json:"max_part_size"`
}

type driveFile struct {
	UUID     text   `json:"uuid"`
	Version  text   `json:"version_uuid"`
	Name     text   `json:"name"`
	Size     number `json:"size"`
	Metadata object[struct {
		Extension text `json:"extension"`
	}] `json:"metadata"`
	Links object[struct {
		Download object[struct {
			Href string `json:"href"`
		}] `json:"download"`
	}] `json:"_links"`
	NextURL string `json:"next_url"`
}

func (f driveFile) fullName() string {
	if ext := string(f.Metadata.V.Extension); ext != "" && !strings.HasSuffix(string(f.Name), "."+ext) {
		return string(f.Name) + "." + ext
	}
	return string(f.Name)
}

// PutFile uploads the file to the account's Drive, links it to the lead and says
// so in a note. Each step looks first: a repeat uploads nothing twice.
func (c *Connector) PutFile(ctx context.Context, acc *offboarding.Account, dealID string, f offboarding.CardFile, fence offboarding.FenceFunc) (offboarding.Written, error) {
	path, err := leadPath(dealID)
	if err != nil {
		return offboarding.Written{}, err
	}
	there, err := c.findNote(ctx, acc, path, f.Marker, "")
	if err != nil {
		return offboarding.Written{}, fmt.Errorf("look for the file's note: %w", err)
	}
	if there != nil {
		return offboarding.Written{Ref: there.ID.id()}, nil
	}
	if err := fence(ctx); err != nil {
		return offboarding.Written{}, err
	}
	passed := func(context.Context) error { return nil }
	switch err := c.attach(ctx, acc, path, f); {
	case errors.Is(err, errNoDrive):
		c.log.WarnContext(ctx, "file not put into the CRM, its link is", "account_id", acc.ID, "err", err)
	case err != nil:
		return offboarding.Written{}, err
	}
	return c.PutNote(ctx, acc, dealID, f.Marker, "", f.Text, passed)
}

// attach makes sure that the lead has the file.
func (c *Connector) attach(ctx context.Context, acc *offboarding.Account, path string, f offboarding.CardFile) error {
	drive, err := c.driveOf(ctx, acc)
	if err != nil {
		return err
	}
	has, err := c.hasFile(ctx, acc, drive, path, f)
	if err != nil || has {
		return err
	}
	uuid, err := c.upload(ctx, acc, drive, f)
	if err != nil {
		return err
	}
	if _, err := c.send(ctx, acc, http.MethodPut, path+"/files", []map[string]string{{"file_uuid": uuid}}, nil); err != nil {
		return fmt.Errorf("link the file: %w", err)
	}
	return nil
}

// driveOf asks where the account's files live. The host is checked like the
// account's own: the token goes there.
func (c *Connector) driveOf(ctx context.Context, acc *offboarding.Account) (*url.URL, error) {
	var answer struct {
		DriveURL string `json:"drive_url"`
	}
	if _, err := c.get(ctx, acc, "account", url.Values{"with": {"drive_url"}}, &answer); err != nil {
		return nil, fmt.Errorf("read where files live: %w", err)
	}
	u, err := url.Parse(strings.TrimRight(answer.DriveURL, "/"))
	if err != nil || u.Host == "" {
		return nil, errNoDrive
	}
	if err := c.http.Check(u, hosts); err != nil {
		return nil, fmt.Errorf("check drive_url: %w", err)
	}
	return u, nil
}

// hasFile looks among the lead's files for one of the same name and size: an
// answer that was lost may have left it there.
func (c *Connector) hasFile(ctx context.Context, acc *offboarding.Account, drive *url.URL, path string, f offboarding.CardFile) (bool, error) {
	var linked struct {
		Embedded object[struct {
			Files list[struct {
				UUID text `json:"file_uuid"`
			}] `json:"files"`
		}] `json:"_embedded"`
	}
	if _, err := c.get(ctx, acc, path+"/files", url.Values{"limit": {itoa(linkedFiles)}}, &linked); err != nil {
		if offboarding.IsKind(err, offboarding.KindInvalid) {
			return false, errNoDrive
		}
		return false, fmt.Errorf("list the lead's files: %w", err)
	}
	for _, file := range linked.Embedded.V.Files {
		var there driveFile
		err := c.drive(ctx, acc, drive, http.MethodGet, drive.JoinPath("v1.0/files", string(file.UUID)), "", nil, &there)
		if err != nil && !offboarding.IsKind(err, offboarding.KindGone) {
			return false, err
		}
		if err == nil && there.fullName() == f.Name && int64(there.Size) == f.Size {
			return true, nil
		}
	}
	return false, nil
}

// upload sends the file in parts and returns its id.
func (c *Connector) upload(ctx context.Context, acc *offboarding.Account, drive *url.URL, f offboarding.CardFile) (string, error) {
	order, err := json.Marshal(map[string]any{
		"file_name": f.Name, "file_size": f.Size, "content_type": f.ContentType, "with_preview": false,
	})
	if err != nil {
		return "", fmt.Errorf("write the upload's order: %w", err)
	}
	var session driveSession
	if err := c.drive(ctx, acc, drive, http.MethodPost, drive.JoinPath("v1.0/sessions"), "application/json", order, &session); err != nil {
		return "", fmt.Errorf("open an upload: %w", err)
	}
	if session.MaxFile > 0 && f.Size > int64(session.MaxFile) {
		return "", errNoDrive
	}
	content, err := f.Open(ctx)
	if err != nil {
		return "", fmt.Errorf("open the file: %w", err)
	}
	defer content.Close()
	part := make([]byte, partSize(int64(session.MaxPart)))
	next := session.UploadURL
	for sent := int64(0); sent < f.Size; {
		n, err := io.ReadFull(content, part[:min(int64(len(part)), f.Size-sent)])
		if err != nil {
			return "", fmt.Errorf("read the file: %w", err)
		}
		to, err := url.Parse(next)
		if err != nil || to.Scheme != drive.Scheme || to.Host != drive.Host {
			return "", offboarding.Unavailable("Drive sent the upload to another host", nil)
		}
		var answer driveFile
		if err := c.drive(ctx, acc, drive, http.MethodPost, to, f.ContentType, part[:n], &answer); err != nil {
			return "", fmt.Errorf("upload a part: %w", err)
		}
		sent, next = sent+int64(n), answer.NextURL
		if sent == f.Size && answer.UUID != "" {
			return string(answer.UUID), nil
		}
	}
	return "", offboarding.Unavailable("Drive did not say which file it took", nil)
}

func partSize(named int64) int64 {
	if named <= 0 {
		return safePart
	}
	return min(named, largestPart)
}

// drive sends one request to the account's Drive.
func (c *Connector) drive(ctx context.Context, acc *offboarding.Account, drive *url.URL, method string, to *url.URL, ctype string, body []byte, out any) error {
	a, err := c.accessTo(ctx, acc)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, method, to.String(), bytes.NewReader(body))
	if err != nil {
		return offboarding.Invalid("Drive's address is none")
	}
	req.Header.Set("Authorization", "Bearer "+a.token)
	if ctype != "" {
		req.Header.Set("Content-Type", ctype)
	}
	if err := c.limiter.Take(ctx, limitKey(acc), limitOf(acc)); err != nil {
		return err
	}
	answer, err := c.breakers.Do(ctx, drive.Host, func() (*outbound.Response, error) { return c.http.Do(ctx, req, maxAnswer) })
	if err != nil {
		return outbound.Failure(err, false)
	}
	switch answer.Status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusPaymentRequired, http.StatusRequestEntityTooLarge:
		return errNoDrive // of Drive this says nothing about the account itself
	case http.StatusNotFound:
		return offboarding.ErrGone
	}
	if err := refused(answer, c.wall()); err != nil {
		return err
	}
	if json.Unmarshal(answer.Body, out) != nil {
		return offboarding.Unavailable("Drive's answer is not complete", nil)
	}
	return nil
}
