package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"sourire/cmd/internal/datadir"
	"sourire/cmd/internal/local"
	"sourire/sync/office"
)

type commandCommand struct {
	configFlag `embed:""`
	Terminal   string        `arg:"" placeholder:"CHAIN/STORE/TERMINAL" help:"Which terminal."`
	Name       string        `arg:"" enum:"test" help:"What it is to do: test (presses show and are not counted)."`
	State      string        `arg:"" enum:"on,off" help:"on begins it, off ends it; by itself it ends after 15 min."`
	For        time.Duration `default:"1h" help:"How long the command is good for, where the terminal is not online (${default}; at most 24h)."`
	Wait       time.Duration `default:"5s" help:"How long to wait for the answer (${default})."`
	JSON       bool          `name:"json" help:"Print JSON."`
}

// Where a running office takes commands, and says what became of one.
const (
	commandPath = "/command"
	outcomePath = "/outcome"
)

var errOfficeNotRunning = errors.New("the office does not run: start it, it sends the command until the terminal has answered")

// Run gives a terminal a command by the office that runs, and waits a moment for
// the answer. It fails where the terminal refuses, and not where it is away.
func (c commandCommand) Run(ctx context.Context) error {
	conf, err := c.load()
	if err != nil {
		return err
	}
	running, err := datadir.Taken(conf.Office.Data)
	if err == nil && !running {
		err = errOfficeNotRunning
	}
	if err != nil {
		return err
	}
	s, err := askOffice(ctx, conf, commandPath, map[string]any{
		"terminal": c.Terminal, "name": c.Name, "on": c.State == "on", "minutes": int((c.For + time.Minute - 1) / time.Minute),
	})
	if err != nil {
		return err
	}
	for end := time.Now().Add(c.Wait); s.Status == "sent" && time.Now().Before(end); {
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
		if s, err = askOffice(ctx, conf, outcomePath, s); err != nil {
			return err
		}
	}
	if c.JSON {
		err = json.NewEncoder(os.Stdout).Encode(s)
	} else {
		fmt.Printf("%s: command %s, test %s: %s\n", s.Terminal, s.ID, c.State, outcome(s))
	}
	if s.Status == "refused" || s.Status == "expired" {
		err = errors.Join(err, fmt.Errorf("command %s was not carried out", s.ID))
	}
	return err
}

// outcome is what became of a command, in words.
func outcome(s office.CommandStatus) string {
	until := ""
	if len(s.Expires) > 16 {
		until = strings.Replace(s.Expires[:16], "T", " ", 1)
	}
	switch s.Status {
	case "done":
		return fmt.Sprintf("done, event %d", s.Seq)
	case "waiting":
		return "the terminal is not online; it is sent when it is, until " + until
	case "sent":
		return "no answer yet; it is sent again until " + until
	case "later":
		return "not yet (" + s.Why + "); it is sent again until " + until
	case "refused":
		return "refused (" + s.Why + ")"
	}
	return s.Status
}

// askOffice asks the running office about a command.
func askOffice(ctx context.Context, conf config, path string, question any) (s office.CommandStatus, err error) {
	body, err := json.Marshal(question)
	if err != nil {
		return s, err
	}
	res, err := local.Post(ctx, conf.Office.Data, path, bytes.NewReader(body))
	if err != nil {
		return s, fmt.Errorf("the office runs and does not answer: %w", err)
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(io.LimitReader(res.Body, 64<<10))
	if err != nil {
		return s, err
	}
	var wrong struct{ Error string }
	if json.Unmarshal(raw, &wrong) == nil && wrong.Error != "" {
		return s, errors.New(wrong.Error)
	}
	if res.StatusCode/100 != 2 || json.Unmarshal(raw, &s) != nil {
		return s, fmt.Errorf("the office runs and answers with status %d: is it another version?", res.StatusCode)
	}
	return s, nil
}

// tellOutcome answers with what became of a command.
func tellOutcome(o *office.Office) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var q office.CommandStatus
		err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 4<<10)).Decode(&q)
		if err == nil {
			q, err = o.CommandNamed(q.Terminal, q.ID)
		}
		if err != nil {
			w.WriteHeader(http.StatusNotFound)
			_ = json.NewEncoder(w).Encode(map[string]string{"error": err.Error()}) // an error means that the asker is gone
			return
		}
		_ = json.NewEncoder(w).Encode(q) // likewise
	}
}
