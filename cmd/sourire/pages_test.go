package main

import (
	"context"
	"os"
	"testing"
	"time"

	"sourire/cmd/internal/lab"
	"sourire/device/clock"
	"sourire/device/config"
	"sourire/device/tap"
)

// open makes the box of a chain's terminal in this process and runs it until
// the test ends.
func open(t testing.TB, c *lab.Chain) *box {
	t.Helper()
	conf, err := configFlag{Config: c.TerminalFile}.load()
	if err != nil {
		t.Fatal(err)
	}
	feeding, err := feedConfig(conf.Broker)
	if err != nil {
		t.Fatal(err)
	}
	b, err := newBox(conf, feeding, clock.New(clock.Machine{}, time.UTC), discard)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- b.run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return b
}

// TestTheManagerSeesWhetherTheBrokerIsThere counts as heard what answers, also
// where no watermark comes.
func TestTheManagerSeesWhetherTheBrokerIsThere(t *testing.T) {
	c := lab.NewChain(t, "")
	if err := os.Mkdir(c.TerminalData, 0o750); err != nil {
		t.Fatal(err)
	}
	b := open(t, c)
	if r := b.report(); r.Connected || !r.Heard.IsZero() {
		t.Errorf("without a broker: %+v", r)
	}
	c.StartBroker()
	lab.Eventually(t, "it is connected", 30*time.Second, func() bool { return b.report().Connected })
	up := b.report()
	if up.Heard.IsZero() || up.Waiting == 0 {
		t.Errorf("connected, without an office: %+v", up)
	}
	c.Mosquitto.Kill()
	lab.Eventually(t, "it is not connected", 30*time.Second, func() bool { return !b.report().Connected })
	if down := b.report(); down.Heard.Before(up.Heard) || time.Since(down.Heard) > time.Minute {
		t.Errorf("heard at %s, and when it was lost, %s", up.Heard, down.Heard)
	}
}

// TestTheStoreIsClosed asks at noon of a Monday.
func TestTheStoreIsClosed(t *testing.T) {
	noon := clock.Reading{Wall: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC), Quality: tap.Synced}
	for monday, want := range map[string]bool{"closed": true, "09:00-19:30": false} {
		c := config.Default()
		c.Survey.Hours = map[string]string{"mon": monday}
		if got := closedNow(c, noon); got != want {
			t.Errorf("mon = %q: closed %v, want %v", monday, got, want)
		}
	}
	if closedNow(config.Default(), noon) {
		t.Error("without hours, it is closed")
	}
}
