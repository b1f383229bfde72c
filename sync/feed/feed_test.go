package feed

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"sourire/device/tap/seedtest"
	"sourire/sync/mqtt/mqtttest"
	"sourire/sync/seal"
	"sourire/sync/wire"
)

var topicEvents = wire.Topic(exit1, wire.LeafEvents)

func TestWaitingEventsDrainInOrder(t *testing.T) {
	r := newRig(t)
	r.press(5000)
	r.start()
	r.untilDelivered()
	if n := r.office.repeated(); n != 0 {
		t.Errorf("%d events came twice, and nothing was lost", n)
	}
	if c := r.feed.Counts(); c.Batches != 51 || c.Rewinds != 0 || c.Stale != 0 || c.Contact.IsZero() || !c.Connected {
		t.Errorf("%+v, want 51 batches of at most 100 events, and each watermark newer than the one before", c)
	}
	r.press(1) // and then one by one
	r.untilDelivered()
	r.press(1)
	r.untilDelivered()
}

func TestLongEventsMakeShortBatches(t *testing.T) {
	r := newRig(t)
	for range 6 { // three would fit, if a batch were its events only
		r.pressLong(10_800)
	}
	r.start()
	r.untilDelivered() // head office looks at the size of each batch
	if n := r.feed.Counts().Batches; n != 3 {
		t.Errorf("%d batches, want 3 of two long events", n)
	}
}

// The connection breaks before or after head office had the batch; batches and
// acknowledgements are lost on the way; and presses go on.
func TestConnectionLostAtAnyMoment(t *testing.T) {
	r := newRig(t)
	random := seedtest.Rand(t)
	breaks := 6
	r.broker.Judge = func(m mqtttest.Message) mqtttest.Verdict {
		if m.Topic == topicEvents && breaks > 0 && random.IntN(8) == 0 {
			breaks--
			if random.IntN(2) == 0 {
				r.office.take(m)
			}
			return mqtttest.Hang
		}
		// Head office never sees some. The next break ends the wait for them,
		// which would be half a minute.
		if m.Topic == topicEvents && breaks > 0 && random.IntN(20) == 0 {
			return mqtttest.Withhold
		}
		r.office.take(m)
		return mqtttest.Acknowledge
	}
	r.press(3000)
	r.start()
	for i := range 40 {
		r.press(50)
		if i%10 == 0 {
			r.until("progress", func() bool { return r.office.has() > uint64(i)*50 })
		}
	}
	r.untilDelivered()
	t.Logf("%d connections, %+v, %d events came again", r.broker.Connections(), r.feed.Counts(), r.office.repeated())
}

func TestAtMost64BatchesUnconfirmed(t *testing.T) {
	r := newRig(t)
	r.office.hush()
	r.press(8000)
	r.start()
	r.until("64 batches", func() bool { return r.feed.Counts().Batches >= 64 })
	r.press(100)
	r.fence()
	if n := r.feed.Counts().Batches; n != 64 {
		t.Errorf("%d batches are out and nothing is confirmed", n)
	}
	r.office.speak()
	r.untilDelivered()
}

func TestPubackAloneMovesNothing(t *testing.T) {
	r := newRig(t)
	swallow := true
	r.broker.Judge = func(m mqtttest.Message) mqtttest.Verdict {
		if m.Topic != topicEvents || !swallow {
			r.office.take(m)
		} else if b, err := wire.DecodeBatch(m.Payload); err != nil || b.Last() > 500 {
			swallow = false // the first that gets through shows the gap
		}
		return mqtttest.Acknowledge
	}
	r.press(1000)
	r.start()
	r.until("all sent", func() bool { return r.feed.Counts().Batches >= 11 })
	r.untilDelivered()
	if r.feed.Counts().Rewinds == 0 {
		t.Error("delivered without sending again what the broker swallowed")
	}
}

func TestBrokerAcknowledgesAndOfficeIsSilent(t *testing.T) {
	r := newRig(t)
	r.office.hush()
	r.press(1000)
	r.start()
	r.until("head office has all", func() bool { return r.office.has() == 1001 })
	r.fence()
	if seq := r.watermark(); seq != 0 {
		t.Errorf("the watermark is %d, and head office has said nothing", seq)
	}
	r.office.speak()
	r.untilDelivered()
}

// A lost answer is asked for by nobody: head office repeats its watermark, and
// gets what it misses.
func TestRepeatedWatermarkAsksForAResend(t *testing.T) {
	r := newRigUnanswered(t)
	r.send(r.office.ack(100, r.office.headAt(100)), false)
	r.until("sent again", func() bool { return r.office.repeated() == 50 })
	r.office.speak()
	r.untilDelivered()
	if c := r.feed.Counts(); c.Rewinds != 1 {
		t.Errorf("%d rewinds, want 1", c.Rewinds)
	}
	if n := r.office.repeated(); n != 50 {
		t.Errorf("%d events came again, want 50", n)
	}
}

// What was sent before the office came went past it, and an office that has
// never heard of this terminal asks for nothing.
func TestAnOfficeThatComesLateGetsEverything(t *testing.T) {
	r := newRig(t)
	r.config.OfficeKey = seal.Public{}
	here := make(chan struct{})
	r.broker.Judge = func(m mqtttest.Message) mqtttest.Verdict {
		select {
		case <-here:
			r.office.take(m)
		default:
		}
		return mqtttest.Acknowledge
	}
	r.press(8000)
	r.start()
	r.until("64 batches", func() bool { return r.feed.Counts().Batches == 64 })
	close(here)
	r.office.introduce(r.office.key)
	r.untilDelivered()
	if c := r.feed.Counts(); c.Rewinds != 1 {
		t.Errorf("%d rewinds, want 1", c.Rewinds)
	}
}

func TestPubackMode(t *testing.T) {
	r := newRig(t)
	r.config.Puback = true
	r.office.hush()
	r.office.broker.Publish(wire.Topic(exit1, wire.LeafAck), []byte("not for us"), true)
	r.press(3000)
	batches := 0
	r.broker.Judge = func(m mqtttest.Message) mqtttest.Verdict {
		r.office.take(m)
		if m.Topic == topicEvents {
			if batches++; batches == 6 {
				return mqtttest.Withhold
			}
		}
		return mqtttest.Acknowledge
	}
	r.start()
	r.until("head office has all", func() bool { return r.office.has() == 3001 })
	r.until("acknowledged in part", func() bool { return r.watermark() == 500 })
	for range 20 { // later ones are acknowledged and move nothing
		r.press(1)
		last, _ := r.journal.Last()
		r.until("sent", func() bool { return r.office.has() == last })
	}
	if seq := r.watermark(); seq != 500 {
		t.Errorf("the watermark is %d, and the batch after 500 was never acknowledged", seq)
	}
	if s := r.broker.Subscriptions(); len(s) != 0 {
		t.Errorf("subscribed to %q", s)
	}
	r.broker.Drop()
	r.untilDelivered()
	if n := r.office.repeated(); n < 2500 || n > 2530 {
		t.Errorf("%d events came again, want those after 500", n)
	}
	if c := r.feed.Counts(); c.Rejected != 0 || c.Stale != 0 {
		t.Errorf("%+v", c)
	}
}

// A broker that never acknowledges one batch, as ours does when a commit fails,
// and goes on with all others: the connection ends, and all that follows the
// watermark is sent again.
func TestWithheldAcknowledgementEndsTheConnection(t *testing.T) {
	r := newRig(t)
	r.config.Puback = true
	r.brokerPatience = 2 * time.Second
	r.office.hush()
	r.press(3000)
	batches := 0
	r.broker.Judge = func(m mqtttest.Message) mqtttest.Verdict {
		if m.Topic == topicEvents {
			if batches++; batches == 6 {
				return mqtttest.Withhold
			}
		}
		r.office.take(m)
		return mqtttest.Acknowledge
	}
	r.start()
	r.untilDelivered()
	if n := r.broker.Connections(); n < 2 {
		t.Errorf("%d connections, want a second after the first had ended", n)
	}
}

// A confirmation for what was sent before a rewind: what is prepared and not
// sent again is left out, and the next batch still follows.
func TestConfirmationAfterARewind(t *testing.T) {
	r := newRig(t)
	r.press(999)
	links, err := r.journal.After(0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	var parts sync.WaitGroup
	defer parts.Wait()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	for _, puback := range []bool{true, false} {
		r.config.Puback = puback
		p := newPump(New(r.config, r.journal), nil, 1, nil, &parts)
		p.head = links[99].Head
		p.window.send(100, t0) // after a rewind
		p.readOn(ctx)
		for _, seq := range []uint64{50, 100, 250, 500, 800} {
			head := links[seq-1].Head
			p.moved(seq, head)
			if want := seq > 100; p.astray != want {
				t.Errorf("confirmed %d: read ahead again: %v, want %v", seq, p.astray, want)
			}
			if before := p.ahead; p.astray {
				p.readOn(ctx)
				if err := <-before.failed; !errors.Is(err, context.Canceled) {
					t.Errorf("the reading before ended with %v", err)
				}
			}
			b, err := wire.DecodeBatch((<-p.ahead.batches).payload)
			if err != nil {
				t.Fatal(err)
			}
			want := max(100, seq) + 1
			if seq == 100 { // the one after 50 was taken
				want = 201
			}
			if b.First != want || b.Prev != links[want-2].Head {
				t.Errorf("confirmed %d: the next batch begins with %d and follows %s, want %d", seq, b.First, b.Prev, want)
			}
		}
	}
	if err := r.journal.Confirm(800, links[799].Head); err != nil {
		t.Fatal(err)
	}
	p := newPump(New(r.config, r.journal), nil, 1, nil, &parts)
	p.window.send(900, t0)
	p.head = links[899].Head
	p.readOn(ctx)
	p.window.rewind(t0)
	p.rewound()
	p.readOn(ctx)
	if b := <-p.ahead.batches; b.last != 900 {
		t.Errorf("after a rewind the next batch ends with %d, want that after the watermark", b.last)
	}
}

func TestDeniedSubscriptionSendsNothing(t *testing.T) {
	r := newRig(t)
	r.broker.Deny = func(filter string) bool { return strings.HasSuffix(filter, "/ack") }
	r.press(10)
	r.start()
	r.until("it tries again", func() bool { return r.broker.Connections() >= 2 })
	if n := r.office.has(); n != 0 {
		t.Errorf("%d events were sent to a broker that lets no answer through", n)
	}
	if seq := r.watermark(); seq != 0 {
		t.Errorf("the watermark is %d", seq)
	}
}
