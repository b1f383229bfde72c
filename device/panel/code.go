package panel

import (
	"fmt"
	"strings"

	"sourire/device/screen"
)

// code is a link as a QR code: the dark modules as a path of an SVG picture of
// Size by Size modules, without the quiet zone.
type code struct {
	Link string `json:"link"`
	Size int    `json:"size"` // 0: the link is too long for a code
	Path string `json:"path"`
}

// newCode draws a run of dark modules in a row as one rectangle.
func newCode(link string) *code {
	modules, err := screen.QR(link)
	if err != nil { // whoever wants to can still type it in
		return &code{Link: link}
	}
	var path strings.Builder
	for y, row := range modules {
		for x := 0; x < len(row); x++ {
			from := x
			for x < len(row) && row[x] {
				x++
			}
			if x > from {
				fmt.Fprintf(&path, "M%d %dh%dv1h-%dz", from, y, x-from, x-from)
			}
		}
	}
	return &code{link, len(modules), path.String()}
}
