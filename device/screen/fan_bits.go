package screen

import (
	"image"

	"sourire/device/tap"
)

// fan has the answers of a follow-up in the order of the buttons, every other
// one lower, which gives each twice the width, and a line from each to its
// button below.
type fan struct {
	ask    []bitRow
	labels []fanLabel
	box    image.Rectangle
}

type fanLabel struct {
	button   int // the middle of its button
	from, to int // its room across
	top      int // where it begins
	rows     []bitRow
}

// fanBits draws the fan in the largest type that fits, with as many of the
// languages as that allows; whole where that is all of them, and no label is cut.
func (s Scene) fanBits(dst *image.Paletted, box image.Rectangle) (whole bool) {
	for langs := s.languages(); len(langs) > 0; langs = langs[:len(langs)-1] {
		for _, size := range bitmapSizes {
			if size > 20 || size < 14 && len(langs) > 1 {
				continue
			}
			for _, label := range []func(tap.Reason, string) string{fullLabel, shortLabel} {
				if f, fits := s.newFan(langs, size, box, label); fits {
					f.print(dst)
					return len(langs) == len(s.languages())
				}
			}
		}
	}
	f, _ := s.newFan(s.languages()[:1], smallestBits, box, shortLabel)
	f.print(dst)
	return false
}

const fanArrow = 7 // high, in pixels

// newFan sets a fan in a size of type, the languages after the first smaller.
func (s Scene) newFan(langs []string, size int, box image.Rectangle, label func(a tap.Reason, lang string) string) (f fan, fits bool) {
	f.box, fits = box, true
	y := box.Min.Y
	for i, lang := range langs {
		font := atMost([]int{14, 12}[min(i, 1)])
		text, _ := s.Words(lang)
		if pixels(font)(text) > box.Dx() {
			text = s.inShort(lang)[0]
		}
		for _, line := range balance(text, pixels(font), box.Dx()) {
			y += font.size
			f.ask = append(f.ask, bitRow{line, font, y})
			fits = fits && pixels(font)(line) <= box.Dx()
		}
	}
	pitch := box.Dx() / s.buttons()
	heights := [2]int{}
	for i, a := range s.answers() {
		l := fanLabel{button: box.Min.X + i*pitch + pitch/2}
		reach := pitch - 3 - i%2
		l.from, l.to = max(l.button-reach, box.Min.X), min(l.button+reach, box.Max.X)
		high := 0
		for j, lang := range langs {
			font := atMost([]int{size, min(size*3/4, 12)}[min(j, 1)])
			lines := balance(label(a, lang), pixels(font), l.to-l.from)
			fits = fits && len(lines) <= 2
			for _, line := range lines {
				high += font.size
				fits = fits && pixels(font)(line) <= l.to-l.from
				l.rows = append(l.rows, bitRow{line, font, high})
			}
		}
		heights[i%2] = max(heights[i%2], high)
		f.labels = append(f.labels, l)
	}
	room := box.Max.Y - fanArrow - y - heights[0] - heights[1]
	gap := max(room/3, 0)
	for i := range f.labels {
		f.labels[i].top = y + gap + i%2*(heights[0]+gap)
	}
	return f, fits && room >= 9
}

func (f fan) print(dst *image.Paletted) {
	for _, r := range f.ask {
		textBits(dst, r.font, f.box.Min.X+(f.box.Dx()-pixels(r.font)(r.text))/2, r.y-2, r.text, Ink)
	}
	for _, l := range f.labels {
		for _, r := range l.rows {
			text := cut(r.text, pixels(r.font), l.to-l.from)
			wide := pixels(r.font)(text)
			x := min(max(l.button-wide/2, l.from), l.to-wide)
			textBits(dst, r.font, x, l.top+r.y-2, text, Ink)
		}
		bottom := l.top + l.rows[len(l.rows)-1].y + 3
		fillBits(dst, image.Rect(l.button, bottom, l.button+1, f.box.Max.Y-fanArrow), Ink)
		for i := range fanArrow { // points down
			half := (fanArrow - 1 - i)
			y := f.box.Max.Y - fanArrow + i
			fillBits(dst, image.Rect(l.button-half, y, l.button+half+1, y+1), Ink)
		}
	}
}
