package desk

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"sourire/device/tally"
	"sourire/device/tap"
	"sourire/device/tap/seedtest"
)

// voice is an answer of one of the staff.
type voice struct {
	choice int
	reason string
}

// staffed is a terminal of the staff, and what was said in each hour.
type staffed struct {
	*fakeBook
	said map[time.Time][]voice
}

func newStaffed(now time.Time, said map[time.Time][]voice) staffed {
	b := staffed{shop(), said}
	b.cell = func(t time.Time) tally.Cell {
		c := tally.Cell{Counts: tally.NewCounts(tap.Faces4), Time: tally.Time{Served: 3600}}
		for _, v := range said[t] {
			c.By[v.choice]++
			c.Raw++
			if v.reason != "" {
				c.Counts.Reasons[v.reason]++
				if v.choice < 2 {
					c.Worse[v.reason]++
				}
			}
		}
		return c
	}
	b.report.Now, b.report.Staff, b.report.Final, b.report.Alerts = now, true, now, nil
	b.report.Spans, b.report.Opens = []Span{{Period: Whole, Counts: tally.NewCounts(tap.Faces4)}}, 0
	if all := b.blocks(); len(all) > 0 {
		last := all[len(all)-1]
		b.report.Spans[0] = Span{Whole, last.Counts, last.From, last.To}
	}
	return b
}

// blocks are those of the last frames.
func (b staffed) blocks() []tally.Block {
	first := tally.Frame(midnight(b.report.Now, -100))
	var days []tally.Counts
	for t := first; t.Before(b.report.Now); t = midnight(t, 1) {
		hours, _ := b.Hours(t, midnight(t, 1))
		days = append(days, sum(tap.Faces4, hours).Counts)
	}
	return tally.Blocks(first, days, b.report.Final)
}

// all that a manager may ask for.
func (b staffed) pages() (paths []string) {
	paths = []string{
		"/manager", "/manager/week", "/manager/when", "/manager/when?weeks=12", "/manager/why", "/manager/presses", "/manager/actions",
		"/manager/moments", "/manager/moment/1", "/manager/export",
	}
	now := b.report.Now
	for n := range 22 {
		d := dayOf(midnight(now, -n))
		paths = append(paths, d.Path(), "/manager/report"+strings.TrimPrefix(d.Path(), "/manager"))
		if n%7 == 0 {
			w := weekOf(midnight(now, -n))
			paths = append(paths, w.Path(), "/manager/report"+strings.TrimPrefix(w.Path(), "/manager"), monthOf(w.from).Path())
			for _, file := range []string{"hours.csv", "hours.json"} {
				paths = append(paths, "/manager/export/"+file+"?from="+d.id()+"&to="+now.Format(time.DateOnly), "/manager/export/"+file+"?from="+d.id()+"&to="+midnight(d.from, 9).Format(time.DateOnly))
			}
		}
	}
	return paths
}

// Nobody of the staff is found by laying pages side by side, whatever pages and of
// whatever days: all of them say the same where the same number said the same in
// each block, whoever of them when; and of what is in no block, whatever was said.
func TestPagesTellBlocksOnly(t *testing.T) {
	r := seedtest.Rand(t)
	begins := time.Date(2026, 8, 3, 0, 0, 0, 0, time.UTC)
	shown := 0
	for range 2 {
		now := begins.AddDate(0, 0, 85+r.IntN(28)).Add(time.Duration(r.IntN(24)) * time.Hour)
		said := map[time.Time][]voice{}
		for w := begins; w.Before(now); w = midnight(w, 7) {
			for range []int{0, 3, 8, 12, 40}[r.IntN(5)] {
				at := w.Add(time.Duration(r.IntN(7*24)) * time.Hour)
				said[at] = append(said[at], anyVoice(r))
			}
		}
		a := newStaffed(now, said)
		b := newStaffed(now, a.otherwise(r))
		if len(a.blocks()) == 0 || len(a.blocks()) != len(b.blocks()) {
			t.Fatalf("%d blocks, and %d", len(a.blocks()), len(b.blocks()))
		}
		shown += len(a.blocks())
		ours, theirs := deskOf(t, a), deskOf(t, b)
		for _, path := range a.pages() {
			w, v := get(t, ours, path), get(t, theirs, path)
			if w.Code != http.StatusOK {
				t.Fatalf("%s: %d", path, w.Code)
			}
			if x, y := w.Body.String(), v.Body.String(); x != y {
				i := 0
				for x[i] == y[i] {
					i++
				}
				t.Errorf("%s tells: …%.200s… and …%.200s…", path, x[max(0, i-80):], y[max(0, i-80):])
			}
		}
		for _, block := range a.blocks() {
			if block.Counts.N() < 10 {
				t.Errorf("a block of %d", block.Counts.N())
			}
			end := weekOf(midnight(block.To, -1))
			page := plain(get(t, ours, end.Path(), header("Accept-Language", "en")))
			says(t, page, []string{strings.ReplaceAll(days{from: block.From, to: block.To}.span("en"), "\u00a0", " ")}, nil)
		}
	}
	if shown < 4 {
		t.Errorf("%d blocks in all", shown)
	}
}

func anyVoice(r *rand.Rand) voice {
	return voice{r.IntN(4), []string{"", "waiting", "welcome"}[r.IntN(3)]}
}

// otherwise is another history of which the same may be told: in each block the
// same was said, at other times; in no block, something else.
func (b staffed) otherwise(r *rand.Rand) map[time.Time][]voice {
	said := map[time.Time][]voice{}
	in := func(t time.Time) *tally.Block {
		for _, block := range b.blocks() {
			if !t.Before(block.From) && t.Before(block.To) {
				return &block
			}
		}
		return nil
	}
	week := weekOf(b.report.Now).from
	for at, all := range b.said {
		block := in(at)
		for _, v := range all {
			switch {
			case block != nil: // the last week keeps enough for the block to end where it does
				from := weekOf(at).from
				to := from.Add(time.Duration(r.IntN(7*24)) * time.Hour)
				said[to] = append(said[to], v)
			case at.Before(week): // told never
				said[at] = append(said[at], anyVoice(r))
			}
		}
	}
	for range r.IntN(40) { // this week's
		at := week.Add(time.Duration(r.IntN(7*24)) * time.Hour)
		said[at] = append(said[at], anyVoice(r))
	}
	return said
}

// A block has enough answers, but too few reasons: whose they are is not told.
func TestFewReasonsAreNotExported(t *testing.T) {
	monday := time.Date(2026, 8, 3, 0, 0, 0, 0, time.UTC)
	for reasons, told := range map[int]bool{9: false, 10: true} {
		said := map[time.Time][]voice{}
		for n := range 12 {
			v := voice{choice: 1}
			if n < reasons {
				v.reason = "waiting"
			}
			said[monday] = append(said[monday], v)
		}
		h := deskOf(t, newStaffed(midnight(monday, 9), said))
		for file, says := range map[string]string{"hours.csv": ";%d;", "hours.json": `"waiting":%d`} {
			got := strings.TrimSpace(get(t, h, "/manager/export/"+file+"?from=2026-08-03&to=2026-08-09").Body.String())
			last := got[strings.LastIndex(got, "2026-08-09T23"):]
			if !strings.Contains(last, "12") || strings.Contains(last, fmt.Sprintf(says, reasons)) != told {
				t.Errorf("%s of 12 answers with %d reasons: %s", file, reasons, last)
			}
		}
	}
}
