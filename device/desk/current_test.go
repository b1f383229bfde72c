package desk

import (
	"testing"
	"time"

	"sourire/device/manager"
	"sourire/device/screen"
	"sourire/device/tally"
	"sourire/device/tap"
)

// An open page that asks again is told that nothing has changed, without
// anything being added up; and of all that has.
func TestAnOpenPageAsksAgain(t *testing.T) {
	b := shop()
	h := deskOf(t, b)
	w := get(t, h, "/manager")
	tag := w.Header().Get("ETag")
	if w.Code != 200 || tag == "" {
		t.Fatalf("got %d %v", w.Code, w.Header())
	}
	ask := func(accept string) (int, string) {
		w := get(t, h, "/manager", header("If-None-Match", tag), header("Accept-Language", accept))
		if w.Code == 304 && w.Body.Len() > 0 {
			t.Errorf("nothing has changed: %s", w.Body)
		}
		return w.Code, w.Header().Get("ETag")
	}
	cell := b.cell
	b.cell = func(at time.Time) tally.Cell {
		t.Errorf("the hour of %s was added up", at)
		return tally.Cell{Counts: tally.NewCounts(tap.Faces4)}
	}
	for what, change := range map[string]func(){
		"nothing":     func() {},
		"seconds":     func() { b.report.Now = b.report.Now.Add(59 * time.Second) },
		"warmth":      func() { b.report.Celsius++ },
		"a heartbeat": func() { b.report.Heard = b.report.Heard.Add(time.Second) },
	} {
		change()
		if code, _ := ask("fr"); code != 304 {
			t.Errorf("%s: got %d", what, code)
		}
	}
	b.cell = cell
	was, notes := b.report, b.notes
	for what, change := range map[string]func(r *Report){
		"a press": func(r *Report) {
			r.Spans = append([]Span{{Period: tally.Today, Counts: r.Spans[0].Counts.Plus(counts(tap.Faces4, 0, 0, 0, 1))}}, r.Spans[1:]...)
		},
		"a minute":      func(r *Report) { r.Now = r.Now.Add(time.Minute) },
		"a note":        func(*Report) { b.notes = append(b.notes[:1:1], b.notes...) },
		"out of order":  func(r *Report) { r.State = screen.OutOfOrder },
		"a part":        func(r *Report) { r.Faults = []manager.Fault{{Part: "display"}} },
		"head office":   func(r *Report) { r.Connected = false },
		"waiting":       func(r *Report) { r.Waiting++ },
		"an alert less": func(r *Report) { r.Alerts = r.Alerts[1:] },
		"a target":      func(r *Report) { r.Targets.Satisfied++ },
	} {
		b.report, b.notes = was, notes
		change(&b.report)
		if code, now := ask("fr"); code != 200 || now == tag {
			t.Errorf("%s: got %d, %s after %s", what, code, now, tag)
		}
	}
	b.report, b.notes = was, notes
	if code, now := ask("en"); code != 200 || now == tag {
		t.Errorf("another language: got %d", code)
	}
	if w := get(t, New(Config{Book: b, Lock: lockOf(t, time.Now)}), "/manager", header("If-None-Match", tag)); w.Code != 401 || w.Header().Get("ETag") != "" {
		t.Errorf("without the PIN: got %d %v", w.Code, w.Header())
	}
}
