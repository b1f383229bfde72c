// Package local lets a command speak to the process that works in a data
// folder: HTTP over a socket in it. Who may write the folder may ask.
package local

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

const socket = "socket"

// Serve answers requests in dir until the returned function is called, which
// waits for those under way, but not long. The caller holds the lock on dir.
func Serve(dir string, h http.Handler, log *slog.Logger) (stop func(), err error) {
	ln, err := listen(dir)
	if err != nil {
		return nil, fmt.Errorf("listen for commands in %s: %w", dir, err)
	}
	s := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug)}
	go func() {
		if err := s.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
			log.Warn("commands are not heard any more", "error", err)
		}
	}()
	return func() {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		if s.Shutdown(ctx) != nil {
			_ = s.Close()
		}
		_ = os.Remove(filepath.Join(dir, socket)) // or else the next to listen does
	}, nil
}

func listen(dir string) (net.Listener, error) {
	// What a killed process left behind is in the way.
	if err := os.Remove(filepath.Join(dir, socket)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	var ln net.Listener
	err := at(dir, func(path string) (err error) {
		if ln, err = net.Listen("unix", path); err != nil {
			return err
		}
		ln.(*net.UnixListener).SetUnlinkOnClose(false) // path means nothing any more then
		return os.Chmod(filepath.Join(dir, socket), 0o600)
	})
	if err != nil && ln != nil {
		err = errors.Join(err, ln.Close())
	}
	return ln, err
}

// Post sends a request to the process that works in dir.
func Post(ctx context.Context, dir, path string, body io.Reader) (*http.Response, error) {
	dial := func(ctx context.Context, _, _ string) (conn net.Conn, err error) {
		err = at(dir, func(path string) (err error) {
			conn, err = new(net.Dialer).DialContext(ctx, "unix", path)
			return err
		})
		return conn, err
	}
	transport := &http.Transport{DialContext: dial, DisableKeepAlives: true}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://local"+path, body)
	if err != nil {
		return nil, err
	}
	res, err := (&http.Client{Transport: transport}).Do(req)
	if errors.Is(err, os.ErrPermission) {
		err = fmt.Errorf("%w: ask as root, or as the user that %s belongs to", err, dir)
	}
	return res, err
}

// at calls use with a path of the socket that fits into an address, which has
// 107 bytes, however long dir is.
func at(dir string, use func(path string) error) error {
	fd, err := unix.Open(dir, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return &os.PathError{Op: "open", Path: dir, Err: err}
	}
	defer func() { _ = unix.Close(fd) }()
	return use(fmt.Sprintf("/proc/self/fd/%d/%s", fd, socket))
}
