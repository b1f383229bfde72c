package panel

import (
	"errors"
	"net/http/httptest"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"sourire/assets/webtest"
)

// BenchmarkPage is how long it takes from asking for the page until its faces
// can be pressed, by a processor of a quarter of this one's speed, with nothing
// kept from before. The budget is 1 s.
func BenchmarkPage(b *testing.B) {
	done := make(chan struct{})
	srv := httptest.NewServer(New(Config{Terminal: newFake(), Done: done}))
	defer srv.Close()
	defer close(done)
	ctx := webtest.Open(b, chromedp.WindowSize(800, 480))
	_, slow := chromedp.Call(ctx, emulation.SetCPUThrottlingRate, emulation.SetCPUThrottlingRateParams{Rate: 4})
	_, fresh := chromedp.Call(ctx, network.SetCacheDisabled, network.SetCacheDisabledParams{CacheDisabled: true})
	_, alone := chromedp.Call(ctx, network.SetBypassServiceWorker, network.SetBypassServiceWorkerParams{Bypass: true})
	if err := errors.Join(slow, fresh, alone); err != nil {
		b.Fatal(err)
	}
	all, worst, n := 0.0, 0.0, 0.0
	for b.Loop() {
		if err := chromedp.Do(ctx, chromedp.Navigate(srv.URL)); err != nil {
			b.Fatal(err)
		}
		took, err := chromedp.Run(ctx, chromedp.Evaluate[float64](usable, chromedp.EvalAwaitPromise))
		if err != nil {
			b.Fatal(err)
		}
		all, worst, n = all+took, max(worst, took), n+1
	}
	b.ReportMetric(all/n, "ms-to-usable")
	b.ReportMetric(worst, "ms-worst")
}

// usable is the time from asking for the page until it listens and all its
// pictures and types are there, in ms.
const usable = `(async () => {
	const there = () => document.body.dataset.scene && document.fonts.status === "loaded" && [...document.images].every((i) => i.complete);
	while (!there() && performance.now() < 60000) await new Promise((again) => setTimeout(again, 5));
	return performance.now();
})()`
