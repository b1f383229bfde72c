package display

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"sourire/device/board/display/displaytest"
	"sourire/device/screen"
)

func newHD44780(t *testing.T, chip *displaytest.HD44780, cols, rows int) *hd44780Panel {
	t.Helper()
	p := &hd44780Panel{chip, hd44780Address, cols, rows}
	if err := p.init(); err != nil {
		t.Fatal(err)
	}
	return p
}

// read is what a person reads: the letters of our own are told by their dots.
func read(chip *displaytest.HD44780, cols, rows int) []string {
	drawn := map[[8]byte]rune{}
	for _, r := range "éèêëàâäçîïôöûüùÉÈÊÀÂÇÎÛñÑ" {
		if dots, ok := lcdGlyph(r); ok {
			drawn[dots] = r
		}
	}
	var lines []string
	for row := range rows {
		var b strings.Builder
		for _, code := range chip.Row(row, cols) {
			if code < lcdFree {
				b.WriteRune(drawn[chip.Glyph(code)])
			} else {
				b.WriteByte(code)
			}
		}
		lines = append(lines, b.String())
	}
	return lines
}

func reads(t *testing.T, chip *displaytest.HD44780, s screen.Scene, page, cols, rows int) {
	t.Helper()
	got, want := read(chip, cols, rows), screen.Lines(s, cols, rows)[page]
	if strings.Join(got, "|") != strings.Join(want, "|") {
		t.Errorf("%s, page %d reads %q, want %q", s.Kind, page, got, want)
	}
}

func TestHD44780Text(t *testing.T) {
	for _, size := range [][2]int{{16, 2}, {20, 4}} {
		synctest.Test(t, func(t *testing.T) {
			chip := displaytest.NewHD44780(hd44780Address)
			p := newHD44780(t, chip, size[0], size[1])
			for _, kind := range []screen.Kind{screen.Starting, screen.Question, screen.Thanks, screen.Closed, screen.OutOfOrder} {
				s := screen.Scene{Kind: kind, Languages: []string{"fr", "en"}}
				for page := range p.Pages(s) {
					if err := p.Show(s, page); err != nil {
						t.Fatal(err)
					}
					reads(t, chip, s, page, size[0], size[1])
				}
			}
		})
	}
}

// A display that lost its power alone, and one that lost count of the halves of
// a byte, are right again with the next page.
func TestHD44780Recovers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		chip := displaytest.NewHD44780(hd44780Address)
		p := newHD44780(t, chip, 16, 2)
		for _, trouble := range []func(){chip.PowerCycle, chip.Glitch, func() { chip.Unplug(); chip.Plug() }} {
			trouble()
			if err := p.Show(question, 1); err != nil {
				t.Fatal(err)
			}
			reads(t, chip, question, 1, 16, 2)
		}
		chip.Unplug()
		if err := p.Show(question, 0); err == nil {
			t.Error("a display that is not there was written to")
		}
	})
}

// The dots of the letters of our own.
func TestGlyphs(t *testing.T) {
	for letter, want := range map[rune]string{
		'é': `
...#.
..#..
.###.
#...#
#####
#....
.###.
.....`,
		'è': `
.#...
..#..
.###.
#...#
#####
#....
.###.
.....`,
		'ê': `
..#..
.#.#.
.###.
#...#
#####
#....
.###.
.....`,
		'à': `
.#...
..#..
.###.
....#
.####
#...#
.####
.....`,
		'ç': `
.....
.....
.###.
#....
#....
#...#
.###.
..#..`,
		'É': `
...#.
..#..
#####
#....
####.
#....
#####
.....`,
		'ï': `
.#.#.
.....
.##..
..#..
..#..
..#..
.###.
.....`,
	} {
		dots, ok := lcdGlyph(letter)
		if !ok {
			t.Errorf("%c is not drawn", letter)
		}
		got := ""
		for _, row := range dots {
			got += "\n"
			for bit := 4; bit >= 0; bit-- {
				got += string(".#"[row>>bit&1])
			}
		}
		if got != want {
			t.Errorf("%c is drawn%s\nwant%s", letter, got, want)
		}
	}
}

// Nine letters of our own are one too many: the last loses its accent.
func TestGlyphsRunOut(t *testing.T) {
	codes, glyphs := lcdCodes([]string{"éèêëàâäç", "ôé漢~\\e\u0301"})
	want := "[[0 1 2 3 4 5 6 7] [111 0 63 45 47 0]]"
	if got := fmt.Sprint(codes); got != want {
		t.Errorf("codes %s, want %s", got, want)
	}
	if len(glyphs) != 8*8 {
		t.Errorf("%d bytes of dots, want 64", len(glyphs))
	}
}
