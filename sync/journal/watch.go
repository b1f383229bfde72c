package journal

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"time"
)

// ErrGone is returned where the journal's files were deleted, replaced or cut
// under the running service: SQLite goes on writing to what nobody will find.
var ErrGone = errors.New("the journal's files were taken away")

// lookEvery is how often the files are looked at while nothing is written.
const lookEvery = time.Second

// watch sees whether the journal's files are still the ones that were opened.
type watch struct {
	folder folder
	found  chan error // what ends the journal: of damage that an append has met, or of files that are gone

	mu    sync.Mutex
	files map[string]fs.FileInfo // by path; as they were seen last
}

func newWatch(f folder) *watch {
	return &watch{folder: f, found: make(chan error, 1), files: map[string]fs.FileInfo{}}
}

// look returns [ErrGone] where one of the files is not the one that it was, or
// is shorter: neither ever shrinks.
func (w *watch) look() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, path := range []string{w.folder.database(), w.folder.database() + "-wal"} {
		now, err := w.folder.Stat(path)
		was := w.files[path]
		switch {
		case errors.Is(err, fs.ErrNotExist) && was == nil:
			continue // it could not be made yet
		case errors.Is(err, fs.ErrNotExist):
			return fmt.Errorf("%s: %w: it was deleted", path, ErrGone)
		case err != nil:
			return err
		case was == nil:
		case now.Sys() != nil && !os.SameFile(was, now):
			return fmt.Errorf("%s: %w: another file is in its place", path, ErrGone)
		case now.Size() < was.Size():
			return fmt.Errorf("%s: %w: it was cut from %d bytes to %d", path, ErrGone, was.Size(), now.Size())
		}
		w.files[path] = now
	}
	return nil
}

// tell notes what ends the journal; the first counts.
func (w *watch) tell(err error) {
	select {
	case w.found <- err:
	default:
	}
}

// Watch returns, when the journal cannot be gone on with, why: an append has
// found damage, or its files were taken away. It returns nil when ctx ends. It is
// for one goroutine.
func (j *Journal) Watch(ctx context.Context) error {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case err := <-j.watch.found:
			return err
		case <-tick.C:
			if err := j.watch.look(); errors.Is(err, ErrGone) {
				return err
			}
		case <-ctx.Done():
			return nil
		}
	}
}

// rescue keeps what the receiver has not confirmed of a journal whose files have
// no name any more, but are open: in a new database in a folder aside.
func (j *Journal) rescue() error {
	to, err := j.folder.asideFolder(j.Epoch())
	if err != nil {
		return err
	}
	first, err := j.At(1)
	if err != nil {
		return err
	}
	there := j.folder
	there.dir = to
	if err := there.create(row{1, first.Head, first.Event}); err != nil {
		return err
	}
	w, err := openWriter(there)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	if err := w.prepare(); err != nil {
		return err
	}
	seq, head := j.Watermark()
	if _, err := w.ExecContext(context.Background(), "UPDATE cursor SET seq = ?, head = ?", seq, head[:]); err != nil {
		return err
	}
	for at := max(seq, 1); ; {
		links, err := j.After(at, 500)
		if err != nil || len(links) == 0 {
			return err
		}
		rows := make([]row, len(links))
		for i, l := range links {
			rows[i] = row{l.Seq, l.Head, l.Event}
		}
		if err := w.together(rows); err != nil {
			return err
		}
		at = links[len(links)-1].Seq
	}
}
