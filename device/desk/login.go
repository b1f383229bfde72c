package desk

import (
	"errors"
	"math"
	"net/http"
	"strconv"

	"sourire/assets"
	"sourire/device/web"
)

// login is POST /manager/login with the form field "pin".
func (d *desk) login(w http.ResponseWriter, r *http.Request) {
	if !d.ownForm(w, r) {
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, bodyLimit)
	if err := r.ParseForm(); err != nil {
		status := http.StatusBadRequest
		if tooBig := new(http.MaxBytesError); errors.As(err, &tooBig) {
			status = http.StatusRequestEntityTooLarge
		}
		web.Fail(w, status, "this is no login form; use the one at /manager")
		return
	}
	token, wait, err := d.lock.try(r.PostForm.Get("pin"))
	if err != nil {
		d.Log.Error("login not checked", "err", err)
		web.Fail(w, http.StatusInternalServerError, "the PIN could not be checked; the log says why")
		return
	}
	if token == "" {
		d.refuse(w, r, int(math.Ceil(wait.Seconds())))
		return
	}
	http.SetCookie(w, &http.Cookie{
		Name: cookieName, Value: token, Path: "/manager", MaxAge: int(sessionFor.Seconds()),
		HttpOnly: true, SameSite: http.SameSiteStrictMode,
	})
	http.Redirect(w, r, "/manager", http.StatusSeeOther)
}

// refuse shows the form again, and how many seconds to wait, if any.
func (d *desk) refuse(w http.ResponseWriter, r *http.Request, wait int) {
	d.Log.Warn("wrong PIN", "wait", wait)
	v := view{Login: true, Lang: pick(r.Header.Get("Accept-Language"), d.Report().Languages)}
	if wait == 0 {
		v.Problem = v.T("login.wrong")
		d.show(w, r, http.StatusUnauthorized, v)
		return
	}
	v.Problem = assets.Count(v.Lang, "login.wait", wait)
	w.Header().Set("Retry-After", strconv.Itoa(wait))
	d.show(w, r, http.StatusTooManyRequests, v)
}

// logout is POST /manager/logout.
func (d *desk) logout(w http.ResponseWriter, r *http.Request) {
	if !d.ownForm(w, r) {
		return
	}
	d.lock.close(r)
	http.SetCookie(w, &http.Cookie{Name: cookieName, Path: "/manager", MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteStrictMode})
	http.Redirect(w, r, "/manager", http.StatusSeeOther)
}

// ownForm refuses a form that did not come from our page. guard has compared
// an Origin, if there was one; a form has to have one.
func (d *desk) ownForm(w http.ResponseWriter, r *http.Request) bool {
	if d.lock == nil {
		web.NotFound(w, r)
		return false
	}
	if r.Header.Get("Origin") == "" {
		web.Fail(w, http.StatusForbidden, "this form did not come from the manager's page; use the one at /manager")
		return false
	}
	return true
}
