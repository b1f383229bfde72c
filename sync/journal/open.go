package journal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"

	"sourire/device/tap"
	"sourire/sync/durable"
	"sourire/sync/seal"
)

// Open opens the journal in c.Dir, or begins a new epoch where there is none or
// where the one there is damaged; the damaged files are kept aside. A card that
// is full for now does not keep it from opening a journal that can be read:
// then appends fail until there is room.
//
// It returns [ErrForeign] and [ErrIdentity] for what a person has to put right,
// and [ErrUnavailable] for what may be better the next time.
func Open(c Config) (*Journal, error) {
	j, err := openOrBegin(c)
	if unavailable(err) {
		return nil, fmt.Errorf("open the journal in %s: %w: %w", c.Dir, ErrUnavailable, err)
	}
	return j, err
}

func openOrBegin(c Config) (*Journal, error) {
	f := c.folder()
	mark, err := f.readMarker()
	if err != nil {
		return nil, err
	}
	exists, err := f.present()
	if err != nil {
		return nil, err
	}
	var head header
	if exists {
		if head, err = f.readHeader(); err != nil {
			return nil, err
		}
		if !head.ours && mark == nil {
			return nil, fmt.Errorf("%s: %w: give another data folder, or move that file away", f.database(), ErrForeign)
		}
	}
	if err := f.writable(); err != nil {
		return nil, err
	}
	key, err := terminalKey(c)
	if err != nil {
		return nil, err
	}
	switch {
	case !exists:
		if err := clearLog(c, mark); err != nil {
			return nil, err
		}
		return begin(c, key, mark)
	case !head.sound:
		if mark == nil || mark.Ended == "" {
			c.Log.Error("the journal's file is damaged at its beginning: it is kept aside and a new epoch begins")
			return endEpoch(c, key, f.bareEpitaph(mark))
		}
		return endEpoch(c, key, *mark)
	case mark != nil && mark.Ended != "":
		// Power went between the decision to end the epoch and the move, or
		// between the next journal and its marker.
		switch next, err := f.begun(mark.Epoch); {
		case err != nil:
			return nil, err
		case !next:
			return endEpoch(c, key, *mark)
		}
	}
	return openOrEnd(c, key, mark)
}

// openOrEnd opens the journal that is there, or ends its epoch where it cannot
// be gone on with.
func openOrEnd(c Config, key seal.Key, mark *marker) (*Journal, error) {
	f := c.folder()
	j, err := open(c, key, mark)
	var ended *endedError
	switch {
	case lost(err):
		c.Log.Error("the journal is damaged: it is kept aside and a new epoch begins", "error", err)
		return endEpoch(c, key, f.epitaph(mark, WhyDamaged))
	case errors.Is(err, errKey):
		c.Log.Error("the journal was signed with a key that is gone: a new epoch begins")
		return endEpoch(c, key, f.epitaph(mark, WhyReset))
	case errors.As(err, &ended):
		return endEpoch(c, key, f.epitaph(mark, ended.why))
	}
	return j, err
}

var errKey = errors.New("the key in the folder is not the one in genesis")

// endedError is the error of opening a journal whose last event is its end:
// power went before it was moved.
type endedError struct{ why string }

func (e *endedError) Error() string { return "the epoch has ended: " + e.why }

// open opens a journal that exists. Nothing needs to be written for that; what
// the card refuses is made good when it takes an event again. Nothing is
// checkpointed before all is found to be in order.
func open(c Config, key seal.Key, mark *marker) (_ *Journal, err error) {
	f := c.folder()
	r, err := newReader(f)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, r.Close())
		}
	}()
	if err := r.sound(c.Identity, key); err != nil {
		return nil, err
	}
	furnished := marker{Epoch: r.Epoch(), Log: true}
	marked := mark != nil && *mark == furnished
	if marked {
		if err := f.logHasItsSize(); err != nil {
			return nil, fmt.Errorf("check the journal's log: %w", err)
		}
	}
	w, err := openWriter(f)
	if err != nil {
		return nil, fmt.Errorf("open the journal: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, w.Close())
		}
	}()
	if err := w.prepare(); err != nil {
		return nil, fmt.Errorf("open the journal: %w", err)
	}
	j := &Journal{
		Reader: r, key: key, writer: w, watch: newWatch(f), stamp: c.Stamp, log: c.Log,
		marked: marked,
		turn:   make(chan struct{}, 1), stopped: make(chan struct{}), grown: make(chan struct{}),
	}
	if err := j.load(); err != nil {
		return nil, err
	}
	if err := errors.Join(j.furnish(), restart(w.Conn)); err != nil {
		j.refused = true
		c.Log.Warn("the card cannot be written: it is tried again when it takes an event", "error", err)
	}
	_ = j.watch.look() // for what they are; what is missing is found with the first press
	return j, nil
}

// sound checks whose journal it is, its newest events, and its log. What it does
// not look at, VerifyUntil does while presses are taken.
func (r *Reader) sound(id tap.Identity, key seal.Key) error {
	if r.Identity() != id {
		return fmt.Errorf("%s belongs to %s, not to %s: %w: give another data folder", r.folder.database(), r.Identity(), id, ErrIdentity)
	}
	if r.Public().ID() != key.Public().ID() {
		return errKey
	}
	if err := r.verifyTail(tailChecked); err != nil {
		return fmt.Errorf("check the journal's tail: %w", err)
	}
	if err := r.CheckLog(); err != nil {
		return fmt.Errorf("check the journal's log: %w", err)
	}
	last, err := r.lastEvent()
	if err != nil {
		return err
	}
	if end, ok := last.(*tap.CloseEvent); ok {
		return &endedError{end.Why}
	}
	return nil
}

// load reads where the journal stands.
func (j *Journal) load() error {
	tail, err := j.Tail()
	if err != nil {
		return err
	}
	j.seq, j.head = tail.Seq, tail.Head
	if j.watermark, err = j.believable(tail); err != nil {
		return err
	}
	j.saved = j.watermark.Seq
	if err := j.writer.QueryRowContext(context.Background(), "SELECT clean FROM cursor").Scan(&j.clean); err != nil {
		return fmt.Errorf("read how the run before ended: %w", err)
	}
	return nil
}

// believable is the watermark as it was written down, or none at all where that
// does not fit the journal: the receiver says again where it stands.
func (j *Journal) believable(tail seal.Link) (seal.Link, error) {
	seq, head, err := j.Saved()
	if err != nil {
		return seal.Link{}, err
	}
	l, err := j.At(seq)
	switch {
	case seq == 0, seq <= tail.Seq && errors.Is(err, sql.ErrNoRows): // dropped since
		return seal.Link{Seq: seq, Head: head}, nil
	case errors.Is(err, sql.ErrNoRows), err == nil && l.Head != head:
		j.log.Error("the watermark as it was written down is damaged: the journal is sent again until the receiver has said where it stands", "seq", seq)
		return seal.Link{}, nil
	}
	return seal.Link{Seq: seq, Head: head}, err
}

// furnish makes what a journal should have beside its events, where it has not
// got it yet: the lasting size of its log, and its marker.
func (j *Journal) furnish() error {
	if j.marked {
		return nil
	}
	err := preallocate(j.writer.Conn, j.folder)
	wrong := j.folder.writeMarker(marker{Epoch: j.Epoch(), Log: err == nil})
	j.marked = err == nil && wrong == nil
	return errors.Join(err, wrong)
}

// terminalKey reads the terminal's key, or makes one. A file that a power cut
// or a failing card has spoilt is kept aside: the key is gone, and the box goes
// on with another.
func terminalKey(c Config) (seal.Key, error) {
	f := c.folder()
	path := filepath.Join(c.Dir, keyName)
	key, err := f.Key(path)
	if !errors.Is(err, durable.ErrNotKey) {
		return key, err
	}
	to, wrong := f.keepKeyAside()
	if wrong != nil {
		return key, wrong
	}
	c.Log.Error("the terminal's key is spoilt: it is kept aside and another one made", "error", err, "kept", to)
	return f.Key(path)
}
