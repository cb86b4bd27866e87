package leg

import "net/netip"

// Peer is one carrier for what is not a call: OPTIONS and REGISTER.
type Peer struct {
	Trunk string // its name, for the trace
	// Host is the host, with its port where it is not 5060, of Request-URI,
	// To and From.
	Host               string
	NextHop            netip.AddrPort
	Transport          string // "udp" or "tcp"
	Username, Password string
}
