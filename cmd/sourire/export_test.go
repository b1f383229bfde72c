package main

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sourire/cmd/internal/lab"
	"sourire/device/tap"
)

// onto exports onto a stick, and returns the file.
func onto(t *testing.T, c *lab.Chain, stick string, args ...string) string {
	t.Helper()
	out, stderr, code := lab.Run(t, "sourire", append([]string{"export", "--json", "--config", c.TerminalFile, stick}, args...)...)
	var said struct {
		File  string `json:"file"`
		Noted bool   `json:"noted"`
	}
	if err := json.Unmarshal([]byte(out), &said); err != nil || code != 0 {
		t.Fatalf("export: %v, exit code %d: %s%s", err, code, out, stderr)
	}
	return said.File
}

// lastOf is the newest event that a stick's file has of the live epoch.
func lastOf(t *testing.T, file string) (last uint64) {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	line, _, _ := bytes.Cut(raw, []byte("\n"))
	var head struct {
		Parts []struct {
			Last uint64 `json:"last"`
		} `json:"parts"`
	}
	if err := json.Unmarshal(line, &head); err != nil {
		t.Fatal(err)
	}
	return head.Parts[len(head.Parts)-1].Last
}

// TestExportBesideARunningTerminal takes copies under presses that go on, of a
// terminal that never saw a network. Head office counts it by the sticks, and
// when the network comes at last, has each press once.
func TestExportBesideARunningTerminal(t *testing.T) {
	t.Parallel()
	c := lab.NewChain(t, "")
	c.StartTerminal()
	stick := t.TempDir()
	p := startCrowd(c, 4, lab.Seed(t))
	var files []string
	for n := range 4 {
		lab.Eventually(t, "presses are taken", 30*time.Second, func() bool { return p.count() > 20*n })
		done := p.count()
		files = append(files, onto(t, c, stick))
		if last := lastOf(t, files[n]); last < uint64(done) {
			t.Errorf("%d presses had been acknowledged when the export began, which has events up to %d", done, last)
		}
	}
	for _, program := range []string{"sourire", "sourire-office"} {
		out, stderr, code := lab.Run(t, program, append([]string{"verify"}, files...)...)
		if code != 0 || strings.Count(out, "the chain is unbroken") != len(files) {
			t.Errorf("%s verify: exit code %d: %s%s", program, code, out, stderr)
		}
	}
	wantNoKey(t, c, files)

	// The office is away: the command does it by itself. Then it is there.
	carry := func(files ...string) {
		t.Helper()
		if out, stderr, code := lab.Run(t, "sourire-office", append([]string{"import", "--config", c.OfficeFile}, files...)...); code != 0 {
			t.Errorf("import: exit code %d: %s%s", code, out, stderr)
		}
	}
	carry(files[1], files[0])
	c.StartOffice()
	for range 2 {
		carry(files...)
	}
	acknowledged := p.stop()
	newest := onto(t, c, stick)
	carry(newest)
	if s, ok := c.AtOffice(); !ok || s.Last != lastOf(t, newest) || s.Online {
		t.Errorf("at the office: %+v, want event %d, of a terminal that is not online", s, lastOf(t, newest))
	}
	wantEachOnce(t, c, acknowledged)

	c.StartBroker()
	c.AwaitDelivery(60 * time.Second)
	wantEachOnce(t, c, acknowledged)
	wantNoted(t, c, len(files)+1)
}

// wantNoted checks that the journal says of each copy that it was taken.
func wantNoted(t *testing.T, c *lab.Chain, want int) {
	t.Helper()
	out, _, _ := lab.Run(t, "sourire", "export", "--config", c.TerminalFile)
	n := 0
	for line := range strings.Lines(out) {
		if e, err := tap.Parse([]byte(line)); err != nil {
			t.Fatal(err)
		} else if copied, ok := e.(*tap.ExportEvent); ok && len(copied.Parts) == 1 && copied.Parts[0].Last < copied.Seq {
			n++
		}
	}
	if n != want {
		t.Errorf("the journal speaks of %d copies, want %d", n, want)
	}
}

// wantNoKey looks for the terminal's private key, in any form, in files.
func wantNoKey(t *testing.T, c *lab.Chain, files []string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(c.TerminalData, "terminal.key"))
	if err != nil {
		t.Fatal(err)
	}
	seed, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(seed) != 32 {
		t.Fatal(seed, err)
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, form := range [][]byte{seed, bytes.TrimSpace(text)[:40], []byte(hex.EncodeToString(seed))} {
			if bytes.Contains(raw, form) {
				t.Errorf("%s holds the private key", file)
			}
		}
	}
}

// TestExportErrors: what a technician meets in a shop.
func TestExportErrors(t *testing.T) {
	c := lab.NewChain(t, "")
	fillJournal(t, c.TerminalData, 300)
	stick := t.TempDir()
	file := onto(t, c, stick)
	short := filepath.Join(t.TempDir(), "short.jsonl")
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(short, raw[:len(raw)-1], 0o600); err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(t.TempDir(), "other.toml")
	conf, err := os.ReadFile(c.OfficeFile)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(other, bytes.Replace(conf, []byte(`"demo"`), []byte(`"other"`), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		want string
		code int
		args []string
	}{
		{"file already exists", 1, []string{"sourire", "export", "--config", c.TerminalFile, stick}},
		{"name a new file", 1, []string{"sourire", "export", "--config", c.TerminalFile, file}},
		{"pulled out", 1, []string{"sourire", "export", "--config", c.TerminalFile, filepath.Join(stick, "gone", "a.jsonl")}},
		{"no event was written then", 1, []string{"sourire", "export", "--config", c.TerminalFile, "--until", "2001-01-01", stick}},
		{"is no day", 2, []string{"sourire", "export", "--config", c.TerminalFile, "--since", "monday", stick}},
		{"cut off", 1, []string{"sourire", "verify", short}},
		{"cut off", 1, []string{"sourire-office", "verify", short}},
		{"nothing of it was taken in", 1, []string{"sourire-office", "import", "--config", c.OfficeFile, short}},
		{"not an export", 1, []string{"sourire-office", "import", "--config", c.OfficeFile, c.TerminalFile}},
		{"not all events", 1, []string{"sourire-office", "import", "--config", other, file}},
	} {
		if out, stderr, code := lab.Run(t, tc.args[0], tc.args[1:]...); code != tc.code || !strings.Contains(stderr, tc.want) {
			t.Errorf("%v: exit code %d, %s%s\nwant %d, %s", tc.args, code, out, stderr, tc.code, tc.want)
		}
	}
	left, err := filepath.Glob(filepath.Join(stick, "*"))
	if err != nil || fmt.Sprint(left) != fmt.Sprint([]string{file}) {
		t.Errorf("on the stick: %v, %v", left, err)
	}
}
