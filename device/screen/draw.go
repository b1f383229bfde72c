package screen

import (
	"image"
	"image/color"
	"image/draw"
	"strconv"

	"sourire/device/tap"
)

// look is the ground of a scene and the colours of its words, as in the
// browser: what went wrong looks so from afar.
type look struct{ ground, words, more color.RGBA }

var (
	calm   = look{paper, ink, color.RGBA{0x4e, 0x57, 0x6b, 0xff}}
	glad   = look{color.RGBA{0xe3, 0xf3, 0xe4, 0xff}, ink, calm.more}
	broken = look{ink, color.RGBA{0xff, 0xff, 0xff, 0xff}, color.RGBA{0xd5, 0xd9, 0xe2, 0xff}}
)

func (s Scene) look() look {
	switch s.Kind {
	case Thanks:
		return glad
	case OutOfOrder:
		return broken
	}
	return calm
}

// small is the height in pixels below which a display shows words only: the
// faces are on the buttons beside it.
const small = 160

// Draw shows the scene on a display of the given size in pixels.
func Draw(s Scene, size image.Point) *image.RGBA {
	dst := image.NewRGBA(image.Rectangle{Max: size})
	draw.Draw(dst, dst.Bounds(), image.NewUniform(s.look().ground), image.Point{}, draw.Src)

	margin := size.X / 32
	words := dst.Bounds().Inset(margin)
	if s.hasButtons() && size.Y >= small {
		row := words
		words.Max.Y = size.Y * 45 / 100
		row.Min.Y = words.Max.Y
		buttons(dst, row, s)
	}
	write(dst, words, s.paragraphs(float64(min(size.Y/8, size.X/9)))...)
	return dst
}

// hasButtons reports whether presses are taken while the scene shows. They are
// during the thanks, too: a change of mind is welcome.
func (s Scene) hasButtons() bool { return s.Kind == Question || s.Kind == Thanks }

// paragraphs are the scene's words: the first language big, the others below.
func (s Scene) paragraphs(size float64) []paragraph {
	var all []paragraph
	l := s.look()
	for i, lang := range s.languages() {
		headline, more := s.Words(lang)
		p := paragraph{text: headline, size: size, col: l.words}
		if i > 0 {
			p.size, p.col, p.gap = size*0.55, l.more, 0.4
		}
		all = append(all, p)
		if more != "" {
			all = append(all, paragraph{text: more, size: size * 0.4, col: l.more})
		}
	}
	return all
}

// buttons draws the choices in a row, the worst first.
func buttons(dst draw.Image, row image.Rectangle, s Scene) {
	n := s.Scale.Choices()
	if n == 0 {
		return
	}
	pitch := row.Dx() / n
	side := min(pitch*88/100, row.Dy()*80/100)
	pitch = min(pitch, side*13/10)
	x := row.Min.X + (row.Dx()-n*pitch)/2 + (pitch-side)/2
	y := row.Min.Y + (row.Dy()-side)/2
	for i := range n {
		at := image.Pt(x+i*pitch, y)
		box := image.Rectangle{at, at.Add(image.Pt(side, side))}
		if s.Scale == tap.NPS {
			draw.Draw(dst, box, image.NewUniform(ink), image.Point{}, draw.Src)
			draw.Draw(dst, box.Inset(max(side/32, 1)), image.NewUniform(color.White), image.Point{}, draw.Src)
			write(dst, box, paragraph{text: strconv.Itoa(i), size: float64(side) / 2, col: ink})
			continue
		}
		face(dst, Faces(s.Scale)[i], at, side)
	}
}
