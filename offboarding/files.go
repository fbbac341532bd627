package offboarding

import (
	"context"
	"io"
	"time"

	"github.com/google/uuid"
)

// Blob is what a file store knows of a content: its hash is its name.
type Blob struct {
	SHA256 string // 64 hex digits
	Size   int64
}

// Files keeps contents under their hash. What is read is what was stored, or an
// error: a content that has rotted is never handed out whole.
type Files interface {
	// Put stores what r gives and returns once it is safe. A content that is
	// there already is stored anew, so that it counts as young for Sweep.
	Put(ctx context.Context, r io.Reader) (Blob, error)
	// Open returns a content, or ErrNotFound. Reading it to its end fails when the
	// hash does not agree, before the last bytes are given.
	Open(ctx context.Context, sha256 string) (io.ReadSeekCloser, int64, error)
	// Sweep deletes contents and leavings older than the time which keep does not name.
	Sweep(ctx context.Context, olderThan time.Time, keep func(ctx context.Context, sha256 []string) (map[string]bool, error)) (int, error)
	// Check proves that a content can be stored.
	Check(ctx context.Context) error
}

// Scanner looks for viruses in a content.
type Scanner interface {
	// Scan returns the name of what it found, or "".
	Scan(ctx context.Context, r io.Reader) (string, error)
}

// FilePurpose says why we keep a file.
type FilePurpose string

// The purposes of files.
const (
	FileItem      FilePurpose = "item"      // belongs to an item of an inventory
	FilePackage   FilePurpose = "package"   // a built package
	FileActScan   FilePurpose = "act_scan"  // the act, signed by hand and scanned
	FileSignature FilePurpose = "signature" // a detached signature of the act
	FileProtocol  FilePurpose = "protocol"  // the act with the protocol sheet of its electronic signature
)

// File is a stored file. The row keeps its content from being swept.
type File struct {
	ID          uuid.UUID
	AccountID   uuid.UUID
	OwnerID     uuid.UUID // the case or the inventory
	Purpose     FilePurpose
	Name        string // as it was called, made harmless
	ContentType string // as its first bytes say
	Blob
	CreatedAt time.Time
}

// FileRows keeps what is known of stored files.
type FileRows interface {
	AddFile(ctx context.Context, f *File) error
	DropFile(ctx context.Context, id uuid.UUID) error
	// FilesHeld tells which of the contents some row points to.
	FilesHeld(ctx context.Context, sha256 []string) (map[string]bool, error)
}
