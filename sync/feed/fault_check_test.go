package feed

import (
	"bytes"
	"context"
	"time"

	"sourire/sync/mqtt/faulttest"
)

const (
	// A connection of which nothing comes any more is found out by a ping every
	// 30 s that is not answered for 10 s; paho looks every 5 s.
	foundWithin = 55 * time.Second
	// Attempts within a minute.
	attemptsMost = 40
	// Between the end of a connection and the next attempt, but for the wait.
	slack = 500 * time.Millisecond
	// Batches past the watermark, the state, and batches that head office has and
	// whose PUBACK is late.
	openMost = 2*batchesAhead + 4
)

// watch sees what the network carries.
func (w *world) watch(client string, conn int, way faulttest.Way, p faulttest.Packet) {
	confirmed, _ := w.journal.Watermark()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.note()
	switch {
	case client == officeEnd && way == faulttest.Down && p.Kind() == faulttest.Publish:
		first, last := batchOf(p)
		for seq := first; first > 0 && seq <= last; seq++ {
			w.raw[seq]++
		}
	case client == terminalEnd && way == faulttest.Down && p.Kind() == faulttest.Puback && conn == w.sent.conn:
		w.sent.open--
	case client == terminalEnd && way == faulttest.Up && p.Kind() == faulttest.Publish:
		if conn != w.sent.conn {
			w.sent = traffic{conn: conn}
		}
		if w.sent.open++; w.sent.open > openMost {
			w.wrong = append(w.wrong, "memory: too many publications are open")
		}
		if first, last := batchOf(p); first > 0 {
			w.sends(first, last, confirmed)
		}
	}
}

// batchOf is from where to where the batch goes that a packet carries; zero if
// none. It does not look any closer: that is head office's work.
func batchOf(p faulttest.Packet) (first, last uint64) {
	topic, payload := p.Publication()
	if topic != topicEvents {
		return 0, 0
	}
	return number(payload, `,"first":`), number(payload, `,"last":`)
}

func number(payload []byte, member string) (n uint64) {
	at := bytes.LastIndex(payload, []byte(member))
	if at < 0 {
		return 0
	}
	for _, c := range payload[at+len(member):] {
		if c < '0' || c > '9' {
			break
		}
		n = 10*n + uint64(c-'0')
	}
	return n
}

// sends checks what the terminal sends: called with the mutex held.
func (w *world) sends(first, last, confirmed uint64) {
	s, now := &w.sent, time.Now()
	if n := len(s.lasts); n > 0 && first <= s.lasts[n-1] {
		if !s.rewound.IsZero() && now.Sub(s.rewound) < rewindPause {
			w.wrong = append(w.wrong, "rewind: twice within "+now.Sub(s.rewound).String())
		}
		s.rewound, s.lasts = now, nil
	}
	s.lasts = append(s.lasts, last)
	for len(s.lasts) > 0 && s.lasts[0] <= confirmed {
		s.lasts = s.lasts[1:]
	}
	if len(s.lasts) > batchesAhead {
		w.wrong = append(w.wrong, "memory: too many batches past the watermark")
	}
}

// check looks at what has come of it all.
func (w *world) check() (r result) {
	ours, err := w.journal.After(0, 1<<20)
	if err != nil {
		w.blame("read the journal: %v", err)
		return r
	}
	events, err := w.store.Events(context.Background(), exit1, 0, 1<<20)
	if err != nil {
		w.blame("read head office's store: %v", err)
		return r
	}
	times := map[uint64]int{}
	var pos, seq uint64
	for _, e := range events {
		if times[e.Seq]++; times[e.Seq] > 1 {
			r.doubled++
		}
		if e.Pos <= pos || e.Seq != seq+1 {
			r.disorder++
		}
		pos, seq = e.Pos, e.Seq
		if e.Seq > uint64(len(ours)) || !bytes.Equal(e.Event, ours[e.Seq-1].Event) || e.Head != ours[e.Seq-1].Head {
			w.blame("altered: event %d", e.Seq)
		}
	}
	for _, l := range ours {
		if times[l.Seq] == 0 {
			r.lost++
		}
	}
	if r.lost+r.doubled+r.disorder > 0 {
		w.blame("lost %d, doubled %d, wrong order %d of %d", r.lost, r.doubled, r.disorder, len(ours))
	}
	w.checkAttempts()
	r.worlds, r.acknowledged, r.longest = 1, len(ours), w.longest
	return r
}

// checkAttempts looks at how soon the terminal noticed that a connection had
// gone, and came again.
func (w *world) checkAttempts() {
	attempts := w.net.Attempts(terminalEnd)
	bound := time.Duration(0)
	for i, a := range attempts {
		if !a.Broken.IsZero() && a.Ended.Sub(a.Broken) > foundWithin {
			w.blame("found late: connection %d broke at %s and was left after %s", a.Conn, a.Broken, a.Ended.Sub(a.Broken))
		}
		if a.Ended.IsZero() {
			w.blame("leak: connection %d was never closed", a.Conn)
		}
		if j := i + attemptsMost; j < len(attempts) && attempts[j].Dialed.Sub(a.Dialed) < time.Minute {
			w.blame("storm: %d attempts within %s", attemptsMost, attempts[j].Dialed.Sub(a.Dialed))
		}
		if i+1 == len(attempts) {
			break
		}
		if born := w.born[a.Conn]; w.proved[a.Conn] || !born.IsZero() && a.Ended.Sub(born) >= lived {
			bound = 0
		}
		bound = min(max(2*bound, time.Second), 5*time.Minute)
		next := attempts[i+1].Dialed
		took := next.Sub(a.Ended)
		if took > bound+slack {
			w.blame("reconnect: %s after connection %d had ended, want %s at most", took, a.Conn, bound)
		}
		if took > w.longest.took {
			w.longest = wait{took, bound}
		}
	}
}
