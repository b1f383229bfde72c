package screen

import (
	"image"
	"image/draw"
	"strings"
	"testing"

	qr "github.com/piglig/go-qr"
)

// A reader finds in the code what was put into it.
func TestQR(t *testing.T) {
	for _, text := range []string{"https://example.com/avis?r=k7f3m9qz", "HTTPS://EXAMPLE.COM/A/K7F3M9QZ", "https://example.com/" + strings.Repeat("é", 90)} {
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
