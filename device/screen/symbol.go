package screen

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Symbols are the signs of all kinds of scene for a browser: SVG symbols named
// sign-closed and so on, in the colour of the text around them.
func Symbols() string {
	var b strings.Builder
	for _, kind := range slices.Sorted(maps.Keys(signs)) {
		fmt.Fprintf(&b, `<symbol id="sign-%s" viewBox="0 0 100 100"><mask id="ink-%[1]s" maskUnits="userSpaceOnUse" x="0" y="0" width="100" height="100">`, kind)
		for _, s := range signs[kind] {
			b.WriteString(s.svg())
		}
		fmt.Fprintf(&b, `</mask><rect width="100" height="100" fill="currentColor" mask="url(#ink-%s)"/></symbol>`, kind)
	}
	return b.String()
}

// svg is the shape in a mask: white is inked, black is not.
func (s shape) svg() string {
	col := "#fff"
	if s.cut {
		col = "#000"
	}
	points := make([]string, len(s.at))
	for i, p := range s.at {
		points[i] = fmt.Sprintf("%d,%d", p.x, p.y)
	}
	all := strings.Join(points, " ")
	switch {
	case s.r == 0:
		return fmt.Sprintf(`<polygon points="%s" fill="%s"/>`, all, col)
	case len(s.at) == 1:
		return fmt.Sprintf(`<circle cx="%d" cy="%d" r="%d" fill="%s"/>`, s.at[0].x, s.at[0].y, s.r, col)
	}
	return fmt.Sprintf(`<polyline points="%s" fill="none" stroke="%s" stroke-width="%d" stroke-linecap="round" stroke-linejoin="round"/>`, all, col, 2*s.r)
}
