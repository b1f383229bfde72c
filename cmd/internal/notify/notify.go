// Package notify tells systemd how a service is: ready, stopping, and alive,
// which is to say that each of its vital parts makes progress. Without systemd
// it does nothing. See sd_notify(3).
package notify

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
)

// Ping asks a part for a sign of progress: it returns when the part has come
// round, hangs where the part does, and returns an error when the part or ctx
// has ended.
type Ping func(ctx context.Context) error

// unhurried is how often parts are asked where systemd has set no watchdog.
const unhurried = time.Minute

// Service is this process as systemd knows it. Its methods may be called from
// any goroutine.
type Service struct {
	send  func(state string)
	every time.Duration // between two questions to a part
	log   *slog.Logger

	mu    sync.Mutex
	ready bool
	end   context.CancelFunc // of the watch over the parts before
}

// New is this process, as its environment tells.
func New(log *slog.Logger) *Service {
	s := &Service{every: unhurried, log: log, end: func() {}}
	limit, err := daemon.SdWatchdogEnabled(false)
	if err != nil {
		log.Warn("the watchdog of systemd is not fed", "error", err)
	}
	if limit > 0 {
		s.every = limit / 6 // a part may be slow, and the watchdog is fed in time all the same
	}
	var once sync.Once
	s.send = func(state string) {
		if _, err := daemon.SdNotify(false, state); err != nil {
			once.Do(func() { log.Warn("systemd could not be told how the service is", "error", err) })
		}
	}
	return s
}

// Stopping says that the service ends.
func (s *Service) Stopping() { s.send("STOPPING=1\n" + statusLine("stopping")) }

// Alive feeds the watchdog once, before a stretch of work in which there are no
// parts to ask, such as opening a journal.
func (s *Service) Alive() { s.send("WATCHDOG=1") }

// Watch asks the parts for progress from now until ctx ends, and no others.
// When each has shown some, the service is ready. Each time that all have, the
// watchdog is fed, and status says how the service is; it may wait for the
// parts, but for nothing else.
func (s *Service) Watch(ctx context.Context, status func() string, parts map[string]Ping) {
	ctx, cancel := context.WithCancel(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.end()
	s.end = cancel
	l := &life{service: s, status: status, watch: newWatch(time.Now(), slices.Sorted(maps.Keys(parts)))}
	for name, ping := range parts {
		go l.ask(ctx, name, ping)
	}
	go l.notice(ctx)
}

// becomeReady is true the first time.
func (s *Service) becomeReady() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	first := !s.ready
	s.ready = true
	return first
}

// statusLine is one line whatever the text is: the next one would be an order.
func statusLine(text string) string {
	return "STATUS=" + strings.ReplaceAll(text, "\n", "; ")
}
