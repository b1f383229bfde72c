package journal

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
)

// header is what the first 100 bytes of a file say:
// https://www.sqlite.org/fileformat2.html#the_database_header
type header struct {
	ours  bool // a database of this program
	sound bool // and with nothing in it that this program never writes there
}

// readHeader reads the header of the journal as SQLite will see it: a checkpoint
// that was cut short can have spoilt it in the file, and then it is in the log.
func (f folder) readHeader() (header, error) {
	file, err := f.Open(f.database())
	if err != nil {
		return header{}, err
	}
	raw := make([]byte, 100)
	_, err = io.ReadFull(file, raw)
	short := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
	if short {
		err = nil
	}
	// The log does not help a database that is cut so short: SQLite would take
	// the log for a stale one, and delete it.
	if err = errors.Join(err, file.Close()); err != nil || short {
		return header{}, err
	}
	if h := judgeHeader(raw); h.sound {
		return h, nil
	}
	page, err := f.firstPageInLog()
	if page != nil {
		raw = page
	}
	return judgeHeader(raw), err
}

// firstPageInLog is page 1 as the log's newest commit has it; nil where it has
// not.
func (f folder) firstPageInLog() ([]byte, error) {
	w, done, err := f.openLog()
	if w == nil || err != nil {
		return nil, err
	}
	var page, committed []byte
	more, err := w.next()
	for ; more && err == nil && w.intact(); more, err = w.next() {
		if w.pageNumber() == 1 {
			page = bytes.Clone(w.page())
		}
		if w.commits() {
			committed = page
		}
	}
	return committed, errors.Join(err, done())
}

// judgeHeader looks at what SQLite would believe: spoilt, that may make it take
// the file for read-only, for one of another layout, or for one with pages to
// reuse where there are none.
func judgeHeader(raw []byte) header {
	number := func(at int) uint32 { return binary.BigEndian.Uint32(raw[at:]) }
	page := int(binary.BigEndian.Uint16(raw[16:]))
	h := header{ours: string(raw[:16]) == "SQLite format 3\x00" && number(68) == applicationID}
	h.sound = h.ours &&
		page >= 512 && page&(page-1) == 0 &&
		raw[18] == 2 && raw[19] == 2 && // WAL
		raw[20] == 0 && raw[21] == 64 && raw[22] == 32 && raw[23] == 32 &&
		(number(32) == 0) == (number(36) == 0) && number(32) <= number(28) && number(36) <= number(28) && // free pages
		number(44) == 4 && // the schema's format
		number(52) == 0 && number(64) == 0 && // no auto-vacuum
		number(56) == 1 // UTF-8
	return h
}
