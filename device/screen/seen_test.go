package screen

import (
	"fmt"
	"image"
	"image/draw"
	"math"
	"slices"
	"strings"
	"testing"

	xdraw "golang.org/x/image/draw"

	"sourire/assets"
	"sourire/device/tap"
)

// panels are the displays, with the width of their pixels' field in mm: the
// 0.96" OLED, the 2.13" e-paper and the 7" screen.
var panels = []struct {
	size  image.Point
	width float64
	draw  func(Scene, image.Point) image.Image
}{
	{image.Pt(128, 64), 21.7, func(s Scene, size image.Point) image.Image { return DrawBits(s, size) }},
	{image.Pt(250, 122), 48.6, func(s Scene, size image.Point) image.Image { return DrawBits(s, size) }},
	{image.Pt(800, 480), 154, func(s Scene, size image.Point) image.Image { return Draw(s, size) }},
}

// arcMinute is the angle that normal sight (6/6) tells apart.
const arcMinute = math.Pi / 180 / 60

// speechless is a scene whose words are blank: what is left are its sign and
// its ground. A question is its words.
func speechless(k Kind) Scene {
	s := scene(k, tap.Faces4)
	if k == Question {
		return s
	}
	s.Texts = map[string]map[string]string{}
	for _, lang := range s.Languages {
		s.Texts[lang] = map[string]string{}
		for _, key := range assets.CustomerKeys() {
			s.Texts[lang][key] = "\u00a0"
		}
	}
	return s
}

// Without a word and without a colour, at 2 m, as blurred as normal sight has
// it, each kind of scene is told from every other.
func TestKindsDifferFromAfar(t *testing.T) {
	kinds := []Kind{Question, Thanks, FollowUp, Write, Closed, Asleep, OutOfOrder, Cleaning, Test}
	for _, p := range panels {
		dots := int(p.width / (2000 * arcMinute)) // across, that are told apart
		var all []*image.Gray
		for _, k := range kinds {
			grey := image.NewGray(image.Rectangle{Max: p.size})
			draw.Draw(grey, grey.Rect, p.draw(speechless(k), p.size), image.Point{}, draw.Src)
			seen := image.NewGray(image.Rect(0, 0, dots, dots*p.size.Y/p.size.X))
			xdraw.BiLinear.Scale(seen, seen.Rect, grey, grey.Rect, draw.Src, nil)
			all = append(all, seen)
		}
		for i := range all {
			for j := range i {
				differ := 0
				for k := range all[i].Pix {
					if apart(all[i].Pix[k], all[j].Pix[k]) > 64 {
						differ++
					}
				}
				if share := float64(differ) / float64(len(all[i].Pix)); share < 0.02 {
					t.Errorf("%v: %s and %s differ in %.1f %% of what is seen from 2 m", p.size, kinds[i], kinds[j], 100*share)
				}
			}
		}
	}
}

// At 1 m, what must be read is at least as high as normal sight needs it, 5
// minutes of arc (1.45 mm), in capitals; a headline of ours on a 7" screen three
// times that (5 mm, a 200th of the distance), on e-paper twice, on the OLED
// 1.3 times. What only adds to it may be a little smaller.
func TestReadableAtOneMetre(t *testing.T) {
	least := func(p int, minutes float64) int { // pixels
		return int(math.Ceil(1000 * minutes * arcMinute / panels[p].width * float64(panels[p].size.X)))
	}
	for p, headline := range []float64{6.5, 10} {
		box := image.Rectangle{Max: panels[p].size}.Inset(max(panels[p].size.Y/48, 1))
		for _, k := range []Kind{Question, Thanks, Closed, OutOfOrder, Cleaning, Test} {
			for _, turn := range scene(k, tap.Faces4).Turns() {
				if p == 1 {
					turn.Languages = []string{"fr", "en"}
				}
				words := box
				if k != Question {
					words.Min.X += panels[p].size.Y*9/20 + panels[p].size.Y/12
				}
				if k == Test {
					words = words.Inset(hatch + 2)
				}
				rows, _ := turn.fitBits(words)
				if got := rows[0].font.cap(); got < least(p, headline) {
					t.Errorf("%v: %q has capitals of %d pixels, want %d", panels[p].size, rows[0].text, got, least(p, headline))
				}
				for _, r := range rows {
					if got := r.font.cap(); got < least(p, 4.6) {
						t.Errorf("%v: %q has capitals of %d pixels, want %d", panels[p].size, r.text, got, least(p, 4.6))
					}
				}
			}
		}
	}
	for _, f := range frames() {
		switch f.scene.Kind {
		case Asleep, PIN, Manager: // nobody has to read these from afar
			continue
		}
		const capital = 0.72 // of the type size, in Go Bold
		picture := inColour()[f.name]
		if got := picture.least * capital; got < float64(least(2, 5)) {
			t.Errorf("%s: capitals of %.1f pixels, want %d", f.name, got, least(2, 5))
		}
		if picture.cut {
			t.Errorf("%s: words are cut", f.name)
		}
	}
}

// The labels of ours are whole and large enough on every display.
func TestFollowUpReadable(t *testing.T) {
	ids := []string{"waiting", "welcome", "choice", "price", "clean", "advice", "stock", "checkout"}
	for _, lang := range []string{"fr", "en"} {
		for i := range ids {
			four := []string{ids[i], ids[(i+1)%8], ids[(i+2)%8], ids[(i+5)%8]}
			s := scene(FollowUp, tap.Faces5)
			s.FollowUp, s.Languages = followUp(four...), []string{lang}
			for _, size := range smallSizes {
				if !FitsBits(s, size) {
					t.Errorf("%v: %s of %v is cut", size, lang, four)
				}
			}
			f, labels, _ := s.labelsBits(lang, 126-5*6-4, 11)
			if f.cap() < 9 {
				t.Errorf("%q have capitals of %d pixels", labels, f.cap())
			}
		}
	}
}

// A follow-up looks the same whatever was answered before, and on paper, which
// takes a while to change, whatever time is left.
func TestTimeLeft(t *testing.T) {
	for _, k := range []Kind{FollowUp, Write, Cleaning, PIN, Manager} {
		for _, p := range panels {
			early, late := scene(k, tap.Faces4), scene(k, tap.Faces4)
			early.Left, late.Left = early.Of, 1
			same := slices.Equal(rgba(p.draw(early, p.size)), rgba(p.draw(late, p.size)))
			if paper := p.size.X == 250; same != paper {
				t.Errorf("%s, %v: with less time left, the frame is the same: %v", k, p.size, same)
			}
		}
	}
}

// Nothing but a frame, a strip or a key touches the edge of a small display, and
// nothing is cut but labels that are too long.
func TestBitsWhole(t *testing.T) {
	for _, size := range smallSizes {
		all := frames()
		if lit(size) {
			all = turned()
		}
		for _, f := range all {
			if got, long := FitsBits(f.scene, size), strings.HasPrefix(f.name, "followup-long") && f.name != "followup-long-en"; got == long {
				t.Errorf("%v: %s is whole: %v", size, f.name, got)
			}
			if k := f.scene.Kind; k == PIN || k == Manager || lit(size) && (k == Write || k == FollowUp) {
				continue
			}
			img := DrawBits(f.scene, size)
			ground := img.Pix[0]
			for x := range size.X {
				if img.ColorIndexAt(x, 0) != ground || img.ColorIndexAt(x, size.Y-1) != ground {
					t.Errorf("%v: %s has ink at the edge, column %d", size, f.name, x)
					break
				}
			}
			for y := range size.Y {
				if img.ColorIndexAt(0, y) != ground || img.ColorIndexAt(size.X-1, y) != ground {
					t.Errorf("%v: %s has ink at the edge, row %d", size, f.name, y)
					break
				}
			}
		}
	}
}

// A sleeping OLED is nearly dark, and its picture moves.
func TestAsleep(t *testing.T) {
	lit := map[int]int{}
	turns := scene(Asleep, tap.Faces4).Turns()
	for _, turn := range turns {
		n := 0
		for i, c := range DrawBits(turn, image.Pt(128, 64)).Pix {
			if c == Ink {
				lit[i]++
				n++
			}
		}
		if n == 0 || n > 128*64/20 {
			t.Errorf("%d pixels are lit", n)
		}
	}
	for i, n := range lit {
		if n > len(turns)/2 {
			t.Fatalf("pixel %d is lit in %d of %d pictures", i, n, len(turns))
		}
	}
}

// How many answered and what was done stand below the question on paper, but
// take no room from a long one.
func TestFoot(t *testing.T) {
	for _, size := range smallSizes {
		for _, f := range frames() {
			if f.scene.Kind != Question || !f.scene.hasFoot() {
				continue
			}
			plain := f.scene
			plain.Voices, plain.Said = 0, nil
			if fmt.Sprint(DrawBits(f.scene, image.Pt(250, 122)).Pix) == fmt.Sprint(DrawBits(plain, image.Pt(250, 122)).Pix) {
				t.Errorf("%s shows nothing on paper", f.name)
			}
			long := f.scene
			long.Text = map[string]string{}
			for lang, text := range longQuestion {
				long.Text[lang] = text + " " + text
			}
			bare := long
			bare.Voices, bare.Said = 0, nil
			if !slices.Equal(DrawBits(long, size).Pix, DrawBits(bare, size).Pix) {
				t.Errorf("%v: %s takes room from a long question", size, f.name)
			}
		}
	}
}
