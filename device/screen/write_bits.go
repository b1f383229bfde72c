package screen

import (
	"image"
	"strings"
)

// quietLeast is how many modules of the quiet zone are kept at least, in
// halves: readers want the four of the standard from print, and find a code on
// a display with fewer.
const quietLeast = 3

// moduleLeast is how many pixels a module has at least: on the finest of the
// displays, of 0.17 mm a pixel, a phone tells no finer ones apart.
const moduleLeast = 2

// fitQR is how many pixels a module of a QR code may have within a height, and
// the code; 0 where it would be too fine to be read.
func fitQR(link string, high int) (modules [][]bool, scale int) {
	modules, err := QR(link)
	if err != nil {
		return nil, 0
	}
	if scale = high / (len(modules) + quietLeast); scale < moduleLeast {
		return nil, 0
	}
	return modules, scale
}

// writeBits shows a QR code, as large as can be, and words beside it. Where the
// code would be too fine it shows the address.
func (s Scene) writeBits(dst *image.Paletted, box image.Rectangle) (whole bool) {
	size := dst.Rect.Size()
	modules, scale := fitQR(s.Link, size.Y)
	if modules == nil {
		_, address, _ := strings.Cut(s.Link, "://")
		box.Max.Y -= timeBits(dst, box, s)
		font := atMost(11)
		question := box
		question.Max.Y -= 2 * font.size
		rows, _ := s.fitBits(question)
		printBits(dst, question, rows)
		textBits(dst, font, box.Min.X, box.Max.Y-font.size/2, cut(address, pixels(font), box.Dx()), Ink)
		return false
	}
	light, dark := Paper, Ink
	if lit(size) { // what is light on an OLED is ink
		light, dark = Ink, Paper
	}
	side := len(modules) * scale
	quiet := min((size.Y-side)/2, 4*scale)
	fillBits(dst, image.Rect(0, 0, side+2*quiet, size.Y), light)
	for y, row := range modules {
		for x, black := range row {
			if black {
				at := image.Pt(quiet+x*scale, (size.Y-side)/2+y*scale)
				fillBits(dst, image.Rectangle{at, at.Add(image.Pt(scale, scale))}, dark)
			}
		}
	}
	words := box
	words.Min.X = side + 2*quiet + 4
	words.Max.Y -= timeBits(dst, words, s)
	rows, whole := s.nearBits(words)
	if !whole || !lit(size) {
		rows, whole = s.fitBits(words)
	}
	printBits(dst, words, rows)
	return whole
}

// nearBits asks, and says to come close: a code of 10 mm is read from 15 cm.
func (s Scene) nearBits(box image.Rectangle) (rows []bitRow, whole bool) {
	lang := s.languages()[0]
	ask, near := s.inShort(lang)[0], s.Word(lang, "write.near")
	for _, h := range bitmapSizes {
		if rows, whole = setBits([]bitParagraph{{ask, atMost(h), 0}, {near, atMost(h * 2 / 3), h / 3}}, box); whole {
			break
		}
	}
	return rows, whole
}
