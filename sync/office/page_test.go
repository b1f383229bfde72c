package office_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"sourire/assets/webtest"
	"sourire/device/tap"
	"sourire/sync/wire"
)

func evaluate[T any](t *testing.T, ctx context.Context, expression string) T {
	t.Helper()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	return v
}

func await(t *testing.T, ctx context.Context, expression string) {
	t.Helper()
	if _, err := chromedp.Run(ctx, chromedp.Poll[bool](expression, chromedp.WithPollingTimeout(20*time.Second))); err != nil {
		t.Fatalf("waiting for %s: %v; the page shows %q", expression, err, evaluate[string](t, ctx, `document.body.innerText`))
	}
}

// The page in a real browser: every condition has a word and a shape of its
// own, trouble is said, and nothing is wider than a phone.
func TestPage(t *testing.T) {
	r := newRig(t)
	named := func(name string, epoch uint64) *box {
		return newBox(tap.Identity{Chain: "demo", Store: "lyon", Terminal: name}, epoch, newKey(1), nil)
	}
	serving, quiet, closed, off, broken, unknown := named("a", 1), named("b", 2), named("c", 3), named("d", 4), named("e", 5), named("f", 6)
	closed.add(&tap.ConfigEvent{Question: "exit", Hours: map[string]string{"mon": "09:00-12:00"}}, tap.KindConfig)
	for _, b := range []*box{serving, quiet, closed, off, broken, unknown} {
		if b != quiet {
			b.taps(3)
		}
		r.batches(b, 1, b.last())
	}
	one := serving.state(1, 1, true)
	one = []byte(strings.Replace(string(one), `"last":4`, `"last":5`, 1))
	r.send(serving, wire.LeafState, one)
	r.send(quiet, wire.LeafState, quiet.says(1))
	r.send(closed, wire.LeafState, closed.says(1))
	r.send(off, wire.LeafState, off.state(1, 0, false))
	r.send(broken, wire.LeafState, broken.says(1, "display", "button-2"))
	fork := broken.copyAt(2).taps(2)
	r.batches(fork, 3, 4)
	// In mid-chain: the newest events must show, not those at the lowest places.
	late := named("late", 7).taps(500)
	r.send(late, wire.LeafState, late.state(1, 200, true))
	r.pass(time.Minute) // in which it is asked for more in vain
	r.batches(late, 301, 400, 401, 500)
	r.pass(-time.Minute)

	srv := httptest.NewServer(r.Handler())
	defer srv.Close()
	ctx := webtest.Open(t)
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(360, 700), chromedp.Navigate(srv.URL+"/")); err != nil {
		t.Fatal(err)
	}
	await(t, ctx, `document.querySelectorAll(".terminal").length === 7`)
	got := evaluate[[]string](t, ctx, `[...document.querySelectorAll("#terminals > li")].map((li) => [
		li.className, ...[".state b", ".state small", ".fresh small", ".count b"].map((s) => li.querySelector(s).textContent)].join("|"))`)
	want := []string{
		"in_service|In service||1 event waits there|3",
		"no_presses|No presses|in service, none today|nothing waits there|0",
		"closed|Closed|outside opening hours|nothing waits there|3",
		"off|Off|not connected|what waits there is not known|3",
		"broken|Broken|display, button 2|nothing waits there|5",
		"unknown|Unknown|has not reported yet|what waits there is not known|3",
		"in_service|In service||1 event waits there|200",
	}
	if !slices.Equal(got, want) {
		t.Errorf("the page lists\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	shapes := evaluate[[]string](t, ctx, `[...document.querySelectorAll("#terminals > li .mark")].slice(0, 6).map((m) => {
		const s = getComputedStyle(m), plain = (v) => v.replace(/rgba?\([^)]*\)/g, "");
		return [s.borderStyle, s.borderWidth, s.borderRadius, s.height, plain(s.backgroundImage), s.backgroundColor === "rgba(0, 0, 0, 0)"].join(" ");
	})`)
	slices.Sort(shapes)
	if n := len(slices.Compact(slices.Clone(shapes))); n != 6 {
		t.Errorf("%d shapes for 6 conditions: %q", n, shapes)
	}
	if s := evaluate[string](t, ctx, `document.getElementById("summary").textContent`); s != "7 terminals · 2 in service · 1 without a press · 1 closed · 1 off · 1 broken · 1 unknown" {
		t.Errorf("summary %q", s)
	}
	if s := evaluate[string](t, ctx, `document.querySelectorAll(".notes")[0].innerText`); !strings.Contains(s, "clock is not set") {
		t.Errorf("notes %q", s)
	}
	if s := evaluate[string](t, ctx, `document.querySelector(".broken .notes").innerText`); !strings.Contains(s, "From event 3 on there are two histories") {
		t.Errorf("notes %q", s)
	}
	if err := chromedp.Do(ctx, chromedp.Click(`[data-terminal="demo/lyon/late"]`)); err != nil {
		t.Fatal(err)
	}
	await(t, ctx, `document.querySelectorAll("tbody tr").length === 50`)
	if s := evaluate[string](t, ctx, `document.querySelector("tbody tr").innerText`); !strings.HasPrefix(s, "500") {
		t.Errorf("the newest event shown is %q", s)
	}
	if over := evaluate[int](t, ctx, `document.documentElement.scrollWidth - innerWidth`); over > 0 {
		t.Errorf("%d px wider than a phone", over)
	}
	srv.CloseClientConnections()
	srv.Config.SetKeepAlivesEnabled(false)
	if err := srv.Listener.Close(); err != nil {
		t.Fatal(err)
	}
	await(t, ctx, `!document.getElementById("away").hidden`)
}

// Both languages say the same things.
func TestPageLanguages(t *testing.T) {
	ctx := webtest.Open(t)
	r := newRig(t)
	srv := httptest.NewServer(r.Handler())
	defer srv.Close()
	if err := chromedp.Do(ctx, chromedp.Navigate(srv.URL+"/")); err != nil {
		t.Fatal(err)
	}
	await(t, ctx, `!document.getElementById("empty").hidden`)
	keys := `(o) => Object.entries(o).flatMap(([k, v]) => v && v.constructor === Object ? Object.keys(v).map((l) => k + "." + l) : [k]).sort().join("\n")`
	en := evaluate[string](t, ctx, fmt.Sprintf(`(%s)(texts.en)`, keys))
	if fr := evaluate[string](t, ctx, fmt.Sprintf(`(%s)(texts.fr)`, keys)); fr != en {
		t.Errorf("texts in French\n%s\nin English\n%s", fr, en)
	}
}
