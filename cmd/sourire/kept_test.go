package main

import (
	"os"
	"testing"
	"time"

	"sourire/cmd/internal/lab"
	"sourire/device/alert"
	"sourire/device/screen"
	"sourire/device/tap"
	"sourire/sync/journal"
)

// recalled are the alerts that a process finds open that starts now.
func (d *decade) recalled() []alert.Alert {
	d.Helper()
	a := &alerts{journal: d.journal.Reader, watch: alert.New(alert.Settings{Unhappy: 3, Minutes: 60}, time.UTC)}
	if err := a.recall(); err != nil {
		d.Fatal(err)
	}
	return a.watch.Open()
}

// An alert that nobody has cleared is open, seen, and commented after all that
// raised it was dropped, whether by age or for want of room: its own events stay.
func TestAnOpenAlertOutlivesThePressesThatRaisedIt(t *testing.T) {
	for _, why := range []string{"room", "age"} {
		t.Run(why, func(t *testing.T) {
			d := newDecade(t, t.TempDir(), time.Date(2026, 1, 5, 8, 30, 0, 0, time.UTC))
			d.begin()
			raised := &tap.AlertEvent{Header: tap.Header{Kind: tap.KindAlert}, Rule: alert.Unhappy, State: tap.AlertRaised, Figures: map[string]int{"unhappy": 3}}
			d.hour(3)
			d.Note(raised)
			d.Note(&tap.AlertEvent{Header: tap.Header{Kind: tap.KindAlert}, Rule: alert.Unhappy, State: tap.AlertAcknowledged, Alert: raised.Seq, Figures: map[string]int{}, Text: "a second till"})
			for range 45 {
				d.hour(50)
			}
			d.deliver()
			plan := d.journal.Delivered
			if why == "age" {
				d.machine.Pass(401 * 24 * time.Hour)
				plan = func() (*tap.DropEvent, error) {
					now := d.clock.Now().Wall
					return d.journal.Aged(now.AddDate(0, 0, -400), now)
				}
			}
			drop, err := plan()
			if err != nil || drop == nil || drop.Last < raised.Seq {
				t.Fatalf("drop %+v, %v", drop, err)
			}
			d.Note(drop)
			if err := d.journal.Prune(t.Context(), drop); err != nil {
				t.Fatal(err)
			}
			if base, err := d.journal.Base(); err != nil || base.Seq < raised.Seq {
				t.Fatalf("dropped up to %d, %v", base.Seq, err)
			}
			open := d.recalled()
			if len(open) != 1 || open[0].Seq != raised.Seq || !open[0].Acknowledged || open[0].Text != "a second till" || open[0].Figures["unhappy"] != 3 {
				t.Errorf("after they were dropped: %+v", open)
			}
			if _, err := d.journal.Verify(); err != nil {
				t.Error(err)
			}
		})
	}
}

// With an epoch ends all that was open in it, as the schema says: the next one
// knows of no alert and is in no test mode.
func TestNothingIsOpenInANewEpoch(t *testing.T) {
	c := lab.NewChain(t, "")
	if err := os.Mkdir(c.TerminalData, 0o750); err != nil {
		t.Fatal(err)
	}
	var epoch string
	t.Run("before", func(t *testing.T) {
		b := open(t, c)
		epoch = b.journal.Epoch()
		lab.Eventually(t, "it runs", 10*time.Second, func() bool { return b.loop.Config() > 0 })
		b.loop.Note(&tap.AlertEvent{Header: tap.Header{Kind: tap.KindAlert}, Rule: "other", State: tap.AlertRaised, Figures: map[string]int{}})
		book{b}.Test(t.Context(), true)
		lab.Eventually(t, "an alert is open, in test mode", 10*time.Second, func() bool {
			raised, err := ofKind(b.journal.Reader, tap.KindAlert, 0)
			return err == nil && len(raised) > 0 && b.loop.Scene().Kind == screen.Test
		})
	})
	conf, err := configFlag{Config: c.TerminalFile}.load()
	if err != nil {
		t.Fatal(err)
	}
	j, err := journal.Open(journal.Config{Dir: conf.Terminal.Data, Identity: conf.Identity(), Stamp: stampBench, Log: discard})
	if err != nil {
		t.Fatal(err)
	}
	if err := j.EndEpoch(journal.WhyCopied); err != nil {
		t.Fatal(err)
	}
	t.Run("after", func(t *testing.T) {
		b := open(t, c)
		lab.Eventually(t, "it runs", 10*time.Second, func() bool { return b.loop.Config() > 0 })
		if p := b.journal.Previous(); p == nil || p.Epoch != epoch || p.Why != journal.WhyCopied {
			t.Errorf("the epoch before is %+v, want %s", p, epoch)
		}
		if is := b.loop.Scene().Kind; is == screen.Test {
			t.Errorf("it is in test mode")
		}
		if open := b.alerts.open(); len(open) > 0 {
			t.Errorf("open in the new epoch: %+v", open)
		}
	})
}
