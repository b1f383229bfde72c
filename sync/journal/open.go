package journal

import (
	"context"
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
	whole := false
	if exists {
		if whole, err = f.ours(); err != nil {
			return nil, err
		}
		if !whole && mark == nil {
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
	case !whole:
		if mark.Ended == "" {
			mark.Ended = WhyDamaged
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
// the card refuses is made good when it takes an event again.
func open(c Config, key seal.Key, mark *marker) (_ *Journal, err error) {
	f := c.folder()
	w, err := openWriter(f)
	if err != nil {
		return nil, fmt.Errorf("open the journal: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, w.Close())
		}
	}()
	r, err := newReader(f)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, r.Close())
		}
	}()
	if r.Identity() != c.Identity {
		return nil, fmt.Errorf("%s belongs to %s, not to %s: %w: give another data folder", f.database(), r.Identity(), c.Identity, ErrIdentity)
	}
	if r.Public().ID() != key.Public().ID() {
		return nil, errKey
	}
	if err := r.verifyTail(tailChecked); err != nil {
		return nil, fmt.Errorf("check the journal's tail: %w", err)
	}
	if last, err := r.lastEvent(); err != nil {
		return nil, err
	} else if end, ok := last.(*tap.CloseEvent); ok {
		return nil, &endedError{end.Why}
	}
	if err := w.prepare(); err != nil {
		return nil, fmt.Errorf("open the journal: %w", err)
	}
	j := &Journal{
		Reader: r, key: key, writer: w, folder: f, stamp: c.Stamp, log: c.Log,
		marked: mark != nil && *mark == marker{Epoch: r.Epoch()},
		turn:   make(chan struct{}, 1), stopped: make(chan struct{}), grown: make(chan struct{}),
	}
	if err := j.load(); err != nil {
		return nil, err
	}
	if err := errors.Join(j.furnish(), restart(w.Conn)); err != nil {
		j.refused = true
		c.Log.Warn("the card cannot be written: it is tried again when it takes an event", "error", err)
	}
	return j, nil
}

// load reads where the journal stands.
func (j *Journal) load() error {
	tail, err := j.Tail()
	if err != nil {
		return err
	}
	j.seq, j.head = tail.Seq, tail.Head
	if j.watermark.Seq, j.watermark.Head, err = j.Saved(); err != nil {
		return err
	}
	j.saved = j.watermark.Seq
	if err := j.writer.QueryRowContext(context.Background(), "SELECT clean FROM cursor").Scan(&j.clean); err != nil {
		return fmt.Errorf("read how the run before ended: %w", err)
	}
	return nil
}

// furnish makes what a journal should have beside its events, where it has not
// got it yet: the lasting size of its log, and its marker.
func (j *Journal) furnish() error {
	err := preallocate(j.writer.Conn, j.folder)
	if !j.marked {
		wrong := j.folder.writeMarker(marker{Epoch: j.Epoch()})
		j.marked = wrong == nil
		err = errors.Join(err, wrong)
	}
	return err
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
