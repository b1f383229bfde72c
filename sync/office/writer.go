package office

import "context"

const (
	queueLength = 256 // messages that wait to be stored
	groupLength = 256 // messages that share a commit at most
)

// job is a message on its way. It is decoded on a goroutine of its own while
// it waits in the queue.
type job struct {
	message
	unfit   error         // what decode found: it will never be accepted
	decoded chan struct{} // closed when message and unfit are set

	refused error // it will never be accepted
	waits   bool  // it may be accepted when it comes again
	carried bool  // it came by hand: its terminal need not be there
	sums    sums  // what it added to the counters

	err  error
	done chan struct{} // closed when err is set
}

func (j *job) decode(chain, topic string, payload []byte) {
	j.message, j.unfit = decode(chain, topic, payload)
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
		case <-o.pings:
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

// Ping returns when messages could be stored: not while a commit hangs. It
// returns [ErrClosed] after [Office.Close].
func (o *Office) Ping(ctx context.Context) error {
	select {
	case o.pings <- struct{}{}:
		return nil
	case <-o.stopped:
		return ErrClosed
	case <-ctx.Done():
		return ctx.Err()
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

// commit stores a group of messages, answers them, and publishes the
// watermarks that moved.
func (o *Office) commit(jobs []*job) {
	shares := divide(jobs)
	err := o.store(shares)
	o.metrics.stored(err, o.Log)
	for _, s := range shares {
		for _, j := range s.jobs {
			j.finish(s.result(j))
		}
	}
	for _, s := range shares {
		for _, a := range s.acks {
			if err := o.acknowledge(a); err != nil {
				o.Log.Error("publish watermark", "err", err)
			}
		}
		for _, p := range s.orders {
			o.Publish(p)
		}
	}
}
