package dialog

import (
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	"clickbridge/trace"
)

// maxServed bounds the answers kept for repeated requests.
const maxServed = 1 << 16

// served is a request that was answered (RFC 3261 17.2). It is kept for 64*T1 to
// answer repetitions, which are absorbed.
type served struct {
	agent  *Agent
	status int
	out    []byte
	in     *listener // nil over TCP
	to     netip.AddrPort
	about  *trace.About

	mu    sync.Mutex
	wait  time.Duration // between repetitions of a refusal of an INVITE
	until time.Time
	acked bool
}

// serverKey names a request's transaction (RFC 3261 17.2.3); an ACK's and a
// CANCEL's is asked for as that of an INVITE.
func serverKey(m *message, method string) string {
	if len(m.branch) > len(cookie) && strings.EqualFold(m.branch[:len(cookie)], cookie) {
		sentBy, _, _ := strings.Cut(m.via, ";")
		return m.branch + " " + method + " " + sentBy
	}
	// Of RFC 2543's time. The To-tag is not in it: an ACK has one where its INVITE
	// had none.
	return strings.Join([]string{m.callID, strconv.FormatUint(uint64(m.cseq), 10), method, m.fromTag, m.uri, m.via}, " ")
}

// respond answers a request and remembers the answer. lines are further headers,
// whole.
func (a *Agent) respond(m *message, status int, reason string, body []byte, lines ...string) *served {
	s := &served{agent: a, status: status, out: answer(m, status, reason, body, lines), in: m.in, to: m.from, about: a.about(m, nil)}
	if m.in != nil {
		s.to = replyTo(m)
	}
	key := serverKey(m, m.method)
	a.served.add(key, s)
	a.served.retire(key)
	s.send()
	if m.method == mINVITE && status >= 300 && m.in != nil {
		s.wait, s.until = a.t1, time.Now().Add(64*a.t1)
		a.wheel.add(s.wait, s)
	}
	return s
}

func (s *served) send() {
	a := s.agent
	a.cfg.Trace.Add(s.about, trace.Wire{Peer: s.to, TCP: s.in == nil}, s.out)
	var err error
	if s.in != nil {
		_, err = s.in.udp.WriteToUDPAddrPort(s.out, s.to)
	} else {
		err = a.writeTCP(a.life, s.to, s.out)
	}
	if err != nil {
		a.log.Debug("response not sent", "status", s.status, "err", err)
	}
}

// ring implements ringer: timers G and H.
func (s *served) ring(now time.Time) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.acked || now.After(s.until) {
		return 0
	}
	s.send()
	s.wait = min(2*s.wait, s.agent.t2)
	return s.wait
}

func (s *served) ack() {
	s.mu.Lock()
	s.acked = true
	s.mu.Unlock()
}

// answer writes a response out (RFC 3261 8.2.6).
func answer(m *message, status int, reason string, body []byte, lines []string) []byte {
	b := make([]byte, 0, 128+len(m.head)+len(body))
	b = put(strconv.AppendInt(append(b, version+" "...), int64(status), 10), " ", reason, "\r\n")
	top := true
	for rest := m.head; rest != ""; {
		var line string
		line, rest, _ = strings.Cut(rest, "\r\n")
		name, value, _ := cutField(line)
		switch short(name) {
		case 'v':
			value = strings.TrimSpace(value)
			b = put(b, "Via: ")
			if top {
				b = received(b, m, value)
			} else {
				b = put(b, value)
			}
			b, top = put(b, "\r\n"), false
		case 't':
			b = put(b, line)
			if m.toTag == "" {
				b = put(b, ";tag=", newID())
			}
			b = put(b, "\r\n")
		case 'f', 'i', cseqField:
			b = put(b, line, "\r\n")
		case 0:
			if strings.EqualFold(name, "record-route") && status < 300 {
				b = put(b, line, "\r\n")
			}
		}
	}
	return finish(b, lines, body)
}

// received adds to the top Via where its request came from, where it asks for
// that (RFC 3581 4).
func received(b []byte, m *message, value string) []byte {
	const ask = ";rport"
	i := strings.Index(m.via, ask)
	if i < 0 || i+len(ask) < len(m.via) && m.via[i+len(ask)] != ';' {
		return put(b, value)
	}
	b = put(b, value[:i], ";received=", m.from.Addr().String(), ask, "=")
	b = strconv.AppendUint(b, uint64(m.from.Port()), 10)
	return put(b, value[i+len(ask):])
}

// replyTo is where the answer to a datagram goes: where it came from, but to the
// port its Via names, unless that asks for the source's (RFC 3261 18.2.2, RFC 3581).
func replyTo(m *message) netip.AddrPort {
	if _, ok := param(m.via, "rport"); ok {
		return m.from
	}
	sentBy, _, _ := strings.Cut(m.via, ";")
	if i := strings.LastIndexAny(strings.TrimSpace(sentBy), " \t"); i >= 0 {
		sentBy = sentBy[i+1:]
	}
	if _, port := splitPort(sentBy); port > 0 {
		return netip.AddrPortFrom(m.from.Addr(), uint16(port))
	}
	return m.from
}

func localAddrPort(addr net.Addr) netip.AddrPort {
	ap, err := netip.ParseAddrPort(addr.String())
	if err != nil {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
}
