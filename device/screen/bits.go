package screen

import (
	"image"
	"image/color"
	"image/draw"
	"strings"

	"golang.org/x/image/font"
	"golang.org/x/image/math/fixed"
)

// Paper and Ink are the two colours of an image by [DrawBits], as indexes.
const (
	Paper uint8 = iota
	Ink
)

var twoTone = color.Palette{Paper: color.White, Ink: color.Black}

// DrawBits draws the scene for a two-tone display of the given size in pixels,
// in fonts that are made for that. A question is words only: the faces are on
// the buttons.
//
// The words are as large as they can be. What explains a headline is left out,
// by the sentence, where it would make the headline small; only a text that
// does not fit in the smallest font ends early, after a whole word.
//
// Where the display is paper, which takes a while to change, the frame does not
// depend on the time that is left.
func DrawBits(s Scene, size image.Point) *image.Paletted {
	dst, _ := drawBits(s, size)
	return dst
}

// FitsBits reports whether [DrawBits] shows all that the scene must say: the
// headline to its end, the label of every answer, the QR code.
func FitsBits(s Scene, size image.Point) bool {
	_, whole := drawBits(s, size)
	return whole
}

// lit reports whether a two-tone display of that size is one whose ink is
// light, such as an OLED, and not paper.
func lit(size image.Point) bool { return size.X < 200 }

func drawBits(s Scene, size image.Point) (dst *image.Paletted, whole bool) {
	dst = image.NewPaletted(image.Rectangle{Max: size}, twoTone)
	box := dst.Rect.Inset(max(size.Y/48, 1))
	switch s.Kind {
	case FollowUp:
		whole = s.followUpBits(dst, box)
	case Write:
		whole = s.writeBits(dst, box)
	case PIN, Manager:
		whole = s.pageBits(dst, box)
	case Asleep:
		whole = s.asleepBits(dst, box)
	default:
		whole = s.noticeBits(dst, box)
	}
	if s.Alert {
		fillBits(dst, image.Rect(box.Max.X-4, box.Min.Y, box.Max.X, box.Min.Y+4), Ink)
	}
	if s.inverted(size) {
		invertBits(dst, dst.Rect)
	}
	return dst, whole
}

// invertBits changes the tones of an area for each other.
func invertBits(dst *image.Paletted, area image.Rectangle) {
	for y := area.Min.Y; y < area.Max.Y; y++ {
		for x := area.Min.X; x < area.Max.X; x++ {
			dst.SetColorIndex(x, y, Ink-dst.ColorIndexAt(x, y))
		}
	}
}

// inverted reports whether the tones are changed for each other: an OLED lights
// up to say thank you, and paper goes dark when the box is out of order.
func (s Scene) inverted(size image.Point) bool {
	if lit(size) {
		return s.Kind == Thanks
	}
	return s.Kind == OutOfOrder
}

// fillBits fills an area with a tone.
func fillBits(dst *image.Paletted, area image.Rectangle, tone uint8) {
	draw.Draw(dst, area, image.NewUniform(twoTone[tone]), image.Point{}, draw.Src)
}

// fitBits sets the words as large as the box allows; whole where the headline
// does not end early.
func (s Scene) fitBits(box image.Rectangle) (rows []bitRow, whole bool) {
	for sentences := 2; sentences >= 0; sentences-- {
		for _, h := range bitmapSizes {
			if sentences > 0 && h < min(box.Dy()*5/16, 25) {
				break
			}
			if rows, fits := setBits(s.bitParagraphs(h, sentences), box); fits {
				return rows, true
			}
		}
	}
	paragraphs := s.bitParagraphs(0, 0)
	for i, p := range paragraphs {
		paragraphs[i].text = split(p.text, pixels(p.font), box.Dx())
	}
	rows, whole = setBits(paragraphs, box)
	return shorten(rows, box), whole
}

// bitParagraph is text in one font.
type bitParagraph struct {
	text string
	font *bitmapFont
	gap  int // above it, in pixels
}

// bitParagraphs are the scene's words: the first language large, the others
// below, each with at most that many sentences of what explains it.
func (s Scene) bitParagraphs(size, sentences int) []bitParagraph {
	var all []bitParagraph
	for i, lang := range s.languages() {
		headline, more := s.Printed(lang)
		p := bitParagraph{headline, atMost(size), 0}
		if i > 0 {
			p.font, p.gap = atMost(size*3/4), size/4
		}
		all = append(all, p)
		if more = firstSentences(more, sentences); more != "" {
			all = append(all, bitParagraph{more, atMost(size * 3 / 5), size / 8})
		}
	}
	return all
}

// atMost is the largest font up to a size, or the smallest.
func atMost(size int) *bitmapFont {
	for _, s := range bitmapSizes {
		if s <= size {
			return bitmapFonts[s]()
		}
	}
	return bitmapFonts[bitmapSizes[len(bitmapSizes)-1]]()
}

func firstSentences(text string, n int) string {
	at := 0
	for ; n > 0 && at < len(text); n-- {
		if i := strings.Index(text[at:], ". "); i >= 0 {
			at += i + 2
		} else {
			at = len(text)
		}
	}
	return strings.TrimSpace(text[:at])
}

// bitRow is a line of text; y is its base line, from the upper edge of all.
type bitRow struct {
	text string
	font *bitmapFont
	y    int
}

// setBits breaks paragraphs into lines, and reports whether they fit the box.
func setBits(paragraphs []bitParagraph, box image.Rectangle) (rows []bitRow, fits bool) {
	y, fits := 0, true
	for _, p := range paragraphs {
		y += p.gap
		for _, text := range balance(p.text, pixels(p.font), box.Dx()) {
			y += p.font.size * 9 / 8
			rows = append(rows, bitRow{text, p.font, y})
			fits = fits && pixels(p.font)(text) <= box.Dx()
		}
	}
	top, bottom := extent(rows)
	return rows, fits && bottom-top <= box.Dy()
}

// extent is where the ink of the lines begins and ends.
func extent(rows []bitRow) (top, bottom int) {
	for i, r := range rows {
		ink, _ := font.BoundString(r.font, r.text)
		upper, lower := r.y+ink.Min.Y.Floor(), r.y+ink.Max.Y.Ceil()
		if i == 0 {
			top, bottom = upper, lower
		}
		top, bottom = min(top, upper), max(bottom, lower)
	}
	return top, bottom
}

// shorten leaves out lines that do not fit, and says so with an ellipsis.
func shorten(rows []bitRow, box image.Rectangle) []bitRow {
	cut := false
	for len(rows) > 1 {
		top, bottom := extent(rows)
		if bottom-top <= box.Dy() {
			break
		}
		rows, cut = rows[:len(rows)-1], true
	}
	if !cut {
		return rows
	}
	last := &rows[len(rows)-1]
	words := strings.Fields(last.text)
	for n := len(words); n > 0; n-- {
		last.text = strings.Join(words[:n], " ") + "…"
		if pixels(last.font)(last.text) <= box.Dx() {
			break
		}
	}
	return rows
}

// printBits prints the lines in the middle of the box.
func printBits(dst *image.Paletted, box image.Rectangle, rows []bitRow) {
	top, bottom := extent(rows)
	down := box.Min.Y + (box.Dy()-(bottom-top))/2 - top
	for _, r := range rows {
		textBits(dst, r.font, box.Min.X+(box.Dx()-pixels(r.font)(r.text))/2, r.y+down, r.text, Ink)
	}
}

// textBits prints a text from x on, on a base line.
func textBits(dst *image.Paletted, f *bitmapFont, x, y int, text string, tone uint8) {
	d := font.Drawer{Dst: dst, Src: image.NewUniform(twoTone[tone]), Face: f, Dot: fixed.P(x, y)}
	d.DrawString(text)
}
