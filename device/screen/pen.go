package screen

import (
	"image"
	"image/color"
	"image/draw"
	"math"

	"golang.org/x/image/vector"
)

// canvas draws shapes, in the units of a square that is laid onto the image.
type canvas struct {
	dst   draw.Image
	at    image.Point // the square's upper left corner
	scale float32     // pixels per unit
}

// face draws f, a square of side pixels with its upper left corner at at.
func face(dst draw.Image, f Face, at image.Point, side int) {
	c := canvas{dst, at, float32(side) / 100}
	c.disc(50, 50, radius+rim/2., ink)
	c.disc(50, 50, radius-rim/2., f.Fill)
	if f.Eyes {
		c.disc(50-eyeX, eyeY, eyeSize, ink)
		c.disc(50+eyeX, eyeY, eyeSize, ink)
	}
	if f.Open {
		lip, jaw := f.Mouth.flat(), f.Strokes[0].flat()
		for i := range jaw {
			lip = append(lip, jaw[len(jaw)-1-i])
		}
		c.polygon(lip, ink)
		c.stroke(f.Mouth, ink)
	}
	for _, s := range f.Strokes {
		c.stroke(s, ink)
	}
}

type point struct{ x, y float32 }

const steps = 24 // straight pieces of a curve, and of the round ends of a stroke

// flat follows the curve in straight pieces.
func (c Curve) flat() []point {
	points := make([]point, 0, steps+1)
	for i := range steps + 1 {
		t := float32(i) / steps
		a, b, d := (1-t)*(1-t), 2*(1-t)*t, t*t
		points = append(points, point{a*c.X0 + b*c.CX + d*c.X1, a*c.Y0 + b*c.CY + d*c.Y1})
	}
	return points
}

// stroke draws the curve with a round pen: its two sides, offset by half the
// pen's width, joined by half circles.
func (c canvas) stroke(curve Curve, col color.RGBA) {
	mid := curve.flat()
	var there, back []point
	for i, p := range mid {
		before, after := mid[max(i-1, 0)], mid[min(i+1, steps)]
		angle := math.Atan2(float64(after.y-before.y), float64(after.x-before.x)) + math.Pi/2
		switch i {
		case 0:
			back = append(back, arc(p, angle+math.Pi/2, angle)...)
			there = append(there, arc(p, angle+math.Pi/2, angle+math.Pi)...)
		case steps:
			back = append(back, arc(p, angle, angle-math.Pi/2)...)
			there = append(there, arc(p, angle+math.Pi, angle+3*math.Pi/2)...)
		default:
			back = append(back, arc(p, angle, angle)[0])
			there = append(there, arc(p, angle+math.Pi, angle)[0])
		}
	}
	for i := range back {
		there = append(there, back[len(back)-1-i])
	}
	c.polygon(there, col)
}

// arc is a part of the pen's outline around p, between two angles in radians.
func arc(p point, from, to float64) []point {
	var points []point
	for i := range steps/2 + 1 {
		a := from + (to-from)*float64(i)/(steps/2)
		points = append(points, point{p.x + pen/2*float32(math.Cos(a)), p.y + pen/2*float32(math.Sin(a))})
	}
	return points
}

func (c canvas) disc(x, y, r float32, col color.RGBA) {
	const n = 4 * steps
	points := make([]point, 0, n)
	for i := range n {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / n)
		points = append(points, point{x + r*float32(cos), y + r*float32(sin)})
	}
	c.polygon(points, col)
}

// polygon fills the outline, antialiased.
func (c canvas) polygon(outline []point, col color.RGBA) {
	side := int(math.Ceil(float64(100 * c.scale)))
	r := vector.NewRasterizer(side, side)
	r.MoveTo(outline[0].x*c.scale, outline[0].y*c.scale)
	for _, p := range outline[1:] {
		r.LineTo(p.x*c.scale, p.y*c.scale)
	}
	r.ClosePath()
	// Through a mask: unlike the rasterizer, it is clipped to the image.
	mask := image.NewAlpha(image.Rect(0, 0, side, side))
	r.Draw(mask, mask.Bounds(), image.Opaque, image.Point{})
	draw.DrawMask(c.dst, mask.Bounds().Add(c.at), image.NewUniform(col), image.Point{}, mask, image.Point{}, draw.Over)
}

// rounded fills a rectangle with round corners.
func rounded(dst draw.Image, box image.Rectangle, radius float32, col color.RGBA) {
	w, h := float32(box.Dx()), float32(box.Dy())
	if w < 1 || h < 1 {
		return
	}
	radius = min(radius, w/2, h/2)
	v := vector.NewRasterizer(box.Dx(), box.Dy())
	v.MoveTo(radius, 0)
	v.LineTo(w-radius, 0)
	v.QuadTo(w, 0, w, radius)
	v.LineTo(w, h-radius)
	v.QuadTo(w, h, w-radius, h)
	v.LineTo(radius, h)
	v.QuadTo(0, h, 0, h-radius)
	v.LineTo(0, radius)
	v.QuadTo(0, 0, radius, 0)
	v.ClosePath()
	mask := image.NewAlpha(image.Rectangle{Max: box.Size()})
	v.Draw(mask, mask.Rect, image.Opaque, image.Point{})
	draw.DrawMask(dst, box, image.NewUniform(col), image.Point{}, mask, image.Point{}, draw.Over)
}
