package office

import (
	"context"
	"errors"
	"fmt"
)

const (
	queueLength = 256 // messages that wait to be stored
	groupLength = 256 // messages that share a commit at most
)

// job is a message on its way. It is decoded on a goroutine of its own while
// it waits in the queue.
type job struct {
	message
	refused error         // what decode found
	decoded chan struct{} // closed when message and refused are set
	err     error
	done    chan struct{} // closed when err is set
}

func (j *job) decode(chain, topic string, payload []byte) {
	j.message, j.refused = decode(chain, topic, payload)
	close(j.decoded)
}

func (j *job) finish(err error) {
	j.err = err
	close(j.done)
}

// write is the one goroutine that changes the store: it puts whatever waits
// into one transaction, and then answers all of it.
func (o *Office) write() {
	defer close(o.stopped)
	for {
		select {
		case j := <-o.queue:
			o.commit(o.gather(j))
		case <-o.closing:
			for {
				select {
				case j := <-o.queue:
					o.commit(o.gather(j))
				default:
					return
				}
			}
		}
	}
}

// gather is the group of messages that begins with j.
func (o *Office) gather(j *job) []*job {
	jobs := []*job{j}
	for len(jobs) < groupLength {
		select {
		case j := <-o.queue:
			jobs = append(jobs, j)
		default:
			return jobs
		}
	}
	return jobs
}

// commit stores a group of messages, all or none, and publishes the watermarks
// that moved.
func (o *Office) commit(jobs []*job) {
	acks, err := o.store(jobs)
	o.metrics.stored(err, o.Log)
	for _, j := range jobs {
		j.finish(err)
	}
	for _, a := range acks {
		if err := o.acknowledge(a.id, a.seq, a.head); err != nil {
			o.Log.Error("publish watermark", "err", err)
		}
	}
}

// store applies a group to memory and commits it. Where that fails, memory is
// loaded from the store again: at once if possible, else before the next group.
func (o *Office) store(jobs []*job) (_ []ack, err error) {
	// A commit that is cancelled half-way is ambiguous: never cancel one.
	ctx := context.Background()
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.stale {
		if err := o.load(ctx); err != nil {
			return nil, fmt.Errorf("load store again: %w", err)
		}
	}
	defer func() {
		if err != nil {
			o.stale = true
			err = errors.Join(err, o.load(ctx))
		}
	}()
	w := newWork(o)
	for _, j := range jobs {
		<-j.decoded
		err := j.refused
		if err == nil {
			err = w.apply(ctx, &j.message)
		}
		var r refusal
		switch {
		case errors.As(err, &r):
			o.reject(j.id, r)
		case err != nil:
			return nil, err
		default:
			o.accepted(j.id)
		}
	}
	g := w.group()
	if g == nil {
		return w.acks(), nil
	}
	if err := o.Store.Commit(ctx, g); err != nil {
		return nil, fmt.Errorf("store %d messages: %w", len(jobs), err)
	}
	return w.acks(), nil
}
