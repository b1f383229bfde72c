package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"sourire/cmd/internal/credentials"
	"sourire/cmd/internal/datadir"
	"sourire/cmd/internal/local"
	"sourire/cmd/internal/notify"
	"sourire/sync/broker"
	"sourire/sync/durable"
	"sourire/sync/mqtt"
	"sourire/sync/office"
	"sourire/sync/office/link"
	"sourire/sync/office/sqlite"
)

type serveCommand struct {
	configFlag `embed:""`
}

// Run is head office until ctx ends.
func (c serveCommand) Run(ctx context.Context, log *slog.Logger) (err error) {
	conf, err := c.load()
	if err != nil {
		return err
	}
	unlock, err := datadir.Lock(conf.Office.Data)
	if err != nil {
		return err
	}
	defer unlock()
	key, err := durable.Key(filepath.Join(conf.Office.Data, "office.key"))
	if err != nil {
		return err
	}
	store, err := sqlite.Open(conf.storePath())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	pages, err := net.Listen("tcp", conf.Office.Listen)
	if err != nil {
		return fmt.Errorf("office.listen: %w", err)
	}
	defer pages.Close()

	out := link.New(conf.Office.Chain, log)
	o, err := office.New(office.Config{
		Chain: conf.Office.Chain, Store: store, Key: key, Publish: out.Publish, Log: log, Hosts: hosts(),
	})
	if err != nil {
		return err
	}
	defer o.Close()

	if stop, err := local.Serve(conf.Office.Data, requests(o), log); err != nil {
		log.Warn("files cannot be imported while the office runs", "err", err)
	} else {
		defer stop()
	}

	var receive func(context.Context) error
	if conf.Broker.URL == builtin {
		receive, err = serveBroker(conf, o, out, log)
	} else {
		receive, err = dialBroker(conf, o, out)
	}
	if err != nil {
		return err
	}
	service := notify.New(log)
	defer context.AfterFunc(ctx, service.Stopping)()
	service.Watch(ctx, func() string { return "receives for " + conf.Office.Chain }, map[string]notify.Ping{"store": o.Ping})
	log.Info("head office", "chain", conf.Office.Chain, "pages", "http://"+pages.Addr().String(), "broker", conf.Broker.URL)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	served := make(chan error, 1)
	go func() {
		defer cancel()
		served <- serveHTTP(ctx, pages, o.Handler())
	}()
	err = receive(ctx)
	cancel()
	return errors.Join(err, <-served)
}

// hosts are the names of this machine.
func hosts() []string {
	name, err := os.Hostname()
	if err != nil {
		return nil
	}
	name = strings.ToLower(name)
	short, _, _ := strings.Cut(name, ".")
	return []string{name, short, short + ".local"}
}

// serveHTTP serves until ctx ends, and lets requests under way finish.
func serveHTTP(ctx context.Context, ln net.Listener, h http.Handler) error {
	s := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10}
	stop := context.AfterFunc(ctx, func() {
		late, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_ = s.Shutdown(late) // what is not finished by then is cut
	})
	defer stop()
	if err := s.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve pages: %w", err)
	}
	return nil
}

// serveBroker starts a broker of the office's own.
func serveBroker(conf config, o *office.Office, out *link.Link, log *slog.Logger) (func(context.Context) error, error) {
	b, err := broker.Start(broker.Config{Listen: conf.Broker.Listen, Chain: conf.Office.Chain, OnPublish: o.Ingest, Log: log})
	if err != nil {
		return nil, fmt.Errorf("broker.listen: %w", err)
	}
	if err := o.Announce(); err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return func(ctx context.Context) error {
		err := out.Drain(ctx, func(_ context.Context, p office.Publication) error {
			return b.Publish(p.Topic, p.Payload, p.Retain)
		})
		if ctx.Err() != nil {
			err = nil
		}
		return errors.Join(err, b.Close())
	}, nil
}

// dialBroker makes ready to receive from a broker elsewhere.
func dialBroker(conf config, o *office.Office, out *link.Link) (func(context.Context) error, error) {
	options, err := brokerOptions(conf)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context) error { return out.Receive(ctx, options, o) }, nil
}

// brokerOptions is how the office connects.
func brokerOptions(conf config) (mqtt.Options, error) {
	password, err := credentials.Password(conf.Broker.PasswordFile)
	if err != nil {
		return mqtt.Options{}, err
	}
	tls, err := credentials.TLS(conf.Broker.CA, conf.Broker.Cert, conf.Broker.Key)
	return mqtt.Options{
		URL: conf.Broker.URL, TLS: tls, ClientID: conf.Office.Chain + "-office",
		Username: conf.Broker.Username, Password: password,
	}, err
}
