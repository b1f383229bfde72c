package panel

import (
	"encoding/json"
	"errors"
	"image"
	"image/png"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"sourire/device/press"
	"sourire/device/screen"
	"sourire/device/tap"
)

// send posts a press, as the page does unless changed.
func send(h http.Handler, body string, change ...func(*http.Request)) *httptest.ResponseRecorder {
	return sendTo(h, "/api/press", body, change...)
}

func sendTo(h http.Handler, path, body string, change ...func(*http.Request)) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "http://127.0.0.1:8080"+path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Origin", "http://127.0.0.1:8080")
	for _, c := range change {
		c(r)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func header(key, value string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set(key, value) }
}

func host(name string) func(*http.Request) { return func(r *http.Request) { r.Host = name } }

// wantError checks a refusal: its status, and that it says why as JSON.
func wantError(t *testing.T, w *httptest.ResponseRecorder, status int) {
	t.Helper()
	var msg struct{ Error string }
	if err := json.Unmarshal(w.Body.Bytes(), &msg); w.Code != status || err != nil || msg.Error == "" {
		t.Errorf("got %d %q, want %d and an error as JSON", w.Code, w.Body, status)
	}
}

func TestPress(t *testing.T) {
	f := newFake()
	w := send(New(Config{Terminal: f}), `{"button":3}`)
	if got, want := strings.TrimSpace(w.Body.String()), `{"kind":"tap","seq":12,"counted":true,"flags":[]}`; w.Code != 200 || got != want {
		t.Errorf("got %d %s, want 200 %s", w.Code, got, want)
	}
	if ct := w.Header().Get("Content-Type"); ct != "application/json" {
		t.Errorf("content type %q", ct)
	}
	if got := f.pressed(); !slices.Equal(got, []int{3}) || f.lang != "" {
		t.Errorf("the terminal got %v in %q", got, f.lang)
	}
}

func TestPressAnswers(t *testing.T) {
	f := newFake()
	f.answer = press.Answer{Kind: press.Tap, Seq: 13, Flags: []tap.Flag{tap.Repeat}}
	w := send(New(Config{Terminal: f}), `{"button":0,"lang":"en","scene":"followup"}`)
	if got, want := strings.TrimSpace(w.Body.String()), `{"kind":"tap","seq":13,"counted":false,"flags":["repeat"]}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if f.lang != "en" || f.on != screen.FollowUp {
		t.Errorf("the terminal got the language %q and the scene %q", f.lang, f.on)
	}
}

func TestGestures(t *testing.T) {
	f := newFake()
	h := New(Config{Terminal: f})
	for _, g := range []press.Gesture{press.More, press.End, press.Wake, press.Service} {
		f.gestures = nil
		if w := sendTo(h, "/api/"+string(g), ""); w.Code != 204 || !slices.Equal(f.gestures, []press.Gesture{g}) {
			t.Errorf("%s: got %d %s; the terminal got %q", g, w.Code, w.Body, f.gestures)
		}
		wantError(t, sendTo(h, "/api/"+string(g), "", header("Origin", "http://evil.example")), 403)
		wantError(t, get(t, h, "/api/"+string(g)), 405)
		if len(f.gestures) != 1 {
			t.Errorf("%s: the terminal got %q", g, f.gestures)
		}
	}
	f.err = errors.New("stopped")
	wantError(t, sendTo(h, "/api/service", ""), 503)
}

func TestPressRefusals(t *testing.T) {
	for name, c := range map[string]struct {
		body   string
		change func(*http.Request)
		status int
	}{
		"empty":            {body: "", status: 400},
		"not JSON":         {body: "button=0", status: 400},
		"no button":        {body: `{}`, status: 400},
		"null":             {body: `null`, status: 400},
		"null button":      {body: `{"button":null}`, status: 400},
		"text":             {body: `{"button":"0"}`, status: 400},
		"fraction":         {body: `{"button":1.5}`, status: 400},
		"huge":             {body: `{"button":1e99}`, status: 400},
		"other case":       {body: `{"Button":1}`, status: 400},
		"twice":            {body: `{"button":0,"button":1}`, status: 400},
		"twice, escaped":   {body: `{"button":0,"but\u0074on":0}`, status: 400},
		"language twice":   {body: `{"button":0,"lang":"fr","lang":"en"}`, status: 400},
		"null language":    {body: `{"button":0,"lang":null}`, status: 400},
		"whole fraction":   {body: `{"button":1.0}`, status: 400},
		"exponent":         {body: `{"button":1e0}`, status: 400},
		"comma":            {body: `{"button":1,}`, status: 400},
		"bracket":          {body: `{"button":1}]`, status: 400},
		"scene no text":    {body: `{"button":0,"scene":1}`, status: 400},
		"unknown field":    {body: `{"button":0,"counted":true}`, status: 400},
		"more":             {body: `{"button":0}{"button":1}`, status: 400},
		"array":            {body: `[0]`, status: 400},
		"cut":              {body: `{"button":0`, status: 400},
		"below":            {body: `{"button":-1}`, status: 400},
		"above":            {body: `{"button":4}`, status: 400},
		"language":         {body: `{"button":0,"lang":"de"}`, status: 400},
		"scene":            {body: `{"button":0,"scene":"nonsense"}`, status: 400},
		"long":             {body: `{"button":0` + strings.Repeat(" ", bodyLimit) + `}`, status: 413},
		"long tail":        {body: `{"button":0}` + strings.Repeat(" ", bodyLimit), status: 413},
		"other origin":     {body: `{"button":0}`, change: header("Origin", "http://evil.example"), status: 403},
		"other port":       {body: `{"button":0}`, change: header("Origin", "http://127.0.0.1:9999"), status: 403},
		"null origin":      {body: `{"button":0}`, change: header("Origin", "null"), status: 403},
		"rebound name":     {body: `{"button":0}`, change: host("evil.example:8080"), status: 421},
		"another's number": {body: `{"button":0}`, change: host("192.0.2.7:8080"), status: 421},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake()
			change := c.change
			if change == nil {
				change = func(*http.Request) {}
			}
			wantError(t, send(New(Config{Terminal: f}), c.body, change), c.status)
			if got := f.pressed(); len(got) > 0 {
				t.Errorf("the terminal was pressed: %v", got)
			}
		})
	}
}

func TestPressNotStored(t *testing.T) {
	for _, err := range []error{press.ErrNotStored, errors.New("anything else")} {
		f := newFake()
		f.err = err
		wantError(t, send(New(Config{Terminal: f}), `{"button":0}`), 503)
	}
}

func TestPressTakesAnyContentType(t *testing.T) {
	for _, ct := range []string{"application/json; charset=utf-8", "application/x-www-form-urlencoded", ""} { // curl -d sends the second
		if w := send(New(Config{Terminal: newFake()}), `{"button":0}`, header("Content-Type", ct)); w.Code != 200 {
			t.Errorf("%q: got %d %s", ct, w.Code, w.Body)
		}
	}
}

func TestMethods(t *testing.T) {
	h := New(Config{Terminal: newFake(), Metrics: http.NotFoundHandler()})
	for path, allow := range map[string]string{
		"/":                    "GET, HEAD",
		"/worker.js":           "GET, HEAD",
		"/api/press":           "POST",
		"/api/display.png":     "GET, HEAD",
		"/api/events":          "GET",
		"/healthz":             "GET, HEAD",
		"/metrics":             "GET, HEAD",
		"/static/terminal.css": "GET, HEAD",
		"/face/faces4/0.svg":   "GET, HEAD",
	} {
		w := get(t, h, path, func(r *http.Request) { r.Method = http.MethodDelete })
		wantError(t, w, 405)
		if got := w.Header().Get("Allow"); got != allow {
			t.Errorf("%s: Allow %q, want %q", path, got, allow)
		}
	}
}

func TestHosts(t *testing.T) {
	for _, c := range []struct {
		hosts  []string
		host   string
		status int
	}{
		{nil, "127.0.0.1:8080", 200},
		{nil, "127.8.9.1", 200},
		{nil, "localhost:8080", 200},
		{nil, "LOCALHOST.", 200},
		{nil, "[::1]:8080", 200},
		{nil, "[::1]", 200},
		{nil, "box.example", 421},
		{nil, "localhost.evil.example", 421},
		{nil, "127.0.0.1.evil.example", 421},
		{nil, "192.0.2.7", 421},
		{nil, "", 421},
		{[]string{"box.example"}, "Box.example:80", 200},
		{[]string{"box.example"}, "192.0.2.7", 421},
		{[]string{"192.0.2.7"}, "192.0.2.7:8081", 200},
		{[]string{"0.0.0.0"}, "192.0.2.7:8081", 200},
		{[]string{"::"}, "[2001:db8::7]:8081", 200},
		{[]string{""}, "192.0.2.7", 200},
		{[]string{"0.0.0.0"}, "evil.example", 421},
		{[]string{""}, "", 421},
	} {
		w := get(t, New(Config{Terminal: newFake(), Hosts: c.hosts}), "/healthz", host(c.host))
		if w.Code != c.status {
			t.Errorf("hosts %q, asked for %q: got %d, want %d", c.hosts, c.host, w.Code, c.status)
		}
	}
}

func TestHealth(t *testing.T) {
	f := newFake()
	h := New(Config{Terminal: f})
	if w := get(t, h, "/healthz"); w.Code != 200 {
		t.Errorf("healthy: got %d %s", w.Code, w.Body)
	}
	f.err = errors.New("disk full")
	w := get(t, h, "/healthz")
	wantError(t, w, 503)
	if !strings.Contains(w.Body.String(), "disk full") {
		t.Errorf("it does not say why: %s", w.Body)
	}
}

func TestDisplay(t *testing.T) {
	f := newFake()
	h := New(Config{Terminal: f})
	w := get(t, h, "/api/display.png")
	img, err := png.Decode(w.Body)
	if err != nil || img.Bounds().Size() != image.Pt(800, 480) || w.Header().Get("Content-Type") != "image/png" {
		t.Fatalf("got %v, %v, %q", img.Bounds(), err, w.Header())
	}
	if w := get(t, New(Config{Terminal: f, Display: image.Pt(128, 64)}), "/api/display.png"); w.Code != 200 {
		t.Errorf("small display: got %d", w.Code)
	}
}

func TestMetrics(t *testing.T) {
	h := New(Config{Terminal: newFake(), Metrics: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "sourire_presses_total 3\n")
	})})
	if w := get(t, h, "/metrics"); w.Code != 200 || w.Body.String() != "sourire_presses_total 3\n" {
		t.Errorf("got %d %q", w.Code, w.Body)
	}
	wantError(t, get(t, New(Config{Terminal: newFake()}), "/metrics"), 404)
}

func TestPage(t *testing.T) {
	f := newFake()
	f.scene.Text = map[string]string{"fr": `</script><script>alert(1)</script>`, "en": "And?"}
	w := get(t, New(Config{Terminal: f}), "/")
	if w.Code != 200 || w.Header().Get("Content-Type") != "text/html; charset=utf-8" || w.Header().Get("Cache-Control") != "no-store" {
		t.Fatalf("got %d %v", w.Code, w.Header())
	}
	if strings.Contains(w.Body.String(), "<script>alert") {
		t.Error("a question can write to the page")
	}
}

func TestSecurityHeaders(t *testing.T) {
	h := New(Config{Terminal: newFake()})
	for _, path := range []string{"/", "/healthz", "/static/terminal.js", "/face/faces4/0.svg", "/nothing"} {
		w := get(t, h, path)
		csp := w.Header().Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"} {
			if !strings.Contains(csp, want) {
				t.Errorf("%s: the policy %q lacks %s", path, csp, want)
			}
		}
		if strings.Contains(csp, "unsafe") {
			t.Errorf("%s: unsafe policy %q", path, csp)
		}
		for key, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY",
		} {
			if got := w.Header().Get(key); got != want {
				t.Errorf("%s: %s is %q, want %q", path, key, got, want)
			}
		}
	}
}

func TestStatic(t *testing.T) {
	h := New(Config{Terminal: newFake()})
	for path, want := range map[string]string{
		"/static/terminal.css":     "text/css; charset=utf-8",
		"/static/terminal.js":      "text/javascript; charset=utf-8",
		"/worker.js":               "text/javascript; charset=utf-8",
		"/static/font/bold.woff2":  "font/woff2",
		"/face/faces5/2.svg":       "image/svg+xml",
		"/face/yesno/1.svg":        "image/svg+xml",
		"/static/font/LICENSE.txt": "text/plain; charset=utf-8",
	} {
		w := get(t, h, path)
		if got := w.Header().Get("Content-Type"); w.Code != 200 || got != want {
			t.Errorf("%s: got %d %q, want 200 %q", path, w.Code, got, want)
		}
		if w := get(t, h, path, header("If-None-Match", w.Header().Get("ETag"))); w.Code != 304 {
			t.Errorf("%s: asked again, got %d, want 304", path, w.Code)
		}
	}
	for _, path := range []string{
		"/static/terminal.html", "/static/", "/static/font", "/static/nothing.js", "/nothing", "/api/nothing",
		"/face/faces4/4.svg", "/face/faces4/-1.svg", "/face/faces4/0.png", "/face/nps/0.svg", "/face/nothing/0.svg",
	} {
		wantError(t, get(t, h, path), 404)
	}
}

func TestViewOfNumbers(t *testing.T) {
	v := newView(screen.Scene{Kind: screen.Question, Scale: tap.NPS, Languages: []string{"fr"}})
	if len(v.Answers) != 11 || v.Answers[10].Number != "10" || v.Answers[10].Image != "" || len(v.Low) != 1 || len(v.High) != 1 {
		t.Errorf("got %+v", v)
	}
	if v := newView(screen.Scene{Kind: screen.Question, Scale: tap.Faces4}); len(v.Words) != 1 {
		t.Errorf("without languages, the question is asked in %d", len(v.Words))
	}
}
