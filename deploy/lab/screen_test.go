//go:build lab

package lab

import (
	"errors"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"testing"
	"time"

	"sourire/device/screen"
)

// TestScreen: a box with a monitor shows its scenes there, by the kernel's
// framebuffer, and nothing of the console over them.
func TestScreen(t *testing.T) {
	t.Parallel()
	size := image.Pt(800, 480)
	b := newBox(t, Config{Lines: fourButtons.lines(), Screen: size})
	c := fourButtons
	c.extra = `display = "fb"`
	b.configure(c)
	b.start()
	b.ready()
	b.awaitPicture(size, screen.Question)
	b.seeThanks(size)
	b.awaitPicture(size, screen.Question)
	b.stop()
	b.awaitPicture(size, screen.Starting)
	if n, _ := differ(screen.Draw(scene(screen.Question), size), screen.Draw(scene(screen.Closed), size)); n < 1000 {
		t.Errorf("two scenes differ in %d points: the comparison proves little", n)
	}
}

// seeThanks presses until the thanks is seen. The display leaves out a scene
// that is over before it could draw it, which a machine without time may take
// long for.
func (b *box) seeThanks(size image.Point) {
	b.t.Helper()
	var err error
	for range 5 {
		if err = b.press(1); err != nil {
			b.t.Fatal(err)
		}
		if err = b.picture(5*time.Second, size, screen.Thanks); err == nil {
			return
		}
	}
	b.t.Fatal(err)
}

// awaitPicture waits until the monitor shows a scene.
func (b *box) awaitPicture(size image.Point, k screen.Kind) {
	b.t.Helper()
	if err := b.picture(slow, size, k); err != nil {
		b.t.Fatal(err)
	}
}

// picture returns nil when the monitor shows a scene, point for point. A few
// points at the edge of a curve may be a shade off: an arm64 multiplies and adds
// in one step, and rounds once.
func (b *box) picture(most time.Duration, size image.Point, k screen.Kind) error {
	const (
		shade, few = 2, 20
		every      = 200 * time.Millisecond // a screenshot takes the machine's time
	)
	want := screen.Draw(scene(k), size)
	return within(every, most, func() error {
		got, err := b.Screenshot()
		if err != nil {
			return err
		}
		if n, most := differ(got, want); n > few || most > shade {
			file := filepath.Join(os.TempDir(), "sourire-screen.png")
			return errors.Join(fmt.Errorf("%s: %d points differ, by %d of 255 at most; see %s", k, n, most, file), save(file, got))
		}
		return nil
	})
}

// differ is how many points of two pictures are not the same, and by how much
// in a colour at most.
func differ(a, b *image.RGBA) (n, most int) {
	if a.Rect != b.Rect {
		return len(a.Pix) / 4, 255
	}
	for i := 0; i < len(a.Pix); i += 4 {
		by := 0
		for c := range 4 {
			by = max(by, int(a.Pix[i+c])-int(b.Pix[i+c]), int(b.Pix[i+c])-int(a.Pix[i+c]))
		}
		if by > 0 {
			n++
		}
		most = max(most, by)
	}
	return n, most
}

func save(file string, img image.Image) error {
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	return png.Encode(f, img)
}
