package desk

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"

	"sourire/device/manager"
	"sourire/device/pin"
	"sourire/device/screen"
	"sourire/device/tally"
	"sourire/device/tap"
)

func TestManagerSays(t *testing.T) {
	five, seven, none := counts(tap.Faces4, 0, 1, 2, 2), counts(tap.Faces4, 1, 0, 2, 4), counts(tap.Faces4)
	week, month := counts(tap.Faces4, 3, 4, 14, 20), counts(tap.Faces4, 300, 300, 300, 334)
	with := func(change func(*Report), r Report) Report {
		change(&r)
		return r
	}
	broken := func(r *Report) {
		r.State, r.Faults = screen.OutOfOrder, []manager.Fault{{Part: "disk"}}
		r.Connected, r.Heard, r.Waiting = false, noon.Add(-time.Hour), 1
	}
	staff := func(c tally.Counts) func(*Report) {
		return func(r *Report) {
			r.Staff, r.Spans = true, []Span{{Period: Whole, Counts: c, From: midnight(noon, -7), To: midnight(noon, 0)}}
		}
	}
	nine, ten := counts(tap.Faces4, 1, 2, 3, 3), counts(tap.Faces4, 1, 2, 3, 4)

	for name, c := range map[string]struct {
		report Report
		has    []string
		lacks  []string
	}{
		"enough": {report: goodReport(), has: []string{
			"lyon-part-dieu · exit-1", `<b>85 %</b> <span>of those who pressed were satisfied`, "219 answers",
			"186 of 219. Allowing for chance, it lies between 80 % and 89 %.", ">78.2 (74–82)<",
			"Terminal: takes presses", "Head office: connected, all is sent", "As of 12:00", `id="box"`, "All is well", "11.4 GB", "48 °C",
		}, lacks: []string{"Few answers", "more answer", "not known yet", "NPS", "Nobody has pressed", `class="range"`, "notice"}},
		"few": {report: reportOf(2, five, five, five), has: []string{
			`<h2 id="period">Last 28 days <span class="n">5 answers</span>`,
			`<b class="range">between 38 % and 96 %</b> <span>of those who press are satisfied`,
			"Few answers.</strong> 25 more answers and the last 28 days can speak for themselves.", "4 of 5. So few",
			"25 more answers and today can speak for itself.",
		}, lacks: []string{">80 %<", "Index", `class="at"`}},
		"one": {report: reportOf(2, counts(tap.Faces4, 0, 0, 0, 1), counts(tap.Faces4, 0, 0, 0, 1), counts(tap.Faces4, 14, 0, 0, 15)), has: []string{
			"1 answer<", "29 answers<", "29 more answers and today", "1 more answer and the last 28 days can speak for themselves.",
		}, lacks: []string{"1 answers"}},
		"a week": {report: reportOf(1, seven, week, month), has: []string{
			`<h2 id="period">Last 7 days <span class="n">41 answers</span>`, `<b>83 %</b>`,
			"23 more answers and today can speak for itself.", `<li class="open">
      <p><b>Last 7 days</b>`, "1,234 answers",
		}, lacks: []string{"7 days can speak"}},
		"zero": {report: reportOf(1, none, week, month), has: []string{
			"Nobody has pressed yet today.", "ready to take presses", "No answer yet today", "0 answers",
		}, lacks: []string{"notice", `class="bars"`}},
		"nothing at all": {report: reportOf(2, none, none, none), has: []string{"No answer in 28 days", "Nobody has pressed yet today."},
			lacks: []string{`class="periods"`, "more answer", " %"}},
		"broken": {report: with(broken, reportOf(1, none, week, month)), has: []string{
			`data-state="outoforder"><strong>Out of order</strong>`, "<b>SD card</b>: out of order", "Nobody has pressed yet today.",
			"Head office: not reached since 11:00, 1 entry is kept here until it is confirmed",
		}, lacks: []string{"ready to take presses", "takes presses"}},
		"closed": {report: with(func(r *Report) { r.State = screen.Closed }, reportOf(1, none, week, month)),
			has: []string{`data-state="closed"><strong>Closed</strong> Outside opening hours.`}, lacks: []string{"ready to take presses", "takes presses", "Out of order"}},
		"thanks": {report: with(func(r *Report) { r.State = screen.Thanks }, goodReport()), has: []string{"takes presses"}, lacks: []string{"notice"}},
		"no clock": {report: with(func(r *Report) {
			r.Clock, r.Spans, r.Connected, r.Heard, r.Waiting = tap.Unknown, []Span{{Period: Undated, Counts: five}}, false, time.Time{}, 1234
		}, goodReport()), has: []string{
			"The time is not known yet", "Answers without a date", "25 more answers and this result can speak for itself.",
			"Head office: not reached yet, 1,234 entries are kept here until they are confirmed",
		}, lacks: []string{"23 November", "By part of the day", `class="periods"`}},
		"not counted": {report: with(func(r *Report) { r.Spans[0].Counts.Raw++ }, goodReport()), has: []string{"1 other press is kept but does not count"}},
		"away for days": {report: with(func(r *Report) { r.Connected, r.Heard = false, noon.Add(-48*time.Hour) }, goodReport()),
			has: []string{"not reached since 21 Nov 2026, 12:00, all is sent"}},
		"nps": {report: reportOf(0, counts(tap.NPS, 1, 0, 0, 0, 0, 0, 5, 0, 0, 10, 20), counts(tap.NPS), counts(tap.NPS)), has: []string{
			`<b>83 %</b> <span>of those who pressed gave a 9 or a 10`, "<dd>+67 (+38 to +85)</dd>", "36 answers", `<b class="label">10</b>`,
		}, lacks: []string{"satisfied"}},
		"bad nps": {report: reportOf(0, counts(tap.NPS, 36), counts(tap.NPS), counts(tap.NPS)), has: []string{"<dd>−100 (−100 to −82)</dd>"}},
		"few nps": {report: reportOf(2, counts(tap.NPS, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9), counts(tap.NPS, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9), counts(tap.NPS, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9)), has: []string{
			`<b class="range">between 60 % and 98 %</b> <span>of those who press give a 9 or a 10`,
		}, lacks: []string{"NPS", "<dl>"}},
		"staff": {report: with(staff(nine), reportOf(0, nine)), has: []string{"nobody can be recognised"},
			lacks: []string{"9 answers", "67 %", "<b>3</b>", "Few answers", "other press", "more answer", "Nobody has pressed"}},
		"staff enough": {report: with(staff(ten), reportOf(0, ten)), has: []string{"10 answers", "16 to 22 November 2026"}, lacks: []string{"9 answers", "and today can speak"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := get(t, deskOf(t, &fakeBook{report: c.report}), "/manager", header("Accept-Language", "en"))
			if w.Code != 200 || w.Header().Get("X-Frame-Options") != "DENY" || w.Header().Get("Cache-Control") != "no-store" {
				t.Fatalf("got %d %v", w.Code, w.Header())
			}
			page := plain(w)
			says(t, page, c.has, c.lacks)
		})
	}
}

// French says "0 réponse" and "1 réponse", and writes numbers its own way.
func TestManagerSaysItInFrench(t *testing.T) {
	r := reportOf(2, counts(tap.Faces4), counts(tap.Faces4, 0, 0, 0, 1), counts(tap.Faces4, 0, 1000, 0, 12345))
	r.Connected, r.Heard = false, noon.Add(-48*time.Hour)
	page := plain(get(t, deskOf(t, &fakeBook{report: r}), "/manager", header("Accept-Language", "fr")))
	for _, want := range []string{
		"0 réponse<", "1 réponse<", "13 345 réponses<", "Encore 29 réponses et les 7 derniers jours seront parlants.",
		">95,0 (95–95)<", "injoignable depuis 21/11/2026 à 12 h 00, tout est envoyé",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("it does not say %q", want)
		}
	}
	if t.Failed() {
		t.Log(page)
	}
}

func TestManagerLanguage(t *testing.T) {
	h := deskOf(t, &fakeBook{report: goodReport()})
	for accept, want := range map[string]string{
		"":                        "fr", // the store's first
		"en":                      "en",
		"en-GB,en;q=0.9,fr;q=0.8": "en",
		"fr-CA":                   "fr",
		"de,en;q=0.5":             "en",
		"ja":                      "fr",
		"not a list":              "fr",
	} {
		w := get(t, h, "/manager", header("Accept-Language", accept))
		if got := w.Header().Get("Content-Language"); got != want || !strings.Contains(w.Body.String(), `<html lang="`+want+`">`) {
			t.Errorf("Accept-Language %q: got %q, want %q", accept, got, want)
		}
	}
	if page := get(t, h, "/manager").Body.String(); !strings.Contains(page, "78,2") {
		t.Error("French writes a decimal comma")
	}
}

func TestManagerPaths(t *testing.T) {
	h := deskOf(t, &fakeBook{report: goodReport()})
	if w := get(t, h, "/"); w.Code != 303 || w.Header().Get("Location") != "/manager" {
		t.Errorf("/: got %d to %q", w.Code, w.Header().Get("Location"))
	}
	for _, path := range []string{"/manager/static/manager.css", "/manager/static/font/bold.woff2", "/manager/face/faces4/0.svg"} {
		if w := get(t, h, path); w.Code != 200 {
			t.Errorf("%s: got %d", path, w.Code)
		}
	}
	if w := get(t, h, "/manager/nothing"); w.Code != 404 || !strings.Contains(w.Body.String(), `href="/manager"`) {
		t.Errorf("no such page: got %d %s", w.Code, w.Body)
	}
	wantError(t, get(t, h, "/nothing"), 404)
	wantError(t, get(t, h, "/manager", host("evil.example")), 421)
	wantError(t, get(t, h, "/manager", func(r *http.Request) { r.Method = http.MethodPost }), 405)
	w := get(t, h, "/manager/login")
	wantError(t, w, 405)
	if allow := w.Header().Get("Allow"); allow != "POST" {
		t.Errorf("Allow %q", allow)
	}
	// Without a PIN there is nothing to log in to.
	wantError(t, post(h, "/manager/login", "pin=1"), 404)
}

// locked is a manager's page with the PIN 4711, and its clock.
func locked(t *testing.T) (http.Handler, *time.Time) {
	t.Helper()
	now := noon
	return New(Config{Book: &fakeBook{report: goodReport()}, Lock: lockOf(t, func() time.Time { return now }), Clock: func() time.Time { return now }}), &now
}

// lockOf is a lock with the PIN 4711. Its guesses are cheap.
func lockOf(t *testing.T, now func() time.Time) *pin.Lock {
	t.Helper()
	hash, err := argon2id.CreateHash("4711", &argon2id.Params{Memory: 8, Iterations: 1, Parallelism: 1, SaltLength: 8, KeyLength: 16})
	if err != nil {
		t.Fatal(err)
	}
	lock, err := pin.NewLock(hash, now)
	if err != nil {
		t.Fatal(err)
	}
	return lock
}

func TestLogin(t *testing.T) {
	h, now := locked(t)
	w := get(t, h, "/manager")
	if w.Code != 401 || strings.Contains(w.Body.String(), "219") || !strings.Contains(w.Body.String(), `name="pin"`) {
		t.Fatalf("without a session: got %d %s", w.Code, w.Body)
	}
	if got := w.Header().Get("Referrer-Policy"); got != "same-origin" {
		t.Errorf("Referrer-Policy %q: the form would be sent without an Origin", got)
	}

	w = post(h, "/manager/login", "pin=4711")
	cookies := w.Result().Cookies()
	if w.Code != 303 || len(cookies) != 1 {
		t.Fatalf("login: got %d %v", w.Code, w.Header())
	}
	c := cookies[0]
	if !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Path != "/manager" || c.MaxAge != 1800 || len(c.Value) < 26 {
		t.Errorf("cookie %+v", c)
	}
	session := func(r *http.Request) { r.AddCookie(&http.Cookie{Name: c.Name, Value: c.Value}) }
	if w := get(t, h, "/manager", session); w.Code != 200 || !strings.Contains(w.Body.String(), "219") {
		t.Errorf("with a session: got %d", w.Code)
	}
	if w := get(t, h, "/manager", header("Cookie", c.Name+"=guess")); w.Code != 401 {
		t.Errorf("with a guessed session: got %d", w.Code)
	}

	*now = now.Add(sessionFor)
	if w := get(t, h, "/manager", session); w.Code != 401 {
		t.Errorf("after 30 minutes: got %d", w.Code)
	}
}

func TestLogout(t *testing.T) {
	h, _ := locked(t)
	c := post(h, "/manager/login", "pin=4711").Result().Cookies()[0]
	session := func(r *http.Request) { r.AddCookie(&http.Cookie{Name: c.Name, Value: c.Value}) }
	if w := post(h, "/manager/logout", "", session, header("Origin", "http://evil.example")); w.Code != 403 {
		t.Errorf("logout by another site: got %d", w.Code)
	}
	if w := get(t, h, "/manager", session); w.Code != 200 {
		t.Fatalf("another site ended the session: got %d", w.Code)
	}
	if w := post(h, "/manager/logout", "", session); w.Code != 303 {
		t.Errorf("logout: got %d", w.Code)
	}
	if w := get(t, h, "/manager", session); w.Code != 401 {
		t.Errorf("after logout: got %d", w.Code)
	}
}

func TestLoginRefusesOtherSites(t *testing.T) {
	h, _ := locked(t)
	for name, change := range map[string]func(*http.Request){
		"another origin": header("Origin", "http://evil.example"),
		"null origin":    header("Origin", "null"),
		"no origin":      func(r *http.Request) { r.Header.Del("Origin") },
	} {
		w := post(h, "/manager/login", "pin=4711", change)
		if w.Code != 403 || len(w.Result().Cookies()) > 0 {
			t.Errorf("%s: got %d, %v", name, w.Code, w.Header())
		}
	}
}

func TestLoginLimit(t *testing.T) {
	h, now := locked(t)
	for i := range 5 {
		w := post(h, "/manager/login", "pin=0000")
		if want := []int{401, 429}[i/4]; w.Code != want {
			t.Fatalf("wrong PIN %d: got %d, want %d", i+1, w.Code, want)
		}
	}
	*now = now.Add(time.Minute - time.Second)
	w := post(h, "/manager/login", "pin=4711")
	if w.Code != 429 || w.Header().Get("Retry-After") != "1" || !strings.Contains(w.Body.String(), "Wait 1 second,") {
		t.Fatalf("the right PIN while waiting: got %d %v", w.Code, w.Header())
	}
	*now = now.Add(time.Second)
	if w := post(h, "/manager/login", "pin=4711"); w.Code != 303 {
		t.Fatalf("the right PIN after the wait: got %d", w.Code)
	}
	// A right one forgives the wrong ones before.
	for range 4 {
		post(h, "/manager/login", "pin=0000")
	}
	post(h, "/manager/login", "pin=4711")
	if w := post(h, "/manager/login", "pin=0000"); w.Code != 401 {
		t.Errorf("one wrong PIN after a right one: got %d", w.Code)
	}
}

func TestLoginBodies(t *testing.T) {
	h, _ := locked(t)
	wantError(t, post(h, "/manager/login", "pin="+strings.Repeat("1", bodyLimit)), 413)
	wantError(t, post(h, "/manager/login", "pin=%zz"), 400)
	if w := post(h, "/manager/login", "pin="+url.QueryEscape(strings.Repeat("é", 128))); w.Code != 401 {
		t.Errorf("a PIN that is too long: got %d", w.Code)
	}
	if w := post(h, "/manager/login?pin=4711", ""); w.Code != 401 {
		t.Errorf("a PIN in the address: got %d", w.Code)
	}
}
