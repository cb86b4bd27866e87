package people

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"
)

// The cookies' names; the prefix has browsers take them over https alone, from
// this host alone.
const (
	plainCookie  = "clickbridge"
	secureCookie = "__Host-clickbridge"
)

func cookieName(secure bool) string {
	if secure {
		return secureCookie
	}
	return plainCookie
}

// cookie returns a cookie no script sees, for life from now; an empty value
// removes it.
func cookie(name, value string, secure bool, life time.Duration) *http.Cookie {
	c := &http.Cookie{
		Name: name, Value: value, Path: "/", Secure: secure, HttpOnly: true,
		SameSite: http.SameSiteLaxMode, MaxAge: int(life.Seconds()),
	}
	if value == "" {
		c.MaxAge = -1
	}
	return c
}

// transport says how a request came: secure over https, here or at a proxy we
// trust, else plain from this very machine. Anything else is refused: passwords
// and cookies would cross the net for all to read. EFORBIDDEN.
func (s *Service) transport(r *http.Request) (secure bool, err error) {
	if r.TLS != nil {
		return true, nil
	}
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return false, forbidden("Sign-in needs https")
	}
	addr := peer.Addr().Unmap()
	if s.trusted(addr) && strings.EqualFold(strings.TrimSpace(r.Header.Get("X-Forwarded-Proto")), "https") {
		return true, nil
	}
	if addr.IsLoopback() && isLoopback(r.Host) && !forwarded(r) {
		return false, nil
	}
	if forwarded(r) && !s.trusted(addr) {
		return false, forbidden("Sign-in needs https; if a proxy speaks it, list the proxy in http.trusted_proxies and have it send X-Forwarded-Proto")
	}
	return false, forbidden("Sign-in needs https")
}

func (s *Service) trusted(a netip.Addr) bool {
	for _, p := range s.cfg.Proxies {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// forwarded reports whether a proxy handed the request on.
func forwarded(r *http.Request) bool {
	for _, name := range []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "Via"} {
		if r.Header.Get(name) != "" {
			return true
		}
	}
	return false
}

// isLoopback reports whether a Host header names this machine: another name may
// be made to lead here by who owns it.
func isLoopback(host string) bool {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	if strings.EqualFold(host, "localhost") {
		return true
	}
	a, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && a.IsLoopback()
}
