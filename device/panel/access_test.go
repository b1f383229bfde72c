package panel

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/chromedp"

	"sourire/assets/webtest"
	"sourire/device/screen"
)

// node is something that a screen reader tells of.
type node struct{ role, name string }

// tree is what a screen reader gets.
func (b *browser) tree() (all []node) {
	b.T.Helper()
	tree, err := chromedp.Call(b.Ctx, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{})
	if err != nil {
		b.T.Fatal(err)
	}
	text := func(v *accessibility.Value) (s string) {
		if v != nil {
			_ = json.Unmarshal(v.Value, &s) // what is no text has no name
		}
		return s
	}
	for _, n := range tree.Nodes {
		if !n.Ignored {
			all = append(all, node{text(n.Role), strings.TrimSpace(text(n.Name))})
		}
	}
	return all
}

// called is the names of all that has a role.
func (b *browser) called(role string) (names []string) {
	b.T.Helper()
	for _, n := range b.tree() {
		if n.role == role {
			names = append(names, n.name)
		}
	}
	return names
}

// named is the roles of all whose name begins so, but for the text itself.
func (b *browser) named(name string) (roles []string) {
	b.T.Helper()
	for _, n := range b.tree() {
		if strings.HasPrefix(n.name, name) && !strings.HasSuffix(n.role, "Text") && n.role != "InlineTextBox" {
			roles = append(roles, n.role)
		}
	}
	return roles
}

func names(t *testing.T, b *browser) {
	f := newFake()
	f.scene.Texts = map[string]map[string]string{"fr": {"faces4.3": "Ravi"}}
	s := newService(t, f)
	b.Do(chromedp.Navigate(s.url() + "?lang=fr"))
	b.shows(screen.Question)
	buttons := b.called("button")
	if want := []string{"Très mécontent", "Mécontent", "Content", "Ravi"}; !slices.Equal(buttons, want) {
		t.Errorf("the buttons are called %q, want %q", buttons, want)
	}
	if group := b.called("group"); len(group) != 1 || !strings.HasPrefix(group[0], "Comment s’est passée") {
		t.Errorf("the buttons' group is called %q", group)
	}
	b.Do(chromedp.Navigate(s.url()))
	b.shows(screen.Question)
	if buttons := b.called("button"); buttons[0] != "Très mécontent Very unhappy" {
		t.Errorf("in two languages, the first button is called %q", buttons[0])
	}
	if got := webtest.Value[[]string](b.Tab, `[...document.querySelectorAll("#answers button:first-child .name")].map((n) => n.lang)`); !slices.Equal(got, []string{"fr", "en"}) {
		t.Errorf("its names are in %q", got)
	}
}

// What is said is said once, however often the time that is left is told.
func spokenOnce(t *testing.T, b *browser) {
	f := newFake()
	b.Do(chromedp.Navigate(newService(t, f).url()))
	b.shows(screen.Question)
	b.Do(chromedp.Evaluate[chromedp.Void](`
		window.said = [];
		new MutationObserver(() => said.push(document.getElementById("live").textContent)).observe(document.getElementById("live"), {childList: true, subtree: true, characterData: true});`))
	f.showKind(screen.Thanks)
	b.shows(screen.Thanks)
	scene := f.Scene()
	scene.Kind, scene.Of = screen.Cleaning, 60
	for scene.Left = 60; scene.Left > 55; scene.Left-- {
		f.show(scene)
		b.Wait(fmt.Sprintf(`document.getElementById("seconds").textContent === "%d s"`, scene.Left))
	}
	// What gets the focus is read with it, and not spoken, too; of a PIN what came
	// of it is said, and of a manager's page which it is.
	for _, name := range []string{"question", "followup", "write", "pin", "manager", "manager", "question"} {
		scene := allScenes("fr", "en")[name]
		f.show(scene)
		b.shows(scene.Kind)
	}
	said := webtest.Value[[]string](b.Tab, `said.filter(Boolean)`)
	want := []string{"Merci ! Votre réponse est enregistrée.Thank you! Your answer is recorded.", "", "Code erroné ", "Aujourd’hui "}
	want[1] = "Nettoyage Pendant un instant, les appuis ne comptent pas.Cleaning Presses do not count for a moment."
	if !slices.Equal(said, want) {
		t.Errorf("it said %q, want %q", said, want)
	}
}

// Each word of a scene stands once in what a screen reader goes through, and
// once as the name of the group that it stands for.
func namedOnce(t *testing.T, b *browser) {
	f := newFake()
	b.Do(chromedp.Navigate(newService(t, f).url()))
	for name, words := range map[string]string{"question": "Comment s’est passée", "followup": "Qu’est-ce qui compte", "write": "Vous souhaitez"} {
		scene := allScenes("fr", "en")[name]
		f.show(scene)
		b.shows(scene.Kind)
		want := []string{"heading", "group"}
		if scene.Kind == screen.Write {
			want = want[:1]
		}
		if got := b.named(words); !slices.Equal(got, want) {
			t.Errorf("%s: its words are the name of %q, want %q", name, got, want)
		}
	}
}

// Arabic reads from the right, and so do the answers to the follow-up; faces
// stand where they always do.
func rightToLeftToo(t *testing.T, b *browser) {
	f := newFake()
	s := newService(t, f)
	scenes := allScenes("ar", "fr")
	f.show(scenes["question"])
	b.Do(chromedp.EmulateViewport(800, 480), chromedp.Navigate(s.url()))
	b.shows(screen.Question)
	across := func(selector string) []float64 {
		return webtest.Value[[]float64](b.Tab, `[...document.querySelectorAll("`+selector+`")].map((e) => e.getBoundingClientRect().x)`)
	}
	if x := across("#answers button"); !slices.IsSorted(x) || len(x) != 4 {
		t.Errorf("the faces stand at %v", x)
	}
	if got := webtest.Value[[]string](b.Tab, `[...document.querySelectorAll(".saying")].map((e) => e.lang + getComputedStyle(e).direction)`); !slices.Equal(got, []string{"arrtl", "frltr"}) {
		t.Errorf("the question is written %q", got)
	}
	if got := webtest.Value[string](b.Tab, `document.documentElement.lang + document.documentElement.dir`); got != "arrtl" {
		t.Errorf("the page is %q", got)
	}
	f.show(scenes["followup"])
	b.shows(screen.FollowUp)
	if x := across("#answers button"); x[0] <= x[1] || x[1] <= x[2] || x[0] != x[3] {
		t.Errorf("the reasons stand at %v", x)
	}
	if x := across("#seconds, #more, #end"); x[0] <= x[1] || x[1] <= x[2] {
		t.Errorf("seconds, more and end stand at %v", x)
	}
	f.show(allScenes("fr", "ar")["followup"])
	b.Wait(`document.documentElement.dir === "ltr"`)
	if x := across("#answers button"); x[0] >= x[1] {
		t.Errorf("where French is first, the reasons stand at %v", x)
	}
}

// Every scene is without a fault that axe-core knows; nothing of it lies beyond
// the edges of a screen, is cut off, or is too small for a thumb.
func everyScene(t *testing.T, b *browser) {
	f := newFake()
	s := newService(t, f)
	for _, languages := range [][]string{{"fr", "en"}, {"ar", "fr"}} {
		b.Do(chromedp.Navigate(s.url()))
		for name, scene := range allScenes(languages...) {
			f.showKind("nothing")
			b.shows("nothing")
			f.show(scene)
			b.shows(scene.Kind)
			for i, size := range [][2]int64{{480, 800}, {390, 844}, {1024, 600}, {800, 480}} {
				b.Do(chromedp.EmulateViewport(size[0], size[1]))
				if i == 0 {
					b.Wait(`document.fonts.status === "loaded" && [...document.images].every((i) => i.complete) && document.body.getAnimations().length === 0`)
				}
				for _, wrong := range webtest.Value[[]string](b.Tab, misfits) {
					t.Errorf("%s in %q at %d by %d: %s", name, languages, size[0], size[1], wrong)
				}
			}
			if languages[0] == "fr" || scene.Kind == screen.FollowUp {
				webtest.Accessible(b.Ctx, t, fmt.Sprintf("%s in %q", name, languages))
			}
		}
	}
	b.local(s)
}

// A second tap hits what the first one did: thanks moves no face, on any
// screen, whatever stands below them.
func steadyFaces(t *testing.T, b *browser) {
	f := newFake()
	s := newService(t, f)
	scenes := allScenes("fr", "en")
	where := `JSON.stringify([...document.querySelectorAll("#answers button")].map((e) => e.getBoundingClientRect()))`
	for _, name := range []string{"question", "question-said", "question-faces5", "question-nps", "question-yesno"} {
		f.show(scenes[name])
		b.Do(chromedp.Navigate(s.url()))
		b.shows(screen.Question)
		for _, size := range [][2]int64{{800, 480}, {1280, 800}, {480, 800}} {
			b.Do(chromedp.EmulateViewport(size[0], size[1]))
			f.show(scenes[name])
			b.shows(screen.Question)
			asked := webtest.Value[string](b.Tab, where)
			f.showKind(screen.Thanks)
			b.shows(screen.Thanks)
			if thanked := webtest.Value[string](b.Tab, where); thanked != asked || len(asked) < 100 {
				t.Errorf("%s at %v: the faces move from %s to %s", name, size, asked, thanked)
			}
		}
	}
}

// misfits are the elements that lie beyond the edges of the screen or of their
// button, lie on each other, or are too small for a thumb (WCAG 2.2, 2.5.8
// asks for 24 px).
const misfits = `(() => {
	const wrong = [];
	const shown = [...document.querySelectorAll("h1 .headline, h1 .more, button, #ends .line, #seconds, #bar, #foot p, #staff, #code svg, #code figcaption, #rows tr")]
		.filter((e) => e.checkVisibility({visibilityProperty: true}));
	const name = (e) => e.tagName + "#" + e.id + " " + e.textContent.slice(0, 30);
	for (const e of shown) {
		const r = e.getBoundingClientRect();
		if (r.left < -1 || r.top < -1 || r.right > innerWidth + 1 || r.bottom > innerHeight + 1) wrong.push(name(e) + " lies beyond the screen: " + JSON.stringify(r));
		if (e.tagName === "BUTTON" && Math.min(r.width, r.height) < 44) wrong.push(name(e) + " is small: " + JSON.stringify(r));
		if (e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0 && e.tagName !== "TR" || e.tagName === "BUTTON" && e.scrollHeight > e.clientHeight + 1) wrong.push(name(e) + " is cut off");
		for (const o of shown) {
			if (o === e || o.contains(e) || e.contains(o)) continue;
			const q = o.getBoundingClientRect();
			if (Math.min(r.right, q.right) - Math.max(r.left, q.left) > 1 && Math.min(r.bottom, q.bottom) - Math.max(r.top, q.top) > 1) wrong.push(name(e) + " lies on " + name(o));
		}
	}
	return wrong;
})()`

// local reports requests to anything but the service.
func (b *browser) local(s *service) {
	b.T.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.hosts) == 0 {
		b.T.Fatal("no request was seen")
	}
	for _, host := range b.hosts {
		if host != s.addr {
			b.T.Errorf("a request to %q", host)
		}
	}
}

// The page and all that belongs to it, before anything is kept, is small, and
// nothing waits for something that waits for something.
func fewBytes(t *testing.T, b *browser) {
	f := newFake()
	s := newService(t, f)
	b.Do(chromedp.Navigate(s.url()))
	b.shows(screen.Question)
	b.Wait(`[...document.images].every((i) => i.complete) && document.fonts.status === "loaded"`)
	b.mu.Lock()
	got, late := b.bytes, b.late
	b.mu.Unlock()
	t.Logf("%.0f bytes", got)
	if got < 20_000 || got > 150_000 { // the issue allows 300 KB
		t.Errorf("the page takes %.0f bytes", got)
	}
	if len(late) > 0 {
		t.Errorf("found only when a script had come: %q", late)
	}
	b.local(s)
}
