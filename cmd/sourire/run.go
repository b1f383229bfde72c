package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"

	"sourire/cmd/internal/local"
	"sourire/cmd/internal/notify"
	"sourire/device/clock"
	"sourire/device/pin"
	"sourire/sync/journal"
)

type runCommand struct {
	configFlag `embed:""`
}

// Run is the terminal, until it is told to stop. systemd hears that it is ready
// when presses can be taken: also where each would be answered by out of order.
func (c runCommand) Run(ctx context.Context, log *slog.Logger) error {
	conf, err := c.load()
	if err != nil {
		return err
	}
	feeding, err := feedConfig(conf.Broker)
	if err != nil {
		return err
	}
	data := hold{dir: conf.Terminal.Data}
	if err := data.take(); err != nil && !errors.Is(err, journal.ErrUnavailable) {
		return err
	}
	defer data.release()

	customer, err := listen(conf.Panel.Listen, "panel.listen")
	if err != nil {
		return err
	}
	defer func() { _ = customer.Close() }()
	var manager net.Listener
	var lock *pin.Lock
	if conf.Manager.PIN != "" {
		if manager, err = listen(conf.Manager.Listen, "manager.listen"); err != nil {
			return err
		}
		defer func() { _ = manager.Close() }()
		if lock, err = lockOf(c.Config, conf, log); err != nil {
			return err
		}
	}

	var requests handler
	if stop, err := local.Serve(conf.Terminal.Data, &requests, log); err != nil {
		log.Warn("an export will not be noted in the journal", "error", err)
	} else {
		defer stop()
	}
	pages := &servers{done: make(chan struct{}), log: log}
	var customerPage, managerPage handler
	pages.serve(customer, &customerPage)
	if manager != nil {
		pages.serve(manager, &managerPage)
	}
	boxes, stop := stopAfter(ctx, pages)
	defer stop()
	service := notify.New(log)
	defer context.AfterFunc(ctx, service.Stopping)()
	now := clock.New(clock.Machine{}, conf.Location())
	show := func(b *box) error {
		b.attend(lock)
		if manager != nil {
			managerPage.set(b.manager(lock))
		}
		requests.set(b.requests())
		customerPage.set(b.customer(pages.done)) // the last: who sees it may take all for up
		service.Watch(boxes, b.state, b.vital())
		log.Info("ready", "terminal", conf.Identity().String(), "page", "http://"+conf.Panel.Listen+"/", "software", version)
		return nil
	}
	return stage{
		open: func() (*box, error) {
			service.Alive() // the box before, if there was one, has ended
			if err := data.take(); err != nil {
				return nil, err
			}
			return newBox(conf, feeding, now, log)
		},
		show: show,
		close: func(n *closed) {
			customerPage.set(n.customer(conf.Panel.Listen, pages.done, log))
			managerPage.set(nil)
			requests.set(nil)
			n.parts.Go(func() { showOn(n.over, conf.Board, n.Watch(n.over), func(error) {}) })
			service.Watch(boxes, n.state, map[string]notify.Ping{"start": n.Ping})
		},
		log: log,
	}.live(boxes, conf)
}

// vital are the parts without which no press is taken. A display, lights and a
// broker are not: those may hang.
func (b *box) vital() map[string]notify.Ping {
	vital := map[string]notify.Ping{"loop": b.loop.Ping, "journal": b.journal.Ping}
	if b.parts.buttons != nil {
		vital[partButtons] = b.parts.buttons.Ping
	}
	return vital
}

// state is the box in a line, for whoever asks systemd.
func (b *box) state() string {
	if err := b.loop.Healthy(); err != nil {
		return "out of order: " + err.Error()
	}
	last, _ := b.journal.Last()
	confirmed, _ := b.journal.Watermark()
	broken := ""
	if parts := b.faults(); len(parts) > 0 {
		broken = "; out of order: " + strings.Join(parts, ", ")
	}
	return fmt.Sprintf("takes presses%s; %d events wait for head office", broken, last-confirmed)
}

// state is the same where there is no box.
func (n *closed) state() string { return "out of order: " + n.why.Error() }

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
