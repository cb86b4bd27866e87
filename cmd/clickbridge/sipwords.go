package main

import (
	"fmt"
	"strings"
)

// opening says what a SIP message is, and in which colour: a request's method and
// target, or a response's status and what it answers.
func opening(text string) (what, color string) {
	line, _, _ := strings.Cut(text, "\r\n")
	line = visible(line)
	status, ok := strings.CutPrefix(line, "SIP/2.0 ")
	if !ok {
		return strings.TrimSuffix(line, " SIP/2.0"), plain
	}
	_, method, _ := strings.Cut(header(text, "cseq"), " ")
	if method != "" {
		status += " (" + method + ")"
	}
	switch status[:1] {
	case "1":
		return status, plain
	case "2":
		return status, green
	case "5", "6":
		return status, red
	}
	return status, yellow
}

// header returns the value of the first header of that name.
func header(text, name string) string {
	head, _, _ := strings.Cut(text, "\r\n\r\n")
	for line := range strings.SplitSeq(head, "\r\n") {
		if k, v, ok := strings.Cut(line, ":"); ok && strings.EqualFold(strings.TrimSpace(k), name) {
			return visible(strings.TrimSpace(v))
		}
	}
	return ""
}

// remarks are what an operator looks for in a message, besides its first line.
func remarks(text string) []string {
	var out []string
	for _, name := range []string{"proxy-authorization", "authorization"} {
		if user := inQuotes(header(text, name), "username"); user != "" {
			out = append(out, "as "+user)
		}
	}
	for _, name := range []string{"proxy-authenticate", "www-authenticate"} {
		if realm := inQuotes(header(text, name), "realm"); realm != "" {
			out = append(out, "realm "+realm)
		}
	}
	if a := sound(text); a != "" {
		out = append(out, a)
	}
	if r := header(text, "reason"); r != "" {
		out = append(out, reason(r))
	}
	for _, name := range []string{"Warning", "Retry-After", "Min-Expires", "Expires"} {
		if v := header(text, name); v != "" {
			out = append(out, name+" "+v)
		}
	}
	if strings.HasPrefix(text, "SIP/2.0 3") {
		out = append(out, "to "+header(text, "contact"))
	}
	return out
}

// inQuotes returns a parameter's value from between its quotes.
func inQuotes(value, name string) string {
	_, rest, found := strings.Cut(value, name+`="`)
	v, _, closed := strings.Cut(rest, `"`)
	if !found || !closed {
		return ""
	}
	return v
}

// reason words a Reason header (RFC 3326): its text, else its cause.
func reason(v string) string {
	if text := inQuotes(v, "text"); text != "" {
		return text
	}
	protocol, _, _ := strings.Cut(v, ";")
	_, rest, found := strings.Cut(v, "cause=")
	if !found {
		return v
	}
	cause, _, _ := strings.Cut(rest, ";")
	return strings.TrimSpace(protocol) + " " + cause
}

// sound says where a message's SDP wants its audio, in which codecs, and whether it
// holds.
func sound(text string) string {
	_, body, _ := strings.Cut(text, "\r\n\r\n")
	host, port, codecs, way := "", "", []string{}, ""
	for line := range strings.Lines(body) {
		line = visible(line)
		switch kind, v, _ := strings.Cut(line, "="); {
		case kind == "c" && host == "":
			host = v[strings.LastIndexByte(v, ' ')+1:]
		case kind == "m" && strings.HasPrefix(v, "audio "):
			port = strings.Fields(v + " ?")[1]
		case strings.HasPrefix(line, "a=rtpmap:"):
			_, codec, _ := strings.Cut(v, " ")
			codec, _, _ = strings.Cut(codec, "/")
			codecs = append(codecs, strings.Replace(codec, "telephone-event", "keys", 1))
		case line == "a=sendonly" || line == "a=inactive" || line == "a=recvonly":
			way = ", " + line[2:]
		}
	}
	if port == "" {
		return ""
	}
	return fmt.Sprintf("audio %s:%s %s%s", host, port, strings.Join(codecs, " "), way)
}
