package display

import (
	"context"
	"image"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sourire/device/board/display/displaytest"
	"sourire/device/screen"
)

var epaperModels = map[string]*epaperModel{"v4": epaperV4, "v2": epaperV2}

// inBubble runs a test for each model, with time of its own.
func inBubble(t *testing.T, test func(t *testing.T, m *epaperModel)) {
	for name, m := range epaperModels {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { test(t, m) })
		})
	}
}

func openFake(m *epaperModel, chip *displaytest.EPaper) (*epaper, error) {
	return newEpaper(m, chip, &wires{dc: chip.DC(), reset: chip.Reset(), busy: chip.Busy()})
}

func printed(t *testing.T, got *image.Gray, s screen.Scene) {
	t.Helper()
	want := screen.DrawBits(s, got.Rect.Size())
	differ := 0
	for y := range got.Rect.Dy() {
		for x := range got.Rect.Dx() {
			if (got.GrayAt(x, y).Y == 0) != (want.ColorIndexAt(x, y) == screen.Ink) {
				differ++
			}
		}
	}
	if differ > 0 {
		t.Errorf("%s: %d pixels differ", s.Kind, differ)
	}
}

// Pages are printed pixel by pixel; the first is a full refresh, and so is one
// after many partial ones, but none while a customer is thanked.
func TestEpaperPixels(t *testing.T) {
	inBubble(t, func(t *testing.T, m *epaperModel) {
		chip := displaytest.NewEPaper()
		p, err := openFake(m, chip)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 32 {
			s := question
			if i%2 == 1 {
				s = thanks
			}
			before, _ := chip.Refreshes()
			if err := p.Show(s, 0); err != nil {
				t.Fatal(err)
			}
			if after, _ := chip.Refreshes(); s.Kind == screen.Thanks && after > before {
				t.Errorf("page %d: a full refresh during the thanks", i)
			}
			if i%8 < 2 {
				printed(t, chip.Image(), s)
			}
		}
		if full, partial := chip.Refreshes(); full != 2 || partial != 30 {
			t.Errorf("%d full and %d partial refreshes, want 2 and 30", full, partial)
		}
		if err := chip.Err(); err != nil {
			t.Error(err)
		}
	})
}

// While only time runs, paper is left alone.
func TestEpaperStaysStill(t *testing.T) {
	inBubble(t, func(t *testing.T, m *epaperModel) {
		chip := displaytest.NewEPaper()
		p, err := openFake(m, chip)
		if err != nil {
			t.Fatal(err)
		}
		s := screen.Scene{Kind: screen.Cleaning, Languages: []string{"fr"}, Left: 60, Of: 60}
		for ; s.Left > 0; s.Left-- {
			if err := p.Show(s, 0); err != nil {
				t.Fatal(err)
			}
		}
		if full, partial := chip.Refreshes(); full != 1 || partial != 0 {
			t.Errorf("%d full and %d partial refreshes, want 1 and 0", full, partial)
		}
		printed(t, chip.Image(), s)
	})
}

// Thanks are seen soon.
func TestEpaperPartialIsQuick(t *testing.T) {
	inBubble(t, func(t *testing.T, m *epaperModel) {
		p, err := openFake(m, displaytest.NewEPaper())
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Show(question, 0); err != nil {
			t.Fatal(err)
		}
		begun := time.Now()
		if err := p.Show(thanks, 0); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(begun); took > 600*time.Millisecond {
			t.Errorf("thanks took %v", took)
		}
	})
}

// A panel that lost its power alone prints the next page all the same.
func TestEpaperPowerCycle(t *testing.T) {
	inBubble(t, func(t *testing.T, m *epaperModel) {
		chip := displaytest.NewEPaper()
		p, err := openFake(m, chip)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range []screen.Scene{question, thanks, question} {
			chip.PowerCycle()
			if err := p.Show(s, 0); err != nil {
				t.Fatal(err)
			}
			printed(t, chip.Image(), s)
		}
	})
}

// Whatever is wrong with the wires is an error within 30 s, and no spin.
func TestEpaperFaults(t *testing.T) {
	for name, fault := range map[string]struct {
		begin, end func(*displaytest.EPaper)
		says       string
	}{
		"BUSY stuck": {func(c *displaytest.EPaper) { c.StickBusy(true) }, func(c *displaytest.EPaper) { c.StickBusy(false) }, "BUSY stays high"},
		"unplugged":  {func(c *displaytest.EPaper) { c.Unplug(true) }, func(c *displaytest.EPaper) { c.Unplug(false) }, "BUSY stays high"},
		"deaf":       {func(c *displaytest.EPaper) { c.PowerCycle(); c.Deafen(true) }, func(c *displaytest.EPaper) { c.Deafen(false) }, "does not begin"},
	} {
		inBubble(t, func(t *testing.T, m *epaperModel) {
			chip := displaytest.NewEPaper()
			p, err := openFake(m, chip)
			if err != nil {
				t.Fatal(err)
			}
			if err := p.Show(question, 0); err != nil {
				t.Fatal(err)
			}
			fault.begin(chip)
			begun := time.Now()
			err = p.Show(thanks, 0)
			if err == nil || !strings.Contains(err.Error(), fault.says) {
				t.Errorf("%s: error %v, want one with %q", name, err, fault.says)
			}
			if took := time.Since(begun); took >= 30*time.Second {
				t.Errorf("%s: reported after %v", name, took)
			}
			fault.end(chip)
			if p, err = openFake(m, chip); err != nil {
				t.Fatal(err)
			}
			if err := p.Show(thanks, 0); err != nil {
				t.Fatal(err)
			}
			printed(t, chip.Image(), thanks)
		})
	}
}

// BUSY is stuck from some moment of the refresh on: the runner reports a fault
// within 30 s, once, and the panel comes back.
func TestEpaperRunner(t *testing.T) {
	for _, from := range []time.Duration{0, 50 * time.Millisecond, 150 * time.Millisecond, time.Second} {
		inBubble(t, func(t *testing.T, m *epaperModel) {
			chip := displaytest.NewEPaper()
			ctx, stop := context.WithCancel(context.Background())
			scenes, ended := make(chan screen.Scene), make(chan struct{})
			reports := make(chan error, 10)
			go func() {
				defer close(ended)
				Run(ctx, func() (Panel, error) { return openFake(m, chip) }, scenes, func(why error) { reports <- why })
			}()
			scenes <- question
			<-time.After(from)
			chip.StickBusy(true)
			<-time.After(30 * time.Second)
			if len(reports) != 1 {
				t.Errorf("stuck after %v: %d reports within 30 s", from, len(reports))
			}
			scenes <- thanks
			<-time.After(5 * time.Minute)
			chip.StickBusy(false)
			<-time.After(2 * time.Minute)
			printed(t, chip.Image(), thanks)
			if len(reports) != 2 {
				t.Errorf("stuck after %v: %d reports, want a fault and its end", from, len(reports))
			}
			stop()
			<-ended
			if err := chip.Err(); err != nil {
				t.Error(err)
			}
		})
	}
}

// An OLED on SPI shows the same as one on I2C.
func TestSSD1306SPI(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		chip := displaytest.NewSSD1306(0x3c)
		port := &displaytest.SSD1306Port{Chip: chip}
		p, err := newSSD1306SPI(port, &wires{dc: port.DC(), reset: port.Reset()})
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range []screen.Scene{question, thanks} {
			if err := p.Show(s, 0); err != nil {
				t.Fatal(err)
			}
			lit(t, chip.Image(), s, 0)
		}
	})
}
