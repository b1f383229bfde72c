package desk

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"sourire/assets/webtest"
)

// everyPage is the pages of a book.
var everyPage = []string{
	"/manager", "/manager/day/2026-11-23", "/manager/week/2026-W47", "/manager/month/2026-11", "/manager/when", "/manager/why", "/manager/actions",
	"/manager/presses", "/manager/moments", "/manager/moment/1", "/manager/export", "/manager/report/day/2026-11-21", "/manager/report/week/2026-W47", "/manager/day/nonsense",
}

// TestPagesFitAPhone opens every page at the width of a phone. Where SOURIRE_SHOTS
// names a folder, it draws them for people to look at.
func TestPagesFitAPhone(t *testing.T) {
	dir := os.Getenv("SOURIRE_SHOTS")
	ctx := webtest.Open(t, chromedp.WindowSize(390, 844))
	srv := httptest.NewServer(deskOf(t, shop()))
	defer srv.Close()
	b := tabOf(t, ctx)
	for _, lang := range []string{"fr", "en"} {
		b.speaks(lang)
		for _, path := range everyPage {
			b.do(chromedp.EmulateViewport(390, 844), chromedp.Navigate(srv.URL+path))
			if wide := value[int](b, `document.documentElement.scrollWidth`); wide > 390 {
				t.Errorf("%s %s is %d wide on a phone of 390: %s", lang, path, wide, value[string](b, `[...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > 390.5).map((e) => e.tagName + "." + e.className).slice(0, 5).join(" ")`))
			}
			if dir != "" {
				shot, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
				if err != nil {
					t.Fatal(err)
				}
				name := lang + strings.ReplaceAll(path, "/", "_") + ".png"
				if err := os.WriteFile(filepath.Join(dir, name), shot, 0o600); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}

// speaks sets the browser's language.
func (b *browser) speaks(lang string) {
	b.t.Helper()
	headers := network.Headers{"Accept-Language": lang}
	if _, err := chromedp.Call(b.ctx, network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{Headers: headers}); err != nil {
		b.t.Fatal(err)
	}
}
