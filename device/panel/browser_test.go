package panel

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"sourire/assets/webtest"
	"sourire/device/press"
	"sourire/device/screen"
	"sourire/device/tap"
)

// TestBrowser drives the customer's page in a real browser, a tab a test.
func TestBrowser(t *testing.T) {
	ctx := webtest.Open(t, chromedp.WindowSize(800, 480))
	for name, test := range map[string]func(*testing.T, *browser){
		"thanks only after the answer": thanksOnlyAfterTheAnswer,
		"thanks tells nothing":         thanksTellsNothing,
		"inputs":                       inputs,
		"numbers":                      numbers,
		"out of order and back":        outOfOrderAndBack,
		"service stops and starts":     serviceStopsAndStarts,
		"opened without service":       openedWithoutService,
		"service hangs":                serviceHangs,
		"reasons by touch":             reasonsByTouch,
		"reasons by keyboard":          reasonsByKeyboard,
		"writing":                      writing,
		"sleep":                        sleep,
		"manager":                      managersView,
		"stands still":                 standsStill,
		"held Escape":                  heldEscape,
		"names":                        names,
		"spoken once":                  spokenOnce,
		"named once":                   namedOnce,
		"right to left":                rightToLeftToo,
		"every scene":                  everyScene,
		"steady faces":                 steadyFaces,
		"few bytes":                    fewBytes,
		"pictures":                     pictures,
	} {
		t.Run(name, func(t *testing.T) {
			tab, cancel := chromedp.NewContext(ctx)
			defer cancel()
			b := &browser{Tab: webtest.Tab{T: t, Ctx: tab}}
			if err := chromedp.Listen(tab, b.note); err != nil {
				t.Fatal(err)
			}
			test(t, b)
		})
	}
}

// remember keeps every kind of scene that the page shows.
const remember = `
	window.seen = [];
	new MutationObserver(() => seen.push(document.body.dataset.shows)).observe(document.body, {attributeFilter: ["data-shows"]});`

func thanksOnlyAfterTheAnswer(t *testing.T, b *browser) {
	f := newFake()
	f.hold = make(chan struct{})
	b.Do(chromedp.Navigate(newService(t, f).url()))
	b.shows(screen.Question)
	b.Do(chromedp.Evaluate[chromedp.Void](remember), chromedp.Click(`#answers button:nth-child(4)`))
	b.Wait(`document.querySelector("#answers button:nth-child(4).felt") !== null`)

	// Another terminal's thanks, or ours that came ahead of the answer, waits.
	f.showKind(screen.Thanks)
	b.Wait(`document.body.dataset.scene === "thanks"`)
	if seen := webtest.Value[[]string](b.Tab, `seen`); slices.Contains(seen, string(screen.Thanks)) || !slices.Equal(f.pressed(), []int{3}) {
		t.Fatalf("before the answer the page showed %q; presses %v", seen, f.pressed())
	}
	f.showKind(screen.Question)
	b.Wait(`document.body.dataset.scene === "question"`)

	close(f.hold)
	b.shows(screen.Thanks)
	if got := webtest.Value[string](b.Tab, `document.getElementById("words").textContent`); !strings.Contains(got, "Merci") || !strings.Contains(got, "Thank you") {
		t.Errorf("the thanks says %q", got)
	}
	f.showKind(screen.Question)
	b.shows(screen.Question)
	if got := f.pressed(); !slices.Equal(got, []int{3}) {
		t.Errorf("one click made the presses %v", got)
	}
}

// The thanks looks the same, whatever was pressed and whether it counted, and
// nothing on the page says how long it lasts.
func thanksTellsNothing(t *testing.T, b *browser) {
	f := newFake()
	b.Do(chromedp.Navigate(newService(t, f).url()))
	b.shows(screen.Question)
	b.Do(chromedp.Evaluate[chromedp.Void](`
		window.delays = [];
		const later = setTimeout;
		window.setTimeout = (f, ms) => {
			if (ms < 10000) delays.push(ms); // longer ones are this test's own, and the watch over the stream
			return later(f, ms);
		};`))
	var pages []string
	for i, a := range []press.Answer{
		{Kind: press.Tap, Seq: 1, Counted: true},
		{Kind: press.Tap, Seq: 2, Flags: []tap.Flag{tap.Repeat}},
		{Kind: press.Tap, Seq: 3, Flags: []tap.Flag{tap.Chord}},
	} {
		f.set(func(f *fake) { f.answer = a })
		b.Do(chromedp.Evaluate[chromedp.Void](`delays.length = 0`), chromedp.KeyEvent(fmt.Sprint(i+1)))
		b.shows(screen.Thanks)
		b.Wait(`document.querySelector(".felt") === null`)
		pages = append(pages, webtest.Value[string](b.Tab, `JSON.stringify(delays) + document.querySelector("main").outerHTML.replaceAll(' class=""', "")`))
		f.showKind(screen.Question)
		b.shows(screen.Question)
	}
	if !strings.HasPrefix(pages[0], `[300]<main`) || slices.ContainsFunc(pages, func(s string) bool { return s != pages[0] }) {
		t.Errorf("timers and pages of the thanks differ:\n%s", strings.Join(pages, "\n"))
	}
}

func inputs(t *testing.T, b *browser) {
	f := newFake()
	b.Do(chromedp.EmulateViewport(800, 480, chromedp.EmulateTouch), chromedp.Navigate(newService(t, f).url()))
	b.shows(screen.Question)
	want := []int{}
	pressed := func(choice int, steps ...chromedp.Action[chromedp.Void]) {
		t.Helper()
		b.Do(steps...)
		b.shows(screen.Thanks)
		b.answered()
		want = append(want, choice)
		if got := f.pressed(); !slices.Equal(got, want) {
			t.Fatalf("presses %v, want %v", got, want)
		}
		f.showKind(screen.Question)
		b.shows(screen.Question)
	}
	pressed(1, chromedp.KeyEvent("2"))
	pressed(0, chromedp.Tap(`#answers button:nth-child(1)`))
	pressed(3, chromedp.Click(`#answers button:nth-child(4)`))
	pressed(2, chromedp.Evaluate[chromedp.Void](`document.activeElement.blur()`), chromedp.KeyEvent(kb.Home), chromedp.KeyEvent(kb.ArrowRight), chromedp.KeyEvent(kb.ArrowRight), chromedp.KeyEvent(kb.Enter))
	pressed(3, chromedp.KeyEvent(kb.ArrowRight), chromedp.KeyEvent(" "))
	pressed(1, chromedp.Evaluate[chromedp.Void](`document.querySelectorAll("#answers button")[1].click()`)) // as a screen reader does

	b.Do(chromedp.KeyEvent("5"), chromedp.KeyEvent("0"), chromedp.KeyEvent("x"))
	pressed(0, chromedp.KeyEvent("1")) // and none of the three before
	if f.on != screen.Question {
		t.Errorf("the press says that it was of %q", f.on)
	}
}

func numbers(t *testing.T, b *browser) {
	f := newFake()
	f.scene.Scale = tap.NPS
	b.Do(chromedp.Navigate(newService(t, f).url()+"?lang=en"), chromedp.KeyEvent("0"))
	b.shows(screen.Thanks)
	b.Do(chromedp.Click(`#answers button:nth-child(11)`))
	b.answered()
	if got := f.pressed(); !slices.Equal(got, []int{0, 10}) || f.lang != "en" {
		t.Errorf("presses %v in %q", got, f.lang)
	}
	if text := webtest.Value[string](b.Tab, `document.body.innerText`); strings.Contains(text, "Merci") {
		t.Errorf("asked in English, it says %q", text)
	}
}

func outOfOrderAndBack(t *testing.T, b *browser) {
	f := newFake()
	f.err = press.ErrNotStored
	b.Do(chromedp.Navigate(newService(t, f).url()))
	b.shows(screen.Question)
	b.Do(chromedp.Evaluate[chromedp.Void](remember+`window.same = true`), chromedp.Click(`#answers button:nth-child(2)`))
	b.shows(screen.OutOfOrder)
	if text := webtest.Value[string](b.Tab, `document.body.innerText`); !strings.Contains(text, "Hors service") || !strings.Contains(text, "Out of order") {
		t.Errorf("it says %q", text)
	}
	if n := webtest.Value[int](b.Tab, `[...document.querySelectorAll("button")].filter((x) => x.checkVisibility()).length`); n != 0 {
		t.Errorf("%d buttons show although no press can be stored", n)
	}
	before := len(f.pressed())
	b.Do(chromedp.KeyEvent("1"))
	f.set(func(f *fake) { f.err = nil })
	b.shows(screen.Question)
	if seen := webtest.Value[[]string](b.Tab, `seen`); slices.Contains(seen, string(screen.Thanks)) {
		t.Errorf("it said thank you for a press that was not stored: %q", seen)
	}
	if !webtest.Value[bool](b.Tab, `window.same === true`) {
		t.Error("the page loaded itself anew")
	}
	b.settle()
	b.Do(chromedp.Click(`#answers button:nth-child(2)`))
	b.shows(screen.Thanks)
	b.answered()
	if got := len(f.pressed()) - before; got != 1 {
		t.Errorf("when it was back, one press came as %d: what was refused was kept", got)
	}
}

// A page that is opened while the service is away says that the terminal is out
// of order, in the browser's own words never, and comes back by itself.
func openedWithoutService(t *testing.T, b *browser) {
	f := newFake()
	s := newService(t, f)
	b.Do(chromedp.Navigate(s.url()))
	b.shows(screen.Question)
	b.Wait(`navigator.serviceWorker.controller !== null`)
	s.stop()
	b.Do(chromedp.Navigate(s.url()))
	b.shows(screen.OutOfOrder)
	if text := webtest.Value[string](b.Tab, `document.body.innerText`); !strings.Contains(text, "Hors service") {
		t.Errorf("it says %q", text)
	}
	kept := webtest.Value[[]string](b.Tab, `caches.open("page").then((c) => c.keys()).then((all) => all.map((r) => new URL(r.url).pathname))`, chromedp.EvalAwaitPromise)
	if len(kept) != 7 || slices.ContainsFunc(kept, func(path string) bool { return path != "/" && !strings.HasPrefix(path, "/static/") }) {
		t.Errorf("the browser keeps %q", kept)
	}
	s.start()
	b.shows(screen.Question)
	b.settle()
	b.Do(chromedp.Click(`#answers button:nth-child(1)`))
	b.shows(screen.Thanks)
}

// A service that lives but does nothing any more is out of order, too.
func serviceHangs(t *testing.T, b *browser) {
	f := newFake()
	b.Do(chromedp.Navigate(newService(t, f).url()))
	b.shows(screen.Question)
	b.Do(chromedp.Evaluate[chromedp.Void](`window.setTimeout = ((later) => (f, ms) => later(f, ms === 16000 ? 100 : ms))(window.usual = setTimeout)`))
	f.set(func(f *fake) { f.err = press.ErrNotStored })
	f.showKind(screen.Question) // the watch over the stream begins again, and is short
	f.showKind(screen.Starting)
	b.shows(screen.OutOfOrder)
	b.Do(chromedp.Evaluate[chromedp.Void](`window.setTimeout = usual`))
	f.set(func(f *fake) { f.err = nil })
	b.shows(screen.Starting)
}

func serviceStopsAndStarts(t *testing.T, b *browser) {
	f := newFake()
	s := newService(t, f)
	b.Do(chromedp.Navigate(s.url()))
	b.shows(screen.Question)
	b.Do(chromedp.Evaluate[chromedp.Void](`window.same = true`))
	s.stop()
	b.shows(screen.OutOfOrder)
	s.start()
	b.shows(screen.Question)

	// The stream is back, too.
	f.showKind(screen.Closed)
	b.shows(screen.Closed)
	f.showKind(screen.Question)
	b.shows(screen.Question)
	if !webtest.Value[bool](b.Tab, `window.same === true`) {
		t.Error("the page loaded itself anew")
	}
	b.settle()
	b.Do(chromedp.Click(`#answers button:nth-child(1)`))
	b.shows(screen.Thanks)
}
