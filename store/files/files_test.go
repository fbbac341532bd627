package files

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"opendoor/offboarding"
)

func TestFolder(t *testing.T) {
	dir := t.TempDir()
	contract(t, "file://"+dir, func(sha string) {
		if err := os.WriteFile(filepath.Join(dir, place(sha)), []byte("rotten!"), 0o600); err != nil {
			t.Fatal(err)
		}
	})
}

func TestBucket(t *testing.T) {
	s3 := newFakeS3(t)
	contract(t, s3.url("files/inner"), func(sha string) { s3.put("/files/inner/"+place(sha), []byte("rotten!")) })
}

// Many are deleted one by one: what is stored anew meanwhile stays.
func TestABucketKeepsWhatIsStoredWhileItIsSwept(t *testing.T) {
	s3 := newFakeS3(t)
	s, err := Open(s3.url("files"), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	again, err := s.Put(t.Context(), strings.NewReader("again"))
	if err != nil {
		t.Fatal(err)
	}
	gone, err := s.Put(t.Context(), strings.NewReader("gone"))
	if err != nil {
		t.Fatal(err)
	}
	s3.aged["/files/"+place(again.SHA256)], s3.aged["/files/"+place(gone.SHA256)] = 2*time.Hour, 2*time.Hour
	nobodyYet := func(ctx context.Context, _ []string) (map[string]bool, error) {
		_, err := s.Put(ctx, strings.NewReader("again"))
		return nil, err
	}
	if n, err := s.Sweep(t.Context(), time.Now().Add(-time.Hour), nobodyYet); n != 1 || err != nil {
		t.Errorf("%d swept: %v", n, err)
	}
	r, _, err := s.Open(t.Context(), again.SHA256)
	if err != nil {
		t.Fatal("what has just been stored is gone")
	}
	_ = r.Close()
}

// contract is what every store of files must do. spoil puts other bytes under a
// name.
func contract(t *testing.T, address string, spoil func(sha256 string)) {
	ctx := t.Context()
	s, err := Open(address, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	large := bytes.Repeat([]byte("opendoor "), 2<<20) // 18 MB: more than one part
	for _, content := range [][]byte{nil, []byte("Учётная политика"), large} {
		b, err := s.Put(ctx, bytes.NewReader(content))
		sum := sha256.Sum256(content)
		if err != nil || b.SHA256 != hex.EncodeToString(sum[:]) || b.Size != int64(len(content)) {
			t.Fatalf("stored as %v: %v", b, err)
		}
		r, size, err := s.Open(ctx, b.SHA256)
		if err != nil || size != b.Size {
			t.Fatalf("opened with size %d: %v", size, err)
		}
		if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, content) {
			t.Fatalf("read %d bytes of %d: %v", len(got), len(content), err)
		}
		if len(content) > 9 {
			if _, err := r.Seek(-9, io.SeekEnd); err != nil {
				t.Fatal(err)
			}
			if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, content[len(content)-9:]) {
				t.Fatalf("the end reads %q: %v", got, err)
			}
		}
		_ = r.Close()
	}
	t.Run("what is not there is not found", func(t *testing.T) {
		for _, name := range []string{strings.Repeat("0", 64), "../../etc/passwd", "", strings.Repeat("A", 64)} {
			if _, _, err := s.Open(ctx, name); !errors.Is(err, offboarding.ErrNotFound) {
				t.Errorf("%q: %v", name, err)
			}
		}
	})
	t.Run("an upload that breaks off leaves nothing", func(t *testing.T) {
		_, err := s.Put(ctx, io.MultiReader(strings.NewReader("half"), failing{}))
		if !errors.Is(err, errBroken) {
			t.Fatal(err)
		}
		sum := sha256.Sum256([]byte("half"))
		if _, _, err := s.Open(ctx, hex.EncodeToString(sum[:])); !errors.Is(err, offboarding.ErrNotFound) {
			t.Error("half a file is there")
		}
	})
	t.Run("what has rotted is not handed out whole", func(t *testing.T) {
		b, err := s.Put(ctx, strings.NewReader("healthy"))
		if err != nil {
			t.Fatal(err)
		}
		spoil(b.SHA256)
		r, _, err := s.Open(ctx, b.SHA256)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(r); !errors.Is(err, errRotten) || len(got) == len("healthy") {
			t.Errorf("read %q: %v", got, err)
		}
		if _, err := r.Seek(3, io.SeekStart); err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(r); !errors.Is(err, errRotten) || len(got) > 0 {
			t.Errorf("a part reads %q: %v", got, err)
		}
		_ = r.Close()
		if _, err := s.Put(ctx, strings.NewReader("healthy")); err != nil {
			t.Fatal(err)
		}
		r, _, err = s.Open(ctx, b.SHA256)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		if got, err := io.ReadAll(r); err != nil || string(got) != "healthy" {
			t.Errorf("stored anew it reads %q: %v", got, err)
		}
	})
	t.Run("only what nobody holds is swept, and only when it is old", func(t *testing.T) {
		held, _ := s.Put(ctx, strings.NewReader("held"))
		free, _ := s.Put(ctx, strings.NewReader("free"))
		keep := func(_ context.Context, names []string) (map[string]bool, error) {
			m := map[string]bool{}
			for _, n := range names {
				m[n] = n != free.SHA256
			}
			return m, nil
		}
		if n, err := s.Sweep(ctx, time.Now().Add(-time.Hour), keep); n != 0 || err != nil {
			t.Fatalf("%d young ones swept: %v", n, err)
		}
		if n, err := s.Sweep(ctx, time.Now().Add(time.Hour), keep); n != 1 || err != nil {
			t.Fatalf("%d swept: %v", n, err)
		}
		if _, _, err := s.Open(ctx, free.SHA256); !errors.Is(err, offboarding.ErrNotFound) {
			t.Error("the free one is still there")
		}
		r, _, err := s.Open(ctx, held.SHA256)
		if err != nil {
			t.Fatal("the held one is gone")
		}
		_ = r.Close()
		refuse := func(context.Context, []string) (map[string]bool, error) { return nil, errBroken }
		if _, err := s.Sweep(ctx, time.Now().Add(time.Hour), refuse); !errors.Is(err, errBroken) {
			t.Errorf("swept without an answer: %v", err)
		}
	})
	if err := s.Check(ctx); err != nil {
		t.Errorf("check: %v", err)
	}
}

var errBroken = errors.New("broken")

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errBroken }

func TestAddressesOfStores(t *testing.T) {
	for _, bad := range []string{"", "gs://bucket", "s3://bucket?endpoint=nohost"} {
		if _, err := Open(bad, t.TempDir()); err == nil {
			t.Errorf("%q was opened", bad)
		}
	}
}

func TestClamd(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go serveClamd(conn)
		}
	}()
	c, err := NewClamd("tcp://" + l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if found, err := c.Scan(t.Context(), strings.NewReader(strings.Repeat("clean ", 50000))); found != "" || err != nil {
		t.Errorf("clean: %q, %v", found, err)
	}
	if found, err := c.Scan(t.Context(), strings.NewReader("a VIRUS inside")); found != "Test.Virus" || err != nil {
		t.Errorf("infected: %q, %v", found, err)
	}
	if _, err := c.Scan(t.Context(), strings.NewReader("OUT OF MEMORY")); !offboarding.IsKind(err, offboarding.KindUnavailable) {
		t.Errorf("refused: %v", err)
	}
	// The daemon hangs up in the middle of what is too much for it. Asking
	// again would be the same.
	if _, err := c.Scan(t.Context(), strings.NewReader(strings.Repeat("TOO LARGE ", 1<<20))); !offboarding.IsKind(err, offboarding.KindInvalid) {
		t.Errorf("too large: %v", err)
	}
	_ = l.Close()
	if _, err := c.Scan(t.Context(), strings.NewReader("x")); !offboarding.IsKind(err, offboarding.KindUnavailable) {
		t.Errorf("away: %v", err)
	}
	for _, bad := range []string{"", "clamd", "udp://x", "unix://"} {
		if _, err := NewClamd(bad); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}

// serveClamd speaks INSTREAM as the daemon does.
func serveClamd(conn net.Conn) {
	defer conn.Close()
	r := bufio.NewReaderSize(conn, 1<<16)
	if cmd, err := r.ReadString(0); err != nil || cmd != "zINSTREAM\x00" {
		return
	}
	var body bytes.Buffer
	for {
		var n uint32
		if binary.Read(r, binary.BigEndian, &n) != nil {
			return
		}
		if n == 0 {
			break
		}
		_, _ = io.CopyN(&body, r, int64(n))
		if body.Len() > 1<<20 {
			_, _ = io.WriteString(conn, "INSTREAM size limit exceeded. ERROR\x00")
			return
		}
	}
	answer := "stream: OK"
	switch {
	case strings.Contains(body.String(), "VIRUS"):
		answer = "stream: Test.Virus FOUND"
	case strings.Contains(body.String(), "OUT OF MEMORY"):
		answer = "stream: Can't allocate memory ERROR"
	}
	_, _ = io.WriteString(conn, answer+"\x00")
}
