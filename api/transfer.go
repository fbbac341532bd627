package api

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"opendoor/offboarding"
)

// This file moves files through HTTP: streamed, however large, as long as bytes
// flow.

// transferStall is how long a transfer may stand still.
const transferStall = 30 * time.Second

const ctxWholeBody = "whole_body"

// upload opens the part "file" of a multipart body. Its size is for the domain
// to limit, its time for whoever stops sending.
func upload(c *gin.Context) (*received, error) {
	return uploadAfter(c, func(*multipart.Part) {})
}

// uploadAfter is upload that shows the small parts before the file to fn.
func uploadAfter(c *gin.Context, fn func(*multipart.Part)) (*received, error) {
	if body, ok := c.Get(ctxWholeBody); ok {
		c.Request.Body = body.(io.ReadCloser)
	}
	rc := http.NewResponseController(c.Writer)
	c.Request.Body = &patient{ReadCloser: c.Request.Body, extend: func(t time.Time) {
		_ = rc.SetReadDeadline(t)
		_ = rc.SetWriteDeadline(t.Add(time.Minute)) // for the answer; a recorder in tests has no deadlines
	}}
	r, err := c.Request.MultipartReader()
	if err != nil {
		return nil, refuse(http.StatusUnsupportedMediaType, "a multipart body with the part file is expected")
	}
	for range 20 {
		p, err := r.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, refuse(http.StatusBadRequest, "the multipart body cannot be read")
		}
		if p.FormName() == "file" {
			return &received{Part: p, whole: func() { _ = rc.SetWriteDeadline(time.Now().Add(scanPatience)) }}, nil
		}
		fn(p)
	}
	return nil, refuse(http.StatusUnprocessableEntity, "the part file is missing", ProblemField{"file", "the file itself"})
}

// scanPatience is how long the answer may take when all has been received: a
// virus scanner reads a large file a second time.
const scanPatience = 10 * time.Minute

// received is a file as it comes in. What breaks off on its way, or never says
// that it has ended, is the sender's mistake and no failure of ours.
type received struct {
	*multipart.Part
	whole func() // called when all of it is here
}

// Read reads the part.
func (r *received) Read(b []byte) (int, error) {
	n, err := r.Part.Read(b)
	switch {
	case errors.Is(err, io.EOF):
		r.whole()
	case err != nil:
		err = &offboarding.Error{Kind: offboarding.KindInvalid, Msg: "the upload broke off before its end", Err: err}
	}
	return n, err
}

// uploadName is what the sender calls the file. multipart.Part.FileName cuts
// folders off by the rules of our own system only.
func uploadName(p *received) string {
	_, params, err := mime.ParseMediaType(p.Header.Get("Content-Disposition"))
	if err != nil {
		return p.FileName()
	}
	return params["filename"]
}

// patient moves the deadlines while bytes flow.
type patient struct {
	io.ReadCloser
	extend func(time.Time)
	last   time.Time
}

// Read reads and gives more time.
func (p *patient) Read(b []byte) (int, error) {
	if now := time.Now(); now.Sub(p.last) > time.Second {
		p.last = now
		p.extend(now.Add(transferStall))
	}
	return p.ReadCloser.Read(b)
}

// flowing moves the write deadline while a content is sent.
type flowing struct {
	io.ReadSeeker
	extend func(time.Time)
	last   time.Time
}

// Read reads and gives more time.
func (f *flowing) Read(b []byte) (int, error) {
	if now := time.Now(); now.Sub(f.last) > time.Second {
		f.last = now
		f.extend(now.Add(transferStall))
	}
	return f.ReadSeeker.Read(b)
}

// sendFile answers with a kept file, in parts when the caller asks for a range.
// It is always an attachment that no browser runs.
func sendFile(c *gin.Context, r io.ReadSeeker, f *offboarding.ItemFile) {
	h := c.Writer.Header()
	h.Set("Content-Type", f.ContentType)
	h.Set("Content-Disposition", attachment(f.Name))
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "private, no-store")
	h.Set("ETag", `"`+f.SHA256+`"`)
	if sum, err := hex.DecodeString(f.SHA256); err == nil {
		h.Set("Repr-Digest", "sha-256=:"+base64.StdEncoding.EncodeToString(sum)+":") // RFC 9530
	}
	rc := http.NewResponseController(c.Writer)
	http.ServeContent(c.Writer, c.Request, "", time.Time{}, &flowing{ReadSeeker: r, extend: func(t time.Time) { _ = rc.SetWriteDeadline(t) }})
}

// attachment names a file for old and new browsers (RFC 6266).
func attachment(name string) string {
	plain := strings.Map(func(r rune) rune {
		if r < 0x20 || r > 0x7e || r == '"' || r == '\\' {
			return '_'
		}
		return r
	}, name)
	return `attachment; filename="` + plain + `"; filename*=UTF-8''` + strings.ReplaceAll(url.QueryEscape(name), "+", "%20")
}

// wholeRange reports whether a request begins at a content's first byte, as
// opposed to going on with a download.
func wholeRange(r *http.Request) bool {
	s := r.Header.Get("Range")
	return s == "" || strings.HasPrefix(s, "bytes=0-")
}
