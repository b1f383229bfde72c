package lab

import (
	"bytes"
	"fmt"
	"image"
	"os"
	"path/filepath"
)

// Screenshot is what the monitor shows.
func (m *Machine) Screenshot() (*image.RGBA, error) {
	file := filepath.Join(m.dir, "screen.ppm")
	if err := m.qmp.command("screendump", map[string]string{"filename": file, "format": "ppm"}, nil); err != nil {
		return nil, err
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	return readPPM(raw)
}

// readPPM reads a picture in the binary form of the portable pixmap format, as
// QEMU writes it.
func readPPM(raw []byte) (*image.RGBA, error) {
	var size image.Point
	r := bytes.NewReader(raw)
	if _, err := fmt.Fscanf(r, "P6\n%d %d\n255\n", &size.X, &size.Y); err != nil {
		return nil, fmt.Errorf("screenshot: %w", err)
	}
	points := raw[len(raw)-r.Len():]
	if len(points) != 3*size.X*size.Y {
		return nil, fmt.Errorf("screenshot: %d bytes for %v points", len(points), size)
	}
	img := image.NewRGBA(image.Rectangle{Max: size})
	for i := 0; len(points) > 0; i += 4 {
		copy(img.Pix[i:], points[:3])
		img.Pix[i+3] = 0xff
		points = points[3:]
	}
	return img, nil
}
