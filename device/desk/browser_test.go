package desk

import (
	"context"
	"fmt"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"sourire/assets/webtest"
	"sourire/device/tally"
	"sourire/device/tap"
)

// The pages in a real Chromium. One is started for all of these tests, and each
// has a tab with cookies of its own.
func TestInABrowser(t *testing.T) {
	chromium := webtest.Open(t)
	for _, c := range []struct {
		name string
		test func(t *testing.T, b *browser)
	}{
		{"every page on a phone", func(t *testing.T, b *browser) { everyPageShows(t, b, "fr", 390, 844) }},
		{"every page on a PC", func(t *testing.T, b *browser) { everyPageShows(t, b, "en", 1280, 900) }},
		{"every state in French", func(t *testing.T, b *browser) { everyStateShows(t, b, "fr") }},
		{"every state in English", func(t *testing.T, b *browser) { everyStateShows(t, b, "en") }},
		{"two minutes", twoMinutes},
		{"the report is one page", theReportIsOnePage},
		{"login", loginAndUpdate},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.test(t, tabOf(t, chromium))
		})
	}
}

// browser is a tab of a real Chromium, and the hosts that it asked.
type browser struct {
	webtest.Tab

	mu    sync.Mutex
	hosts map[string]bool
}

// tabOf is a new tab of a browser, of the size of a phone, that shares nothing
// with the others.
func tabOf(t *testing.T, ctx context.Context) *browser {
	t.Helper()
	tab, cancel := chromedp.NewContext(ctx, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	b := &browser{Tab: webtest.Tab{T: t, Ctx: tab}, hosts: map[string]bool{}}
	if err := chromedp.Listen(tab, b.note); err != nil {
		t.Fatal(err)
	}
	b.Do(chromedp.EmulateViewport(390, 844))
	return b
}

// note keeps the host of a request.
func (b *browser) note(event any) {
	if r, ok := event.(*network.EventRequestWillBeSent); ok {
		if u, err := url.Parse(r.Request.URL); err == nil && u.Scheme != "data" {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.hosts[u.Host] = true
		}
	}
}

// The login works with the headers that a browser really sends, and the page
// brings itself up to date, again and again: here, its seconds are short.
func loginAndUpdate(t *testing.T, b *browser) {
	book := &fakeBook{report: goodReport()}
	srv := httptest.NewServer(New(Config{Book: book, Lock: lockOf(t, time.Now)}))
	defer srv.Close()
	const hurry = `const wait = setTimeout; window.setTimeout = (then, ms) => wait(then, ms / 20)`
	if _, err := chromedp.Call(b.Ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: hurry}); err != nil {
		t.Fatal(err)
	}
	b.Do(chromedp.Navigate(srv.URL+"/manager"), chromedp.SendKeys("#pin", "1"+kb.Enter))
	b.Do(chromedp.WaitVisible("#problem"), chromedp.SendKeys("#pin", "4711"+kb.Enter), chromedp.WaitVisible(".bars"))
	for _, n := range []int{18, 19} {
		book.mu.Lock()
		book.report.Spans = []Span{{Period: tally.Today, Counts: counts(tap.Faces4, n, 16, 60, 126)}}
		book.mu.Unlock()
		b.Wait(fmt.Sprintf(`document.querySelector(".bars li b").textContent === "%d"`, n))
	}
	b.Do(chromedp.Click("header button"), chromedp.WaitVisible("#pin"))
}
