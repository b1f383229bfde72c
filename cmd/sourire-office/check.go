package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"sourire/cmd/internal/datadir"
	"sourire/sync/mqtt"
	"sourire/sync/office/sqlite"
)

type checkCommand struct {
	configFlag `embed:""`
}

// Run looks whether an office could work with its configuration. It changes
// nothing, and one may run meanwhile.
func (c checkCommand) Run(ctx context.Context) error {
	conf, err := c.load()
	if err != nil {
		return err
	}
	_, folder := datadir.Look(conf.Office.Data)
	running, lock := datadir.Taken(conf.Office.Data)
	err = errors.Join(folder, lock, checkStore(conf))
	if conf.Broker.URL != builtin {
		err = errors.Join(err, checkBroker(ctx, conf))
	}
	if !running {
		err = errors.Join(err, checkFree("office.listen", conf.Office.Listen))
		if conf.Broker.URL == builtin {
			err = errors.Join(err, checkFree("broker.listen", conf.Broker.Listen))
		}
	}
	if err != nil {
		return fmt.Errorf("to be put right:\n%w", err)
	}
	fmt.Printf("%s is for the chain %s; configuration, store and broker are in order\n", c.Config, conf.Office.Chain)
	return nil
}

// checkStore looks whether this program may serve the store, if there is one.
func checkStore(conf config) error {
	store, err := sqlite.OpenReader(conf.storePath())
	switch {
	case err == nil:
		return store.Close()
	case errors.Is(err, os.ErrNotExist), errors.Is(err, sqlite.ErrOlder): // made, or brought up to date, at the start
		return nil
	}
	return err
}

// checkBroker connects under another client id, so that a running office is not
// thrown off.
func checkBroker(ctx context.Context, conf config) error {
	options, err := brokerOptions(conf)
	if err != nil {
		return err
	}
	options.ClientID += "-check"
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	conn, err := mqtt.Dial(ctx, options)
	if err != nil {
		return fmt.Errorf("broker.url %s: %w: terminals keep what they have until it is there", conf.Broker.URL, err)
	}
	conn.Close()
	return nil
}

func checkFree(key, address string) error {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return fmt.Errorf("%s: %w: stop what uses it, or change the address", key, err)
	}
	return l.Close()
}
