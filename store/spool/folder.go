package spool

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"opendoor/store/internal/filelock"
)

const (
	segmentSuffix = ".seg"
	positionFile  = "position"
	reserveFile   = "reserve"
	lockFile      = "lock"
)

// position is how far a folder is drained.
type position struct {
	segment int
	offset  int64
}

// segment is one file of records. end is how much of it is known to be whole
// and fsynced.
type segment struct {
	n   int
	end int64
}

// folder is the spool of one process. One caller appends at a time and one
// drains; mu guards what both touch.
type folder struct {
	dir  string
	lock *filelock.Lock
	log  *slog.Logger

	mu       sync.Mutex
	segments []segment // in order; the last may be the active one
	active   *os.File  // nil: the next record begins a new segment
	drained  position
	count    int // deliveries that wait
}

// openFolder locks the folder and finds out what lies in it. It never appends
// to a segment of before, whose tail may be torn.
func openFolder(dir string, log *slog.Logger) (*folder, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	lock, err := filelock.Try(filepath.Join(dir, lockFile))
	if err != nil {
		return nil, err
	}
	f := &folder{dir: dir, lock: lock, log: log}
	if err := f.load(); err != nil {
		lock.Release()
		return nil, err
	}
	return f, nil
}

func (f *folder) load() error {
	entries, err := os.ReadDir(f.dir)
	if err != nil {
		return err
	}
	f.drained = f.readPosition()
	for _, e := range entries {
		name, ok := strings.CutSuffix(e.Name(), segmentSuffix)
		n, err := strconv.Atoi(name)
		if !ok || err != nil {
			continue
		}
		if n < f.drained.segment { // its deletion did not happen
			if err := os.Remove(f.path(n)); err != nil {
				return err
			}
			continue
		}
		f.segments = append(f.segments, segment{n: n})
	}
	slices.SortFunc(f.segments, func(a, b segment) int { return a.n - b.n })
	for i := range f.segments {
		if err := f.measure(&f.segments[i]); err != nil {
			return err
		}
	}
	return nil
}

// measure finds the end of the whole records and counts what waits in them.
func (f *folder) measure(seg *segment) error {
	file, err := os.Open(f.path(seg.n))
	if err != nil {
		return err
	}
	defer file.Close()
	r := bufio.NewReaderSize(file, 1<<20)
	for {
		rec, err := readRecord(r)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if errors.Is(err, errTorn) {
			f.log.Warn("spool segment ends in a torn record, as after a crash; it was never acknowledged", "segment", f.path(seg.n), "offset", seg.end)
			return nil
		}
		if err != nil {
			return err
		}
		if seg.n != f.drained.segment || seg.end >= f.drained.offset {
			f.count += rec.count
		}
		seg.end += rec.size
	}
}

func (f *folder) path(n int) string {
	return filepath.Join(f.dir, fmt.Sprintf("%08d", n)+segmentSuffix)
}

func (f *folder) waiting() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.count
}

func (f *folder) bytes() int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	var n int64
	for _, seg := range f.segments {
		n += seg.end
	}
	return n
}

// append writes the records of all and fsyncs once. After an error nothing of
// them counts.
func (f *folder) append(all []*arrival) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.active == nil {
		if err := f.begin(); err != nil {
			return err
		}
	}
	seg := &f.segments[len(f.segments)-1]
	size, count := int64(0), 0
	for _, a := range all {
		if _, err := f.active.WriteAt(a.record, seg.end+size); err != nil {
			return f.giveUp(seg, err)
		}
		size += int64(len(a.record))
		count += a.count
	}
	if err := f.active.Sync(); err != nil {
		return f.giveUp(seg, err)
	}
	seg.end += size
	f.count += count
	if seg.end >= segmentBytes {
		return f.end()
	}
	return nil
}

// begin creates the next segment and makes its name durable.
func (f *folder) begin() error {
	n := f.drained.segment + 1
	if len(f.segments) > 0 {
		n = f.segments[len(f.segments)-1].n + 1
	}
	file, err := os.OpenFile(f.path(n), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("begin segment: %w", err)
	}
	if err := syncDir(f.dir); err != nil {
		return errors.Join(fmt.Errorf("begin segment: %w", err), file.Close(), os.Remove(f.path(n)))
	}
	f.active = file
	f.segments = append(f.segments, segment{n: n})
	return nil
}

// giveUp leaves a segment whose last write or fsync failed: what lies behind
// its end is unknown. It is cut off as far as the disk still lets us.
func (f *folder) giveUp(seg *segment, why error) error {
	if err := f.active.Truncate(seg.end); err != nil {
		f.log.Warn("spool segment not cut", "err", err)
	}
	return errors.Join(fmt.Errorf("write segment: %w", why), f.end())
}

func (f *folder) end() error {
	if f.active == nil {
		return nil
	}
	err := f.active.Close()
	f.active = nil
	return err
}

// read returns the next records, up to about so many deliveries, and where
// they end.
func (f *folder) read(deliveries int) ([]record, position, error) {
	f.mu.Lock()
	at, segments := f.drained, slices.Clone(f.segments)
	f.mu.Unlock()
	for _, seg := range segments {
		if seg.n < at.segment {
			continue
		}
		if seg.n > at.segment {
			at = position{segment: seg.n}
		}
		if at.offset >= seg.end {
			continue
		}
		records, end, err := f.readFrom(seg, at.offset, deliveries)
		return records, position{seg.n, end}, err
	}
	return nil, at, nil
}

func (f *folder) readFrom(seg segment, offset int64, deliveries int) ([]record, int64, error) {
	file, err := os.Open(f.path(seg.n))
	if err != nil {
		return nil, 0, err
	}
	defer file.Close()
	r := bufio.NewReaderSize(io.NewSectionReader(file, offset, seg.end-offset), 1<<20)
	var out []record
	for n := 0; offset < seg.end && (n == 0 || n < deliveries); {
		rec, err := readRecord(r)
		if err != nil {
			return nil, 0, fmt.Errorf("read segment %s at %d: %w", f.path(seg.n), offset, err)
		}
		out = append(out, rec)
		n += rec.count
		offset += rec.size
	}
	return out, offset, nil
}

// advance remembers that everything before next is drained, deletes segments
// that are drained whole, and reports whether nothing is left.
func (f *folder) advance(next position, deliveries int) (bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	last := len(f.segments) - 1
	empty := last < 0 || next.segment == f.segments[last].n && next.offset >= f.segments[last].end
	if last >= 0 && empty {
		if err := f.end(); err != nil {
			return false, err
		}
	}
	if next != f.drained {
		if err := f.writePosition(next); err != nil {
			return false, err
		}
	}
	f.drained = next
	f.count -= deliveries
	for len(f.segments) > 0 {
		seg := f.segments[0]
		if seg.n > next.segment || seg.n == next.segment && next.offset < seg.end {
			break
		}
		if err := os.Remove(f.path(seg.n)); err != nil {
			return false, err
		}
		f.segments = f.segments[1:]
	}
	if empty {
		f.count = 0
	}
	return empty, nil
}

// readPosition tolerates a missing or broken file: draining something twice is
// harmless.
func (f *folder) readPosition() position {
	var p position
	b, err := os.ReadFile(filepath.Join(f.dir, positionFile))
	if err != nil {
		return position{}
	}
	if _, err := fmt.Sscanf(string(b), "%d %d\n", &p.segment, &p.offset); err != nil {
		f.log.Warn("spool position not read, the folder is drained from its beginning", "err", err)
		return position{}
	}
	return p
}

func (f *folder) writePosition(p position) error {
	path := filepath.Join(f.dir, positionFile)
	file, err := os.OpenFile(path+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(file, "%d %d\n", p.segment, p.offset)
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	if err := os.Rename(path+".new", path); err != nil {
		return err
	}
	return syncDir(f.dir)
}

// reserve fills a file that is given up when the disk is full. A file system
// that compresses zeros away keeps nothing in reserve; the cap holds all the same.
func (f *folder) reserve() error {
	path := filepath.Join(f.dir, reserveFile)
	if info, err := os.Stat(path); err == nil && info.Size() == reserveBytes {
		return nil
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	zeros := make([]byte, 1<<20)
	for range reserveBytes / len(zeros) {
		if _, err := file.Write(zeros); err != nil {
			return errors.Join(err, file.Close(), os.Remove(path))
		}
	}
	return file.Close()
}

func (f *folder) giveUpReserve() bool { return os.Remove(filepath.Join(f.dir, reserveFile)) == nil }

func (f *folder) close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	err := f.end()
	f.lock.Release()
	return err
}

func hasSegments(dir string) bool {
	found, err := filepath.Glob(filepath.Join(dir, "*"+segmentSuffix))
	return err == nil && len(found) > 0
}

func outOfSpace(err error) bool { return errors.Is(err, syscall.ENOSPC) }
