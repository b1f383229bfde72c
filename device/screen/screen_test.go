package screen

import (
	"encoding/xml"
	"errors"
	"fmt"
	"image"
	"image/color"
	"io"
	"strings"
	"testing"

	"sourire/device/tap"
)

// A face is told from every other of its scale by its strokes: printed in two
// tones, without its colour, a twentieth of the picture differs at least.
func TestFacesDifferWithoutColour(t *testing.T) {
	const side = 120
	draw := func(f Face) []bool {
		img := image.NewRGBA(image.Rect(0, 0, side, side))
		face(img, f, image.Point{}, side)
		bits := make([]bool, side*side)
		for i := range bits {
			bits[i] = img.RGBAAt(i%side, i/side) == ink
		}
		return bits
	}
	for scale, all := range faces {
		if len(all) != scale.Choices() {
			t.Errorf("%s: %d faces for %d choices", scale, len(all), scale.Choices())
		}
		for i := range all {
			for j := range i {
				a, b := draw(all[i]), draw(all[j])
				differ, inked := 0, 0
				for k := range a {
					if a[k] != b[k] {
						differ++
					}
					if a[k] || b[k] {
						inked++
					}
				}
				if differ*20 < inked {
					t.Errorf("%s: faces %d and %d differ in %d of %d inked pixels", scale, i, j, differ, inked)
				}
			}
		}
	}
}

// WCAG 2.2, 1.4.11: strokes and rim stand out from what is around them.
func TestContrast(t *testing.T) {
	for scale, all := range faces {
		for i, f := range all {
			if c := contrast(ink, f.Fill); c < 4.5 {
				t.Errorf("%s: ink on face %d has a contrast of %.2f, want 4.5", scale, i, c)
			}
		}
	}
	for _, k := range Kinds {
		l := Scene{Kind: k}.look()
		for what, col := range map[string]color.RGBA{"words": l.words, "explanation": l.more, "sign": l.sign} {
			if c := contrast(col, l.ground); c < 4.5 {
				t.Errorf("%s: the %s has a contrast of %.2f, want 4.5", k, what, c)
			}
		}
	}
}

// A scene of each kind shows something of its own, at any size, without leaving
// the frame and without cutting a word.
func TestDrawEveryScene(t *testing.T) {
	for _, size := range []image.Point{{320, 240}, {240, 400}} {
		seen := make(map[string]string)
		for _, scale := range tap.Scales {
			for _, kind := range Kinds {
				if kind != Question && kind != Thanks && scale != tap.Faces4 {
					continue // the same on every scale
				}
				name := fmt.Sprintf("%s %s %v", kind, scale, size)
				img := scene(kind, scale).draw(size)
				if img.Bounds().Size() != size {
					t.Fatalf("%s: size %v", name, img.Bounds().Size())
				}
				if img.cut {
					t.Errorf("%s: words are cut", name)
				}
				ground := scene(kind, scale).look().ground
				for x := range size.X {
					if kind == Test || kind == PIN || kind == Manager {
						break // a frame, or a strip, goes to the edge
					}
					if img.RGBAAt(x, 0) != ground || img.RGBAAt(x, size.Y-1) != ground {
						t.Fatalf("%s: ink at the edge, column %d", name, x)
					}
				}
				if other, twice := seen[string(img.Pix)]; twice {
					t.Errorf("%s looks like %s", name, other)
				}
				seen[string(img.Pix)] = name
			}
		}
	}
}

// A long question shrinks until it fits.
func TestDrawLongQuestion(t *testing.T) {
	s := scene(Question, tap.Faces5)
	long := strings.Repeat("Êtes-vous satisfait de l’accueil ? ", 12)
	s.Text = map[string]string{"fr": long, "en": long}
	img := Draw(s, image.Pt(800, 480))
	for y := range 480 {
		for _, x := range []int{0, 799} {
			if img.RGBAAt(x, y) != paper {
				t.Fatalf("ink at the edge, (%d, %d)", x, y)
			}
		}
	}
}

func TestSVGIsWellFormed(t *testing.T) {
	for scale, all := range faces {
		for i, f := range all {
			d := xml.NewDecoder(strings.NewReader(f.SVG()))
			elements := 0
			for {
				tok, err := d.Token()
				if errors.Is(err, io.EOF) {
					break
				}
				if err != nil {
					t.Fatalf("%s %d: %v", scale, i, err)
				}
				if _, ok := tok.(xml.StartElement); ok {
					elements++
				}
			}
			if want := 2 + len(f.Strokes); elements < want {
				t.Errorf("%s %d: %d elements, want at least %d", scale, i, elements, want)
			}
		}
	}
}

func TestEqual(t *testing.T) {
	a := scene(Question, tap.Faces4)
	a.Text = map[string]string{"fr": "Et alors ?"}
	same := scene(Question, tap.Faces4)
	same.Text = map[string]string{"fr": "Et alors ?"}
	if !a.Equal(same) {
		t.Error("two scenes that show the same are not equal")
	}
	for name, change := range map[string]func(*Scene){
		"kind":      func(s *Scene) { s.Kind = Thanks },
		"scale":     func(s *Scene) { s.Scale = tap.Faces5 },
		"text":      func(s *Scene) { s.Text = map[string]string{"fr": "Alors ?"} },
		"languages": func(s *Scene) { s.Languages = []string{"en", "fr"} },
	} {
		other := same
		change(&other)
		if a.Equal(other) {
			t.Errorf("scenes with another %s are equal", name)
		}
	}
}

func TestWords(t *testing.T) {
	s := scene(Question, tap.Faces4)
	s.Text = map[string]string{"fr": "Et l’accueil ?"}
	if got, _ := s.Words("fr"); got != "Et l’accueil ?" {
		t.Errorf("the store's question is %q", got)
	}
	if got, _ := s.Words("en"); got != "How was your visit today?" {
		t.Errorf("without a text of the store's, the question is %q", got)
	}
	s.Kind = Thanks
	if headline, more := s.Words("fr"); headline != "Merci\u00a0!" || more == "" {
		t.Errorf("the thanks says %q, %q", headline, more)
	}
}
