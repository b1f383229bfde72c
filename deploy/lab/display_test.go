//go:build lab

package lab

import (
	"errors"
	"fmt"
	"image"
	"strings"
	"testing"
	"time"

	"sourire/deploy/lab/agent"
	"sourire/device/config"
	"sourire/device/screen"
	"sourire/device/tap"
)

// TestDisplay is what a box with a small display shows customers and a manager.
func TestDisplay(t *testing.T) {
	t.Parallel()
	b := newBox(t, Config{Lines: fourButtons.lines(), OLED: true})
	c := fourButtons
	c.pin = pinDigits
	b.configure(c)
	b.start()
	b.ready()
	b.part("frames", showsFrames)
	b.part("cable", cable)
	b.part("manager", looksAround)
	b.part("cable forgiven", func(_ *testing.T, b *box) { b.awaitFaults("display", "+-") })
	b.part("stop", stops)
	b.part("votes", votes)
}

// scene is what the box shows a customer.
func scene(k screen.Kind) screen.Scene {
	c := config.Default()
	return screen.Scene{Kind: k, Scale: tap.Faces4, Text: c.Event("").Text, Languages: c.Terminal.Languages}
}

// frames are the golden frames of a scene on the display, one a turn.
func frames(k screen.Kind) (all [][64][128]bool) {
	for _, turn := range scene(k).Turns() {
		all = append(all, frame(turn))
	}
	return all
}

// frame is a scene as it is drawn for the display.
func frame(s screen.Scene) (f [64][128]bool) {
	img := screen.DrawBits(s, image.Pt(128, 64))
	for y := range f {
		for x := range f[y] {
			f[y][x] = img.ColorIndexAt(x, y) == screen.Ink
		}
	}
	return f
}

// awaitFrame waits until the display shows this frame, point for point.
func (b *box) awaitFrame(what string, want [64][128]bool) agent.Display {
	b.t.Helper()
	var d agent.Display
	eventually(b.t, 30*time.Millisecond, slow, func() error {
		var err error
		if d, err = b.OLED(b.t.Context()); err != nil {
			b.t.Fatal(err)
		}
		if !d.On || d.Pixels != want {
			return fmt.Errorf("the display does not show %s, but (on: %t)\n%s\nwant\n%s", what, d.On, drawing(d.Pixels), drawing(want))
		}
		return nil
	})
	return d
}

// drawing is a frame in letters, two points in each.
func drawing(f [64][128]bool) string {
	var b strings.Builder
	for y := 0; y < len(f); y += 2 {
		for x := range f[y] {
			up, down := f[y][x], f[y+1][x]
			switch {
			case up && down:
				b.WriteRune('█')
			case up:
				b.WriteRune('▀')
			case down:
				b.WriteRune('▄')
			default:
				b.WriteRune(' ')
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// showsFrames: the display shows the golden frames, the question in each
// language and the thanks after a press.
func showsFrames(t *testing.T, b *box) {
	for i, f := range frames(screen.Question) {
		b.awaitFrame(fmt.Sprintf("the question, turn %d", i), f)
	}
	if err := b.press(0); err != nil {
		t.Fatal(err)
	}
	b.awaitFrame("the thanks", frames(screen.Thanks)[0])
	d := b.awaitFrame("the question after the thanks", frames(screen.Question)[0])
	if len(d.Protocol) > 0 {
		t.Errorf("the driver sent what no SSD1306 understands: %q", d.Protocol)
	}
	if wrong := frames(screen.Closed)[0]; d.Pixels == wrong {
		t.Error("another scene has the same frame: the comparison proves nothing")
	}
}

// cable: a display that comes loose, and loses its power with that, is a fault;
// votes go on; it is drawn anew when it is back, and the fault ends when it has
// worked for a while.
func cable(t *testing.T, b *box) {
	was, err := b.OLED(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Plug(t.Context(), agent.Cable{}); err != nil {
		t.Fatal(err)
	}
	b.awaitFaults("display", "+")
	got := b.between(func() (bool, error) { return true, errors.Join(b.press(2), b.press(1), b.press(2)) })
	if err := choices(got, "2", "1", "2"); err != nil {
		t.Error(err)
	}
	if err := b.Plug(t.Context(), agent.Cable{In: true, PowerCut: true}); err != nil {
		t.Fatal(err)
	}
	is := b.awaitFrame("the question when it was plugged in again", frames(screen.Question)[0])
	if is.Refused == was.Refused || is.Inits == was.Inits {
		t.Errorf("%d transfers were refused and it was initialised %d times: was the cable out?", is.Refused-was.Refused, is.Inits-was.Inits)
	}
}
