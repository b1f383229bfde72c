package lab

import (
	"image"
	"image/png"
	"os"
	"path/filepath"
)

// Screenshot is what the monitor shows.
func (m *Machine) Screenshot() (image.Image, error) {
	file := filepath.Join(m.dir, "screen.png")
	if err := m.qmp.command("screendump", map[string]string{"filename": file, "format": "png"}, nil); err != nil {
		return nil, err
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	return png.Decode(f)
}
