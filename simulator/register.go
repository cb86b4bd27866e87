package simulator

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"clickbridge/simulator/wire"
)

// realm is what our challenges name.
const realm = "clickbridge-simulator"

func (s *Simulator) newGate() *wire.Gate {
	users, lenient := s.cfg.Credentials, false
	if users == nil {
		users, lenient = map[string]string{"demo": "demo"}, true
	}
	return &wire.Gate{
		Realm: realm, Key: []byte(s.token() + s.token()), Lenient: lenient, Now: time.Now,
		Password: func(u string) (string, bool) { p, ok := users[u]; return p, ok },
	}
}

// admitted checks a leg's credentials; without good ones it answers 407, and
// 403 to wrong ones.
func (p *party) admitted(m *wire.Message) bool {
	v := p.s.gate.Check(m.Method, m.Get("Proxy-Authorization"))
	switch v {
	case wire.Right:
		return true
	case wire.Wrong:
		p.refuse(403, wire.Extra{}, ByPhone, Refused)
		return false
	}
	p.leg.Challenges++
	p.refuse(407, wire.Extra{Headers: "Proxy-Authenticate: " + p.s.gate.Challenge(v == wire.Stale) + "\r\n"}, ByPhone, Challenged)
	return false
}

// defaultExpiry and its bounds, in seconds (RFC 3261 10.3).
const (
	defaultExpiry = 3600
	shortExpiry   = 30
)

// register binds an address (RFC 3261 10.3). Credentials are asked for when
// any are configured.
func (s *Simulator) register(m *wire.Message, from wire.Peer) {
	if s.cfg.Credentials != nil {
		switch v := s.gate.Check(m.Method, m.Get("Authorization")); v {
		case wire.Right:
		case wire.Wrong:
			s.reply(m, from, 403, wire.Extra{})
			return
		default:
			s.reply(m, from, 401, wire.Extra{Headers: "WWW-Authenticate: " + s.gate.Challenge(v == wire.Stale) + "\r\n"})
			return
		}
	}
	contact := m.Get("Contact")
	expires, ok := expiry(contact, m.Get("Expires"))
	if !ok {
		s.reply(m, from, 400, wire.Extra{})
		return
	}
	who := wire.User(wire.Address(m.To))
	if expires == 0 {
		delete(s.registrations, who)
	} else {
		expires = max(expires, shortExpiry)
		s.registrations[who] = s.now().Add(time.Duration(expires) * time.Second)
	}
	head := ""
	if uri := wire.Address(contact); contact != "" && uri != "*" && expires > 0 {
		head = fmt.Sprintf("Contact: <%s>;expires=%d\r\n", uri, expires)
	}
	s.reply(m, from, 200, wire.Extra{Headers: head})
	s.tell.tell(Event{At: s.now(), Number: who, What: Registered, Text: fmt.Sprintf("registers for %d s", expires)})
}

// expiry reads how long a binding is asked for: Contact's expires, else the
// Expires header, else the default.
func expiry(contact, header string) (int, bool) {
	v, ok := wire.Param(contact, "expires")
	if !ok {
		v = strings.TrimSpace(header)
	}
	if v == "" {
		return defaultExpiry, true
	}
	n, err := strconv.ParseUint(v, 10, 32)
	return int(min(n, defaultExpiry)), err == nil
}

// Registered returns the users registered now, each with the end of its
// registration.
func (s *Simulator) Registered() map[string]time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := map[string]time.Time{}
	for u, t := range s.registrations {
		if t.After(s.now()) {
			out[u] = t
		}
	}
	return out
}
