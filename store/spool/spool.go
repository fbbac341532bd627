// Package spool keeps deliveries on disk while the database is slow or away:
// append-only segments, fsynced before Append returns, sealed, and drained in
// order. A crash at any point loses nothing that was acknowledged; at worst it
// repeats, which the database folds.
//
// Each process has a numbered folder of its own under the spool's folder, held
// by a file lock. The folders of processes that are gone are drained as well.
package spool

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"opendoor/offboarding"
	"opendoor/store/internal/filelock"
	"opendoor/store/seal"
)

// ErrFull says that the spool has reached its cap.
var ErrFull = &offboarding.Error{Kind: offboarding.KindUnavailable, Msg: "the spool is full"}

// ErrClosed says that the spool was closed.
var ErrClosed = errors.New("the spool is closed")

const (
	// DefaultMaxBytes is about 80,000 hooks of the usual 3 kB (reliability §3.3).
	DefaultMaxBytes = 256 << 20

	segmentBytes = 8 << 20  // a segment is deleted as a whole, so this much may lie drained
	reserveBytes = 16 << 20 // given up when the disk is full
	drainBatch   = 256      // deliveries per call of Drain's function, when records are small
	adoptEvery   = 10 * time.Second
	maxFolders   = 1000
)

var _ offboarding.Spool = (*Spool)(nil)

// Options say where a spool lies.
type Options struct {
	Dir      string   // holds the numbered folders; made when it is missing
	Keys     [][]byte // master keys of 32 bytes, newest first
	MaxBytes int64    // zero: DefaultMaxBytes
	Log      *slog.Logger
}

// Spool is open until Close. It is safe for concurrent use.
type Spool struct {
	dir     string
	max     int64
	secrets *seal.Sealer
	log     *slog.Logger

	own     *folder
	writing chan struct{} // held by the one caller that writes for all that wait

	mu      sync.Mutex
	waiting []*arrival
	closed  bool

	draining sync.Mutex
	adopted  []*folder // under mu
	adoptAt  time.Time // under mu: when to look for folders of the dead again
}

// arrival is one caller of Append that waits for the fsync.
type arrival struct {
	record []byte
	count  int
	done   chan error
}

// Open takes the first folder that no living process holds, with whatever a
// dead one left in it.
func Open(o Options) (*Spool, error) {
	secrets, err := seal.New(o.Keys, "spool")
	if err != nil {
		return nil, fmt.Errorf("open spool: %w", err)
	}
	s := &Spool{dir: o.Dir, max: o.MaxBytes, secrets: secrets, log: o.Log, writing: make(chan struct{}, 1)}
	if s.max <= 0 {
		s.max = DefaultMaxBytes
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	for n := 1; n <= maxFolders; n++ {
		s.own, err = openFolder(filepath.Join(o.Dir, strconv.Itoa(n)), s.log)
		if errors.Is(err, filelock.ErrHeld) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("open spool: %w", err)
		}
		if err := s.own.reserve(); err != nil {
			s.log.Warn("no room for the spool's reserve", "err", err)
		}
		s.adopt()
		return s, nil
	}
	return nil, fmt.Errorf("open spool: all %d folders in %s are held", maxFolders, o.Dir)
}

// Close lets go of the folder; what is kept stays for the next process.
func (s *Spool) Close() error {
	s.draining.Lock()
	defer s.draining.Unlock()
	s.writing <- struct{}{}
	defer func() { <-s.writing }()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	for _, a := range s.waiting {
		a.done <- ErrClosed
	}
	s.waiting = nil
	err := s.own.close()
	for _, f := range s.adopted {
		err = errors.Join(err, f.close())
	}
	return err
}

// Len returns how many deliveries wait, those of dead processes included.
func (s *Spool) Len() int {
	s.adopt()
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.own.waiting()
	for _, f := range s.adopted {
		n += f.waiting()
	}
	return n
}

// Bytes returns how much of the disk our own folder takes, without the reserve.
func (s *Spool) Bytes() int64 { return s.own.bytes() }

// Append returns when the batch is fsynced. Callers that come while another
// one writes share the next fsync. After an error of ctx the batch may still
// have been kept.
func (s *Spool) Append(ctx context.Context, batch []*offboarding.Delivery) error {
	if len(batch) == 0 {
		return nil
	}
	record, err := s.encode(batch)
	if err != nil {
		return fmt.Errorf("append to spool: %w", err)
	}
	a := &arrival{record: record, count: len(batch), done: make(chan error, 1)}
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return ErrClosed
	}
	s.waiting = append(s.waiting, a)
	s.mu.Unlock()
	select {
	case err := <-a.done:
		return err
	case s.writing <- struct{}{}:
		s.writeWaiting()
		<-s.writing
		return <-a.done
	case <-ctx.Done():
		return fmt.Errorf("append to spool: %w", ctx.Err())
	}
}

// writeWaiting writes the records of everybody who waits and fsyncs once.
func (s *Spool) writeWaiting() {
	s.mu.Lock()
	all := s.waiting
	s.waiting = nil
	s.mu.Unlock()
	var fit []*arrival
	room := s.max - s.own.bytes()
	for _, a := range all {
		if size := int64(len(a.record)); size <= room {
			room -= size
			fit = append(fit, a)
		} else {
			a.done <- ErrFull
		}
	}
	if len(fit) == 0 {
		return
	}
	err := s.own.append(fit)
	if outOfSpace(err) && s.own.giveUpReserve() {
		s.log.Error("the disk is full, the spool lives on its reserve", "reserve_bytes", reserveBytes)
		err = s.own.append(fit)
	}
	if outOfSpace(err) {
		err = ErrFull
	}
	for _, a := range fit {
		a.done <- err
	}
}

// Drain hands out what is kept, in order, and forgets what fn took. It returns
// when nothing is left, or with the first error.
func (s *Spool) Drain(ctx context.Context, fn func(batch []*offboarding.Delivery) error) error {
	s.draining.Lock()
	defer s.draining.Unlock()
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return ErrClosed
	}
	folders := append([]*folder{}, s.adopted...) // the dead were there before us
	s.mu.Unlock()
	for _, f := range append(folders, s.own) {
		if err := s.drainFolder(ctx, f, fn); err != nil {
			return fmt.Errorf("drain spool: %w", err)
		}
		if f != s.own {
			s.release(f)
		}
	}
	if err := s.own.reserve(); err != nil {
		s.log.WarnContext(ctx, "no room for the spool's reserve", "err", err)
	}
	return nil
}

func (s *Spool) drainFolder(ctx context.Context, f *folder, fn func([]*offboarding.Delivery) error) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		records, next, err := f.read(drainBatch)
		if err != nil {
			return err
		}
		var batch []*offboarding.Delivery
		for _, r := range records {
			deliveries, err := s.decode(r.payload)
			if err != nil {
				return err
			}
			batch = append(batch, deliveries...)
		}
		if len(batch) > 0 {
			if err := fn(batch); err != nil {
				return err
			}
		}
		// The writer must not add to a segment that is being deleted.
		s.writing <- struct{}{}
		empty, err := f.advance(next, len(batch))
		<-s.writing
		if err != nil || empty {
			return err
		}
	}
}

// adopt takes over the folders of processes that are gone.
func (s *Spool) adopt() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || time.Now().Before(s.adoptAt) {
		return
	}
	s.adoptAt = time.Now().Add(adoptEvery)
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		s.log.Warn("spool folder not read", "err", err)
		return
	}
	for _, e := range entries {
		path := filepath.Join(s.dir, e.Name())
		if _, err := strconv.Atoi(e.Name()); err != nil || !e.IsDir() || !hasSegments(path) {
			continue
		}
		f, err := openFolder(path, s.log)
		if errors.Is(err, filelock.ErrHeld) { // its process lives, or it is ours
			continue
		}
		if err != nil {
			s.log.Error("spool of a dead process not opened", "path", path, "err", err)
			continue
		}
		s.log.Info("spool of a dead process taken over", "path", path, "waiting", f.waiting())
		s.adopted = append(s.adopted, f)
	}
}

// release gives back a folder that was drained.
func (s *Spool) release(f *folder) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.adopted {
		if s.adopted[i] == f {
			s.adopted = append(s.adopted[:i], s.adopted[i+1:]...)
			break
		}
	}
	if err := f.close(); err != nil {
		s.log.Warn("drained spool folder not closed", "err", err)
	}
}
