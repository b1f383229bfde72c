package panel

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"sourire/assets/webtest"
	"sourire/device/press"
	"sourire/device/screen"
	"sourire/device/tap"
)

// browser is a tab of a real Chromium, and the hosts that it asked.
type browser struct {
	t   *testing.T
	ctx context.Context

	mu    sync.Mutex
	hosts []string
}

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
		"names":                        names,
		"fits":                         fits,
	} {
		t.Run(name, func(t *testing.T) {
			tab, cancel := chromedp.NewContext(ctx)
			defer cancel()
			b := &browser{t: t, ctx: tab}
			if err := chromedp.Listen(tab, b.note); err != nil {
				t.Fatal(err)
			}
			test(t, b)
		})
	}
}

// note keeps the host of a request.
func (b *browser) note(event any) {
	if r, ok := event.(*network.EventRequestWillBeSent); ok {
		if u, err := url.Parse(r.Request.URL); err == nil && u.Scheme != "data" {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.hosts = append(b.hosts, u.Host)
		}
	}
}

func (b *browser) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.t.Fatal(err)
	}
}

// wait waits until an expression is true.
func (b *browser) wait(expression string) {
	b.t.Helper()
	if _, err := chromedp.Run(b.ctx, chromedp.Poll[bool](expression, chromedp.WithPollingTimeout(20*time.Second))); err != nil {
		b.t.Fatalf("waiting for %s: %v; the page shows %q: %q", expression, err,
			value[string](b, `document.body.dataset.shows ?? ""`), value[string](b, `document.body.innerText`))
	}
}

// shows waits until the page shows a kind of scene.
func (b *browser) shows(kind screen.Kind) {
	b.t.Helper()
	b.wait(fmt.Sprintf(`document.body.dataset.shows === %q`, kind))
}

func value[T any](b *browser, expression string) T {
	b.t.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		b.t.Fatalf("%s: %v", expression, err)
	}
	return v
}

// service is a panel on a port of its own, which can stop and start again.
type service struct {
	t    *testing.T
	f    *fake
	addr string
	srv  *http.Server
	done chan struct{}
}

func newService(t *testing.T, f *fake) *service {
	s := &service{t: t, f: f, addr: "127.0.0.1:0"}
	s.start()
	t.Cleanup(s.stop)
	return s
}

func (s *service) start() {
	s.t.Helper()
	l, err := net.Listen("tcp", s.addr)
	if err != nil {
		s.t.Fatal(err)
	}
	s.addr, s.done = l.Addr().String(), make(chan struct{})
	s.srv = &http.Server{Handler: New(Config{Terminal: s.f, Done: s.done})}
	go func() { _ = s.srv.Serve(l) }()
}

func (s *service) stop() {
	if s.srv == nil {
		return
	}
	close(s.done)
	s.srv.Close()
	s.srv = nil
}

func (s *service) url() string { return "http://" + s.addr + "/" }

// remember keeps every kind of scene that the page shows.
const remember = `
	window.seen = [];
	new MutationObserver(() => seen.push(document.body.dataset.shows)).observe(document.body, {attributeFilter: ["data-shows"]});`

func thanksOnlyAfterTheAnswer(t *testing.T, b *browser) {
	f := newFake()
	f.hold = make(chan struct{})
	b.do(chromedp.Navigate(newService(t, f).url()))
	b.shows(screen.Question)
	b.do(chromedp.Evaluate[chromedp.Void](remember), chromedp.Click(`#choices button:nth-child(4)`))
	b.wait(`document.querySelector("#choices button:nth-child(4).felt") !== null`)

	// Another terminal's thanks, or ours that came ahead of the answer, waits.
	thanks := f.Scene()
	thanks.Kind = screen.Thanks
	f.show(thanks)
	b.wait(`view.kind === "thanks"`)
	if seen := value[[]string](b, `seen`); slices.Contains(seen, string(screen.Thanks)) || !slices.Equal(f.pressed(), []int{3}) {
		t.Fatalf("before the answer the page showed %q; presses %v", seen, f.pressed())
	}
	thanks.Kind = screen.Question
	f.show(thanks)
	b.wait(`view.kind === "question"`)

	close(f.hold)
	b.shows(screen.Thanks)
	if got := value[string](b, `document.getElementById("thanks").textContent`); !strings.Contains(got, "Merci") || !strings.Contains(got, "Thank you") {
		t.Errorf("the thanks says %q", got)
	}
	b.shows(screen.Question)
	if got := f.pressed(); !slices.Equal(got, []int{3}) {
		t.Errorf("one click made the presses %v", got)
	}
}

// The thanks looks and lasts the same, whatever was pressed and whether it
// counted.
func thanksTellsNothing(t *testing.T, b *browser) {
	f := newFake()
	b.do(chromedp.Navigate(newService(t, f).url()))
	b.shows(screen.Question)
	b.do(chromedp.Evaluate[chromedp.Void](`
		window.shown = [];
		let page = "", delays = [];
		const later = setTimeout;
		window.setTimeout = (f, ms) => {
			if (ms < 10000) delays.push(ms); // longer ones are this test's own
			return later(f, ms);
		};
		new MutationObserver(() => {
			if (document.body.dataset.shows === "thanks") {
				later(() => page = document.querySelector("main").outerHTML.replaceAll(' class=""', ""), 1000);
			} else {
				shown.push(JSON.stringify([delays, page]));
				[page, delays] = ["", []];
			}
		}).observe(document.body, {attributeFilter: ["data-shows"]});`))
	answers := []press.Answer{
		{Kind: press.Tap, Seq: 1, Counted: true},
		{Kind: press.Tap, Seq: 2, Flags: []tap.Flag{tap.Repeat}},
		{Kind: press.Ignored},
	}
	for i, a := range answers {
		f.set(func(f *fake) { f.answer = a })
		b.do(chromedp.KeyEvent(fmt.Sprint(i + 1)))
		b.shows(screen.Thanks)
		b.shows(screen.Question)
	}
	shown := value[[]string](b, `shown`)
	if len(shown) != len(answers) || !strings.HasPrefix(shown[0], `[[300,2000],"<main>`) ||
		slices.ContainsFunc(shown, func(s string) bool { return s != shown[0] }) {
		t.Errorf("timers and pages of the thanks differ:\n%s", strings.Join(shown, "\n"))
	}
}

func inputs(t *testing.T, b *browser) {
	f := newFake()
	b.do(chromedp.Navigate(newService(t, f).url()))
	b.shows(screen.Question)
	want := []int{}
	pressed := func(choice int, steps ...chromedp.Action[chromedp.Void]) {
		t.Helper()
		b.do(steps...)
		b.wait(`waiting === 0`)
		b.shows(screen.Thanks)
		want = append(want, choice)
		if got := f.pressed(); !slices.Equal(got, want) {
			t.Fatalf("presses %v, want %v", got, want)
		}
	}
	pressed(1, chromedp.KeyEvent("2"))
	pressed(0, chromedp.Tap(`#choices button:nth-child(1)`))
	pressed(3, chromedp.Click(`#choices button:nth-child(4)`))
	pressed(2, chromedp.Evaluate[chromedp.Void](`document.activeElement.blur()`), chromedp.KeyEvent(kb.Home), chromedp.KeyEvent(kb.ArrowRight), chromedp.KeyEvent(kb.ArrowRight), chromedp.KeyEvent(kb.Enter))
	pressed(3, chromedp.KeyEvent(kb.ArrowRight), chromedp.KeyEvent(" "))
	pressed(1, chromedp.Evaluate[chromedp.Void](`document.querySelectorAll("#choices button")[1].click()`)) // as a screen reader does

	b.do(chromedp.KeyEvent("5"), chromedp.KeyEvent("0"), chromedp.KeyEvent("x"))
	pressed(0, chromedp.KeyEvent("1")) // and none of the three before
}

func numbers(t *testing.T, b *browser) {
	f := newFake()
	f.scene.Scale = tap.NPS
	b.do(chromedp.Navigate(newService(t, f).url()+"?lang=en"), chromedp.KeyEvent("0"))
	b.shows(screen.Thanks)
	b.do(chromedp.Click(`#choices button:nth-child(11)`))
	b.wait(`waiting === 0`)
	if got := f.pressed(); !slices.Equal(got, []int{0, 10}) || f.lang != "en" {
		t.Errorf("presses %v in %q", got, f.lang)
	}
	if text := value[string](b, `document.body.innerText`); strings.Contains(text, "Merci") {
		t.Errorf("asked in English, it says %q", text)
	}
}

func outOfOrderAndBack(t *testing.T, b *browser) {
	f := newFake()
	f.err = press.ErrNotStored
	b.do(chromedp.Navigate(newService(t, f).url()))
	b.shows(screen.Question)
	b.do(chromedp.Evaluate[chromedp.Void](remember+`window.same = true`), chromedp.Click(`#choices button:nth-child(2)`))
	b.shows(screen.OutOfOrder)
	if text := value[string](b, `document.body.innerText`); !strings.Contains(text, "Hors service") || !strings.Contains(text, "Out of order") {
		t.Errorf("it says %q", text)
	}
	if n := value[int](b, `[...document.querySelectorAll("button")].filter((x) => x.checkVisibility()).length`); n != 0 {
		t.Errorf("%d buttons show although no press can be stored", n)
	}
	before := len(f.pressed())
	b.do(chromedp.KeyEvent("1"))
	f.set(func(f *fake) { f.err = nil })
	b.shows(screen.Question)
	if seen := value[[]string](b, `seen`); slices.Contains(seen, string(screen.Thanks)) {
		t.Errorf("it said thank you for a press that was not stored: %q", seen)
	}
	if !value[bool](b, `window.same === true`) {
		t.Error("the page loaded itself anew")
	}
	if got := len(f.pressed()); got != before {
		t.Errorf("%d presses were kept and sent later", got-before)
	}
	b.do(chromedp.Click(`#choices button:nth-child(2)`))
	b.shows(screen.Thanks)
}

func serviceStopsAndStarts(t *testing.T, b *browser) {
	f := newFake()
	s := newService(t, f)
	b.do(chromedp.Navigate(s.url()))
	b.shows(screen.Question)
	b.do(chromedp.Evaluate[chromedp.Void](`window.same = true`))
	s.stop()
	b.shows(screen.OutOfOrder)
	s.start()
	b.shows(screen.Question)

	// The stream is back, too.
	closed := f.Scene()
	closed.Kind = screen.Closed
	f.show(closed)
	b.shows(screen.Closed)
	closed.Kind = screen.Question
	f.show(closed)
	b.shows(screen.Question)
	if !value[bool](b, `window.same === true`) {
		t.Error("the page loaded itself anew")
	}
	b.do(chromedp.Click(`#choices button:nth-child(1)`))
	b.shows(screen.Thanks)
}

func names(t *testing.T, b *browser) {
	b.do(chromedp.Navigate(newService(t, newFake()).url() + "?lang=fr"))
	b.shows(screen.Question)
	tree, err := chromedp.Call(b.ctx, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{})
	if err != nil {
		t.Fatal(err)
	}
	text := func(v *accessibility.Value) (s string) {
		if v != nil {
			_ = json.Unmarshal(v.Value, &s) // what is no text has no name
		}
		return s
	}
	var names []string
	group := ""
	for _, n := range tree.Nodes {
		switch text(n.Role) {
		case "button":
			names = append(names, text(n.Name))
		case "group":
			group = text(n.Name)
		}
	}
	if want := []string{"Très mécontent", "Mécontent", "Content", "Très content"}; !slices.Equal(names, want) {
		t.Errorf("the buttons are called %q, want %q", names, want)
	}
	if !strings.HasPrefix(group, "Comment s’est passée") {
		t.Errorf("the buttons' group is called %q", group)
	}
}

// On a touch screen and on a phone, everything fits and is big enough for a
// finger (WCAG 2.2, 2.5.8 asks for 24; a thumb at an exit for 44), and what is
// loaded comes from the terminal alone.
func fits(t *testing.T, b *browser) {
	f := newFake()
	s := newService(t, f)
	for _, size := range [][2]int64{{800, 480}, {390, 844}, {1280, 800}} {
		for _, scale := range tap.Scales {
			f.set(func(f *fake) { f.scene.Scale = scale })
			b.do(chromedp.EmulateViewport(size[0], size[1]), chromedp.Navigate(s.url()))
			b.shows(screen.Question)
			misfits := value[[]string](b, `[...document.querySelectorAll("h1 span, button, #ends span")].flatMap((e) => {
				const r = e.getBoundingClientRect();
				const out = r.left < 0 || r.top < 0 || r.right > innerWidth || r.bottom > innerHeight;
				const small = e.tagName === "BUTTON" && Math.min(r.width, r.height) < 44;
				return out || small ? [e.tagName + " " + e.textContent + " " + JSON.stringify(r)] : [];
			})`)
			if len(misfits) > 0 {
				t.Errorf("%s at %v: %q", scale, size, misfits)
			}
			if n := value[int](b, `document.querySelectorAll("#choices button").length`); n != scale.Choices() {
				t.Errorf("%s at %v: %d buttons", scale, size, n)
			}
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.hosts) == 0 {
		t.Fatal("no request was seen")
	}
	for _, host := range b.hosts {
		if host != s.addr {
			t.Errorf("a request to %q", host)
		}
	}
}
