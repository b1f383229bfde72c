package screen

import (
	"image"
	"image/draw"
	"strings"
	"testing"

	qr "github.com/piglig/go-qr"

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

// A reader finds the code on every display as it hangs there, light on its dark
// bezel, with letters beside it; the longest that fits each, and none finer.
func TestQRIsReadOffDisplays(t *testing.T) {
	for _, p := range panels {
		for n := 20; ; n++ {
			s := scene(Write, tap.Faces4)
			s.Languages = s.Languages[:1]
			s.Link = "https://example.com/" + strings.Repeat("r", n-20)
			modules, scale := fitQR(s.Link, p.size.Y)
			if modules == nil {
				if lit(p.size) && n != 54 || !lit(p.size) && n <= 200 {
					t.Errorf("%v: an address of %d letters is too long", p.size, n)
				}
				break
			}
			if n > 202 {
				break
			}
			if n%45 != 0 && !(lit(p.size) && n > 50) {
				continue
			}
			if scale < moduleLeast {
				t.Errorf("%v: modules of %d pixels", p.size, scale)
			}
			frame := p.draw(s, p.size)
			if lit(p.size) {
				frame = litTwice(frame.(*image.Paletted))
			}
			const bezel = 10
			size := frame.Bounds().Size()
			seen := image.NewRGBA(image.Rectangle{Max: size.Add(image.Pt(2*bezel, 2*bezel))})
			draw.Draw(seen, seen.Rect, image.Black, image.Point{}, draw.Src)
			draw.Draw(seen, frame.Bounds().Add(image.Pt(bezel, bezel)), frame, image.Point{}, draw.Src)
			if got, err := qr.Decode(seen); err != nil || got != s.Link {
				t.Errorf("%v: %q reads as %q, %v", p.size, s.Link, got, err)
			}
		}
	}
}
