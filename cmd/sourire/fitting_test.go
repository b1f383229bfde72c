package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sourire/device/board"
	"sourire/device/board/gpio/gpiotest"
	"sourire/device/button"
	"sourire/device/screen"
	"sourire/device/signal"
)

// installer stands at a box whose buttons are wired as wires says: pressing
// button i presses wires[i]; -1 is a wire that is off.
type installer struct {
	wires   []int
	blind   bool // says no to each question
	out     strings.Builder
	lit     []signal.Output
	shown   []string
	pressed chan int
	answers chan string
}

func (in *installer) walk(t *testing.T, lines ...string) (*fitting, string, error) {
	t.Helper()
	in.pressed, in.answers = make(chan int, 1), make(chan string)
	f := &fitting{
		lines: lines, lights: true, buzzer: true, pressed: in.pressed, answers: in.answers, out: in,
		set:  func(o signal.Output) { in.lit = append(in.lit, o) },
		show: func(k screen.Kind, page int) { in.shown = append(in.shown, fmt.Sprint(k, page)) }, turns: 2,
	}
	if err := f.walk(t.Context()); err != nil {
		t.Fatal(err)
	}
	var report strings.Builder
	err := f.report(&report, "demo/lyon/exit-1", time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC))
	return f, report.String(), err
}

// Write is the box talking: the installer does what it says.
func (in *installer) Write(text []byte) (int, error) {
	said := string(text)
	var n, of int
	if i := strings.Index(said, "Press button "); i >= 0 {
		if _, err := fmt.Sscanf(said[i:], "Press button %d of %d", &n, &of); err == nil && in.wires[n-1] >= 0 {
			in.pressed <- in.wires[n-1]
		}
	}
	if strings.HasSuffix(said, "[y/n] ") {
		answer := "y"
		if in.blind {
			answer = "n"
		}
		go func() { in.answers <- answer }()
	}
	return in.out.Write(text)
}

func TestABoxThatIsWiredRight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in := &installer{wires: []int{0, 1, 2, 3}}
		f, report, err := in.walk(t, "GPIO5", "GPIO6", "GPIO13", "GPIO19")
		if err != nil || len(f.results) != 4+4+1+3 || !strings.Contains(report, "All parts work.") {
			t.Errorf("got %v and\n%s", err, report)
		}
		equal(t, in.shown, "question0", "question1", "thanks0") // each language
		for b := range 4 {
			if on := in.lit[2*b]; on != (signal.Output{Lights: 1 << b}) || in.lit[2*b+1] != (signal.Output{}) {
				t.Errorf("light %d: set to %v, then %v", b+1, on, in.lit[2*b+1])
			}
		}
	})
}

func TestSwappedAndMissingWiresAreNamed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in := &installer{wires: []int{1, 0, -1, 3}}
		_, report, err := in.walk(t, "GPIO5", "GPIO6", "GPIO13", "GPIO19")
		if err == nil || err.Error() != "to be put right: button 1, button 2, button 3" {
			t.Errorf("got %v", err)
		}
		for _, want := range []string{"FAIL  button 1: GPIO6 was pressed, not GPIO5", "FAIL  button 3: no press on GPIO13 within 30 s", "ok    button 4: GPIO19"} {
			if !strings.Contains(report, want) {
				t.Errorf("the result does not say %q:\n%s", want, report)
			}
		}
	})
}

func TestWhatTheInstallerDoesNotSeeFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in := &installer{wires: []int{0, 1}, blind: true}
		_, report, err := in.walk(t, "GPIO5", "GPIO6")
		if !strings.Contains(report, "display (question, 2 of 2): not so, says the installer: board.rotate") {
			t.Errorf("the result names no remedy:\n%s", report)
		}
		if err == nil || err.Error() != "to be put right: light 1, light 2, buzzer, display (question, 1 of 2), display (question, 2 of 2), display (thanks)" {
			t.Errorf("got %v", err)
		}
	})
}

func TestNobodyAtTheKeyboard(t *testing.T) {
	answers := make(chan string)
	close(answers)
	var out strings.Builder
	f := &fitting{answers: answers, out: &out, buzzer: true, set: func(signal.Output) {}}
	if err := f.walk(context.Background()); err == nil || !strings.Contains(err.Error(), "keyboard") {
		t.Errorf("got %v", err)
	}
}

// Buttons that fail under the installer's hands are told at once, and stand in
// the result, whether they come back or not.
func TestButtonsThatFailMeanwhile(t *testing.T) {
	for _, back := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			begun := time.Now()
			up := func() time.Duration { return time.Since(begun) }
			lines := &gpiotest.Inputs{Up: up}
			ctx, cancel := context.WithCancel(t.Context())
			var out strings.Builder
			f := &fitting{lines: []string{"GPIO5", "GPIO6"}, out: &out}
			err := f.watch(ctx, &board.Buttons{
				Config: button.Config{Buttons: 2, Quiet: 12 * time.Millisecond, Hold: time.Hour, Stuck: time.Hour},
				Up:     up,
				Open:   func() (board.Lines, error) { return lines, nil },
			})
			if err != nil {
				t.Fatal(err)
			}
			done := make(chan struct{})
			go func() {
				defer close(done)
				<-time.After(time.Second)
				lines.Fail(errors.New("no such device"))
				<-time.After(5 * time.Second)
				if back {
					lines.Fail(nil)
				}
				<-time.After(20 * time.Second)
				for b := range 2 {
					lines.Set(b, true)
					<-time.After(time.Second)
					lines.Set(b, false)
				}
			}()
			if err := f.walk(ctx); err != nil {
				t.Fatal(err)
			}
			var result strings.Builder
			err = f.report(&result, "demo/lyon/exit-1", begun)
			want := "to be put right: buttons, button 1, button 2"
			if back {
				want = "to be put right: buttons"
			}
			if err == nil || err.Error() != want {
				t.Errorf("back %t: got %v, want %s\n%s", back, err, want, &out)
			}
			for _, want := range []string{"FAIL  buttons: they could not be read any more: no such device", "It is tried again"} {
				if !strings.Contains(out.String(), want) {
					t.Errorf("the installer does not read %q:\n%s", want, &out)
				}
			}
			cancel()
			<-done
		})
	}
}

func TestButtonsThatFailAtFirst(t *testing.T) {
	f := &fitting{}
	gone := errors.New("no such line")
	if err := f.watch(t.Context(), &board.Buttons{Open: func() (board.Lines, error) { return nil, gone }}); !errors.Is(err, gone) {
		t.Errorf("got %v", err)
	}
}
