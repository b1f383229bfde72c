package screen

import "image"

// signFrom is the width of a two-tone display from which there is room for a
// sign beside the words.
const signFrom = 200

// signs are the kinds of scene that have one, and its strokes: polylines on a
// disc, in a square of 100 by 100.
var signs = map[Kind][]spot{
	Thanks:     {{28, 52}, {44, 68}, {73, 35}},
	OutOfOrder: {{25, 50}, {75, 50}},
	Closed:     {}, // a moon
}

// drawSign draws the sign of a kind of scene at the left, and returns the width
// that it takes: none where it has no sign or the display is small. Integers
// only: every machine draws the same pixels.
func drawSign(dst *image.Paletted, kind Kind) int {
	size := dst.Rect.Size()
	strokes, ok := signs[kind]
	if !ok || size.X < signFrom {
		return 0
	}
	side, left := size.Y*9/20, size.Y/12
	scale := func(s spot) spot { return spot{s.x * int64(side), s.y * int64(side)} }
	for y := range side {
		for x := range side {
			p := spot{int64(2*x+1) * 50, int64(2*y+1) * 50} // the middle of the pixel, enlarged by side
			ink := p.within(scale(spot{50, 50}), int64(48*side))
			if kind == Closed {
				ink = ink && !p.within(scale(spot{68, 36}), int64(40*side))
			}
			for i := range len(strokes) - 1 {
				ink = ink && !p.beside(scale(strokes[i]), scale(strokes[i+1]), int64(13*side/2))
			}
			if ink {
				dst.SetColorIndex(left+x, (size.Y-side)/2+y, Ink)
			}
		}
	}
	return left + side
}

// spot is a point.
type spot struct{ x, y int64 }

// within reports whether the point is in a disc.
func (p spot) within(middle spot, radius int64) bool {
	x, y := p.x-middle.x, p.y-middle.y
	return x*x+y*y <= radius*radius
}

// beside reports whether the point is at most that far from a line.
func (p spot) beside(a, b spot, far int64) bool {
	dx, dy := b.x-a.x, b.y-a.y
	x, y := p.x-a.x, p.y-a.y
	switch along, length := x*dx+y*dy, dx*dx+dy*dy; {
	case along <= 0:
		return p.within(a, far)
	case along >= length:
		return p.within(b, far)
	default:
		across := x*dy - y*dx
		return across*across <= far*far*length
	}
}
