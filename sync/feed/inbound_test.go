package feed

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"sourire/sync/seal"
	"sourire/sync/wire"
)

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
					r.until("connected", func() bool { return len(r.broker.Subscriptions()) == 3 })
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
	r := newRigUnanswered(t)
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
