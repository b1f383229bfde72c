package office

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"sourire/assets"
	"sourire/device/tap"
)

// Limits of GET api/events.
const (
	defaultLimit = 1000
	maxLimit     = 10_000
	maxAnswer    = 4 << 20 // bytes, about: an answer that is longer ends early
	rowsAtOnce   = 200     // read between two looks at its length
)

// Handler serves the office's pages and its JSON API. Mount it at the root, or
// elsewhere behind [http.StripPrefix]: its pages use relative addresses.
//
//	GET /                a page that lists the terminals
//	GET /api/terminals   the same as JSON: {"terminals":[…]}, see [Status]
//	GET /api/events      ?terminal={chain}/{store}/{terminal}&after=&limit=
//	                     at most limit (1 to 10,000) of them, or about 4 MiB
//	GET /api/forks       ?terminal={chain}/{store}/{terminal}
//	                     its events that contradict its chain, branch by branch
//	GET /api/story       ?terminal={chain}/{store}/{terminal}
//	                     what customers asked for there, and what was done and
//	                     seen; without terminal, of the chain
//	GET /api/commands    ?terminal={chain}/{store}/{terminal}
//	                     its newest commands: {"commands":[…]}, see [CommandStatus]
//	POST /api/commands   {"terminal":…,"name":"test","on":true,"minutes":60}: a new
//	                     one, from this machine only; 202 and its [CommandStatus]
//	GET /healthz         200 while messages can be stored
//	GET /metrics         for Prometheus
func (o *Office) Handler() http.Handler {
	mux := http.NewServeMux()
	for pattern, name := range map[string]string{"/{$}": "office.html", "/office.js": "office.js", "/office-words.js": "office-words.js", "/office-story.js": "office-story.js", "/office.css": "office.css", "/font/{name}": "font/"} {
		mux.Handle(pattern, get(func(w http.ResponseWriter, r *http.Request) { getFile(w, r, "web/"+name+r.PathValue("name")) }))
	}
	mux.Handle("/api/terminals", get(o.getTerminals))
	mux.Handle("/api/events", get(o.getEvents))
	mux.Handle("/api/forks", get(o.getForks))
	mux.HandleFunc("/api/commands", o.commands)
	mux.Handle("/api/story", get(o.getStory))
	mux.Handle("/healthz", get(o.getHealth))
	mux.Handle("/metrics", get(o.getMetrics))
	mux.HandleFunc("/", notFound)
	return o.guard(mux)
}

// guard refuses names that are not this office's, so that a page elsewhere
// cannot have a visitor's browser read it under a name of its own, and what
// another site's page asks for.
func (o *Office) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Content-Security-Policy", "default-src 'self'; frame-ancestors 'none'")
		host := r.Host
		if h, _, err := net.SplitHostPort(host); err == nil {
			host = h
		}
		host = strings.ToLower(strings.Trim(host, "[]"))
		if _, err := netip.ParseAddr(host); err != nil && host != "localhost" && !slices.Contains(o.Hosts, host) {
			fail(w, http.StatusMisdirectedRequest, "this is not %.100q; use an address or the name of this machine", r.Host)
			return
		}
		if origin := r.Header.Get("Origin"); origin != "" {
			u, err := url.Parse(origin)
			if err != nil || u.Scheme != "http" && u.Scheme != "https" || !strings.EqualFold(u.Host, r.Host) {
				fail(w, http.StatusForbidden, "another site's page asked for this; use the office's own page")
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

// get lets GET and HEAD through.
func get(next http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			fail(w, http.StatusMethodNotAllowed, "%.100s does not take %.20s; use GET", r.URL.Path, r.Method)
			return
		}
		next(w, r)
	})
}

func notFound(w http.ResponseWriter, _ *http.Request) {
	fail(w, http.StatusNotFound, "there is nothing at this path; the terminals are at / and at /api/terminals")
}

func getFile(w http.ResponseWriter, r *http.Request, name string) {
	if info, err := fs.Stat(assets.FS, name); err != nil || info.IsDir() {
		notFound(w, r)
		return
	}
	http.ServeFileFS(w, r, assets.FS, name)
}

func (o *Office) getTerminals(w http.ResponseWriter, r *http.Request) {
	o.tellOn(r.Context(), tap.Identity{})
	answer(w, http.StatusOK, map[string][]Status{"terminals": o.Terminals()})
}

func (o *Office) getEvents(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	id, err := parseIdentity(q.Get("terminal"))
	if err != nil {
		fail(w, http.StatusBadRequest, "%v", err)
		return
	}
	after, err := parameter(q.Get("after"), 0, 0, 1<<53)
	if err != nil {
		fail(w, http.StatusBadRequest, "after: %v", err)
		return
	}
	limit, err := parameter(q.Get("limit"), defaultLimit, 1, maxLimit)
	if err != nil {
		fail(w, http.StatusBadRequest, "limit: %v", err)
		return
	}
	// Assembled by append: marshalling would rewrite <, > and & in an event.
	b := []byte(`{"events":[`)
	for more := true; more && limit > 0 && len(b) < maxAnswer; {
		events, next, err := o.Events(r.Context(), id, after, int(min(limit, rowsAtOnce)))
		switch {
		case errors.Is(err, ErrUnknownTerminal):
			fail(w, http.StatusNotFound, "%v; GET /api/terminals lists those that have reported", err)
			return
		case err != nil:
			o.Log.Error("read events", "err", err)
			fail(w, http.StatusInternalServerError, "events cannot be read; the log says why, and `sourire-office verify` names the first wrong one")
			return
		}
		for _, e := range events {
			b = append(b, `{"epoch":"`+e.EpochID.Epoch+`","event":`...)
			b = append(append(b, e.Link.Event...), "},"...)
		}
		after, limit, more = next, limit-uint64(len(events)), len(events) == rowsAtOnce
	}
	b = bytes.TrimSuffix(b, []byte(","))
	b = strconv.AppendUint(append(b, `],"next":`...), after, 10)
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(append(b, "}\n"...))
}

// getForks answers with {"forks":[{"epoch":…,"fork":…,"event":{…}},…]}.
func (o *Office) getForks(w http.ResponseWriter, r *http.Request) {
	id, err := parseIdentity(r.URL.Query().Get("terminal"))
	if err != nil {
		fail(w, http.StatusBadRequest, "%v", err)
		return
	}
	epochs, err := o.forked(id)
	if err != nil {
		fail(w, http.StatusNotFound, "%v; GET /api/terminals lists those that have reported", err)
		return
	}
	b := []byte(`{"forks":[`)
	for _, epoch := range epochs {
		forks, err := o.Store.Forks(r.Context(), epoch)
		if err != nil {
			o.Log.Error("read forks", "err", err)
			fail(w, http.StatusInternalServerError, "forks cannot be read; the log says why, and `sourire-office verify` names the first wrong event")
			return
		}
		for _, branch := range Branches(forks) {
			for _, f := range branch.Events {
				b = append(b, `{"epoch":"`+epoch.Epoch+`","fork":"`+branch.Name+`","event":`...)
				b = append(append(b, f.Link.Event...), "},"...)
			}
		}
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(append(bytes.TrimSuffix(b, []byte(",")), "]}\n"...))
}

func (o *Office) getHealth(w http.ResponseWriter, _ *http.Request) {
	if err := o.Healthy(); err != nil {
		fail(w, http.StatusServiceUnavailable, "%v", err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write([]byte(`{"status":"ok"}` + "\n"))
}

func (o *Office) getMetrics(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; version=0.0.4")
	o.metrics.set.WritePrometheus(w)
}

// parseIdentity reads {chain}/{store}/{terminal}.
func parseIdentity(s string) (tap.Identity, error) {
	p := strings.Split(s, "/")
	if len(p) == 3 {
		if id := (tap.Identity{Chain: p[0], Store: p[1], Terminal: p[2]}); id.Valid() {
			return id, nil
		}
	}
	return tap.Identity{}, fmt.Errorf("terminal: %.80q is not {chain}/{store}/{terminal}", s)
}

// parameter reads a number of a query; absent is what it is when not given.
func parameter(s string, absent, least, most uint64) (uint64, error) {
	if s == "" {
		return absent, nil
	}
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil || n < least || n > most {
		return 0, fmt.Errorf("%.40q is not a number from %d to %d", s, least, most)
	}
	return n, nil
}

// answer answers with JSON that is of this moment.
func answer(w http.ResponseWriter, code int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(v) // an error means that the reader is gone
}

// fail answers with {"error":…}.
func fail(w http.ResponseWriter, code int, format string, args ...any) {
	answer(w, code, map[string]string{"error": fmt.Sprintf(format, args...)})
}
