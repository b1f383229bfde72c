package desk

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"sourire/assets"
	"sourire/device/tap"
	"sourire/device/web"
)

const mostNote = 280 // characters of a note, and of what is said of an alert

// form lets only the forms of our own pages through, of who has shown the PIN.
func (d *desk) form(next func(http.ResponseWriter, *http.Request, frame)) http.HandlerFunc {
	seen := d.seen("actions", func(w http.ResponseWriter, r *http.Request, f frame) {
		if read(w, r) {
			next(w, r, f)
		}
	})
	return func(w http.ResponseWriter, r *http.Request) {
		if own(w, r) {
			seen(w, r)
		}
	}
}

// own refuses a form that did not come from our page. [web.Guard] has compared
// an Origin, if there was one; a form has to have one.
func own(w http.ResponseWriter, r *http.Request) bool {
	if r.Header.Get("Origin") == "" {
		web.Fail(w, http.StatusForbidden, "this form did not come from the manager's page; use the one at /manager")
		return false
	}
	return true
}

// read reads a form, and answers one that cannot be read.
func read(w http.ResponseWriter, r *http.Request) bool {
	r.Body = http.MaxBytesReader(w, r.Body, bodyLimit)
	err := r.ParseForm()
	if err == nil {
		return true
	}
	status := http.StatusBadRequest
	if tooBig := new(http.MaxBytesError); errors.As(err, &tooBig) {
		status = http.StatusRequestEntityTooLarge
	}
	web.Fail(w, status, "this is no form of ours; use the one at /manager")
	return false
}

// note is POST /manager/note with the fields type, text and day.
func (d *desk) note(w http.ResponseWriter, r *http.Request, f frame) {
	kind, text := r.PostForm.Get("type"), clean(r.PostForm.Get("text"))
	problem := f.wrong(text)
	switch kind {
	case tap.NoteQuick, tap.NoteStructural, tap.NoteObservation:
	default:
		problem = f.T("note.wrong.type")
	}
	day, err := f.dayIn(r.PostForm.Get("day"))
	if err != nil {
		problem = err.Error()
	}
	status := http.StatusBadRequest
	if problem == "" {
		if err := d.Book.Note(r.Context(), kind, text, day); err != nil {
			d.Log.Error("note not written", "error", err)
			problem, status = f.T("note.wrong.stored"), http.StatusServiceUnavailable
		}
	}
	if problem == "" {
		http.Redirect(w, r, "/manager/actions?done#notes", http.StatusSeeOther)
		return
	}
	f.Problem = problem
	d.answer(w, r, f, status, "actions", func(_ *http.Request, f frame) (any, error) {
		view, err := d.actions(r, f)
		v, _ := view.(actionsView)
		v.Text, v.Type, v.Day = text, kind, r.PostForm.Get("day")
		return v, err
	})
}

// acknowledge is POST /manager/acknowledge with the fields alert and text.
func (d *desk) acknowledge(w http.ResponseWriter, r *http.Request, f frame) {
	id, err := strconv.ParseUint(r.PostForm.Get("alert"), 10, 64)
	text := clean(r.PostForm.Get("text"))
	status, problem := http.StatusBadRequest, ""
	switch {
	case err != nil:
		problem = f.T("manager.alert.gone")
	case text != "":
		problem = f.wrong(text)
	}
	if problem == "" {
		err := d.Book.Acknowledge(r.Context(), id, text)
		switch {
		case errors.Is(err, ErrNoAlert):
			status, problem = http.StatusConflict, f.T("manager.alert.gone")
		case err != nil:
			d.Log.Error("alert not acknowledged", "error", err)
			status, problem = http.StatusServiceUnavailable, f.T("note.wrong.stored")
		}
	}
	if problem == "" {
		http.Redirect(w, r, "/manager", http.StatusSeeOther)
		return
	}
	f = d.frameOf(r, "today")
	f.fill()
	f.Problem = problem
	d.answer(w, r, f, status, "today", d.today)
}

// test is POST /manager/test with the field on, true or false.
func (d *desk) test(w http.ResponseWriter, r *http.Request, _ frame) {
	on, err := strconv.ParseBool(r.PostForm.Get("on"))
	if err != nil {
		web.Fail(w, http.StatusBadRequest, "this is no form of ours; use the one at /manager")
		return
	}
	d.Book.Test(r.Context(), on)
	http.Redirect(w, r, "/manager", http.StatusSeeOther)
}

// clean is a text on one line, without blanks around it.
func clean(text string) string { return strings.Join(strings.Fields(text), " ") }

// wrong says what is wrong with a text; nothing, where it is right.
func (f frame) wrong(text string) string {
	switch n := utf8.RuneCountInString(text); {
	case n == 0:
		return f.T("note.wrong.empty")
	case !utf8.ValidString(text) || strings.ContainsFunc(text, odd):
		return f.T("note.wrong.signs")
	case n > mostNote:
		return assets.Textf(f.Lang, "note.wrong.long", n, mostNote)
	}
	return ""
}

// odd is what no keyboard writes, and what turns the text around it.
func odd(r rune) bool {
	return unicode.IsControl(r) || r == utf8.RuneError || unicode.Is(unicode.Bidi_Control, r)
}

// dayIn reads the day of a form; the zero time for none, which is today.
func (f frame) dayIn(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	d, err := parseDays(day, text, f.r.Now.Location())
	if err != nil || !f.dateless() && d.from.After(f.r.Now) {
		return time.Time{}, errors.New(f.T("note.wrong.day"))
	}
	return d.from, nil
}

// dateless reports whether nobody knows what day it is.
func (f frame) dateless() bool { return f.r.Clock == tap.Unknown }
