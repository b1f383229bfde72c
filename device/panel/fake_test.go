package panel

import (
	"context"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"

	"sourire/device/press"
	"sourire/device/screen"
	"sourire/device/tap"
)

// fake is a terminal that answers as it is told.
type fake struct {
	mu       sync.Mutex
	scene    screen.Scene
	answer   press.Answer
	err      error
	presses  []int
	lang     string
	on       screen.Kind
	gestures []press.Gesture
	hold     chan struct{} // a press waits for it, if not nil
	polite   bool          // a press that is not ignored is thanked for
	watchers map[chan screen.Scene]bool
}

func newFake() *fake {
	return &fake{
		scene:    screen.Scene{Kind: screen.Question, Scale: tap.Faces4, Languages: []string{"fr", "en"}},
		answer:   press.Answer{Kind: press.Tap, Seq: 12, Counted: true},
		watchers: make(map[chan screen.Scene]bool),
	}
}

func (f *fake) Press(_ context.Context, button int, lang string, on screen.Kind) (press.Answer, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if button < 0 || button >= len(newView(f.scene).Answers) {
		return press.Answer{}, press.ErrNoButton
	}
	f.presses, f.lang, f.on = append(f.presses, button), lang, on
	if hold := f.hold; hold != nil {
		f.mu.Unlock()
		<-hold
		f.mu.Lock()
	}
	if f.polite && f.err == nil && f.answer.Kind != press.Ignored {
		thanks := f.scene
		thanks.Kind = screen.Thanks
		f.showNow(thanks)
	}
	return f.answer, f.err
}

func (f *fake) Gesture(_ context.Context, g press.Gesture) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.gestures = append(f.gestures, g)
	return f.err
}

func (f *fake) Scene() screen.Scene {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.scene
}

func (f *fake) Healthy() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.err
}

func (f *fake) Watch(ctx context.Context) <-chan screen.Scene {
	f.mu.Lock()
	defer f.mu.Unlock()
	ch := make(chan screen.Scene, 8)
	f.watchers[ch] = true
	context.AfterFunc(ctx, func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		delete(f.watchers, ch)
		close(ch)
	})
	return ch
}

func (f *fake) show(s screen.Scene) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.showNow(s)
}

// showKind shows another kind of the scene.
func (f *fake) showKind(k screen.Kind) {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := f.scene
	s.Kind = k
	f.showNow(s)
}

func (f *fake) showNow(s screen.Scene) {
	f.scene = s
	for ch := range maps.Keys(f.watchers) {
		ch <- s
	}
}

func (f *fake) set(change func(*fake)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change(f)
}

func (f *fake) pressed() []int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.presses)
}

func (f *fake) gestured() []press.Gesture {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.gestures)
}

// get asks a handler for something, as its own host.
func get(t *testing.T, h http.Handler, path string, change ...func(*http.Request)) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, "http://127.0.0.1:8080"+path, nil)
	for _, c := range change {
		c(r)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}
