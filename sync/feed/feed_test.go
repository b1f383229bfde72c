package feed

import (
	"bytes"
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
	r := newRig(t)
	r.press(99)
	r.start()
	r.untilDelivered()
	r.office.hush()
	r.press(50)
	r.until("sent", func() bool { return r.office.has() == 150 })
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

func TestWhatIsWrongMovesNothing(t *testing.T) {
	r := newRig(t)
	r.press(99)
	r.start()
	r.untilDelivered()
	r.office.hush()
	r.press(100)
	r.until("sent", func() bool { return r.office.has() == 200 })
	_, head := r.journal.Last()
	good := wire.Ack{Identity: exit1, Epoch: r.journal.Epoch(), Seq: 200, Head: head.String()}
	with := func(change func(*wire.Ack)) []byte {
		a := good
		change(&a)
		return sealAck(a, r.office.key)
	}
	whole := string(sealAck(good, r.office.key))
	for name, test := range map[string]struct {
		payload []byte
		stale   bool
	}{
		"forged":                  {payload: []byte(strings.Replace(string(r.office.ack(150, r.office.headAt(150))), `"seq":150`, `"seq":200`, 1))},
		"wrong key":               {payload: sealAck(good, newKey(3))},
		"terminal's own key":      {payload: sealAck(good, r.journal.Key())},
		"foreign terminal":        {payload: with(func(a *wire.Ack) { a.Terminal = "exit-2" })},
		"foreign epoch":           {payload: with(func(a *wire.Ack) { a.Epoch = "11111111-1111-4111-8111-111111111111" })},
		"head that is none":       {payload: with(func(a *wire.Ack) { a.Head = "abc" })},
		"no signature":            {payload: []byte(whole[:strings.Index(whole, `"sig"`)] + `"store":"lyon","terminal":"exit-1"}`)},
		"half":                    {payload: []byte(whole[:len(whole)/2])},
		"nothing":                 {payload: []byte{}},
		"not an object":           {payload: []byte(`[1]`)},
		"seq with a wrong type":   {payload: []byte(strings.Replace(whole, `"seq":200`, `"seq":"200"`, 1))},
		"seq below zero":          {payload: []byte(strings.Replace(whole, `"seq":200`, `"seq":-1`, 1))},
		"10 MB":                   {payload: bytes.Repeat([]byte("x"), 10<<20)},
		"10 MB around a good ack": {payload: append(bytes.Repeat([]byte(" "), 10<<20), whole...)},
		"stale":                   {payload: r.office.ack(99, r.office.headAt(99)), stale: true},
	} {
		before := r.feed.Counts()
		r.send(test.payload, false)
		r.until(name+" is counted", func() bool {
			c := r.feed.Counts()
			return c.Rejected+c.Stale > before.Rejected+before.Stale
		})
		after := r.feed.Counts()
		want := before
		if test.stale {
			want.Stale++
		} else {
			want.Rejected++
		}
		if after != want {
			t.Errorf("%s: %+v, want %+v", name, after, want)
		}
		if seq := r.watermark(); seq != 100 {
			t.Fatalf("%s: the watermark went to %d", name, seq)
		}
	}
	r.office.speak()
	r.press(10)
	r.untilDelivered()
	if n := r.broker.Connections(); n != 1 {
		t.Errorf("%d connections, want the first to last", n)
	}
}

// A new epoch finds the retained watermark of the one before.
func TestRetainedWatermarkOfAnotherEpochIsNoNews(t *testing.T) {
	r := newRig(t)
	r.send(sealAck(wire.Ack{Identity: exit1, Epoch: "11111111-1111-4111-8111-111111111111", Seq: 900, Head: seal.Head{}.String()}, r.office.key), true)
	r.press(10)
	r.start()
	r.untilDelivered()
	if c := r.feed.Counts(); c.Rejected != 0 || c.Stale != 0 {
		t.Errorf("%+v, want nothing refused", c)
	}
}

// The office knows more than the journal, or something else: this card is an
// old copy, and the epoch ends at once.
func TestCopiedCard(t *testing.T) {
	for name, ack := range map[string]func(r *rig) []byte{
		"beyond our last": func(r *rig) []byte { return r.office.ack(5000, seal.Head{1}) },
		"another head":    func(r *rig) []byte { return r.office.ack(20, seal.Head{1}) },
	} {
		for _, retained := range []bool{true, false} {
			t.Run(name, func(t *testing.T) {
				r := newRig(t)
				r.office.hush()
				r.press(1000)
				if retained {
					r.send(ack(r), true)
				}
				r.start()
				if !retained {
					r.until("connected", func() bool { return len(r.broker.Subscriptions()) == 2 })
					r.send(ack(r), false)
				}
				if err := <-r.result; !errors.Is(err, ErrCopied) {
					t.Fatalf("%v, want %v", err, ErrCopied)
				}
				if seq := r.watermark(); seq != 0 {
					t.Errorf("the watermark went to %d", seq)
				}
				r.wantOffline(1)
			})
		}
	}
}

// The repetition of a watermark asks for a resend, but not where the head says
// that the office means another history.
func TestRepeatedWatermarkWithAnotherHead(t *testing.T) {
	r := newRig(t)
	r.press(99)
	r.start()
	r.untilDelivered()
	r.office.hush()
	r.press(50)
	r.until("sent", func() bool { return r.office.has() == 150 })
	r.send(r.office.ack(100, seal.Head{1}), false)
	if err := <-r.result; !errors.Is(err, ErrCopied) {
		t.Fatalf("%v, want %v", err, ErrCopied)
	}
	if n := r.feed.Counts().Rewinds; n != 0 {
		t.Errorf("%d rewinds", n)
	}
}

func TestFirstKeyIsPinned(t *testing.T) {
	r := newRig(t)
	r.config.OfficeKey = seal.Public{}
	r.office.hush()
	r.press(10)
	r.start()
	r.until("sent", func() bool { return r.office.has() == 11 })
	r.office.speak() // the watermark comes before the key
	r.office.introduce(r.office.key)
	r.untilDelivered()

	r.office.introduce(newKey(3))
	r.until("another key is refused", func() bool { return r.feed.Counts().Rejected == 1 })
	r.press(10)
	r.untilDelivered() // the first still counts
	last, head := r.journal.Last()
	r.office.hush()
	r.press(1)
	r.send(sealAck(wire.Ack{Identity: exit1, Epoch: r.journal.Epoch(), Seq: last, Head: head.String()}, newKey(3)), false)
	r.until("its watermark, too", func() bool { return r.feed.Counts().Rejected == 2 })

	r.broker.Drop() // and the pin outlives the connection
	r.until("refused again", func() bool { return r.feed.Counts().Rejected == 3 })
	if err := r.halt(); err != nil {
		t.Error(err)
	}
	if len(r.pinned) != 1 || r.pinned[0].String() != r.office.key.Public().String() {
		t.Errorf("pinned %v, want the first key once", r.pinned)
	}
}

func TestKeyThatCannotBePinnedIsNotTrusted(t *testing.T) {
	r := newRig(t)
	r.config.OfficeKey = seal.Public{}
	r.config.Pin = func(seal.Public) error { return errors.New("disk full") }
	r.office.introduce(r.office.key)
	r.press(10)
	r.start()
	r.until("sent", func() bool { return r.office.has() == 11 })
	r.until("refused", func() bool { return r.feed.Counts().Rejected == 1 })
	r.office.introduce(r.office.key)
	r.until("refused again", func() bool { return r.feed.Counts().Rejected == 2 })
	if seq := r.watermark(); seq != 0 {
		t.Errorf("the watermark went to %d", seq)
	}
	if n := r.broker.Connections(); n != 1 {
		t.Errorf("%d connections, want the first to last", n)
	}
}

func TestConfiguredKeyIsTheOnlyOne(t *testing.T) {
	r := newRig(t)
	r.office.introduce(newKey(3))
	r.press(10)
	r.start()
	r.untilDelivered()
	r.until("another key is refused", func() bool { return r.feed.Counts().Rejected == 1 })
	if err := r.halt(); err != nil {
		t.Error(err)
	}
	if len(r.pinned) != 0 {
		t.Errorf("pinned %v over the configuration", r.pinned)
	}
}

func TestKeyThatDoesNotSignItselfIsRefused(t *testing.T) {
	r := newRig(t)
	r.config.OfficeKey = seal.Public{}
	forged, err := wire.EncodeOffice(exit1.Chain, newKey(3))
	if err != nil {
		t.Fatal(err)
	}
	forged = bytes.ReplaceAll(forged, []byte(newKey(3).Public().String()), []byte(newKey(4).Public().String()))
	foreign, err := wire.EncodeOffice("another", newKey(3))
	if err != nil {
		t.Fatal(err)
	}
	r.start()
	r.until("connected", func() bool { return len(r.office.stateLog()) > 0 })
	for i, payload := range [][]byte{forged, foreign, []byte("{}"), bytes.Repeat([]byte(" "), 10<<20)} {
		r.broker.Publish(wire.OfficeTopic(exit1.Chain), payload, false)
		r.until("refused", func() bool { return r.feed.Counts().Rejected == uint64(i+1) })
	}
	if err := r.halt(); err != nil || len(r.pinned) != 0 {
		t.Errorf("%v, pinned %v", err, r.pinned)
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
