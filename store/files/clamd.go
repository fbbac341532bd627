package files

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"opendoor/offboarding"
)

// Clamd asks a ClamAV daemon about contents (INSTREAM of
// https://docs.clamav.net/manual/Usage/ClamdProtocol.html).
type Clamd struct{ network, address string }

// NewClamd reads unix:///PATH or tcp://HOST:PORT.
func NewClamd(address string) (*Clamd, error) {
	network, place, ok := strings.Cut(address, "://")
	if !ok || place == "" || network != "unix" && network != "tcp" {
		return nil, errors.New("unix:///PATH or tcp://HOST:PORT")
	}
	return &Clamd{network, place}, nil
}

const (
	clamdStall   = 30 * time.Second // without progress the daemon is given up
	clamdVerdict = 5 * time.Minute  // it begins to look when it has got all: MaxScanTime is two minutes, and others wait too
)

// Scan streams the content and returns the name of what was found, or "".
func (c *Clamd) Scan(ctx context.Context, r io.Reader) (string, error) {
	d := net.Dialer{Timeout: 5 * time.Second}
	conn, err := d.DialContext(ctx, c.network, c.address)
	if err != nil {
		return "", offboarding.Unavailable("the virus scanner is away", err)
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	send := func(b []byte) error {
		if err := conn.SetDeadline(time.Now().Add(clamdStall)); err != nil {
			return err
		}
		_, err := conn.Write(b)
		return err
	}
	if err = send([]byte("zINSTREAM\x00")); err != nil {
		return "", offboarding.Unavailable("the virus scanner is away", err)
	}
	buf := make([]byte, 4+64<<10)
	for err == nil {
		var n int
		n, err = r.Read(buf[4:])
		if n > 0 {
			binary.BigEndian.PutUint32(buf, uint32(n))
			if werr := send(buf[:4+n]); werr != nil {
				break // it may have heard enough: what it says counts
			}
		}
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("scan a file: %w", err)
	}
	_ = send([]byte{0, 0, 0, 0})
	if err := conn.SetReadDeadline(time.Now().Add(clamdVerdict)); err != nil {
		return "", offboarding.Unavailable("the virus scanner is away", err)
	}
	answer, err := bufio.NewReader(io.LimitReader(conn, 4096)).ReadString(0)
	if err != nil {
		return "", offboarding.Unavailable("the virus scanner did not answer", err)
	}
	return verdictOf(strings.TrimRight(answer, "\x00"))
}

func verdictOf(answer string) (string, error) {
	answer = strings.TrimPrefix(answer, "stream: ")
	if answer == "OK" {
		return "", nil
	}
	if name, ok := strings.CutSuffix(answer, " FOUND"); ok {
		return name, nil
	}
	if strings.Contains(answer, "size limit exceeded") {
		// Asking again does not help; see StreamMaxLength in clamd.conf.
		return "", offboarding.Invalid("the virus scanner takes no file as large as this one")
	}
	return "", offboarding.Unavailable("the virus scanner refused", errors.New(answer))
}
