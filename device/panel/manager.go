package panel

import (
	"bytes"
	"html/template"
	"log/slog"
	"net/http"
	"time"

	"golang.org/x/text/language"

	"sourire/assets"
)

var managerPage = template.Must(template.ParseFS(assets.FS, "web/manager.html"))

// ManagerConfig is what the manager's pages are made of.
type ManagerConfig struct {
	Report func() Report
	Hosts  []string         // as in Config
	PIN    string           // an argon2id hash ("$argon2id$…"; see HashPIN); empty: no login
	Clock  func() time.Time // for sessions and waits; nil: time.Now
	Log    *slog.Logger     // nil: discarded
}

type manager struct {
	ManagerConfig
	lock *lock // nil without a PIN
}

// NewManager returns the handler of /manager and what is below it. It errs
// where the PIN is not a hash.
func NewManager(c ManagerConfig) (http.Handler, error) {
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	m := &manager{ManagerConfig: c}
	if c.PIN != "" {
		l, err := newLock(c.PIN, c.Clock)
		if err != nil {
			return nil, err
		}
		m.lock = l
	}
	mux := http.NewServeMux()
	mux.Handle("/manager", method(m.page, http.MethodGet, http.MethodHead))
	mux.Handle("/manager/login", method(m.login, http.MethodPost))
	mux.Handle("/manager/logout", method(m.logout, http.MethodPost))
	mux.Handle("/manager/static/{file...}", method(static, http.MethodGet, http.MethodHead))
	mux.Handle("/manager/face/{scale}/{file}", method(face, http.MethodGet, http.MethodHead))
	mux.Handle("/{$}", http.RedirectHandler("/manager", http.StatusSeeOther))
	mux.HandleFunc("/", notFound)
	return guard(c.Hosts, mux), nil
}

// page is GET /manager: the results, or the login.
func (m *manager) page(w http.ResponseWriter, r *http.Request) {
	if m.lock != nil && !m.lock.open(r) {
		m.show(w, r, http.StatusUnauthorized, managerView{Login: true})
		return
	}
	m.show(w, r, http.StatusOK, managerView{})
}

// show renders the page in the browser's language.
func (m *manager) show(w http.ResponseWriter, r *http.Request, status int, v managerView) {
	report := m.Report()
	v.Lang = pick(r.Header.Get("Accept-Language"), report.Languages)
	v.Locked = m.lock != nil
	if !v.Login {
		v.fill(report)
	}
	var b bytes.Buffer
	if err := managerPage.Execute(&b, v); err != nil {
		m.Log.Error("manager's page not made", "err", err)
		fail(w, http.StatusInternalServerError, "the page could not be made; the log says why")
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
