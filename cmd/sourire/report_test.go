package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sourire/cmd/internal/lab"
	"sourire/device/desk"
	"sourire/device/tally"
	"sourire/device/tap"
)

// TestReportWarnsOfAnAlteredJournal makes one unhappy customer a happy one.
func TestReportWarnsOfAnAlteredJournal(t *testing.T) {
	c := lab.NewChain(t, "")
	fillJournal(t, c.TerminalData, 5000)
	path := filepath.Join(c.TerminalData, "journal.db")
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	at := len(raw)/2 + bytes.Index(raw[len(raw)/2:], []byte(`"choice":0`))
	raw[at+len(`"choice":`)] = '3'
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path+"-wal", 0); err != nil {
		t.Fatal(err)
	}

	var verified struct {
		First firstWrong `json:"first_wrong"`
	}
	out, _, code := lab.Run(t, "sourire", "verify", "--json", "--config", c.TerminalFile)
	if err := json.Unmarshal([]byte(out), &verified); err != nil || code != 1 || verified.First.Seq == 0 {
		t.Fatalf("verify: exit code %d: %s: %v", code, out, err)
	}
	var r struct {
		Results []figures `json:"results"`
		Journal chain     `json:"journal"`
	}
	out, stderr, code := lab.Run(t, "sourire", "report", "--json", "--config", c.TerminalFile)
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if code != 1 || r.Journal.Whole || r.Journal.Events != 5001 || r.Journal.FirstWrong == nil || *r.Journal.FirstWrong != verified.First ||
		!strings.Contains(stderr, "do not rely on these figures") {
		t.Errorf("exit code %d: %s%s; verify names %+v", code, out, stderr, verified.First)
	}
	out, stderr, code = lab.Run(t, "sourire", "report", "--config", c.TerminalFile)
	if code != 1 || !strings.Contains(stderr, "do not rely on these figures") || strings.Contains(out, "unbroken") {
		t.Errorf("exit code %d: %s%s", code, out, stderr)
	}
}

func TestReportInWords(t *testing.T) {
	with := func(by ...int) tally.Counts {
		c := tally.NewCounts(tap.Faces4)
		copy(c.By, by)
		return c
	}
	r := desk.Report{Opens: 1, Spans: []desk.Span{
		{Period: tally.Today, Counts: with(0, 1, 2, 2)},
		{Period: tally.Week, Counts: with(17, 16, 60, 126)},
		{Period: tally.FourWeeks, Counts: with()},
	}}
	var b bytes.Buffer
	printReport(&b, r, "en")
	want := `  Today, 5 answers: between 38 % and 96 % of those who press are satisfied. Few answers. 25 more answers and today can speak for itself. 4 of 5. So few answers leave that much to chance.
> Last 7 days, 219 answers: 85 % of those who pressed were satisfied. 186 of 219. Allowing for chance, it lies between 80 % and 89 %. Index 78.2 (74–82).
  Last 28 days, 0 answers: No answer in 28 days
`
	if got := strings.ReplaceAll(b.String(), "\u00a0", " "); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	r.Staff = true
	b.Reset()
	printReport(&b, r, "fr")
	if first, _, _ := strings.Cut(b.String(), "\n"); strings.Contains(first, "5") || !strings.Contains(first, "pour que personne ne soit reconnu") {
		t.Errorf("of 5 of the staff it says %s", first)
	}
}
