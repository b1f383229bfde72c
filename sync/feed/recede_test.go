package feed

import (
	"strings"
	"testing"

	"sourire/sync/seal"
	"sourire/sync/wire"
)

// request is what an office says that has everything up to seq only, although it
// had more, to a connection.
func (o *headOffice) request(seq, boot, session uint64) wire.Ack {
	return wire.Ack{
		Identity: o.identity, Epoch: o.epoch, Seq: seq, Head: o.headAt(seq).String(),
		Resend: &wire.Resend{Boot: boot, Session: session},
	}
}

// forget has the office be put back to an older copy, and returns what it says
// then.
func (o *headOffice) forget(seq, boot, session uint64) []byte {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.links = o.links[:seq]
	return sealAck(o.request(seq, boot, session), o.key)
}

// An office whose store was put back to an older copy gets again what it had
// confirmed, and hears at once how much there is to come. Whoever says it again
// and again is not heard.
func TestAnOfficeThatHasLostEventsGetsThemAgain(t *testing.T) {
	r := newRig(t)
	r.press(299)
	r.start()
	r.untilDelivered()
	states := len(r.office.stateLog())
	request := r.office.forget(120, 7, 1)
	r.send(request, false)
	r.until("all is at the office again", func() bool { return r.office.has() == 300 })
	r.untilDelivered()
	r.until("the state says so", func() bool { return len(r.office.stateLog()) > states })
	if s := string(r.office.stateLog()[states].Payload); !strings.Contains(s, `"pending":180`) {
		t.Errorf("the state after it: %s, want that 180 wait", s)
	}
	r.send(request, false)
	r.fence()
	if c := r.feed.Counts(); c.Rewinds != 1 || c.Stale != 1 || r.office.repeated() != 0 {
		t.Errorf("%+v, %d events came twice", c, r.office.repeated())
	}
}

// What is not for this connection, or not said now, or not so, moves nothing and
// ends nothing.
func TestALowerWatermarkIsOldNews(t *testing.T) {
	for name, c := range map[string]struct {
		change   func(a *wire.Ack)
		retained bool
		refused  uint64
	}{
		"it asks for nothing":   {change: func(a *wire.Ack) { a.Resend = nil }},
		"to another connection": {change: func(a *wire.Ack) { a.Resend.Session = 2 }},
		"in another boot":       {change: func(a *wire.Ack) { a.Resend.Boot = 6 }},
		"of another history":    {change: func(a *wire.Ack) { a.Head = seal.Head{1}.String() }, refused: 1},
		"of another epoch":      {change: func(a *wire.Ack) { a.Epoch = "11111111-1111-4111-8111-111111111111" }, refused: 1},
		"it was said once":      {change: func(a *wire.Ack) { a.Resend.Session = 2 }, retained: true},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.press(99)
			r.start()
			r.untilDelivered()
			r.office.hush()
			a := r.office.request(20, 7, 1)
			c.change(&a)
			before := r.feed.Counts()
			r.send(sealAck(a, r.office.key), c.retained)
			if c.retained { // the next connection finds it
				r.broker.Drop()
				r.until("another connection", func() bool { return r.broker.Connections() == 2 && len(r.broker.Subscriptions()) == 3 })
			}
			r.fence()
			after := r.feed.Counts()
			if r.watermark() != 100 || after.Rewinds != before.Rewinds || r.office.repeated() != 0 {
				t.Errorf("watermark %d, %+v", r.watermark(), after)
			}
			if refused := after.Rejected - before.Rejected - 3; refused != c.refused { // the fence itself is 3
				t.Errorf("%d refused, want %d", refused, c.refused)
			}
		})
	}
}
