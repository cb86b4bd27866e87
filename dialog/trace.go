package dialog

import (
	"net/netip"
	"strings"
)

// traceIn and traceOut log whole messages at LevelTrace.
func (a *Agent) traceIn(m *message) {
	if a.log.Enabled(a.life, LevelTrace) {
		a.log.Log(a.life, LevelTrace, "SIP in", "far", m.from, "message", redact(m.text))
	}
}

func (a *Agent) traceOut(to netip.AddrPort, b []byte) {
	if a.log.Enabled(a.life, LevelTrace) {
		a.log.Log(a.life, LevelTrace, "SIP out", "far", to, "message", redact(string(b)))
	}
}

// redact takes the credentials out of a message.
func redact(message string) string {
	var b strings.Builder
	b.Grow(len(message))
	for line := range strings.Lines(message) {
		name, _, _ := strings.Cut(line, ":")
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "authorization", "proxy-authorization":
			b.WriteString(name + ": (removed)\r\n")
		default:
			b.WriteString(line)
		}
	}
	return b.String()
}
