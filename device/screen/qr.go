package screen

import (
	"fmt"

	qr "github.com/piglig/go-qr"
)

// quiet is how many modules around a QR code the standard wants to be empty.
const quiet = 4

// QR is a text as a QR code (ISO/IEC 18004): rows of modules, true where they
// are dark, without the quiet zone of four modules that belongs around them. It
// is as small as the text allows, and its error correction the best of that
// size. A text of more than 2,953 bytes is an error.
func QR(text string) ([][]bool, error) {
	code, err := qr.EncodeText(text, qr.Low)
	if err != nil {
		return nil, fmt.Errorf("make a QR code of %d bytes: %w", len(text), err)
	}
	modules := make([][]bool, code.Size())
	for y := range modules {
		modules[y] = make([]bool, code.Size())
		for x := range modules[y] {
			modules[y][x] = code.Module(x, y)
		}
	}
	return modules, nil
}
