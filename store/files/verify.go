package files

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
)

// errRotten says that a content is not what its name says.
var errRotten = errors.New("the stored content does not agree with its SHA-256")

// verified checks a content while it is read. Read from the beginning, its last
// bytes are held back until the hash agrees; read from the middle, the whole of
// it is hashed first.
type verified struct {
	r      io.ReadSeekCloser
	want   string
	size   int64
	pos    int64
	hash   hash.Hash // of everything before pos, while reading from the beginning
	proved bool
}

func newVerified(r io.ReadSeekCloser, want string, size int64) *verified {
	return &verified{r: r, want: want, size: size, hash: sha256.New()}
}

// Read reads what has been proved, or proves as it goes.
func (v *verified) Read(b []byte) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	if !v.proved && v.hash == nil && v.pos < v.size {
		if err := v.prove(); err != nil {
			return 0, err
		}
	}
	n, err := v.r.Read(b)
	if v.proved || v.hash == nil {
		v.pos += int64(n)
		return n, err
	}
	v.hash.Write(b[:n])
	v.pos += int64(n)
	if v.pos < v.size && !errors.Is(err, io.EOF) {
		return n, err
	}
	if v.pos != v.size || hex.EncodeToString(v.hash.Sum(nil)) != v.want {
		return 0, errRotten
	}
	v.proved = true
	return n, err
}

func (v *verified) prove() error {
	if _, err := v.r.Seek(0, io.SeekStart); err != nil {
		return err
	}
	h := sha256.New()
	n, err := io.CopyBuffer(struct{ io.Writer }{h}, struct{ io.Reader }{v.r}, make([]byte, 256<<10))
	if err != nil {
		return err
	}
	if n != v.size || hex.EncodeToString(h.Sum(nil)) != v.want {
		return errRotten
	}
	v.proved = true
	_, err = v.r.Seek(v.pos, io.SeekStart)
	return err
}

// Seek moves; only a reader that stands at the beginning can prove as it goes.
func (v *verified) Seek(offset int64, whence int) (int64, error) {
	pos, err := v.r.Seek(offset, whence)
	if err != nil {
		return pos, err
	}
	if pos != v.pos {
		v.hash = nil
	}
	v.pos = pos
	if pos == 0 {
		v.hash = sha256.New()
	}
	return pos, nil
}

// Close closes the content.
func (v *verified) Close() error { return v.r.Close() }
