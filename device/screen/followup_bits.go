package screen

import (
	"image"
	"strings"

	"sourire/device/tap"
)

// buttons is how many there are in a row below the display. Where they are only
// touched, there are as many as it takes.
func (s Scene) buttons() int {
	if s.Scale == tap.NPS {
		return len(s.answers())
	}
	return max(s.Scale.Choices(), len(s.answers()))
}

// followUpBits asks the follow-up: the question small, and what each button
// says now. It is whole where no text is cut.
func (s Scene) followUpBits(dst *image.Paletted, box image.Rectangle) (whole bool) {
	if len(s.answers()) == 0 {
		rows, whole := s.fitBits(box)
		printBits(dst, box, rows)
		return whole
	}
	if lit(dst.Rect.Size()) {
		return s.listBits(dst, box)
	}
	return s.fanBits(dst, box)
}

// listBits is for a display that is too small for columns: a line an answer,
// with its button blackened in a picture of them all.
func (s Scene) listBits(dst *image.Paletted, box image.Rectangle) (whole bool) {
	lang := s.languages()[0]
	room := box
	var asked bool
	room.Min.Y, asked = s.askBits(dst, box, lang)
	// The question stands in a strip that shrinks with the time that is left.
	strip := image.Rect(0, 0, dst.Rect.Dx(), room.Min.Y-1)
	if s.Of > 0 {
		strip.Max.X = strip.Max.X * min(s.Left, s.Of) / s.Of
	}
	invertBits(dst, strip)
	const button = 5 // wide and high, and a pixel between
	room.Min.X += s.buttons()*(button+1) + 4
	n := len(s.answers())
	pitch := room.Dy() / n
	f, labels, fit := s.labelsBits(lang, room.Dx(), min(pitch, 17))
	for i, label := range labels {
		y := room.Min.Y + (2*i*room.Dy()+n)/(2*n) + pitch/2
		for b := range s.buttons() {
			buttonBits(dst, image.Pt(box.Min.X+b*(button+1), y-button/2), button, b == i)
		}
		textBits(dst, f, room.Min.X, y+f.cap()/2, label, Ink)
	}
	return asked && fit
}

// askBits prints the question of a follow-up at the upper edge, and returns
// where it ends.
func (s Scene) askBits(dst *image.Paletted, box image.Rectangle, lang string) (bottom int, whole bool) {
	full, _ := s.Words(lang)
	f := atMost(12)
	if pixels(f)(full) > box.Dx()-1 {
		full = s.inShort(lang)[0]
	}
	if larger := atMost(14); len(s.answers()) < 3 && pixels(larger)(full) <= box.Dx() {
		f = larger
	} else if pixels(f)(full) > box.Dx() {
		f = atMost(smallestBits)
	}
	lines := balance(full, pixels(f), box.Dx())
	rows := []bitRow{{lines[0], f, 0}}
	if whole = len(lines) == 1; !whole {
		rows = shorten(append(rows, bitRow{lines[1], f, box.Dy()}), box)
	}
	textBits(dst, f, box.Min.X+1, box.Min.Y+f.cap(), rows[0].text, Ink)
	return box.Min.Y + f.cap() + 4, whole // 3 for what hangs below the line
}

// labelsBits are the labels of the answers in the largest font in which all of
// them fit a line: in full, or else in short.
func (s Scene) labelsBits(lang string, width, high int) (f *bitmapFont, labels []string, fit bool) {
	for _, size := range bitmapSizes {
		if f = atMost(size); f.cap()+2 > high && size > smallestBits {
			continue
		}
		for _, label := range []func(tap.Reason, string) string{fullLabel, shortLabel} {
			labels, fit = nil, true
			for _, a := range s.answers() {
				labels = append(labels, label(a, lang))
				fit = fit && pixels(f)(label(a, lang)) <= width
			}
			if fit {
				return f, labels, true
			}
		}
	}
	for i, label := range labels {
		labels[i] = cut(label, pixels(f), width)
	}
	return f, labels, false
}

// cut ends a text early, with an ellipsis, where it is wider than that.
func cut(text string, measure measure, width int) string {
	if measure(text) <= width {
		return text
	}
	letters := []rune(text)
	for n := len(letters) - 1; n > 0; n-- {
		if short := strings.TrimRight(string(letters[:n]), " ’'") + "…"; measure(short) <= width {
			return short
		}
	}
	return ""
}

// buttonBits draws a round button, blackened or not.
func buttonBits(dst *image.Paletted, at image.Point, side int, black bool) {
	for y := range side {
		for x := range side {
			edge := x == 0 || y == 0 || x == side-1 || y == side-1
			corner := (x == 0 || x == side-1) && (y == 0 || y == side-1)
			if !corner && (edge || black) {
				dst.SetColorIndex(at.X+x, at.Y+y, Ink)
			}
		}
	}
}
