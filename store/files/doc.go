// Package files keeps contents under their SHA-256: in a folder or in an
// S3-compatible bucket. Contents are streamed; a half content is never seen,
// and one that has rotted is never handed out whole.
package files

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/url"
	"strings"

	"opendoor/offboarding"
)

// Store is a file store that can be closed.
type Store interface {
	offboarding.Files
	Close() error
}

// Open opens the store at file://FOLDER or s3://BUCKET?region=…&endpoint=….
// spool is a local folder in which contents wait for their hash before they go
// to a bucket.
func Open(address, spool string) (Store, error) {
	if folder, ok := strings.CutPrefix(address, "file://"); ok {
		return OpenFolder(folder)
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "s3" {
		return nil, fmt.Errorf("open the file store: file://FOLDER or s3://BUCKET is wanted")
	}
	return openBucket(u, spool)
}

// hashed counts and hashes what is written through it.
type hashed struct {
	w    io.Writer
	sum  interface{ Sum([]byte) []byte }
	hash io.Writer
	n    int64
}

func newHashed(w io.Writer) *hashed {
	h := sha256.New()
	return &hashed{w: w, sum: h, hash: h}
}

// Write passes on and hashes.
func (h *hashed) Write(b []byte) (int, error) {
	n, err := h.w.Write(b)
	_, _ = h.hash.Write(b[:n]) // a hash takes everything
	h.n += int64(n)
	return n, err
}

func (h *hashed) blob() offboarding.Blob {
	return offboarding.Blob{SHA256: hex.EncodeToString(h.sum.Sum(nil)), Size: h.n}
}

// named reports whether s is a SHA-256 in small hex digits; nothing else ever
// becomes part of a path.
func named(s string) bool {
	if len(s) != 2*sha256.Size {
		return false
	}
	for i := range len(s) {
		if (s[i] < '0' || s[i] > '9') && (s[i] < 'a' || s[i] > 'f') {
			return false
		}
	}
	return true
}

// copyWithin copies until ctx ends.
func copyWithin(ctx context.Context, w io.Writer, r io.Reader) error {
	_, err := io.CopyBuffer(struct{ io.Writer }{w}, reading{ctx, r}, make([]byte, 256<<10))
	return err
}

type reading struct {
	ctx context.Context
	r   io.Reader
}

// Read reads unless ctx has ended.
func (r reading) Read(b []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(b)
}
