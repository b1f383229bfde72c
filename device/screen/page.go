package screen

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"unicode/utf8"
)

var span = color.RGBA{0x6a, 0xa5, 0xdb, 0xff} // an interval

// drawPage shows a page of the manager's view: its title in a dark strip, the
// rows, and what each button does, above it.
func (s Scene) drawPage(dst *picture, box image.Rectangle) {
	p := s.Pages
	if p == nil {
		return
	}
	size := typeSize(dst)
	strip := image.Rect(0, 0, dst.Rect.Dx(), int(size*1.2))
	draw.Draw(dst, strip, image.NewUniform(ink), image.Point{}, draw.Src)
	inner := image.Rect(box.Min.X, 0, box.Max.X, strip.Max.Y)
	if p.Of > 1 {
		number := set(inner.Size(), paragraph{text: fmt.Sprintf("%d/%d", p.Number, p.Of), size: size * 0.5, col: looks[OutOfOrder].more, light: true})
		inner.Max.X -= number.width
		number.print(dst, image.Pt(inner.Max.X, (strip.Dy()-number.height)/2), false)
	}
	title := set(inner.Size(), paragraph{text: p.Title, size: size * 0.65, col: white})
	title.print(dst, image.Pt(inner.Min.X, (strip.Dy()-title.height)/2), false)
	box.Min.Y = strip.Max.Y + int(size/4)
	if s.Of > 0 {
		left := image.Rect(0, strip.Max.Y, dst.Rect.Dx()*min(s.Left, s.Of)/s.Of, strip.Max.Y+max(int(size/10), 2))
		draw.Draw(dst, left, image.NewUniform(span), image.Point{}, draw.Src)
	}
	if len(p.Keys) > 5 {
		pad := box
		pad.Min.X = box.Min.X + box.Dx()/2
		box.Max.X = pad.Min.X - int(size/2)
		drawKeypad(dst, pad, p.Keys)
	} else if used(p.Keys) {
		keys := box
		keys.Min.Y = box.Max.Y - int(size)
		drawKeys(dst, keys, p.Keys)
		box.Max.Y = keys.Min.Y - int(size/4)
	}
	if s.Kind == PIN {
		drawEntry(dst, box, p.Rows)
		return
	}
	drawRows(dst, box, p.Rows)
}

// drawKeys prints what each button does as a tab at the lower edge, above it.
func drawKeys(dst *picture, box image.Rectangle, keys []string) {
	size := typeSize(dst)
	face := paragraph{size: size / 2}
	f, _ := face.face(1)
	at := places(keys, box.Dx(), func(k string) int { return max(pixels(f)(k)+int(size/2), box.Dx()/len(keys)*3/4) })
	for i, k := range keys {
		if k != "" {
			drawKey(dst, image.Rect(box.Min.X+at[i].from, box.Min.Y, box.Min.X+at[i].to, box.Max.Y), k)
		}
	}
}

func drawKey(dst *picture, box image.Rectangle, key string) {
	size := typeSize(dst)
	scale := size
	if utf8.RuneCountInString(key) == 1 { // a sign
		scale *= 1.5
	}
	rounded(dst, box, float32(size)/5, ink)
	write(dst, box.Inset(int(size/10)), paragraph{text: key, size: scale * 0.55, col: white})
}

// drawKeypad has three keys in a row, as on a telephone.
func drawKeypad(dst *picture, box image.Rectangle, keys []string) {
	rows := (len(keys) + 2) / 3
	pitch := image.Pt(box.Dx()/3, box.Dy()/rows)
	for i, k := range keys {
		if k != "" {
			at := box.Min.Add(image.Pt(i%3*pitch.X, i/3*pitch.Y))
			drawKey(dst, image.Rectangle{at, at.Add(pitch)}.Inset(pitch.Y/16), k)
		}
	}
}

// drawEntry shows a PIN as far as it has been entered, a cell a digit, the one
// being set in a frame, and below what there is to say of it.
func drawEntry(dst *picture, box image.Rectangle, rows []Row) {
	size := typeSize(dst)
	middle := box
	for _, r := range rows {
		if r.Name != "" {
			notice := box
			notice.Min.Y = box.Max.Y - box.Dy()/3
			middle.Max.Y = notice.Min.Y
			write(dst, notice, paragraph{text: r.Name + " " + r.Value, size: size * 0.6, col: ink})
		}
	}
	for _, r := range rows {
		digits := []rune(r.Value)
		if r.Name != "" || len(digits) == 0 {
			continue
		}
		wide := min(int(size*1.4), middle.Dx()/len(digits))
		at := middle.Min.Add(image.Pt((middle.Dx()-wide*len(digits))/2, (middle.Dy()-wide)/2))
		for i, d := range digits {
			cell := image.Rect(i*wide, 0, (i+1)*wide, wide).Add(at).Inset(wide / 12)
			if d == '•' {
				at := cell.Inset(cell.Dx() * 3 / 8)
				drawShapes(dst, dot, at.Min, at.Dx(), 4, ink)
				continue
			}
			rounded(dst, cell, float32(size)/6, ink)
			rounded(dst, cell.Inset(max(wide/32, 1)), float32(size)/7, white)
			if d != '_' {
				write(dst, cell, paragraph{text: string(d), size: float64(wide) * 0.6, col: ink})
			}
		}
	}
}

// drawRows has the rows below each other: the name, the interval of a share,
// what it comes to.
func drawRows(dst *picture, box image.Rectangle, rows []Row) {
	if len(rows) == 0 {
		return
	}
	size := typeSize(dst)
	pitch := min(box.Dy()/len(rows), int(size*1.5))
	var names, values []block
	bars := box
	for _, r := range rows {
		value := set(image.Pt(box.Dx()*2/5, pitch), paragraph{text: r.Value, size: size * 0.55, col: ink})
		room := box.Dx() - value.width - int(size/2)
		if r.Bar {
			room = box.Dx() * 3 / 10
		}
		name := set(image.Pt(room, pitch), paragraph{text: r.Name, size: size * 0.5, col: ink, light: true})
		names, values = append(names, name), append(values, value)
		if r.Bar {
			bars.Min.X = max(bars.Min.X, box.Min.X+name.width+int(size/2))
			bars.Max.X = min(bars.Max.X, box.Max.X-value.width-int(size/2))
		}
	}
	for i, r := range rows {
		top := box.Min.Y + i*pitch
		if i > 0 {
			draw.Draw(dst, image.Rect(box.Min.X, top, box.Max.X, top+1), image.NewUniform(rule), image.Point{}, draw.Src)
		}
		names[i].print(dst, image.Pt(box.Min.X, top+(pitch-names[i].height)/2), false)
		values[i].print(dst, image.Pt(box.Max.X-values[i].width, top+(pitch-values[i].height)/2), false)
		if r.Bar {
			drawInterval(dst, image.Rect(bars.Min.X, top, bars.Max.X, top+pitch), r)
		}
	}
}

// drawInterval draws a scale from 0 to 100 and where a share lies on it: the
// interval as a bar with its ends as figures below, the middle marked only
// where there are answers enough.
func drawInterval(dst *picture, box image.Rectangle, r Row) {
	bar := box
	bar.Min.Y += box.Dy() * 7 / 24
	bar.Max.Y = bar.Min.Y + box.Dy()/5
	at := func(percent int) int { return bar.Min.X + bar.Dx()*percent/100 }
	rounded(dst, bar, float32(bar.Dy())/2, rule)
	part := image.Rect(at(r.Lo), bar.Min.Y, at(r.Hi), bar.Max.Y)
	rounded(dst, part, float32(bar.Dy())/2, muted)
	edge := max(bar.Dy()/8, 1)
	fill := span
	if r.Share < 0 {
		fill = white
	}
	rounded(dst, part.Inset(edge), float32(bar.Dy())/2, fill)
	if r.Share >= 0 {
		rounded(dst, image.Rect(at(r.Share)-edge, bar.Min.Y-2*edge, at(r.Share)+edge+1, bar.Max.Y+2*edge), float32(edge), ink)
	}
	if r.Interval == "" {
		return
	}
	ends := set(box.Size(), paragraph{text: r.Interval, size: float64(box.Dy()) / 4, col: muted, light: true})
	middle := min(max((part.Min.X+part.Max.X)/2, box.Min.X+ends.width/2), box.Max.X-ends.width/2)
	ends.print(dst, image.Pt(middle, bar.Max.Y+3*edge), true)
}
