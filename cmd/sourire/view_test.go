package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sourire/cmd/internal/lab"
	"sourire/device/manager"
	"sourire/device/pin"
	"sourire/device/press"
	"sourire/device/screen"
	"sourire/device/tap"
)

// post is a touch of the terminal's page; it returns the kind of answer.
func post(t *testing.T, address, path, body string) string {
	t.Helper()
	res, err := http.Post("http://"+address+path, "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	var a press.Answer
	_ = json.NewDecoder(res.Body).Decode(&a) // a gesture is not answered
	if res.StatusCode/100 != 2 {
		t.Fatalf("%s %s: status %d", path, body, res.StatusCode)
	}
	return a.Kind
}

// await is a scene that comes, after others.
func await(t *testing.T, shown <-chan string, want screen.Kind) {
	t.Helper()
	late := time.After(time.Minute)
	for {
		select {
		case kind := <-shown:
			if kind == string(want) {
				return
			}
		case <-late:
			t.Fatalf("%s was not shown", want)
		}
	}
}

// TestTheManagersViewOnATouchScreen opens it with the corner, enters a wrong PIN
// and the right one, and leaves. Of all those touches none is in the journal.
func TestTheManagersViewOnATouchScreen(t *testing.T) {
	t.Parallel()
	address := fmt.Sprintf("127.0.0.1:%d", lab.Port(t))
	c := lab.NewChain(t, fmt.Sprintf("[manager]\nlisten = %q\npin = \"4711\"\n", address))
	c.StartTerminal()
	shown := scenes(t, c.Panel)
	post(t, c.Panel, "/api/service", "")
	await(t, shown, screen.PIN)
	const zero, ok, leave = 10, 11, 3
	key := func(keys ...int) {
		for _, k := range keys {
			if kind := post(t, c.Panel, "/api/press", fmt.Sprintf(`{"button":%d}`, k)); kind != press.Ignored {
				t.Fatalf("key %d: %s", k, kind)
			}
		}
	}
	key(zero, zero, zero, zero, ok)
	lab.Eventually(t, "the PIN is wrong", time.Minute, func() bool { return strings.Contains(c.Terminal.Log(), "wrong PIN on the box") })
	<-time.After(time.Second) // for half a second presses are of the keys that were there before
	key(3, 6, 0, 0, ok)
	await(t, shown, screen.Manager)
	<-time.After(time.Second)
	key(leave)
	await(t, shown, screen.Question)
	if _, _, err := lab.Press(t.Context(), c.Panel, 3); err != nil {
		t.Error(err)
	}
	if code := c.Terminal.Stop(); code != 0 {
		t.Fatalf("exit code %d: %s", code, c.Terminal.Log())
	}
	out, errs, code := lab.Run(t, "sourire", "export", "--config", c.TerminalFile)
	if code != 0 || strings.Count(out, `"kind":"tap"`) != 1 || strings.Contains(out, `"kind":"undo"`) {
		t.Errorf("exit code %d, %s, the journal\n%s", code, errs, out)
	}
}

// The pages of a box say how it is.
func TestThePagesOfABox(t *testing.T) {
	c := lab.NewChain(t, "")
	if err := os.Mkdir(c.TerminalData, 0o750); err != nil {
		t.Fatal(err)
	}
	b := open(t, c)
	sys := t.TempDir()
	zone := filepath.Join(sys, "class/thermal/thermal_zone0")
	if err := os.MkdirAll(zone, 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(zone, "temp"), []byte("48312\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	v := &view{box: b, sys: sys}
	b.parts.fault(failure{"button-2", "stuck"}, "GPIO6: free the button")
	lab.Eventually(t, "the boot is in the journal", time.Minute, func() bool { return v.health(v.sys).Waiting > 0 })
	var said bytes.Buffer
	pages := v.Pages()
	for _, p := range pages {
		for _, r := range p.Rows {
			fmt.Fprintf(&said, "%s: %s\n", r.Name, r.Value)
		}
	}
	for _, want := range []string{"Bouton 2: coincé\n", "Siège: pas joint\n", "Température: 48\u00a0°C\n", "Appuis: enregistrés\n", "Version: " + version} {
		if !strings.Contains(said.String(), want) {
			t.Errorf("no %q in\n%s", want, said.String())
		}
	}
	if last := pages[len(pages)-1]; !last.Cleaning {
		t.Errorf("the last page is %+v", last)
	}
	if _, ok := celsius(t.TempDir()); ok {
		t.Error("a temperature that nobody measured")
	}
}

func TestFactsOfAJournal(t *testing.T) {
	r := newResults(time.UTC)
	now := time.Date(2026, 11, 26, 15, 10, 0, 0, time.UTC)
	seq := uint64(0)
	add := func(e tap.Event, kind tap.Kind, at time.Time) {
		seq++
		*e.Head() = tap.Header{Seq: seq, Kind: kind, At: tap.FormatTime(at), Clock: tap.Synced, Boot: 1, Up: at.Sub(now.AddDate(0, 0, -30)).Milliseconds()}
		r.clerk.Add(e)
	}
	began := now.AddDate(0, 0, -29)
	add(&tap.BootEvent{BootID: "b"}, tap.KindBoot, began)
	add(&tap.ConfigEvent{Question: "exit", Scale: tap.Faces4}, tap.KindConfig, began)
	add(&tap.ClockEvent{Quality: tap.Synced, Offset: now.AddDate(0, 0, -30).UnixMilli()}, tap.KindClock, began)
	tapAt := func(at time.Time, choice int) {
		add(&tap.TapEvent{Config: 2, Choice: choice, Of: 4, Counted: true, Flags: []tap.Flag{}, Rule: 1}, tap.KindTap, at)
	}
	for week := 4; week >= 0; week-- {
		tapAt(now.AddDate(0, 0, -7*week).Add(-5*time.Hour), 3) // at 10:10
	}
	tapAt(now.Add(-10*time.Minute), 1)
	f := manager.Facts{Now: now, Clock: tap.Synced}
	r.facts(&f)
	if f.Today.N() != 2 || f.Yesterday.N() != 0 || f.Month.N() != 5 || f.Parts[0].N() != 4 || f.Parts[2].N() != 1 {
		t.Errorf("today %d, yesterday %d, 28 days %d, mornings %d, afternoons %d", f.Today.N(), f.Yesterday.N(), f.Month.N(), f.Parts[0].N(), f.Parts[2].N())
	}
	if n := f.Weekday.Usual().N(); n != 4 || f.Weekday.Day.N() != 1 {
		t.Errorf("the four Thursdays before: %d; today until 15:00: %d", n, f.Weekday.Day.N())
	}
	f = manager.Facts{Now: now, Clock: tap.Unknown}
	r.facts(&f)
	if f.Today.N() != 0 || len(f.Undated.By) != 4 {
		t.Errorf("without a clock: %+v", f)
	}
}

// The box and the pages count wrong PINs together.
func TestTheBoxWaitsAfterWrongPINs(t *testing.T) {
	hash, err := pin.Hash("4711")
	if err != nil {
		t.Fatal(err)
	}
	lock, err := pin.NewLock(hash, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	v := &view{box: &box{log: discard}, lock: lock}
	for range 4 {
		if _, _, err := lock.Check("1"); err != nil { // on the pages
			t.Fatal(err)
		}
	}
	if right, wait := v.CheckPIN("2"); right || wait != time.Minute {
		t.Errorf("the fifth: %t, %s", right, wait)
	}
	if right, wait := v.CheckPIN("4711"); right || wait <= 0 {
		t.Errorf("the right one meanwhile: %t, %s", right, wait)
	}
	if right, _ := (&view{}).CheckPIN(""); right {
		t.Error("right, without a PIN")
	}
}

func TestSetup(t *testing.T) {
	c := demoConfig(t.TempDir(), "127.0.0.1:8080")
	if s := setupOf(c); !s.Touch || !s.PIN || s.Lang != "fr" {
		t.Errorf("a touch screen: %+v", s)
	}
	c.Board.Kind, c.Manager.PIN = "gpio", ""
	if s := setupOf(c); s.Touch || s.PIN || s.Buttons != 4 {
		t.Errorf("a box with buttons: %+v", s)
	}
	if welcome(screen.PIN) == welcome(screen.Question) {
		t.Error("the lights of the manager's view invite a customer")
	}
}
