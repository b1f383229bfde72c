package panel

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"sourire/device/screen"
)

// scenes reads the kinds of the scenes that a stream sends.
func scenes(t *testing.T, body *bufio.Scanner) func() screen.Kind {
	return func() screen.Kind {
		t.Helper()
		for body.Scan() {
			data, ok := strings.CutPrefix(body.Text(), "data: ")
			if !ok || data == "yes" {
				continue
			}
			var v view
			if err := json.Unmarshal([]byte(data), &v); err != nil {
				t.Fatal(err)
			}
			return v.Kind
		}
		t.Fatalf("the stream ended: %v", body.Err())
		return ""
	}
}

func TestEvents(t *testing.T) {
	f := newFake()
	done := make(chan struct{})
	srv := httptest.NewServer(New(Config{Terminal: f, Done: done}))
	defer srv.Close()
	resp, err := http.Get(srv.URL + "/api/events")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if ct := resp.Header.Get("Content-Type"); ct != "text/event-stream" {
		t.Errorf("content type %q", ct)
	}
	body := bufio.NewScanner(resp.Body)
	next := scenes(t, body)
	if kind := next(); kind != screen.Question {
		t.Errorf("first scene %q", kind)
	}
	scene := f.Scene()
	f.show(scene) // no change, so no event
	for _, kind := range []screen.Kind{screen.Thanks, screen.OutOfOrder, screen.Question} {
		scene.Kind = kind
		f.show(scene)
		if got := next(); got != kind {
			t.Errorf("got %q, want %q", got, kind)
		}
	}

	// The server stops although a page is open.
	close(done)
	for body.Scan() {
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if err := srv.Config.Shutdown(ctx); err != nil {
		t.Errorf("shutdown with an open stream: %v", err)
	}
}

// A server's timeouts are meant for requests: a stream outlives them, and
// shows that it is alive.
func TestEventsOutliveTimeouts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		here, there := net.Pipe()
		conns := make(chan net.Conn, 1)
		conns <- there
		srv := &http.Server{Handler: New(Config{Terminal: newFake()}), ReadTimeout: time.Second, WriteTimeout: time.Second}
		go func() { _ = srv.Serve(&listener{conns: conns, closed: make(chan struct{})}) }()
		defer srv.Close()

		if _, err := io.WriteString(here, "GET /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		body := bufio.NewScanner(here)
		for beats := 0; beats < 3; {
			if !body.Scan() {
				t.Fatalf("the stream ended after %v", time.Since(began))
			}
			if body.Text() == "event: alive" {
				beats++
			}
		}
		if quiet := time.Since(began); quiet != 3*heartbeat {
			t.Errorf("three heartbeats in %v, want %v", quiet, 3*heartbeat)
		}
		here.Close()
	})
}

// listener hands out connections that a test has made.
type listener struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (l *listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *listener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

func (l *listener) Addr() net.Addr { return &net.TCPAddr{} }
