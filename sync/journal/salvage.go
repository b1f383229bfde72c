package journal

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"sourire/device/tap"
	"sourire/sync/seal"
)

// Salvage reads what is left of a damaged journal that is kept aside, out of its
// raw pages: SQLite is not asked. What it returns the chain has proved to be
// what was written. It remembers where each event is, in 16 bytes, and keeps no
// event.
type Salvage struct {
	db, log *os.File // nil where there is none
	size    int64    // of a page
	places  []place
	frames  map[uint32]int64 // where the log has a page, the latest one
}

// place is where a row's header is: in the database, or in the log where the
// number is negative.
type place struct {
	seq uint64
	at  int64
}

// OpenSalvage looks through the files of the journal in a folder. What cannot be
// read of them is left out.
func OpenSalvage(dir string) (_ *Salvage, err error) {
	s := &Salvage{size: pageSize, frames: map[uint32]int64{}}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("salvage the journal in %s: %w", dir, err), s.Close())
		}
	}()
	if s.db, err = openThere(filepath.Join(dir, fileName)); err != nil {
		return nil, err
	}
	if s.log, err = openThere(filepath.Join(dir, fileName+"-wal")); err != nil {
		return nil, err
	}
	if s.db == nil && s.log == nil {
		return nil, ErrNone
	}
	s.measure()
	s.search()
	return s, nil
}

func openThere(path string) (*os.File, error) {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	return f, err
}

// Close releases the files.
func (s *Salvage) Close() error {
	var err error
	for _, f := range []*os.File{s.db, s.log} {
		if f != nil {
			err = errors.Join(err, f.Close())
		}
	}
	return err
}

// measure finds out how long a page is.
func (s *Salvage) measure() {
	var header [2]byte
	if s.db != nil && readWhole(s.db, header[:], 16) {
		if n := int64(binary.BigEndian.Uint16(header[:])); n >= 512 && n&(n-1) == 0 {
			s.size = n
		}
	}
}

// search finds the rows of both files.
func (s *Salvage) search() {
	if s.log != nil {
		s.scan(s.log, logHeader, frameHeader, func(raw []byte, at int64) {
			s.frames[binary.BigEndian.Uint32(raw)] = at + frameHeader
		})
		s.scan(s.log, logHeader, frameHeader, func(raw []byte, at int64) {
			s.note(raw[frameHeader:], func(in int) int64 { return ^(at + frameHeader + int64(in)) })
		})
	}
	if s.db != nil {
		s.scan(s.db, 0, 0, func(raw []byte, at int64) {
			s.note(raw, func(in int) int64 { return at + int64(in) })
		})
	}
	slices.SortFunc(s.places, func(a, b place) int {
		return cmp.Or(cmp.Compare(a.seq, b.seq), cmp.Compare(a.rank(), b.rank()))
	})
}

// rank puts the rows of one seq in order: what stands in the database was
// durable; of the log, what came first is more likely to have been.
func (p place) rank() uint64 {
	if p.at < 0 {
		return 1<<63 | uint64(^p.at)
	}
	return uint64(p.at)
}

// note remembers the rows of a page; at says where in the file a byte of it is.
func (s *Salvage) note(page []byte, at func(in int) int64) {
	carve(page, s.page, func(c carved) {
		s.places = append(s.places, place{c.number(), at(c.at)})
	})
}

// scan calls visit with each page of a file, with the header before it, and
// where that begins.
func (s *Salvage) scan(f *os.File, from, header int64, visit func(raw []byte, at int64)) {
	info, err := f.Stat()
	if err != nil {
		return
	}
	const together = 256
	unit := header + s.size
	buffer := make([]byte, together*unit)
	for at := from; at < info.Size(); at += int64(len(buffer)) {
		most := min(int64(len(buffer)), info.Size()-at)
		if readWhole(f, buffer[:most], at) {
			clear(buffer[most:]) // the file may have been cut within a page
			for i := int64(0); i < most; i += unit {
				visit(buffer[i:i+unit], at+i)
			}
			continue
		}
		// The card does not give all of this back: what it does, page by page.
		for i := int64(0); i+unit <= most; i += unit {
			if page := buffer[:unit]; readWhole(f, page, at+i) {
				visit(page, at+i)
			}
		}
	}
}

// page is a page by its number: as the log has it, or else the database.
func (s *Salvage) page(number uint32) []byte {
	page := make([]byte, s.size)
	if at, ok := s.frames[number]; ok && readWhole(s.log, page, at) {
		return page
	}
	if s.db != nil && number > 0 && readWhole(s.db, page, int64(number-1)*s.size) {
		return page
	}
	return nil
}

// load reads a row again.
func (s *Salvage) load(p place) (carved, bool) {
	f, at, from := s.db, p.at, int64(0)
	if p.at < 0 {
		f, at = s.log, ^p.at
		unit := frameHeader + s.size
		from = logHeader + (at-logHeader)/unit*unit + frameHeader
	} else {
		from = at / s.size * s.size
	}
	page := make([]byte, s.size)
	if n, _ := f.ReadAt(page, from); n == 0 {
		return carved{}, false
	}
	return carveAt(page, int(at-from), s.page)
}

// rows are the different rows that claim a seq.
func (s *Salvage) rows(seq uint64) []carved {
	i, _ := slices.BinarySearchFunc(s.places, seq, func(p place, seq uint64) int { return cmp.Compare(p.seq, seq) })
	var rows []carved
	for ; i < len(s.places) && s.places[i].seq == seq; i++ {
		c, ok := s.load(s.places[i])
		known := slices.ContainsFunc(rows, func(r carved) bool { return r.Head == c.Head && bytes.Equal(r.Event, c.Event) })
		if ok && !known {
			rows = append(rows, c)
		}
	}
	return rows
}

// proves reports whether some event seq follows a head.
func (s *Salvage) proves(head seal.Head, seq uint64) bool {
	return slices.ContainsFunc(s.rows(seq), func(c carved) bool { return c.Event != nil && head.Next(c.Event) == c.Head })
}

// follow is the event that follows another. Its head need not be whole where the
// next event proves it. Of two that both follow, the one that is followed by
// another was durable.
func (s *Salvage) follow(after seal.Link) (l seal.Link, ok bool) {
	for _, c := range s.rows(after.Seq + 1) {
		if c.Event == nil {
			continue
		}
		head := after.Head.Next(c.Event)
		proved := s.proves(head, after.Seq+2)
		if proved || head == c.Head && !ok {
			l, ok = seal.Link{Seq: after.Seq + 1, Head: head, Event: c.Event}, true
		}
		if proved {
			break
		}
	}
	return l, ok
}

// Next is the nearest run of at most n events after an event, and the event that
// the run follows: that one itself or, where what comes after it is lost, a
// later one, of which nothing else may be left than its head. It is empty where
// nothing more is left.
func (s *Salvage) Next(after seal.Link, n int) (before seal.Link, links []seal.Link, err error) {
	before = seal.Link{Seq: after.Seq, Head: after.Head}
	l, ok := s.follow(before)
	if !ok {
		before, l, ok = s.beyond(after.Seq + 1)
	}
	for ok && len(links) < n {
		links = append(links, l)
		l, ok = s.follow(l)
	}
	return before, links, nil
}

// beyond finds the first event after seq whose row before it has the head that
// proves it.
func (s *Salvage) beyond(seq uint64) (before, l seal.Link, ok bool) {
	i, _ := slices.BinarySearchFunc(s.places, seq, func(p place, seq uint64) int { return cmp.Compare(p.seq, seq) })
	for last := uint64(0); i < len(s.places); i++ {
		at := s.places[i].seq
		if at == last {
			continue
		}
		last = at
		for _, c := range s.rows(at) {
			before = seal.Link{Seq: at, Head: c.Head}
			if l, ok = s.follow(before); ok {
				return before, l, true
			}
		}
	}
	return seal.Link{}, seal.Link{}, false
}

// Has reports whether the journal has an event with this head.
func (s *Salvage) Has(seq uint64, head seal.Head) (bool, error) {
	if seq == 0 {
		return head == seal.Head{}, nil
	}
	return slices.ContainsFunc(s.rows(seq), func(c carved) bool { return c.Head == head }), nil
}

// Empty reports whether nothing like an event was found.
func (s *Salvage) Empty() bool { return len(s.places) == 0 }

// Genesis is the journal's first event; nil where it is lost.
func (s *Salvage) Genesis() *tap.GenesisEvent {
	l, ok := s.follow(seal.Link{})
	if !ok {
		return nil
	}
	e, err := tap.Parse(l.Event)
	g, ok := e.(*tap.GenesisEvent)
	if err != nil || !ok {
		return nil
	}
	return g
}
