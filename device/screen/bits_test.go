package screen

import (
	"fmt"
	"image"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/image/font"

	"sourire/device/tap"
	"sourire/device/tap/seedtest"
)

var smallSizes = []image.Point{{128, 64}, {250, 122}}

// Every font has what our texts are made of, and measures as it prints.
func TestBitmapFonts(t *testing.T) {
	for _, size := range bitmapSizes {
		f := bitmapFonts[size]()
		if f.ascent+f.descent < size-3 || f.ascent+f.descent > size+3 {
			t.Errorf("%d: ascent %d and descent %d", size, f.ascent, f.descent)
		}
		for _, r := range "AZaz09éèêëàâäçîïôöùûüœŒÉÈÀÇ’…«»?!\u00a0\u202f€" {
			if _, ok := f.glyphs[r]; !ok && r != '\u202f' {
				t.Errorf("%d has no %q", size, r)
			}
		}
		if unknown := f.find('漢'); unknown.advance != f.find('?').advance {
			t.Errorf("%d: an unknown character is not a question mark", size)
		}
	}
}

func TestReadBDFErrors(t *testing.T) {
	for name, text := range map[string]string{
		"nothing": "", "no number": "STARTFONT 2.1\nENCODING x\n",
		"a short row": "ENCODING 65\nBBX 12 1 0 0\nBITMAP\nFF\nENDCHAR\n",
		"no hex":      "ENCODING 65\nBBX 8 1 0 0\nBITMAP\nzz\nENDCHAR\n",
	} {
		if _, err := readBDF(strings.NewReader(text), 8); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// said is what lines say, in one line.
func said(rows []bitRow) string {
	var all []string
	for _, r := range rows {
		all = append(all, r.text)
	}
	return strings.Join(all, " ")
}

// A long question is shown whole, word by word, within the frame.
func TestBitsShowLongQuestionWhole(t *testing.T) {
	s := scene(Question, tap.Faces4)
	s.Text = longQuestion
	for _, size := range smallSizes {
		for _, turn := range s.Turns() {
			box := image.Rectangle{Max: size}.Inset(1)
			rows, _ := turn.fitBits(box)
			if want := longQuestion[turn.Languages[0]]; said(rows) != want {
				t.Errorf("%v says %q, want %q", size, said(rows), want)
			}
			inside(t, rows, box)
		}
	}
}

func inside(t *testing.T, rows []bitRow, box image.Rectangle) {
	t.Helper()
	if top, bottom := extent(rows); bottom-top > box.Dy() {
		t.Errorf("%q is %d pixels high, %d fit", said(rows), bottom-top, box.Dy())
	}
	for _, r := range rows {
		if w := font.MeasureString(r.font, r.text).Ceil(); w > box.Dx() {
			t.Errorf("%q is %d pixels wide, %d fit", r.text, w, box.Dx())
		}
	}
}

// A text that cannot fit ends after a whole word, with an ellipsis.
func TestBitsEndEarly(t *testing.T) {
	words := strings.Repeat("attente accueil caisse rayon ", 40)
	s := Scene{Kind: Question, Languages: []string{"fr"}, Text: map[string]string{"fr": words}}
	for _, size := range smallSizes {
		box := image.Rectangle{Max: size}
		rows, _ := s.fitBits(box)
		inside(t, rows, box)
		got, ended := strings.CutSuffix(said(rows), "…")
		if !ended || !strings.HasPrefix(words, got+" ") {
			t.Errorf("%v says %q", size, said(rows))
		}
	}
}

// A word wider than the frame is broken, at a hyphen where it has one.
func TestBitsBreakWideWords(t *testing.T) {
	for word, want := range map[string]string{
		"supercalifragilisticexpialidocious":             "supercalifragilisticexpialidocious",
		"Mecklembourg-Poméranie-Occidentale-sur-la-côte": "Mecklembourg- Poméranie- Occidentale-sur-la- côte",
	} {
		s := Scene{Kind: Question, Languages: []string{"fr"}, Text: map[string]string{"fr": word}}
		box := image.Rect(0, 0, 128, 64)
		rows, _ := s.fitBits(box)
		inside(t, rows, box)
		if strings.ReplaceAll(said(rows), " ", "") != strings.ReplaceAll(want, " ", "") {
			t.Errorf("says %q, want %q", said(rows), want)
		}
		if strings.Contains(word, "-") {
			for _, r := range rows[:len(rows)-1] {
				if !strings.HasSuffix(r.text, "-") {
					t.Errorf("broken after %q, want after a hyphen", r.text)
				}
			}
		}
	}
}

// The thanks are the same for every choice; and no two kinds look alike.
func TestBitsKindsDiffer(t *testing.T) {
	for _, size := range smallSizes {
		seen := map[string]Kind{}
		for _, k := range Kinds {
			img := DrawBits(scene(k, tap.Faces4), size)
			if other, twice := seen[string(img.Pix)]; twice {
				t.Errorf("%v: %s looks like %s", size, k, other)
			}
			seen[string(img.Pix)] = k
		}
	}
}

func TestTurns(t *testing.T) {
	for k, want := range map[Kind]int{Starting: 1, Question: 2, Thanks: 1, Closed: 2, OutOfOrder: 2} {
		if got := len(scene(k, tap.Faces4).Turns()); got != want {
			t.Errorf("%s: %d turns, want %d", k, got, want)
		}
	}
	turns := scene(Question, tap.Faces4).Turns()
	if turns[0].Languages[0] != "fr" || turns[1].Languages[0] != "en" || len(turns[0].Languages) != 1 {
		t.Errorf("turns of %v and %v", turns[0].Languages, turns[1].Languages)
	}
}

// Whatever the words, no line is too long, none is lost, and none is broken
// that fits.
func TestLinesKeepWords(t *testing.T) {
	random := seedtest.Rand(t)
	alphabet := []rune("abcdeéèêàçïôù'?")
	for range 300 {
		var words []string
		for range 1 + random.IntN(30) {
			word := make([]rune, 1+random.IntN(16))
			for i := range word {
				word[i] = alphabet[random.IntN(len(alphabet))]
			}
			words = append(words, string(word))
		}
		s := Scene{Kind: Question, Languages: []string{"fr"}, Text: map[string]string{"fr": strings.Join(words, " ")}}
		for _, d := range []image.Point{{16, 2}, {20, 4}} {
			var got []string
			for _, page := range Lines(s, d.X, d.Y) {
				if len(page) != d.Y {
					t.Fatalf("a page of %d lines, want %d", len(page), d.Y)
				}
				for _, line := range page {
					if utf8.RuneCountInString(line) != d.X {
						t.Fatalf("line %q has not %d characters", line, d.X)
					}
					got = append(got, strings.Fields(line)...)
				}
			}
			if fmt.Sprint(got) != fmt.Sprint(words) {
				t.Fatalf("%v: words %q became %q", d, words, got)
			}
		}
	}
}

func TestLinesBreakWideWords(t *testing.T) {
	s := Scene{Kind: Question, Languages: []string{"fr"}, Text: map[string]string{"fr": "Rendez-vous-demain-matin anticonstitutionnellement"}}
	want := "[[  Rendez-vous-     demain-matin  ] [anticonstitution    nellement    ]]"
	if got := fmt.Sprint(Lines(s, 16, 2)); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}
