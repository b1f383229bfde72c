package main

import (
	"context"
	"log/slog"
	"net"

	"sourire/cmd/internal/datadir"
)

type runCommand struct {
	configFlag `embed:""`
}

// Run is the terminal, until it is told to stop.
func (c runCommand) Run(ctx context.Context, log *slog.Logger) error {
	conf, err := c.load()
	if err != nil {
		return err
	}
	feeding, err := feedConfig(conf.Broker)
	if err != nil {
		return err
	}
	unlock, err := datadir.Lock(conf.Terminal.Data)
	if err != nil {
		return err
	}
	defer unlock()

	customer, err := listen(conf.Panel.Listen, "panel.listen")
	if err != nil {
		return err
	}
	defer func() { _ = customer.Close() }()
	var manager net.Listener
	pin := conf.Manager.PIN
	if pin != "" {
		if manager, err = listen(conf.Manager.Listen, "manager.listen"); err != nil {
			return err
		}
		defer func() { _ = manager.Close() }()
		if pin, err = hideAway(c.Config, pin, log); err != nil {
			return err
		}
	}

	pages := &servers{done: make(chan struct{}), log: log}
	var customerPage, managerPage handler
	pages.serve(customer, &customerPage)
	if manager != nil {
		pages.serve(manager, &managerPage)
	}
	boxes, stop := stopAfter(ctx, pages)
	defer stop()
	return live(boxes, func() (*box, error) { return newBox(conf, feeding, log) }, func(b *box) error {
		customerPage.set(b.customer(pages.done))
		if manager != nil {
			h, err := b.manager(pin)
			if err != nil {
				return err
			}
			managerPage.set(h)
		}
		log.Info("ready", "terminal", conf.Identity().String(), "page", "http://"+conf.Panel.Listen+"/", "software", version)
		return nil
	})
}

// stopAfter is a context that ends after ctx has ended and the pages have
// stopped: no press is refused that was let in.
func stopAfter(ctx context.Context, pages *servers) (context.Context, func()) {
	boxes, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stopped := context.AfterFunc(ctx, func() {
		pages.stop()
		cancel()
	})
	return boxes, func() {
		if stopped() { // it ended by itself, not by ctx
			pages.stop()
		}
		cancel()
	}
}
