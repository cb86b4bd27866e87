package dialog

import (
	"strings"

	"github.com/emiago/sipgo/sip"
)

// traceIn and traceOut log whole messages at LevelTrace.
func (a *Agent) traceIn(m sip.Message)  { a.trace("SIP in", m, m.Source()) }
func (a *Agent) traceOut(m sip.Message) { a.trace("SIP out", m, m.Destination()) }

func (a *Agent) trace(what string, m sip.Message, far string) {
	if !a.log.Enabled(a.life, LevelTrace) {
		return
	}
	a.log.Log(a.life, LevelTrace, what, "far", far, "message", redact(m.String()))
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
