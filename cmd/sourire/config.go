package main

import (
	"fmt"

	"sourire/cmd/internal/credentials"
	"sourire/cmd/internal/strict"
	"sourire/device/config"
	"sourire/sync/feed"
	"sourire/sync/seal"
)

// configFlag is the flag that every command but demo has.
type configFlag struct {
	Config string `default:"/etc/sourire/terminal.toml" placeholder:"FILE" help:"Configuration file (${default})."`
}

// load reads and checks the configuration.
func (f configFlag) load() (config.Config, error) {
	c := config.Default()
	if err := strict.Load(f.Config, &c); err != nil {
		return c, err
	}
	if err := c.Check(); err != nil {
		return c, fmt.Errorf("%w: %s:\n%w", strict.ErrConfig, f.Config, err)
	}
	return c, nil
}

// feedConfig is how the feed reaches the broker: what stands in the
// configuration, and the files that it names.
func feedConfig(b config.Broker) (feed.Config, error) {
	f := feed.Config{URL: b.URL, Username: b.Username, Puback: b.Confirm == "puback"}
	var err error
	if f.Password, err = credentials.Password(b.PasswordFile); err != nil {
		return f, err
	}
	if f.TLS, err = credentials.TLS(b.CA, b.Cert, b.Key); err != nil {
		return f, err
	}
	if b.OfficeKey != "" {
		if f.OfficeKey, err = seal.ParsePublic(b.OfficeKey); err != nil {
			return f, fmt.Errorf("%w: broker.office_key: %w", strict.ErrConfig, err)
		}
	}
	return f, nil
}
