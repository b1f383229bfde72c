package manager

import (
	"math"
	"strings"

	"sourire/assets"
	"sourire/device/screen"
	"sourire/device/tap"
)

func (f Facts) health() Page {
	h := f.Health
	stored, waiting := "box.stored.no", f.text("box.waiting.none")
	if h.Stored {
		stored = "box.stored.yes"
	}
	if h.Waiting > 0 {
		waiting = assets.Textf(f.Lang, "box.number", h.Waiting)
	}
	rows := append(h.Troubles(f.Lang),
		screen.Row{Name: f.text("box.stored"), Value: f.text(stored)},
		screen.Row{Name: f.text("box.waiting"), Value: waiting},
		screen.Row{Name: f.text("box.office"), Value: f.office()})
	return Page{Title: f.text("box.health"), Rows: append(rows, h.Parts(f.Lang, f.Clock)...)}
}

// Troubles are the parts that are out of order, and how, in words.
func (h Health) Troubles(lang string) (rows []screen.Row) {
	for _, fault := range h.Faults {
		rows = append(rows, screen.Row{Name: part(lang, fault.Part), Value: how(lang, fault.How)})
	}
	return rows
}

// Parts are what else a box is made of, in words: its clock, of this quality,
// its card, its processor, its buttons and its software.
func (h Health) Parts(lang string, quality tap.Quality) (rows []screen.Row) {
	add := func(name, value string) {
		rows = append(rows, screen.Row{Name: assets.Text(lang, name), Value: value})
	}
	clock := map[tap.Quality]string{tap.Unknown: "unknown", tap.Saved: "saved", tap.Synced: "set"}[quality]
	add("box.clock", assets.Text(lang, "box.clock."+clock))
	if h.Free > 0 {
		add("box.free", size(lang, h.Free))
	}
	if h.Measured {
		add("box.celsius", assets.Textf(lang, "box.degrees", h.Celsius))
	}
	if !h.troubled("button") {
		add("box.buttons", assets.Text(lang, "box.good"))
	}
	add("box.software", h.Software)
	return rows
}

// office is when head office was last in reach.
func (f Facts) office() string {
	switch h := f.Health; {
	case h.Connected:
		return f.text("box.office.yes")
	case h.Heard.IsZero() || f.Clock == tap.Unknown: // of a time that is not known, nothing is told
		return f.text("box.office.no")
	default:
		heard := h.Heard.In(f.Now.Location())
		if f.Now.Sub(heard).Hours() < 20 {
			return heard.Format("15:04")
		}
		return heard.Format(f.text("box.office.day"))
	}
}

func (h Health) troubled(part string) bool {
	for _, fault := range h.Faults {
		if strings.HasPrefix(fault.Part, part) {
			return true
		}
	}
	return false
}

// part is the name of a part, for people; that of a button has its number.
func part(lang, name string) string {
	if n, ok := strings.CutPrefix(name, "button-"); ok {
		return assets.Textf(lang, "box.part.button", n)
	}
	if key := "box.part." + name; assets.Has(lang, key) {
		return assets.Text(lang, key)
	}
	return name
}

func how(lang, fault string) string {
	if key := "box.how." + fault; assets.Has(lang, key) {
		return assets.Text(lang, key)
	}
	return assets.Text(lang, "box.how")
}

// size is room on the card, with two digits at most after the unit's change.
func size(lang string, bytes uint64) string {
	const giga = 1e9
	if bytes < giga {
		return assets.Textf(lang, "box.megabytes", int(bytes/1e6))
	}
	return assets.Textf(lang, "box.gigabytes", float64(bytes)/giga)
}

// signed writes numbers with a sign as wide as a plus.
func (f Facts) signed(key string, numbers ...int) string {
	var args []any
	for _, n := range numbers {
		args = append(args, n)
	}
	return strings.ReplaceAll(assets.Textf(f.Lang, key, args...), "-", "−")
}

func round(x float64) int { return int(math.Round(x)) }

// half is where a score from -100 to 100 is on a bar, in percent.
func half(score float64) int { return round((score + 100) / 2) }
