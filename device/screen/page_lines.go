package screen

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// pageLines sets a page of the manager's view in lines: the title, the rows,
// and in the last line what each button does, above it. A display of two lines
// has no room for all that at once: it shows the title with the keys, then the
// rows.
func (s Scene) pageLines(cols, rows int) [][]string {
	p := s.Pages
	if p == nil {
		return [][]string{center(nil, cols, rows)}
	}
	number := ""
	if p.Of > 1 {
		number = fmt.Sprintf("%d/%d", p.Number, p.Of)
	}
	head, foot := spread(plain.Replace(p.Title), number, cols), keyLine(p.Keys, cols)
	var body [][]string // what stays together
	for _, r := range p.Rows {
		if s.Kind == PIN && r.Name == "" && rows == 2 {
			head = spread(plain.Replace(p.Title), plain.Replace(r.Value), cols)
			continue
		}
		body = append(body, rowLines(r, cols))
	}
	room := rows - 2
	var pages [][]string
	if room < 1 {
		room = rows
		pages = append(pages, []string{head, foot})
	}
	for len(body) > 0 || len(pages) == 0 {
		var lines []string
		for len(body) > 0 && (len(lines) == 0 || len(lines)+len(body[0]) <= room) {
			lines, body = append(lines, body[0]...), body[1:]
		}
		for len(lines) < room {
			lines = append(lines, strings.Repeat(" ", cols))
		}
		if lines = lines[:room]; room < rows {
			lines = append(append([]string{head}, lines...), foot)
		}
		pages = append(pages, lines)
	}
	return pages
}

// rowLines is a row in one line or, where that is too long, in two.
func rowLines(r Row, cols int) []string {
	name, value, interval := plain.Replace(r.Name), plain.Replace(r.Value), plain.Replace(r.Interval)
	fits := func(a, b string) bool {
		return a == "" || b == "" || utf8.RuneCountInString(a)+1+utf8.RuneCountInString(b) <= cols
	}
	switch all := strings.TrimSpace(value + " " + interval); {
	case fits(name, all):
		return []string{spread(name, all, cols)}
	case fits(name, value):
		return []string{spread(name, value, cols), spread("", interval, cols)}
	default:
		return []string{spread(name, "", cols), spread("", all, cols)}
	}
}

// spread is a line with one text at its left and another at its right. Both end
// early where there is no room.
func spread(left, right string, cols int) string {
	right = dotted(right, cols)
	room := cols
	if right != "" {
		room = max(cols-utf8.RuneCountInString(right)-1, 0)
	}
	left = dotted(left, room)
	gap := cols - utf8.RuneCountInString(left) - utf8.RuneCountInString(right)
	return strings.ReplaceAll(left+strings.Repeat(" ", gap)+right, "\u00a0", " ")
}

// dotted ends a text early where there is no room: after a comma without what
// follows, such as a figure, or else with a dot.
func dotted(text string, cols int) string {
	short, early := strings.CutSuffix(cut(text, utf8.RuneCountInString, cols), "…")
	switch at := strings.LastIndex(text, ", "); {
	case !early:
		return short
	case 0 < at && at <= len(short):
		return text[:at]
	}
	return short + "."
}

// keyLine has what each button does above it.
func keyLine(keys []string, cols int) string {
	line := []rune(strings.Repeat(" ", cols))
	var words []string
	for _, k := range keys {
		words = append(words, plain.Replace(k))
	}
	for i, at := range places(words, cols, utf8.RuneCountInString) {
		copy(line[min(at.from, cols):], []rune(words[i]))
	}
	return string(line)
}
