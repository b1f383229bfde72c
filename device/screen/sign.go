package screen

import (
	"image"
	"image/color"
	"image/draw"
	"math/bits"
)

// signs are the kinds of scene that have one: what tells them from each other
// before a word is read, without any colour. No two have the same outline.
var signs = map[Kind][]shape{
	Starting: {{r: 11, at: []spot{{16, 50}}}, {r: 11, at: []spot{{50, 50}}}, {r: 11, at: []spot{{84, 50}}}},
	Thanks: { // a tick
		{r: 48, at: []spot{{50, 50}}},
		{r: 7, at: []spot{{28, 52}, {44, 68}, {73, 35}}, cut: true},
	},
	Closed: { // a clock
		{r: 48, at: []spot{{50, 50}}},
		{r: 38, at: []spot{{50, 50}}, cut: true},
		{r: 5, at: []spot{{50, 22}, {50, 52}, {68, 63}}},
	},
	Asleep: { // a moon
		{r: 47, at: []spot{{50, 50}}},
		{r: 40, at: []spot{{68, 36}}, cut: true},
	},
	OutOfOrder: { // no entry
		{r: 48, at: []spot{{50, 50}}},
		{r: 8, at: []spot{{25, 50}, {75, 50}}, cut: true},
	},
	Cleaning: { // a drop
		{r: 33, at: []spot{{50, 64}}},
		{at: []spot{{50, 2}, {79, 48}, {21, 48}}},
		{r: 4, at: []spot{{31, 64}, {33, 71}, {37, 77}, {43, 81}, {49, 82}}, cut: true},
	},
	Test: { // a flask
		{r: 5, at: []spot{{40, 7}, {40, 38}, {13, 82}, {20, 93}, {80, 93}, {87, 82}, {60, 38}, {60, 7}}},
		{r: 5, at: []spot{{31, 7}, {69, 7}}},
		{at: []spot{{31, 60}, {69, 60}, {84, 84}, {78, 92}, {22, 92}, {16, 84}}},
		{r: 5, at: []spot{{43, 72}}, cut: true},
		{r: 4, at: []spot{{58, 81}}, cut: true},
	},
	PIN: { // a lock
		{r: 7, at: []spot{{28, 46}, {28, 30}, {36, 15}, {50, 10}, {64, 15}, {72, 30}, {72, 46}}},
		{at: []spot{{14, 44}, {86, 44}, {86, 96}, {14, 96}}},
		{r: 9, at: []spot{{50, 64}}, cut: true},
		{r: 5, at: []spot{{50, 64}, {50, 80}}, cut: true},
	},
}

// dot is a disc.
var dot = []shape{{r: 50, at: []spot{{50, 50}}}}

// shape is a part of a sign, in a square of 100 by 100: a line drawn with a
// round pen of radius r (a disc, if it has one point only), or, where r is 0,
// the area that it goes round.
type shape struct {
	at  []spot
	r   int64
	cut bool // it takes ink away
}

// spot is a point.
type spot struct{ x, y int64 }

// inked reports whether a point is in a sign. The point and the sign are
// enlarged by scale: integers only, so every machine draws the same pixels.
func inked(sign []shape, p spot, scale int64) bool {
	ink := false
	for _, s := range sign {
		if s.within(p, scale) {
			ink = !s.cut
		}
	}
	return ink
}

func (s shape) within(p spot, scale int64) bool {
	at := func(i int) spot { return spot{s.at[i%len(s.at)].x * scale, s.at[i%len(s.at)].y * scale} }
	if s.r == 0 {
		odd := false
		for i := range s.at {
			a, b := at(i), at(i+1)
			if a.y > b.y {
				a, b = b, a
			}
			if a.y <= p.y && p.y < b.y && (p.x-a.x)*(b.y-a.y) < (b.x-a.x)*(p.y-a.y) {
				odd = !odd
			}
		}
		return odd
	}
	for i := range max(len(s.at)-1, 1) {
		if p.beside(at(i), at(min(i+1, len(s.at)-1)), s.r*scale) {
			return true
		}
	}
	return false
}

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
		// Squared, this needs more than 64 bits.
		aHigh, aLow := bits.Mul64(uint64(max(across, -across)), uint64(max(across, -across)))
		bHigh, bLow := bits.Mul64(uint64(far*far), uint64(length))
		return aHigh < bHigh || aHigh == bHigh && aLow <= bLow
	}
}

// drawSign draws the sign of a kind of scene in a square, each pixel by a
// number of samples across and down: 1 for two tones.
func drawSign(dst draw.Image, kind Kind, at image.Point, side, samples int, col color.Color) {
	drawShapes(dst, signs[kind], at, side, samples, col)
}

func drawShapes(dst draw.Image, sign []shape, at image.Point, side, samples int, col color.Color) {
	mask := image.NewAlpha(image.Rect(0, 0, side, side))
	fine := int64(side * samples)
	for y := range side {
		for x := range side {
			sample := func(i, j int) int {
				// The middle of the sample, enlarged by fine.
				if inked(sign, spot{int64(2*(x*samples+i)+1) * 50, int64(2*(y*samples+j)+1) * 50}, fine) {
					return 1
				}
				return 0
			}
			last := samples - 1
			n := samples * samples * sample(0, 0)
			if corners := sample(0, 0) + sample(last, 0) + sample(0, last) + sample(last, last); corners > 0 && corners < 4 { // an edge
				n = 0
				for i := range samples * samples {
					n += sample(i%samples, i/samples)
				}
			}
			mask.Pix[y*mask.Stride+x] = uint8(n * 255 / (samples * samples))
		}
	}
	draw.DrawMask(dst, mask.Rect.Add(at), image.NewUniform(col), image.Point{}, mask, image.Point{}, draw.Over)
}
