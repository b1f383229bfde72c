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
	code, err := encode(text)
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

// encode puts digits and capitals in segments of their own, where they take
// fewer bits. How long a segment is differs between versions up to 9, up to 26
// and up to 40.
func encode(text string) (code *qr.QrCode, err error) {
	for _, version := range []int{9, 26, 40} {
		var segments []*qr.QrSegment
		if segments, err = qr.MakeSegmentsOptimally(text, qr.Low, version, version); err == nil {
			return qr.EncodeStandardSegments(segments, qr.Low)
		}
	}
	return nil, err
}
