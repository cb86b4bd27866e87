package dialog

import (
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	"clickbridge/trace"
)

// path is how requests reach a carrier and what they say of us.
type path struct {
	listener *listener // whose socket UDP requests leave from
	tcp      bool
	nextHop  netip.AddrPort
	us
	about trace.About // what is sent there
}

// us is how a carrier reaches us, in Via, Contact and From.
type us struct {
	host   string
	port   int
	sentBy string // host:port
}

// path finds the listener for a transport and the address we have in the
// carrier's eyes.
func (a *Agent) path(transport string, nextHop netip.AddrPort) (path, error) {
	if !nextHop.IsValid() {
		return path{}, fmt.Errorf("no address to send to")
	}
	p := path{nextHop: nextHop, tcp: strings.EqualFold(transport, "tcp")}
	for _, l := range a.listeners {
		if l.addr.Addr().Is4() != nextHop.Addr().Unmap().Is4() {
			continue
		}
		if (l.tcp != nil) == p.tcp {
			p.listener = l
			break
		}
		// Connections are made, not taken: TCP to a carrier does not need a TCP
		// listener, only a Contact.
		if p.tcp && p.listener == nil {
			p.listener = l
		}
	}
	if p.listener == nil {
		return path{}, fmt.Errorf("nothing listens on %s for %s", p.network(), nextHop)
	}
	p.us = p.listener.us
	if p.us.host != "" {
		return p, nil
	}
	host, err := a.sources.towards(nextHop)
	if err != nil {
		return path{}, err
	}
	p.us = usAt(host, int(p.listener.addr.Port()))
	return p, nil
}

// sources remembers which of the machine's addresses reaches a carrier.
type sources struct {
	mu    sync.Mutex
	known map[netip.Addr]source
}

type source struct {
	host string
	till time.Time
}

// sourceFor is how long an answer of the kernel's is believed: a machine may be
// given another address.
const sourceFor = 10 * time.Second

// towards returns the address the kernel would send from.
func (s *sources) towards(to netip.AddrPort) (string, error) {
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	if known, ok := s.known[to.Addr()]; ok && now.Before(known.till) {
		return known.host, nil
	}
	c, err := net.Dial("udp", to.String()) // connecting a UDP socket sends nothing
	if err != nil {
		return "", err
	}
	defer c.Close()
	if s.known == nil || len(s.known) >= maxSources {
		s.known = make(map[netip.Addr]source)
	}
	host := localAddrPort(c.LocalAddr()).Addr().String()
	s.known[to.Addr()] = source{host, now.Add(sourceFor)}
	return host, nil
}

// maxSources bounds the carriers' addresses remembered.
const maxSources = 256

func usAt(host string, port int) us {
	return us{host: host, port: port, sentBy: net.JoinHostPort(host, strconv.Itoa(port))}
}

// presented reads a host or host:port we are known by; without a port it is
// that of the socket.
func presented(public string, port int) (us, error) {
	host, text, err := net.SplitHostPort(public)
	if err != nil {
		return usAt(strings.Trim(public, "[]"), port), nil
	}
	port, err = strconv.Atoi(text)
	return usAt(host, port), err
}

// network is the transport as a record has it.
func (p *path) network() string {
	if p.tcp {
		return "tcp"
	}
	return "udp"
}

// uriHost is the host as a URI carries it.
func uriHost(host string) string {
	if strings.Contains(host, ":") {
		return "[" + host + "]"
	}
	return host
}

// contact is our Contact for a dialog in which we are user.
func (p *path) contact(user string) string {
	if user != "" {
		user += "@"
	}
	if p.tcp {
		return "Contact: <sip:" + user + p.sentBy + ";transport=tcp>"
	}
	return "Contact: <sip:" + user + p.sentBy + ">"
}

// userPart makes a number fit to stand before the @ of a SIP URI (RFC 3261
// 25.1 user), whatever it holds.
func userPart(s string) string {
	clean := true
	for i := 0; i < len(s); i++ {
		clean = clean && plainUser(s[i])
	}
	if clean {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if plainUser(s[i]) {
			b.WriteByte(s[i])
		} else {
			fmt.Fprintf(&b, "%%%02X", s[i])
		}
	}
	return b.String()
}

func plainUser(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' ||
		strings.IndexByte("+-_.!~*'()&=$", c) >= 0
}
