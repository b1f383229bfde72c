package feed

import "time"

const (
	batchesAhead  = 64               // past the watermark
	patienceFirst = 30 * time.Second // for the watermark to move, then what is ahead of it is sent again
	patienceMost  = 10 * time.Minute
	rewindPause   = 10 * time.Second
)

// window decides which event to send next. It is pure: it takes times and
// numbers and keeps no events.
//
// sent runs ahead of confirmed by at most batchesAhead batches, and goes back
// to it when the confirmation does not come or the office asks.
type window struct {
	confirmed uint64   // the watermark
	sent      uint64   // the last event handed to this connection
	ahead     []uint64 // last seq of each batch that was sent and is not confirmed

	patience   time.Duration
	deadline   time.Time // when patience ends; zero while nothing is ahead
	lastRewind time.Time
	lastRecede time.Time
	pause      time.Duration // at least, between resends that the office asked for
	jitter     func(time.Duration) time.Duration
}

func newWindow(confirmed uint64, jitter func(time.Duration) time.Duration) *window {
	return &window{confirmed: confirmed, sent: confirmed, patience: patienceFirst, pause: rewindPause, jitter: jitter}
}

// full reports whether no batch may be sent before the watermark moves.
func (w *window) full() bool { return len(w.ahead) >= batchesAhead }

// send notes a batch that ends with last.
func (w *window) send(last uint64, now time.Time) {
	if len(w.ahead) == 0 {
		w.deadline = now.Add(w.jitter(w.patience))
	}
	w.ahead = append(w.ahead, last)
	w.sent = last
}

// verdict is what an ack meant.
type verdict int

const (
	moved  verdict = iota // the watermark is higher now
	stale                 // it was lower: old news
	same                  // it repeated the watermark
	resend                // it repeated the watermark while events are ahead: send them again
)

// judge says what an ack of seq means. Only a fresh one, not a retained copy,
// asks for a resend: a connection begins at the watermark anyway.
func (w *window) judge(seq uint64, fresh bool, now time.Time) verdict {
	switch {
	case seq > w.confirmed:
		return moved
	case seq < w.confirmed:
		return stale
	case fresh && w.mayRewind(now):
		return resend
	}
	return same
}

// mayRewind reports whether somebody who asks for a resend gets it.
func (w *window) mayRewind(now time.Time) bool {
	return w.sent > w.confirmed && now.Sub(w.lastRewind) >= w.pause
}

// confirm moves the watermark up to seq.
func (w *window) confirm(seq uint64, now time.Time) {
	w.confirmed = seq
	w.sent = max(w.sent, seq)
	for len(w.ahead) > 0 && w.ahead[0] <= seq {
		w.ahead = w.ahead[1:]
	}
	w.patience = patienceFirst
	w.deadline = time.Time{}
	if len(w.ahead) > 0 {
		w.deadline = now.Add(w.jitter(w.patience))
	}
}

// impatient reports whether the watermark has not moved for too long.
func (w *window) impatient(now time.Time) bool {
	return !w.deadline.IsZero() && !now.Before(w.deadline)
}

// lose is a rewind because patience ended: the next one lasts longer.
func (w *window) lose(now time.Time) {
	w.patience = min(2*w.patience, patienceMost)
	w.rewind(now)
}

// rewind goes back to the watermark.
func (w *window) rewind(now time.Time) {
	w.sent, w.ahead, w.deadline, w.lastRewind = w.confirmed, nil, time.Time{}, now
}

// mayRecede reports whether somebody who has lost events gets them again.
func (w *window) mayRecede(now time.Time) bool { return now.Sub(w.lastRecede) >= w.pause }

// recede goes back to below the watermark.
func (w *window) recede(seq uint64, now time.Time) {
	w.confirmed, w.patience, w.lastRecede = seq, patienceFirst, now
	w.rewind(now)
}
