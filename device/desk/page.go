package desk

import (
	"bytes"
	"errors"
	"html/template"
	"net/http"
	"time"

	"golang.org/x/text/language"

	"sourire/assets"
	"sourire/device/screen"
	"sourire/device/tap"
	"sourire/device/web"
)

var pages = template.Must(template.ParseFS(assets.FS, "web/manager.html", "web/manager.*.html"))

// frame is what all pages have.
type frame struct {
	Lang     string
	Title    string
	Here     string // the page in the menu
	Locked   bool   // there is a PIN, so there is a way to lock
	Question string
	Name     string
	Well     bool   // no part of the box is out of order, and the time is known
	Health   string // the same in words: "All is well"
	Short    string // "✓ The terminal: all is well"
	Notices  []notice
	Problem  string // with a form

	r Report
}

// notice is what concerns every page: the terminal takes no presses, a part of
// it is out of order, or it does not know the time.
type notice struct {
	State string // for the style sheet
	Text  string
	More  string
	Parts []screen.Row // out of order
}

// T looks a text up.
func (f frame) T(key string) string { return assets.Text(f.Lang, key) }

// N writes a number as the language does.
func (f frame) N(n int) string { return assets.Textf(f.Lang, "box.number", n) }

// errNothing says that there is no such page; its text is for people.
type errNothing struct{ error }

// nothing is every page that there is not.
func nothing(_ *http.Request, f frame) (any, error) {
	return nil, errNothing{errors.New(f.T("manager.nothing.path"))}
}

// frameOf is the frame of a request.
func (d *desk) frameOf(r *http.Request, name string) frame {
	f := frame{Here: name, Locked: d.Lock != nil, r: d.Book.Report()}
	f.Lang = pick(r.Header.Get("Accept-Language"), f.r.Languages)
	f.Title = f.T("manager.page." + name)
	return f
}

// fill is what only who has shown the PIN may see.
func (f *frame) fill() {
	f.Name = f.r.Name
	f.Question, _ = screen.Scene{Kind: screen.Question, Text: f.r.Text}.Words(f.Lang)
	switch f.r.State {
	case screen.OutOfOrder, screen.Closed, screen.Starting, screen.Cleaning, screen.Test:
		key := "manager.state." + string(f.r.State)
		f.Notices = append(f.Notices, notice{State: string(f.r.State), Text: f.T(key), More: f.T(key + ".more"), Parts: f.r.Troubles(f.Lang)})
	}
	if f.r.State != screen.OutOfOrder && len(f.r.Faults) > 0 {
		f.Notices = append(f.Notices, notice{State: "fault", Text: f.T("manager.fault"), More: f.T("manager.fault.more"), Parts: f.r.Troubles(f.Lang)})
	}
	f.Well = f.r.State != screen.OutOfOrder && len(f.r.Faults) == 0 && f.r.Clock != tap.Unknown
	mark, key := "✓ ", "manager.box.well"
	if !f.Well {
		mark, key = "! ", "manager.box.see"
	}
	f.Health = upper(f.T(key))
	f.Short = mark + f.T("manager.box") + f.T("result.colon") + " " + f.T(key)
	if f.r.Clock == tap.Unknown {
		f.Notices = append(f.Notices, notice{State: "clock", Text: f.T("manager.clock"), More: f.T("manager.clock.more")})
	}
}

// page answers with the page of a name, and to who has not shown the PIN with
// the login.
func (d *desk) page(name string, view func(*http.Request, frame) (any, error)) http.HandlerFunc {
	return d.seen(name, func(w http.ResponseWriter, r *http.Request, f frame) {
		d.answer(w, r, f, http.StatusOK, name, view)
	})
}

// seen lets those through who have shown the PIN; the others get the login.
func (d *desk) seen(name string, next func(http.ResponseWriter, *http.Request, frame)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !d.in(r) {
			d.ask(w, r)
			return
		}
		f := d.frameOf(r, name)
		f.fill()
		next(w, r, f)
	}
}

func (d *desk) answer(w http.ResponseWriter, r *http.Request, f frame, status int, name string, view func(*http.Request, frame) (any, error)) {
	v, err := view(r, f)
	if no := (errNothing{}); errors.As(err, &no) {
		f.Title, f.Problem = f.T("manager.page.nothing"), no.Error()
		d.show(w, f.Lang, http.StatusNotFound, "nothing", f)
		return
	}
	if err != nil {
		d.Log.Error("manager's page not made", "page", name, "error", err)
		f.Title, f.Problem = f.T("manager.page.failed"), f.T("manager.failed.more")
		d.show(w, f.Lang, http.StatusInternalServerError, "nothing", f)
		return
	}
	d.show(w, f.Lang, status, name, v)
}

// show renders a page in a language.
func (d *desk) show(w http.ResponseWriter, lang string, status int, name string, v any) {
	var b bytes.Buffer
	if err := pages.ExecuteTemplate(&b, name, v); err != nil {
		d.Log.Error("manager's page not made", "page", name, "error", err)
		web.Fail(w, http.StatusInternalServerError, "the page could not be made; the log says why")
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", lang)
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

// when is the time of day, with the date if it is not today's.
func (f frame) when(t time.Time) string {
	t = t.In(f.r.Now.Location())
	if dayOf(f.r.Now).has(t) {
		return t.Format(f.T("manager.time"))
	}
	return t.Format(f.T("manager.date"))
}
