package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"sourire/cmd/internal/datadir"
	"sourire/cmd/internal/strict"
	"sourire/device/clock"
	"sourire/device/config"
	"sourire/device/pin"
	"sourire/sync/broker"
	"sourire/sync/durable"
	"sourire/sync/office"
	"sourire/sync/office/sqlite"
)

type demoCommand struct {
	Listen  string `default:"127.0.0.1:8080" placeholder:"ADDRESS" help:"Where the pages are (${default}); loopback only."`
	History bool   `default:"true" negatable:"" help:"Begin with 14 weeks of a history that is made up."`
	Data    string `placeholder:"FOLDER" help:"Where the demo keeps its history (~/.local/share/sourire-demo)."`
}

const (
	demoBroker = "127.0.0.1:1883"
	demoPIN    = "4711" // of the manager's view on the box; the pages want none
)

// Run is a whole chain in one process: a broker, head office and a terminal,
// behind one address.
func (c demoCommand) Run(ctx context.Context, log *slog.Logger) error {
	dir, err := c.folder()
	if err != nil {
		return err
	}
	conf := demoConfig(dir, c.Listen)
	if err := conf.Check(); err != nil {
		return fmt.Errorf("%w: --listen: %w", strict.ErrConfig, err)
	}
	unlock, err := datadir.Lock(dir)
	if err != nil {
		return err
	}
	defer unlock()
	page, err := listen(c.Listen, "--listen")
	if err != nil {
		return err
	}
	defer func() { _ = page.Close() }()

	head, err := openHead(dir, conf, log)
	if err != nil {
		return err
	}
	defer head.close(log)
	conf.Broker.URL = "tcp://" + head.broker.Addr()
	feeding, err := feedConfig(conf.Broker)
	if err != nil {
		return err
	}

	if c.History {
		if err := inventHistory(ctx, conf, time.Now(), log); err != nil {
			return err
		}
	}
	pages := &servers{done: make(chan struct{}), log: log}
	var all handler
	pages.serve(page, &all)
	boxes, stop := stopAfter(ctx, pages)
	defer stop()
	now := clock.New(clock.Machine{}, conf.Location())
	now.Trust()
	hash, err := pin.Hash(demoPIN)
	if err != nil {
		return err
	}
	lock, err := pin.NewLock(hash, time.Now)
	if err != nil {
		return err
	}
	show := func(customer, manager http.Handler) {
		mux := http.NewServeMux()
		mux.Handle("/", customer)
		mux.Handle("/manager", manager)
		mux.Handle("/manager/", manager)
		mux.Handle("/office/", http.StripPrefix("/office", head.office.Handler()))
		all.set(mux)
	}
	return stage{
		open: func() (*box, error) { return newBox(conf, feeding, now, log) },
		show: func(b *box) error {
			b.attend(lock)
			show(b.customer(pages.done), b.manager(nil))
			fmt.Printf(`
  The terminal     http://%[1]s/
  The manager      http://%[1]s/manager
                   or on the terminal: hold its corner for 3 s; the PIN is %[4]s
  Head office      http://%[1]s/office/
  The feed         mosquitto_sub -h 127.0.0.1 -p %[2]s -v -t 'sourire/v1/#'

  History is kept in %[3]s. Ctrl-C ends the demo.

`, c.Listen, port(head.broker.Addr()), dir, demoPIN)
			return nil
		},
		close: func(n *closed) { show(n.customer(c.Listen, pages.done, log), &handler{}) },
		log:   log,
	}.live(boxes, conf)
}

func (c demoCommand) folder() (string, error) {
	if c.Data != "" {
		return filepath.Abs(c.Data)
	}
	share := os.Getenv("XDG_DATA_HOME")
	if share == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", fmt.Errorf("find a folder for the demo's history: %w: name one with --data", err)
		}
		share = filepath.Join(home, ".local", "share")
	}
	return filepath.Join(share, "sourire-demo"), nil
}

func demoConfig(dir, listen string) config.Config {
	c := config.Default()
	c.Terminal.Chain, c.Terminal.Store, c.Terminal.ID = "demo", "lyon-part-dieu", "exit-1"
	c.Terminal.Data = filepath.Join(dir, "terminal")
	c.Board.Kind = "panel"
	c.Panel.Listen = listen
	c.Survey.Targets.Satisfied = 80
	c.Survey.FollowUp.Ask, c.Survey.Public.Counter = true, true
	now := time.Now().In(c.Location())
	saturday := midnight(now, -int(now.Weekday()+1)) // the last one that is over
	c.Moments = []config.Moment{
		{Name: "Braderie du samedi", From: saturday.Format(time.DateOnly)},
		{Name: "Samedi avant Noël", From: beforeChristmas(now).Format(time.DateOnly)},
	}
	c.Manager.PIN = demoPIN
	c.Broker.URL = "tcp://" + demoBroker
	return c
}

// beforeChristmas is the Saturday before the next Christmas.
func beforeChristmas(now time.Time) time.Time {
	christmas := time.Date(now.Year(), 12, 25, 0, 0, 0, 0, now.Location())
	if now.After(christmas) {
		christmas = christmas.AddDate(1, 0, 0)
	}
	return midnight(christmas, -int(christmas.Weekday()+1))
}

// head is head office with a broker of its own.
type head struct {
	store  *sqlite.Store
	office *office.Office
	broker *broker.Broker
	ready  atomic.Pointer[broker.Broker] // the same, for the office's answers; what comes before is announced after
}

func openHead(dir string, conf config.Config, log *slog.Logger) (_ *head, err error) {
	h := &head{}
	defer func() {
		if err != nil {
			h.close(log)
		}
	}()
	for _, sub := range []string{"office", "terminal"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o750); err != nil {
			return nil, fmt.Errorf("make the demo's folders: %w", err)
		}
	}
	key, err := durable.Key(filepath.Join(dir, "office", "office.key"))
	if err != nil {
		return nil, err
	}
	if h.store, err = sqlite.Open(filepath.Join(dir, "office", "office.db")); err != nil {
		return nil, err
	}
	h.office, err = office.New(office.Config{
		Chain: conf.Terminal.Chain, Store: h.store, Key: key, Log: log,
		Publish: func(p office.Publication) {
			b := h.ready.Load()
			if b == nil {
				return
			}
			if err := b.Publish(p.Topic, p.Payload, p.Retain); err != nil {
				log.Warn("the office could not answer", "error", err)
			}
		},
	})
	if err != nil {
		return nil, err
	}
	if h.broker, err = startBroker(conf.Terminal.Chain, h.office, log); err != nil {
		return nil, err
	}
	h.ready.Store(h.broker)
	return h, h.office.Announce()
}

// startBroker listens where a broker usually does or, where that is taken, on
// any free port.
func startBroker(chain string, o *office.Office, log *slog.Logger) (*broker.Broker, error) {
	c := broker.Config{Listen: demoBroker, Chain: chain, OnPublish: o.Ingest, Log: log}
	b, err := broker.Start(c)
	if err == nil {
		return b, nil
	}
	log.Info("the demo's broker takes another port", "error", err)
	c.Listen = "127.0.0.1:0"
	return broker.Start(c)
}

func (h *head) close(log *slog.Logger) {
	var errs []error
	if h.broker != nil {
		errs = append(errs, h.broker.Close())
	}
	if h.office != nil {
		h.office.Close()
	}
	if h.store != nil {
		errs = append(errs, h.store.Close())
	}
	if err := errors.Join(errs...); err != nil {
		log.Error("head office did not end cleanly", "error", err)
	}
}
