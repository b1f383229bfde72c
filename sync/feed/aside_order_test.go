package feed

import (
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"sourire/device/tap/seedtest"
	"sourire/sync/journal"
	"sourire/sync/mqtt/mqtttest"
	"sourire/sync/wire"
)

// An ended epoch is not sent before the office knows the live one, which it
// would otherwise take for the older of the two.
func TestTheLiveEpochIsFirst(t *testing.T) {
	r := newRig(t)
	newRealOffice(r)
	r.press(10)
	ended := r.endEpoch(journal.WhyDamaged)
	seen := map[string]int{}
	var mu sync.Mutex
	batches := func(epoch string) int {
		mu.Lock()
		defer mu.Unlock()
		return seen[epoch]
	}
	r.broker.Judge = func(m mqtttest.Message) mqtttest.Verdict {
		if b, err := wire.DecodeBatch(m.Payload); err == nil {
			mu.Lock()
			defer mu.Unlock()
			seen[b.Epoch]++
		}
		return mqtttest.Acknowledge
	}
	r.start()
	r.until("the live epoch is sent", func() bool { return batches(r.journal.Epoch()) == 1 })
	for range 20 {
		r.fence()
	}
	if n := batches(ended.epoch); n != 0 {
		t.Errorf("%d batches of the ended epoch were sent before the live one was confirmed", n)
	}
	h := r.history()
	r.send(sealAck(wire.Ack{Identity: exit1, Epoch: h.epoch, Seq: 1, Head: h.links[0].Head.String()}, r.office.key), false)
	r.until("then the ended one is", func() bool { return batches(ended.epoch) > 0 })
}

// The connection breaks at any moment, what is sent is lost on the way, and the
// process is killed and begins again without what it remembered.
func TestTheRestOnABadLine(t *testing.T) {
	r := newRig(t)
	o := newRealOffice(r)
	r.officePatience = 50 * time.Millisecond
	random := seedtest.Rand(t)
	judge := r.broker.Judge
	misfortunes, row := 25, 0 // not too many in a row: the feed would wait for minutes
	r.broker.Judge = func(m mqtttest.Message) mqtttest.Verdict {
		if m.Topic == topicEvents && misfortunes > 0 && row < 4 && random.IntN(3) == 0 {
			row++
			switch misfortunes--; random.IntN(3) {
			case 0:
				return mqtttest.Hang
			case 1: // acknowledged, and lost
				return mqtttest.Acknowledge
			case 2:
				judge(m)
				return mqtttest.Hang
			}
		}
		if m.Topic == topicEvents {
			row = 0
		}
		return judge(m)
	}
	r.press(1200)
	first := r.endEpoch(journal.WhyDamaged)
	r.press(800)
	second := r.endEpoch(journal.WhyDamaged)
	for range 4 {
		r.start()
		r.press(30)
		n := r.feed.Counts().Batches
		r.until("progress", func() bool { return r.feed.Counts().Batches >= n+2 })
		r.halted() // and a new feed
	}
	r.start()
	r.untilMarked(first.epoch)
	r.untilMarked(second.epoch)
	r.until("the live epoch is delivered", func() bool { last, _ := r.journal.Last(); return r.watermark() == last })
	o.wantHistories(r, first, second, r.history())
	if s := o.status(); len(s.Forks) != 0 || s.Epoch != r.journal.Epoch() {
		t.Errorf("status %+v", s)
	}
	t.Logf("%d connections", r.broker.Connections())
}

// The live epoch does not wait for the others: not for an office that is silent
// about them, nor for a broker that keeps its acknowledgement back.
func TestTheRestHoldsNothingUp(t *testing.T) {
	for name, verdict := range map[string]mqtttest.Verdict{"office": mqtttest.Acknowledge, "broker": mqtttest.Withhold} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			o := newRealOffice(r)
			r.officePatience = 5 * time.Millisecond
			judge := r.broker.Judge
			r.press(500)
			ended := r.endEpoch(journal.WhyDamaged)
			var mu sync.Mutex
			swallowed := 0
			r.broker.Judge = func(m mqtttest.Message) mqtttest.Verdict {
				if b, err := wire.DecodeBatch(m.Payload); err == nil && b.Epoch == ended.epoch {
					mu.Lock()
					defer mu.Unlock()
					swallowed++
					return verdict
				}
				return judge(m)
			}
			r.start()
			r.until("the ended epoch is sent", func() bool {
				mu.Lock()
				defer mu.Unlock()
				return swallowed > 0
			})
			for range 20 {
				r.press(100)
				last, _ := r.journal.Last()
				r.until("delivered", func() bool { return r.watermark() == last })
			}
			o.wantHistories(r, r.history())
			if n := r.broker.Connections(); n != 1 {
				t.Errorf("%d connections, want the first to last", n)
			}
			if c := r.feed.Counts(); c.Rewinds != 0 || c.Rejected != 0 {
				t.Errorf("%+v", c)
			}
			if err := r.halt(); err != nil {
				t.Error(err)
			}
		})
	}
}

// One epoch that head office does not answer to does not keep the next waiting.
func TestTheRestOfOneEpochDoesNotWaitForAnother(t *testing.T) {
	r := newRig(t)
	newRealOffice(r)
	r.officePatience = 5 * time.Millisecond
	judge := r.broker.Judge
	var ended []history
	for range 3 {
		r.press(300)
		ended = append(ended, r.endEpoch(journal.WhyDamaged))
	}
	folders, err := journal.Aside(r.dir)
	if err != nil {
		t.Fatal(err)
	}
	silent := strings.TrimSuffix(filepath.Base(folders[0]), "-1")
	r.broker.Judge = func(m mqtttest.Message) mqtttest.Verdict {
		if b, err := wire.DecodeBatch(m.Payload); err == nil && b.Epoch == silent {
			return mqtttest.Acknowledge
		}
		return judge(m)
	}
	r.start()
	for _, h := range ended {
		if h.epoch != silent {
			r.untilMarked(h.epoch)
		}
	}
	if _, ok := r.mark(silent); ok {
		t.Error("marked as delivered without an answer")
	}
}
