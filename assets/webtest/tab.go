package webtest

import (
	"context"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
)

// patience is how long a page may take to do what a test waits for.
const patience = time.Minute

// Tab is a page in a browser, as a test drives it; what goes wrong ends the test.
type Tab struct {
	T   testing.TB
	Ctx context.Context // chromedp's
}

// Do takes steps, one after another.
func (b Tab) Do(steps ...chromedp.Action[chromedp.Void]) {
	b.T.Helper()
	if err := chromedp.Do(b.Ctx, steps...); err != nil {
		b.T.Fatal(err)
	}
}

// Wait waits until an expression is true.
func (b Tab) Wait(expression string) {
	b.T.Helper()
	if _, err := chromedp.Run(b.Ctx, chromedp.Poll[bool](expression, chromedp.WithPollingTimeout(patience))); err != nil {
		b.T.Fatalf("waiting for %s: %v; the page shows %q: %q", expression, err,
			Value[string](b, `document.body.dataset.shows ?? ""`), Value[string](b, `document.body.innerText`))
	}
}

// Value is what an expression comes to on the page.
func Value[T any](b Tab, expression string, how ...chromedp.EvaluateOption) T {
	b.T.Helper()
	v, err := chromedp.Run(b.Ctx, chromedp.Evaluate[T](expression, how...))
	if err != nil {
		b.T.Fatalf("%s: %v", expression, err)
	}
	return v
}

// Finger comes down at some points, or lifts.
func (b Tab) Finger(what input.DispatchTouchEventType, at ...*input.TouchPoint) {
	b.T.Helper()
	touch := input.DispatchTouchEventParams{Type: what, TouchPoints: append([]*input.TouchPoint{}, at...)}
	if _, err := chromedp.Call(b.Ctx, input.DispatchTouchEvent, touch); err != nil {
		b.T.Fatal(err)
	}
}
