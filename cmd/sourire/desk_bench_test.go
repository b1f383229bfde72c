package main

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"golang.org/x/sys/unix"

	"sourire/assets/webtest"
	"sourire/cmd/internal/lab"
)

// BenchmarkManager is how long it takes from asking for each of the manager's
// pages until it can be read and its links can be pressed, by a processor of a
// quarter of this one's speed, with nothing kept from before, where the box has a
// year to tell of. The budget is 1 s. It also prints for how long the box made
// the page, and what it loads.
func BenchmarkManager(b *testing.B) {
	box, now := yearOld(b)
	srv := httptest.NewServer(box.manager(nil))
	defer srv.Close()
	ctx := webtest.Open(b, chromedp.WindowSize(390, 844))
	_, slow := chromedp.Call(ctx, emulation.SetCPUThrottlingRate, emulation.SetCPUThrottlingRateParams{Rate: 4})
	_, fresh := chromedp.Call(ctx, network.SetCacheDisabled, network.SetCacheDisabledParams{CacheDisabled: true})
	if err := errors.Join(slow, fresh); err != nil {
		b.Fatal(err)
	}
	ago := func(days int, layout string) string { return now.AddDate(0, 0, -days).Format(layout) }
	for _, page := range []struct{ name, path string }{
		{"today", ""}, {"day", "/day/" + ago(1, time.DateOnly)}, {"busiest-day", "/day/" + busiest(now).Format(time.DateOnly)},
		{"week", "/week"}, {"month", "/month/" + ago(31, "2006-01")}, {"old-day", "/day/" + ago(301, time.DateOnly)}, {"old-month", "/month/" + ago(300, "2006-01")},
		{"when", "/when?weeks=12"}, {"why", "/why"}, {"actions", "/actions"}, {"presses", "/presses"}, {"moments", "/moments"}, {"export", "/export"},
		{"report", "/report/day/" + ago(1, time.DateOnly)},
	} {
		b.Run(page.name, func(b *testing.B) {
			var all, worst, server, bytes, n float64
			for b.Loop() {
				if err := chromedp.Do(ctx, chromedp.Navigate(srv.URL+"/manager"+page.path)); err != nil {
					b.Fatal(err)
				}
				took, err := chromedp.Run(ctx, chromedp.Evaluate[[]float64](readable, chromedp.EvalAwaitPromise))
				if err != nil {
					b.Fatal(err)
				}
				all, worst, server, bytes, n = all+took[0], max(worst, took[0]), server+took[1], took[2], n+1
			}
			b.ReportMetric(all/n/1000, "x-1s")
			b.ReportMetric(worst/1000, "x-1s-worst")
			b.ReportMetric(server/n, "server-ms")
			b.ReportMetric(bytes/1000, "kB")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// readable is the time from asking for the page until it is painted, its pictures
// and types are there, and each link of its menu, or of a sheet's tools, can be
// hit; for how long its document was waited for, both in ms; and the bytes that
// were loaded.
const readable = `(async () => {
	const hit = (a) => { const r = a.getBoundingClientRect(); return a.contains(document.elementFromPoint(r.x + r.width / 2, r.y + r.height / 2)); };
	const there = () => {
		const links = [...document.querySelectorAll("nav:not(.more) a, .tools a")];
		return document.readyState === "complete" && performance.getEntriesByName("first-contentful-paint").length && document.fonts.status === "loaded" &&
			[...document.images].every((i) => i.complete) && links.length && links.every(hit);
	};
	while (!there() && performance.now() < 60000) await new Promise((again) => setTimeout(again, 5));
	const took = performance.now(), [page] = performance.getEntriesByType("navigation");
	const all = [page, ...performance.getEntriesByType("resource")];
	return [took, page.responseEnd - page.requestStart, all.reduce((n, e) => n + e.transferSize, 0)];
})()`

// BenchmarkOpenPage is what a page takes of a core that stays open all day, where
// the box has a year to tell of: it asks every ten seconds, and once a minute there
// is something new.
func BenchmarkOpenPage(b *testing.B) {
	box, _ := yearOld(b)
	h := box.manager(nil)
	ask := func(tag string) (string, int) {
		r := httptest.NewRequest(http.MethodGet, "http://127.0.0.1:8081/manager", nil)
		r.Header.Set("If-None-Match", tag)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w.Header().Get("ETag"), w.Code
	}
	const n = 100
	cost := func(tag func() string) (ms float64) {
		began := used(b)
		for range n {
			if _, code := ask(tag()); code >= http.StatusBadRequest {
				b.Fatalf("got %d", code)
			}
		}
		return float64((used(b) - began).Microseconds()) / 1000 / n
	}
	var same, anew float64
	for b.Loop() {
		anew = cost(func() string { return "" })
		tag, _ := ask("")
		same = cost(func() string { return tag })
	}
	b.ReportMetric(same, "ms-unchanged")
	b.ReportMetric(anew, "ms-anew")
	b.ReportMetric(100*(5*same+anew)/60_000, "%-of-core")
	b.ReportMetric(0, "ns/op")
}

// used is the time of processors that this process has used.
func used(b *testing.B) time.Duration {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// yearOld is a box that runs, with the journal of a year, and its time.
func yearOld(b *testing.B) (*box, time.Time) {
	b.Helper()
	c := lab.NewChain(b, "")
	conf, err := configFlag{Config: c.TerminalFile}.load()
	if err != nil {
		b.Fatal(err)
	}
	now := time.Now().In(conf.Location())
	writeYear(b, conf, now, 365)
	box := open(b, c)
	box.clock.Trust()
	last, _ := box.journal.Last()
	lab.Eventually(b, "all is counted", time.Minute, func() bool {
		box.results.mu.Lock()
		defer box.results.mu.Unlock()
		return box.results.seq >= last
	})
	return box, now
}
