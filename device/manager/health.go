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
	p := Page{Title: f.text("box.health")}
	add := func(name, value string) { p.Rows = append(p.Rows, screen.Row{Name: f.text(name), Value: value}) }
	for _, fault := range h.Faults {
		p.Rows = append(p.Rows, screen.Row{Name: f.part(fault.Part), Value: f.how(fault.How)})
	}
	stored := "box.stored.no"
	if h.Stored {
		stored = "box.stored.yes"
	}
	add("box.stored", f.text(stored))
	waiting := f.text("box.waiting.none")
	if h.Waiting > 0 {
		waiting = assets.Textf(f.Lang, "box.number", h.Waiting)
	}
	add("box.waiting", waiting)
	add("box.office", f.office())
	clock := "box.clock.set"
	if f.Clock == tap.Unknown {
		clock = "box.clock.unknown"
	} else if f.Clock == tap.Saved {
		clock = "box.clock.saved"
	}
	add("box.clock", f.text(clock))
	if h.Free > 0 {
		add("box.free", f.size(h.Free))
	}
	if h.Measured {
		add("box.celsius", assets.Textf(f.Lang, "box.degrees", h.Celsius))
	}
	if !f.troubled("button") {
		add("box.buttons", f.text("box.good"))
	}
	add("box.software", h.Software)
	return p
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

func (f Facts) troubled(part string) bool {
	for _, fault := range f.Health.Faults {
		if strings.HasPrefix(fault.Part, part) {
			return true
		}
	}
	return false
}

// part is the name of a part, for people; that of a button has its number.
func (f Facts) part(name string) string {
	if n, ok := strings.CutPrefix(name, "button-"); ok {
		return assets.Textf(f.Lang, "box.part.button", n)
	}
	if key := "box.part." + name; assets.Has(f.Lang, key) {
		return f.text(key)
	}
	return name
}

func (f Facts) how(fault string) string {
	if key := "box.how." + fault; assets.Has(f.Lang, key) {
		return f.text(key)
	}
	return f.text("box.how")
}

// size is room on the card, with two digits at most after the unit's change.
func (f Facts) size(bytes uint64) string {
	const giga = 1e9
	if bytes < giga {
		return assets.Textf(f.Lang, "box.megabytes", int(bytes/1e6))
	}
	return assets.Textf(f.Lang, "box.gigabytes", float64(bytes)/giga)
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
