// Package desk is the manager's pages: what customers said, what to do about it,
// and what was done. They come from the terminal itself and work without a
// network.
//
// A page is what the template of its name makes of a view: texts in one
// language, with nothing left to count. Charts are drawn here, as SVG and as
// tables: the libraries there are draw in the browser with scripts (go-echarts),
// are not kept up any more (go-chart), or make pictures that say nothing to who
// cannot see (gonum/plot).
package desk

import (
	"log/slog"
	"net/http"
	"time"

	"sourire/device/pin"
	"sourire/device/web"
)

// Config is what the manager's pages are made of.
type Config struct {
	Book  Book
	Hosts []string         // host names to answer to besides the loopback's; see [web.Guard]
	Lock  *pin.Lock        // of the manager's PIN, which the view on the box has, too; nil: no login
	Clock func() time.Time // for sessions; nil: time.Now
	Log   *slog.Logger     // nil: discarded
}

type desk struct {
	Config
	sessions *sessions
}

// New returns the handler of /manager and what is below it.
func New(c Config) http.Handler {
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	c.Book = veiled{c.Book}
	d := &desk{c, newSessions(c.Clock)}
	mux := http.NewServeMux()
	read := func(path string, h http.HandlerFunc) {
		mux.Handle(path, web.Method(h, http.MethodGet, http.MethodHead))
	}
	read("/manager", d.seen("today", d.current))
	read("/manager/day/{id}", d.page("period", d.period(day)))
	read("/manager/week/{id}", d.page("period", d.period(week)))
	read("/manager/month/{id}", d.page("period", d.period(month)))
	read("/manager/moment/{id}", d.page("period", d.moment))
	read("/manager/day", d.page("period", d.period(day)))
	read("/manager/week", d.page("period", d.period(week)))
	read("/manager/when", d.page("when", d.when))
	read("/manager/why", d.page("why", d.why))
	read("/manager/actions", d.page("actions", d.actions))
	read("/manager/presses", d.page("presses", d.presses))
	read("/manager/moments", d.page("moments", d.moments))
	read("/manager/export", d.page("export", d.export))
	read("/manager/export/{file}", d.seen("export", d.file))
	read("/manager/report/day/{id}", d.page("poster", d.poster(day)))
	read("/manager/report/week/{id}", d.page("poster", d.poster(week)))
	mux.Handle("/manager/note", web.Method(d.form(d.note), http.MethodPost))
	mux.Handle("/manager/acknowledge", web.Method(d.form(d.acknowledge), http.MethodPost))
	mux.Handle("/manager/test", web.Method(d.form(d.test), http.MethodPost))
	mux.Handle("/manager/login", web.Method(d.login, http.MethodPost))
	mux.Handle("/manager/logout", web.Method(d.logout, http.MethodPost))
	read("/manager/static/{file...}", web.Static)
	read("/manager/face/{scale}/{file}", web.Face)
	read("/manager/{rest...}", d.page("nothing", nothing))
	mux.Handle("/{$}", http.RedirectHandler("/manager", http.StatusSeeOther))
	mux.HandleFunc("/", web.NotFound)
	return web.Guard(c.Hosts, mux)
}
