package screen

import (
	"image"
	"image/draw"
)

// drawFollowUp asks the follow-up: the question, the time that is left, and a
// card with a label above each button.
func (s Scene) drawFollowUp(dst *picture, box image.Rectangle) {
	size := typeSize(dst)
	answers := s.answers()
	if len(answers) == 0 {
		write(dst, box, s.paragraphs(size)...)
		return
	}
	ask := box
	ask.Max.Y = box.Min.Y + box.Dy()*2/5
	var words []paragraph
	for i, lang := range s.languages() {
		headline, _ := s.Words(lang)
		p := paragraph{text: headline, size: size * 0.7, col: ink}
		if i > 0 {
			p = paragraph{text: headline, size: size * 0.45, col: muted, gap: 0.3, light: true}
		}
		words = append(words, p)
	}
	time := ask
	ask.Max.Y -= s.drawTime(dst, time, ink) + dst.Rect.Dy()/40
	write(dst, ask, words...)

	cards := box
	cards.Min.Y = time.Max.Y + box.Dy()/20
	columns, rows := s.buttons(), 1
	if len(answers) > 5 || box.Dx() < box.Dy() { // a touch screen, and an upright one
		columns = (len(answers) + 1) / 2
		rows = 2
	}
	pitch := image.Pt(cards.Dx()/columns, cards.Dy()/rows)
	var all []card
	for i, a := range answers {
		at := cards.Min.Add(image.Pt(i%columns*pitch.X, i/columns*pitch.Y))
		c := card{box: image.Rectangle{at, at.Add(pitch)}.Inset(max(pitch.X/24, 1)), points: rows == 1}
		for j, lang := range s.languages() {
			p := paragraph{text: a.Text[lang], size: size * 0.62, col: ink}
			if j > 0 {
				p = paragraph{text: p.text, size: size * 0.42, col: muted, gap: 0.4, light: true}
			}
			c.words = append(c.words, p)
		}
		all = append(all, c)
	}
	drawCards(dst, all, size)
}

// card is what a button answers.
type card struct {
	box    image.Rectangle
	words  []paragraph
	points bool // at the button below
}

// drawCards draws cards with words of one size on all of them.
func drawCards(dst *picture, all []card, size float64) {
	arrow, edge := int(size/3), max(dst.Rect.Dy()/200, 1)
	inner := all[0].box.Inset(int(size / 6)).Size()
	if all[0].points {
		inner.Y -= arrow
	}
	var blocks []block
	for shrink, fits := 1.0, false; !fits && shrink > 0.1; shrink *= 0.95 {
		blocks, fits = nil, true
		for _, c := range all {
			b := setAt(inner, shrink, c.words)
			blocks, fits = append(blocks, b), fits && b.fits
		}
	}
	for i, c := range all {
		middle := (c.box.Min.X + c.box.Max.X) / 2
		if c.points {
			c.box.Max.Y -= arrow
			for y := range arrow {
				half := arrow - 1 - y
				draw.Draw(dst, image.Rect(middle-half, c.box.Max.Y+y, middle+half+1, c.box.Max.Y+y+1), image.NewUniform(ink), image.Point{}, draw.Src)
			}
		}
		radius := float32(size) / 4
		rounded(dst, c.box, radius, ink)
		rounded(dst, c.box.Inset(edge), radius-float32(edge), white)
		blocks[i].print(dst, image.Pt(middle, c.box.Min.Y+(c.box.Dy()-blocks[i].height)/2), true)
	}
}
