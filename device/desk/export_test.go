package desk

import (
	"encoding/csv"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"sourire/device/tally"
	"sourire/device/tap"
)

// The files have the numbers of the pages.
func TestExport(t *testing.T) {
	b := shop()
	b.events = []string{
		`{"at":"2026-11-23T10:00:00.000Z","boot":1,"choice":3,"clock":"synced","config":2,"counted":true,"flags":[],"kind":"tap","lang":"fr","of":4,"rule":1,"seq":12,"up":5}`,
		`{"at":"2026-11-23T10:00:04.000Z","boot":1,"clock":"synced","kind":"reason","reason":"waiting","seq":13,"tap":12,"up":9}`,
		`{"at":"2026-11-23T10:00:05.000Z","boot":1,"clock":"synced","kind":"future","seq":14,"up":10}`,
	}
	h := deskOf(t, b)
	shown := lastDays(28, b.report.Now)
	hours, _ := b.Hours(shown.from, shown.to)
	want := sum(tap.Faces4, hours)
	span := "?from=2026-10-27&to=2026-11-23"

	english := header("Accept-Language", "en")
	w := get(t, h, "/manager/export/hours.csv"+span, english)
	if got := w.Header().Get("Content-Disposition"); got != `attachment; filename="demo_lyon-part-dieu_exit-1_2026-10-27_2026-11-23_hours.csv"` {
		t.Errorf("the file is %s", got)
	}
	lines, err := csv.NewReader(w.Body).ReadAll()
	if err != nil || len(lines) != 1+28*24 {
		t.Fatalf("%d lines, %v", len(lines), err)
	}
	total := map[string]int{}
	for _, line := range lines[1:] {
		for i, field := range line {
			n, _ := strconv.Atoi(field)
			total[lines[0][i]] += n
		}
	}
	if total["presses"] != want.Raw || total["counted"] != want.N() || total["choice_3"] != want.By[3] || total["flag_chord"] != want.Flags[tap.Chord] ||
		total["reason_waiting"] != want.Counts.Reasons["waiting"] || total["served_seconds"] != want.Served || total["off_seconds"] != want.Off {
		t.Errorf("the file has %v, want %+v", total, want)
	}
	if want.N() != b.report.Spans[2].Counts.N() {
		t.Error("the report has other numbers")
	}

	var out struct {
		Hours []struct {
			Counted int   `json:"counted"`
			Choices []int `json:"choices"`
		} `json:"hours"`
	}
	w = get(t, h, "/manager/export/hours.json"+span)
	if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil || len(out.Hours) != 28*24 {
		t.Fatalf("%v, %d hours", err, len(out.Hours))
	}
	n := 0
	for _, hour := range out.Hours {
		n += hour.Counted
	}
	if n != want.N() {
		t.Errorf("the JSON has %d answers, want %d", n, want.N())
	}

	var events struct{ Events []json.RawMessage }
	w = get(t, h, "/manager/export/events.json"+span)
	if err := json.Unmarshal(w.Body.Bytes(), &events); err != nil || len(events.Events) != 3 || string(events.Events[0]) != b.events[0] {
		t.Errorf("%v, %s", err, w.Body)
	}
	w = get(t, h, "/manager/export/signed.jsonl"+span)
	if got := w.Body.String(); got != "signed 2026-10-27 2026-11-24\n" || w.Header().Get("Content-Type") != "application/jsonl" {
		t.Errorf("got %q, %v", got, w.Header())
	}
	w = get(t, h, "/manager/export/events.csv"+span, english)
	if got := w.Body.String(); got != "seq,kind,at,clock,choice,of,counted,flags,of_tap,reason,why\n12,tap,2026-11-23T10:00:00.000Z,synced,3,4,true,,,,\n13,reason,2026-11-23T10:00:04.000Z,synced,,,,,12,waiting,\n" {
		t.Errorf("got %s", got)
	}

	for path, c := range map[string]struct {
		status int
		says   string
	}{
		"hours.csv": {400, "at most a year"},
		"hours.csv?from=2026-11-23&to=2026-11-22": {400, "at most a year"},
		"hours.csv?from=2024-01-01&to=2026-01-01": {400, "at most a year"},
		"hours.csv?from=x&to=y":                   {400, `value="x"`},
		"people.csv" + span:                       {404, "Go to today"},
		"events":                                  {404, "Go to today"},
	} {
		w := get(t, h, "/manager/export/"+path, header("Accept-Language", "en"))
		if w.Code != c.status || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") {
			t.Errorf("%s: got %d %v", path, w.Code, w.Header())
		}
		says(t, plain(w), []string{c.says, `lang="en"`}, nil)
	}
	b.report.Staff = true
	for _, file := range []string{"events.csv", "events.json", "signed.jsonl"} {
		w = get(t, h, "/manager/export/"+file+span, header("Accept-Language", "fr"))
		if w.Code != 403 || strings.Contains(w.Body.String(), "2026-11-23T") {
			t.Errorf("single votes of the staff in %s: got %d", file, w.Code)
		}
	}
	says(t, plain(w), []string{"personne ne doit être reconnu", `role="alert"`}, nil)
	if lines, err := csv.NewReader(get(t, h, "/manager/export/hours.csv"+span, english).Body).ReadAll(); err != nil || lines[10][2] != "true" || lines[10][4] != "" || lines[10][8] != "" {
		t.Errorf("of the staff it gives %q, %v", lines[10], err)
	}
}

// A year is not read at once, and its columns are those of all of it.
func TestAYearIsExportedInParts(t *testing.T) {
	b := &partly{fakeBook: shop()}
	b.cell = func(at time.Time) tally.Cell {
		c := hourOfShop(at)
		if at.Month() == time.August && at.Day() == 7 && at.Hour() == 10 {
			c.Counts.Reasons["parking"] = 1
		}
		return c
	}
	span := "?from=2025-11-24&to=2026-11-23"
	lines, err := csv.NewReader(get(t, deskOf(t, b), "/manager/export/hours.csv"+span, header("Accept-Language", "en")).Body).ReadAll()
	if err != nil || len(lines) != 1+365*24 || !slices.Contains(lines[0], "reason_parking") {
		t.Errorf("%d lines of %q, %v", len(lines), lines[0], err)
	}
	var out struct{ Hours []struct{ Hour string } }
	if err := json.Unmarshal(get(t, deskOf(t, b), "/manager/export/hours.json"+span).Body.Bytes(), &out); err != nil || len(out.Hours) != 365*24 || out.Hours[365*24-1].Hour != "2026-11-23T23:00:00Z" {
		t.Errorf("%d hours, %v", len(out.Hours), err)
	}
	if b.most > 31 {
		t.Errorf("%d days were read at once", b.most)
	}
}

// partly is a book that remembers for how many days it was asked at once.
type partly struct {
	*fakeBook
	most int
}

func (b *partly) Hours(from, to time.Time) ([]Hour, error) {
	b.most = max(b.most, int(to.Sub(from).Hours()/24))
	return b.fakeBook.Hours(from, to)
}

// A French spreadsheet parts fields at semicolons, and no field is one that a
// spreadsheet would compute, whatever somebody wrote.
func TestSpreadsheets(t *testing.T) {
	b := shop()
	b.notes = append(b.notes, Note{tap.NoteQuick, `=HYPERLINK("http://evil.example")`, midnight(b.report.Now, 0)})
	b.events = []string{
		`{"at":"2026-11-23T10:00:00.000Z","boot":1,"choice":3,"clock":"synced","config":2,"counted":true,"flags":["burst"],"kind":"tap","lang":"fr","of":4,"rule":1,"seq":12,"up":5}`,
		`{"at":"2026-11-23T10:01:00.000Z","boot":1,"clock":"synced","kind":"note","seq":13,"text":"=HYPERLINK(1)","type":"quick","up":10}`,
	}
	h := deskOf(t, b)
	for lang, comma := range map[string]rune{"fr": ';', "en": ','} {
		for _, file := range []string{"hours", "events"} {
			r := csv.NewReader(get(t, h, "/manager/export/"+file+".csv?from=2026-11-20&to=2026-11-23", header("Accept-Language", lang)).Body)
			r.Comma = comma
			lines, err := r.ReadAll()
			if err != nil || len(lines) < 2 || len(lines[0]) < 11 {
				t.Fatalf("%s, %s: %d lines, %v", lang, file, len(lines), err)
			}
			for _, line := range lines {
				for _, field := range line {
					if strings.ContainsAny(field[:min(1, len(field))], "=+-@\t") {
						t.Errorf("%s, %s: %q is a formula", lang, file, field)
					}
				}
			}
		}
	}
}
