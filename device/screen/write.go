package screen

import (
	"image"
	"image/draw"
	"strings"
)

// drawWrite shows a QR code on white, as large as can be, and words beside it,
// or above where the display is upright.
func (s Scene) drawWrite(dst *picture, box image.Rectangle) {
	box.Max.Y -= s.drawTime(dst, box, ink)
	side := min(box.Dy(), box.Dx())
	words, card := box, box
	if box.Dx() >= box.Dy() {
		card.Max.X = card.Min.X + side
		words.Min.X = card.Max.X + box.Dx()/20
	} else {
		card.Min.Y = card.Max.Y - side
		words.Max.Y = card.Min.Y
	}
	modules, scale := fitQR(s.Link, side)
	if modules == nil {
		_, address, _ := strings.Cut(s.Link, "://")
		write(dst, box, append(s.paragraphs(typeSize(dst)*0.7), paragraph{text: address, size: typeSize(dst) / 2, col: ink, gap: 1})...)
		return
	}
	for scale > moduleLeast && (len(modules)+2*quiet)*scale > side {
		scale--
	}
	rounded(dst, card, float32(typeSize(dst))/4, white)
	at := card.Min.Add(card.Size().Sub(image.Pt(len(modules)*scale, len(modules)*scale)).Div(2))
	for y, row := range modules {
		for x, dark := range row {
			if dark {
				module := image.Rect(x*scale, y*scale, (x+1)*scale, (y+1)*scale).Add(at)
				draw.Draw(dst, module, image.NewUniform(ink), image.Point{}, draw.Src)
			}
		}
	}
	write(dst, words, s.paragraphs(typeSize(dst)*0.75)...)
}
