package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"time"

	"sourire/device/tap"
)

// answer is what a running terminal says of itself.
type answer struct {
	Confirmed uint64   // the watermark
	Connected bool     // to the broker
	Trouble   string   // why presses cannot be stored; empty: they are
	Broken    []string // parts that are out of order
}

var metric = regexp.MustCompile(`(?m)^(\w+)(?:\{(?:terminal|part)="([^"]*)"\})? (\d+)$`)

// ask asks the terminal whose page is at address. It errs where none answers,
// or another one.
func ask(ctx context.Context, address string, want tap.Identity) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	var a answer
	status, text, err := get(ctx, address, "/metrics")
	if err != nil {
		return a, fmt.Errorf("it does not answer at %s: %w: is panel.listen what it was started with? If so, it hangs: start it again", address, err)
	}
	var who string
	for _, m := range metric.FindAllStringSubmatch(text, -1) {
		n, err := strconv.ParseUint(m[3], 10, 64)
		if err != nil {
			return a, fmt.Errorf("%s is %s: %w", m[1], m[3], err)
		}
		switch m[1] {
		case gaugeInfo:
			who = m[2]
		case gaugeBroken:
			a.Broken = append(a.Broken, m[2])
		case gaugeConfirmed:
			a.Confirmed = n
		case gaugeConnected:
			a.Connected = n == 1
		}
	}
	if who == "" {
		return a, fmt.Errorf("what answers at %s is no terminal that takes presses (%s): is panel.listen another's address?", address, complaint(status, text))
	}
	if who != want.String() {
		return a, fmt.Errorf("%s is the page of %s, not of %s: give the configuration that %[3]s was started with", address, who, want)
	}
	if status, text, err = get(ctx, address, "/healthz"); err != nil {
		return a, fmt.Errorf("it does not say whether presses are stored: %w", err)
	}
	if status != http.StatusOK {
		a.Trouble = complaint(status, text)
	}
	return a, nil
}

// complaint is the error in an answer of ours, or its status.
func complaint(status int, body string) string {
	var said struct{ Error string }
	if err := json.Unmarshal([]byte(body), &said); err != nil || said.Error == "" {
		return fmt.Sprintf("status %d", status)
	}
	return said.Error
}

func get(ctx context.Context, address, path string) (status int, body string, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+path, nil)
	if err != nil {
		return 0, "", err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	return res.StatusCode, string(text), err
}
