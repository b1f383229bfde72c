package screen

import (
	"image"
	"image/color"
	"image/draw"
	"strings"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
)

var bold = mustParse(gobold.TTF)

func mustParse(ttf []byte) *opentype.Font {
	f, err := opentype.Parse(ttf)
	if err != nil {
		panic("parse the built-in font: " + err.Error())
	}
	return f
}

// paragraph is text in one size, on one or more lines.
type paragraph struct {
	text string
	size float64 // of the type, at most, in pixels
	col  color.RGBA
	gap  float64 // above it, in type sizes
}

const (
	smallest = 8    // no type is smaller, in pixels
	leading  = 1.25 // from line to line, in type sizes
)

// write sets paragraphs below each other, centred in box. All of them shrink
// together until they fit.
func write(dst draw.Image, box image.Rectangle, paragraphs ...paragraph) {
	for shrink := 1.0; ; shrink *= 0.92 {
		if layout(dst, box, shrink, paragraphs, false) || shrink < 0.1 {
			layout(dst, box, shrink, paragraphs, true)
			return
		}
	}
}

// layout reports whether the paragraphs fit the box, and paints them if asked.
func layout(dst draw.Image, box image.Rectangle, shrink float64, paragraphs []paragraph, paint bool) bool {
	type row struct {
		text string
		face font.Face
		size float64
		col  color.RGBA
		gap  float64 // above it, in pixels
	}
	var rows []row
	height, fits := 0.0, true
	for _, p := range paragraphs {
		size := max(p.size*shrink, smallest)
		f, err := opentype.NewFace(bold, &opentype.FaceOptions{Size: size, DPI: 72, Hinting: font.HintingFull})
		if err != nil {
			return false
		}
		defer f.Close()
		gap := p.gap * size
		for _, text := range balance(p.text, pixels(f), box.Dx()) {
			rows = append(rows, row{text, f, size, p.col, gap})
			height += gap + size*leading
			gap = 0
			fits = fits && pixels(f)(text) <= box.Dx()
		}
	}
	fits = fits && height <= float64(box.Dy())
	if !paint {
		return fits
	}
	y := float64(box.Min.Y) + (float64(box.Dy())-height)/2
	for _, r := range rows {
		y += r.gap
		x := box.Min.X + (box.Dx()-font.MeasureString(r.face, r.text).Ceil())/2
		d := font.Drawer{Dst: dst, Src: image.NewUniform(r.col), Face: r.face, Dot: fixed.P(x, int(y+r.size))}
		d.DrawString(r.text)
		y += r.size * leading
	}
	return fits
}

// balance wraps text into lines of about the same length, no more of them than
// the width needs.
func balance(text string, measure measure, width int) []string {
	lines := wrap(text, measure, width)
	for w := width; w > width/2; w -= max(width/40, 1) {
		narrower := wrap(text, measure, w)
		if len(narrower) > len(lines) {
			break
		}
		lines = narrower
	}
	return lines
}

// measure is the width of a text.
type measure func(text string) int

func pixels(f font.Face) measure {
	return func(text string) int { return font.MeasureString(f, text).Ceil() }
}

// wrap breaks text at its spaces into lines of at most the width. A no-break
// space holds, and a word that is wider stays whole.
func wrap(text string, measure measure, width int) []string {
	var lines []string
	current := ""
	for word := range strings.SplitSeq(text, " ") {
		longer := strings.TrimSpace(current + " " + word)
		if current != "" && measure(longer) > width {
			lines = append(lines, current)
			longer = word
		}
		current = longer
	}
	return append(lines, current)
}

// split puts spaces into words that are wider than a line: after a hyphen where
// there is one, or else where the line ends.
func split(text string, measure measure, width int) string {
	var parts []string
	for word := range strings.SplitSeq(text, " ") {
		for measure(word) > width {
			letters := []rune(word)
			n := 1
			for n+1 < len(letters) && measure(string(letters[:n+1])) <= width {
				n++
			}
			for h := n; h > 0; h-- {
				if letters[h-1] == '-' {
					n = h
					break
				}
			}
			parts, word = append(parts, string(letters[:n])), string(letters[n:])
		}
		parts = append(parts, word)
	}
	return strings.Join(parts, " ")
}
