package wire

import (
	"net/netip"
	"strconv"
	"strings"
)

// firstItem returns s up to its first comma outside quotes and angle brackets.
func firstItem(s string) string {
	quoted, angle := false, false
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' && (i == 0 || s[i-1] != '\\'):
			quoted = !quoted
		case quoted:
		case c == '<':
			angle = true
		case c == '>':
			angle = false
		case c == ',' && !angle:
			return s[:i]
		}
	}
	return s
}

// Address returns the URI of a From, To, Contact or Route value.
func Address(value string) string {
	rest := afterDisplayName(value)
	if i := strings.IndexByte(rest, '<'); i >= 0 {
		uri, _, _ := strings.Cut(rest[i+1:], ">")
		return strings.TrimSpace(uri)
	}
	uri, _, _ := strings.Cut(rest, ";")
	return strings.TrimSpace(uri)
}

// Param returns a header parameter (not a parameter of the URI inside <>).
func Param(value, name string) (string, bool) {
	rest := afterDisplayName(value)
	if i := strings.IndexByte(rest, '>'); i >= 0 {
		rest = rest[i+1:]
	}
	_, rest, _ = strings.Cut(rest, ";")
	for rest != "" {
		var item string
		item, rest, _ = strings.Cut(rest, ";")
		k, v, _ := strings.Cut(item, "=")
		if strings.EqualFold(strings.TrimSpace(k), name) {
			return strings.Trim(strings.TrimSpace(v), `"`), true
		}
	}
	return "", false
}

// Tag returns the tag of a From or To value, "" without one.
func Tag(value string) string {
	t, _ := Param(value, "tag")
	return t
}

// afterDisplayName skips a quoted display name, which may hold any character.
func afterDisplayName(s string) string {
	s = strings.TrimSpace(s)
	if !strings.HasPrefix(s, `"`) {
		return s
	}
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return s[i+1:]
		}
	}
	return ""
}

// User returns the user part of a sip: URI ("5558688950"), "" without one.
func User(uri string) string {
	rest := afterScheme(uri)
	i := strings.LastIndexByte(rest, '@')
	if i < 0 {
		return ""
	}
	user, _, _ := strings.Cut(rest[:i], ":")
	user, _, _ = strings.Cut(user, ";")
	return user
}

// Host returns the host and port of a sip: URI; port 0 when none is written.
func Host(uri string) (string, int) {
	rest := afterScheme(uri)
	if i := strings.LastIndexByte(rest, '@'); i >= 0 {
		rest = rest[i+1:]
	}
	if i := strings.IndexAny(rest, ";?>"); i >= 0 {
		rest = rest[:i]
	}
	return splitPort(rest)
}

func afterScheme(uri string) string {
	if _, rest, ok := strings.Cut(uri, ":"); ok && len(uri) > 4 &&
		(strings.EqualFold(uri[:4], "sip:") || strings.EqualFold(uri[:4], "sips")) {
		return rest
	}
	return uri
}

func splitPort(s string) (string, int) {
	if strings.HasPrefix(s, "[") {
		host, rest, _ := strings.Cut(s[1:], "]")
		port, _ := strconv.Atoi(strings.TrimPrefix(rest, ":"))
		return host, port
	}
	host, p, _ := strings.Cut(s, ":")
	port, _ := strconv.Atoi(strings.TrimSpace(p))
	return strings.TrimSpace(host), port
}

// AddrPort returns the socket address a URI names, 5060 where it has no port.
// It is not valid when the host is a name: nothing is resolved here.
func AddrPort(uri string) netip.AddrPort {
	host, port := Host(uri)
	if port == 0 {
		port = 5060
	}
	ip, err := netip.ParseAddr(host)
	if err != nil || port < 1 || port > 65535 {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(ip, uint16(port))
}

// Via is the topmost Via of a message.
type Via struct {
	Transport string // as written: "UDP"
	SentBy    string // host with its port, as written
	Branch    string
	RPort     bool // the sender asked for the answer at its source, RFC 3581
}

func parseVia(v string) (Via, bool) {
	proto, rest, ok := strings.Cut(strings.TrimSpace(v), " ")
	if !ok || !strings.HasPrefix(proto, "SIP/2.0/") {
		return Via{}, false
	}
	sentBy, _, _ := strings.Cut(rest, ";")
	out := Via{Transport: proto[len("SIP/2.0/"):], SentBy: strings.TrimSpace(sentBy)}
	out.Branch, _ = Param(rest, "branch")
	_, out.RPort = Param(rest, "rport")
	return out, out.SentBy != ""
}
