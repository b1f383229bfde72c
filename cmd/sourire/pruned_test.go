package main

import (
	"errors"
	"strings"
	"testing"

	"sourire/cmd/internal/lab"
	"sourire/device/tap"
	"sourire/sync/journal"
)

// prune drops what may be dropped of the journal in dir, and returns up to where.
func prune(t *testing.T, dir string) uint64 {
	t.Helper()
	j, err := journal.Open(journal.Config{Dir: dir, Identity: identity, Stamp: stampBench, Log: discard})
	if err != nil {
		t.Fatal(err)
	}
	d, err := j.Delivered()
	if d != nil || err != nil {
		t.Fatalf("undelivered events may be dropped: %+v, %v", d, err)
	}
	err = j.Confirm(j.Last())
	if err == nil {
		d, err = j.Delivered()
	}
	if err != nil {
		t.Fatal(err)
	}
	d.Header = tap.Header{Kind: tap.KindDrop, At: "2026-11-23T14:05:03.120+01:00", Clock: tap.Synced, Boot: 1, Up: 1 << 40}
	if err := errors.Join(j.Append(d), j.Prune(t.Context(), d), j.Close()); err != nil {
		t.Fatal(err)
	}
	return d.Last
}

// Of a journal whose old events were dropped, every subcommand says so, and
// what is still there is proved all the same.
func TestAPrunedJournal(t *testing.T) {
	c := lab.NewChain(t, "")
	fillJournal(t, c.TerminalData, 5000)
	if dropped := prune(t, c.TerminalData); dropped != 4001 {
		t.Fatalf("dropped up to %d", dropped)
	}
	for _, s := range []struct{ command, want string }{
		{"verify", "events 4002 to 5002, none missing, the chain is unbroken; those before were dropped"},
		{"verify --json", `"dropped":4001,"epoch"`},
		{"report", "The chain of events 4002 to 5002 was checked: it is unbroken. Those before it were dropped"},
		{"report --json", `"journal":{"events":5002,"dropped":4001,"whole":true}`},
		{"status", "up to event 4001, raw events were dropped"},
	} {
		args := append(strings.Fields(s.command), "--config", c.TerminalFile)
		out, stderr, code := lab.Run(t, "sourire", args...)
		if code != 0 || !strings.Contains(out, s.want) {
			t.Errorf("%s: exit code %d: %s%s; want %q", s.command, code, out, stderr, s.want)
		}
	}
}
