package desk

import (
	"context"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"sourire/assets/webtest"
	"sourire/device/tally"
	"sourire/device/tap"
)

// browser is a tab of a real Chromium, and the hosts that it asked.
type browser struct {
	webtest.Tab

	mu    sync.Mutex
	hosts map[string]bool
}

// tabOf is a new tab of a browser.
func tabOf(t *testing.T, ctx context.Context) *browser {
	tab, cancel := chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	b := &browser{Tab: webtest.Tab{T: t, Ctx: tab}, hosts: map[string]bool{}}
	if err := chromedp.Listen(tab, b.note); err != nil {
		t.Fatal(err)
	}
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
// brings itself up to date.
func TestLoginInABrowser(t *testing.T) {
	b := tabOf(t, webtest.Open(t, chromedp.WindowSize(390, 844)))
	book := &fakeBook{report: goodReport()}
	srv := httptest.NewServer(New(Config{Book: book, Lock: lockOf(t, time.Now)}))
	defer srv.Close()
	b.Do(chromedp.Navigate(srv.URL+"/manager"), chromedp.SendKeys("#pin", "1"+kb.Enter))
	b.Do(chromedp.WaitVisible("#problem"), chromedp.SendKeys("#pin", "4711"+kb.Enter), chromedp.WaitVisible(".bars"))

	book.mu.Lock()
	book.report.Spans = []Span{{tally.Today, counts(tap.Faces4, 18, 16, 60, 126)}}
	book.mu.Unlock()
	b.Wait(`document.querySelector(".bars li b").textContent === "18"`)
	b.Do(chromedp.Click("header button"), chromedp.WaitVisible("#pin"))
}
