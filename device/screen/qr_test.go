package screen

import (
	"bytes"
	"fmt"
	"image"
	"image/draw"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	qr "github.com/piglig/go-qr"

	"sourire/device/screen/phonetest"
	"sourire/device/tap"
)

// A reader finds in the code what was put into it.
func TestQR(t *testing.T) {
	for _, text := range []string{"https://example.com/avis?r=K7F3M9QZ2XVBNR5TWYHJ6CDPLA", "HTTPS://EXAMPLE.COM/A/K7F3M9QZ", "https://example.com/" + strings.Repeat("é", 90)} {
		modules, err := QR(text)
		if err != nil {
			t.Fatal(err)
		}
		const scale = 3
		side := (len(modules) + 2*quiet) * scale
		img := image.NewGray(image.Rect(0, 0, side, side))
		draw.Draw(img, img.Rect, image.White, image.Point{}, draw.Src)
		for y, row := range modules {
			for x, dark := range row {
				if dark {
					at := image.Pt(x+quiet, y+quiet).Mul(scale)
					draw.Draw(img, image.Rectangle{at, at.Add(image.Pt(scale, scale))}, image.Black, image.Point{}, draw.Src)
				}
			}
		}
		if got, err := qr.Decode(img); err != nil || got != text {
			t.Errorf("%q reads as %q, %v", text, got, err)
		}
	}
	if _, err := QR(strings.Repeat("x", 2954)); err == nil {
		t.Error("a text that is too long is no error")
	}
}

// An address of 53 letters fits the OLED, and no longer one; 200 letters, the
// most that a configuration may have, fit the others.
func TestQRFits(t *testing.T) {
	for _, p := range panels {
		most := 200
		if lit(p.size) {
			most = 53
			if modules, _ := fitQR(address(most+1), p.size.Y); modules != nil {
				t.Errorf("%v: an address of %d letters fits", p.size, most+1)
			}
		}
		if modules, scale := fitQR(address(most), p.size.Y); modules == nil || scale < moduleLeast {
			t.Errorf("%v: an address of %d letters has modules of %d pixels", p.size, most, scale)
		}
	}
}

func address(letters int) string {
	return "https://example.com/" + strings.Repeat("r", letters-len("https://example.com/"))
}

// A phone reads the code off every display as it hangs there, with letters
// beside it, held askew: an ordinary address from 12 cm before the OLED, whose
// code is 10 mm wide, 25 cm before e-paper and 50 cm before a screen; and the
// longest that is shown from nearer.
func TestQRIsReadByAPhone(t *testing.T) {
	for i, p := range panels {
		far, near := []float64{120, 250, 500}[i], []float64{120, 120, 400}[i]
		for _, c := range []struct {
			link     string
			distance float64
		}{
			{scene(Write, tap.Faces4).Link, far},
			{address(map[bool]int{true: 53, false: 200}[lit(p.size)]), near},
		} {
			s := scene(Write, tap.Faces4)
			s.Languages, s.Link = s.Languages[:1], c.link
			frame := p.draw(s, p.size)
			if lit(p.size) {
				frame = litTwice(frame.(*image.Paletted))
			}
			for _, v := range []phonetest.View{{Tilt: 20, Turn: 7}, {Tilt: -20, Turn: -80}} {
				v.Distance = c.distance
				seen := v.See(frame, p.width)
				if got := phonetest.Read(t, seen); got != c.link {
					t.Errorf("%v, %+v: %q reads as %q", p.size, v, c.link, got)
				}
				if dir := os.Getenv("SOURIRE_SHOTS"); dir != "" {
					var b bytes.Buffer
					if err := png.Encode(&b, seen); err != nil {
						t.Fatal(err)
					}
					save(t, filepath.Join(dir, fmt.Sprintf("qr-%d-%d-%.0f.png", p.size.X, len(c.link), v.Tilt)), b.Bytes())
				}
			}
		}
	}
}
