package desk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"sourire/device/manager"
	"sourire/device/screen"
	"sourire/device/tally"
	"sourire/device/tap"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) // a Monday

// fakeBook is a terminal that knows what it is told.
type fakeBook struct {
	mu     sync.Mutex
	report Report
	cell   func(hour time.Time) tally.Cell // nil: nothing is known
	notes  []Note
	events []string
	err    error
	acked  map[uint64]string
}

func (b *fakeBook) Report() Report {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.report
}

func (b *fakeBook) Hours(from, to time.Time) (hours []Hour, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for t := from; t.Before(to); t = t.Add(time.Hour) {
		h := Hour{Begin: t, Cell: tally.Cell{Counts: tally.NewCounts(b.report.scale())}}
		switch {
		case t.After(b.report.Now) && b.cell != nil && b.cell(t).Time.Closed > 0:
			h.Time.Closed = 3600
		case t.After(b.report.Now):
			h.Time.Ahead = 3600
		case b.cell == nil:
			h.Time.Absent = 3600
		default:
			h.Cell = b.cell(t)
		}
		hours = append(hours, h)
	}
	return hours, b.err
}

func (b *fakeBook) Notes() ([]Note, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.notes, b.err
}

func (b *fakeBook) Events(_, _ time.Time, visit func(json.RawMessage) error) error {
	for _, e := range b.events {
		if err := visit(json.RawMessage(e)); err != nil {
			return err
		}
	}
	return b.err
}

func (b *fakeBook) Signed(to io.Writer, from, until time.Time) error {
	_, err := fmt.Fprintf(to, "signed %s %s\n", from.Format(time.DateOnly), until.Format(time.DateOnly))
	return errors.Join(err, b.err)
}

func (b *fakeBook) Note(_ context.Context, kind, text string, day time.Time) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if day.IsZero() {
		day = dayOf(b.report.Now).from
	}
	if b.err == nil {
		b.notes = append(b.notes, Note{kind, text, day})
	}
	return b.err
}

func (b *fakeBook) Test(_ context.Context, on bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.report.State = screen.Question
	if on {
		b.report.State = screen.Test
	}
}

func (b *fakeBook) Acknowledge(_ context.Context, alert uint64, text string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i, a := range b.report.Alerts {
		if a.ID == alert && b.err == nil {
			b.report.Alerts = append(b.report.Alerts[:i:i], b.report.Alerts[i+1:]...)
			b.acked = map[uint64]string{alert: text}
			return nil
		}
	}
	if b.err != nil {
		return b.err
	}
	return ErrNoAlert
}

// counts are answers, the worst first.
func counts(scale tap.Scale, by ...int) tally.Counts {
	c := tally.NewCounts(scale)
	copy(c.By, by)
	c.Raw = c.N()
	return c
}

// reportOf is a good day's report of the counts of today, 7 and 28 days.
func reportOf(opens int, spans ...tally.Counts) Report {
	r := Report{
		Name: "lyon-part-dieu · exit-1", ID: "demo/lyon-part-dieu/exit-1", Languages: []string{"fr", "en"},
		State: screen.Question, Now: noon, Clock: tap.Synced, Opens: opens,
		Health: manager.Health{Stored: true, Connected: true, Heard: noon, Free: 11_400_000_000, Celsius: 48, Measured: true, Software: "1.2.0"},
	}
	for i, c := range spans {
		r.Spans = append(r.Spans, Span{Period: []tally.Period{tally.Today, tally.Week, tally.FourWeeks}[i], Counts: c})
	}
	return r
}

func goodReport() Report {
	c := counts(tap.Faces4, 17, 16, 60, 126)
	return reportOf(0, c, c, c)
}

// shop is a store that is open from 9 to 19 on all days but Sunday: 2 to 6 answers
// an hour, of which some 82 in 100 are of the happy, but on Saturday evenings 45;
// on one Tuesday the box was off, on one Wednesday out of order.
func shop() *fakeBook {
	b := &fakeBook{cell: hourOfShop}
	b.report = reportOf(0, tally.NewCounts(tap.Faces4))
	b.report.Now = time.Date(2026, 11, 23, 16, 40, 0, 0, time.UTC)
	var spans []Span
	for _, p := range []tally.Period{tally.Today, tally.Week, tally.FourWeeks} {
		d := lastDays(int(p), b.report.Now)
		hours, _ := b.Hours(d.from, d.to)
		spans = append(spans, Span{Period: p, Counts: sum(tap.Faces4, hours).Counts})
	}
	b.report.Spans, b.report.Opens = spans, 1
	b.report.Hours = true
	b.report.Targets.Satisfied = 80
	b.report.FollowUp = &tap.FollowUp{}
	for _, id := range []string{"waiting", "welcome", "choice", "price"} {
		b.report.FollowUp.Answers = append(b.report.FollowUp.Answers, tap.Reason{ID: id})
	}
	at := func(d int) time.Time { return midnight(b.report.Now, d) }
	b.notes = []Note{
		{tap.NoteStructural, "Deux caissiers de plus formés pour le samedi", at(-31)},
		{tap.NoteObservation, "Travaux dans la rue : moins de passage", at(-12)},
		{tap.NoteQuick, "Panneau « caisse 3 » déplacé, on le voit de l’entrée", at(-5)},
		{tap.NoteQuick, "Deuxième caisse ouverte de 17 h à 19 h", at(0)},
	}
	b.report.Moments = []Moment{
		{"Samedi du Black Friday", at(-2), at(-2)},
		{"Samedi avant Noël", at(26), at(26)},
	}
	b.report.Alerts = []Alert{
		{ID: 812, Rule: "unhappy", At: b.report.Now.Add(-25 * time.Minute), Figures: map[string]int{"unhappy": 4, "answers": 6, "minutes": 60, "usual": 18, "usual_lo": 16, "usual_hi": 21}},
		{ID: 799, Rule: "good", At: b.report.Now.Add(-3 * time.Hour), Figures: map[string]int{"answers": 160, "satisfied": 84, "lo": 78, "hi": 89, "before": 76, "before_lo": 72, "before_hi": 80}},
	}
	return b
}

func hourOfShop(t time.Time) tally.Cell {
	c := tally.Cell{Counts: tally.NewCounts(tap.Faces4)}
	day := t.Format(time.DateOnly)
	switch {
	case t.Weekday() == time.Sunday || t.Hour() < 9 || t.Hour() >= 19:
		c.Closed = 3600
		return c
	case t.Before(time.Date(2026, 8, 3, 0, 0, 0, 0, time.UTC)):
		c.Absent = 3600
		return c
	case day == "2026-11-17":
		c.Off = 3600
		return c
	case day == "2026-11-18" && t.Hour() >= 12:
		c.Broken = 3600
		return c
	}
	c.Served = 3600
	r := rand.New(rand.NewPCG(uint64(t.Unix()), 7))
	happy := 82
	if t.Weekday() == time.Saturday && t.Hour() >= 17 {
		happy = 40
	}
	for range 2 + r.IntN(5) {
		choice := r.IntN(2)
		if r.IntN(100) < happy {
			choice += 2
		}
		c.By[choice]++
		c.Raw++
		if r.IntN(2) == 0 {
			says := []string{"waiting", "waiting", "waiting", "welcome", "choice", "price"}
			if choice >= 2 {
				says = []string{"waiting", "welcome", "welcome", "choice", "choice", "price"}
			}
			reason := says[r.IntN(6)]
			c.Counts.Reasons[reason]++
			if choice < 2 {
				c.Worse[reason]++
			}
		}
	}
	if r.IntN(6) == 0 {
		c.Raw += 2
		c.Flags[tap.Repeat] = 1
	}
	if r.IntN(20) == 0 {
		c.Raw++
		c.Flags[tap.Chord]++
	}
	return c
}

// deskOf is the pages of a book, without a PIN.
func deskOf(t *testing.T, b Book) http.Handler {
	t.Helper()
	return New(Config{Book: b})
}

// get asks a handler for something, as its own host.
func get(t *testing.T, h http.Handler, path string, change ...func(*http.Request)) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, "http://127.0.0.1:8080"+path, nil)
	for _, c := range change {
		c(r)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func post(h http.Handler, path, form string, change ...func(*http.Request)) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "http://127.0.0.1:8080"+path, strings.NewReader(form))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", "http://127.0.0.1:8080")
	r.Header.Set("Accept-Language", "en")
	for _, c := range change {
		c(r)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func header(key, value string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set(key, value) }
}

func host(name string) func(*http.Request) { return func(r *http.Request) { r.Host = name } }

// plain is a page as one types it.
func plain(w *httptest.ResponseRecorder) string {
	return strings.ReplaceAll(html.UnescapeString(w.Body.String()), "\u00a0", " ")
}

// wantError checks a refusal: its status, and that it says why as JSON.
func wantError(t *testing.T, w *httptest.ResponseRecorder, status int) {
	t.Helper()
	var body struct {
		Error string `json:"error"`
	}
	if err := json.Unmarshal(w.Body.Bytes(), &body); w.Code != status || err != nil || body.Error == "" {
		t.Errorf("got %d %q, want %d and a JSON object that says why", w.Code, w.Body, status)
	}
}

// says checks what a page has and lacks.
func says(t *testing.T, page string, has, lacks []string) {
	t.Helper()
	for _, want := range has {
		if !strings.Contains(page, want) {
			t.Errorf("it does not say %q", want)
		}
	}
	for _, not := range lacks {
		if strings.Contains(page, not) {
			t.Errorf("it says %q", not)
		}
	}
	if t.Failed() {
		t.Log(page)
	}
}
