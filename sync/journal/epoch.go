package journal

import (
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/google/uuid"

	"sourire/device/tap"
	"sourire/sync/seal"
)

// Why a new epoch began, in its genesis.
const (
	WhyDamaged = "damaged" // the journal could not be read
	WhyCopied  = "copied"  // the office knows a later or another history
	WhyReset   = "reset"   // the journal's file, or its key, was gone
)

// begun reports whether the journal here is one that came after epoch.
func (f folder) begun(epoch string) (bool, error) {
	r, err := newReader(f)
	if err != nil {
		if lost(err) {
			err = nil
		}
		return false, err
	}
	defer func() { _ = r.Close() }()
	return r.Epoch() != epoch, nil
}

func (f folder) present() (bool, error) {
	_, err := f.Stat(f.database())
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// epitaph gathers what can still be read of an epoch that ends.
func (f folder) epitaph(mark *marker, why string) marker {
	m := marker{Epoch: unknownEpoch, Ended: why}
	if mark != nil {
		m.Epoch = mark.Epoch
	}
	r, err := newReader(f)
	if err != nil {
		return m
	}
	defer func() { _ = r.Close() }()
	m.Epoch = r.Epoch()
	var log *logError
	if err := r.CheckLog(); errors.As(err, &log) {
		if last := log.last; last != nil {
			head := last.Head.String()
			m.Seq, m.Head = &last.Seq, &head
		}
		return m
	}
	if tail, err := r.Tail(); err == nil {
		head := tail.Head.String()
		m.Seq, m.Head = &tail.Seq, &head
	}
	return m
}

// bareEpitaph is that of a file that SQLite must not be let near: what it takes
// for an empty database, it takes for one whose log is stale, and deletes that.
func (f folder) bareEpitaph(mark *marker) marker {
	if mark != nil {
		return marker{Epoch: mark.Epoch, Ended: WhyDamaged}
	}
	return marker{Epoch: f.epochInPages(), Ended: WhyDamaged}
}

// epochInPages looks for genesis among the file's first pages.
func (f folder) epochInPages() string {
	epoch := unknownEpoch
	file, err := f.Open(f.database())
	if err != nil {
		return epoch
	}
	defer func() { _ = file.Close() }()
	page := make([]byte, pageSize)
	for range 64 {
		if _, err := io.ReadFull(file, page); err != nil {
			break
		}
		carve(page, func(uint32) []byte { return nil }, func(c carved) {
			e, err := tap.Parse(c.Event)
			if g, ok := e.(*tap.GenesisEvent); err == nil && ok && (seal.Head{}).Next(c.Event) == c.Head {
				epoch = g.Epoch
			}
		})
	}
	return epoch
}

// endEpoch keeps the files of an epoch aside and begins the next.
func endEpoch(c Config, key seal.Key, m marker) (*Journal, error) {
	f := c.folder()
	if err := f.writeMarker(m); err != nil {
		return nil, err
	}
	to, err := f.keepAside(m.Epoch)
	if err != nil {
		return nil, err
	}
	c.Log.Warn("epoch ended", "epoch", m.Epoch, "why", m.Ended, "kept", to)
	return begin(c, key, &m)
}

// begin starts an epoch in a folder that has no journal.
func begin(c Config, key seal.Key, mark *marker) (*Journal, error) {
	g := &tap.GenesisEvent{
		Header:   tap.Header{Seq: 1, Kind: tap.KindGenesis, Boot: 1},
		Identity: c.Identity,
		Epoch:    uuid.NewString(),
		Ed25519:  key.Public().String(),
	}
	if mark != nil && mark.Epoch != unknownEpoch {
		g.Previous = &tap.Previous{Epoch: mark.Epoch, Seq: mark.Seq, Head: mark.Head, Why: mark.Ended}
		if mark.Ended == "" {
			g.Previous.Why = WhyReset
		}
	}
	c.Stamp(&g.Header)
	raw, err := seal.Canonical(g)
	if err != nil {
		return nil, fmt.Errorf("begin an epoch: %w", err)
	}
	if err := c.folder().create(row{1, seal.Head{}.Next(raw), raw}); err != nil {
		return nil, fmt.Errorf("begin an epoch in %s: %w", c.Dir, err)
	}
	c.Log.Info("epoch begun", "epoch", g.Epoch, "terminal", c.Identity.String())
	return open(c, key, mark)
}

// EndEpoch ends the epoch with a close event, closes the journal and keeps its
// files aside, so that the next Open begins a new epoch whose genesis names this
// one and why it ended. A damaged journal is closed as it is: nothing is written
// to it any more. It returns [ErrUnavailable] where the card refuses that for
// now.
func (j *Journal) EndEpoch(why string) error {
	if err := j.conclude(why); err != nil {
		j.log.Warn("the end of the epoch could not be written", "error", err)
	}
	if err := j.release(why); err != nil {
		j.log.Warn("the epoch that ends could not be closed cleanly", "error", err)
	}
	head := j.head.String()
	err := j.folder.writeMarker(marker{Epoch: j.Epoch(), Seq: &j.seq, Head: &head, Ended: why})
	if err == nil {
		_, err = j.folder.keepAside(j.Epoch())
	}
	if unavailable(err) {
		err = fmt.Errorf("end the epoch: %w: %w", ErrUnavailable, err)
	}
	return err
}

// release closes the files. What is left of those that have no name any more is
// rescued first. The last connection to close would move the log's pages into
// the database: of a damaged journal, that is one that cannot.
func (j *Journal) release(why string) error {
	if why != WhyDamaged {
		return j.Close()
	}
	if j.released.Swap(true) {
		return nil
	}
	var err error
	if errors.Is(j.watch.look(), ErrGone) {
		err = j.rescue()
	}
	return errors.Join(err, j.writer.Close(), j.Reader.Close())
}

// conclude writes the signed end of the epoch, after what is queued. There is
// none of a damaged journal, and none where this run stored nothing that could
// date it.
func (j *Journal) conclude(why string) error {
	if !j.stop() || !j.running || why == WhyDamaged {
		return nil
	}
	last, err := j.lastEvent()
	if err != nil {
		return err
	}
	end := &tap.CloseEvent{Header: tap.Header{Kind: tap.KindClose, Boot: last.Head().Boot}, Why: why}
	j.stamp(&end.Header)
	r := request{[]tap.Event{end}, make(chan error, 1)}
	j.commit([]request{r})
	return <-r.done
}
