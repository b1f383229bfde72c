package main

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"path/filepath"

	"sourire/cmd/internal/strict"
	deviceconfig "sourire/device/config"
	"sourire/device/tap"
)

const builtin = "builtin" // the broker.url of a broker of the office's own

// config is the office's file.
type config struct {
	Office struct {
		Chain  string `toml:"chain"`
		Data   string `toml:"data"`
		Listen string `toml:"listen"`
	} `toml:"office"`
	Broker struct {
		URL          string `toml:"url"`
		Listen       string `toml:"listen"`
		Username     string `toml:"username"`
		PasswordFile string `toml:"password_file"`
		CA           string `toml:"ca"`
		Cert         string `toml:"cert"`
		Key          string `toml:"key"`
	} `toml:"broker"`
	Store struct {
		URL string `toml:"url"`
	} `toml:"store"`
}

// configFlag is the flag that every command has.
type configFlag struct {
	Config string `default:"/etc/sourire/office.toml" placeholder:"FILE" help:"The office's file (${default})."`
}

func (f configFlag) load() (config, error) {
	var c config
	c.Office.Listen = "127.0.0.1:8090"
	c.Store.URL = "sqlite"
	if err := strict.Load(f.Config, &c); err != nil {
		return c, err
	}
	if err := c.check(); err != nil {
		return c, fmt.Errorf("%w: %s: %w", strict.ErrConfig, f.Config, err)
	}
	return c, nil
}

// check finds all that is wrong, and sets the defaults that depend on a value.
func (c *config) check() error {
	var errs []error
	wrong := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if !tap.ValidID(c.Office.Chain) {
		wrong("office.chain is %q: give 1 to 20 of a-z, 0-9, _ and -, the first a letter or a digit", c.Office.Chain)
	}
	if c.Office.Data == "" {
		wrong("office.data is missing: name a folder for the store and the key")
	}
	if !isAddress(c.Office.Listen) {
		wrong("office.listen is %q: give host:port, with a port of 1 to 65535", c.Office.Listen)
	}
	if c.Store.URL != "sqlite" {
		wrong("store.url is %q: only sqlite is there", c.Store.URL)
	}
	b := &c.Broker
	if b.URL == builtin {
		if b.Listen == "" {
			b.Listen = "127.0.0.1:1883"
		}
		if !isAddress(b.Listen) {
			wrong("broker.listen is %q: give host:port, with a port of 1 to 65535", b.Listen)
		}
		return errors.Join(errs...)
	}
	u, err := url.Parse(b.URL)
	switch {
	case b.URL == "":
		wrong(`broker.url is missing: give "tcp://host:1883", "tls://host:8883" or "builtin"`)
	case err != nil || u.Scheme != "tcp" && u.Scheme != "tls" || u.Hostname() == "" || !deviceconfig.ValidPort(u.Port()):
		wrong(`broker.url is %q: give "tcp://host:port", "tls://host:port", with a port of 1 to 65535, or "builtin"`, b.URL)
	case u.Scheme == "tcp" && b.CA+b.Cert+b.Key != "":
		wrong("broker.ca, cert and key are for tls://, but broker.url is %q", b.URL)
	}
	if b.Listen != "" {
		wrong(`broker.listen is for url = "builtin", but broker.url is %q`, b.URL)
	}
	if (b.Cert == "") != (b.Key == "") {
		wrong("broker.cert and broker.key belong together: give both or none")
	}
	return errors.Join(errs...)
}

func isAddress(text string) bool {
	_, port, err := net.SplitHostPort(text)
	return err == nil && deviceconfig.ValidPort(port)
}

func (c *config) storePath() string { return filepath.Join(c.Office.Data, "office.db") }
