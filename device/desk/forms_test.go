package desk

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"sourire/device/tap"
)

func TestNote(t *testing.T) {
	b := shop()
	h := deskOf(t, b)
	before := len(b.notes)
	w := post(h, "/manager/note", url.Values{"type": {"structural"}, "text": {"  Deux\r\ncaisses <b> "}, "day": {"2026-11-20"}}.Encode())
	if w.Code != 303 || w.Header().Get("Location") != "/manager/actions?done#notes" {
		t.Fatalf("got %d %v %s", w.Code, w.Header(), w.Body)
	}
	if n := b.notes[before]; n.Type != tap.NoteStructural || n.Text != "Deux caisses <b>" || n.Day.Format(time.DateOnly) != "2026-11-20" {
		t.Errorf("got %+v", n)
	}
	if page := get(t, h, "/manager/actions?done").Body.String(); !strings.Contains(page, "Deux caisses &lt;b&gt;") || !strings.Contains(page, `role="status"`) {
		t.Error("the note does not show, or as it should not")
	}
	for name, c := range map[string]struct {
		form string
		says string
	}{
		"empty":       {"type=quick&text=+", "Write what was done or seen"},
		"no type":     {"text=x", "Choose what it is"},
		"a type":      {"type=blame&text=x", "Choose what it is"},
		"too long":    {"type=quick&text=" + strings.Repeat("é", mostNote+1), "has 281 characters. Shorten it to 280"},
		"control":     {"type=quick&text=a%00b", "cannot be shown"},
		"no UTF-8":    {"type=quick&text=a%ff", "cannot be shown"},
		"turns round": {"type=quick&text=a%E2%80%AEb", "cannot be shown"},
		"tomorrow":    {"type=quick&text=keep+me&day=2026-11-24", "Choose a day up to today"},
		"no day":      {"type=quick&text=keep+me&day=x", "Choose a day up to today"},
	} {
		t.Run(name, func(t *testing.T) {
			n := len(b.notes)
			w := post(h, "/manager/note", c.form)
			if w.Code != 400 || len(b.notes) != n {
				t.Errorf("got %d, %d notes more", w.Code, len(b.notes)-n)
			}
			says(t, plain(w), []string{c.says, `role="alert"`}, nil)
			if strings.Contains(c.form, "keep+me") && !strings.Contains(w.Body.String(), ">keep me</textarea>") {
				t.Error("what was written is gone")
			}
		})
	}
	if w := post(h, "/manager/note", "type=quick&text="+strings.Repeat("é", mostNote)); w.Code != 303 {
		t.Errorf("%d characters: got %d", mostNote, w.Code)
	}
	b.err = errors.New("the card is full")
	wantError(t, post(h, "/manager/note", "text="+strings.Repeat("x", bodyLimit)), http.StatusRequestEntityTooLarge)
}

func TestANoteThatIsNotStored(t *testing.T) {
	b := &failing{shop()}
	w := post(deskOf(t, b), "/manager/note", "type=quick&text=Second+till")
	if w.Code != 503 {
		t.Errorf("got %d", w.Code)
	}
	says(t, plain(w), []string{"could not be stored", ">Second till</textarea>"}, []string{"It is kept"})
}

// failing stores nothing.
type failing struct{ *fakeBook }

func (f *failing) Note(context.Context, string, string, time.Time) error { return errors.New("no") }

// No form of another site is taken, nor one without the PIN.
func TestFormsOfOthers(t *testing.T) {
	b := shop()
	locked := New(Config{Book: b, Lock: lockOf(t, time.Now)})
	open := deskOf(t, b)
	n := len(b.notes)
	for _, path := range []string{"/manager/note", "/manager/acknowledge", "/manager/test"} {
		form := "type=quick&text=x&alert=812&on=true"
		for name, change := range map[string]func(*http.Request){
			"another site": header("Origin", "http://evil.example"), "nowhere": header("Origin", "null"),
			"no origin": func(r *http.Request) { r.Header.Del("Origin") },
		} {
			if w := post(open, path, form, change); w.Code != 403 {
				t.Errorf("%s from %s: got %d", path, name, w.Code)
			}
		}
		if w := post(locked, path, form); w.Code != 401 {
			t.Errorf("%s without the PIN: got %d", path, w.Code)
		}
		if w := get(t, open, path); w.Code != 405 {
			t.Errorf("GET %s: got %d", path, w.Code)
		}
	}
	if len(b.notes) != n || len(b.acked) > 0 {
		t.Error("something was written")
	}
	for _, path := range append([]string{"/manager/export/hours.csv?from=2026-11-01&to=2026-11-30", "/manager/export/events.json?from=2026-11-01&to=2026-11-30"}, everyPage...) {
		if w := get(t, locked, path); w.Code != 401 || strings.Contains(w.Body.String(), "lyon") {
			t.Errorf("%s without the PIN: got %d", path, w.Code)
		}
	}
}

func TestAcknowledge(t *testing.T) {
	b := shop()
	h := deskOf(t, b)
	page := plain(get(t, h, "/manager", header("Accept-Language", "en")))
	says(t, page, []string{"4 of 6 customers unhappy within 60 minutes", "since 16:15", "Go and see, now", "84 % satisfied, after 76 %"}, nil)
	if w := post(h, "/manager/acknowledge", "alert=812&text=a%07"); w.Code != 400 || len(b.acked) > 0 {
		t.Errorf("a text with a bell: got %d", w.Code)
	}
	if w := post(h, "/manager/acknowledge", "alert=812&text=Second+till"); w.Code != 303 || b.acked[812] != "Second till" {
		t.Errorf("got %d, %v", w.Code, b.acked)
	}
	for _, id := range []string{"812", "5", "", "-1", "x"} {
		w := post(h, "/manager/acknowledge", "alert="+id)
		if w.Code != 409 && w.Code != 400 || !strings.Contains(plain(w), "not open any more") {
			t.Errorf("alert %q: got %d", id, w.Code)
		}
	}
	says(t, plain(get(t, h, "/manager", header("Accept-Language", "en"))), nil, []string{"Go and see, now"})
}

func TestTestMode(t *testing.T) {
	h := deskOf(t, shop())
	const begin, end = `name="on" value="true"`, `name="on" value="false"`
	page := func() string { return get(t, h, "/manager").Body.String() }
	if s := page(); !strings.Contains(s, begin) || strings.Contains(s, end) {
		t.Error("there is no way into test mode")
	}
	if w := post(h, "/manager/test", "on=true"); w.Code != 303 || w.Header().Get("Location") != "/manager" {
		t.Errorf("begin: got %d %v", w.Code, w.Header())
	}
	if s := page(); !strings.Contains(s, `data-state="test"`) || strings.Contains(s, begin) || !strings.Contains(s, end) {
		t.Error("in test mode the page does not say so, or has no way out")
	}
	if w := post(h, "/manager/test", "on=false"); w.Code != 303 || !strings.Contains(page(), begin) {
		t.Errorf("end: got %d", w.Code)
	}
	if w := post(h, "/manager/test", "on=perhaps"); w.Code != 400 {
		t.Errorf("no word: got %d", w.Code)
	}
}
