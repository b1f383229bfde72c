package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"sourire/cmd/internal/datadir"
	"sourire/device/board"
	"sourire/device/board/display"
	"sourire/device/board/gpio"
	"sourire/device/button"
	"sourire/device/clock"
	"sourire/device/config"
	"sourire/device/screen"
	"sourire/device/signal"
)

// interactive takes the hardware of a box that does not run, and walks through
// it with the installer at the keyboard.
func (c checkCommand) interactive(ctx context.Context, conf config.Config) error {
	if conf.Board.Kind != config.BoardGPIO {
		return errors.New(`--interactive is for boxes with buttons, board.kind = "gpio"; a panel is tried by pressing its faces`)
	}
	if running, err := datadir.Taken(conf.Terminal.Data); err != nil || running {
		return errors.Join(err, errors.New("the terminal runs and holds the buttons: stop it first (systemctl stop sourire)"))
	}
	f := &fitting{
		lines: conf.ButtonLines(), out: os.Stdout, answers: typed(ctx, os.Stdin),
		lights: len(conf.Board.Lights) > 0, buzzer: conf.Board.Buzzer != "",
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if f.lights || f.buzzer {
		lines, err := board.OpenSignals(signalsOf(conf))
		if err != nil {
			return err
		}
		defer func() { _ = lines.Close() }()
		f.set = func(out signal.Output) {
			if err := lines.Set(out, false); err != nil {
				fmt.Fprintln(f.out, "lights and buzzer:", err)
			}
		}
	}
	if conf.Board.Display != "" {
		panel, err := display.Open(conf.Board.Display, displayOf(conf.Board))
		if err != nil {
			f.note("display", false, err.Error())
		} else {
			defer func() { _ = panel.Close() }()
			f.turns = panel.Pages(plain(conf, screen.Question))
			f.show = func(k screen.Kind, page int) {
				if err := panel.Show(plain(conf, k), page); err != nil {
					fmt.Fprintln(f.out, "display:", err)
				}
			}
		}
	}
	buttons := &board.Buttons{
		Config: buttonsOf(conf), Up: clock.SinceBoot,
		Open: func() (board.Lines, error) { return gpio.OpenInputs(inputsOf(conf)) },
	}
	if err := f.watch(ctx, buttons); err != nil {
		return err
	}
	if err := f.walk(ctx); err != nil {
		return err
	}
	return c.keep(f, conf)
}

// watch has the fitting hear which buttons are pressed, and whether they can be
// read, until ctx ends. Buttons that cannot be read at first are an error.
func (f *fitting) watch(ctx context.Context, buttons *board.Buttons) error {
	presses, trouble := make(chan int, 16), make(chan error, 16)
	buttons.Tell = func(e button.Event) {
		if e.Kind == button.Pressed {
			select {
			case presses <- e.Button:
			default: // nobody asked for so many
			}
		}
	}
	buttons.Trouble = func(err error) {
		select {
		case trouble <- err:
		default: // the installer has been told often enough
		}
	}
	buttons.Start()
	select {
	case err := <-trouble:
		return err
	default:
	}
	f.pressed, f.trouble = presses, trouble
	go buttons.Run(ctx)
	return nil
}

// typed are the lines that somebody types.
func typed(ctx context.Context, in io.Reader) <-chan string {
	lines := make(chan string)
	go func() {
		defer close(lines)
		for s := bufio.NewScanner(in); s.Scan(); {
			select {
			case lines <- s.Text():
			case <-ctx.Done():
				return
			}
		}
	}()
	return lines
}

// keep prints the result, and writes it to the file that was asked for.
func (c checkCommand) keep(f *fitting, conf config.Config) error {
	fmt.Fprintln(f.out)
	now := time.Now().In(conf.Location())
	failed := f.report(f.out, conf.Identity().String(), now)
	if c.Result == "" {
		return failed
	}
	var text strings.Builder
	_ = f.report(&text, conf.Identity().String(), now)
	if err := os.WriteFile(c.Result, []byte(text.String()), 0o644); err != nil {
		return errors.Join(failed, fmt.Errorf("keep the result: %w", err))
	}
	fmt.Fprintln(f.out, "The result is in", c.Result)
	return failed
}
