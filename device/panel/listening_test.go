package panel

import (
	"bytes"
	"image/png"
	"slices"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"sourire/assets/webtest"
	"sourire/device/press"
	"sourire/device/screen"
	"sourire/device/screen/phonetest"
)

// open shows a scene on a touch screen of 800 by 480, after another one.
func (b *browser) open(t *testing.T, scene screen.Scene) *fake {
	t.Helper()
	f := newFake()
	b.Do(chromedp.EmulateViewport(800, 480, chromedp.EmulateTouch), chromedp.Navigate(newService(t, f).url()))
	b.shows(screen.Question)
	f.show(scene)
	b.shows(scene.Kind)
	return f
}

// middle is where an element is.
func (b *browser) middle(selector string) (x, y float64) {
	b.T.Helper()
	at := webtest.Value[[]float64](b.Tab, `(() => { const r = document.querySelector("`+selector+`").getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]; })()`)
	return at[0], at[1]
}

func (b *browser) tap(selector string) {
	b.T.Helper()
	b.touch(b.middle(selector))
}

// gestures waits for what the terminal was told.
func (b *browser) gestures(f *fake, want ...press.Gesture) {
	b.T.Helper()
	b.answered()
	if got := f.gestured(); !slices.Equal(got, want) {
		b.T.Fatalf("the terminal was told %q, want %q", got, want)
	}
}

func reasonsByTouch(t *testing.T, b *browser) {
	f := b.open(t, allScenes("fr", "en")["followup"])
	// Whoever taps a face twice has not read what stands there now.
	b.tap("#answers button:nth-child(2)")
	b.settle()
	if got := f.pressed(); len(got) > 0 {
		t.Fatalf("a second tap was taken for the answer %v", got)
	}
	// A touch beside the answers, and the key, ask for time.
	b.touch(400, 20)
	b.gestures(f, press.More)
	b.tap("#more")
	b.gestures(f, press.More, press.More)
	longer := f.Scene()
	longer.Left = 8
	f.show(longer)
	b.Wait(`document.getElementById("seconds").textContent === "8 s"`)
	b.Wait(`document.getElementById("seconds").textContent === "7 s"`) // and it runs again

	b.tap("#answers button:nth-child(6)")
	b.shows(screen.Thanks)
	b.answered()
	if got := f.pressed(); !slices.Equal(got, []int{5}) || f.on != screen.FollowUp {
		t.Errorf("the answers %v of %q", got, f.on)
	}
	f.show(allScenes("fr", "en")["thanks-reason"])
	b.Wait(`document.getElementById("words").textContent.includes("le\u00a0temps d’attente")`)
	if n := webtest.Value[int](b.Tab, `[...document.querySelectorAll("button")].filter((x) => x.checkVisibility()).length`); n != 0 {
		t.Errorf("%d buttons show after the answer", n)
	}
}

func reasonsByKeyboard(t *testing.T, b *browser) {
	f := b.open(t, allScenes("fr", "en")["followup"])
	if got := webtest.Value[string](b.Tab, `document.activeElement.id`); got != "answers" {
		t.Errorf("the focus is at %q: a screen reader says nothing of the question, or says it again before the first answer", got)
	}
	b.settle()
	b.Do(chromedp.KeyEvent(kb.ArrowRight), chromedp.KeyEvent(kb.ArrowRight), chromedp.KeyEvent(kb.Enter))
	b.shows(screen.Thanks)
	b.answered()
	f.show(allScenes("fr", "en")["followup"])
	b.shows(screen.FollowUp)
	b.Do(chromedp.KeyEvent("6"))
	b.shows(screen.Thanks)
	b.answered()
	if got := f.pressed(); !slices.Equal(got, []int{1, 5}) {
		t.Errorf("the answers %v", got)
	}
	f.set(func(f *fake) { f.gestures = nil })
	f.show(allScenes("fr", "en")["followup"])
	b.shows(screen.FollowUp)
	b.Do(chromedp.KeyEvent(kb.Escape))
	b.gestures(f, press.End)
	b.Do(chromedp.KeyEvent(kb.Tab), chromedp.KeyEvent(kb.Tab), chromedp.KeyEvent(kb.Tab), chromedp.KeyEvent(kb.Tab))
	b.Do(chromedp.KeyEvent(kb.Tab), chromedp.KeyEvent(kb.Tab), chromedp.KeyEvent(kb.Tab))
	if got := webtest.Value[string](b.Tab, `document.activeElement.id`); got != "more" {
		t.Errorf("after six answers, the tabulator is at %q", got)
	}
	b.answered()
	f.set(func(f *fake) { f.gestures = nil })
	b.Do(chromedp.KeyEvent(kb.Enter))
	b.gestures(f, press.More)
}

func writing(t *testing.T, b *browser) {
	f := b.open(t, allScenes("fr", "en")["write"])
	// A phone 40 cm from a screen of 7" reads the code as it is on the page.
	shot, err := chromedp.Run(b.Ctx, chromedp.CaptureScreenshot())
	if err != nil {
		t.Fatal(err)
	}
	page, err := png.Decode(bytes.NewReader(shot))
	if err != nil {
		t.Fatal(err)
	}
	seen := phonetest.View{Distance: 400, Tilt: 20, Turn: 7}.See(page, 154)
	if got, want := phonetest.Read(t, seen), f.Scene().Link; got != want {
		t.Errorf("the code on the page reads as %q, want %q", got, want)
	}
	b.settle()
	b.touch(200, 100)
	b.gestures(f, press.More)
	b.tap("#end")
	b.gestures(f, press.More, press.End)
}

func sleep(t *testing.T, b *browser) {
	f := b.open(t, allScenes("fr", "en")["asleep"])
	b.touch(400, 300)
	b.gestures(f, press.Wake)
	f.showKind(screen.Question)
	b.shows(screen.Question)
	b.touch(b.middle("#answers button:nth-child(2)")) // a second tap
	b.settle()
	if got := f.pressed(); len(got) > 0 {
		t.Errorf("waking it made the presses %v", got)
	}
}

// Whatever fingers, wheels and keys do that makes a page zoom, scroll or offer a
// menu, a terminal stands still.
func standsStill(t *testing.T, b *browser) {
	f := b.open(t, screen.Scene{Kind: screen.Question, Scale: "faces4", Languages: []string{"fr", "en"}})
	b.Finger(input.DispatchTouchEventTypeTouchStart, &input.TouchPoint{X: 380, Y: 60, ID: number(0)}, &input.TouchPoint{X: 420, Y: 60, ID: number(1)})
	for apart := 60.0; apart < 360; apart += 60 {
		b.Finger(input.DispatchTouchEventTypeTouchMove, &input.TouchPoint{X: 400 - apart, Y: 60 + apart/2, ID: number(0)}, &input.TouchPoint{X: 400 + apart, Y: 60 + apart/2, ID: number(1)})
	}
	b.Finger(input.DispatchTouchEventTypeTouchEnd)
	if got := webtest.Value[[]float64](b.Tab, `[visualViewport.scale, scrollX, scrollY, document.scrollingElement.scrollHeight - innerHeight]`); !slices.Equal(got, []float64{1, 0, 0, 0}) {
		t.Errorf("after two fingers moved apart: scale, place, and what is beyond the screen %v", got)
	}
	let := webtest.Value[[]string](b.Tab, `[
			new MouseEvent("contextmenu", {bubbles: true, cancelable: true}), new DragEvent("dragstart", {bubbles: true, cancelable: true}),
			new Event("selectstart", {bubbles: true, cancelable: true}), new WheelEvent("wheel", {bubbles: true, cancelable: true, ctrlKey: true}),
			...["+", "-", "=", "0"].map((key) => new KeyboardEvent("keydown", {bubbles: true, cancelable: true, ctrlKey: true, key})),
		].filter((e) => document.querySelector("#answers button img").dispatchEvent(e)).map((e) => e.type + (e.key ?? ""))`)
	if len(let) > 0 {
		t.Errorf("the browser is let do its own of %q", let)
	}
	b.answered()
	if got := f.pressed(); len(got) > 0 {
		t.Errorf("that made the presses %v", got)
	}
}

func number(n float64) *float64 { return &n }

// question is what a touch screen shows first, with 3 s made short.
func (b *browser) question(t *testing.T) *fake {
	t.Helper()
	f := b.open(t, screen.Scene{Kind: screen.Question, Scale: "faces4", Languages: []string{"fr", "en"}})
	b.Do(chromedp.Evaluate[chromedp.Void](`window.setTimeout = ((later) => (f, ms) => later(f, ms === 3000 ? 300 : ms))(setTimeout)`))
	return f
}

// Escape that is let go asks for nothing on the question; held, for the
// manager's view, once.
func heldEscape(t *testing.T, b *browser) {
	f := b.question(t)
	key := func(what input.DispatchKeyEventType, again bool) {
		t.Helper()
		e := input.DispatchKeyEventParams{Type: what, Key: "Escape", Code: "Escape", WindowsVirtualKeyCode: 27, AutoRepeat: &again}
		if _, err := chromedp.Call(b.Ctx, input.DispatchKeyEvent, e); err != nil {
			t.Fatal(err)
		}
	}
	key(input.DispatchKeyEventTypeKeyDown, false)
	key(input.DispatchKeyEventTypeKeyUp, false)
	b.Do(chromedp.Evaluate[chromedp.Void](`new Promise((done) => setTimeout(done, 600))`, chromedp.EvalAwaitPromise))
	b.gestures(f)
	key(input.DispatchKeyEventTypeKeyDown, false)
	key(input.DispatchKeyEventTypeKeyDown, true)
	until(t, func() bool { return len(f.gestured()) == 1 })
	key(input.DispatchKeyEventTypeKeyUp, false)
	b.gestures(f, press.Service)
	if got := f.pressed(); len(got) > 0 {
		t.Errorf("holding Escape made the presses %v", got)
	}
}

func managersView(t *testing.T, b *browser) {
	f := b.question(t)
	// A corner that is let go asks for nothing; one that is held does.
	b.touch(20, 20)
	b.Finger(input.DispatchTouchEventTypeTouchStart, &input.TouchPoint{X: 790, Y: 10})
	b.Finger(input.DispatchTouchEventTypeTouchMove, &input.TouchPoint{X: 600, Y: 200})
	b.Do(chromedp.Evaluate[chromedp.Void](`new Promise((done) => setTimeout(done, 600))`, chromedp.EvalAwaitPromise))
	b.Finger(input.DispatchTouchEventTypeTouchEnd)
	b.gestures(f)
	b.Finger(input.DispatchTouchEventTypeTouchStart, &input.TouchPoint{X: 790, Y: 10})
	until(t, func() bool { return len(f.gestured()) == 1 })
	b.Finger(input.DispatchTouchEventTypeTouchEnd)
	b.gestures(f, press.Service)
	if got := f.pressed(); len(got) > 0 {
		t.Errorf("holding a corner made the presses %v", got)
	}

	f.set(func(f *fake) { f.polite = false })
	f.show(allScenes("fr", "en")["pin"])
	b.shows(screen.PIN)
	b.settle()
	hold := make(chan struct{})
	f.set(func(f *fake) { f.hold = hold })
	b.Do(chromedp.KeyEvent("4"), chromedp.KeyEvent("0"), chromedp.KeyEvent(kb.Backspace), chromedp.KeyEvent(kb.Enter))
	if got := webtest.Value[string](b.Tab, `document.body.dataset.waiting`); got != "1" {
		t.Errorf("%s keys are told at once, in whatever order", got)
	}
	close(hold)
	until(t, func() bool { return len(f.pressed()) == 4 })
	b.answered()
	b.tap("#answers button:nth-child(9)")
	b.answered()
	if got := f.pressed(); !slices.Equal(got, []int{3, 10, 9, 11, 8}) || f.on != screen.PIN {
		t.Errorf("the keys %v of %q", got, f.on)
	}
	// Who goes from key to key stays where they are when what a key says changes.
	b.Do(chromedp.Focus(`#answers button:nth-child(5)`))
	empty := allScenes("fr", "en")["pin"]
	keys := *empty.Pages
	keys.Keys = slices.Clone(keys.Keys)
	keys.Keys[9] = "Quitter"
	empty.Pages = &keys
	f.show(empty)
	b.Wait(`document.querySelectorAll("#answers button")[9].textContent.includes("Quitter")`)
	if got := webtest.Value[string](b.Tab, `document.activeElement.textContent.trim()`); got != "5" {
		t.Errorf("the focus went from key 5 to %q", got)
	}
	f.show(allScenes("fr", "en")["manager"])
	b.shows(screen.Manager)
	b.settle()
	if n := webtest.Value[int](b.Tab, `[...document.querySelectorAll("#answers button")].filter((x) => x.checkVisibility({visibilityProperty: true})).length`); n != 3 {
		t.Errorf("%d keys, want 3 and a gap", n)
	}
	b.tap("#answers button:nth-child(4)")
	b.answered()
	if got := f.pressed(); got[len(got)-1] != 3 || f.on != screen.Manager {
		t.Errorf("the keys %v of %q", got, f.on)
	}
}

// until waits for a condition.
func until(t *testing.T, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !holds(); <-time.After(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it did not come")
		}
	}
}
