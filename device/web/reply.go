package web

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

// Reply answers with v as JSON.
func Reply(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the browser may have gone
}

// Fail answers with an error that says what to do.
func Fail(w http.ResponseWriter, status int, why string) {
	Reply(w, status, map[string]string{"error": why})
}

// Method lets only the given methods through.
func Method(next http.HandlerFunc, allowed ...string) http.Handler {
	allow := strings.Join(allowed, ", ")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !slices.Contains(allowed, r.Method) {
			w.Header().Set("Allow", allow)
			Fail(w, http.StatusMethodNotAllowed, r.URL.Path+" does not take "+r.Method+"; use "+allow)
			return
		}
		next(w, r)
	})
}

// NotFound answers that nothing is there.
func NotFound(w http.ResponseWriter, _ *http.Request) {
	Fail(w, http.StatusNotFound, "there is nothing at this path; the terminal is at /")
}
