package panel

import (
	"bytes"
	"fmt"
	"html/template"
	"log/slog"
	"math"
	"net/http"
	"strings"
	"time"

	"golang.org/x/text/language"

	"sourire/assets"
	"sourire/device/screen"
	"sourire/device/tally"
	"sourire/device/tap"
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

// managerView is the page as its template takes it: texts in one language, and
// nothing left to count.
type managerView struct {
	Lang    string
	Login   bool
	Locked  bool   // there is a PIN, so there is a way to lock
	Problem string // with the login

	Question string
	State    screen.Kind
	Faults   []string
	NoClock  bool
	Hidden   bool // too few answers of staff
	Few      bool
	None     bool // no press at all today

	Period   string // of the figures
	Answers  string
	Share    string // "80"; empty on scales without
	OfN      string
	Interval string
	Lo, Hi   string // of the interval, in percent, for the drawing
	Index    string
	NPS      string

	TodayAnswers string
	Bars         []bar
	NotCounted   string

	Waiting string
	Contact string
	Updated string
}

// bar is a choice's count today.
type bar struct {
	Image  string // path; empty for a number
	Name   string
	Number string
	Count  int
	Width  string // percent of the longest
}

// T looks a text up.
func (v managerView) T(key string) string { return assets.Text(v.Lang, key) }

// plural is the text for n things.
func (v managerView) plural(key string, n int) string {
	if n == 1 {
		return v.T(key + ".one")
	}
	return fmt.Sprintf(v.T(key+".other"), n)
}

func (v *managerView) fill(r Report) {
	scene := screen.Scene{Kind: screen.Question, Text: r.Text}
	v.Question, _ = scene.Words(v.Lang)
	v.State = r.State
	if v.State == screen.Thanks {
		v.State = screen.Question
	}
	v.Faults = r.Faults
	v.NoClock = r.Clock == tap.Unknown
	v.Hidden = r.Staff && r.Shown.N() < fewStaff

	v.result(r)
	v.today(r)

	v.Waiting = v.T("manager.waiting.none")
	if r.Pending > 0 {
		v.Waiting = v.plural("manager.waiting", int(r.Pending))
	}
	v.Contact = v.T("manager.office.never")
	if !r.Contact.IsZero() {
		v.Contact = fmt.Sprintf(v.T("manager.office.last"), when(r.Contact.In(r.Now.Location()), r.Now))
	}
	v.Updated = fmt.Sprintf(v.T("manager.updated"), r.Now.Format(time.TimeOnly))
}

// result fills in the figures of the period shown.
func (v *managerView) result(r Report) {
	c := r.Shown
	v.Period = v.T("manager." + periods[r.Period])
	v.Answers = v.plural("manager.answers", c.N())
	v.Few = c.Few()
	if c.N() == 0 {
		return
	}
	if k, ok := c.Satisfied(); ok {
		lo, hi := tally.Wilson(k, c.N())
		v.Share = percent(float64(k) / float64(c.N()))
		v.OfN = fmt.Sprintf(v.T("manager.satisfied.of"), k, c.N())
		v.Lo, v.Hi = percent(lo), percent(hi)
		v.Interval = fmt.Sprintf(v.T("manager.interval"), v.Lo, v.Hi)
	}
	if index, ok := c.Index(); ok {
		v.Index = v.number(index, 1)
	}
	if nps, ok := c.NPS(); ok {
		v.NPS = v.number(nps, 0)
	}
}

var periods = map[tally.Period]string{tally.Today: "today", tally.Week: "7d", tally.FourWeeks: "28d"}

// today fills in the bars.
func (v *managerView) today(r Report) {
	c := r.Today
	if r.Staff && c.N() < fewStaff {
		return
	}
	v.None = c.Raw == 0
	v.TodayAnswers = v.plural("manager.answers", c.N())
	if other := c.Raw - c.N(); other > 0 {
		v.NotCounted = v.plural("manager.notcounted", other)
	}
	longest := 1
	for _, n := range c.By {
		longest = max(longest, n)
	}
	for i, n := range c.By {
		b := bar{Number: fmt.Sprint(i), Count: n, Width: percent(float64(n) / float64(longest))}
		if c.Scale != tap.NPS {
			b.Image = fmt.Sprintf("/manager/face/%s/%d.svg", c.Scale, i)
			b.Name = v.T(fmt.Sprintf("%s.%d", c.Scale, i))
		}
		v.Bars = append(v.Bars, b)
	}
}

func percent(x float64) string { return fmt.Sprintf("%.0f", math.Round(100*x)) }

// number writes x as the language does.
func (v managerView) number(x float64, decimals int) string {
	s := strings.Replace(fmt.Sprintf("%.*f", decimals, x), "-", "−", 1)
	if v.Lang == "fr" {
		s = strings.Replace(s, ".", ",", 1)
	}
	return s
}

// when is the time of day, with the date if it is not today's.
func when(t, now time.Time) string {
	if t.YearDay() == now.YearDay() && t.Year() == now.Year() {
		return t.Format(time.TimeOnly)
	}
	return t.Format("2006-01-02 15:04")
}
