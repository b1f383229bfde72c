package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"sourire/device/screen"
	"sourire/device/signal"
)

// fitting walks an installer through a box: press each button, look at each
// light, listen to the buzzer, read the display. Its parts are what it needs
// of the box, so that a test can be the box.
type fitting struct {
	lines   []string               // of the buttons, the worst face's first
	pressed <-chan int             // a button that was pressed
	trouble <-chan error           // the buttons cannot be read; or nil: they can again
	set     func(signal.Output)    // lights and buzzer; nil where there are none
	lights  bool                   // there are lights
	buzzer  bool                   // there is a buzzer
	show    func(screen.Kind, int) // a page of a scene on the display; nil where there is none
	turns   int                    // the pages of the question
	answers <-chan string          // lines that the installer types; closed at the end
	out     io.Writer
	results []outcome
}

// outcome is what became of one part.
type outcome struct {
	part   string
	passed bool
	remark string
}

const pressWithin = 30 * time.Second

// walk goes through all parts. It ends early where ctx does or nobody answers.
func (f *fitting) walk(ctx context.Context) error {
	for b := range f.lines {
		if err := f.button(ctx, b); err != nil {
			return err
		}
		if f.lights {
			f.set(signal.Output{Lights: 1 << b})
			if err := f.question(ctx, fmt.Sprintf("light %d", b+1), "Is the light of this button on, and no other?", seeWires); err != nil {
				return err
			}
			f.set(signal.Output{})
		}
	}
	if f.buzzer {
		f.set(signal.Output{Sound: true})
		err := wait(ctx, 300*time.Millisecond)
		f.set(signal.Output{})
		if err != nil {
			return err
		}
		if err := f.question(ctx, "buzzer", "Did you hear one sound?", seeWires); err != nil {
			return err
		}
	}
	if f.show != nil {
		for page := range f.turns {
			part := "display (question)"
			if f.turns > 1 {
				part = fmt.Sprintf("display (question, %d of %d)", page+1, f.turns)
			}
			f.show(screen.Question, page)
			if err := f.question(ctx, part, "Does the display ask the question, whole and upright?", seeDisplay); err != nil {
				return err
			}
		}
		f.show(screen.Thanks, 0)
		if err := f.question(ctx, "display (thanks)", "Does it say thank you now?", seeDisplay); err != nil {
			return err
		}
	}
	return nil
}

// button waits until button b is pressed. Another one pressed instead is what
// swapped wires look like, or a slip of the finger: it is told, and may be made
// good.
func (f *fitting) button(ctx context.Context, b int) error {
	f.forget()
	fmt.Fprintf(f.out, "\nPress button %d of %d%s, once. (%s)\n", b+1, len(f.lines), place(b, len(f.lines)), f.lines[b])
	part := fmt.Sprintf("button %d", b+1)
	why := fmt.Sprintf("no press on %s within %d s: see its wires, board.active and board.pull", f.lines[b], pressWithin/time.Second)
	late := time.NewTimer(pressWithin)
	defer late.Stop()
	for {
		select {
		case got := <-f.pressed:
			if got == b {
				f.note(part, true, f.lines[b])
				return nil
			}
			why = fmt.Sprintf("%s was pressed, not %s: if the finger was right, swap their wires, or their names in board.buttons", f.lines[got], f.lines[b])
			fmt.Fprintf(f.out, "%s. Once more, please.\n", why)
		case err := <-f.trouble:
			f.heard(err)
			if err != nil {
				why = "it could not be read: see buttons"
			} else {
				fmt.Fprintf(f.out, "Press button %d, please.\n", b+1)
				late.Reset(pressWithin)
			}
		case <-late.C:
			f.note(part, false, why)
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// heard tells the installer that the buttons cannot be read, or that they can
// again. What fails on the day of its installation is to be looked at, whether
// it comes back or not.
func (f *fitting) heard(err error) {
	if err == nil {
		fmt.Fprintln(f.out, "\nThe buttons can be read again.")
		return
	}
	fmt.Fprintln(f.out)
	f.note("buttons", false, fmt.Sprintf("they could not be read any more: %v", err))
	fmt.Fprintln(f.out, "It is tried again: look at the wires meanwhile.")
}

// forget drops presses that nobody asked for.
func (f *fitting) forget() {
	for {
		select {
		case <-f.pressed:
		default:
			return
		}
	}
}

func place(b, n int) string {
	switch b {
	case 0:
		return ", the worst face"
	case n - 1:
		return ", the best face"
	}
	return ""
}

// What may be the remedy where the installer says no.
const (
	seeWires   = "see its wires and device/board/README.md"
	seeDisplay = "board.rotate turns what is upside down, check names a question that is too long; or else see its wires and device/board/display/README.md"
)

// question asks the installer, until the answer is yes or no.
func (f *fitting) question(ctx context.Context, part, text, remedy string) error {
	for {
		fmt.Fprintf(f.out, "%s [y/n] ", text)
		select {
		case answer, more := <-f.answers:
			if !more {
				fmt.Fprintln(f.out)
				return errors.New("nobody answers: run this at a keyboard")
			}
			switch strings.ToLower(strings.TrimSpace(answer)) {
			case "y", "yes", "o", "oui":
				f.note(part, true, "as seen by the installer")
				return nil
			case "n", "no", "non":
				f.note(part, false, "not so, says the installer: "+remedy)
				return nil
			}
		case err := <-f.trouble:
			f.heard(err)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (f *fitting) note(part string, passed bool, remark string) {
	f.results = append(f.results, outcome{part, passed, remark})
	fmt.Fprintf(f.out, "%-4s  %s: %s\n", levelOf(passed), part, remark)
}

func levelOf(passed bool) level {
	if passed {
		return good
	}
	return bad
}

// report is the result to keep.
func (f *fitting) report(w io.Writer, who string, at time.Time) error {
	var failed []string
	fmt.Fprintf(w, "Installation of %s, %s, sourire %s\n", who, at.Format(time.RFC1123), version)
	for _, r := range f.results {
		fmt.Fprintf(w, "%-4s  %s: %s\n", levelOf(r.passed), r.part, r.remark)
		if !r.passed {
			failed = append(failed, r.part)
		}
	}
	if len(failed) > 0 {
		return fmt.Errorf("to be put right: %s", strings.Join(failed, ", "))
	}
	fmt.Fprintln(w, "All parts work.")
	return nil
}

func wait(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
