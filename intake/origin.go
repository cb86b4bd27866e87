package intake

import (
	"net/url"
	"strings"
)

// From holds a public key to its list: the header Origin counts, else Referer. A
// key that lists none may be used from a server. EFORBIDDEN.
func (a Access) From(origin, referer string) error {
	if !a.Public() || len(a.Key.Origins) == 0 {
		return nil
	}
	from := origin
	if from == "" {
		from = referer
	}
	if from == "" {
		return denied("this key may only be used from its web pages")
	}
	if !originListed(a.Key.Origins, from) {
		return denied("this key may not be used from this web page")
	}
	return nil
}

// MayRead reports whether a page of the origin may read answers: only to a public
// key, and where that lists origins only those.
func (a Access) MayRead(origin string) bool {
	return a.Public() && (len(a.Key.Origins) == 0 || originListed(a.Key.Origins, origin))
}

// originListed reports whether the page's address or origin is on the list.
// An entry without a scheme stands for http and https.
func originListed(list []string, page string) bool {
	scheme, host, ok := originOf(page)
	if !ok {
		return false
	}
	for _, entry := range list {
		if strings.Contains(entry, "://") {
			s, h, ok := originOf(entry)
			if ok && s == scheme && h == host {
				return true
			}
		} else if strings.EqualFold(strings.TrimRight(entry, "/"), host) {
			return true
		}
	}
	return false
}

// originOf returns scheme and host of an address, lower case and without the
// scheme's own port (RFC 6454 4).
func originOf(raw string) (scheme, host string, ok bool) {
	u, err := url.Parse(strings.TrimSpace(raw))
	if err != nil || u.Host == "" {
		return "", "", false
	}
	scheme, host = strings.ToLower(u.Scheme), strings.ToLower(u.Host)
	switch scheme {
	case "http":
		host = strings.TrimSuffix(host, ":80")
	case "https":
		host = strings.TrimSuffix(host, ":443")
	default:
		return "", "", false
	}
	return scheme, host, true
}
