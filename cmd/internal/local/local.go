// Package local lets a command speak to the process that works in a data
// folder: HTTP over a Unix socket that is no file, and so is in nobody's way when
// the folder is copied. Root may ask, and the user whose process it is.
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
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Serve answers requests for the folder dir until the returned function is
// called, which waits for those under way, but not long. The caller holds the
// lock on dir.
func Serve(dir string, h http.Handler, log *slog.Logger) (stop func(), err error) {
	address, _, err := addressOf(dir)
	if err != nil {
		return nil, err
	}
	ln, err := net.Listen("unix", address)
	if err != nil {
		return nil, fmt.Errorf("listen for commands: %w", err)
	}
	s := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug)}
	go func() {
		if err := s.Serve(guarded{ln, os.Geteuid()}); !errors.Is(err, http.ErrServerClosed) {
			log.Warn("commands are not heard any more", "error", err)
		}
	}()
	return func() {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		if s.Shutdown(ctx) != nil {
			_ = s.Close()
		}
	}, nil
}

// guarded lets in who may ask.
type guarded struct {
	net.Listener
	user int
}

func (g guarded) Accept() (net.Conn, error) {
	for {
		conn, err := g.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if who, err := peer(conn); err == nil && (who == 0 || who == g.user) {
			return conn, nil
		}
		_ = conn.Close()
	}
}

// ErrNotAllowed is returned to a user who may not ask.
var ErrNotAllowed = errors.New("ask as root, or as the user that the folder belongs to")

// Post sends a request to the process that works in dir.
func Post(ctx context.Context, dir, path string, body io.Reader) (*http.Response, error) {
	address, owner, err := addressOf(dir)
	if err != nil {
		return nil, err
	}
	if me := os.Geteuid(); me != 0 && me != owner {
		return nil, fmt.Errorf("%s: %w", dir, ErrNotAllowed)
	}
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, "unix", address)
		if err != nil {
			return nil, err
		}
		// Anybody may have taken the name first.
		if who, err := peer(conn); err != nil || who != owner {
			return nil, errors.Join(fmt.Errorf("user %d answers for %s", who, dir), err, conn.Close())
		}
		return conn, nil
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://local"+path, body)
	if err != nil {
		return nil, err
	}
	return (&http.Client{Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true}}).Do(req)
}

// addressOf is the socket of a folder, however that is called, and the user that
// the folder belongs to.
func addressOf(dir string) (address string, owner int, err error) {
	info, err := os.Stat(dir)
	if err != nil {
		return "", 0, err
	}
	s, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return "", 0, fmt.Errorf("%s: it has no number", dir)
	}
	return fmt.Sprintf("@sourire-%d-%d", s.Dev, s.Ino), int(s.Uid), nil
}

// peer is the user at the other end.
func peer(conn net.Conn) (uid int, err error) {
	raw, err := conn.(syscall.Conn).SyscallConn()
	if err != nil {
		return 0, err
	}
	wrong := raw.Control(func(fd uintptr) {
		var who *unix.Ucred
		if who, err = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED); err == nil {
			uid = int(who.Uid)
		}
	})
	return uid, errors.Join(wrong, err)
}
