package screen

import (
	"image"
	"image/color"
	"image/draw"
	"math"
	"strconv"

	"sourire/device/tap"
)

// look is the ground of a scene and the colours of its words and its sign, as
// in the browser: what went wrong looks so from afar.
type look struct{ ground, words, more, sign color.RGBA }

var (
	white = color.RGBA{0xff, 0xff, 0xff, 0xff}
	muted = color.RGBA{0x4e, 0x57, 0x6b, 0xff}
	rule  = color.RGBA{0xd6, 0xd9, 0xe1, 0xff} // of lines that only divide
	night = color.RGBA{0x0c, 0x10, 0x1b, 0xff}
	dim   = color.RGBA{0x86, 0x8f, 0xa6, 0xff}

	calm = look{paper, ink, muted, ink}
)

var looks = map[Kind]look{
	Thanks:     {color.RGBA{0xe3, 0xf3, 0xe4, 0xff}, ink, muted, color.RGBA{0x1c, 0x73, 0x45, 0xff}},
	Closed:     {color.RGBA{0xde, 0xe1, 0xea, 0xff}, ink, muted, ink},
	Asleep:     {night, dim, dim, dim},
	OutOfOrder: {ink, white, color.RGBA{0xd5, 0xd9, 0xe2, 0xff}, red},
	Cleaning:   {color.RGBA{0xdb, 0xec, 0xf8, 0xff}, ink, muted, color.RGBA{0x1d, 0x62, 0x9e, 0xff}},
	Test:       {color.RGBA{0xfd, 0xf0, 0xc2, 0xff}, ink, muted, ink},
}

func (s Scene) look() look {
	if l, ok := looks[s.Kind]; ok {
		return l
	}
	return calm
}

// small is the height in pixels below which a display shows words only: the
// faces are on the buttons beside it.
const small = 160

// Draw shows the scene on a display of the given size in pixels.
func Draw(s Scene, size image.Point) *image.RGBA { return s.draw(size).RGBA }

func (s Scene) draw(size image.Point) *picture {
	dst := &picture{RGBA: image.NewRGBA(image.Rectangle{Max: size}), least: math.Inf(1)}
	draw.Draw(dst, dst.Rect, image.NewUniform(s.look().ground), image.Point{}, draw.Src)
	box := dst.Rect.Inset(max(size.X/32, 3))
	switch s.Kind {
	case Question, Thanks:
		s.drawQuestion(dst, box)
	case FollowUp:
		s.drawFollowUp(dst, box)
	case Write:
		s.drawWrite(dst, box)
	case PIN, Manager:
		s.drawPage(dst, box)
	default:
		s.drawNotice(dst, box)
	}
	if s.Alert {
		side := max(size.Y/40, 3)
		drawShapes(dst, dot, image.Pt(size.X-2*side, side), side, 4, s.look().more)
	}
	return dst
}

// typeSize is the size of the largest type on a display.
func typeSize(dst *picture) float64 {
	return float64(min(dst.Rect.Dy()/8, dst.Rect.Dx()/9))
}

// paragraphs are the scene's words: the first language big, the others below.
func (s Scene) paragraphs(size float64) []paragraph {
	var all []paragraph
	l := s.look()
	for i, lang := range s.languages() {
		headline, more := s.Printed(lang)
		p := paragraph{text: headline, size: size, col: l.words}
		if i > 0 {
			p.size, p.col, p.gap = size*0.55, l.more, 0.4
		}
		all = append(all, p)
		if more != "" {
			all = append(all, paragraph{text: more, size: size * 0.42, col: l.more, light: true})
		}
	}
	return all
}

// drawQuestion has the words above the faces. Presses are taken during the
// thanks, too: a change of mind is welcome.
func (s Scene) drawQuestion(dst *picture, box image.Rectangle) {
	words, size := box, typeSize(dst)
	if dst.Rect.Dy() >= small {
		row := box
		if s.hasFoot() {
			row.Max.Y -= s.drawFoot(dst, box)
		}
		words.Max.Y = dst.Rect.Dy() * 45 / 100
		row.Min.Y = words.Max.Y
		buttons(dst, row, s)
	}
	s.drawSigned(dst, words, words.Dy()*13/20, s.paragraphs(size))
}

// drawFoot shows at the lower edge what was done and how many answered today,
// and returns the height that this takes.
func (s Scene) drawFoot(dst *picture, box image.Rectangle) int {
	lang, size := s.languages()[0], typeSize(dst)*0.36
	voices, said := s.Told(lang), s.said(lang)
	high := int(size * leading * float64(max(len(said), 1)) * 1.3)
	line := image.Rect(box.Min.X, box.Max.Y-high, box.Max.X, box.Max.Y)
	draw.Draw(dst, image.Rect(line.Min.X, line.Min.Y, line.Max.X, line.Min.Y+1), image.NewUniform(rule), image.Point{}, draw.Src)
	line.Min.Y += int(size / 2)
	count := paragraph{text: voices, size: size, col: muted, light: true}
	if said == nil {
		write(dst, line, count)
		return high
	}
	if voices != "" {
		right := set(line.Size(), count)
		right.print(dst, image.Pt(line.Max.X-right.width, line.Min.Y+(line.Dy()-right.height)/2), false)
		line.Max.X -= right.width + int(size)
	}
	left := set(line.Size(), paragraph{text: said[0], size: size, col: muted, light: true}, paragraph{text: said[1], size: size, col: ink})
	left.print(dst, image.Pt(line.Min.X, line.Min.Y+(line.Dy()-left.height)/2), false)
	return high
}

// drawNotice has a large sign and words.
func (s Scene) drawNotice(dst *picture, box image.Rectangle) {
	size, side := typeSize(dst), min(box.Dx(), box.Dy())*9/20
	switch s.Kind {
	case Test:
		high := max(dst.Rect.Dy()/24, 4)
		hatched(dst, high)
		box = box.Inset(high)
	case Asleep: // nearly dark
		size, side = size*0.6, side/2
	case Cleaning:
		box.Max.Y -= s.drawTime(dst, box, s.look().sign)
	case OutOfOrder:
		box.Max.Y -= s.drawStaff(dst, box)
	}
	all := s.paragraphs(size)
	if s.Kind == Cleaning && s.Of > 0 {
		count := paragraph{text: strconv.Itoa(s.Left) + "\u00a0s", size: size, col: s.look().sign, gap: 0.3}
		all = append(all, count)
	}
	s.drawSigned(dst, box, side, all)
}

// drawStaff tells staff at the lower edge what is out of order, and returns the
// height that this takes.
func (s Scene) drawStaff(dst *picture, box image.Rectangle) int {
	text, size := s.ForStaff(), typeSize(dst)*0.36
	if text == "" {
		return 0
	}
	b := set(image.Pt(box.Dx(), box.Dy()/5), paragraph{text: text, size: size, col: s.look().more, light: true})
	b.print(dst, image.Pt((box.Min.X+box.Max.X)/2, box.Max.Y-b.height), true)
	return b.height + int(size)
}

// drawSigned has words in the middle of a box, with the scene's sign beside
// them, or above where the box is upright.
func (s Scene) drawSigned(dst *picture, box image.Rectangle, side int, all []paragraph) {
	if signs[s.Kind] == nil || dst.Rect.Dy() < small && box.Dx() < 2*side+box.Dy() {
		write(dst, box, all...)
		return
	}
	gap := side / 4
	if box.Dx() < box.Dy() {
		b := set(box.Size().Sub(image.Pt(0, side+gap)), all...)
		top := box.Min.Y + (box.Dy()-side-gap-b.height)/2
		drawSign(dst, s.Kind, image.Pt((box.Min.X+box.Max.X-side)/2, top), side, 4, s.look().sign)
		b.print(dst, image.Pt((box.Min.X+box.Max.X)/2, top+side+gap), true)
		return
	}
	b := set(box.Size().Sub(image.Pt(side+gap, 0)), all...)
	left := box.Min.X + (box.Dx()-side-gap-b.width)/2
	drawSign(dst, s.Kind, image.Pt(left, box.Min.Y+(box.Dy()-side)/2), side, 4, s.look().sign)
	b.print(dst, image.Pt(left+side+gap, box.Min.Y+(box.Dy()-b.height)/2), false)
}

// drawTime draws how much of the time is left, at the lower edge, and returns
// the height that this takes: none where no time runs.
func (s Scene) drawTime(dst *picture, box image.Rectangle, col color.RGBA) int {
	if s.Of < 1 {
		return 0
	}
	high := max(dst.Rect.Dy()/40, 3)
	bar := box
	bar.Min.Y = bar.Max.Y - high
	rounded(dst, bar, float32(high)/2, rule)
	bar.Max.X = bar.Min.X + bar.Dx()*min(s.Left, s.Of)/s.Of
	rounded(dst, bar, float32(high)/2, col)
	return 2 * high
}

// hatched draws a hatched frame: nothing here is for real.
func hatched(dst *picture, high int) {
	inner := dst.Rect.Inset(high)
	for y := range dst.Rect.Dy() {
		for x := range dst.Rect.Dx() {
			if !image.Pt(x, y).In(inner) && (x+y)/(2*high)%2 == 0 {
				dst.SetRGBA(x, y, ink)
			}
		}
	}
}

// buttons draws the choices in a row, the worst first.
func buttons(dst *picture, row image.Rectangle, s Scene) {
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
