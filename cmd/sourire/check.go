package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"sourire/cmd/internal/datadir"
	"sourire/device/clock"
	"sourire/device/config"
	"sourire/device/tap"
	"sourire/sync/feed"
	"sourire/sync/journal"
	"sourire/sync/mqtt"
)

type checkCommand struct {
	configFlag `embed:""`
}

// finding is one thing that was looked at.
type finding struct {
	what string
	err  error // nil: it is right
	mild bool  // the terminal works without it
}

// Run looks at the configuration and the machine, and says what to do.
func (c checkCommand) Run(ctx context.Context) error {
	conf, err := c.load()
	if err != nil {
		return err
	}
	feeding, err := feedConfig(conf.Broker)
	if err != nil {
		return err
	}
	fmt.Printf("ok    configuration %s for %s\n", c.Config, conf.Identity())
	failed := 0
	for _, f := range findings(ctx, conf, feeding) {
		switch {
		case f.err == nil:
			fmt.Printf("ok    %s\n", f.what)
		case f.mild:
			fmt.Printf("note  %s: %v\n", f.what, f.err)
		default:
			failed++
			fmt.Printf("FAIL  %s: %v\n", f.what, f.err)
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d things are to be put right", failed)
	}
	return nil
}

func findings(ctx context.Context, conf config.Config, feeding feed.Config) []finding {
	all := []finding{}
	running := datadir.Taken(conf.Terminal.Data)
	if running {
		all = append(all, finding{what: "the terminal is running"})
	} else {
		unlock, err := datadir.Lock(conf.Terminal.Data)
		if err == nil {
			unlock()
		}
		all = append(all, finding{what: "data folder " + conf.Terminal.Data + " can be written", err: err})
		all = append(all, finding{what: "panel address " + conf.Panel.Listen + " is free", err: free(conf.Panel.Listen, "panel.listen")})
		if conf.Manager.PIN != "" {
			all = append(all, finding{what: "manager's address " + conf.Manager.Listen + " is free", err: free(conf.Manager.Listen, "manager.listen")})
		}
	}
	if conf.Manager.PIN == "" {
		all = append(all, finding{what: "manager's pages", err: errors.New("there are none without manager.pin"), mild: true})
	}
	all = append(all,
		finding{what: "journal", err: checkJournal(conf)},
		finding{what: "broker " + conf.Broker.URL + " answers", err: reach(ctx, conf, feeding), mild: true},
		finding{what: "clock is kept by a time server", err: checkClock(), mild: true},
	)
	return all
}

func free(address, key string) error {
	l, err := listen(address, key)
	if err != nil {
		return err
	}
	return l.Close()
}

func checkJournal(conf config.Config) error {
	r, err := journal.OpenReader(conf.Terminal.Data)
	if errors.Is(err, journal.ErrNone) {
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }()
	if r.Identity() != conf.Identity() {
		return fmt.Errorf("it belongs to %s: name another data folder", r.Identity())
	}
	return nil
}

// reach connects to the broker under another client id, so that a running
// terminal is not thrown off.
func reach(ctx context.Context, conf config.Config, feeding feed.Config) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	conn, err := mqtt.Dial(ctx, mqtt.Options{
		URL: feeding.URL, ClientID: conf.Identity().String() + "-check",
		Username: feeding.Username, Password: feeding.Password, TLS: feeding.TLS,
	})
	var refused *net.OpError
	switch {
	case err == nil:
		conn.Close()
		return nil
	case errors.As(err, &refused):
		return fmt.Errorf("%w: presses are kept and sent when it is back; is broker.url right, and the network up?", err)
	default:
		return fmt.Errorf("%w: presses are kept and sent when it is back; are the user and the certificates right?", err)
	}
}

func checkClock() error {
	if q := (clock.System{Location: time.UTC}).Now().Quality; q != tap.Synced {
		return errors.New("not yet: presses are ordered all the same, and dated when it is; enable systemd-timesyncd or chrony")
	}
	return nil
}
