package desk

import (
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
	if !read(w, r) {
		return
	}
	right, wait, err := d.Lock.Check(r.PostForm.Get("pin"))
	if err != nil {
		d.Log.Error("login not checked", "err", err)
		web.Fail(w, http.StatusInternalServerError, "the PIN could not be checked; the log says why")
		return
	}
	if !right {
		d.refuse(w, r, int(math.Ceil(wait.Seconds())))
		return
	}
	// Not Secure: the store's network has plain HTTP, over which a browser would
	// not keep such a cookie. The sample configuration says what that means.
	http.SetCookie(w, &http.Cookie{
		Name: cookieName, Value: d.sessions.begin(), Path: "/manager", MaxAge: int(sessionFor.Seconds()),
		HttpOnly: true, SameSite: http.SameSiteStrictMode,
	})
	http.Redirect(w, r, "/manager", http.StatusSeeOther)
}

// ask shows the form.
func (d *desk) ask(w http.ResponseWriter, r *http.Request) {
	f := d.frameOf(r, "login")
	d.show(w, f.Lang, http.StatusUnauthorized, "login", f)
}

// refuse shows the form again, and how many seconds to wait, if any.
func (d *desk) refuse(w http.ResponseWriter, r *http.Request, wait int) {
	d.Log.Warn("wrong PIN", "wait", wait)
	f := d.frameOf(r, "login")
	if wait == 0 {
		f.Problem = f.T("login.wrong")
		d.show(w, f.Lang, http.StatusUnauthorized, "login", f)
		return
	}
	f.Problem = assets.Count(f.Lang, "login.wait", wait)
	w.Header().Set("Retry-After", strconv.Itoa(wait))
	d.show(w, f.Lang, http.StatusTooManyRequests, "login", f)
}

// logout is POST /manager/logout.
func (d *desk) logout(w http.ResponseWriter, r *http.Request) {
	if !d.ownForm(w, r) {
		return
	}
	d.sessions.close(r)
	http.SetCookie(w, &http.Cookie{Name: cookieName, Path: "/manager", MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteStrictMode})
	http.Redirect(w, r, "/manager", http.StatusSeeOther)
}

// in reports whether a request comes from who has shown the PIN, if there is one.
func (d *desk) in(r *http.Request) bool { return d.Lock == nil || d.sessions.open(r) }

// ownForm refuses what is no form of ours, and all where there is no PIN.
func (d *desk) ownForm(w http.ResponseWriter, r *http.Request) bool {
	if d.Lock == nil {
		web.NotFound(w, r)
		return false
	}
	return own(w, r)
}
