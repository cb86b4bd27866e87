package dialog

import (
	"strconv"
	"strings"
)

// cseqField is what short returns for CSeq, which has no short form.
const cseqField = '#'

// short returns the one-letter form (RFC 3261 7.3.3) of the headers a message
// is sorted by, 0 for any other.
func short(name string) byte {
	switch len(name) {
	case 1:
		if c := name[0] | 0x20; c >= 'a' && c <= 'z' {
			return c
		}
	case 2:
		if strings.EqualFold(name, "to") {
			return 't'
		}
	case 3:
		if strings.EqualFold(name, "via") {
			return 'v'
		}
	case 4:
		if strings.EqualFold(name, "from") {
			return 'f'
		}
		if strings.EqualFold(name, "cseq") {
			return cseqField
		}
	case 7:
		if strings.EqualFold(name, "call-id") {
			return 'i'
		}
		if strings.EqualFold(name, "contact") {
			return 'm'
		}
	case 12:
		if strings.EqualFold(name, "content-type") {
			return 'c'
		}
	case 14:
		if strings.EqualFold(name, "content-length") {
			return 'l'
		}
	}
	return 0
}

// cutField takes a header line apart; ok is false where it is none. The value
// keeps the blanks around it: most are never looked at.
func cutField(line string) (name, value string, ok bool) {
	i := strings.IndexByte(line, ':')
	if i < 1 {
		return "", "", false
	}
	for name, value = line[:i], line[i+1:]; name != "" && blank(name[len(name)-1]); {
		name = name[:len(name)-1]
	}
	return name, value, name != "" && strings.IndexByte(name, ' ') < 0
}

// field finds the next header of that name in a head, and what is left after
// it.
func field(head, name string) (value, rest string, ok bool) {
	want := short(name)
	for head != "" {
		var line string
		line, head, _ = strings.Cut(head, "\r\n")
		is, value, _ := cutField(line)
		if want != 0 && short(is) == want || want == 0 && strings.EqualFold(is, name) {
			return strings.Trim(value, " \t"), head, true
		}
	}
	return "", "", false
}

// get returns the value of the first header of that name, "" without one.
func (m *message) get(name string) string {
	v, _, _ := field(m.head, name)
	return v
}

// outside finds c in s where it stands outside quoted strings and angle
// brackets; -1 where it does not.
func outside(s string, c byte) int {
	if strings.IndexByte(s, '"') < 0 && (c == '<' || strings.IndexByte(s, '<') < 0) {
		return strings.IndexByte(s, c) // there is nothing to be inside of
	}
	quoted, bracketed := false, false
	for i := 0; i < len(s); i++ {
		switch b := s[i]; {
		case quoted:
			if b == '\\' {
				i++
			} else if b == '"' {
				quoted = false
			}
		case b == c && !bracketed:
			return i
		case b == '"':
			quoted = true
		case b == '<':
			bracketed = true
		case b == '>':
			bracketed = false
		}
	}
	return -1
}

// cutItem takes the first of several values that share one header.
func cutItem(v string) (item, rest string) {
	if i := outside(v, ','); i >= 0 {
		return strings.TrimSpace(v[:i]), v[i+1:]
	}
	return strings.TrimSpace(v), ""
}

// address takes a From, To, Contact or route apart: the URI, and what follows
// it.
func address(v string) (uri, params string) {
	if i := outside(v, '<'); i >= 0 {
		end := strings.IndexByte(v[i:], '>')
		if end < 0 {
			return "", ""
		}
		return v[i+1 : i+end], v[i+end+1:]
	}
	if i := strings.IndexByte(v, ';'); i >= 0 {
		return strings.TrimSpace(v[:i]), v[i:]
	}
	return v, ""
}

// param finds a parameter among those that follow a value.
func param(s, name string) (value string, ok bool) {
	for i := outside(s, ';'); i >= 0; {
		one := s[i+1:]
		if s, i = one, outside(one, ';'); i >= 0 {
			one = s[:i]
		}
		k, v, _ := strings.Cut(one, "=")
		if strings.EqualFold(strings.TrimSpace(k), name) {
			return strings.TrimSpace(v), true
		}
	}
	return "", false
}

// usable returns a far end's URI where it may stand in what we send, "" where it
// may not.
func usable(uri string) string {
	scheme, rest, _ := strings.Cut(uri, ":")
	if !strings.EqualFold(scheme, "sip") && !strings.EqualFold(scheme, "sips") || rest == "" {
		return ""
	}
	for i := 0; i < len(uri); i++ {
		if c := uri[i]; c <= ' ' || c > '~' || c == '<' || c == '>' || c == '"' {
			return ""
		}
	}
	return strings.Clone(uri)
}

// remoteTarget returns the Contact of a message, "" without one.
func remoteTarget(m *message) string {
	first, _ := cutItem(m.get("contact"))
	uri, _ := address(first)
	return usable(uri)
}

// recordRoutes returns a response's Record-Route addresses in the order a
// caller uses them: last first (RFC 3261 12.1.2).
func recordRoutes(m *message) []string {
	var routes []string
	for v, rest, ok := field(m.head, "record-route"); ok; v, rest, ok = field(rest, "record-route") {
		for v != "" {
			var one string
			one, v = cutItem(v)
			uri, _ := address(one)
			if uri = usable(uri); uri != "" {
				routes = append([]string{uri}, routes...)
			}
		}
	}
	return routes
}

// hostOf returns the host of a SIP URI, without brackets, and its port, 5060
// where it has none and -1 where it is no port.
func hostOf(uri string) (host string, port int) {
	_, rest, _ := strings.Cut(uri, ":")
	if _, after, ok := strings.Cut(rest, "@"); ok {
		rest = after
	}
	if i := strings.IndexAny(rest, ";?"); i >= 0 {
		rest = rest[:i]
	}
	return splitPort(rest)
}

// splitPort takes host:port apart as it stands in URIs and Vias.
func splitPort(s string) (host string, port int) {
	host, port = s, defaultPort
	if i := strings.LastIndexByte(s, ':'); i > strings.LastIndexByte(s, ']') {
		host = s[:i]
		n, err := strconv.ParseUint(strings.TrimSpace(s[i+1:]), 10, 16)
		if port = int(n); err != nil || n == 0 {
			port = -1
		}
	}
	return strings.Trim(strings.TrimSpace(host), "[]"), port
}

const defaultPort = 5060
