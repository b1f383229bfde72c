package screen

import (
	"fmt"
	"image/color"
	"strings"

	"sourire/device/tap"
)

// Face is a picture that a choice is pressed by, in a square of 100 by 100.
// Its strokes carry the meaning; the colour only repeats it, so that a face is
// told from the others in grey, too.
type Face struct {
	Fill    color.RGBA // of the disc
	Eyes    bool       // two round eyes
	Mouth   Curve      // a filled mouth from this upper lip to Strokes[0], if Open
	Open    bool
	Strokes []Curve
}

// Curve is a quadratic Bézier curve: start, control point, end. With the
// control point between the ends it is a straight line.
type Curve struct{ X0, Y0, CX, CY, X1, Y1 float32 }

func line(x0, y0, x1, y1 float32) Curve {
	return Curve{x0, y0, (x0 + x1) / 2, (y0 + y1) / 2, x1, y1}
}

// The measures of every face.
const (
	radius  = 47  // of the disc, to the middle of its rim
	rim     = 3   // width
	pen     = 6.5 // width of the strokes
	eyeY    = 41
	eyeX    = 17 // from the middle
	eyeSize = 6  // radius
)

var (
	ink    = color.RGBA{0x1b, 0x22, 0x33, 0xff}
	paper  = color.RGBA{0xfb, 0xf8, 0xf2, 0xff}
	red    = color.RGBA{0xf0, 0x6a, 0x5f, 0xff}
	orange = color.RGBA{0xf7, 0xa8, 0x52, 0xff}
	yellow = color.RGBA{0xf8, 0xd8, 0x5e, 0xff}
	lime   = color.RGBA{0xac, 0xd8, 0x6a, 0xff}
	green  = color.RGBA{0x5f, 0xc2, 0x86, 0xff}
)

var (
	veryUnhappy = Face{Fill: red, Eyes: true, Strokes: []Curve{
		{27, 75, 50, 49, 73, 75},
		line(23, 24, 40, 32), line(77, 24, 60, 32),
	}}
	unhappy = Face{Fill: orange, Eyes: true, Strokes: []Curve{
		{31, 71, 50, 58, 69, 71},
	}}
	neutral = Face{Fill: yellow, Eyes: true, Strokes: []Curve{
		line(31, 67, 69, 67),
	}}
	happy = Face{Fill: lime, Eyes: true, Strokes: []Curve{
		{29, 62, 50, 79, 71, 62},
	}}
	veryHappy = Face{Fill: green, Eyes: true, Open: true, Mouth: line(24, 57, 76, 57), Strokes: []Curve{
		{24, 57, 50, 106, 76, 57},
		{25, 28, 33, 19, 41, 28}, {59, 28, 67, 19, 75, 28},
	}}
	no = Face{Fill: red, Strokes: []Curve{
		line(33, 33, 67, 67), line(67, 33, 33, 67),
	}}
	yes = Face{Fill: green, Strokes: []Curve{
		line(28, 52, 44, 68), line(44, 68, 73, 35),
	}}
)

var faces = map[tap.Scale][]Face{
	tap.Faces4: {veryUnhappy, unhappy, happy, veryHappy},
	tap.Faces5: {veryUnhappy, unhappy, neutral, happy, veryHappy},
	tap.YesNo:  {no, yes},
}

// Faces returns the pictures of a scale, the worst first. A scale whose
// choices are numbers ([tap.NPS]) has none.
func Faces(s tap.Scale) []Face { return faces[s] }

// SVG is the face as a picture for a browser.
func (f Face) SVG() string {
	var b strings.Builder
	fmt.Fprint(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100">`)
	fmt.Fprintf(&b, `<circle cx="50" cy="50" r="%d" fill="%s" stroke="%s" stroke-width="%d"/>`, radius, hex(f.Fill), hex(ink), rim)
	if f.Eyes {
		for _, x := range []int{50 - eyeX, 50 + eyeX} {
			fmt.Fprintf(&b, `<circle cx="%d" cy="%d" r="%d" fill="%s"/>`, x, eyeY, eyeSize, hex(ink))
		}
	}
	if f.Open {
		lip, jaw := f.Mouth, f.Strokes[0]
		fmt.Fprintf(&b, `<path d="M%v %vQ%v %v %v %vQ%v %v %v %vZ" fill="%s" stroke="%s" stroke-width="%v" stroke-linejoin="round"/>`,
			lip.X0, lip.Y0, lip.CX, lip.CY, lip.X1, lip.Y1, jaw.CX, jaw.CY, jaw.X0, jaw.Y0, hex(ink), hex(ink), pen)
	}
	for _, c := range f.Strokes {
		fmt.Fprintf(&b, `<path d="M%v %vQ%v %v %v %v" fill="none" stroke="%s" stroke-width="%v" stroke-linecap="round"/>`,
			c.X0, c.Y0, c.CX, c.CY, c.X1, c.Y1, hex(ink), pen)
	}
	b.WriteString("</svg>\n")
	return b.String()
}

func hex(c color.RGBA) string { return fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B) }
