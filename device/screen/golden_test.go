package screen

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sourire/device/tap"
)

var update = flag.Bool("update", false, "redraw the golden frames instead of comparing with them")

const golden = "testdata/golden"

// A question about as long as one gets, in both languages.
var longQuestion = map[string]string{
	"fr": "Êtes-vous satisfait de l’accueil et du temps d’attente à nos caisses aujourd’hui\u00a0?",
	"en": "Are you satisfied with the welcome and the waiting time at our checkouts today?",
}

// frame is a scene that has a golden frame.
type frame struct {
	name  string
	scene Scene
}

// frames are all kinds of scene, in both languages at once, and those that a
// small display shows in turn.
func frames(turns bool) []frame {
	var all []frame
	add := func(name string, s Scene) {
		if !turns {
			all = append(all, frame{name, s})
			return
		}
		for _, turn := range s.Turns() {
			all = append(all, frame{name + "-" + strings.Join(turn.Languages, "-"), turn})
		}
	}
	for _, k := range everyKind {
		add(string(k), scene(k, tap.Faces4))
	}
	long := scene(Question, tap.Faces4)
	long.Text = longQuestion
	add("long", long)
	return all
}

func TestGoldenBits(t *testing.T) {
	for _, d := range []struct {
		size  image.Point
		turns bool
	}{{image.Pt(128, 64), true}, {image.Pt(250, 122), false}} {
		for _, f := range frames(d.turns) {
			compare(t, fmt.Sprintf("%dx%d/%s.png", d.size.X, d.size.Y, f.name), DrawBits(f.scene, d.size), 0)
		}
	}
}

// Antialiased edges may differ a little from one kind of processor to another.
func TestGoldenColour(t *testing.T) {
	for _, f := range frames(false) {
		compare(t, "800x480/"+f.name+".png", Draw(f.scene, image.Pt(800, 480)), 16)
	}
}

func TestGoldenLines(t *testing.T) {
	for _, d := range []image.Point{{16, 2}, {20, 4}} {
		var b bytes.Buffer
		for _, f := range frames(false) {
			for i, page := range Lines(f.scene, d.X, d.Y) {
				fmt.Fprintf(&b, "%s, page %d\n", f.name, i+1)
				for _, line := range page {
					fmt.Fprintf(&b, "|%s|\n", line)
				}
			}
		}
		path := filepath.Join(golden, fmt.Sprintf("%dx%d.txt", d.X, d.Y))
		if *update {
			save(t, path, b.Bytes())
			continue
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(b.Bytes(), want) {
			t.Errorf("%s differs; if the change is wanted: make golden\n%s", path, b.Bytes())
		}
	}
}

// The contact sheet shows all two-tone frames at once, for people: those of the
// OLED as they are seen, lit and twice as large, then those of the e-paper.
func TestGoldenSheet(t *testing.T) {
	const gap, columns = 6, 4
	cell := image.Pt(256+gap, 128+gap)
	var all []*image.Paletted
	for _, f := range frames(true) {
		all = append(all, litTwice(DrawBits(f.scene, image.Pt(128, 64))))
	}
	for _, f := range frames(false) {
		all = append(all, DrawBits(f.scene, image.Pt(250, 122)))
	}
	rows := (len(all) + columns - 1) / columns
	sheet := image.NewPaletted(image.Rect(0, 0, columns*cell.X+gap, rows*cell.Y+gap), color.Palette{color.White, color.Black, color.RGBA{0x90, 0xa8, 0xc0, 0xff}})
	draw.Draw(sheet, sheet.Bounds(), image.NewUniform(sheet.Palette[2]), image.Point{}, draw.Src)
	for i, img := range all {
		at := image.Pt(gap+i%columns*cell.X, gap+i/columns*cell.Y)
		draw.Draw(sheet, img.Rect.Add(at), img, image.Point{}, draw.Src)
	}
	compare(t, "sheet.png", sheet, 0)
}

func litTwice(img *image.Paletted) *image.Paletted {
	twice := image.NewPaletted(image.Rectangle{Max: img.Rect.Max.Mul(2)}, twoTone)
	for y := range twice.Rect.Dy() {
		for x := range twice.Rect.Dx() {
			twice.SetColorIndex(x, y, Ink-img.ColorIndexAt(x/2, y/2))
		}
	}
	return twice
}

// compare holds an image against its golden frame: no channel of a pixel may
// differ by more than that.
func compare(t *testing.T, name string, got image.Image, most int) {
	t.Helper()
	path := filepath.Join(golden, name)
	if *update {
		var b bytes.Buffer
		if err := png.Encode(&b, got); err != nil {
			t.Fatal(err)
		}
		save(t, path, b.Bytes())
		return
	}
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("%s is missing: make golden", path)
	} else if err != nil {
		t.Fatal(err)
	}
	want, err := png.Decode(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	if got.Bounds().Size() != want.Bounds().Size() {
		t.Fatalf("%s: size %v, want %v", path, got.Bounds().Size(), want.Bounds().Size())
	}
	differ := 0
	g, w := rgba(got), rgba(want)
	for i := 0; i < len(g); i += 4 {
		if apart(g[i], w[i]) > most || apart(g[i+1], w[i+1]) > most || apart(g[i+2], w[i+2]) > most {
			differ++
		}
	}
	if differ > 0 {
		t.Errorf("%s: %d pixels differ; if the change is wanted: make golden, and look at it", path, differ)
	}
}

// rgba is the pixels of an image, four bytes each.
func rgba(img image.Image) []uint8 {
	all := image.NewRGBA(image.Rectangle{Max: img.Bounds().Size()})
	draw.Draw(all, all.Rect, img, img.Bounds().Min, draw.Src)
	return all.Pix
}

func apart(a, b uint8) int { return max(int(a)-int(b), int(b)-int(a)) }

func save(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}
