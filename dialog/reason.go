package dialog

import (
	"strconv"
	"strings"
	"time"

	"clickbridge"
	"clickbridge/leg"
)

// readReasons puts what Reason headers (RFC 3326) say into a cause: the Q.850
// value, the SIP status where the cause has none, and a text where it has none.
func readReasons(m *message, c *clickbridge.Cause) {
	for v, rest, ok := field(m.head, "reason"); ok; v, rest, ok = field(rest, "reason") {
		for _, value := range splitOutsideQuotes(v, ',') {
			readReason(value, c)
		}
	}
}

func readReason(value string, c *clickbridge.Cause) {
	parts := splitOutsideQuotes(value, ';')
	code, text := 0, ""
	for _, p := range parts[1:] {
		k, v, _ := strings.Cut(p, "=")
		v = strings.TrimSpace(v)
		switch strings.ToLower(strings.TrimSpace(k)) {
		case "cause":
			if n, err := strconv.Atoi(v); err == nil && n > 0 && n < 1000 {
				code = n
			}
		case "text":
			text = printable(strings.Trim(v, `"`))
		}
	}
	switch strings.ToUpper(strings.TrimSpace(parts[0])) {
	case "Q.850":
		c.Q850 = code
	case "SIP":
		if c.SIPCode == 0 {
			c.SIPCode = code
		}
	default:
		return
	}
	if c.Text == "" {
		c.Text = text
	}
}

// splitOutsideQuotes cuts s at sep where it stands outside a quoted string.
// The result has at least one element.
func splitOutsideQuotes(s string, sep byte) []string {
	var out []string
	start, quoted := 0, false
	for i := 0; i < len(s); i++ {
		switch {
		case quoted && s[i] == '\\':
			i++
		case s[i] == '"':
			quoted = !quoted
		case s[i] == sep && !quoted:
			out = append(out, s[start:i])
			start = i + 1
		}
	}
	return append(out, s[start:])
}

// printable keeps what may go into logs and reports of a far end's words: at
// most 80 bytes of visible ASCII.
func printable(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return -1
		}
		return r
	}, s)
	if len(s) > 80 {
		s = s[:80]
	}
	return s
}

// reasonLine is a Reason header.
func reasonLine(value string) string { return "Reason: " + value }

// reasonOf writes why we hang up, for the carrier's records.
func reasonOf(c *clickbridge.Cause) string {
	if c == nil {
		return `Q.850;cause=16;text="Normal call clearing"`
	}
	switch c.Class {
	case clickbridge.CauseNoAnswer, clickbridge.CauseNotAccepted:
		return `Q.850;cause=19;text="No answer"`
	case clickbridge.CauseMediaTimeout:
		return `Q.850;cause=102;text="No media"`
	case clickbridge.CauseFailed, clickbridge.CauseTrunkFault, clickbridge.CauseDrained, clickbridge.CauseInterrupted:
		return `Q.850;cause=41;text="Temporary failure"`
	}
	return `Q.850;cause=16;text="Normal call clearing"`
}

// finalCause classifies a final answer above 299 to an INVITE.
func finalCause(res *message, rang bool) *clickbridge.Cause {
	c := clickbridge.SIPCause(res.status, printable(res.reason), rang)
	readReasons(res, c)
	if res.status == 503 {
		c.RetryAfter = retryAfter(res.get("retry-after"))
	}
	return c
}

// retryAfter reads a Retry-After value ("120 (soon);duration=60"), at most an
// hour of it: a carrier does not decide that we never call again.
func retryAfter(v string) time.Duration {
	end := 0
	for end < len(v) && v[end] >= '0' && v[end] <= '9' {
		end++
	}
	n, err := strconv.Atoi(v[:end])
	if err != nil {
		return 0
	}
	return min(time.Duration(n)*time.Second, time.Hour)
}

// infoKey reads the key of an INFO body: application/dtmf-relay ("Signal=1",
// one parameter a line) or application/dtmf (the key alone). ok is false when
// there is none.
func infoKey(contentType string, body []byte) (leg.Key, bool) {
	kind, _, _ := strings.Cut(strings.ToLower(contentType), ";")
	switch strings.TrimSpace(kind) {
	case "application/dtmf":
		return key(string(body))
	case "application/dtmf-relay":
		for line := range strings.Lines(string(body)) {
			name, value, ok := strings.Cut(line, "=")
			if ok && strings.EqualFold(strings.TrimSpace(name), "signal") {
				return key(value)
			}
		}
	}
	return 0, false
}

// key reads one key, by its sign or by its RFC 4733 event number.
func key(s string) (leg.Key, bool) {
	s = strings.ToUpper(strings.TrimSpace(s))
	if len(s) == 1 && strings.Contains("0123456789*#ABCD", s) {
		return leg.Key(s[0]), true
	}
	if n, err := strconv.Atoi(s); err == nil && len(s) == 2 && n >= 10 && n <= 15 {
		return leg.Key("*#ABCD"[n-10]), true
	}
	return 0, false
}
