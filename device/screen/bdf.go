package screen

import (
	"bufio"
	"compress/gzip"
	"fmt"
	"image"
	"io"
	"strings"
	"sync"

	"golang.org/x/image/font"
	"golang.org/x/image/math/fixed"

	"sourire/assets"
)

// bitmapFont is a font of one size, drawn by hand for it: its edges are sharp
// without any grey. It is a [font.Face].
type bitmapFont struct {
	size            int // from line to line, in pixels
	ascent, descent int
	glyphs          map[rune]glyph
}

type glyph struct {
	box     image.Rectangle // of its ink, from its origin on the base line
	rows    [][]byte        // the upper first; a row's leftmost pixel is its highest bit
	advance int
}

// bitmapSizes are the sizes that there are, the largest first.
var bitmapSizes = []int{34, 25, 20, 17, 14, 12, smallestBits}

const smallestBits = 11

var bitmapFonts = func() map[int]func() *bitmapFont {
	all := make(map[int]func() *bitmapFont)
	for _, size := range bitmapSizes {
		all[size] = sync.OnceValue(func() *bitmapFont { return mustReadBDF(size) })
	}
	return all
}()

// mustReadBDF reads a font that is compiled in: one that cannot be read is a
// mistake of the build, and the tests read them all.
func mustReadBDF(size int) *bitmapFont {
	f, err := assets.FS.Open(fmt.Sprintf("font/helvetica-bold-%d.bdf.gz", size))
	if err != nil {
		panic(err)
	}
	defer func() { _ = f.Close() }()
	plain, err := gzip.NewReader(f)
	if err != nil {
		panic(err)
	}
	b, err := readBDF(plain, size)
	if err != nil {
		panic(fmt.Errorf("read the font of %d pixels: %w", size, err))
	}
	return b
}

// readBDF reads a font in Adobe's Glyph Bitmap Distribution Format, version
// 2.1 (technical note 5005), as far as that is needed to draw it.
func readBDF(r io.Reader, size int) (*bitmapFont, error) {
	b := &bitmapFont{size: size, glyphs: make(map[rune]glyph)}
	var g glyph
	var code, width, height, left, base int
	for s := bufio.NewScanner(r); ; {
		if !s.Scan() {
			if s.Err() == nil && len(b.glyphs) == 0 {
				return nil, io.ErrUnexpectedEOF
			}
			return b, s.Err()
		}
		line := s.Text()
		key, _, _ := strings.Cut(line, " ")
		var err error
		switch key {
		case "FONT_ASCENT":
			_, err = fmt.Sscanf(line, "FONT_ASCENT %d", &b.ascent)
		case "FONT_DESCENT":
			_, err = fmt.Sscanf(line, "FONT_DESCENT %d", &b.descent)
		case "ENCODING":
			_, err = fmt.Sscanf(line, "ENCODING %d", &code)
		case "DWIDTH":
			_, err = fmt.Sscanf(line, "DWIDTH %d", &g.advance)
		case "BBX":
			_, err = fmt.Sscanf(line, "BBX %d %d %d %d", &width, &height, &left, &base)
			g.box = image.Rect(left, -base-height, left+width, -base)
		case "BITMAP":
			g.rows = make([][]byte, height)
			for i := range g.rows {
				s.Scan()
				if _, err = fmt.Sscanf(s.Text(), "%x", &g.rows[i]); err == nil && len(g.rows[i])*8 < width {
					err = io.ErrUnexpectedEOF
				}
				if err != nil {
					break
				}
			}
		case "ENDCHAR":
			b.glyphs[rune(code)] = g
		}
		if err != nil {
			return nil, fmt.Errorf("%q: %w", line, err)
		}
	}
}

// find returns the glyph of a character, or that of a question mark.
func (b *bitmapFont) find(r rune) glyph {
	if r == '\u202f' { // narrow, and does not break either
		r = '\u00a0'
	}
	g, ok := b.glyphs[r]
	if !ok {
		g = b.glyphs['?']
	}
	return g
}

// cap is the height of a capital letter, in pixels.
func (b *bitmapFont) cap() int { return b.find('H').box.Dy() }

func (b *bitmapFont) Glyph(dot fixed.Point26_6, r rune) (dr image.Rectangle, mask image.Image, maskp image.Point, advance fixed.Int26_6, ok bool) {
	g := b.find(r)
	ink := image.NewAlpha(image.Rectangle{Max: g.box.Size()})
	for y, row := range g.rows {
		for x := range g.box.Dx() {
			if row[x/8]&(0x80>>(x%8)) != 0 {
				ink.Pix[y*ink.Stride+x] = 0xff
			}
		}
	}
	return g.box.Add(image.Pt(dot.X.Round(), dot.Y.Round())), ink, image.Point{}, fixed.I(g.advance), true
}

func (b *bitmapFont) GlyphBounds(r rune) (bounds fixed.Rectangle26_6, advance fixed.Int26_6, ok bool) {
	g := b.find(r)
	return fixed.R(g.box.Min.X, g.box.Min.Y, g.box.Max.X, g.box.Max.Y), fixed.I(g.advance), true
}

func (b *bitmapFont) GlyphAdvance(r rune) (advance fixed.Int26_6, ok bool) {
	return fixed.I(b.find(r).advance), true
}

func (b *bitmapFont) Kern(rune, rune) fixed.Int26_6 { return 0 }

func (b *bitmapFont) Metrics() font.Metrics {
	return font.Metrics{Height: fixed.I(b.size), Ascent: fixed.I(b.ascent), Descent: fixed.I(b.descent)}
}

func (b *bitmapFont) Close() error { return nil }

var _ font.Face = (*bitmapFont)(nil)
