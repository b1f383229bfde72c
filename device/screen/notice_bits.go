package screen

import (
	"fmt"
	"image"
)

// noticeBits shows a sign and words. The sign stands at the left, and on a
// small display only where it leaves the words large.
func (s Scene) noticeBits(dst *image.Paletted, box image.Rectangle) (whole bool) {
	size := dst.Rect.Size()
	if s.Kind == Test {
		hatchBits(dst, box)
		box = box.Inset(hatch + 2)
	}
	words := box
	switch s.Kind {
	case Cleaning:
		words.Max.Y -= s.countBits(dst, box)
	case Question:
		words.Max.Y -= s.footBits(dst, box)
	case OutOfOrder:
		words.Max.Y -= s.staffBits(dst, box)
	}
	if signs[s.Kind] == nil {
		rows, whole := s.fitBits(words)
		printBits(dst, words, rows)
		return whole
	}
	side, margin := min(size.Y*9/20, box.Dy()), size.Y/24
	left := max(box.Min.X, margin)
	beside := words
	beside.Min.X = left + side + margin
	rows, whole := s.fitBits(beside)
	if lit(size) && rows[0].font.size < 14 {
		rows, whole = s.fitBits(words)
		printBits(dst, words, rows)
		return whole
	}
	at := image.Pt(left, words.Min.Y+(words.Dy()-side)/2)
	drawSign(dst, s.Kind, at, side, 1, twoTone[Ink])
	if f, part := atMost(smallestBits), s.part(); part != "" && !lit(size) { // below the sign
		part = cut(part, pixels(f), beside.Min.X-box.Min.X)
		textBits(dst, f, max(box.Min.X, at.X+(side-pixels(f)(part))/2), at.Y+side+f.size+f.cap()/2, part, Ink)
	}
	printBits(dst, beside, rows)
	return whole
}

// countBits counts down, where the display is no paper, and returns the height
// that this takes.
func (s Scene) countBits(dst *image.Paletted, box image.Rectangle) int {
	high := timeBits(dst, box, s)
	if high == 0 {
		return 0
	}
	f := atMost(14)
	count := fmt.Sprintf("%d\u00a0s", s.Left)
	textBits(dst, f, box.Min.X+(box.Dx()-pixels(f)(count))/2, box.Max.Y-high-1, count, Ink)
	return high + f.size
}

// asleepBits is nearly dark where the display is lit.
func (s Scene) asleepBits(dst *image.Paletted, box image.Rectangle) (whole bool) {
	if !lit(dst.Rect.Size()) {
		return s.noticeBits(dst, box)
	}
	const side = 18
	f := atMost(12)
	headline, _ := s.Words(s.languages()[0])
	wide := side + 5 + pixels(f)(headline)
	at := box.Min.Add(image.Pt(s.drift%3*(box.Dx()-wide)/2, s.drift/3*(box.Dy()-side)))
	drawSign(dst, Asleep, at, side, 1, twoTone[Ink])
	textBits(dst, f, at.X+side+5, at.Y+side-5, headline, Ink)
	return wide <= box.Dx()
}

// footBits shows below the question what was done, on paper, or how many
// answered today; it returns the height that this takes. It is left out where
// the question would become small.
func (s Scene) footBits(dst *image.Paletted, box image.Rectangle) int {
	f, lang := atMost(smallestBits), s.languages()[0]
	paper := !lit(dst.Rect.Size())
	var lines []string
	if voices := s.Told(lang); voices != "" {
		lines = []string{voices}
	}
	if said := s.said(lang); said != nil && paper {
		lines = said
	}
	high, fits := len(lines)*(f.size+1)+4, len(lines) > 0
	for _, line := range lines {
		fits = fits && pixels(f)(line) <= box.Dx()
	}
	question := box
	question.Max.Y -= high
	if rows, whole := s.fitBits(question); !fits || !whole || rows[0].font.size < 17 {
		return 0
	}
	for i, line := range lines {
		y := box.Max.Y - 3 - (len(lines)-1-i)*(f.size+1)
		textBits(dst, f, box.Min.X+(box.Dx()-pixels(f)(line))/2, y, line, Ink)
	}
	if paper {
		fillBits(dst, image.Rect(box.Min.X+box.Dx()/3, question.Max.Y, box.Max.X-box.Dx()/3, question.Max.Y+1), Ink)
	}
	return high
}

// staffBits tells staff at the lower edge of a small display what is out of
// order, and returns the height that this takes.
func (s Scene) staffBits(dst *image.Paletted, box image.Rectangle) int {
	f, line := atMost(smallestBits), s.forStaff("box.outoforder.short")
	if line == "" || !lit(dst.Rect.Size()) {
		return 0
	}
	line = cut(line, pixels(f), box.Dx())
	textBits(dst, f, box.Min.X+(box.Dx()-pixels(f)(line))/2, box.Max.Y-2, line, Ink) // 2 for what hangs below the line
	return f.cap() + 3
}

// timeBits draws how much of the time is left, a bar at the lower edge, and
// returns the height that this takes: none on paper, and where no time runs.
func timeBits(dst *image.Paletted, box image.Rectangle, s Scene) int {
	if s.Of < 1 || !lit(dst.Rect.Size()) {
		return 0
	}
	const high = 3
	bar := box
	bar.Min.Y = bar.Max.Y - high
	for x := bar.Min.X; x < bar.Max.X; x += 4 {
		dst.SetColorIndex(x, bar.Min.Y+high/2, Ink)
	}
	bar.Max.X = bar.Min.X + bar.Dx()*min(s.Left, s.Of)/s.Of
	fillBits(dst, bar, Ink)
	return high + 2
}

const hatch = 5 // width in pixels

// hatchBits draws a hatched frame: nothing here is for real.
func hatchBits(dst *image.Paletted, box image.Rectangle) {
	inner := box.Inset(hatch)
	for y := box.Min.Y; y < box.Max.Y; y++ {
		for x := box.Min.X; x < box.Max.X; x++ {
			if !image.Pt(x, y).In(inner) && (x+y)/hatch%2 == 0 {
				dst.SetColorIndex(x, y, Ink)
			}
		}
	}
}
