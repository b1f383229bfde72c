package display

import (
	"errors"
	"fmt"
	"image"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"sourire/device/board/display/displaytest"
	"sourire/device/screen"
)

var closed = screen.Scene{Kind: screen.Closed, Languages: []string{"fr", "en"}}

// shows compares a screen with the scene as it is drawn, each pixel scale by
// scale, up to what the bits of a channel can tell.
func shows(t *testing.T, fb *displaytest.Framebuffer, s screen.Scene, scale int) {
	t.Helper()
	got := fb.Image()
	want := screen.Draw(s, fb.Size.Add(image.Pt(scale-1, scale-1)).Div(scale))
	mask := func(bits [2]int) uint8 { return uint8(0xff << (8 - bits[1])) }
	red, green, blue := mask(fb.Red), mask(fb.Green), mask(fb.Blue)
	differ := 0
	for y := range fb.Size.Y {
		for x := range fb.Size.X {
			w, c := want.RGBAAt(x/scale, y/scale), got.RGBAAt(x, y)
			if c.R != w.R&red || c.G != w.G&green || c.B != w.B&blue {
				differ++
			}
		}
	}
	if differ > 0 {
		t.Errorf("%s: %d pixels differ", s.Kind, differ)
	}
}

func TestFramebufferPixels(t *testing.T) {
	blue := func(f *displaytest.Framebuffer) { f.Red, f.Blue = f.Blue, f.Red }
	panned := func(f *displaytest.Framebuffer) { f.Stride += 64; f.Pan = image.Pt(5, 3) }
	for _, c := range []struct {
		size   image.Point
		bits   int
		scale  int
		change func(*displaytest.Framebuffer)
	}{
		{image.Pt(320, 240), 16, 1, nil}, {image.Pt(320, 240), 24, 1, nil}, {image.Pt(320, 240), 32, 1, nil},
		{image.Pt(320, 240), 32, 1, blue}, {image.Pt(320, 240), 16, 1, panned}, {image.Pt(100, 65), 32, 1, nil}, {image.Pt(100, 64), 32, 1, nil}, {image.Pt(1367, 901), 16, 2, nil},
	} {
		t.Run(fmt.Sprint(c.size, c.bits), func(t *testing.T) {
			fb, err := displaytest.NewFramebuffer(filepath.Join(t.TempDir(), "fb0"), c.size, c.bits)
			if err != nil {
				t.Fatal(err)
			}
			if c.change != nil {
				c.change(fb)
			}
			fb.Clear()
			p, err := newFramebuffer(fb.Path, fb.Ioctl)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = p.Close() }()
			p.memory = fb
			for _, s := range []screen.Scene{question, closed} {
				if err := p.Show(s, 0); err != nil {
					t.Fatal(err)
				}
			}
			shows(t, fb, closed, c.scale)
		})
	}
}

// The structures have the kernel's sizes.
func TestFramebufferStructures(t *testing.T) {
	if size := unsafe.Sizeof(variableInfo{}); size != 160 {
		t.Errorf("variableInfo has %d bytes, the kernel's has 160", size)
	}
	if size := unsafe.Sizeof(fixedInfo{}); unsafe.Sizeof(uintptr(0)) == 8 && size != 80 {
		t.Errorf("fixedInfo has %d bytes, the kernel's has 80", size)
	}
}

func TestFramebufferErrors(t *testing.T) {
	if _, err := Open("fb", Options{Framebuffer: filepath.Join(t.TempDir(), "fb0")}); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "connect it") {
		t.Errorf("a screen that is not there: %v", err)
	}
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open("fb", Options{Framebuffer: path}); !errors.Is(err, syscall.ENOTTY) {
		t.Errorf("a plain file: %v, want %v", err, syscall.ENOTTY)
	}
	for name, change := range map[string]func(*displaytest.Framebuffer){
		"8 bits": func(f *displaytest.Framebuffer) { f.Bits = 8 }, "no size": func(f *displaytest.Framebuffer) { f.Size = image.Point{} },
		"short lines": func(f *displaytest.Framebuffer) { f.Stride = 16 },
	} {
		fb, err := displaytest.NewFramebuffer(filepath.Join(t.TempDir(), "fb0"), image.Pt(64, 64), 16)
		if err != nil {
			t.Fatal(err)
		}
		change(fb)
		if _, err := newFramebuffer(fb.Path, fb.Ioctl); err == nil {
			t.Errorf("%s: opened", name)
		}
	}
}
