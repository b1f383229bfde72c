package office_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"sourire/device/tap"
	"sourire/sync/office"
	"sourire/sync/wire"
)

func get(h http.Handler, method, host, target string) (int, http.Header, string) {
	req := httptest.NewRequest(method, target, nil)
	req.Host = host
	w := httptest.NewRecorder()
	h.ServeHTTP(w, req)
	body, err := io.ReadAll(w.Result().Body)
	if err != nil {
		panic(err)
	}
	return w.Code, w.Header(), string(body)
}

// metric reads a counter from GET /metrics.
func (r *rig) metric(name string) int {
	r.t.Helper()
	_, _, body := get(r.Handler(), "GET", "localhost", "/metrics")
	m := regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(name) + ` (\d+)$`).FindStringSubmatch(body)
	if m == nil {
		r.t.Fatalf("no metric %s in\n%s", name, body)
	}
	n, err := strconv.Atoi(m[1])
	if err != nil {
		r.t.Fatal(err)
	}
	return n
}

func TestAPI(t *testing.T) {
	r := newRig(t)
	b := newBox(exit1, 1, newKey(1), nil)
	b.add(&tap.ConfigEvent{Question: "exit", Text: map[string]string{"fr": "Êtes-vous <b>&</b> \u2028 € 😀"}}, tap.KindConfig)
	b.taps(3)
	r.batches(b, 1, 5)
	r.send(b, wire.LeafState, b.state(1, 0, true))
	next := newBox(exit1, 2, newKey(1), &tap.Previous{Epoch: b.epoch, Why: "new"}).taps(1)
	r.send(next, wire.LeafState, next.state(1, 2, true))
	r.batches(next, 1, 2)

	event := func(b *box, seq int) string {
		return fmt.Sprintf(`{"epoch":"%s","event":%s}`, b.epoch, b.links[seq-1].Event)
	}
	const events = "/api/events?terminal=demo/lyon-part-dieu/exit-1"
	for _, mount := range []struct {
		prefix  string
		handler http.Handler
	}{{"", r.Handler()}, {"/office", http.StripPrefix("/office", r.Handler())}} {
		for _, c := range []struct {
			method, host, target string
			code                 int
			want                 string // body; a part of it where it begins with …
		}{
			{"GET", "127.0.0.1:8090", events + "&after=3&limit=3", 200, `{"events":[` + event(b, 4) + "," + event(b, 5) + "," + event(next, 1) + `],"next":6}` + "\n"},
			{"GET", "localhost", events + "&after=6", 200, `{"events":[` + event(next, 2) + `],"next":7}` + "\n"},
			{"GET", "[::1]:8090", events + "&after=7", 200, `{"events":[],"next":7}` + "\n"},
			{"GET", "localhost", events + "&limit=2", 200, `{"events":[` + event(b, 1) + "," + event(b, 2) + `],"next":2}` + "\n"},
			{"GET", "localhost", events + "&limit=0", 400, "…limit"},
			{"GET", "localhost", events + "&limit=10001", 400, "…limit"},
			{"GET", "localhost", events + "&limit=x", 400, "…limit"},
			{"GET", "localhost", events + "&after=-1", 400, "…after"},
			{"GET", "localhost", events + "&after=99999999999999999999", 400, "…after"},
			{"GET", "localhost", "/api/events", 400, "…terminal"},
			{"GET", "localhost", "/api/events?terminal=demo/exit-1", 400, "…terminal"},
			{"GET", "localhost", "/api/events?terminal=demo/lyon/../x", 400, "…terminal"},
			{"GET", "localhost", "/api/events?terminal=demo/lyon/exit-1", 404, "…no such terminal; GET /api/terminals lists"},
			{"GET", "localhost", "/healthz", 200, "…ok"},
			{"GET", "localhost", "/metrics", 200, "…sourire_office_events_total 7"},
			{"GET", "evil.example", "/api/terminals", 421, `…{"error":"this is not \"evil.example\"; use an address`},
			{"GET", "localhost", "/", 200, "…<!doctype html>"},
			{"HEAD", "localhost", "/", 200, ""},
			{"GET", "localhost", "/nothing", 404, `…{"error":"there is nothing at this path; the terminals are at /`},
			{"GET", "localhost", "/font/", 404, `…{"error":"there is nothing`},
			{"GET", "localhost", "/font/nothing.woff2", 404, `…{"error":"there is nothing`},
			{"POST", "localhost", "/", 405, `…{"error":"/ does not take POST; use GET"}`},
			{"POST", "localhost", "/api/terminals", 405, `…{"error":"/api/terminals does not take POST; use GET"}`},
			{"POST", "localhost", "/nothing", 404, `…{"error":"there is nothing`},
			{"DELETE", "localhost", events, 405, `…{"error":`},
		} {
			code, header, body := get(mount.handler, c.method, c.host, mount.prefix+c.target)
			part, isPart := strings.CutPrefix(c.want, "…")
			if code != c.code || isPart && !strings.Contains(body, part) || !isPart && body != c.want {
				t.Errorf("%s %s%s: %d %s\nwant %d %s", c.method, mount.prefix, c.target, code, body, c.code, c.want)
			}
			if code >= 400 && header.Get("Content-Type") != "application/json" || json.Valid([]byte(body)) != (header.Get("Content-Type") == "application/json") {
				t.Errorf("%s: %s is %q", c.target, header.Get("Content-Type"), body)
			}
		}
		code, _, body := get(mount.handler, "GET", "localhost", mount.prefix+"/api/terminals")
		want := `{"terminals":[{"terminal":"demo/lyon-part-dieu/exit-1","condition":"in_service","faults":[],"damage":null,"online":true,"clock":"","epoch":"` + next.epoch + `","last":2,"position":7,"pending":0,"missing":0,` +
			`"complete_to":"2026-11-24T12:00:00.000Z","last_event":"2026-11-24T11:00:02.000Z","events":7,"taps_counted":4,"counted_today":4,` +
			`"software":"1.2.0","rejected":{"chain":0,"command":0,"genesis":0,"key":0,"malformed":0,"sequence":0,"signature":0,"size":0,"topic":0},` +
			`"forks":[],"incidents":[],"refused":0,"audience":"","alerts":[],"test":null}]}` + "\n"
		if code != 200 || body != want {
			t.Errorf("terminals: %d %s\nwant %s", code, body, want)
		}
	}
	if !bytes.Contains(b.links[1].Event, []byte("<b>&</b>")) {
		t.Error("the event has nothing that a marshaller would rewrite")
	}
}

func TestAnotherSitesPageIsRefused(t *testing.T) {
	r := newRig(t)
	for origin, want := range map[string]int{
		"":                          200,
		"http://office.local:8090":  200,
		"https://OFFICE.local:8090": 200,
		"http://evil.example":       403,
		"http://office.local":       403,
		"null":                      403,
		"ftp://office.local:8090":   403,
	} {
		c := r.config(r.store)
		c.Hosts = []string{"office.local"}
		o, err := office.New(c)
		if err != nil {
			t.Fatal(err)
		}
		defer o.Close()
		req := httptest.NewRequest("GET", "/api/terminals", nil)
		req.Host = "office.local:8090"
		if origin != "" {
			req.Header.Set("Origin", origin)
		}
		w := httptest.NewRecorder()
		o.Handler().ServeHTTP(w, req)
		if w.Code != want || !json.Valid(w.Body.Bytes()) {
			t.Errorf("%q: %d %s, want %d", origin, w.Code, w.Body, want)
		}
	}
}
