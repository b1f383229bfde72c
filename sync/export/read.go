package export

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"sourire/device/tap"
	"sourire/sync/seal"
	"sourire/sync/wire"
)

// maxLine is the largest line of an honest file, in bytes: as much as head
// office reads of a message.
const maxLine = 64 << 10

var (
	// ErrForeign is returned for a file that is no export.
	ErrForeign = errors.New("not an export of a terminal")
	// ErrCut is returned for a file that ends before its time.
	ErrCut = errors.New("the file was cut off: it was not finished, or not all of it was copied")
)

// LineError names the first line that is not as the terminal wrote it.
type LineError struct {
	Line int
	Err  error
}

func (e *LineError) Error() string { return fmt.Sprintf("line %d: %v", e.Line, e.Err) }

// Unwrap is why.
func (e *LineError) Unwrap() error { return e.Err }

// Read checks a file and calls visit, unless it is nil, with each batch, in
// their order: the payload as it would come over MQTT, which stays valid. What
// has been visited is whole and signed by the key that the first line names;
// whether that is the terminal's key the caller must know.
//
// It returns [ErrForeign], [ErrCut], a [*LineError], or what visit or from
// returned.
func Read(from io.Reader, visit func(payload []byte) error) (wire.Export, error) {
	l := &lines{from: bufio.NewReaderSize(from, maxLine+1)}
	line, err := l.next()
	if errors.Is(err, io.EOF) {
		err = ErrCut // it is empty
	}
	if err != nil {
		return wire.Export{}, err
	}
	if !json.Valid(line) {
		return wire.Export{}, ErrForeign
	}
	cover, key, err := wire.DecodeExport(line)
	if err == nil {
		err = seal.CheckCanonical(line)
	}
	if err != nil {
		return wire.Export{}, fmt.Errorf("%w: %w", ErrForeign, err)
	}
	for _, p := range cover.Parts {
		r, err := newRun(cover, key, p)
		for err == nil && r.seq < p.Last {
			if line, err = l.next(); err != nil {
				break
			}
			if err = r.check(line); err != nil {
				return cover, &LineError{l.n, err}
			}
			if visit != nil {
				err = visit(line)
			}
		}
		if errors.Is(err, io.EOF) {
			err = fmt.Errorf("%w: of epoch %s it has events up to %d of %d", ErrCut, p.Epoch, r.seq, p.Last)
		}
		if err != nil {
			return cover, err
		}
	}
	if _, err := l.next(); !errors.Is(err, io.EOF) {
		return cover, errors.Join(&LineError{l.n, errors.New("the first line does not know of it")}, err)
	}
	return cover, nil
}

// run is a part that is being read.
type run struct {
	wire.ExportPart
	cover wire.Export
	key   seal.Public
	seq   uint64 // read up to here
	head  seal.Head
}

func newRun(cover wire.Export, key seal.Public, p wire.ExportPart) (*run, error) {
	head, err := seal.ParseHead(p.Prev)
	return &run{ExportPart: p, cover: cover, key: key, seq: p.First - 1, head: head}, err
}

// check checks that a line is the batch that comes next.
func (r *run) check(line []byte) error {
	b, err := wire.DecodeBatch(line)
	switch {
	case err != nil:
		return err
	case b.Identity != r.cover.Identity:
		return fmt.Errorf("it is of %s, not of %s", b.Identity, r.cover.Identity)
	case b.Epoch != r.Epoch:
		return fmt.Errorf("it is of epoch %s, not of %s", b.Epoch, r.Epoch)
	case b.First != r.seq+1:
		return fmt.Errorf("it begins with event %d, not with %d", b.First, r.seq+1)
	case b.Prev != r.head:
		return fmt.Errorf("it does not follow event %d: %w", r.seq, wire.ErrChain)
	case b.Last() > r.Last, b.Last() == r.Last && b.Head().String() != r.Head:
		return fmt.Errorf("it ends otherwise than the first line says: %w", wire.ErrChain)
	}
	if err := b.Verify(r.key); err != nil {
		return err
	}
	if err := seal.CheckCanonical(line); err != nil {
		return err
	}
	for _, l := range b.Links {
		if err := checkEvent(r, l); err != nil {
			return fmt.Errorf("event %d: %w", l.Seq, err)
		}
	}
	r.seq, r.head = b.Last(), b.Head()
	return nil
}

// checkEvent checks an event's own number and, of the first one, whose it is.
func checkEvent(r *run, l seal.Link) error {
	if l.Seq == 1 {
		e, err := tap.Parse(l.Event)
		if err != nil {
			return err
		}
		g, ok := e.(*tap.GenesisEvent)
		if !ok || g.Identity != r.cover.Identity || g.Epoch != r.Epoch || g.Ed25519 != r.cover.Ed25519 {
			return errors.New("it is no genesis of this terminal, epoch and key")
		}
	}
	var h tap.Header
	if err := json.Unmarshal(l.Event, &h); err != nil {
		return err
	}
	if h.Seq != l.Seq {
		return fmt.Errorf("it calls itself %d", h.Seq)
	}
	return nil
}

// lines reads a file line by line, in bounded memory.
type lines struct {
	from *bufio.Reader
	n    int
}

// next is a copy of the next line, without its end; io.EOF where there is none.
func (l *lines) next() ([]byte, error) {
	l.n++
	line, err := l.from.ReadSlice('\n')
	switch {
	case errors.Is(err, bufio.ErrBufferFull):
		return nil, &LineError{l.n, fmt.Errorf("it is longer than %d bytes", maxLine)}
	case errors.Is(err, io.EOF) && len(line) > 0:
		return nil, ErrCut
	case err != nil:
		return nil, err
	}
	return append([]byte(nil), line[:len(line)-1]...), nil
}
