// Package web is what the pages of a terminal have in common: who may ask for
// them, how they answer, and the files that they load.
package web

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// Guard refuses requests that a page of another site made a browser send, and
// sets the security headers.
//
// A site can point its own name at our address (DNS rebinding), so Host must
// be a loopback name or address or one of hosts. Where hosts has an
// unspecified address ("0.0.0.0", "::", or ""), any address will do, but no
// name: an address cannot be rebound. Origin, when sent, must be our own.
func Guard(hosts []string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		secure(w.Header())
		if !knownHost(hostname(r.Host), hosts) {
			Fail(w, http.StatusMisdirectedRequest, "this is not the host that was asked for; use the address that the terminal listens on")
			return
		}
		if !sameOrigin(r) {
			Fail(w, http.StatusForbidden, "another site's page sent this; use the terminal's own page")
			return
		}
		next.ServeHTTP(w, r)
	})
}

// secure sets the headers of every answer. No page has inline scripts or
// styles, loads anything from elsewhere, or may be framed.
func secure(h http.Header) {
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; "+
		"img-src 'self'; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
}

func knownHost(host string, hosts []string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	addr, err := netip.ParseAddr(host)
	isAddr := err == nil
	if host == "localhost" || isAddr && addr.IsLoopback() {
		return true
	}
	return slices.ContainsFunc(hosts, func(known string) bool {
		if a, err := netip.ParseAddr(known); known == "" || err == nil && a.IsUnspecified() {
			return isAddr
		}
		return strings.EqualFold(known, host)
	})
}

// hostname is hostport without its port and brackets.
func hostname(hostport string) string {
	if host, _, err := net.SplitHostPort(hostport); err == nil {
		return host
	}
	return strings.Trim(hostport, "[]")
}

// sameOrigin reports whether a browser says that the request comes from a page
// of this host, or says nothing (curl, a plain visit).
func sameOrigin(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && strings.EqualFold(u.Host, r.Host)
}
