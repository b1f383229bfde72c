package tally

import (
	"slices"
	"time"

	"sourire/device/tap"
)

// Survey is what people were asked. Answers to different surveys are never
// added up.
type Survey struct {
	Question string
	Audience string
	Scale    tap.Scale
}

// Ledger counts the taps of one terminal by hour. Add each event once, in the
// order of seq. It keeps a few bytes an hour, and 16 a tap for those taps of the
// present boot that a clock event may still move. It is not safe for concurrent
// use.
type Ledger struct {
	loc     *time.Location
	cells   map[key]*cell
	surveys []Survey
	current uint16            // index of the survey in force
	configs map[uint64]uint16 // survey by seq of its config
	boot    boot
	recent  []recent         // counted taps that an undo may still name
	reasons []string         // by their number; 0 is none
	changed map[key]struct{} // hours that something was counted in, or taken out; nil: nobody asks
	since   slot             // of hours before this not all events were added: their tally events tell; noTime: all were
}

// key is one clock hour of one survey.
type key struct {
	slot   slot
	survey uint16
}

// cell counts one hour.
type cell struct {
	by      [maxChoices]int32
	raw     int32
	flags   [len(flags)]int32
	reasons map[uint16]said // nil: none
	unsided int32           // reasons of which nobody knows what they came after
}

// said is how often a reason was given, and how often of that after an answer of
// the worse half of the scale.
type said struct{ all, worse int32 }

const maxChoices = 11

// flags are the ones that are counted.
var flags = [...]tap.Flag{tap.Burst, tap.Chord, tap.Closed, tap.Repeat, tap.Test}

// recent is a counted tap that may be undone.
type recent struct {
	seq     uint64
	up      int64
	choice  uint8
	reason  uint16
	key     key // where it is counted, if it does not wait for a clock
	waiting int // index in its boot's waiting, or -1
}

// undoPeriod is how long after its press a tap may be undone, in ms: longer
// than a button may be down and the manager's hold together (rules 3 and 4).
const undoPeriod = 60_000

// NewLedger is an empty ledger of a store in the given location.
func NewLedger(loc *time.Location) *Ledger {
	l := &Ledger{loc: loc, cells: map[key]*cell{}, reasons: []string{""}, since: noTime}
	l.epoch()
	return l
}

// epoch begins a new journal: seqs and boots start again, what is counted
// stays.
func (l *Ledger) epoch() {
	l.configs = map[uint64]uint16{}
	l.boot = boot{}
	l.recent = nil
}

// Survey is the one in force: what all results are of. Its scale is empty as
// long as there was neither a config nor a tap.
func (l *Ledger) Survey() Survey {
	if len(l.surveys) == 0 {
		return Survey{}
	}
	return l.surveys[l.current]
}

// Add folds in one event. Kinds that say nothing about results, and taps that
// fit no scale, are skipped.
func (l *Ledger) Add(e tap.Event) {
	l.enter(e.Head().Boot)
	switch e := e.(type) {
	case *tap.GenesisEvent:
		l.epoch()
	case *tap.ConfigEvent:
		l.asked(e)
	case *tap.ClockEvent:
		l.correct(e)
	case *tap.TapEvent:
		l.tap(e)
	case *tap.UndoEvent:
		l.undo(e.Tap)
	case *tap.ReasonEvent:
		l.reason(e)
	case *tap.TallyEvent:
		l.told(e)
	}
}

func (l *Ledger) asked(e *tap.ConfigEvent) {
	l.current = l.survey(Survey{e.Question, e.Audience, e.Scale})
	l.configs[e.Seq] = l.current
}

// Boot is the number of the kernel boot that the newest event belongs to.
func (l *Ledger) Boot() uint64 { return l.boot.number }

// survey is the index of s, which may be new.
func (l *Ledger) survey(s Survey) uint16 {
	for i, t := range l.surveys {
		if s == t {
			return uint16(i)
		}
	}
	l.surveys = append(l.surveys, s)
	return uint16(len(l.surveys) - 1)
}

// scaleOf is the scale with that many choices, or none.
func scaleOf(choices int) tap.Scale {
	for _, s := range tap.Scales {
		if s.Choices() == choices {
			return s
		}
	}
	return ""
}

func (l *Ledger) tap(e *tap.TapEvent) {
	scale := scaleOf(e.Of)
	if scale == "" || e.Choice < 0 || e.Choice >= e.Of {
		return
	}
	survey, ok := l.configs[e.Config]
	if !ok || l.surveys[survey].Scale != scale {
		survey = l.survey(Survey{Scale: scale})
	}
	l.current = survey

	t := tapOf(e, survey, l.slotOfTap(e, survey))
	r := recent{seq: e.Seq, up: e.Up, choice: t.choice, waiting: l.wait(t, e)}
	r.key = key{t.slot, survey}
	if r.waiting >= 0 {
		r.key = l.place(l.boot.waiting[r.waiting], l.boot.anchor)
	}
	l.count(r.key, t, +1)
	for len(l.recent) > 0 && e.Up-l.recent[0].up > undoPeriod {
		l.recent = l.recent[1:]
	}
	if e.Counted {
		l.recent = append(l.recent, r)
	}
}

// undo takes a tap out of the result; it stays among the raw ones.
func (l *Ledger) undo(seq uint64) {
	i := slices.IndexFunc(l.recent, func(r recent) bool { return r.seq == seq })
	if i < 0 {
		return
	}
	r := l.recent[i]
	c := l.cell(l.where(r))
	c.by[r.choice]--
	if r.reason != 0 {
		c.because(r.reason, l.worse(r.key.survey, r.choice), -1)
	}
	if r.waiting >= 0 {
		t := &l.boot.waiting[r.waiting]
		t.bits &^= countedBit
		t.reason = 0
	}
	l.recent = slices.Delete(l.recent, i, i+1)
}

// reason counts the answer to the question after a tap, with it.
func (l *Ledger) reason(e *tap.ReasonEvent) {
	i := slices.IndexFunc(l.recent, func(r recent) bool { return r.seq == e.Tap })
	if i < 0 || e.Reason == "" {
		return
	}
	r := &l.recent[i]
	c := l.cell(l.where(*r))
	worse := l.worse(r.key.survey, r.choice)
	if r.reason != 0 {
		c.because(r.reason, worse, -1)
	}
	r.reason = l.reasonOf(e.Reason)
	c.because(r.reason, worse, +1)
	if r.waiting >= 0 {
		l.boot.waiting[r.waiting].reason = r.reason
	}
}

// reasonOf is the number of a reason, which may be new.
func (l *Ledger) reasonOf(text string) uint16 {
	n := slices.Index(l.reasons, text)
	if n < 0 {
		n = len(l.reasons)
		l.reasons = append(l.reasons, text)
	}
	return uint16(n)
}

// where is where a tap of late is counted.
func (l *Ledger) where(r recent) key {
	if r.waiting >= 0 {
		return l.place(l.boot.waiting[r.waiting], l.boot.anchor)
	}
	return r.key
}

// cell is an hour that is about to change.
func (l *Ledger) cell(k key) *cell {
	if l.changed != nil {
		l.changed[k] = struct{}{}
	}
	c := l.cells[k]
	if c == nil {
		c = &cell{}
		l.cells[k] = c
	}
	return c
}

// count adds a tap to an hour, or with sign -1 takes it out.
func (l *Ledger) count(k key, t waiting, sign int32) {
	c := l.cell(k)
	c.raw += sign
	if t.bits&countedBit != 0 {
		c.by[t.choice] += sign
	}
	for i := range flags {
		if t.bits&(1<<i) != 0 {
			c.flags[i] += sign
		}
	}
	if t.reason != 0 {
		c.because(t.reason, l.worse(k.survey, t.choice), sign)
	}
}

// worse reports whether a choice is of the worse half of a survey's scale.
func (l *Ledger) worse(survey uint16, choice uint8) bool {
	return int(choice) < l.surveys[survey].Scale.Choices()/2
}

func (c *cell) because(reason uint16, worse bool, n int32) {
	if c.reasons == nil {
		c.reasons = map[uint16]said{}
	}
	s := c.reasons[reason]
	s.all += n
	if worse {
		s.worse += n
	}
	c.reasons[reason] = s
}
