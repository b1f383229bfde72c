package journal

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"io"

	"sourire/sync/seal"
	"sourire/sync/wire"
)

// How SQLite writes a row of table event into a page: the payload's size and
// the seq, as varints; the header: its size, type 0 for the seq, type 76 for a
// blob of 32 bytes, and the type of the event's bytes; then the head and those
// bytes. What has no room in the page goes on in a chain of others. See
// https://www.sqlite.org/fileformat2.html#b_tree_pages
const (
	typesBegin = "\x00\x4c"
	headSize   = len(seal.Head{})
)

// carved is a row found in a page, which nothing has proved yet.
type carved struct {
	seal.Link       // Seq and Event are zero where the event cannot be read
	row       int64 // the seq as SQLite has it
	at        int   // of the header, in the page
}

// number is the seq that a carved row claims: the event's own word comes first.
func (c carved) number() uint64 {
	if c.Event != nil {
		return c.Seq
	}
	return uint64(c.row)
}

// carve calls visit with each row that begins in a page. It asks nothing of the
// rest of the page: neither its header nor its pointers need be whole. overflow
// reads a page by its number; where it cannot, the row's event is not read.
func carve(page []byte, overflow func(number uint32) []byte, visit func(carved)) {
	for from := 0; ; {
		i := bytes.Index(page[from:], []byte(typesBegin))
		if i < 0 {
			return
		}
		at := from + i - 1 // of the header
		from += i + 1
		if c, ok := carveAt(page, at, overflow); ok {
			visit(c)
		}
	}
}

// carveAt reads the row whose header is at some byte of a page.
func carveAt(page []byte, at int, overflow func(uint32) []byte) (c carved, ok bool) {
	if at < 2 {
		return c, false
	}
	kind, width := varint(page[at+1+len(typesBegin):])
	size := (int(kind) - 12) / 2 // of the event
	header := 1 + len(typesBegin) + width
	if width == 0 || kind < 12 || kind%2 != 0 || int(page[at]) != header || size < 2 || size > wire.MaxEvent {
		return c, false
	}
	total := header + headSize + size
	local, more := localPayload(len(page), total)
	if at+local > len(page) || local < header+headSize {
		return c, false
	}
	c.at, c.row = at, varintBefore(page, at)
	copy(c.Head[:], page[at+header:])
	event := page[at+header+headSize : at+local]
	if more {
		if at+local+4 > len(page) {
			return c, false
		}
		event = appendOverflow(bytes.Clone(event), size, binary.BigEndian.Uint32(page[at+local:]), overflow)
	}
	var claim struct {
		Seq uint64 `json:"seq"`
	}
	if len(event) == size && json.Unmarshal(event, &claim) == nil && claim.Seq > 0 {
		c.Seq, c.Event = claim.Seq, event
	}
	return c, c.Event != nil || c.row > 0
}

// localPayload is how much of a payload stands in the leaf itself.
func localPayload(page, total int) (local int, more bool) {
	most, least := page-35, (page-12)*32/255-23
	if total <= most {
		return total, false
	}
	if local = least + (total-least)%(page-4); local > most {
		local = least
	}
	return local, true
}

// appendOverflow adds what stands in a chain of pages, up to size bytes.
func appendOverflow(event []byte, size int, number uint32, overflow func(uint32) []byte) []byte {
	for len(event) < size {
		page := overflow(number)
		if page == nil {
			return event
		}
		number = binary.BigEndian.Uint32(page)
		event = append(event, page[4:4+min(len(page)-4, size-len(event))]...)
	}
	return event
}

// varint reads a number of at most three bytes; width is 0 for a longer one.
func varint(b []byte) (n uint64, width int) {
	for i := range min(3, len(b)) {
		n = n<<7 | uint64(b[i]&0x7f)
		if b[i] < 0x80 {
			return n, i + 1
		}
	}
	return 0, 0
}

// varintBefore reads the number that ends right before at; 0 for none.
func varintBefore(page []byte, at int) int64 {
	from := at - 1
	if page[from] >= 0x80 {
		return 0
	}
	for from > 0 && at-from < 8 && page[from-1] >= 0x80 {
		from--
	}
	var n int64
	for _, b := range page[from:at] {
		n = n<<7 | int64(b&0x7f)
	}
	return n
}

// readWhole fills b from off, or reports that it cannot. What a failing card
// does not give back is skipped like what it has spoilt.
func readWhole(from io.ReaderAt, b []byte, off int64) bool {
	n, _ := from.ReadAt(b, off)
	return n == len(b)
}
