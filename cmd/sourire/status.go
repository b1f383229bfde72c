package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"sourire/cmd/internal/datadir"
	"sourire/device/tap"
)

type statusCommand struct {
	configFlag `embed:""`
	JSON       bool `name:"json" help:"Print JSON."`
}

// status is how a terminal is.
type status struct {
	Terminal  string `json:"terminal"`
	Running   bool   `json:"running"`
	Epoch     string `json:"epoch"`
	Last      uint64 `json:"last"`      // seq of the newest event
	Newest    string `json:"newest"`    // when that was written
	Confirmed uint64 `json:"confirmed"` // the watermark; of a stopped terminal, as last written down
	Waiting   uint64 `json:"waiting"`   // events that head office may not have
	Connected *bool  `json:"connected,omitempty"`
	Healthy   *bool  `json:"healthy,omitempty"`
}

// Run prints how the terminal is. It fails where the terminal runs and cannot
// store presses.
func (c statusCommand) Run(ctx context.Context) error {
	conf, err := c.load()
	if err != nil {
		return err
	}
	r, err := openJournal(conf.Terminal.Data)
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }()
	tail, err := r.Tail()
	if err != nil {
		return err
	}
	s := status{Terminal: r.Identity().String(), Epoch: r.Epoch(), Last: tail.Seq, Running: datadir.Taken(conf.Terminal.Data)}
	if e, err := tap.Parse(tail.Event); err == nil {
		s.Newest = e.Head().At
	}
	if s.Confirmed, _, err = r.Saved(); err != nil {
		return err
	}
	if s.Running {
		s.ask(ctx, conf.Panel.Listen)
	}
	s.Waiting = s.Last - min(s.Last, s.Confirmed)
	if c.JSON {
		err = json.NewEncoder(os.Stdout).Encode(s)
	} else {
		s.print()
	}
	if err == nil && s.Healthy != nil && !*s.Healthy {
		err = errors.New("the terminal is out of order: presses cannot be stored")
	}
	return err
}

// ask reads from the running terminal what is not in its files.
func (s *status) ask(ctx context.Context, address string) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/metrics", nil)
	if err != nil {
		return
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return
	}
	defer func() { _ = res.Body.Close() }()
	lines := bufio.NewScanner(res.Body)
	for lines.Scan() {
		name, text, _ := strings.Cut(lines.Text(), " ")
		n, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			continue
		}
		yes := n == 1
		switch name {
		case gaugeConfirmed:
			s.Confirmed = n
		case gaugeConnected:
			s.Connected = &yes
		case gaugeHealthy:
			s.Healthy = &yes
		}
	}
}

func (s *status) print() {
	state := "stopped"
	if s.Running {
		state = "running"
	}
	fmt.Printf("%s is %s\n", s.Terminal, state)
	fmt.Printf("  journal   %d events, the newest of %s, epoch %s\n", s.Last, s.Newest, s.Epoch)
	switch {
	case s.Waiting == 0:
		fmt.Printf("  feed      complete: nothing waits to be sent\n")
	case s.Running:
		fmt.Printf("  feed      %d events wait to be confirmed\n", s.Waiting)
	default:
		fmt.Printf("  feed      at most %d events wait: the office is asked at the next start\n", s.Waiting)
	}
	if s.Connected != nil {
		fmt.Printf("  broker    %s\n", map[bool]string{true: "connected", false: "away: presses are kept and sent later"}[*s.Connected])
	}
	if s.Healthy != nil {
		fmt.Printf("  presses   %s\n", map[bool]string{true: "are stored", false: "CANNOT be stored: see the log, and sourire check"}[*s.Healthy])
	}
}
