package journal

import (
	"database/sql"
	"errors"
	"fmt"

	"sourire/sync/seal"
)

// ErrCopied is returned for a watermark that does not fit the journal: the
// receiver has events that this journal never had. The card is an old copy.
var ErrCopied = errors.New("the office has another history of this journal")

// saveEvery is by how many events the watermark may be ahead of the one
// written down. Writing it costs as much as a press; forgetting it costs only
// that events are sent twice.
const saveEvery = 1000

// Watermark is the seq up to which the receiver has confirmed every event, and
// the head after it; 0 where it has none.
func (j *Journal) Watermark() (uint64, seal.Head) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.watermark.Seq, j.watermark.Head
}

// Confirm moves the watermark up to seq. A lower one moves nothing. A seq that
// the journal does not have, or with another head, is [ErrCopied].
func (j *Journal) Confirm(seq uint64, head seal.Head) error {
	last, _ := j.Last()
	if seq > last {
		return fmt.Errorf("confirmed up to %d, but the last event is %d: %w", seq, last, ErrCopied)
	}
	if seq > 0 {
		l, err := j.At(seq)
		if confirmed, _ := j.Watermark(); errors.Is(err, sql.ErrNoRows) && seq < confirmed { // it was dropped
			return nil
		}
		if err != nil {
			return err
		}
		if l.Head != head {
			return fmt.Errorf("confirmed event %d with head %s, but ours is %s: %w", seq, head, l.Head, ErrCopied)
		}
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if seq > j.watermark.Seq {
		j.watermark = seal.Link{Seq: seq, Head: head}
	}
	return nil
}

// Recede moves the watermark down to seq, where the receiver has lost what it
// had confirmed: from now on that is not dropped. Where it has been dropped, the
// watermark moves down to what is left. A seq that is not lower moves nothing,
// nor does one of which the journal has another head: that is [ErrCopied].
func (j *Journal) Recede(seq uint64, head seal.Head) error {
	select {
	case j.turn <- struct{}{}: // nothing is dropped meanwhile
	case <-j.stopped:
		return ErrClosed
	}
	defer func() { <-j.turn }()
	to, err := j.Base()
	if err != nil {
		return err
	}
	if seq > to.Seq {
		if to, err = j.At(seq); err != nil {
			return err
		}
		if to.Head != head {
			return fmt.Errorf("event %d is asked for after head %s, but ours is %s: %w", seq+1, head, to.Head, ErrCopied)
		}
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if to.Seq < j.watermark.Seq {
		j.watermark = seal.Link{Seq: to.Seq, Head: to.Head}
	}
	return nil
}

// cursorDue reports whether the next commit writes the cursor: the first of a
// run notes that it has begun, later ones the watermark, where it is far enough
// ahead of the one written down to be worth a page.
func (j *Journal) cursorDue() bool {
	seq, _ := j.Watermark()
	return !j.running || seq >= j.saved+saveEvery
}

// saveCursor writes the cursor with the events of a transaction, and returns
// the watermark that stands there then.
func (j *Journal) saveCursor(tx *sql.Tx) (uint64, error) {
	seq, head := j.Watermark()
	if _, err := tx.Exec("UPDATE cursor SET seq = ?, head = ?, clean = 0", seq, head[:]); err != nil {
		return 0, fmt.Errorf("save the watermark: %w", err)
	}
	return seq, nil
}
