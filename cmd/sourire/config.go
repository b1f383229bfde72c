package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"strings"

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
	if b.PasswordFile != "" {
		text, err := os.ReadFile(b.PasswordFile)
		if err != nil {
			return f, fmt.Errorf("%w: broker.password_file: %w", strict.ErrConfig, err)
		}
		f.Password = strings.TrimRight(string(text), "\r\n")
	}
	if b.OfficeKey != "" {
		pub, err := seal.ParsePublic(b.OfficeKey)
		if err != nil {
			return f, fmt.Errorf("%w: broker.office_key: %w", strict.ErrConfig, err)
		}
		f.OfficeKey = pub
	}
	var err error
	f.TLS, err = tlsConfig(b)
	return f, err
}

func tlsConfig(b config.Broker) (*tls.Config, error) {
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	if b.CA != "" {
		pem, err := os.ReadFile(b.CA)
		if err != nil {
			return nil, fmt.Errorf("%w: broker.ca: %w", strict.ErrConfig, err)
		}
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("%w: broker.ca: %w", strict.ErrConfig, errors.New(b.CA+" holds no certificate"))
		}
	}
	if b.Cert != "" {
		pair, err := tls.LoadX509KeyPair(b.Cert, b.Key)
		if err != nil {
			return nil, fmt.Errorf("%w: broker.cert and broker.key: %w", strict.ErrConfig, err)
		}
		c.Certificates = []tls.Certificate{pair}
	}
	return c, nil
}
