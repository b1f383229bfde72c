package desk

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"sourire/assets/webtest"
	"sourire/device/manager"
	"sourire/device/screen"
	"sourire/device/tally"
	"sourire/device/tap"
)

// everyPage is the pages of a shop.
var everyPage = []string{
	"/manager", "/manager/day/2026-11-23", "/manager/week/2026-W47", "/manager/month/2026-11", "/manager/when?weeks=12", "/manager/why", "/manager/actions",
	"/manager/presses", "/manager/moments", "/manager/moment/1", "/manager/export", "/manager/report/day/2026-11-21", "/manager/report/week/2026-W47", "/manager/day/nonsense",
}

// mostBytes is what a page may take, with all that it loads.
const mostBytes = 300_000

// Every page fits a phone and a PC, is found accessible, small, and made of
// what comes from the terminal alone. Where SOURIRE_SHOTS names a folder, the
// pages are drawn there for people to look at.
func everyPageShows(t *testing.T, b *browser, lang string, width, height int64) {
	srv := httptest.NewServer(deskOf(t, shop()))
	defer srv.Close()
	if _, err := chromedp.Call(b.Ctx, network.SetCacheDisabled, network.SetCacheDisabledParams{CacheDisabled: true}); err != nil {
		t.Fatal(err)
	}
	b.speaks(lang)
	for _, path := range everyPage {
		what := fmt.Sprintf("%s %s, %d wide", lang, path, width)
		b.Do(chromedp.EmulateViewport(width, height), chromedp.Navigate(srv.URL+path))
		if got := webtest.Value[string](b.Tab, `document.documentElement.lang`); got != lang {
			t.Errorf("%s: its language is %q", what, got)
		}
		b.fits(what)
		if bytes := webtest.Value[int](b.Tab, `[...performance.getEntriesByType("resource"), ...performance.getEntriesByType("navigation")].reduce((n, e) => n + e.transferSize, 0)`); bytes == 0 || bytes > mostBytes {
			t.Errorf("%s: it takes %d bytes, want 1 to %d", what, bytes, mostBytes)
		}
		webtest.Accessible(b.Ctx, t, what)
		b.shoot(what)
		b.Do(chromedp.EmulateViewport(320, 640)) // zoomed in (WCAG 1.4.10)
		b.fits(what + ", zoomed in")
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if own := strings.TrimPrefix(srv.URL, "http://"); len(b.hosts) != 1 || !b.hosts[own] {
		t.Errorf("requests to %v, want all to %s", b.hosts, own)
	}
}

// What the pages look like when things are not as usual is accessible, too.
func everyStateShows(t *testing.T, b *browser, lang string) {
	look := func(name string, h http.Handler, paths ...string) {
		srv := httptest.NewServer(h)
		defer srv.Close()
		for _, path := range paths {
			b.Do(chromedp.Navigate(srv.URL + path))
			what := lang + " " + name + " " + path
			b.fits(what)
			webtest.Accessible(b.Ctx, t, what)
			b.shoot(what)
		}
	}
	b.speaks(lang)
	look("locked", New(Config{Book: shop(), Lock: lockOf(t, time.Now)}), "/manager")
	for name, change := range map[string]func(*Report){
		"staff": func(r *Report) { r.Staff = true },
		"out of order": func(r *Report) {
			r.State, r.Faults, r.Connected = screen.OutOfOrder, []manager.Fault{{Part: "disk"}}, false
		},
		"closed": func(r *Report) { r.State = screen.Closed },
		"no clock": func(r *Report) {
			r.Clock, r.Spans, r.Opens = tap.Unknown, []Span{{Period: Undated, Counts: tally.NewCounts(tap.Faces4)}}, 0
		},
	} {
		book := shop()
		change(&book.report)
		look(name, deskOf(t, book), "/manager", "/manager/when", "/manager/report/day/2026-11-21")
	}
}

// fits checks that nothing is wider than the window, and that what is touched is
// big enough for a finger (WCAG 2.2, 2.5.8).
func (b *browser) fits(what string) {
	b.T.Helper()
	if wide := webtest.Value[[]string](b.Tab, `document.documentElement.scrollWidth <= innerWidth ? [] : [...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > innerWidth + 0.5).map((e) => e.tagName + "." + e.className).slice(0, 5)`); len(wide) > 0 {
		b.T.Errorf("%s: wider than the window: %q", what, wide)
	}
	if small := webtest.Value[[]string](b.Tab, `[...document.querySelectorAll("a, button, input:not([type=hidden]), textarea")].flatMap((e) => {
		const r = e.getBoundingClientRect();
		return r.height > 0 && r.height < 24 && !e.matches(".skip") ? [e.outerHTML] : [];
	})`); len(small) > 0 {
		b.T.Errorf("%s: too small for a finger: %q", what, small)
	}
}

// shoot draws the page into the folder of SOURIRE_SHOTS, if there is one.
func (b *browser) shoot(what string) {
	b.T.Helper()
	if os.Getenv("SOURIRE_SHOTS") == "" {
		return
	}
	shot, err := chromedp.Run(b.Ctx, chromedp.FullScreenshot(100))
	if err != nil {
		b.T.Fatal(err)
	}
	b.keep(what+".png", shot)
}

// keep writes a file into the folder of SOURIRE_SHOTS, if there is one.
func (b *browser) keep(name string, raw []byte) {
	b.T.Helper()
	dir := os.Getenv("SOURIRE_SHOTS")
	if dir == "" {
		return
	}
	name = regexp.MustCompile(`[^a-zA-Z0-9.-]+`).ReplaceAllString(name, "_")
	if err := os.WriteFile(filepath.Join(dir, name), raw, 0o600); err != nil {
		b.T.Fatal(err)
	}
}

// speaks sets the browser's language.
func (b *browser) speaks(lang string) {
	b.T.Helper()
	headers := network.Headers{"Accept-Language": lang}
	if _, err := chromedp.Call(b.Ctx, network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{Headers: headers}); err != nil {
		b.T.Fatal(err)
	}
}

var sheet = regexp.MustCompile(`/Type\s*/Page\b[^s]`)

// The page for the staff room is one of A4, also where as much as possible was
// said and done.
func theReportIsOnePage(t *testing.T, b *browser) {
	full := shop()
	for range 6 {
		for i, kind := range []string{tap.NoteQuick, tap.NoteStructural, tap.NoteObservation} {
			text := strings.Repeat("Une longue note ", mostNote)[:mostNote]
			full.notes = append(full.notes, Note{kind, text, midnight(full.report.Now, -2-i)})
		}
	}
	empty := &fakeBook{report: reportOf(0, counts(tap.Faces4))}
	b.Do(chromedp.EmulateViewport(1280, 900))
	for name, book := range map[string]*fakeBook{"a week like others": shop(), "full": full, "empty": empty} {
		srv := httptest.NewServer(deskOf(t, book))
		for lang, path := range map[string]string{"fr": "/manager/report/week/2026-W47", "en": "/manager/report/day/2026-11-21"} {
			b.speaks(lang)
			b.Do(chromedp.Navigate(srv.URL + path))
			pdf, err := chromedp.Run(b.Ctx, chromedp.PrintToPDF(chromedp.PDFPaper(chromedp.PaperA4), chromedp.PDFPreferCSSPageSize()))
			if err != nil {
				t.Fatal(err)
			}
			if n := len(sheet.FindAll(pdf, -1)); n != 1 {
				t.Errorf("%s, %s %s: %d pages, want 1", name, lang, path, n)
			}
			if _, err := chromedp.Call(b.Ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"}); err != nil {
				t.Fatal(err)
			}
			if tools := webtest.Value[string](b.Tab, `getComputedStyle(document.querySelector(".tools")).display`); tools != "none" {
				t.Errorf("%s: what is for the screen is printed, too", name)
			}
			b.keep(name+" "+lang+".pdf", pdf)
		}
		srv.Close()
	}
}

// A manager's two minutes, without a script: log in, wait after five wrong PINs,
// see to an alert, note an action and find it, go back to last week.
func twoMinutes(t *testing.T, b *browser) {
	book := shop()
	var mu sync.Mutex
	now := book.report.Now
	clock := func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		return now
	}
	srv := httptest.NewServer(New(Config{Book: book, Lock: lockOf(t, clock), Clock: clock}))
	defer srv.Close()
	if _, err := chromedp.Call(b.Ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
		t.Fatal(err)
	}
	b.speaks("en")
	shows := func(selector, text string) {
		t.Helper()
		b.Do(chromedp.WaitVisible(selector))
		if got, err := chromedp.Run(b.Ctx, chromedp.Text(selector)); err != nil || !strings.Contains(strings.ReplaceAll(got, "\u00a0", " "), text) {
			t.Fatalf("%s: %v, %q, want it to say %q", selector, err, got, text)
		}
	}
	follow := func(steps ...chromedp.Action[chromedp.Void]) { // to the next page, and waits for it
		t.Helper()
		if _, err := chromedp.RunResponse(b.Ctx, steps...); err != nil {
			t.Fatal(err)
		}
	}
	enter := func(pin string) { t.Helper(); follow(chromedp.SendKeys("#pin", pin+kb.Enter)) }

	b.Do(chromedp.Navigate(srv.URL + "/manager/actions"))
	for range 4 {
		enter("0000")
		shows("#problem", "wrong")
	}
	enter("0000")
	shows("#problem", "Wait 60 seconds")
	enter("4711")
	shows("#problem", "Too many wrong PINs")
	mu.Lock()
	now = now.Add(time.Minute)
	mu.Unlock()
	enter("4711")
	shows(".headline", "Go and see, now")

	follow(chromedp.SendKeys("#ack-812", "The second till was closed"+kb.Enter))
	b.Do(chromedp.WaitNotPresent("#ack-812"))
	shows("#alerts", "A better week")
	book.mu.Lock()
	if got := book.acked[812]; got != "The second till was closed" {
		t.Errorf("of the alert it was said %q", got)
	}
	book.mu.Unlock()

	follow(chromedp.Click(`a[href="/manager/actions"]`))
	b.Do(chromedp.SendKeys("#text", "Second till from 5 to 7"), chromedp.Click(`input[value="structural"]`))
	follow(chromedp.Click("form.note button"))
	shows(".kept", "It is kept")
	shows(".notes li:first-child", "Second till from 5 to 7")
	follow(chromedp.Click(`a[href="/manager/week"]`))
	shows("h1", "Week 48")
	follow(chromedp.Click(`a[rel="prev"]`))
	shows("h1", "Week 47")
	follow(chromedp.Click(`a[href="/manager/day/2026-11-21"]`))
	shows("h1", "Saturday 21 November 2026")
	follow(chromedp.Click("header button"))
	shows("#login h1", "Manager")
}
