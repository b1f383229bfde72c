package feed

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"sourire/device/tap"
	"sourire/sync/seal"
	"sourire/sync/wire"
)

// commanded is a rig whose terminal writes what it is commanded, and whose clock
// a test sets.
type commanded struct {
	*rig

	mu      sync.Mutex
	clock   tap.Quality
	at      time.Time
	given   []string // commands that were carried out
	unheard bool     // what is carried out is not written
}

func newCommanded(t *testing.T) *commanded {
	t.Helper()
	at, err := tap.ParseTime(clockText)
	if err != nil {
		t.Fatal(err)
	}
	c := &commanded{rig: newRig(t), clock: tap.Synced, at: at}
	was := c.config.Condition
	c.config.Condition = func() Condition {
		c.mu.Lock()
		defer c.mu.Unlock()
		now := was()
		now.Clock, now.At = c.clock, tap.FormatTime(c.at)
		return now
	}
	c.config.Test = func(on bool, id string) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.given = append(c.given, id)
		if !c.unheard {
			c.write(on, id)
		}
	}
	return c
}

func (c *commanded) write(on bool, id string) {
	err := c.journal.Append(&tap.TestEvent{
		Header: tap.Header{Kind: tap.KindTest, At: tap.FormatTime(c.at), Clock: c.clock, Boot: 7, Up: 9120}, On: on, By: "office", Command: id,
	})
	if err != nil {
		c.Error(err)
	}
}

func (c *commanded) set(clock tap.Quality, at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.clock, c.at = clock, at
}

func (c *commanded) carriedOut() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]string(nil), c.given...)
}

// command is a good one, issued by the terminal's clock.
func (c *commanded) command(id string) wire.Command {
	return wire.Command{
		Identity: exit1, ID: id, Name: wire.CommandTest, On: true,
		Issued: tap.FormatTime(c.at.Add(-time.Minute)), Expires: tap.FormatTime(c.at.Add(time.Hour)),
	}
}

func seals(w wire.Command, key seal.Key) []byte {
	payload, err := w.Encode(key)
	if err != nil {
		panic(err)
	}
	return payload
}

// born waits for the birth of the n-th connection.
func (c *commanded) born(n uint64) {
	c.Helper()
	c.until("born", func() bool {
		all := c.office.stateLog()
		if len(all) == 0 {
			return false
		}
		s, err := wire.DecodeState(all[len(all)-1].Payload)
		return err == nil && s.Online && s.Session == n
	})
}

// give publishes a command and waits for its answer.
func (c *commanded) give(w wire.Command) wire.Answer {
	c.Helper()
	before := len(c.office.answers(w.ID))
	c.broker.Publish(wire.Topic(exit1, wire.CommandLeaf(w.ID)), seals(w, c.office.key), false)
	c.until("the command is answered", func() bool { return len(c.office.answers(w.ID)) > before })
	all := c.office.answers(w.ID)
	return all[len(all)-1]
}

func (c *commanded) wants(a wire.Answer, result wire.Result, why string, times int) {
	c.Helper()
	if a.Result != result || a.Why != why || len(c.carriedOut()) != times {
		c.Errorf("%s: %s (%s), carried out %d times; want %s (%s), %d", a.ID, a.Result, a.Why, len(c.carriedOut()), result, why, times)
	}
}

// A command is carried out once, however often it comes, also after a restart
// and after its time: the journal remembers it.
func TestACommandIsCarriedOutOnce(t *testing.T) {
	c := newCommanded(t)
	c.start()
	c.born(1)
	w := c.command("a-1")
	first := c.give(w)
	c.wants(first, wire.Done, "", 1)
	c.press(700) // more than is looked through at once
	if again := c.give(w); again.Seq != first.Seq {
		t.Errorf("the second time it is event %d, the first %d", again.Seq, first.Seq)
	}
	c.broker.Drop()
	c.born(2)
	c.wants(c.give(w), wire.Done, "", 1)

	c.halted()
	if err := c.journal.Close(); err != nil {
		t.Fatal(err)
	}
	c.open()
	c.start()
	c.born(3)
	c.set(tap.Synced, c.at.Add(3*time.Hour))
	after := c.give(w)
	c.wants(after, wire.Done, "", 1)
	if after.Seq != first.Seq {
		t.Errorf("after the restart it is event %d, before %d", after.Seq, first.Seq)
	}
}

// What head office has not said to this terminal moves nothing and is counted.
// No answer says so: it would pass for one to a command of head office.
func TestWrongCommandsMoveNothing(t *testing.T) {
	c := newCommanded(t)
	c.start()
	c.born(1)
	good := c.command("a-1")
	whole := string(seals(good, c.office.key))
	with := func(change func(*wire.Command)) []byte {
		w := good
		change(&w)
		return seals(w, c.office.key)
	}
	topic := wire.Topic(exit1, wire.CommandLeaf("a-1"))
	for name, m := range map[string]struct {
		topic   string
		payload []byte
	}{
		"forged":              {topic, []byte(strings.Replace(whole, `"on":true`, `"on":false`, 1))},
		"another key":         {topic, seals(good, newKey(3))},
		"terminal's own key":  {topic, seals(good, c.journal.Key())},
		"foreign":             {topic, with(func(w *wire.Command) { w.Terminal = "exit-2" })},
		"replayed as another": {wire.Topic(exit1, wire.CommandLeaf("a-2")), []byte(whole)},
		"no id":               {wire.Topic(exit1, wire.CommandLeaf("A")), []byte(whole)},
		"id with a path":      {topic, with(func(w *wire.Command) { w.ID = "a/1" })},
		"for ever":            {topic, with(func(w *wire.Command) { w.Expires = "2126-11-23T14:05:03.120Z" })},
		"before it was":       {topic, with(func(w *wire.Command) { w.Expires = "2006-11-23T14:05:03.120Z" })},
		"no expiry":           {topic, with(func(w *wire.Command) { w.Expires = "" })},
		"on is a word":        {topic, []byte(strings.Replace(whole, `"on":true`, `"on":"yes"`, 1))},
		"an ack":              {topic, c.office.ack(0, seal.Head{})},
		"half":                {topic, []byte(whole[:len(whole)/2])},
		"nothing":             {topic, nil},
		"10 MB":               {topic, bytes.Repeat([]byte(" "), 10<<20)},
	} {
		before := c.feed.Counts().Rejected
		c.broker.Publish(m.topic, m.payload, false)
		c.until(name+" is counted", func() bool { return c.feed.Counts().Rejected > before })
	}
	c.wants(c.give(c.command("b-1")), wire.Done, "", 1) // and then all is as ever
	if n := len(c.office.answers("a-1")) + len(c.office.answers("a-2")); n != 0 {
		t.Errorf("%d answers to what head office has not said", n)
	}
	if n := c.broker.Connections(); n != 1 {
		t.Errorf("%d connections, want the first to last", n)
	}
}

func TestCommandsThatAreNotCarriedOut(t *testing.T) {
	c := newCommanded(t)
	c.start()
	c.born(1)
	now := c.at
	old, ahead, strange := c.command("old"), c.command("ahead"), c.command("strange")
	old.Expires = tap.FormatTime(now)
	ahead.Issued, ahead.Expires = tap.FormatTime(now.Add(6*time.Minute)), tap.FormatTime(now.Add(time.Hour))
	strange.Name = "reboot"
	c.wants(c.give(old), wire.Expired, "", 0)
	c.wants(c.give(ahead), wire.Refused, wire.WhyFuture, 0)
	c.wants(c.give(strange), wire.Refused, wire.WhyUnknown, 0)

	// While the time is not known no command is carried out, however late it may
	// be. It is asked for again.
	w := c.command("clock")
	for _, q := range []tap.Quality{tap.Unknown, tap.Saved} {
		c.set(q, now)
		c.wants(c.give(w), wire.Later, wire.WhyClock, 0)
	}
	c.set(tap.Synced, now)
	c.wants(c.give(w), wire.Done, "", 1)
}

// A card that takes nothing for a while: the command is given once, and done
// when its event is in the journal.
func TestACommandWaitsForTheJournal(t *testing.T) {
	c := newCommanded(t)
	c.unheard, c.storagePatience = true, 20*time.Millisecond
	c.start()
	c.born(1)
	w := c.command("a-1")
	c.wants(c.give(w), wire.Later, wire.WhyStorage, 1)
	c.wants(c.give(w), wire.Later, wire.WhyStorage, 1)
	c.mu.Lock()
	c.write(true, "a-1")
	c.mu.Unlock()
	c.wants(c.give(w), wire.Done, "", 1)
}

// Nobody knows what was carried out in an epoch that has ended: a command that
// is older than the new one is refused, a later one is not.
func TestACommandFromBeforeTheEpoch(t *testing.T) {
	c := newCommanded(t)
	w := c.command("a-1")
	if err := c.journal.EndEpoch("damaged"); err != nil {
		t.Fatal(err)
	}
	c.open()
	c.office.mu.Lock()
	c.office.epoch, c.office.terminal = c.journal.Epoch(), c.journal.Key().Public()
	c.office.mu.Unlock()
	c.office.hush()
	c.start()
	c.born(1)
	c.wants(c.give(w), wire.Refused, wire.WhyEpoch, 0)
	c.set(tap.Synced, c.at.Add(10*time.Minute))
	c.wants(c.give(c.command("a-2")), wire.Done, "", 1)
}

// More than can be carried out: what is too much is counted, and comes again.
func TestAFloodOfCommands(t *testing.T) {
	c := newCommanded(t)
	c.unheard = true
	c.start()
	c.born(1)
	for i := range 3 * commandsAhead {
		w := c.command(fmt.Sprintf("a-%d", i))
		c.broker.Publish(wire.Topic(exit1, wire.CommandLeaf(w.ID)), seals(w, c.office.key), false)
	}
	c.until("counted", func() bool { return c.feed.Counts().Rejected >= commandsAhead })
	c.press(100)
	c.untilDelivered()
}
