package manager

import (
	"bytes"
	"fmt"
	"image"
	"image/draw"
	"image/png"
	"os"
	"strings"
	"testing"

	"sourire/device/screen"
)

// scenes are the pages of a case as a view shows them on a display with room for
// so many rows.
func scenes(lang, name string, rows int) (all []screen.Scene) {
	f := cases(lang)[name]
	f.Rows = rows
	v := Open(0, Setup{Buttons: 4, Rows: rows, Lang: lang, PIN: true})
	v.stage = waiting
	v.Fill(0, f.Pages())
	for v.at = range v.pages {
		all = append(all, v.Scene(0))
	}
	return all
}

// The pages are drawn as they are seen, on an OLED and on e-paper, and written
// for a character display: for people to look at.
func TestGoldenFrames(t *testing.T) {
	for _, lang := range []string{"en", "fr"} {
		var frames []*image.Paletted
		var lines bytes.Buffer
		for _, size := range []image.Point{{128, 64}, {250, 122}} {
			for _, name := range []string{"1 a day", "2 a morning", "3 trouble"} {
				for _, s := range scenes(lang, name, 3) {
					frames = append(frames, screen.DrawBits(s, size))
				}
			}
		}
		for _, name := range []string{"1 a day", "2 a morning", "3 trouble", "4 staff", "5 nps"} {
			for _, s := range scenes(lang, name, 3) {
				var page [2]strings.Builder
				for _, turn := range screen.Lines(s, 16, 2) {
					for i, line := range turn {
						fmt.Fprintf(&page[i], "|%s|  ", line)
					}
				}
				fmt.Fprintf(&lines, "%s\n%s\n\n", strings.TrimRight(page[0].String(), " "), strings.TrimRight(page[1].String(), " "))
			}
		}
		compareImage(t, "testdata/golden/frames-"+lang+".png", sheet(frames))
		compareText(t, "testdata/golden/lines-"+lang+".txt", lines.Bytes())
	}
}

// sheet lays frames out, seven in a row as long as they are of the same size.
func sheet(frames []*image.Paletted) *image.Paletted {
	const columns, gap = 7, 4
	at, y, x := make([]image.Point, len(frames)), gap, 0
	size := image.Point{}
	for i, f := range frames {
		switch {
		case i == 0:
		case f.Rect.Size() != frames[i-1].Rect.Size() || x == columns-1:
			y, x = y+frames[i-1].Rect.Dy()+gap, 0
		default:
			x++
		}
		at[i] = image.Pt(gap+x*(f.Rect.Dx()+gap), y)
		size.X, size.Y = max(size.X, at[i].X+f.Rect.Dx()+gap), at[i].Y+f.Rect.Dy()+gap
	}
	dst := image.NewPaletted(image.Rectangle{Max: size}, frames[0].Palette)
	draw.Draw(dst, dst.Rect, image.NewUniform(frames[0].Palette[screen.Ink]), image.Point{}, draw.Src)
	for i, f := range frames {
		draw.Draw(dst, f.Rect.Add(at[i]), f, image.Point{}, draw.Src)
	}
	return dst
}

func compareImage(t *testing.T, path string, got *image.Paletted) {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, got); err != nil {
		t.Fatal(err)
	}
	if *update {
		compareText(t, path, b.Bytes())
		return
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	want, ok := img.(*image.Paletted)
	if !ok || want.Rect != got.Rect || !bytes.Equal(want.Pix, got.Pix) {
		t.Errorf("%s differs; if the change is wanted: make golden", path)
	}
}

// compareText holds a file against what it should be, or writes it.
func compareText(t *testing.T, path string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs; if the change is wanted: make golden\n%s", path, got)
	}
}
