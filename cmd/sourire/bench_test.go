package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"sourire/cmd/internal/lab"
	"sourire/device/tap"
	"sourire/sync/feed"
	"sourire/sync/journal"
	"sourire/sync/mqtt"
	"sourire/sync/seal"
	"sourire/sync/wire"
)

// BenchmarkDrain sends a backlog of a million taps to Mosquitto, and sets that
// against the rate at which batches made before can be published with the same
// client and window.
func BenchmarkDrain(b *testing.B) {
	const taps = 1_000_000
	c := lab.NewChain(b, "")
	c.StartBroker()
	fillJournal(b, c.TerminalData, taps)
	j, err := journal.Open(journal.Config{Dir: c.TerminalData, Identity: identity, Stamp: stampBench, Log: discard})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = j.Close() }()
	url := "tcp://" + c.Broker
	var rates, shares []float64
	for b.Loop() {
		ceiling := prebuilt(b, url, j, 3000) // before each drain: other work on the machine slows both
		rate := taps / drain(b, url, j).Seconds()
		rates, shares = append(rates, rate), append(shares, 100*rate/ceiling)
	}
	slices.Sort(rates)
	slices.Sort(shares)
	b.ReportMetric(rates[len(rates)/2], "taps/s")
	b.ReportMetric(shares[len(shares)/2], "%-of-prebuilt")
	b.ReportMetric(0, "ns/op")
}

var discard = slog.New(slog.DiscardHandler)

func stampBench(h *tap.Header) {
	h.At, h.Clock, h.Up = "2026-11-23T14:05:03.120+01:00", tap.Synced, 9000
}

func benchTap(choice int) tap.Event {
	e := &tap.TapEvent{Config: 2, Choice: choice, Of: 4, Counted: true, Flags: []tap.Flag{}, Rule: 1, Lang: "fr"}
	e.Kind, e.Boot = tap.KindTap, 1
	stampBench(&e.Header)
	return e
}

// drain is how long the feed takes to have the whole journal acknowledged.
func drain(b *testing.B, url string, j *journal.Journal) time.Duration {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	f := feed.New(feed.Config{
		URL: url, Puback: true, Log: discard,
		Session:   func() (uint64, error) { return 1, nil },
		Condition: func() feed.Condition { return feed.Condition{Boot: 1} },
	}, &fromStart{Journal: j})
	start, ended := time.Now(), make(chan error, 1)
	go func() { ended <- f.Run(ctx) }()
	last, _ := j.Last()
	lab.Eventually(b, "the backlog is drained", 5*time.Minute, func() bool {
		confirmed := f.Counts().Confirmed
		return confirmed >= last
	})
	took := time.Since(start)
	cancel()
	if err := <-ended; err != nil {
		b.Fatal(err)
	}
	return took
}

// fromStart is a journal of which nothing is confirmed yet.
type fromStart struct {
	*journal.Journal
	seq  uint64
	head seal.Head
}

func (s *fromStart) Watermark() (uint64, seal.Head) { return s.seq, s.head }

func (s *fromStart) Confirm(seq uint64, head seal.Head) error {
	s.seq, s.head = seq, head
	return nil
}

// prebuilt is the rate, in taps a second, at which n batches made before are
// acknowledged.
func prebuilt(b *testing.B, url string, j *journal.Journal, n int) float64 {
	ctx := context.Background()
	conn, err := mqtt.Dial(ctx, mqtt.Options{URL: url, ClientID: "prebuilt"})
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close()
	links, err := j.After(1, wire.MaxEvents)
	if err != nil {
		b.Fatal(err)
	}
	payload := wire.EncodeBatch(j.Identity(), j.Epoch(), seal.Head{}, links, j.Key())
	topic := wire.Topic(j.Identity(), wire.LeafEvents)
	window := make(chan mqtt.Receipt, 64)
	failed := make(chan error, 1)
	start := time.Now()
	go func() {
		defer close(failed)
		for r := range window {
			if err := r.Wait(ctx); err != nil {
				failed <- err
				return
			}
		}
	}()
	for range n {
		window <- conn.Send(mqtt.Message{Topic: topic, Payload: payload})
	}
	close(window)
	if err := <-failed; err != nil {
		b.Fatal(err)
	}
	return float64(n*len(links)) / time.Since(start).Seconds()
}

// BenchmarkIdle is the memory of a terminal that does nothing, and how soon
// after its start it takes a press.
func BenchmarkIdle(b *testing.B) {
	c := lab.NewChain(b, "")
	c.StartBroker()
	program := lab.Program(b, "sourire")
	c.StartTerminal() // the first start makes the journal
	c.Terminal.Stop()
	var rss, first float64
	for b.Loop() {
		start := time.Now()
		c.Terminal = lab.Start(b, program, "run", "--config", c.TerminalFile)
		tick := time.NewTicker(time.Millisecond)
		for lab.Get("http://"+c.Panel+"/healthz") == "" {
			<-tick.C
		}
		first = float64(time.Since(start).Milliseconds())
		lab.Eventually(b, "the terminal is connected", 10*time.Second, func() bool {
			v, ok := c.Metric(gaugeConnected)
			return ok && v == 1
		})
		<-time.After(10 * time.Second) // what a start leaves behind is given back
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", c.Terminal.PID()))
		if err != nil {
			b.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			var kb float64
			if n, _ := fmt.Sscanf(line, "VmRSS: %f kB", &kb); n == 1 {
				rss = kb / 1024
			}
		}
		c.Terminal.Stop()
	}
	b.ReportMetric(rss, "RSS-MB")
	b.ReportMetric(first, "ready-ms")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkStart is how long the real program takes from its start to the first
// press that it has stored after a power cut, with the journal of 400 days of 2,000 presses, and by
// how much longer that is than with one of 1,000 presses. The shortest of five.
func BenchmarkStart(b *testing.B) {
	start := func(presses int) (least float64) {
		c := lab.NewChain(b, "")
		fillJournal(b, c.TerminalData, presses)
		c.StartTerminal() // what only the first start does
		c.Terminal.Kill()
		for range 5 {
			began := time.Now()
			c.Terminal.Start()
			lab.Eventually(b, "the first press", 30*time.Second, func() bool {
				_, _, err := lab.Press(b.Context(), c.Panel, 3)
				return err == nil
			})
			took := float64(time.Since(began).Microseconds()) / 1000
			if least == 0 || took < least {
				least = took
			}
			c.Terminal.Kill()
		}
		return least
	}
	var short, long float64
	for b.Loop() {
		short, long = start(1000), start(800_000)
	}
	b.ReportMetric(long, "ms")
	b.ReportMetric(long/short, "x-short")
	b.ReportMetric(0, "ns/op")
}
