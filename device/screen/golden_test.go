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
	"slices"
	"testing"

	xdraw "golang.org/x/image/draw"
)

var update = flag.Bool("update", false, "redraw the golden frames instead of comparing with them")

const golden = "testdata/golden"

func TestGoldenBits(t *testing.T) {
	for _, f := range turned() {
		compare(t, "128x64/"+f.name+".png", DrawBits(f.scene, image.Pt(128, 64)), 0)
	}
	for _, f := range frames() {
		compare(t, "250x122/"+f.name+".png", DrawBits(f.scene, image.Pt(250, 122)), 0)
	}
}

// Antialiased edges may differ a little from one kind of processor to another.
func TestGoldenColour(t *testing.T) {
	for _, f := range frames() {
		compare(t, "800x480/"+f.name+".png", inColour()[f.name], 16)
	}
}

func TestGoldenLines(t *testing.T) {
	for _, d := range []image.Point{{16, 2}, {20, 4}} {
		var b bytes.Buffer
		for _, f := range frames() {
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

// The contact sheet shows all frames at once, for people: those of the OLED as
// they are seen, lit and twice as large, those of the e-paper, and those in
// colour, smaller. The README shows some.
func TestGoldenSheet(t *testing.T) {
	var oled, paper, colour []image.Image
	some := map[string]image.Image{}
	for _, f := range turned() {
		oled = append(oled, litTwice(DrawBits(f.scene, image.Pt(128, 64))))
		some["oled "+f.name] = oled[len(oled)-1]
	}
	for _, f := range frames() {
		paper = append(paper, DrawBits(f.scene, image.Pt(250, 122)))
		large, small := inColour()[f.name], image.NewRGBA(image.Rect(0, 0, 256, 154))
		xdraw.BiLinear.Scale(small, small.Rect, large, large.Rect, draw.Src, nil)
		colour = append(colour, small)
		some["paper "+f.name], some["colour "+f.name] = paper[len(paper)-1], small
	}
	compare(t, "sheet.png", sheet(6, oled, paper, colour), 16)
	pick := func(names ...string) (all []image.Image) {
		for _, name := range names {
			all = append(all, some[name])
		}
		return all
	}
	compare(t, "../../../../assets/docs/displays.png", sheet(3,
		pick("colour question-said", "colour followup", "colour thanks-reason", "colour write", "colour outoforder", "colour manager"),
		pick("paper question", "paper followup", "paper manager"),
		pick("oled question-en", "oled followup-en", "oled cleaning-fr")), 16)
}

// sheet lays pictures out in rows, those of each kind on rows of their own.
func sheet(columns int, kinds ...[]image.Image) *image.RGBA {
	const gap = 6
	size := image.Pt(gap, gap)
	var at []image.Point
	for _, all := range kinds {
		cell := all[0].Bounds().Max.Add(image.Pt(gap, gap))
		for i := range all {
			at = append(at, image.Pt(gap+i%columns*cell.X, size.Y+i/columns*cell.Y))
		}
		size = image.Pt(max(size.X, gap+columns*cell.X), size.Y+(len(all)+columns-1)/columns*cell.Y+gap)
	}
	dst := image.NewRGBA(image.Rectangle{Max: size})
	draw.Draw(dst, dst.Rect, image.NewUniform(color.RGBA{0x90, 0xa8, 0xc0, 0xff}), image.Point{}, draw.Src)
	for i, img := range slices.Concat(kinds...) {
		draw.Draw(dst, img.Bounds().Add(at[i]), img, image.Point{}, draw.Src)
	}
	return dst
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
	if bytes.Equal(g, w) {
		return
	}
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
