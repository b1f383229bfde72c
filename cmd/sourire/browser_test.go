package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"

	"sourire/assets/webtest"
	"sourire/cmd/internal/lab"
	"sourire/device/tap"
)

// kiosk is a real browser on the customer's page of a real terminal.
type kiosk struct {
	webtest.Tab
	c *lab.Chain
}

func newKiosk(t *testing.T) *kiosk {
	t.Parallel() // it waits, most of the time
	c := lab.NewChain(t, fmt.Sprintf(`[survey.followup]
ask = true
answers = ["waiting", "welcome", "choice", "price", "stock", "checkout"]
[manager]
listen = "127.0.0.1:%d"
pin = "4711"
`, lab.Port(t)))
	c.StartTerminal()
	k := &kiosk{webtest.Tab{T: t, Ctx: webtest.Open(t, chromedp.WindowSize(800, 480))}, c}
	k.Do(chromedp.Navigate("http://" + c.Panel + "/"))
	k.shows("question")
	k.Do(chromedp.Evaluate[chromedp.Void](`
		window.same = true;
		window.seen = []; // scenes
		window.said = []; // words: a slow machine may look when they have gone
		window.answered = []; // seq of the taps that the page was told of
		const usual = fetch;
		window.fetch = async (path, o) => {
			const answer = await usual(path, o);
			if (path === "/api/press" && answer.ok) answered.push((await answer.clone().json()).seq);
			return answer;
		};
		new MutationObserver(() => seen.push(document.body.dataset.shows)).observe(document.body, {attributeFilter: ["data-shows"]});
		const words = document.getElementById("words");
		new MutationObserver(() => said.push(words.textContent)).observe(words, {childList: true, characterData: true, subtree: true});`))
	return k
}

func (k *kiosk) shows(scene string) {
	k.T.Helper()
	k.Wait(fmt.Sprintf(`document.body.dataset.shows === %q`, scene))
}

// tap touches an element, when it may be touched.
func (k *kiosk) tap(selector string) {
	k.T.Helper()
	k.Wait(`document.querySelector("#choice.fresh") === null`)
	at, err := chromedp.Run(k.Ctx, chromedp.Evaluate[[]float64](fmt.Sprintf(`(() => {
		const box = document.querySelector(%q).getBoundingClientRect();
		return [box.x + box.width / 2, box.y + box.height / 2];
	})()`, selector)))
	if err != nil {
		k.T.Fatal(err)
	}
	k.Finger(input.DispatchTouchEventTypeTouchStart, &input.TouchPoint{X: at[0], Y: at[1]})
	k.Finger(input.DispatchTouchEventTypeTouchEnd)
}

// events are those of the journal, of some kinds.
func (k *kiosk) events(kinds ...tap.Kind) (all []tap.Event) {
	k.T.Helper()
	out, stderr, code := lab.Run(k.T, "sourire", "export", "--config", k.c.TerminalFile)
	if code != 0 {
		k.T.Fatal(stderr)
	}
	for line := range strings.Lines(out) {
		e, err := tap.Parse([]byte(line))
		if err != nil {
			k.T.Fatal(err)
		}
		if slices.Contains(kinds, e.Head().Kind) {
			all = append(all, e)
		}
	}
	return all
}

// TestListening answers the follow-up, lets it time out after it was given more
// time, and changes its mind.
func TestListening(t *testing.T) {
	k := newKiosk(t)
	k.tap("#answers button:nth-child(4)")
	k.Wait(`seen.includes("thanks")`)
	k.Do(chromedp.Evaluate[chromedp.Void](`window.thanked = performance.now()`))
	k.shows("followup")
	k.tap("#answers button:nth-child(6)")
	k.Wait(`said.some((words) => words.includes("passage en caisse"))`)
	k.shows("question")
	k.Wait(`performance.now() > thanked + 5000`) // the response interval

	k.tap("#answers button:nth-child(1)")
	k.shows("followup")
	k.Wait(`parseInt(document.getElementById("seconds").textContent) <= 6`)
	k.tap("#more")
	k.Wait(`parseInt(document.getElementById("seconds").textContent) === 8`)
	k.Do(chromedp.Evaluate[chromedp.Void](`seen.length = 0`))
	k.shows("question")
	seen, err := chromedp.Run(k.Ctx, chromedp.Evaluate[[]string](`seen`))
	if err != nil || !slices.Equal(slices.Compact(seen), []string{"followup", "question"}) {
		t.Errorf("after the time-out the page showed %q, %v", seen, err)
	}

	k.Do(chromedp.Evaluate[chromedp.Void](`new MutationObserver((_, o) => {
		if (document.body.dataset.shows !== "thanks") return;
		o.disconnect();
		document.querySelector("#answers button:nth-child(3)").click();
	}).observe(document.body, {attributeFilter: ["data-shows"]})`))
	k.tap("#answers button:nth-child(2)")
	k.shows("followup")
	k.tap("#end")
	k.shows("question")

	var got []string
	first := uint64(0)
	for _, e := range k.events(tap.KindTap, tap.KindReason, tap.KindUndo) {
		if first == 0 {
			first = e.Head().Seq
		}
		switch e := e.(type) {
		case *tap.TapEvent:
			got = append(got, fmt.Sprintf("%d: tap %d counted %t", e.Seq-first, e.Choice, e.Counted))
		case *tap.ReasonEvent:
			got = append(got, fmt.Sprintf("%d: reason %s of %d", e.Seq-first, e.Reason, e.Tap-first))
		case *tap.UndoEvent:
			got = append(got, fmt.Sprintf("%d: undo of %d, %s", e.Seq-first, e.Tap-first, e.Why))
		}
	}
	want := []string{
		"0: tap 3 counted true", "1: reason checkout of 0", "2: tap 0 counted true",
		"3: tap 1 counted true", "4: undo of 3, changed", "5: tap 2 counted true",
	}
	if !slices.Equal(got, want) {
		t.Errorf("the journal has\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestManagerOnTouch holds a corner, enters a wrong PIN and the right one, and
// turns the pages; nothing of that is a tap.
func TestManagerOnTouch(t *testing.T) {
	k := newKiosk(t)
	key := func(n int) { t.Helper(); k.tap(fmt.Sprintf("#answers button:nth-child(%d)", n)) }
	k.Finger(input.DispatchTouchEventTypeTouchStart, &input.TouchPoint{X: 790, Y: 10})
	k.shows("pin")
	k.Finger(input.DispatchTouchEventTypeTouchEnd)
	enter := func(digits ...int) {
		t.Helper()
		for i, n := range digits {
			key(n)
			k.Wait(fmt.Sprintf(`document.querySelectorAll("#rows tr")[0].textContent.split("•").length === %d`, i+2))
		}
		key(12) // OK
	}
	enter(4, 7, 1, 2)
	k.Wait(`document.getElementById("rows").textContent.includes("Code faux")`)
	k.Wait(`(window.wrong ??= performance.now()) + 700 < performance.now()`) // its keys are of the wrong PIN for a moment
	enter(4, 7, 1, 1)
	k.shows("manager")
	if dir := os.Getenv("SOURIRE_SHOTS"); dir != "" {
		png, err := chromedp.Run(k.Ctx, chromedp.CaptureScreenshot())
		if err != nil || os.WriteFile(filepath.Join(dir, "manager-on-touch.png"), png, 0o644) != nil {
			t.Error(err)
		}
	}
	k.Wait(`document.getElementById("pages").textContent.startsWith("1 / ")`)
	k.Wait(`(window.there ??= performance.now()) + 700 < performance.now()`)
	key(2)
	k.Wait(`document.getElementById("pages").textContent.startsWith("2 / ")`)
	key(4)
	k.shows("question")
	if taps := k.events(tap.KindTap); len(taps) > 0 {
		t.Errorf("%d taps are in the journal", len(taps))
	}
}

// TestKilledUnderAnOpenPage kills the terminal with kill -9 while its page is
// pressed without end. The page says that it is out of order, and comes back by
// itself; whatever was acknowledged is in the journal, and the browser keeps
// nothing.
func TestKilledUnderAnOpenPage(t *testing.T) {
	k := newKiosk(t)
	k.Do(chromedp.Evaluate[chromedp.Void](`setInterval(() => {
		const faces = [...document.querySelectorAll("#answers button")].filter((b) => b.checkVisibility());
		if (["question", "thanks"].includes(document.body.dataset.shows)) faces[Math.floor(Math.random() * 4)].click();
		else if (document.body.dataset.shows === "followup") document.getElementById("end").click();
	}, 70)`))
	for range min(rounds(t), 5) {
		k.Do(chromedp.Evaluate[chromedp.Void](`answered.before = answered.length`))
		k.Wait(`answered.length > answered.before + 2`)
		k.c.Terminal.Kill()
		k.shows("outoforder")
		k.c.Terminal.Start()
		k.Wait(`document.body.dataset.shows !== "outoforder"`)
	}
	answered, err := chromedp.Run(k.Ctx, chromedp.Evaluate[[]uint64](`answered.filter((seq) => seq > 0)`))
	if err != nil {
		t.Fatal(err)
	}
	stored := map[uint64]bool{}
	for _, e := range k.events(tap.KindTap) {
		stored[e.Head().Seq] = true
	}
	for _, seq := range answered {
		if !stored[seq] {
			t.Errorf("press %d was acknowledged and is not in the journal", seq)
		}
	}
	t.Logf("%d presses acknowledged, %d taps stored", len(answered), len(stored))
	kept, err := chromedp.Run(k.Ctx, chromedp.Evaluate[json.RawMessage](`
		(async () => ({same, local: localStorage.length, session: sessionStorage.length, cookie: document.cookie, bases: (await indexedDB.databases()).length}))()`, chromedp.EvalAwaitPromise))
	if want := `{"same":true,"local":0,"session":0,"cookie":"","bases":0}`; err != nil || string(kept) != want {
		t.Errorf("the page has %s, %v; want %s", kept, err, want)
	}
}
