package offboarding

import (
	"context"
	"io"
)

// FileKeeper is a Connector whose CRM keeps files on a deal.
type FileKeeper interface {
	// PutFile puts the file on the deal, with the text and the marker beside it,
	// unless one with the marker is there. Where the CRM takes no file, for want of
	// a right or for its size, the text is written alone: it names the link.
	PutFile(ctx context.Context, acc *Account, dealID string, f CardFile, fence FenceFunc) (Written, error)
}

// CardFile is a file for the CRM's card of a deal, such as a handover package.
type CardFile struct {
	Marker      string // stands in the text, so that a repeat finds it
	Name        string // with its extension; never a path
	ContentType string
	Size        int64
	Text        string
	Open        func(ctx context.Context) (io.ReadCloser, error) // from the beginning; a try may read it again
}
