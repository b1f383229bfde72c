package desk

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
)

// get asks a handler for something, as its own host.
func get(t *testing.T, h http.Handler, path string, change ...func(*http.Request)) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, "http://127.0.0.1:8080"+path, nil)
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
	var body struct {
		Error string `json:"error"`
	}
	if err := json.Unmarshal(w.Body.Bytes(), &body); w.Code != status || err != nil || body.Error == "" {
		t.Errorf("got %d %q, want %d and a JSON object that says why", w.Code, w.Body, status)
	}
}
