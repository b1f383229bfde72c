package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/VictoriaMetrics/metrics"

	"sourire/device/clock"
	"sourire/device/config"
	"sourire/device/desk"
	"sourire/device/panel"
	"sourire/device/pin"
	"sourire/device/rules"
	"sourire/device/screen"
	"sourire/device/tap"
)

// servers are the pages' HTTP servers. They outlive a box.
type servers struct {
	done chan struct{} // closed when they begin to stop; ends the event streams
	all  []*http.Server
	log  *slog.Logger
}

func (s *servers) serve(l net.Listener, h http.Handler) {
	server := &http.Server{
		Handler: h, ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
		ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, IdleTimeout: time.Minute,
		MaxHeaderBytes: 16 << 10,
	}
	s.all = append(s.all, server)
	go func() {
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			s.log.Error("the pages have stopped", "address", l.Addr().String(), "error", err)
		}
	}()
}

// stop lets the presses under way be answered.
func (s *servers) stop() {
	close(s.done)
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	for _, server := range s.all {
		if err := server.Shutdown(ctx); err != nil {
			_ = server.Close()
		}
	}
}

// handler answers with the handler of the box that lives now, or of what stands
// in for it.
type handler struct {
	mu   sync.RWMutex
	next http.Handler
}

func (h *handler) set(next http.Handler) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.next = next
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.mu.RLock()
	next := h.next
	h.mu.RUnlock()
	if next == nil {
		http.Error(w, `{"error":"the terminal is starting"}`, http.StatusServiceUnavailable)
		return
	}
	next.ServeHTTP(w, r)
}

// customer is the customer's page of a box.
func (b *box) customer(done <-chan struct{}) http.Handler {
	return panel.New(panel.Config{
		Terminal: b.loop, Done: done, Log: b.log,
		Hosts:   hostsOf(b.config.Panel.Listen),
		Metrics: http.HandlerFunc(b.metrics),
	})
}

// customer is the customer's page where there is no box.
func (n *closed) customer(listen string, done <-chan struct{}, log *slog.Logger) http.Handler {
	return panel.New(panel.Config{Terminal: n, Done: done, Log: log, Hosts: hostsOf(listen)})
}

// manager is the manager's pages of a box.
func (b *box) manager(lock *pin.Lock) http.Handler {
	return desk.New(desk.Config{Book: book{b}, Lock: lock, Log: b.log, Hosts: hostsOf(b.config.Manager.Listen)})
}

func hostsOf(address string) []string {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil
	}
	return []string{host}
}

func (b *box) report() desk.Report {
	b.results.settle(b.boot, b.clock.Anchor())
	now := b.clock.Now()
	r := newReport(b.config, b.results, now)
	r.Text = b.config.Event("").Text
	r.State = stateOf(b.loop.Scene().Kind, closedNow(b.config, now))
	r.Health, r.Alerts = b.health(sysfs), b.alerts.shown()
	return r
}

// stateOf is what a terminal that shows a scene is to its manager.
func stateOf(shown screen.Kind, closed bool) screen.Kind {
	switch shown {
	case screen.OutOfOrder, screen.Starting, screen.Test, screen.Cleaning:
		return shown
	}
	if closed {
		return screen.Closed
	}
	return screen.Question // whatever comes after a press, the next one is taken
}

// newReport is what the journal alone can say.
func newReport(c config.Config, from *results, now clock.Reading) desk.Report {
	r := desk.Report{
		Name: c.Terminal.Store + " · " + c.Terminal.ID, ID: c.Identity().String(),
		Languages: c.Terminal.Languages, Staff: c.Survey.Audience == "staff", Now: now.Wall, Clock: now.Quality,
	}
	survey := c.Event("")
	r.Hours = len(c.Survey.Hours) > 0
	r.FollowUp = survey.FollowUp
	if survey.Targets != nil {
		r.Targets = *survey.Targets
	}
	for _, m := range c.Moments {
		r.Moments = append(r.Moments, momentOf(m, c.Location()))
	}
	if r.Staff {
		b := from.block(now.Wall)
		r.Spans, r.Final = []desk.Span{{Period: desk.Whole, Counts: b.Counts, From: b.From, To: b.To}}, from.final()
		return r
	}
	r.Spans, r.Opens = from.spans(now.Wall, now.Quality)
	return r
}

// momentOf is a critical moment. [config.Config.Check] has made sure of its days.
func momentOf(m config.Moment, loc *time.Location) desk.Moment {
	from, _ := time.ParseInLocation(time.DateOnly, m.From, loc)
	to, err := time.ParseInLocation(time.DateOnly, m.To, loc)
	if err != nil { // it is a day
		to = from
	}
	return desk.Moment{Name: m.Name, From: from, To: to}
}

// closedNow reports whether a press does not count any more, or not yet.
func closedNow(c config.Config, now clock.Reading) bool {
	hours, err := tap.ParseHours(c.Survey.Hours)
	return err == nil && rules.ClosedAt(hours, now.Wall, now.Quality)
}

func port(address string) string {
	_, p, err := net.SplitHostPort(address)
	if err != nil {
		return address
	}
	return p
}

// The gauges that check and status read back from a running terminal.
const (
	gaugeInfo      = "sourire_info" // labelled with who it is
	gaugeConfirmed = "sourire_watermark_seq"
	gaugeConnected = "sourire_broker_connected"
	gaugeBroken    = "sourire_out_of_order" // labelled with the part
)

// metrics is GET /metrics.
func (b *box) metrics(w http.ResponseWriter, _ *http.Request) {
	last, _ := b.journal.Last()
	confirmed, _ := b.journal.Watermark()
	counts := b.feed.Counts()
	w.Header().Set("Content-Type", "text/plain; version=0.0.4")
	metrics.WriteGaugeUint64(w, fmt.Sprintf("%s{terminal=%q}", gaugeInfo, b.config.Identity()), 1)
	metrics.WriteGaugeUint64(w, "sourire_last_seq", last)
	metrics.WriteGaugeUint64(w, gaugeConfirmed, confirmed)
	metrics.WriteGaugeUint64(w, gaugeConnected, boolGauge(counts.Connected))
	metrics.WriteGaugeUint64(w, "sourire_healthy", boolGauge(b.loop.Healthy() == nil))
	for _, part := range b.parts.faults() {
		metrics.WriteGaugeUint64(w, fmt.Sprintf("%s{part=%q}", gaugeBroken, part), 1)
	}
	metrics.WriteCounterUint64(w, "sourire_commits_total", b.journal.Commits())
	metrics.WriteCounterUint64(w, "sourire_batches_total", counts.Batches)
	metrics.WriteCounterUint64(w, "sourire_rejected_total", counts.Rejected)
	metrics.WriteCounterUint64(w, "sourire_stale_total", counts.Stale)
	metrics.WriteCounterUint64(w, "sourire_rewinds_total", counts.Rewinds)
	metrics.WriteGaugeUint64(w, "sourire_run_seconds", uint64(time.Since(b.started).Seconds()))
	metrics.WriteProcessMetrics(w)
}

func boolGauge(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}
