package ibp

import (
	"net/http"
	"net/netip"
	"strings"
)

// ClientAddr returns a function that tells where a request came from: the
// connection's address, or, behind proxies that are trusted, the last address
// in X-Forwarded-For that is not one of theirs. Anything further left was
// written by the client and proves nothing.
func ClientAddr(trusted []netip.Prefix) func(*http.Request) string {
	return func(r *http.Request) string {
		peer, err := netip.ParseAddrPort(r.RemoteAddr)
		if err != nil {
			return r.RemoteAddr
		}
		addr := peer.Addr().Unmap()
		hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
		for i := len(hops) - 1; i >= 0 && isTrusted(trusted, addr); i-- {
			hop, ok := hopAddr(hops[i])
			if !ok {
				break
			}
			addr = hop
		}
		return addr.String()
	}
}

func isTrusted(trusted []netip.Prefix, a netip.Addr) bool {
	for _, p := range trusted {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// hopAddr reads one entry, which some proxies write with a port.
func hopAddr(s string) (netip.Addr, bool) {
	s = strings.TrimSpace(s)
	if a, err := netip.ParseAddr(strings.Trim(s, "[]")); err == nil {
		return a.Unmap().WithZone(""), true
	}
	if ap, err := netip.ParseAddrPort(s); err == nil {
		return ap.Addr().Unmap().WithZone(""), true
	}
	return netip.Addr{}, false
}
