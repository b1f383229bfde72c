package desk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
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
