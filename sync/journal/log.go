package journal

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"sourire/sync/seal"
)

// The form of SQLite's write-ahead log: https://www.sqlite.org/fileformat2.html#the_write_ahead_log
const (
	logHeader   = 32
	frameHeader = 24
	logMagic    = 0x377f0682 // the last bit: checksums over big-endian words
)

// logError says that the write-ahead log holds commits that SQLite cannot reach
// any more, since something before them is spoilt. It goes on without them, and
// without a word.
type logError struct {
	frame int        // the first that is spoilt; 0 for the log's header
	last  *seal.Link // the newest event in the log that the one before it proves, if any
}

func (e *logError) Error() string {
	if e.frame == 0 {
		return "the write-ahead log is spoilt or an old one: there are events that it hides or that it alone has"
	}
	return fmt.Sprintf("frame %d of the write-ahead log is spoilt, and commits follow it", e.frame)
}

func (e *logError) Unwrap() error { return errBroken }

// checkLog looks for what SQLite does not: durable commits in the write-ahead log
// behind its first bad frame. tail is the newest event that SQLite can reach:
// less than the database has by itself, where a log that was cut lays older pages
// over it.
//
// It comes before the first checkpoint, which would put those pages into the
// database, and is for a journal that nobody writes.
func (f folder) checkLog(tail uint64) error {
	if f.lastInDatabase() > tail {
		return &logError{}
	}
	w, done, err := f.openLog()
	if w == nil || err != nil {
		return err
	}
	bad, durable, err := w.spoilt()
	if err = errors.Join(err, done()); err != nil || durable == 0 {
		return err
	}
	last, reaches, err := f.searchLog(durable)
	if err != nil || !w.whole && reaches <= tail {
		return err // the header of a new life of the log, torn with its first commit; of the life before, the database has all
	}
	return &logError{bad, last}
}

// searchLog carves what is in the log: the newest event that the one before it
// proves, and the highest seq in a whole one of the frames that were durable.
func (f folder) searchLog(durable int) (last *seal.Link, reaches uint64, err error) {
	w, done, err := f.openLog()
	if w == nil || err != nil {
		return nil, 0, err
	}
	heads := map[uint64]seal.Head{}
	more, err := w.next()
	for ; more && err == nil; more, err = w.next() {
		if !w.current() {
			continue
		}
		carve(w.page(), func(uint32) []byte { return nil }, func(c carved) {
			if c.Event == nil {
				return
			}
			if w.number <= durable && w.intact() {
				reaches = max(reaches, c.Seq)
			}
			heads[c.Seq] = c.Head
			if before, ok := heads[c.Seq-1]; ok && before.Next(c.Event) == c.Head && (last == nil || c.Seq > last.Seq) {
				last = &seal.Link{Seq: c.Seq, Head: c.Head}
			}
		})
	}
	return last, reaches, errors.Join(err, done())
}

// openLog opens the log and reads its header; nil where there is none.
func (f folder) openLog() (w *frames, done func() error, err error) {
	file, err := f.Open(f.database() + "-wal")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	w = &frames{from: file}
	some, err := w.open()
	if err != nil || !some {
		return nil, nil, errors.Join(err, file.Close())
	}
	return w, file.Close, nil
}

// errShortLog is damage: what the log had behind its end is gone.
var errShortLog = fmt.Errorf("%w: its write-ahead log has been cut or removed", errBroken)

// logHasItsSize returns an error where the log is shorter than it once was.
func (f folder) logHasItsSize() error {
	info, err := f.Stat(f.database() + "-wal")
	if errors.Is(err, fs.ErrNotExist) || err == nil && info.Size() < f.logBytes() {
		return errShortLog
	}
	return err
}

// frames reads a log from its beginning.
type frames struct {
	from   io.Reader
	order  binary.ByteOrder
	salt   [8]byte // of the log's life
	whole  bool    // the header is as it was written
	others int     // frames in a row of another life
	number int     // of the frame that was read last, from 1

	raw    []byte // that frame
	before sums   // after the frame before, as that says
	after  sums   // after it, going by before
	stored sums   // as it says itself
}

// sums are the running checksums of a log.
type sums [2]uint32

func (s sums) add(order binary.ByteOrder, b []byte) sums {
	for ; len(b) >= 8; b = b[8:] {
		s[0] += order.Uint32(b) + s[1]
		s[1] += order.Uint32(b[4:]) + s[0]
	}
	return s
}

func readSums(b []byte) sums {
	return sums{binary.BigEndian.Uint32(b), binary.BigEndian.Uint32(b[4:])}
}

// open reads the header; false for a log that has none yet.
func (w *frames) open() (bool, error) {
	header := make([]byte, logHeader)
	if _, err := io.ReadFull(w.from, header); err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return false, nil
		}
		return false, fmt.Errorf("read the write-ahead log: %w", err)
	}
	magic := binary.BigEndian.Uint32(header)
	w.order = binary.LittleEndian
	if magic&1 != 0 {
		w.order = binary.BigEndian
	}
	w.stored = sums{}.add(w.order, header[:24])
	w.whole = magic&^1 == logMagic && w.stored == readSums(header[24:])
	w.after = w.stored
	page := pageSize
	if w.whole {
		copy(w.salt[:], header[16:])
	} else {
		w.order = binary.LittleEndian // as all machines that this runs on
	}
	if size := binary.BigEndian.Uint32(header[8:]); w.whole && 512 <= size && size <= 1<<16 {
		page = int(size)
	}
	w.raw = make([]byte, frameHeader+page)
	return true, nil
}

// othersMost is how many frames of another life are the end of this one.
const othersMost = 64

// next reads a frame; false at the end.
func (w *frames) next() (bool, error) {
	was, computed, salt := w.stored, w.after, [8]byte(w.raw[8:16])
	if w.others == othersMost {
		return false, nil
	}
	if _, err := io.ReadFull(w.from, w.raw); err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return false, nil
		}
		return false, fmt.Errorf("read the write-ahead log: %w", err)
	}
	if !w.whole && w.salt == [8]byte{} && salt == [8]byte(w.raw[8:16]) {
		w.salt = salt // two frames in a row know what the header does not
	}
	if w.others++; w.current() {
		w.others = 0
	}
	w.number++
	w.before, w.stored = was, readSums(w.raw[16:])
	if w.after = (sums{}); !w.current() { // of an earlier life of the log, most likely
		return true, nil
	}
	w.after = w.sum(was)
	if other := w.sum(computed); w.after != w.stored && other == w.stored {
		w.after = other // the checksum of the frame before is what is spoilt
	}
	return true, nil
}

func (w *frames) sum(from sums) sums {
	return from.add(w.order, w.raw[:8]).add(w.order, w.raw[frameHeader:])
}

// intact reports whether the frame is as it was written, after the one before
// it.
func (w *frames) intact() bool { return w.current() && w.after == w.stored }

// current reports whether the frame is of the same life of the log as its header.
func (w *frames) current() bool { return [8]byte(w.raw[8:16]) == w.salt }

func (w *frames) commits() bool { return binary.BigEndian.Uint32(w.raw[4:]) != 0 }

func (w *frames) pageNumber() uint32 { return binary.BigEndian.Uint32(w.raw) }

func (w *frames) page() []byte { return w.raw[frameHeader:] }

// spoilt is the number of the first frame that is not as it was written and, if
// that was durable, up to which frame the log was, for sure. A power cut can spoil what a commit was writing; that
// commit is the last one. A later one was begun when the flush of that before it
// had been awaited. A commit that is flushed fills its last block with copies of
// its last frame; the last copy reaches into the next block, which is not flushed
// with it. So a spoilt frame was durable where such a copy comes after it, and
// then another commit. What prunes commits without a flush, and without copies.
func (w *frames) spoilt() (bad, durable int, err error) {
	before := struct { // the frame before
		raw    []byte
		from   sums
		copied bool // it is a copy, and behind a spoilt frame
	}{raw: make([]byte, len(w.raw))}
	for more := true; ; {
		if more, err = w.next(); err != nil || !more {
			return bad, durable, err
		}
		intact := w.intact()
		repeats := intact && w.commits() && w.repeats(before.raw, before.from)
		if before.copied && intact && !repeats {
			durable = w.number - 1
		}
		if bad == 0 && !intact && w.whole {
			bad = w.number
		}
		copy(before.raw, w.raw)
		before.from, before.copied = w.before, repeats && (bad > 0 || !w.whole)
	}
}

// repeats reports whether the frame is the one before once more or, where that
// one is spoilt, what it would have to be.
func (w *frames) repeats(before []byte, from sums) bool {
	return bytes.Equal(w.raw[:8], before[:8]) && bytes.Equal(w.page(), before[frameHeader:]) ||
		w.sum(from) == readSums(before[16:])
}
