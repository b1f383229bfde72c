package display

import (
	"context"
	"errors"
	"image"
	"io/fs"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"periph.io/x/conn/v3/i2c"

	"sourire/device/board/display/displaytest"
	"sourire/device/screen"
)

var (
	question = screen.Scene{Kind: screen.Question, Languages: []string{"fr", "en"}}
	thanks   = screen.Scene{Kind: screen.Thanks, Languages: []string{"fr", "en"}}
)

// lit compares what is seen with the page as it is drawn: ink is lit.
func lit(t *testing.T, got *image.Gray, s screen.Scene, page int) {
	t.Helper()
	want := screen.DrawBits(s.Turns()[page], got.Rect.Size())
	differ := 0
	for y := range got.Rect.Dy() {
		for x := range got.Rect.Dx() {
			if (got.GrayAt(x, y).Y == 0xff) != (want.ColorIndexAt(x, y) == screen.Ink) {
				differ++
			}
		}
	}
	if differ > 0 {
		t.Errorf("%s, page %d: %d pixels differ", s.Kind, page, differ)
	}
}

func TestSSD1306Pixels(t *testing.T) {
	for _, address := range []uint16{0x3c, 0x3d} {
		chip := displaytest.NewSSD1306(address)
		p, err := newSSD1306(chip, address)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range []screen.Scene{question, thanks, question} {
			for page := range p.Pages(s) {
				if err := p.Show(s, page); err != nil {
					t.Fatal(err)
				}
				lit(t, chip.Image(), s, page)
			}
		}
	}
}

// Wherever a frame is cut off, a new driver shows it all.
func TestSSD1306FailedTransfer(t *testing.T) {
	for n := range 30 {
		chip := displaytest.NewSSD1306(0x3c)
		p, err := newSSD1306(chip, 0x3c)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Show(question, 0); err != nil {
			t.Fatal(err)
		}
		before, _ := chip.Transfers()
		chip.FailAfter(n)
		if err := p.Show(thanks, 0); err == nil {
			after, _ := chip.Transfers()
			if after-before > n {
				t.Fatalf("transfer %d failed, and Show did not", n)
			}
			break // the frame has fewer transfers
		}
		chip.PowerCycle()
		if p, err = newSSD1306(chip, 0x3c); err != nil {
			t.Fatal(err)
		}
		if err := p.Show(thanks, 0); err != nil {
			t.Fatal(err)
		}
		lit(t, chip.Image(), thanks, 0)
	}
}

// The cable comes out while a frame is sent, and goes in again; later the
// power fails, and nobody is told. The picture comes back both times.
func TestSSD1306ComesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		chip := displaytest.NewSSD1306(0x3c)
		ctx, stop := context.WithCancel(context.Background())
		scenes, ended := make(chan screen.Scene), make(chan struct{})
		var faults, clears int
		go func() {
			defer close(ended)
			Run(ctx, func() (Panel, error) { return newSSD1306(chip, 0x3c) }, scenes, func(why error) {
				if why != nil {
					faults++
				} else {
					clears++
				}
			})
		}()
		scenes <- thanks
		synctest.Wait()
		lit(t, chip.Image(), thanks, 0)
		chip.FailAfter(5)
		scenes <- question
		synctest.Wait()
		chip.Unplug()
		scenes <- thanks
		<-time.After(time.Minute)
		chip.Plug()
		<-time.After(30 * time.Second)
		lit(t, chip.Image(), thanks, 0)
		chip.PowerCycle()
		<-time.After(5 * time.Minute)
		lit(t, chip.Image(), thanks, 0)
		stop()
		<-ended
		if faults != 1 || clears != 1 {
			t.Errorf("%d faults and %d ends of one, want 1 and 1", faults, clears)
		}
	})
}

func TestSSD1306Absent(t *testing.T) {
	chip := displaytest.NewSSD1306(0x3c)
	chip.Unplug()
	if _, err := newSSD1306(chip, 0x3c); err == nil {
		t.Error("a display that is not there was opened")
	}
}

// What answers at another address is found, and only where such a panel can be.
func TestElsewhere(t *testing.T) {
	for _, c := range []struct {
		name string
		bus  i2c.Bus
		want []uint16
	}{
		{"ssd1306", displaytest.NewSSD1306(0x3d), []uint16{0x3d}},
		{"ssd1306", displaytest.NewHD44780(0x27), nil},
		{"hd44780", displaytest.NewHD44780(0x3f), []uint16{0x3f}},
		{"hd44780-20x4", displaytest.NewHD44780(0x20), []uint16{0x20}},
		{"epd2in13v4", displaytest.NewSSD1306(0x3c), nil},
	} {
		if got := Elsewhere(c.name, c.bus); !slices.Equal(got, c.want) {
			t.Errorf("%s on a %s: at %#x, want %#x", c.name, c.bus, got, c.want)
		}
	}
}

func TestOpenErrors(t *testing.T) {
	if _, err := Open("ssd1307", Options{}); err == nil {
		t.Error("a display that does not exist was opened")
	}
	if _, err := Open("ssd1306", Options{I2C: "99"}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a bus that is not there: %v, want %v", err, fs.ErrNotExist)
	}
}
