// Package desk is the manager's pages: what customers said, what to do about it,
// and what was done. They come from the terminal itself and work without a
// network.
package desk

import (
	"bytes"
	"html/template"
	"log/slog"
	"net/http"
	"time"

	"golang.org/x/text/language"

	"sourire/assets"
	"sourire/device/web"
)

var pageOf = template.Must(template.ParseFS(assets.FS, "web/manager.html"))

// Config is what the manager's pages are made of.
type Config struct {
	Report func() Report
	Hosts  []string         // as in Config
	PIN    string           // an argon2id hash ("$argon2id$…"; see HashPIN); empty: no login
	Clock  func() time.Time // for sessions and waits; nil: time.Now
	Log    *slog.Logger     // nil: discarded
}

type desk struct {
	Config
	lock *lock // nil without a PIN
}

// New returns the handler of /manager and what is below it. It errs
// where the PIN is not a hash.
func New(c Config) (http.Handler, error) {
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	d := &desk{Config: c}
	if c.PIN != "" {
		l, err := newLock(c.PIN, c.Clock)
		if err != nil {
			return nil, err
		}
		d.lock = l
	}
	mux := http.NewServeMux()
	mux.Handle("/manager", web.Method(d.page, http.MethodGet, http.MethodHead))
	mux.Handle("/manager/login", web.Method(d.login, http.MethodPost))
	mux.Handle("/manager/logout", web.Method(d.logout, http.MethodPost))
	mux.Handle("/manager/static/{file...}", web.Method(web.Static, http.MethodGet, http.MethodHead))
	mux.Handle("/manager/face/{scale}/{file}", web.Method(web.Face, http.MethodGet, http.MethodHead))
	mux.Handle("/{$}", http.RedirectHandler("/manager", http.StatusSeeOther))
	mux.HandleFunc("/", web.NotFound)
	return web.Guard(c.Hosts, mux), nil
}

// page is GET /manager: the results, or the login.
func (d *desk) page(w http.ResponseWriter, r *http.Request) {
	if d.lock != nil && !d.lock.open(r) {
		d.show(w, r, http.StatusUnauthorized, view{Login: true})
		return
	}
	d.show(w, r, http.StatusOK, view{})
}

// show renders the page in the browser's language.
func (d *desk) show(w http.ResponseWriter, r *http.Request, status int, v view) {
	report := d.Report()
	v.Lang = pick(r.Header.Get("Accept-Language"), report.Languages)
	v.Locked = d.lock != nil
	if !v.Login {
		v.fill(report)
	}
	var b bytes.Buffer
	if err := pageOf.Execute(&b, v); err != nil {
		d.Log.Error("manager's page not made", "err", err)
		web.Fail(w, http.StatusInternalServerError, "the page could not be made; the log says why")
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", v.Lang)
	h.Set("Vary", "Accept-Language, Cookie")
	h.Set("Cache-Control", "no-store")
	// A form of a page without a referrer is sent with no Origin, either.
	h.Set("Referrer-Policy", "same-origin")
	w.WriteHeader(status)
	w.Write(b.Bytes())
}

// pick chooses one of our languages for what a browser accepts; the store's
// first where it accepts none of them.
func pick(accept string, store []string) string {
	ours := assets.Languages()
	fallback := assets.DefaultLanguage
	if len(store) > 0 {
		fallback = store[0]
	}
	wanted, _, err := language.ParseAcceptLanguage(accept)
	if err != nil || len(wanted) == 0 {
		return fallback
	}
	tags := make([]language.Tag, len(ours))
	for i, lang := range ours {
		tags[i] = language.Make(lang)
	}
	if _, i, confidence := language.NewMatcher(tags).Match(wanted...); confidence != language.No {
		return ours[i]
	}
	return fallback
}
