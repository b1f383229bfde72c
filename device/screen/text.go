package screen

import (
	"image"
	"image/color"
	"math"
	"strings"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
)

var (
	bold    = mustParse(gobold.TTF)
	regular = mustParse(goregular.TTF)
)

func mustParse(ttf []byte) *opentype.Font {
	f, err := opentype.Parse(ttf)
	if err != nil {
		panic("parse the built-in font: " + err.Error())
	}
	return f
}

// paragraph is text in one size, on one or more lines.
type paragraph struct {
	text  string
	size  float64 // of the type, at most, in pixels
	col   color.RGBA
	gap   float64 // above it, in type sizes
	light bool    // in the regular weight
}

func (p paragraph) face(shrink float64) (font.Face, float64) {
	size := max(p.size*shrink, smallest)
	weight := bold
	if p.light {
		weight = regular
	}
	f, err := opentype.NewFace(weight, &opentype.FaceOptions{Size: size, DPI: 72, Hinting: font.HintingFull})
	if err != nil {
		panic("a size of the built-in font: " + err.Error())
	}
	return f, size
}

const (
	smallest = 8    // no type is smaller, in pixels
	leading  = 1.25 // from line to line, in type sizes
)

// block is paragraphs set below each other.
type block struct {
	rows          []textRow
	width, height int // in pixels
	fits          bool
	least         float64 // size of the smallest type
}

type textRow struct {
	text string
	face font.Face
	col  color.RGBA
	base int // line, from the upper edge of the block
}

// set breaks paragraphs into lines that fit the size. All of them shrink
// together until they do.
func set(size image.Point, paragraphs ...paragraph) block {
	for shrink := 1.0; ; shrink *= 0.92 {
		if b := setAt(size, shrink, paragraphs); b.fits || shrink < 0.1 {
			return b
		}
	}
}

func setAt(size image.Point, shrink float64, paragraphs []paragraph) block {
	b, height := block{fits: true, least: math.Inf(1)}, 0.0
	for i, p := range paragraphs {
		f, high := p.face(shrink)
		if i > 0 {
			height += p.gap * high
		}
		for _, text := range balance(p.text, pixels(f), size.X) {
			b.rows = append(b.rows, textRow{text, f, p.col, int(height + high)})
			height += high * leading
			b.width, b.least = max(b.width, pixels(f)(text)), min(b.least, high)
		}
	}
	b.height = int(math.Ceil(height))
	b.fits = b.width <= size.X && b.height <= size.Y
	return b
}

// print prints the block with its upper edge at at: from there to the right, or
// each line around it.
func (b block) print(dst *picture, at image.Point, centred bool) {
	dst.note(b)
	for _, r := range b.rows {
		x := at.X
		if centred {
			x -= pixels(r.face)(r.text) / 2
		}
		d := font.Drawer{Dst: dst, Src: image.NewUniform(r.col), Face: r.face, Dot: fixed.P(x, at.Y+r.base)}
		d.DrawString(r.text)
	}
}

// picture is an image and what became of its words.
type picture struct {
	*image.RGBA
	least float64 // size of the smallest type
	cut   bool    // some words had no room
}

func (p *picture) note(b block) {
	if len(b.rows) > 0 {
		p.least, p.cut = min(p.least, b.least), p.cut || !b.fits
	}
}

// write sets paragraphs in the middle of a box.
func write(dst *picture, box image.Rectangle, paragraphs ...paragraph) {
	b := set(box.Size(), paragraphs...)
	b.print(dst, image.Pt((box.Min.X+box.Max.X)/2, box.Min.Y+(box.Dy()-b.height)/2), true)
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
