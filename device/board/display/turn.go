package display

import (
	"image"
	"slices"
)

// turn puts a drawing upside down, for a display that is mounted so. Its pixels
// follow each other without a gap, as those of [image.NewPaletted] do.
func turn(img *image.Paletted) { slices.Reverse(img.Pix) }
