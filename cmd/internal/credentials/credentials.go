// Package credentials reads the files by which a broker knows us, and we it.
// Its errors wrap [strict.ErrConfig] and name the key of the configuration.
package credentials

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"sourire/cmd/internal/strict"
)

// Password reads the first line of broker.password_file; empty where none is
// named.
func Password(file string) (string, error) {
	if file == "" {
		return "", nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return "", unreadable("broker.password_file", err)
	}
	return strings.TrimRight(string(text), "\r\n"), nil
}

// TLS is how to speak to a broker at tls://: broker.ca, the authority to trust
// instead of the system's, and broker.cert with broker.key, which say who we
// are. Each may be empty.
func TLS(ca, cert, key string) (*tls.Config, error) {
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	if ca != "" {
		pem, err := os.ReadFile(ca)
		if err != nil {
			return nil, unreadable("broker.ca", err)
		}
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("%w: broker.ca: %s holds no certificate: give one in PEM form, -----BEGIN CERTIFICATE-----", strict.ErrConfig, ca)
		}
	}
	if cert != "" {
		pair, err := tls.LoadX509KeyPair(cert, key)
		var file *fs.PathError
		if errors.As(err, &file) {
			return nil, unreadable("broker.cert and broker.key", err)
		}
		if err != nil {
			return nil, fmt.Errorf("%w: broker.cert and broker.key: %w: give a certificate and the key that it was made with, in PEM form", strict.ErrConfig, err)
		}
		c.Certificates = []tls.Certificate{pair}
	}
	return c, nil
}

func unreadable(key string, err error) error {
	return fmt.Errorf("%w: %s: %w: put the file there and let this user read it, or correct the name", strict.ErrConfig, key, err)
}
