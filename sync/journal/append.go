package journal

import (
	"context"
	"errors"
	"fmt"

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

// request is one Append on its way through the writer.
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
	j.signal()
	return <-r.done
}

func (j *Journal) signal() {
	select {
	case j.wake <- struct{}{}:
	default: // it will look at the queue anyway
	}
}

// write is the one goroutine that writes. It ends when the journal is closed
// and the queue is empty.
func (j *Journal) write() {
	defer close(j.stopped)
	for range j.wake {
		j.mu.Lock()
		group, pings, closed := j.queue, j.pings, j.closed
		j.queue, j.pings = nil, nil
		j.mu.Unlock()
		if len(group) > 0 {
			j.commit(group)
		}
		for _, round := range pings {
			close(round)
		}
		if closed {
			return
		}
	}
}

// stop ends the writer after what is queued; false where that was done before.
func (j *Journal) stop() bool {
	j.mu.Lock()
	first := !j.closed
	j.closed = true
	j.mu.Unlock()
	j.signal()
	<-j.stopped
	return first
}

// commit writes a group in one transaction and answers each of its requests.
// A request that cannot be written at all is refused without harm to the rest.
func (j *Journal) commit(group []request) {
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
		if err = j.store(rows); err == nil {
			j.advance(seq, head)
		} else {
			err = errors.Join(err, j.resume())
		}
	}
	for _, r := range accepted {
		r.done <- err
	}
	switch {
	case err != nil:
		j.refused = true
	case j.refused && len(rows) > 0:
		j.refused = false
		j.makeGood()
	}
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
		r := rows[0]
		if _, err := j.insert.ExecContext(ctx, r.seq, r.head[:], r.bytes); err != nil {
			return fmt.Errorf("append event %d: %w", r.seq, err)
		}
		return nil
	}
	tx, err := j.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin a commit: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // does nothing after a commit, done or failed
	insert := tx.StmtContext(ctx, j.insert)
	for _, r := range rows {
		if _, err := insert.ExecContext(ctx, r.seq, r.head[:], r.bytes); err != nil {
			return fmt.Errorf("append event %d: %w", r.seq, err)
		}
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
