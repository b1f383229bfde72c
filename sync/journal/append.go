package journal

import (
	"context"
	"errors"
	"fmt"
	"runtime"

	"sourire/device/tap"
	"sourire/sync/seal"
	"sourire/sync/wire"
)

// ErrTooBig is returned for an event that does not fit the feed.
var ErrTooBig = errors.New("event is too big")

type row struct {
	seq   uint64
	head  seal.Head
	bytes []byte
}

// request is one Append on its way into a commit.
type request struct {
	events []tap.Event
	done   chan error
}

// Append commits events in their order, in one transaction, and sets their
// Seq. When it returns nil they are durable; after an error nothing is
// promised of them. What is queued at the same time shares a commit.
func (j *Journal) Append(events ...tap.Event) error {
	r := request{events, make(chan error, 1)}
	j.mu.Lock()
	if j.closed {
		j.mu.Unlock()
		return ErrClosed
	}
	j.queue = append(j.queue, r)
	j.mu.Unlock()
	// Whoever has the turn commits for all. A press alone finds it free and waits
	// for no other goroutine.
	select {
	case err := <-r.done:
		return err
	case j.turn <- struct{}{}:
		j.lead()
		return <-r.done
	}
}

// lead commits what is queued and gives the turn on. Who leads is not kept
// waiting by what has to be made good.
func (j *Journal) lead() {
	if j.commit(j.take()) {
		go func() {
			j.makeGood()
			<-j.turn
		}()
		return
	}
	<-j.turn
}

// take takes the queue. In a crowd, who has just been answered is let in first:
// otherwise two halves of it would take turns.
func (j *Journal) take() []request {
	if j.crowd {
		runtime.Gosched()
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	group := j.queue
	j.queue = nil
	j.crowd = len(group) > 1
	return group
}

// stop ends the appending after what is queued; false where that was done
// before. The turn is never given on.
func (j *Journal) stop() bool {
	j.mu.Lock()
	first := !j.closed
	j.closed = true
	j.mu.Unlock()
	if !first {
		<-j.stopped
		return false
	}
	j.turn <- struct{}{}
	if j.commit(j.take()) {
		j.makeGood()
	}
	close(j.stopped)
	return true
}

// commit writes a group in one transaction and answers each of its requests.
// A request that cannot be written at all is refused without harm to the rest.
// It reports whether the card takes events again, after a time of refusals.
func (j *Journal) commit(group []request) (again bool) {
	seq, head := j.Last()
	var rows []row
	var accepted []request
	for _, r := range group {
		made, err := makeRows(seq, head, r.events)
		if err != nil {
			r.done <- err
			continue
		}
		if n := len(made); n > 0 {
			seq, head = made[n-1].seq, made[n-1].head
		}
		rows = append(rows, made...)
		accepted = append(accepted, r)
	}
	var err error
	if len(rows) > 0 {
		if err = j.store(rows); full(err) && j.spend() {
			err = j.store(rows)
		}
		switch {
		case err == nil:
			j.advance(seq, head)
			err = j.watch.look()
		case full(err):
			err = fmt.Errorf("the card is full, and %d events wait for head office: %w", j.waiting(), err)
			fallthrough
		default:
			err = errors.Join(err, j.resume())
		}
		if Damaged(err) || errors.Is(err, ErrGone) {
			j.watch.tell(err)
		}
	}
	for _, r := range accepted {
		r.done <- err
	}
	again = j.refused && err == nil && len(rows) > 0
	j.refused = err != nil || j.refused && !again
	return again
}

// waiting is how many events the receiver has not confirmed.
func (j *Journal) waiting() uint64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.seq - j.watermark.Seq
}

// makeGood gives the journal, when the card takes events again, what it did not
// get before. It is tried once for each time of refusals.
func (j *Journal) makeGood() {
	if err := j.furnish(); err != nil {
		j.log.Warn("the card takes events again, but not all that belongs to a journal", "error", err)
	}
}

// makeRows numbers, canonicalises and chains events that follow seq.
func makeRows(seq uint64, head seal.Head, events []tap.Event) ([]row, error) {
	rows := make([]row, 0, len(events))
	for _, e := range events {
		seq++
		e.Head().Seq = seq
		raw, err := seal.Canonical(e)
		if err != nil {
			return nil, err
		}
		if len(raw) > wire.MaxEvent {
			return nil, fmt.Errorf("%w: %s is %d bytes, want at most %d", ErrTooBig, e.Head().Kind, len(raw), wire.MaxEvent)
		}
		head = head.Next(raw)
		rows = append(rows, row{seq, head, raw})
	}
	return rows, nil
}

// store commits rows. The context is never cancelled: a commit that was given
// up half-way may or may not have happened.
func (j *Journal) store(rows []row) error {
	ctx := context.Background()
	if len(rows) == 1 && !j.cursorDue() {
		// One statement is a transaction of its own: the press at a box that is
		// not in a hurry is spared BEGIN and COMMIT.
		return j.writer.add(rows...)
	}
	tx, err := j.writer.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin a commit: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // does nothing after a commit, done or failed
	if err := j.writer.add(rows...); err != nil {
		return err
	}
	saved := j.saved
	if j.cursorDue() {
		if saved, err = j.saveCursor(tx); err != nil {
			return err
		}
	}
	if err := tx.Commit(); err != nil { // the driver rolls back what it could not commit
		return fmt.Errorf("commit events %d to %d: %w", rows[0].seq, rows[len(rows)-1].seq, err)
	}
	j.running, j.saved = true, saved
	return nil
}

// resume finds out where a failed commit left the journal: in the rare case,
// it happened all the same. Its error is only more to report: until the journal
// can be read, appends go on failing.
func (j *Journal) resume() error {
	tail, err := j.Tail()
	if err != nil {
		return fmt.Errorf("find the journal's end: %w", err)
	}
	if seq, _ := j.Last(); tail.Seq != seq {
		j.advance(tail.Seq, tail.Head)
	}
	return nil
}

func (j *Journal) advance(seq uint64, head seal.Head) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.seq, j.head = seq, head
	j.commits++
	close(j.grown)
	j.grown = make(chan struct{})
}
