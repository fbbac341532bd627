package offboarding

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"
)

// Uploads take files into the store.
type Uploads struct {
	Files Files
	Scan  Scanner // nil: nobody looks for viruses
	Most  int64   // bytes of one file
}

// ErrTooLarge says that a file is larger than one may be.
var ErrTooLarge = &Error{Kind: KindInvalid, Rule: "file_too_large", Msg: "the file is too large"}

// take stores what r gives and returns what is known of it. It happens before
// any row is written; a content without a row is swept.
func (u Uploads) take(ctx context.Context, name string, r io.Reader) (*ItemFile, error) {
	head := make([]byte, 512)
	n, err := io.ReadFull(r, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, fmt.Errorf("read the file: %w", err)
	}
	head = head[:n]
	b, err := u.Files.Put(ctx, &capped{io.MultiReader(bytes.NewReader(head), r), u.Most})
	if err != nil {
		return nil, err
	}
	if u.Scan != nil && b.Size > 0 {
		if err := u.scan(ctx, b); err != nil {
			return nil, err
		}
	}
	return &ItemFile{Name: SafeName(name), ContentType: sniff(head), SHA256: b.SHA256, Size: b.Size}, nil
}

func (u Uploads) scan(ctx context.Context, b Blob) error {
	r, _, err := u.Files.Open(ctx, b.SHA256)
	if err != nil {
		return err
	}
	defer r.Close()
	found, err := u.Scan.Scan(ctx, r)
	if err != nil {
		return err
	}
	if found != "" {
		return Rule("file_infected", "the virus scanner found "+found+" in the file")
	}
	return nil
}

// capped gives at most so many bytes and then fails.
type capped struct {
	r    io.Reader
	left int64
}

// Read reads until the limit.
func (c *capped) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	if c.left -= int64(n); c.left < 0 {
		return 0, ErrTooLarge
	}
	return n, err
}

// sniff tells a content's type by its first bytes. What a browser would run is
// called a plain file of bytes.
func sniff(head []byte) string {
	kind, _, _ := strings.Cut(http.DetectContentType(head), ";")
	switch {
	case len(head) == 0:
		return "application/octet-stream"
	case strings.HasPrefix(kind, "text/html"), strings.HasPrefix(kind, "text/xml"), strings.Contains(kind, "svg"):
		return "application/octet-stream"
	}
	return kind
}

const (
	nameMost      = 120 // characters of a file name, its extension included
	nameMostBytes = 240 // of UTF-8: file systems take 255, and the package puts a number before it
)

// SafeName makes a file's name harmless on every system: no folders, no
// control or direction characters, nothing that Windows reserves, not too long,
// never empty. Letters of every script stay.
func SafeName(name string) string {
	name = strings.ToValidUTF8(name, "")
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	var b strings.Builder
	for _, r := range name {
		switch {
		case r == utf8.RuneError, unicode.IsControl(r), unicode.Is(unicode.Cf, r), unicode.Is(unicode.Co, r):
		case strings.ContainsRune(`<>:"/|?*%`, r):
			b.WriteByte('_')
		case unicode.IsSpace(r):
			b.WriteByte(' ')
		default:
			b.WriteRune(r)
		}
	}
	name = strings.Join(strings.Fields(b.String()), " ")
	name = strings.Trim(name, " .")
	stem, ext := name, path.Ext(name)
	if len([]rune(ext)) > 12 || ext == name {
		ext = ""
	}
	stem = strings.TrimRight(strings.TrimSuffix(stem, ext), " .")
	stem = strings.TrimRight(shortened(stem, nameMost-len([]rune(ext)), nameMostBytes-len(ext)), " .")
	switch upper := strings.ToUpper(strings.SplitN(stem, ".", 2)[0]); {
	case stem == "":
		stem = "file"
	case upper == "CON", upper == "PRN", upper == "AUX", upper == "NUL",
		len(upper) == 4 && (strings.HasPrefix(upper, "COM") || strings.HasPrefix(upper, "LPT")) && upper[3] >= '0' && upper[3] <= '9':
		stem = "_" + stem
	}
	return stem + ext
}

// shortened keeps so many characters and so many bytes of s at most.
func shortened(s string, characters, octets int) string {
	for i, r := range s {
		if characters--; characters < 0 || i+utf8.RuneLen(r) > octets {
			return s[:i]
		}
	}
	return s
}

// keepFile writes the row that holds a content and gives the file its id.
func keepFile(ctx context.Context, tx Store, accountID, owner uuid.UUID, why FilePurpose, f *ItemFile) error {
	f.ID = NewID()
	return tx.AddFile(ctx, &File{
		ID: f.ID, AccountID: accountID, OwnerID: owner, Purpose: why, Name: f.Name, ContentType: f.ContentType, Blob: Blob{SHA256: f.SHA256, Size: f.Size},
	})
}

// dropFile lets go of a file that was replaced.
func dropFile(ctx context.Context, tx Store, f *ItemFile) error {
	if f == nil {
		return nil
	}
	return ignoreMissing(tx.DropFile(ctx, f.ID))
}
