package main

import (
	"context"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"sourire/cmd/internal/lab"
	"sourire/device/board"
	"sourire/device/board/display"
	"sourire/device/board/display/displaytest"
	"sourire/device/board/gpio/gpiotest"
	"sourire/device/clock"
	"sourire/device/signal"
)

// unlit are lights and a buzzer that nobody sees.
type unlit struct{}

func (unlit) Set(signal.Output, bool) error { return nil }
func (unlit) Close() error                  { return nil }

// BenchmarkIdleCPU is what a box takes of a core while nobody presses, and against
// the budget of 0.5 %: four buttons that are read every second, their lights, an
// OLED that turns its pages, a journal, and a broker that is there. Its lines and
// its bus are fakes, all else is the real thing, for half a minute.
func BenchmarkIdleCPU(b *testing.B) {
	const budget = 0.5 // percent
	chain := lab.NewChain(b, "")
	chain.StartBroker()
	conf, err := configFlag{chain.TerminalFile}.load()
	if err != nil {
		b.Fatal(err)
	}
	conf.Broker.Confirm = "puback" // no office is there
	feeding, err := feedConfig(conf.Broker)
	if err != nil {
		b.Fatal(err)
	}
	if err := os.MkdirAll(conf.Terminal.Data, 0o750); err != nil {
		b.Fatal(err)
	}
	box, err := newBox(conf, feeding, clock.New(clock.Machine{}, conf.Location()), discard)
	if err != nil {
		b.Fatal(err)
	}
	h := box.parts
	h.lines = conf.ButtonLines()
	h.buttons = &board.Buttons{
		Config: buttonsOf(conf), Up: clock.SinceBoot, Tell: h.tell, Trouble: h.heard,
		Open: func() (board.Lines, error) { return &gpiotest.Inputs{Up: clock.SinceBoot}, nil },
	}
	h.signals = &board.Signals{
		Buttons: len(h.lines), Up: clock.SinceBoot, Trouble: h.trouble(partSignals),
		Night: func() bool { return false },
		Open:  func() (board.Outputs, error) { return unlit{}, nil },
	}
	h.buttons.Start()
	h.signals.Start()
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 2)
	go func() { ended <- box.run(ctx) }()
	go func() {
		chip := displaytest.NewSSD1306(0x3c)
		display.Run(ctx, func() (display.Panel, error) { return display.OnBus(chip, 0x3c) }, h.loop.Watch(ctx), h.trouble(partDisplay))
		ended <- nil
	}()
	lab.Eventually(b, "the broker has it all", time.Minute, func() bool {
		last, _ := box.journal.Last()
		confirmed, _ := box.journal.Watermark()
		return confirmed >= last
	})
	<-time.After(10 * time.Second) // what a start costs: fonts, and each page once
	const quiet = 30 * time.Second
	var took, slept time.Duration
	var wakes int64
	for b.Loop() {
		before, woken := used(b)
		began := time.Now()
		<-time.After(quiet)
		after, now := used(b)
		took, slept, wakes = took+after-before, slept+time.Since(began), wakes+now-woken
	}
	stop()
	for range 2 {
		if err := <-ended; err != nil {
			b.Fatal(err)
		}
	}
	percent := 100 * took.Seconds() / slept.Seconds()
	b.ReportMetric(percent, "%-of-a-core")
	b.ReportMetric(100*percent/budget, "%-of-budget")
	b.ReportMetric(float64(wakes)/slept.Seconds(), "wakes/s")
	b.ReportMetric(0, "ns/op")
}

// used is the processor time of this process, and how often it gave the
// processor away to wait.
func used(b *testing.B) (time.Duration, int64) {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), int64(u.Nvcsw)
}
