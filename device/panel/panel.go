// Package panel is the terminal in a browser: a touch screen at the exit, or a
// trial without hardware.
//
// The page keeps no press: it sends one to the [Terminal], shows that it was
// felt, and says thank you only after the answer, which comes after the commit.
package panel

import (
	"bytes"
	"context"
	"image"
	"image/png"
	"log/slog"
	"net/http"

	"sourire/device/press"
	"sourire/device/screen"
	"sourire/device/web"
)

// Terminal is what the panel shows and sends presses to.
type Terminal interface {
	// Press hands over a press of a button (0 is the worst) in a language ("fr";
	// empty where the customer did not choose one), and the scene that was touched
	// (empty: whatever is shown now). It answers after the commit. The errors
	// are [press.ErrNoButton] and [press.ErrNotStored], wrapped; any
	// other counts as not stored.
	Press(ctx context.Context, button int, lang string, on screen.Kind) (press.Answer, error)

	// Gesture is a touch that answers nothing: more time, enough of this, the
	// manager's view. What comes of it is shown.
	Gesture(ctx context.Context, g press.Gesture) error

	// Scene is what is shown now.
	Scene() screen.Scene

	// Watch sends the scene after each change. A slow reader gets the latest
	// only. The channel is closed when ctx ends.
	Watch(ctx context.Context) <-chan screen.Scene

	// Healthy is nil while presses can be committed, broker or not. It has to
	// find out by itself that they can be again: while it errs, the page takes
	// no presses.
	Healthy() error
}

// Config is what a panel is made of.
type Config struct {
	Terminal Terminal
	Hosts    []string        // host names to answer to besides the loopback's; see [web.Guard]
	Done     <-chan struct{} // closed when the server begins to stop; ends the event streams
	Metrics  http.Handler    // answers GET /metrics; nil: 404
	Display  image.Point     // size of /api/display.png in pixels; zero: 800 x 480
	Log      *slog.Logger    // nil: discarded
}

type panel struct{ Config }

// New returns the handler of the customer's page and its API. Mount it at the
// root of a host.
func New(c Config) http.Handler {
	if c.Display == (image.Point{}) {
		c.Display = image.Pt(800, 480)
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	p := &panel{c}
	mux := http.NewServeMux()
	mux.Handle("/{$}", web.Method(p.page, http.MethodGet, http.MethodHead))
	mux.Handle("/static/{file...}", web.Method(web.Static, http.MethodGet, http.MethodHead))
	mux.Handle("/face/{scale}/{file}", web.Method(web.Face, http.MethodGet, http.MethodHead))
	mux.Handle("/worker.js", web.Method(worker, http.MethodGet, http.MethodHead))
	mux.Handle("/api/press", web.Method(p.press, http.MethodPost))
	for _, g := range []press.Gesture{press.More, press.End, press.Wake, press.Service} {
		mux.Handle("/api/"+string(g), web.Method(p.gesture(g), http.MethodPost))
	}
	mux.Handle("/api/display.png", web.Method(p.display, http.MethodGet, http.MethodHead))
	mux.Handle("/api/events", web.Method(p.events, http.MethodGet))
	mux.Handle("/healthz", web.Method(p.health, http.MethodGet, http.MethodHead))
	if c.Metrics != nil {
		mux.Handle("/metrics", web.Method(c.Metrics.ServeHTTP, http.MethodGet, http.MethodHead))
	}
	mux.HandleFunc("/", web.NotFound)
	return web.Guard(c.Hosts, mux)
}

// display is GET /api/display.png: the frame now on the display.
func (p *panel) display(w http.ResponseWriter, _ *http.Request) {
	var b bytes.Buffer
	if err := png.Encode(&b, screen.Draw(p.Terminal.Scene(), p.Display)); err != nil {
		p.Log.Error("display not drawn", "err", err)
		web.Fail(w, http.StatusInternalServerError, "the display could not be drawn; the log says why")
		return
	}
	w.Header().Set("Content-Type", "image/png")
	w.Header().Set("Cache-Control", "no-store")
	w.Write(b.Bytes())
}

// health is GET /healthz.
func (p *panel) health(w http.ResponseWriter, _ *http.Request) {
	if err := p.Terminal.Healthy(); err != nil {
		web.Fail(w, http.StatusServiceUnavailable, "presses cannot be stored: "+err.Error())
		return
	}
	web.Reply(w, http.StatusOK, map[string]string{"status": "ok"})
}
