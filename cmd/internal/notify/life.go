package notify

import (
	"context"
	"strings"
	"sync"
	"time"
)

// life is the watch over one set of parts.
type life struct {
	service *Service
	status  func() string

	mu    sync.Mutex
	watch *watch
	hung  bool   // and it was said
	said  string // the latest status
}

// ask asks a part until it or ctx has ended.
func (l *life) ask(ctx context.Context, part string, ping Ping) {
	pace := time.NewTicker(l.service.every)
	defer pace.Stop()
	for ping(ctx) == nil {
		l.progress(ctx, part)
		select {
		case <-pace.C:
		case <-ctx.Done():
			return
		}
	}
}

func (l *life) progress(ctx context.Context, part string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if ctx.Err() != nil || !l.watch.progress(part, time.Now()) {
		return
	}
	state := "WATCHDOG=1"
	if l.service.becomeReady() {
		state += "\nREADY=1"
	}
	if status := l.status(); status != l.said {
		l.said = status
		state += "\n" + statusLine(status)
	}
	l.service.send(state)
	if l.hung {
		l.hung = false
		l.service.log.Info("progress again: the watchdog is fed")
	}
}

// notice names the parts that hang, before systemd ends the process for it.
func (l *life) notice(ctx context.Context) {
	pace := time.NewTicker(l.service.every)
	defer pace.Stop()
	for {
		select {
		case <-pace.C:
			l.mention()
		case <-ctx.Done():
			return
		}
	}
}

func (l *life) mention() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.hung || !l.watch.late(time.Now(), 3*l.service.every) {
		return
	}
	l.hung = true
	parts := strings.Join(l.watch.hanging(), ", ")
	l.said = "no progress: " + parts
	l.service.log.Error("no progress: the watchdog is not fed", "parts", parts)
	l.service.send(statusLine(l.said))
}
