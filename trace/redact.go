package trace

import (
	"bytes"
	"strings"
)

// removed stands where a secret was.
const removed = "…"

// appendRedacted copies a SIP message without its secrets: what answers a digest
// challenge, passwords in URIs, keys of encrypted media, and what was pressed on a
// telephone.
func appendRedacted(b, text []byte) []byte {
	b, body := appendHead(b, text)
	if len(body) == 0 {
		return b
	}
	if describes(text) {
		return appendSDP(b, body)
	}
	return appendValues(b, body)
}

// describes reports whether a message's body is what two ends agree on, not
// something a person entered (INFO, NOTIFY, MESSAGE).
func describes(text []byte) bool {
	for _, start := range []string{"SIP/", "INVITE ", "ACK ", "UPDATE ", "PRACK "} {
		if len(text) >= len(start) && string(text[:len(start)]) == start {
			return true
		}
	}
	return false
}

// appendHead copies the start line and the headers, and returns what follows them.
// Every message goes through here, so runs of lines with nothing to hide, nearly
// all, are copied at once.
func appendHead(b, text []byte) (out, body []byte) {
	done := 0 // text[:done] is in b
	next := bytes.IndexByte(text, '@')
	for start, end := 0, 0; start < len(text); start = end {
		end = lineEnd(text, start)
		first := text[start]
		if first == '\r' && end == start+2 && start > 1 && text[start-2] == '\r' {
			return append(b, text[done:end]...), text[end:]
		}
		if start > 0 && mayAuthenticate(first) {
			if name := bytes.IndexByte(text[start:end], ':') + 1; name > 0 && authenticates(text[start:start+name-1]) {
				for end < len(text) && (text[end] == ' ' || text[end] == '\t') { // folded (RFC 3261 7.3.1)
					end = lineEnd(text, end)
				}
				b = appendCredentials(append(b, text[done:start+name]...), text[start+name:end])
				done = end
				continue
			}
		}
		if next < start && next >= 0 {
			if next = bytes.IndexByte(text[start:], '@'); next >= 0 {
				next += start
			}
		}
		if next < 0 || next >= end {
			continue
		}
		value := start
		if start > 0 && first != ' ' && first != '\t' {
			value += bytes.IndexByte(text[start:end], ':') + 1
		}
		if at, _ := password(text[value:end]); at >= 0 {
			b = appendURIs(append(b, text[done:value]...), text[value:end])
			done = end
		}
	}
	return append(b, text[done:]...), nil
}

// lineEnd is where the next line begins.
func lineEnd(s []byte, from int) int {
	if i := bytes.IndexByte(s[from:], '\n'); i >= 0 {
		return from + i + 1
	}
	return len(s)
}

// mayAuthenticate looks at the first letter of a header.
func mayAuthenticate(c byte) bool { c |= 0x20; return c == 'a' || c == 'p' || c == 'w' }

// authenticates reports whether a header has part in authentication: what is asked,
// what is answered, and what the answer is acknowledged with.
func authenticates(name []byte) bool {
	name = bytes.TrimRight(name, " \t")
	switch len(name) {
	case len("authorization"):
		return bytes.EqualFold(name, []byte("authorization"))
	case len("www-authenticate"):
		return bytes.EqualFold(name, []byte("www-authenticate"))
	case len("proxy-authenticate"):
		return bytes.EqualFold(name, []byte("proxy-authenticate"))
	case len("proxy-authorization"): // as long as authentication-info
		return bytes.EqualFold(name, []byte("proxy-authorization")) || bytes.EqualFold(name, []byte("authentication-info"))
	case len("proxy-authentication-info"):
		return bytes.EqualFold(name, []byte("proxy-authentication-info"))
	}
	return false
}

// harmless are the parameters of digest that are kept: who, for what, and how. The
// others, the nonces among them, allow passwords to be tried against an answer.
var harmless = []string{"username", "realm", "uri", "algorithm", "qop", "nc", "stale", "domain", "charset", "userhash"}

// appendCredentials copies a header's value: the scheme, and of digest what is
// harmless.
func appendCredentials(b, value []byte) []byte {
	text := bytes.TrimRight(value, " \t\r\n")
	end := value[len(text):]
	start := len(text) - len(bytes.TrimLeft(text, " \t\r\n"))
	b, text = append(b, text[:start]...), text[start:]
	scheme, params := text, []byte(nil)
	if i := bytes.IndexAny(text, " \t\r\n"); i >= 0 {
		scheme, params = text[:i], text[i:]
	}
	switch {
	case len(params) > 0 && bytes.EqualFold(scheme, []byte("digest")):
		b = append(b, scheme...)
	case bytes.IndexByte(scheme, '=') >= 0: // Authentication-Info has no scheme
		params = text
	default:
		return append(append(append(b, scheme...), " "+removed...), end...)
	}
	for len(params) > 0 {
		one := params[:itemEnd(params)]
		params = params[len(one):]
		b = appendParam(b, one)
		if len(params) > 0 {
			b, params = append(b, ','), params[1:]
		}
	}
	return append(b, end...)
}

// itemEnd is where the first of several values ends: at a comma outside quotes.
func itemEnd(s []byte) int {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch {
		case quoted && s[i] == '\\':
			i++
		case s[i] == '"':
			quoted = !quoted
		case s[i] == ',' && !quoted:
			return i
		}
	}
	return len(s)
}

// appendParam copies one parameter, its value only where that is harmless and ends
// where it seems to.
func appendParam(b, one []byte) []byte {
	name, value, found := bytes.Cut(one, []byte("="))
	if !found {
		return append(b, removed...)
	}
	if whole(value) && isHarmless(bytes.TrimSpace(name)) {
		return appendURIs(b, one)
	}
	b = append(append(b, name...), '=')
	if len(value) > 0 && value[0] == '"' {
		return append(b, `"`+removed+`"`...)
	}
	return append(b, removed...)
}

func isHarmless(name []byte) bool {
	for _, h := range harmless {
		if len(h) == len(name) && strings.EqualFold(h, string(name)) {
			return true
		}
	}
	return false
}

// whole reports whether a value is a word, or one quoted text.
func whole(value []byte) bool {
	value = bytes.TrimSpace(value)
	if len(value) > 1 && value[0] == '"' {
		return bytes.IndexByte(value[1:], '"') == len(value)-2
	}
	for _, c := range value {
		if outsideURI[c] {
			return false
		}
	}
	return true
}

// outsideURI are bytes that no URI holds.
var outsideURI = [256]bool{' ': true, '\t': true, '\r': true, '\n': true, '<': true, '>': true, '"': true}

// password finds the first password of a URI in s: what stands between the second
// colon of scheme:user:password@host and its last @. start is -1 where there is none.
func password(s []byte) (start, end int) {
	first, second := -1, -1 // colons of the URI
	for from := 0; ; {
		at := bytes.IndexByte(s[from:], '@')
		if at < 0 {
			return -1, 0
		}
		at += from
		one, two, i := -1, -1, at-1
		for ; i >= from && !outsideURI[s[i]]; i-- {
			if s[i] == ':' {
				one, two = i, one
			}
		}
		switch {
		case i >= from || first < 0: // not what the @ before belongs to
			first, second = one, two
		default:
			second = one
		}
		if second >= 0 {
			for i = at + 1; i < len(s) && !outsideURI[s[i]]; i++ {
				if s[i] == '@' {
					at = i
				}
			}
			return second + 1, at
		}
		from = at + 1
	}
}

// appendURIs copies text without the passwords of the URIs in it.
func appendURIs(b, s []byte) []byte {
	for {
		start, end := password(s)
		if start < 0 {
			return append(b, s...)
		}
		b = append(append(b, s[:start]...), removed...)
		at := end + 1 // past the @: host and port are no secret
		b, s = append(b, '@'), s[at:]
	}
}

// keying are the lines of SDP that hold keys: RFC 4568, RFC 4567, RFC 8839 and, of
// old, RFC 4566 5.12.
var keying = []string{"a=crypto:", "a=key-mgmt:", "a=ice-pwd:", "k="}

func appendSDP(b, body []byte) []byte {
	done := 0
	for start, end := 0, 0; start < len(body); start = end {
		end = lineEnd(body, start)
		if n := keyed(body[start:end]); n > 0 {
			b = append(appendURIs(b, body[done:start+n]), removed...)
			done = end - ending(body[start:end])
		}
	}
	return appendURIs(b, body[done:])
}

// ending is the length of a line's CR and LF.
func ending(line []byte) int { return len(line) - len(bytes.TrimRight(line, "\r\n")) }

// keyed returns the length of what comes before a line's key, 0 where it has none.
func keyed(line []byte) int {
	if len(line) < 3 || line[1] != '=' || line[0]|0x20 == 'a' && line[2]|0x20 != 'c' && line[2]|0x20 != 'k' && line[2]|0x20 != 'i' || line[0]|0x20 != 'a' && line[0]|0x20 != 'k' {
		return 0
	}
	for _, k := range keying {
		if len(line) >= len(k) && strings.EqualFold(string(line[:len(k)]), k) {
			return len(k)
		}
	}
	return 0
}

// appendValues copies a body of names and values without the values. How long a key
// was held says nothing of which it was.
func appendValues(b, body []byte) []byte {
	for start, end := 0, 0; start < len(body); start = end {
		end = lineEnd(body, start)
		line := body[start:end]
		text := line[:len(line)-ending(line)]
		name, _, found := bytes.Cut(text, []byte("="))
		switch {
		case len(text) == 0:
		case found && bytes.EqualFold(bytes.TrimSpace(name), []byte("duration")):
			b = append(b, text...)
		case found:
			b = append(append(b, name...), "="+removed...)
		default:
			b = append(b, removed...)
		}
		b = append(b, line[len(text):]...)
	}
	return b
}
