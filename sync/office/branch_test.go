package office_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"sourire/device/tap"
	"sourire/sync/office"
	"sourire/sync/wire"
)

// twoCards is a card and a copy of it, made after event 5, which both went on.
func twoCards(r *rig) (a, b *box) {
	a = newBox(exit1, 1, newKey(1), nil).taps(9)
	b = a.copyAt(5)
	b.at = noon.Add(-10 * time.Minute)
	b.taps(3) // 6, 7, 8
	b.add(&tap.UndoEvent{Tap: 7, Why: "changed"}, tap.KindUndo)
	b.add(&tap.UndoEvent{Tap: 7, Why: "service"}, tap.KindUndo) // undone before
	b.add(&tap.UndoEvent{Tap: 5, Why: "changed"}, tap.KindUndo) // of the chain: its word holds
	r.batches(a, 1, 10)
	return a, b
}

// What a copy of the card has heard from customers counts once, like the rest.
func TestForksAreCounted(t *testing.T) {
	for name, send := range map[string][]uint64{
		"at once":             {6, 11},
		"from before":         {2, 11},
		"in parts":            {6, 7, 8, 9, 10, 11},
		"again and again":     {6, 8, 6, 11, 1, 11, 7, 9},
		"the undo by itself":  {6, 8, 9, 9, 10, 10, 11, 11, 9, 11},
		"and after a restart": {6, 8, 0, 0, 9, 11},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			_, b := twoCards(r)
			for i := 0; i < len(send); i += 2 {
				if send[i] == 0 {
					r.reopen()
				} else {
					r.batches(b, send[i], send[i+1])
				}
			}
			for range 2 {
				if s := r.status(exit1); s.TapsCounted != 9+2 || s.CountedToday != 9+2 {
					t.Errorf("%d counted, %d today, want 11", s.TapsCounted, s.CountedToday)
				}
				r.reopen()
			}
			r.verify()
		})
	}
}

// Two copies of a card are three histories: all are named, exported and shown.
func TestForksAreExported(t *testing.T) {
	r := newRig(t)
	a, b := twoCards(r)
	r.batches(b, 6, 11)
	c := a.copyAt(5)
	c.at = noon.Add(-5 * time.Minute)
	c.taps(2)
	r.batches(c, 6, 7)
	other := exit1
	other.Terminal = "exit-2"
	r.batches(newBox(other, 2, newKey(1), nil), 1, 1)

	nameB, nameC := office.BranchName(6, b.links[5].Head), office.BranchName(6, c.links[5].Head)
	line := func(fork string, event []byte) string {
		return fmt.Sprintf(`{"chain":"demo","store":"lyon-part-dieu","terminal":"exit-1","epoch":"%s"%s,"event":%s}`, a.epoch, fork, event)
	}
	var chain, besideB, besideC []string
	for _, l := range a.links {
		chain = append(chain, line("", l.Event))
	}
	for _, l := range b.links[5:] {
		besideB = append(besideB, line(`,"fork":"`+nameB+`"`, l.Event))
	}
	for _, l := range c.links[5:] {
		besideC = append(besideC, line(`,"fork":"`+nameC+`"`, l.Event))
	}
	var out bytes.Buffer
	if err := office.ExportJSONL(t.Context(), r.store, &out); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	got := lines[:len(lines)-1] // the last is the other terminal's
	if !slices.Equal(got, slices.Concat(chain, besideB, besideC)) && !slices.Equal(got, slices.Concat(chain, besideC, besideB)) {
		t.Errorf("exported\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(slices.Concat(chain, besideB, besideC), "\n"))
	}

	out.Reset()
	if err := office.ExportCSV(t.Context(), r.store, &out); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&out).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	forks := map[string]int{}
	for _, row := range rows[1:] {
		forks[row[len(row)-1]]++
	}
	if forks[""] != 9 || forks[nameB] != 6 || forks[nameC] != 2 || len(forks) != 3 {
		t.Errorf("rows %v", forks)
	}

	named := map[string]bool{}
	for _, f := range r.status(exit1).Forks {
		named[f.Branch] = true
	}
	for _, f := range r.verify().Forks {
		named[f.Branch] = named[f.Branch] && f.Seq == 6
	}
	if !named[nameB] || !named[nameC] || len(named) != 2 {
		t.Errorf("named %v", named)
	}

	for query, want := range map[string]int{exit1.String(): 8, other.String(): 0} {
		var page struct {
			Forks []struct {
				Epoch, Fork string
				Event       json.RawMessage
			}
		}
		code, _, body := get(r.Handler(), "GET", "localhost", "/api/forks?terminal="+query)
		if err := json.Unmarshal([]byte(body), &page); err != nil || code != 200 || len(page.Forks) != want {
			t.Errorf("%s: %d, %d events, %v; want %d", query, code, len(page.Forks), err, want)
		}
		for _, f := range page.Forks {
			if f.Epoch != a.epoch || f.Fork != nameB && f.Fork != nameC || !strings.Contains(strings.Join(got, "\n"), string(f.Event)) {
				t.Errorf("%+v", f)
			}
		}
	}
	for query, want := range map[string]int{"": 400, "x": 400, "demo/x/y": 404} {
		if code, _, body := get(r.Handler(), "GET", "localhost", "/api/forks?terminal="+query); code != want || !strings.HasPrefix(body, `{"error":`) {
			t.Errorf("%q: %d %s, want %d", query, code, body, want)
		}
	}
}

// Two cards that run as one terminal, the copy under an epoch of its own: both
// are heard, it is said that there are two, once, and when one is put away the
// other is the terminal.
func TestTwoCardsGoOn(t *testing.T) {
	r := newRig(t)
	a := newBox(exit1, 1, newKey(1), nil).taps(9)
	seq, head := uint64(5), a.links[4].Head.String()
	b := newBox(exit1, 2, newKey(1), &tap.Previous{Epoch: a.epoch, Seq: &seq, Head: &head, Why: "copied"}).taps(9)
	r.send(a, wire.LeafState, a.state(1, 0, true))
	r.batches(a, 1, 10)
	r.send(b, wire.LeafState, b.state(1, 0, true))
	r.batches(b, 1, 10)
	before := len(r.status(exit1).Incidents)
	for i := range uint64(3) {
		r.send(a, wire.LeafState, a.taps(1).state(2+i, 0, true))
		r.batches(a, 11+i, 11+i)
		r.send(b, wire.LeafState, b.taps(1).state(2+i, 0, true))
		r.batches(b, 11+i, 11+i)
		if s := r.status(exit1); !s.Online || s.Epoch != b.epoch {
			t.Errorf("status %+v", s)
		}
		if i == 1 {
			r.reopen()
		}
	}
	s := r.status(exit1)
	if len(s.Incidents) != before+1 || !strings.Contains(s.Incidents[before].What, "two cards run as this terminal") || s.Incidents[before].Epoch != a.epoch {
		t.Errorf("incidents %+v", s.Incidents)
	}
	if s.Events != 26 || s.TapsCounted != 24 || len(s.Forks) != 0 {
		t.Errorf("%d events, %d counted, forks %v", s.Events, s.TapsCounted, s.Forks)
	}
	r.verify()

	r.send(b, wire.LeafState, b.state(5, 0, false)) // put away
	r.send(a, wire.LeafState, a.state(5, 0, false)) // the will of the older one is old news
	if s := r.status(exit1); s.Online || s.Epoch != b.epoch {
		t.Errorf("both are away: %+v", s)
	}
	r.acks()
	r.send(a, wire.LeafState, a.taps(1).state(6, 0, true))
	if s := r.status(exit1); !s.Online || s.Epoch != a.epoch {
		t.Errorf("the first card is the terminal again: %+v", s)
	}
	r.reopen()
	r.acks()
	r.batches(a, 14, 14)
	r.wantAck(a.epoch, 14, a.head())
}
