package office_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"sourire/device/tap"
	"sourire/sync/office/story"
	"sourire/sync/wire"
)

// storyOf is what the API tells of a terminal.
func (r *rig) storyOf(id tap.Identity) *story.Told {
	r.t.Helper()
	var answer struct{ Story *story.Told }
	_, _, body := get(r.Handler(), "GET", "localhost", "/api/story?terminal="+id.String())
	if err := json.Unmarshal([]byte(body), &answer); err != nil {
		r.t.Fatalf("%v in %s", err, body)
	}
	return answer.Story
}

// listed is a terminal in the list of the API, which reads stories on.
func (r *rig) listed(id tap.Identity) (open []story.Open, mode *story.Mode, audience string) {
	r.t.Helper()
	get(r.Handler(), "GET", "localhost", "/api/terminals")
	s := r.status(id)
	return s.Alerts, s.Test, s.Audience
}

// What events tell is read on as they come, also after a restart, and of the
// epoch that the terminal is in.
func TestStories(t *testing.T) {
	r := newRig(t)
	b := newBox(exit1, 1, newKey(1), nil)
	b.add(asks("customer"), tap.KindConfig)
	r.batches(b, 1, 2)
	r.send(b, wire.LeafState, b.says(1))
	if open, mode, audience := r.listed(exit1); open == nil || len(open) != 0 || mode != nil || audience != "customer" {
		t.Errorf("at first: %+v, %+v, %q", open, mode, audience)
	}
	b.hours("customer", 3, map[string]int{"waiting": 2})
	b.add(&tap.NoteEvent{Type: tap.NoteQuick, Text: "a till", Day: "2026-11-22"}, tap.KindNote)
	b.add(&tap.AlertEvent{Rule: "unhappy", State: tap.AlertRaised, Figures: map[string]int{"unhappy": 4}}, tap.KindAlert)
	b.add(&tap.TestEvent{On: true, By: "manager"}, tap.KindTest)
	r.batches(b, 3, b.last())
	for range 2 {
		open, mode, _ := r.listed(exit1)
		if len(open) != 1 || open[0].Figures["unhappy"] != 4 || mode == nil || mode.By != "manager" {
			t.Errorf("then: %+v, %+v", open, mode)
		}
		s := r.storyOf(exit1)
		if s == nil || s.Asked.N != 6 || len(s.Notes) != 1 || s.Notes[0].Effect == nil || s.Notes[0].Effect.Days != 1 || s.Notes[0].Effect.After.Answers != 12 {
			t.Errorf("the story is %+v", s)
		}
		r.reopen()
		r.send(b, wire.LeafState, b.says(1))
	}
	next := newBox(exit1, 2, newKey(1), &tap.Previous{Epoch: b.epoch, Why: "damaged"})
	r.send(next, wire.LeafState, next.says(1))
	r.batches(next, 1, 1)
	if open, mode, _ := r.listed(exit1); len(open) != 0 || mode != nil {
		t.Errorf("in a new epoch: %+v, %+v", open, mode)
	}
	next.add(asks("staff"), tap.KindConfig)
	r.batches(next, 2, 2)
	if _, _, audience := r.listed(exit1); audience != "staff" {
		t.Errorf("it asks %q", audience)
	}
	if s := r.storyOf(exit1); !s.Asked.Hidden || len(s.Notes) != 1 {
		t.Errorf("now the story is %+v", s)
	}
	r.pass(time.Second)
	r.verify()
}

func TestStoryAPI(t *testing.T) {
	r := chainOfStories(t)
	for target, code := range map[string]int{
		"/api/story": 200, "/api/story?terminal=demo/nice/exit-1": 200, "/api/story?terminal=demo/nice/none": 404, "/api/story?terminal=nice": 400,
	} {
		if got, _, body := get(r.Handler(), "GET", "localhost", target); got != code {
			t.Errorf("%s: %d %s, want %d", target, got, body, code)
		}
	}
	if code, _, _ := get(r.Handler(), "POST", "localhost", "/api/story"); code != http.StatusMethodNotAllowed {
		t.Errorf("POST: %d", code)
	}
	var answer struct{ Chain *story.Chain }
	_, _, body := get(r.Handler(), "GET", "localhost", "/api/story")
	if err := json.Unmarshal([]byte(body), &answer); err != nil || answer.Chain == nil || answer.Chain.Terminals != 2 || answer.Chain.Asked.Clear != "waiting" || len(answer.Chain.Notes) != 6 {
		t.Errorf("%v, the chain tells %s", err, body)
	}
}
