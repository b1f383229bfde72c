package main

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"sourire/cmd/internal/lab"
	"sourire/device/clock"
	"sourire/device/tap"
	"sourire/sync/mqtt"
	"sourire/sync/office"
	"sourire/sync/wire"
)

// ahead is this machine's clock, set by a time server, and put forward.
type ahead struct {
	clock.Machine
	by atomic.Int64 // ns
}

func (a *ahead) Boottime() time.Duration { return a.Machine.Boottime() + time.Duration(a.by.Load()) }

func (a *ahead) Realtime() time.Time { return a.Machine.Realtime().Add(time.Duration(a.by.Load())) }

func (a *ahead) Synced() (bool, time.Duration) { return true, 5 * time.Millisecond }

func (a *ahead) pass(d time.Duration) { a.by.Add(int64(d)) }

// commanded is a terminal on a chain's broker whose clock a test sets: all of
// `sourire run` but its pages.
type commanded struct {
	*testing.T
	*lab.Chain
	machine ahead
	box     *box
	stop    func()
}

func newCommanded(t *testing.T) *commanded {
	t.Helper()
	c := &commanded{T: t, Chain: lab.NewChain(t, ""), stop: func() {}}
	if err := os.Mkdir(c.TerminalData, 0o750); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.stop() })
	return c
}

// start is a start of the process.
func (c *commanded) start() {
	c.Helper()
	conf, err := configFlag{c.TerminalFile}.load()
	if err != nil {
		c.Fatal(err)
	}
	feeding, err := feedConfig(conf.Broker)
	if err != nil {
		c.Fatal(err)
	}
	if c.box, err = newBox(conf, feeding, clock.New(&c.machine, time.UTC), slog.New(slog.DiscardHandler)); err != nil {
		c.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- c.box.run(ctx) }()
	c.stop = func() {
		cancel()
		if err := <-ended; err != nil {
			c.Error(err)
		}
		c.stop = func() {}
	}
	lab.Eventually(c, "the terminal is connected", soon, func() bool { return c.box.feed.Counts().Connected })
}

const soon = 60 * time.Second

// command gives one by head office's program, and returns what that prints.
func (c *commanded) command(args ...string) string {
	c.Helper()
	out, errs, code := lab.Run(c, "sourire-office", append([]string{"command", "--config", c.OfficeFile, lab.ID, "test"}, args...)...)
	if code != 0 {
		c.Fatalf("command %v: exit code %d: %s%s", args, code, out, errs)
	}
	return out
}

// outcomes are the commands at head office, the newest first.
func (c *commanded) outcomes() []office.CommandStatus {
	var list struct{ Commands []office.CommandStatus }
	if err := json.Unmarshal([]byte(lab.Get("http://"+c.Office+"/api/commands?terminal="+lab.ID)), &list); err != nil || len(list.Commands) == 0 {
		return []office.CommandStatus{{}}
	}
	return list.Commands
}

func (c *commanded) awaitOutcome(want string) office.CommandStatus {
	c.Helper()
	lab.Eventually(c, "the newest command is "+want, soon, func() bool { return c.outcomes()[0].Status == want })
	return c.outcomes()[0]
}

// tests are the journal's test events.
func (c *commanded) tests() (all []*tap.TestEvent) {
	c.Helper()
	if err := backward(c.box.journal, func(e tap.Event) bool {
		if e, ok := e.(*tap.TestEvent); ok {
			all = append([]*tap.TestEvent{e}, all...)
		}
		return true
	}); err != nil {
		c.Fatal(err)
	}
	return all
}

// press presses a button and wants it to count, or not for a test.
func (c *commanded) press(counts bool) {
	c.Helper()
	c.machine.pass(10 * time.Second) // from the one before
	a, err := c.box.loop.Press(c.Context(), 3, "fr", "")
	if err != nil {
		c.Fatal(err)
	}
	if a.Counted != counts || !counts && (len(a.Flags) != 1 || a.Flags[0] != tap.Test) {
		c.Errorf("the press is %+v, want counted %v", a, counts)
	}
}

// TestHeadOfficeBeginsTestMode has head office's program command a terminal by a
// real Mosquitto: while it is away, over a restart, to the end of its time and
// before; and a stranger say again what was said.
func TestHeadOfficeBeginsTestMode(t *testing.T) {
	t.Parallel()
	c := newCommanded(t)
	c.StartBroker()
	heard := listenIn(t, c.Chain)
	c.StartOffice()
	c.start()
	c.press(true)
	lab.Eventually(t, "the office knows the terminal", soon, func() bool { s, ok := c.AtOffice(); return ok && s.Last > 3 })
	c.stop()
	lab.Eventually(t, "the office knows that it is away", soon, func() bool { s, _ := c.AtOffice(); return !s.Online })

	if out := c.command("on"); !strings.Contains(out, "not online") {
		t.Errorf("while it is away: %s", out)
	}
	c.start()
	done := c.awaitOutcome("done")
	if e := c.tests(); len(e) != 1 || !e[0].On || e[0].By != "office" || e[0].Command != done.ID || e[0].Seq != done.Seq {
		t.Fatalf("the journal has %+v for %+v", e, done)
	}
	c.press(false)
	c.machine.pass(15 * time.Minute)
	c.press(true)
	lab.Eventually(t, "it has ended by itself", soon, func() bool { e := c.tests(); return len(e) == 2 && !e[1].On && e[1].Command == "" })

	// A restart ends test mode, and the command that comes again begins none.
	if out := c.command("on"); !strings.Contains(out, "done") {
		t.Errorf("while it is there: %s", out)
	}
	c.press(false)
	c.stop()
	c.start()
	lab.Eventually(t, "the restart has ended it", soon, func() bool { e := c.tests(); return len(e) == 4 && !e[3].On })
	c.attack(heard)
	if n := len(c.tests()); n != 4 {
		t.Errorf("%d test events after the attack, want 4", n)
	}
	c.press(true)

	c.command("on")
	c.press(false)
	res, err := http.Post("http://"+c.Office+"/api/commands", "application/json",
		strings.NewReader(`{"terminal":"`+lab.ID+`","name":"test","on":false}`))
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusAccepted {
		t.Errorf("the API answers %d", res.StatusCode)
	}
	c.awaitOutcome("done")
	c.press(true)

	// It is too late by the terminal's clock, which is ahead.
	c.stop()
	lab.Eventually(t, "it is away", soon, func() bool { s, _ := c.AtOffice(); return !s.Online })
	c.command("on", "--for", "10m")
	c.machine.pass(time.Hour)
	c.start()
	c.awaitOutcome("expired")
	c.press(true)
	if n := len(c.tests()); n != 6 {
		t.Errorf("%d test events in the end, want 6", n)
	}
	c.checkMessages(heard)
	if out, errs, code := lab.Run(t, "sourire-office", "verify", "--config", c.OfficeFile); code != 0 {
		t.Errorf("verify: exit code %d: %s%s", code, out, errs)
	}
}

// attack has a stranger send what head office has said, again and altered.
func (c *commanded) attack(heard *listener) {
	c.Helper()
	stranger, err := mqtt.Dial(c.Context(), mqtt.Options{URL: "tcp://" + c.Broker, ClientID: "stranger"})
	if err != nil {
		c.Fatal(err)
	}
	c.Cleanup(stranger.Close)
	last := c.outcomes()[0]
	topic := wire.Topic(identity, wire.CommandLeaf(last.ID))
	var said string
	lab.Eventually(c, "the command was heard", soon, func() bool {
		if all := heard.on(topic); len(all) > 0 {
			said = string(all[0])
		}
		return said != ""
	})
	answers := func() int { return len(heard.on(wire.Topic(identity, wire.AnswerLeaf(last.ID)))) }
	before, refused := answers(), c.box.feed.Counts().Rejected
	wrong := []mqtt.Message{
		{Topic: topic, Payload: []byte(strings.Replace(said, `"on":true`, `"on":false`, 1))},
		{Topic: topic, Payload: []byte(strings.Replace(said, `"expires":"2`, `"expires":"3`, 1))},
		{Topic: topic, Payload: []byte(strings.Replace(said, `"exit-1"`, `"exit-2"`, 1))},
		{Topic: wire.Topic(identity, wire.CommandLeaf("another")), Payload: []byte(said)},
		{Topic: topic, Payload: []byte(`{"on":`)},
		{Topic: topic, Payload: make([]byte, 1<<20)},
	}
	for _, m := range append(wrong, mqtt.Message{Topic: topic, Payload: []byte(said)}) {
		if err := stranger.Publish(c.Context(), m); err != nil {
			c.Fatal(err)
		}
	}
	lab.Eventually(c, "the replay is answered, and what is wrong is counted", soon, func() bool {
		return answers() == before+1 && c.box.feed.Counts().Rejected == refused+uint64(len(wrong))
	})
	if now := c.outcomes()[0]; now != last {
		c.Errorf("the office says %+v, before %+v", now, last)
	}
}

// checkMessages holds all that was said on cmd against the schemas.
func (c *commanded) checkMessages(heard *listener) {
	c.Helper()
	for _, s := range c.outcomes() {
		for leaf, schema := range map[string]string{wire.CommandLeaf(s.ID): "cmd", wire.AnswerLeaf(s.ID): "res"} {
			all := heard.on(wire.Topic(identity, leaf))
			if len(all) == 0 {
				c.Errorf("nothing was said on %s", leaf)
			}
			for _, raw := range all {
				if schema == "cmd" && !strings.Contains(string(raw), s.ID) || len(raw) > 10_000 || strings.Contains(string(raw), "exit-2") || len(raw) < 20 {
					continue // the stranger's
				}
				valid(c.T, schema, raw)
			}
		}
	}
}

// TestARunningTerminalIsCommanded is `sourire run` as it is: it does what it is
// told where this machine's clock is set, and says that it waits for that where
// it is not.
func TestARunningTerminalIsCommanded(t *testing.T) {
	t.Parallel()
	var now unix.Timex
	state, err := unix.Adjtimex(&now)
	if err != nil {
		t.Fatal(err)
	}
	want := "done"
	if state == 5 || now.Status&unix.STA_UNSYNC != 0 {
		want = "later"
	}
	c := &commanded{T: t, Chain: lab.NewChain(t, "")}
	c.StartBroker()
	c.StartTerminal()
	c.StartOffice()
	c.AwaitDelivery(soon)
	lab.Eventually(t, "it is online", soon, func() bool { s, _ := c.AtOffice(); return s.Online })
	out := c.command("on", "--wait", "30s")
	if s := c.awaitOutcome(want); s.Status == "later" && s.Why != wire.WhyClock || !strings.Contains(out, map[string]string{"done": "done", "later": "not yet (clock)"}[want]) {
		t.Errorf("the outcome is %+v, the program says %s", s, out)
	}
	if _, errs, code := lab.Run(t, "sourire-office", "command", "--config", c.OfficeFile, "demo/lyon-part-dieu/exit-9", "test", "on"); code != 1 || !strings.Contains(errs, "no such terminal") {
		t.Errorf("a terminal that nobody knows: exit code %d: %s", code, errs)
	}
	c.Head.Stop()
	if _, errs, code := lab.Run(t, "sourire-office", "command", "--config", c.OfficeFile, lab.ID, "test", "on"); code != 1 || !strings.Contains(errs, "does not run") {
		t.Errorf("without an office: exit code %d: %s", code, errs)
	}
}
