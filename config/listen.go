package config

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
)

// Listen is an address SIP is spoken at.
type Listen struct {
	Transport string // "udp" or "tcp"
	Addr      netip.AddrPort
}

// String is the form ParseListen reads.
func (l Listen) String() string { return l.Transport + ":" + l.Addr.String() }

// ParseListen reads "udp:ADDRESS:PORT" or "tcp:…". An empty address is every
// IPv4 address; port 0 takes a free one.
func ParseListen(s string) (Listen, error) {
	transport, rest, ok := strings.Cut(s, ":")
	switch transport = strings.ToLower(transport); {
	case ok && (transport == "udp" || transport == "tcp"):
	case ok && (transport == "tls" || transport == "ws" || transport == "wss" || transport == "sctp"):
		return Listen{}, fmt.Errorf("asks for %s, which this version does not support; use udp or tcp", transport)
	default:
		return Listen{}, errors.New("is not transport:address:port; write for example udp:127.0.0.1:5060")
	}
	host, port, err := net.SplitHostPort(rest)
	if err != nil {
		return Listen{}, fmt.Errorf("has no port; write for example %s:127.0.0.1:5060", transport)
	}
	addr := netip.IPv4Unspecified()
	if host != "" {
		if addr, err = netip.ParseAddr(host); err != nil {
			return Listen{}, errors.New("has no IP address; a name cannot be listened on, write an address of this machine")
		}
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return Listen{}, errors.New("has a port that is not 0 to 65535")
	}
	return Listen{Transport: transport, Addr: netip.AddrPortFrom(addr, uint16(n))}, nil
}

// checkHostPort reports what is wrong with an HTTP listen address.
func checkHostPort(s string) error {
	_, port, err := net.SplitHostPort(s)
	if err != nil {
		return errors.New("is not host:port; write for example 127.0.0.1:8080")
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return errors.New("has a port that is not 0 to 65535")
	}
	return nil
}
