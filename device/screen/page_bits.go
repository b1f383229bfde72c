package screen

import (
	"fmt"
	"image"
	"slices"
	"strings"
)

// pageBits shows a page of the manager's view: its title in a dark strip, the
// rows, and what each button does, above it. It is whole where all rows are
// there and none is cut.
func (s Scene) pageBits(dst *image.Paletted, box image.Rectangle) (whole bool) {
	p := s.Pages
	if p == nil {
		return true
	}
	f := atMost(min(max(dst.Rect.Dy()/8, 11), 14))
	whole = true

	strip := image.Rect(0, 0, dst.Rect.Dx(), f.size+2)
	fillBits(dst, strip, Ink)
	right := box.Max.X - 1
	if p.Of > 1 {
		number := fmt.Sprintf("%d/%d", p.Number, p.Of)
		right -= pixels(f)(number)
		textBits(dst, f, right, strip.Max.Y-3, number, Paper)
	}
	title := cut(p.Title, pixels(f), right-4-box.Min.X)
	whole = title == p.Title
	textBits(dst, f, box.Min.X+2, strip.Max.Y-3, title, Paper)
	box.Min.Y = strip.Max.Y + 1
	if s.Of > 0 && lit(dst.Rect.Size()) { // a line below the strip, that shrinks
		fillBits(dst, image.Rect(0, strip.Max.Y+1, dst.Rect.Dx()*min(s.Left, s.Of)/s.Of, strip.Max.Y+2), Ink)
		box.Min.Y += 2
	}

	if used(p.Keys) {
		keys := box
		keys.Min.Y = box.Max.Y - f.size - 1
		whole = keysBits(dst, keys, f, p.Keys) && whole
		box.Max.Y = keys.Min.Y - 2
	}
	if s.Kind == PIN {
		return entryBits(dst, box, p.Rows) && whole
	}
	return rowsBits(dst, box, p.Rows) && whole
}

// used reports whether a key does anything.
func used(keys []string) bool {
	for _, k := range keys {
		if k != "" {
			return true
		}
	}
	return false
}

// keysBits prints what each button does as a tab at the lower edge, above its
// button; a wide one takes from the room of its neighbours.
func keysBits(dst *image.Paletted, box image.Rectangle, f *bitmapFont, keys []string) (whole bool) {
	const pad = 4
	whole = true
	at := places(keys, box.Dx(), func(k string) int { return max(pixels(f)(k)+2*pad, box.Dx()/len(keys)*2/3) })
	for i, k := range keys {
		if k == "" {
			continue
		}
		tab := image.Rect(box.Min.X+at[i].from, box.Min.Y, box.Min.X+at[i].to, box.Max.Y)
		fillBits(dst, tab, Ink)
		for _, corner := range []image.Point{tab.Min, {tab.Max.X - 1, tab.Min.Y}} {
			dst.SetColorIndex(corner.X, corner.Y, Paper)
		}
		text := cut(k, pixels(f), tab.Dx()-2)
		whole = whole && text == k
		textBits(dst, f, tab.Min.X+(tab.Dx()-pixels(f)(text))/2, tab.Max.Y-(tab.Dy()-f.cap())/2, text, Paper)
	}
	return whole
}

// place is where something is, across.
type place struct{ from, to int }

// places puts the words of keys above their buttons, which divide the width
// evenly, moved aside as far as their neighbours need it.
func places(keys []string, width int, measure measure) []place {
	at := make([]place, len(keys))
	end := 0
	for i, k := range keys {
		if k == "" {
			continue
		}
		wide := measure(k)
		from := max((2*i+1)*width/(2*len(keys))-wide/2, end)
		at[i] = place{from, from + wide}
		end = from + wide + 2
	}
	limit := width
	for i := len(keys) - 1; i >= 0; i-- {
		if keys[i] == "" {
			continue
		}
		if over := at[i].to - limit; over > 0 {
			at[i].from, at[i].to = max(at[i].from-over, 0), limit
		}
		limit = at[i].from - 2
	}
	return at
}

// entryBits shows a PIN as far as it has been entered, a cell a digit, the one
// being set in a frame, and below what there is to say of it.
func entryBits(dst *image.Paletted, box image.Rectangle, rows []Row) (whole bool) {
	whole = true
	notice := ""
	cells := box
	for _, r := range rows {
		if r.Name != "" {
			notice = strings.TrimSpace(r.Name + " " + r.Value)
		}
	}
	if notice != "" {
		f := atMost(min(box.Dy()*2/5, 20))
		for pixels(f)(notice) > box.Dx() && f.size > smallestBits {
			f = atMost(f.size - 1)
		}
		text := cut(notice, pixels(f), box.Dx())
		whole = text == notice
		textBits(dst, f, box.Min.X+(box.Dx()-pixels(f)(text))/2, box.Max.Y-f.size/4, text, Ink)
		cells.Max.Y -= f.size + 1
	}
	for _, r := range rows {
		if r.Name == "" {
			digitsBits(dst, cells, []rune(r.Value))
		}
	}
	return whole
}

func digitsBits(dst *image.Paletted, box image.Rectangle, digits []rune) {
	if len(digits) == 0 {
		return
	}
	f := atMost(box.Dy())
	wide := min(f.size, box.Dx()/len(digits))
	x := box.Min.X + (box.Dx()-wide*len(digits))/2
	for i, d := range digits {
		cell := image.Rect(x+i*wide+1, box.Min.Y+(box.Dy()-f.size)/2, x+(i+1)*wide-1, box.Min.Y+(box.Dy()+f.size)/2)
		if d == '•' {
			side := wide / 3
			drawShapes(dst, dot, cell.Min.Add(image.Pt((cell.Dx()-side)/2, (cell.Dy()-side)/2)), side, 1, twoTone[Ink])
			continue
		}
		fillBits(dst, cell, Ink)
		if fillBits(dst, cell.Inset(1), Paper); d != '_' {
			textBits(dst, f, cell.Min.X+(cell.Dx()-pixels(f)(string(d)))/2, cell.Min.Y+(cell.Dy()+f.cap())/2, string(d), Ink)
		}
	}
}

// rowsBits prints the rows below each other: the name, the interval of a share,
// what it comes to. It is whole where none is cut or left out.
func rowsBits(dst *image.Paletted, box image.Rectangle, rows []Row) (whole bool) {
	f, spare := rowFont(rows, box)
	if spare < 0 { // the figures come first
		rows = slices.Clone(rows)
		for i := range rows {
			rows[i].Bar = rows[i].Bar && inline(rows[i], f, box.Dx())
		}
		f, spare = rowFont(rows, box)
	}
	whole = spare >= 0
	y := box.Min.Y
	for _, r := range rows {
		high := rowHigh(r, f, box.Dx()) + min(max(spare, 0)/len(rows), f.size/2)
		line := image.Rect(box.Min.X, y, box.Max.X, y+high)
		if y += high; line.Max.Y > box.Max.Y {
			return false
		}
		between := inline(r, f, box.Dx())
		text := line
		if r.Bar && !between {
			text.Max.Y -= underBar
		}
		base := text.Min.Y + (text.Dy()+f.cap())/2
		value := cut(r.Value, pixels(f), line.Dx())
		left := line.Max.X - pixels(f)(value)
		textBits(dst, f, left, base, value, Ink)
		name := cut(r.Name, pixels(f), left-3-line.Min.X)
		whole = whole && name == r.Name && value == r.Value
		textBits(dst, f, line.Min.X, base, name, Ink)
		switch {
		case r.Bar && between:
			intervalBits(dst, image.Rect(line.Min.X+pixels(f)(name)+6, base-f.cap()+1, left-6, base-1), r)
		case r.Bar:
			intervalBits(dst, image.Rect(line.Min.X, text.Max.Y, line.Max.X, text.Max.Y+underBar-2), r)
		}
	}
	return whole
}

const underBar = 7 // height in pixels of a bar that has a line of its own

// rowHigh is the least height of a row in pixels.
func rowHigh(r Row, f *bitmapFont, width int) int {
	high := f.cap() + 3
	if r.Bar && !inline(r, f, width) {
		high += underBar
	}
	return high
}

// rowFont is the largest font in which all rows fit the box, and how much height
// they leave.
func rowFont(rows []Row, box image.Rectangle) (f *bitmapFont, spare int) {
	for _, size := range bitmapSizes {
		if size > 17 {
			continue
		}
		f, spare = atMost(size), box.Dy()
		fits := true
		for _, r := range rows {
			spare -= rowHigh(r, f, box.Dx())
			fits = fits && pixels(f)(r.Name)+pixels(f)(r.Value)+6 <= box.Dx()
		}
		if fits && spare >= 0 {
			break
		}
	}
	return f, spare
}

// inline reports whether there is room for a bar between a name and its value.
func inline(r Row, f *bitmapFont, width int) bool {
	return width-pixels(f)(r.Name)-pixels(f)(r.Value)-12 >= width/4
}

// intervalBits draws a scale from 0 to 100 and where a share lies on it: the
// interval as a bar, its middle marked only where there are answers enough.
func intervalBits(dst *image.Paletted, box image.Rectangle, r Row) {
	mid := (box.Min.Y + box.Max.Y) / 2
	at := func(percent int) int { return box.Min.X + (box.Dx()-1)*percent/100 }
	for x := box.Min.X; x < box.Max.X; x += 2 {
		dst.SetColorIndex(x, mid, Ink)
	}
	fillBits(dst, image.Rect(at(0), box.Min.Y, at(0)+1, box.Max.Y), Ink)
	fillBits(dst, image.Rect(at(100), box.Min.Y, at(100)+1, box.Max.Y), Ink)
	span := image.Rect(at(r.Lo), mid-1, at(r.Hi)+1, mid+2)
	fillBits(dst, span, Ink)
	if r.Share < 0 { // hollow
		fillBits(dst, span.Inset(1), Paper)
		return
	}
	fillBits(dst, image.Rect(at(r.Share)-1, box.Min.Y, at(r.Share)+2, box.Max.Y), Ink)
}
