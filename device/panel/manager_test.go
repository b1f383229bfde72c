package panel

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"sourire/device/screen"
	"sourire/device/tally"
	"sourire/device/tap"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func counts(scale tap.Scale, by ...int) tally.Counts {
	c := tally.NewCounts(scale)
	copy(c.By, by)
	c.Raw = c.N()
	return c
}

func goodReport() Report {
	c := counts(tap.Faces4, 17, 16, 60, 126)
	return Report{
		Languages: []string{"fr", "en"}, State: screen.Question, Now: noon, Clock: tap.Synced,
		Today: c, Shown: c, Period: tally.Today, Contact: noon.Add(-time.Minute),
	}
}

func managerOf(t *testing.T, r Report) http.Handler {
	t.Helper()
	h, err := NewManager(ManagerConfig{Report: func() Report { return r }})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestManagerSays(t *testing.T) {
	few := goodReport()
	few.Today, few.Shown, few.Period = counts(tap.Faces4), counts(tap.Faces4, 0, 1, 2, 2), tally.FourWeeks
	lost := few
	lost.Clock, lost.State, lost.Faults, lost.Contact, lost.Pending = tap.Unknown, screen.OutOfOrder, []string{"disk"}, time.Time{}, 7
	closed := few
	closed.State = screen.Closed
	extra := goodReport()
	extra.Today.Raw++
	extra.Contact = noon.Add(-48 * time.Hour)
	nps := goodReport()
	nps.Today = counts(tap.NPS, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 8)
	nps.Shown = nps.Today
	staff := goodReport()
	staff.Staff, staff.Today = true, counts(tap.Faces4, 1, 2, 3, 3)
	staff.Shown = staff.Today
	staffEnough := staff
	staffEnough.Shown, staffEnough.Today = counts(tap.Faces4, 1, 2, 3, 4), counts(tap.Faces4, 1, 2, 3, 4)

	for name, c := range map[string]struct {
		report Report
		has    []string
		lacks  []string
	}{
		"enough": {report: goodReport(), has: []string{
			"219 answers", "85&nbsp;%", "of those who pressed", "186 of 219", "between 80\u00a0% and 89\u00a0% (95\u00a0% interval)", "78.2",
			"Works: takes presses", "last contact 11:59:00", "Nothing is waiting",
		}, lacks: []string{"Few answers", "not known yet", "NPS", "No press yet"}},
		"few": {report: few, has: []string{
			"Last 28 days", "80&nbsp;%", "38\u00a0% and 96\u00a0%", "Few answers", "No press yet.", "ready to take presses",
		}},
		"lost": {report: lost, has: []string{
			"time is not known yet", "Out of order", "<code>disk</code>", "no contact yet", "7 events are waiting", "No press yet.",
		}, lacks: []string{"ready to take presses"}},
		"closed": {report: closed, has: []string{"Closed: outside opening hours"}, lacks: []string{"ready to take presses"}},
		"extra":  {report: extra, has: []string{"1 other press is kept", "last contact 2026-11-21 12:00"}},
		"nps":    {report: nps, has: []string{"<dd>60</dd>", "10 answers"}, lacks: []string{"satisfied"}},
		"staff": {report: staff, has: []string{"nobody can be recognised"},
			lacks: []string{"78", "9 answers", "67&nbsp;%", "<b>3</b>", "Few answers", "other press"}},
		"staff enough": {report: staffEnough, has: []string{"10 answers", "<b>4</b>"}, lacks: []string{"recognised"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := get(t, managerOf(t, c.report), "/manager", header("Accept-Language", "en"))
			if w.Code != 200 || w.Header().Get("X-Frame-Options") != "DENY" || w.Header().Get("Cache-Control") != "no-store" {
				t.Fatalf("got %d %v", w.Code, w.Header())
			}
			page := w.Body.String()
			for _, want := range c.has {
				if !strings.Contains(page, want) {
					t.Errorf("it does not say %q", want)
				}
			}
			for _, not := range c.lacks {
				if strings.Contains(page, not) {
					t.Errorf("it says %q", not)
				}
			}
			if t.Failed() {
				t.Log(page)
			}
		})
	}
}

func TestManagerLanguage(t *testing.T) {
	h := managerOf(t, goodReport())
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
	h := managerOf(t, goodReport())
	if w := get(t, h, "/"); w.Code != 303 || w.Header().Get("Location") != "/manager" {
		t.Errorf("/: got %d to %q", w.Code, w.Header().Get("Location"))
	}
	for _, path := range []string{"/manager/static/manager.css", "/manager/static/font/bold.woff2", "/manager/face/faces4/0.svg"} {
		if w := get(t, h, path); w.Code != 200 {
			t.Errorf("%s: got %d", path, w.Code)
		}
	}
	wantError(t, get(t, h, "/manager/nothing"), 404)
	wantError(t, get(t, h, "/manager", host("evil.example")), 403)
	wantError(t, get(t, h, "/manager", func(r *http.Request) { r.Method = http.MethodPost }), 405)
	w := get(t, h, "/manager/login")
	wantError(t, w, 405)
	if allow := w.Header().Get("Allow"); allow != "POST" {
		t.Errorf("Allow %q", allow)
	}
	// Without a PIN there is nothing to log in to.
	wantError(t, post(h, "/manager/login", "pin=1"), 404)
}

func post(h http.Handler, path, form string, change ...func(*http.Request)) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "http://127.0.0.1:8080"+path, strings.NewReader(form))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", "http://127.0.0.1:8080")
	r.Header.Set("Accept-Language", "en")
	for _, c := range change {
		c(r)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// locked is a manager's page with the PIN 4711, and its clock.
func locked(t *testing.T) (http.Handler, *time.Time) {
	t.Helper()
	hash, err := HashPIN("4711")
	if err != nil {
		t.Fatal(err)
	}
	now := noon
	h, err := NewManager(ManagerConfig{Report: goodReport, PIN: hash, Clock: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	return h, &now
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
	for i := range maxWrong {
		w := post(h, "/manager/login", "pin=0000")
		if want := []int{401, 429}[i/(maxWrong-1)]; w.Code != want {
			t.Fatalf("wrong PIN %d: got %d, want %d", i+1, w.Code, want)
		}
	}
	*now = now.Add(waitFor - time.Second)
	w := post(h, "/manager/login", "pin=4711")
	if w.Code != 429 || w.Header().Get("Retry-After") != "1" || !strings.Contains(w.Body.String(), "Wait 1 seconds") {
		t.Fatalf("the right PIN while waiting: got %d %v", w.Code, w.Header())
	}
	*now = now.Add(time.Second)
	if w := post(h, "/manager/login", "pin=4711"); w.Code != 303 {
		t.Fatalf("the right PIN after the wait: got %d", w.Code)
	}
	// A right one forgives the wrong ones before.
	for range maxWrong - 1 {
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
	if w := post(h, "/manager/login", "pin="+url.QueryEscape(strings.Repeat("é", maxPIN))); w.Code != 401 {
		t.Errorf("a PIN that is too long: got %d", w.Code)
	}
	if w := post(h, "/manager/login?pin=4711", ""); w.Code != 401 {
		t.Errorf("a PIN in the address: got %d", w.Code)
	}
}

func TestHashPIN(t *testing.T) {
	hash, err := HashPIN("4711")
	if err != nil || !strings.HasPrefix(hash, "$argon2id$") {
		t.Fatalf("got %q, %v", hash, err)
	}
	if again, err := HashPIN(hash); again != hash || err != nil {
		t.Errorf("a hash was hashed: %q, %v", again, err)
	}
	if _, err := NewManager(ManagerConfig{Report: goodReport, PIN: "4711"}); err == nil {
		t.Error("a plain PIN was taken for a hash")
	}
	if _, err := NewManager(ManagerConfig{Report: goodReport, PIN: "$argon2id$nonsense"}); err == nil {
		t.Error("nonsense was taken for a hash")
	}
}
