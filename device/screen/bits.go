package screen

import (
	"image"
	"image/color"
)

// Ink and Paper are the two colours of an image by [DrawBits], as indexes.
const (
	Paper uint8 = iota
	Ink
)

var twoTone = color.Palette{Paper: color.White, Ink: color.Black}

// BitPages is how many pages a scene takes on a two-tone display of the given
// size in pixels, one or more.
func BitPages(s Scene, size image.Point) int { return 1 }

// DrawBits draws a page of the scene, 0 the first, for a two-tone display of
// the given size in pixels: words only, for the faces are on the buttons.
func DrawBits(s Scene, size image.Point, page int) *image.Paletted {
	src := Draw(s, size)
	dst := image.NewPaletted(src.Bounds(), twoTone)
	for y := range size.Y {
		for x := range size.X {
			if g := color.GrayModel.Convert(src.At(x, y)).(color.Gray); g.Y < 0x90 {
				dst.SetColorIndex(x, y, Ink)
			}
		}
	}
	return dst
}
