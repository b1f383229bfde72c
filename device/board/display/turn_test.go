package display

import (
	"image"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sourire/device/board/display/displaytest"
	"sourire/device/screen"
)

// turned is a picture as someone sees it who stands on their head.
func turned(img *image.Gray) *image.Gray {
	back := image.NewGray(img.Rect)
	for y := range img.Rect.Dy() {
		for x := range img.Rect.Dx() {
			back.SetGray(img.Rect.Dx()-1-x, img.Rect.Dy()-1-y, img.GrayAt(x, y))
		}
	}
	return back
}

// A display that hangs upside down shows each page upside down.
func TestUpsideDown(t *testing.T) {
	t.Run("ssd1306", func(t *testing.T) {
		chip := displaytest.NewSSD1306(0x3c)
		p, err := newSSD1306(chip, 0x3c)
		if err != nil {
			t.Fatal(err)
		}
		p.upsideDown = true
		for page := range p.Pages(question) {
			if err := p.Show(question, page); err != nil {
				t.Fatal(err)
			}
			lit(t, turned(chip.Image()), question, page)
		}
	})
	inBubble(t, func(t *testing.T, m *epaperModel) {
		chip := displaytest.NewEPaper()
		p, err := openFake(m, chip)
		if err != nil {
			t.Fatal(err)
		}
		p.upsideDown = true
		for _, s := range []screen.Scene{question, thanks} { // in full, and in part
			if err := p.Show(s, 0); err != nil {
				t.Fatal(err)
			}
			printed(t, turned(chip.Image()), s)
		}
		synctest.Wait()
	})
	for _, size := range []image.Point{{100, 65}, {1367, 901}} {
		fb, err := displaytest.NewFramebuffer(filepath.Join(t.TempDir(), "fb0"), size, 32)
		if err != nil {
			t.Fatal(err)
		}
		show := func(upsideDown bool) image.Image {
			p, err := newFramebuffer(fb.Path, fb.Ioctl)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = p.Close() }()
			p.memory, p.upsideDown = fb, upsideDown
			if err := p.Show(question, 0); err != nil {
				t.Fatal(err)
			}
			return fb.Image()
		}
		upright, other := show(false), show(true)
		differ := 0
		for y := range size.Y {
			for x := range size.X {
				if upright.At(x, y) != other.At(size.X-1-x, size.Y-1-y) {
					differ++
				}
			}
		}
		if differ > 0 {
			t.Errorf("a screen of %v: %d pixels differ", size, differ)
		}
	}
}

// Our own questions fit every display, and what does not is named.
// Whatever lost its power alone is lit again within minutes. Paper keeps its
// picture, and each page begins with a reset; a full refresh a day is enough.
func TestEveryPanelIsRenewed(t *testing.T) {
	for most, panels := range map[time.Duration][]Panel{
		5 * time.Minute: {&ssd1306Panel{}, &hd44780Panel{}, &framebuffer{}},
		24 * time.Hour:  {&epaper{}},
	} {
		for _, p := range panels {
			if after := p.Renew(); after > most || after < time.Minute {
				t.Errorf("%T is renewed after %v, want %v at most", p, after, most)
			}
		}
	}
}

func TestCut(t *testing.T) {
	for _, name := range Names() {
		if cut := Cut(name, question); cut != nil {
			t.Errorf("%s: our own questions are cut in %q", name, cut)
		}
	}
	long := question
	long.Text = map[string]string{"en": strings.Repeat("How satisfied were you with everything today? ", 20)}
	for _, name := range Names() {
		want := []string{"en"}
		if name == "fb" {
			want = nil
		}
		if cut := Cut(name, long); !slices.Equal(cut, want) {
			t.Errorf("%s: cut in %q, want %q", name, cut, want)
		}
	}
	both := question // each has room alone
	both.Text = map[string]string{"fr": strings.Repeat("Un, deux, trois. ", 24), "en": strings.Repeat("One, two, three. ", 24)}
	if cut := Cut("epd2in13v4", both); !slices.Equal(cut, both.Languages) {
		t.Errorf("too long together: cut in %q", cut)
	}
}
