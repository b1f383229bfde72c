// Package phonetest looks at a display as a phone does, and reads QR codes with
// zbar, which shares no code with what drew them.
package phonetest

import (
	"fmt"
	"image"
	"image/draw"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// focal is the focal length of a phone's camera while it looks for codes, in
// its pixels: 1,920 of them across 65 degrees.
const focal = 1507

// View is where a phone is held.
type View struct {
	Distance float64 // of the camera from the display, in mm
	Tilt     float64 // of the display, left and right, in degrees
	Turn     float64 // of the phone in the hand, in degrees
}

// See is what the camera sees of a display that is so many mm wide, on a black
// bezel: askew, out of focus, with glare and noise. The same is seen each time.
func (v View) See(display image.Image, width float64) *image.Gray {
	size := display.Bounds().Size()
	perMM := float64(size.X) / width
	high := float64(size.Y) / perMM
	reach := math.Hypot(width, high) * focal / v.Distance * 0.6
	seen := image.NewGray(image.Rect(0, 0, int(2*reach), int(2*reach)))
	lights := image.NewGray(image.Rectangle{Max: size})
	draw.Draw(lights, lights.Rect, display, display.Bounds().Min, draw.Src)
	at := func(u, v float64) int { // how light it is at a place of the display, in pixels from its middle
		x, y := int(math.Floor(u))+size.X/2, int(math.Floor(v))+size.Y/2
		if x < 0 || y < 0 || x >= size.X || y >= size.Y {
			return 25 // the bezel
		}
		return 40 + int(lights.Pix[y*lights.Stride+x])*165/255
	}
	tiltSin, tiltCos := math.Sincos(v.Tilt * math.Pi / 180)
	turnSin, turnCos := math.Sincos(v.Turn * math.Pi / 180)
	const fine = 2 // rays a pixel, each way
	for y := range seen.Rect.Dy() {
		for x := range seen.Rect.Dx() {
			sum := 0
			for i := range fine * fine {
				px := float64(x) + (float64(i%fine)+.5)/fine - reach
				py := float64(y) + (float64(i/fine)+.5)/fine - reach
				rx, ry := (px*turnCos-py*turnSin)/focal, (px*turnSin+py*turnCos)/focal
				// The ray (rx, ry, 1) meets the plane through (0, 0, distance).
				u := v.Distance * rx / (tiltCos - rx*tiltSin)
				depth := v.Distance + u*tiltSin
				sum += at(u*perMM, ry*depth*perMM)
			}
			seen.Pix[seen.PixOffset(x, y)] = uint8(sum / (fine * fine))
		}
	}
	random := rand.New(rand.NewPCG(1, 2))
	seen = soften(soften(seen))
	for i, light := range seen.Pix {
		glare := 30 * float64(i%seen.Stride) / float64(seen.Stride)
		seen.Pix[i] = uint8(min(255, max(0, float64(light)+glare+4*random.NormFloat64())))
	}
	return seen
}

// soften blurs by a pixel.
func soften(img *image.Gray) *image.Gray {
	out := image.NewGray(img.Rect)
	for y := 1; y < img.Rect.Dy()-1; y++ {
		for x := 1; x < img.Rect.Dx()-1; x++ {
			sum := 0
			for i, weight := range []int{1, 2, 1, 2, 4, 2, 1, 2, 1} {
				sum += weight * int(img.Pix[img.PixOffset(x+i%3-1, y+i/3-1)])
			}
			out.Pix[out.PixOffset(x, y)] = uint8(sum / 16)
		}
	}
	return out
}

// Read is what zbar reads in a picture; empty where it finds no code.
func Read(t testing.TB, seen *image.Gray) string {
	t.Helper()
	program, err := exec.LookPath("zbarimg")
	if err != nil {
		t.Fatalf("zbarimg is not in the path: install Debian's zbar-tools: %v", err)
	}
	path := filepath.Join(t.TempDir(), "seen.pgm")
	head := fmt.Sprintf("P5 %d %d 255\n", seen.Rect.Dx(), seen.Rect.Dy())
	if err := os.WriteFile(path, append([]byte(head), seen.Pix...), 0o600); err != nil {
		t.Fatal(err)
	}
	out, _ := exec.Command(program, "--quiet", "--raw", path).Output() // it fails where there is no code
	return strings.TrimSuffix(string(out), "\n")
}
