package main

import (
	"bytes"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"sourire/device/clock"
	"sourire/device/config"
	"sourire/device/desk"
	"sourire/device/manager"
	"sourire/device/tap"
	"sourire/device/tap/seedtest"
)

// staffRoom is what a terminal of the staff knows after some weeks in which so
// many said the same, each at any time of the week.
func staffRoom(r *rand.Rand, said [][]int, now time.Time) *results {
	from := newResults(time.UTC)
	began := tallyFrame
	seq := uint64(0)
	add := func(e tap.Event, kind tap.Kind, at time.Time) {
		seq++
		*e.Head() = tap.Header{Seq: seq, Kind: kind, At: tap.FormatTime(at), Clock: tap.Synced, Boot: 1, Up: at.Sub(began).Milliseconds()}
		from.clerk.Add(e)
	}
	add(&tap.BootEvent{}, tap.KindBoot, began)
	add(&tap.ConfigEvent{Question: "exit", Audience: "staff", Scale: tap.Faces4}, tap.KindConfig, began)
	add(&tap.ClockEvent{Quality: tap.Synced, Offset: began.UnixMilli()}, tap.KindClock, began)
	for w, choices := range said {
		hours := make([]int, 7*24)
		for range choices {
			hours[r.IntN(len(hours))]++
		}
		for i, n := range r.Perm(len(choices)) {
			h := 0
			for hours[h] == 0 {
				h++
			}
			hours[h]--
			at := began.Add(time.Duration(w*7*24+h) * time.Hour).Add(time.Duration(i) * time.Second)
			if at.After(now) {
				break
			}
			add(&tap.TapEvent{Config: 2, Choice: choices[n], Of: 4, Counted: true, Flags: []tap.Flag{}, Rule: 1}, tap.KindTap, at)
		}
	}
	add(&tap.TestEvent{By: "manager"}, tap.KindTest, now)
	return from
}

// tallyFrame begins a frame.
var tallyFrame = time.Date(2026, 10, 19, 0, 0, 0, 0, time.UTC)

// The view on the box and the report tell of the staff what the blocks do, and
// nothing else: not what was said this week, nor what is in no block, nor when.
func TestOfTheStaffBlocksAreTold(t *testing.T) {
	r := seedtest.Rand(t)
	c := config.Config{}
	c.Survey.Audience, c.Survey.Scale = "staff", tap.Faces4
	c.Terminal.Languages = []string{"en"}
	told := func(said [][]int, now time.Time) (pages []manager.Page, report string, spans []desk.Span) {
		from := staffRoom(r, said, now)
		f := manager.Facts{Lang: "en", Staff: true, Scale: tap.Faces4, Now: now, Clock: tap.Synced}
		from.facts(&f)
		rep := newReport(c, from, clock.Reading{Wall: now, Quality: tap.Synced})
		var b bytes.Buffer
		printReport(&b, rep, "en")
		return f.Pages(), b.String(), rep.Spans
	}
	some := func(n int) (choices []int) {
		for range n {
			choices = append(choices, r.IntN(4))
		}
		return choices
	}
	first, second := some(6), some(7)
	for day := range 14 {
		now := tallyFrame.AddDate(0, 0, 7+day).Add(9 * time.Hour)
		pages, report, spans := told([][]int{first, second, some(30)}, now)
		others, otherwise, _ := told([][]int{first, second, some(9)}, now)
		over := day >= 7 // both weeks are: they are 13
		if over != strings.Contains(report, "13 answers") || !over && !strings.Contains(report, "only whole weeks") {
			t.Errorf("on day %d: %s", day, report)
		}
		if s := spans[0]; over && (s.Counts.N() != 13 || !s.From.Equal(tallyFrame)) {
			t.Errorf("on day %d: %+v", day, s)
		}
		if !reflect.DeepEqual(pages, others) || report != otherwise {
			t.Errorf("on day %d the third week is told: %+v, and %+v; %s, and %s", day, pages, others, report, otherwise)
		}
	}
}
