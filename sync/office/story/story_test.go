package story_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"sourire/device/tally"
	"sourire/device/tap"
	"sourire/sync/office/story"
)

// It is a Tuesday.
var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

const epoch, before = "e-2", "e-1"

// teller tells a story; each event is the next of its epoch.
type teller struct {
	*story.Story
	seq uint64
}

func (s *teller) add(in string, e tap.Event, kind tap.Kind) uint64 {
	s.seq++
	*e.Head() = tap.Header{Seq: s.seq, Kind: kind, At: tap.FormatTime(noon), Clock: tap.Synced, Boot: 1}
	s.Add(in, in == epoch, e, noon)
	return s.seq
}

func survey(audience string, scale tap.Scale) *tap.ConfigEvent {
	return &tap.ConfigEvent{Question: "exit", Audience: audience, Scale: scale, FollowUp: &tap.FollowUp{Answers: []tap.Reason{
		{ID: "waiting", Text: map[string]string{"en": "The waiting time"}}, {ID: "price", Text: map[string]string{"en": "The prices"}},
	}}}
}

func newStory(audience string) *teller {
	s := &teller{Story: story.New()}
	s.add(epoch, survey(audience, tap.Faces4), tap.KindConfig)
	return s
}

// hour tells that of an hour of the day n days ago.
func (s *teller) hour(ago, hour int, audience string, counts []int, reasons map[string]int) {
	day := noon.AddDate(0, 0, -ago)
	at := tap.FormatTime(time.Date(day.Year(), day.Month(), day.Day(), hour, 0, 0, 0, time.UTC))
	s.add(epoch, &tap.TallyEvent{Hour: &at, Question: "exit", Audience: audience, Scale: tap.Faces4, Counts: counts, Reasons: reasons}, tap.KindTally)
}

// until tells that all hours before a moment are finished, by an empty one of
// long ago.
func (s *teller) until(t time.Time) {
	hour := tap.FormatTime(noon.AddDate(0, 0, -100))
	s.add(epoch, &tap.TallyEvent{Hour: &hour, Question: "none", Scale: tap.YesNo, Counts: []int{0, 0}, Until: tap.FormatTime(t)}, tap.KindTally)
}

// An alert is open from when it was raised until it was cleared or its epoch has
// ended, and says who has seen to it.
func TestOpenAlerts(t *testing.T) {
	s := newStory("customer")
	s.add(before, &tap.AlertEvent{Rule: "silence", State: tap.AlertRaised}, tap.KindAlert)
	first := s.add(epoch, &tap.AlertEvent{Rule: "unhappy", State: tap.AlertRaised, Figures: map[string]int{"unhappy": 4}}, tap.KindAlert)
	second := s.add(epoch, &tap.AlertEvent{Rule: "reason", State: tap.AlertRaised, Reason: "waiting"}, tap.KindAlert)
	s.add(epoch, &tap.AlertEvent{Rule: "unhappy", State: tap.AlertAcknowledged, Alert: first, Text: "a till was opened"}, tap.KindAlert)
	open := s.Open(epoch)
	if len(open) != 2 || open[0].State != tap.AlertAcknowledged || open[0].Said != "a till was opened" || open[0].Seen == "" || open[0].Figures["unhappy"] != 4 ||
		open[1].State != tap.AlertRaised || open[1].Label["en"] != "The waiting time" || open[1].Since != tap.FormatTime(noon) {
		t.Errorf("open are %+v", open)
	}
	s.add(epoch, &tap.AlertEvent{Rule: "unhappy", State: tap.AlertCleared, Alert: first}, tap.KindAlert)
	s.add(before, &tap.AlertEvent{State: tap.AlertCleared, Alert: second}, tap.KindAlert) // of another epoch
	if open := s.Open(epoch); len(open) != 1 || open[0].Seq != second {
		t.Errorf("open are %+v", open)
	}
	if open := s.Open("e-3"); open == nil || len(open) != 0 {
		t.Errorf("in a new epoch %+v are open", open)
	}
}

func TestMode(t *testing.T) {
	s := newStory("customer")
	if s.Mode(epoch) != nil {
		t.Error("it is on at first")
	}
	s.add(epoch, &tap.TestEvent{On: true, By: "office"}, tap.KindTest)
	if m := s.Mode(epoch); m == nil || m.By != "office" || s.Mode("e-3") != nil {
		t.Errorf("the mode is %+v", m)
	}
	s.add(epoch, &tap.BootEvent{}, tap.KindBoot)
	if m := s.Mode(epoch); m != nil {
		t.Errorf("after a start it is %+v", m)
	}
}

// The reasons are those of the last 28 days to the question in force, with the
// interval of each share; an hour that is told again counts once.
func TestAsked(t *testing.T) {
	s := newStory("customer")
	s.hour(28, 10, "customer", []int{0, 0, 9, 9}, map[string]int{"price": 9})
	s.hour(27, 10, "customer", []int{0, 0, 9, 9}, map[string]int{"waiting": 99})
	s.hour(27, 10, "customer", []int{0, 0, 9, 9}, map[string]int{"waiting": 12, "price": 3})
	s.hour(0, 10, "customer", []int{0, 0, 9, 9}, map[string]int{"waiting": 3})
	other := tap.FormatTime(noon)
	s.add(epoch, &tap.TallyEvent{Hour: &other, Question: "entry", Audience: "customer", Scale: tap.Faces4, Counts: []int{0, 0, 0, 9}, Reasons: map[string]int{"price": 9}}, tap.KindTally)
	a := s.Tell(noon).Asked
	lo, hi := tally.Wilson(15, 18)
	if a.From != "2026-10-28" || a.To != "2026-11-24" || a.N != 18 || !a.Few || a.Clear != "waiting" || len(a.Mentions) != 2 ||
		a.Mentions[0].N != 15 || a.Mentions[0].Lo != int(100*lo+0.5) || a.Mentions[0].Hi != int(100*hi+0.5) || a.Mentions[1].N != 3 {
		t.Errorf("asked is %+v", a)
	}
	s.hour(1, 10, "customer", []int{0, 0, 9, 9}, map[string]int{"price": 10})
	if a := s.Tell(noon).Asked; a.Clear != "" || a.Few != (a.N < tally.FewAnswers) {
		t.Errorf("15 and 13 are told apart: %+v", a)
	}
}

// Before and after an action are compared by whole days around its own, as the
// manager's pages do.
func TestEffect(t *testing.T) {
	s := newStory("customer")
	counts := func(ago int) []int { return []int{1, ago % 4, 5 + ago%3, 6} }
	for ago := 60; ago >= 0; ago-- {
		s.hour(ago, 9, "customer", counts(ago), nil)
	}
	s.add(epoch, &tap.NoteEvent{Type: tap.NoteQuick, Text: "of long ago", Day: "2026-10-04"}, tap.KindNote)
	s.add(epoch, &tap.NoteEvent{Type: tap.NoteQuick, Text: "a till", Day: "2026-11-14"}, tap.KindNote)
	s.add(epoch, &tap.NoteEvent{Type: tap.NoteObservation, Text: "works", Day: "2026-11-15"}, tap.KindNote)
	s.add(epoch, &tap.NoteEvent{Type: tap.NoteStructural, Text: "today"}, tap.KindNote)
	notes := s.Tell(noon).Notes
	texts := make([]string, len(notes))
	for i, n := range notes {
		texts[i] = n.Text
	}
	if want := []string{"today", "works", "a till", "of long ago"}; !slices.Equal(texts, want) {
		t.Fatalf("the notes are %q, want %q", texts, want)
	}
	if e := notes[0].Effect; e == nil || e.Days != 0 || e.More != 28 {
		t.Errorf("today's effect is %+v", e)
	}
	if notes[1].Effect != nil {
		t.Error("an observation has an effect")
	}
	if e := notes[3].Effect; e == nil || e.Days != 28 || e.More != 0 {
		t.Errorf("that of long ago is %+v", e)
	}
	e := notes[2].Effect
	was, is := tally.NewCounts(tap.Faces4), tally.NewCounts(tap.Faces4)
	for ago := 19; ago >= 1; ago-- { // the 14th is 10 days ago: 9 days lie behind it, and before today
		for i, n := range counts(ago) {
			switch {
			case ago > 10:
				was.By[i] += n
			case ago < 10:
				is.By[i] += n
			}
		}
	}
	lo, hi, change := is.Since(was)
	k, _ := is.Satisfied()
	if e.Days != 9 || e.More != 19 || e.Before.Answers != was.N() || e.After.Answers != is.N() || e.Change != change ||
		e.Lo != round(lo) || e.Hi != round(hi) || *e.After.Figure != round(100*float64(k)/float64(is.N())) {
		t.Errorf("the effect is %+v, want %d and %d answers, %s", e, was.N(), is.N(), change)
	}
}

func round(x float64) int { return int(x+1000.5) - 1000 }

// Of the staff whole blocks are told only, once they are over; no figures of
// alerts, and no effect.
func TestStaff(t *testing.T) {
	s := newStory("staff")
	s.add(epoch, &tap.AlertEvent{Rule: "silence", State: tap.AlertRaised, Figures: map[string]int{"minutes": 600}}, tap.KindAlert)
	if open := s.Open(epoch); len(open) != 1 || open[0].Figures != nil {
		t.Errorf("open are %+v", open)
	}
	frame := tally.Frame(noon)
	ago := func(day int) int { return int(noon.Sub(frame).Hours()/24) - day }
	at := func(day int) time.Time { return frame.AddDate(0, 0, day).Add(12 * time.Hour) }
	s.hour(ago(1), 10, "staff", []int{1, 2, 3, 3}, map[string]int{"waiting": 9})
	s.add(epoch, &tap.NoteEvent{Type: tap.NoteQuick, Text: "coffee", Day: "2026-10-01"}, tap.KindNote)
	s.until(at(8))
	told := s.Tell(at(8))
	if a := told.Asked; !a.Hidden || a.N != 0 || len(a.Mentions) != 0 || a.To != "" {
		t.Errorf("of 9 it tells %+v", a)
	}
	if told.Notes[0].Effect != nil {
		t.Errorf("it tells an effect of %+v", told.Notes[0].Effect)
	}
	s.hour(ago(9), 10, "staff", []int{0, 0, 0, 1}, map[string]int{"price": 1})
	if a := s.Tell(at(10)).Asked; !a.Hidden {
		t.Errorf("in the middle of a week it tells %+v", a)
	}
	s.until(at(15))
	a := s.Tell(at(15)).Asked
	if a.Hidden || a.N != 10 || a.From != frame.Format(time.DateOnly) || a.To != frame.AddDate(0, 0, 13).Format(time.DateOnly) {
		t.Errorf("of the block it tells %+v", a)
	}
	s.hour(ago(15), 10, "staff", []int{9, 9, 9, 9}, map[string]int{"waiting": 9})
	s.until(at(22))
	if b := s.Tell(at(22)).Asked; b.N != 10 || b.To != a.To {
		t.Errorf("of a block with 9 reasons it tells %+v", b)
	}
	if c := story.TellChain([]story.Entry{{Terminal: "demo/a/b", Story: s.Story, Now: noon}}); c.Terminals != 0 || c.Asked.N != 0 {
		t.Errorf("over the chain it tells of the staff: %+v", c)
	}
}

// The chain adds up who is asked the same, and nobody else.
func TestChain(t *testing.T) {
	var all []story.Entry
	for i, scale := range []tap.Scale{tap.Faces4, tap.Faces4, tap.Faces5} {
		s := newStory("customer")
		s.add(epoch, survey("customer", scale), tap.KindConfig)
		s.hour(i, 10, "customer", []int{0, 0, 0, 9}, map[string]int{"waiting": 7})
		s.add(epoch, &tap.NoteEvent{Type: tap.NoteQuick, Text: fmt.Sprint(i), Day: fmt.Sprintf("2026-11-1%d", i)}, tap.KindNote)
		all = append(all, story.Entry{Terminal: fmt.Sprintf("demo/a/%d", i), Story: s.Story, Now: noon})
	}
	all = append(all, story.Entry{Terminal: "demo/a/new", Story: story.New(), Now: noon})
	c := story.TellChain(all)
	if c.Terminals != 2 || c.Asked.N != 14 || len(c.Notes) != 3 || c.Notes[0].Text != "2" || c.Notes[0].Terminal != "demo/a/2" {
		t.Errorf("the chain tells %+v", c)
	}
	if raw, err := json.Marshal(story.TellChain(nil)); err != nil || string(raw) != `{"terminals":0,"question":"","asked":{"from":"","to":"","n":0,"few":false,"hidden":false,"clear":"","mentions":[]},"notes":[]}` {
		t.Errorf("nobody tells %s, %v", raw, err)
	}
}

// What makes no sense is told by nobody, and ends nothing.
func TestNonsense(t *testing.T) {
	s := &teller{Story: story.New()}
	yesterday := "yesterday"
	for _, e := range []*tap.TallyEvent{{}, {Hour: &yesterday, Scale: tap.Faces4, Counts: []int{1, 2, 3, 4}}, {Hour: &yesterday, Scale: "smile"}} {
		s.add(epoch, e, tap.KindTally)
	}
	s.add(epoch, &tap.NoteEvent{Day: "soon", Type: "gossip"}, tap.KindNote)
	s.add(epoch, &tap.AlertEvent{State: "shouted"}, tap.KindAlert)
	s.add(epoch, &tap.AlertEvent{State: tap.AlertCleared, Alert: 900}, tap.KindAlert)
	if told := s.Tell(noon); told.Audience != "" || len(told.Notes) != 0 {
		t.Errorf("without a survey it tells %+v", told)
	}
	s.add(epoch, survey("customer", tap.Faces4), tap.KindConfig)
	s.Forget(noon)
	if told := s.Tell(noon); told.Asked.N != 0 || len(told.Notes) != 1 || told.Notes[0].Effect != nil {
		t.Errorf("it tells %+v", told)
	}
}
