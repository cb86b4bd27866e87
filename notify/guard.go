package notify

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"syscall"
)

// errPrivate marks a connection that was refused because of where it leads.
var errPrivate = errors.New("refused")

// special are networks that Addr's own methods do not name and no customer's
// server is in (IANA special-purpose registries, RFC 6890), and metadata
// services of clouds that sit at public-looking addresses.
func special() []string {
	return []string{
		"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24",
		"198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
		"168.63.129.16/32",
		"::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "3fff::/20",
		"5f00::/16", "fec0::/10",
	}
}

// guard refuses connections to addresses that are not a public single machine.
type guard struct{ special []netip.Prefix }

func newGuard() *guard {
	g := &guard{}
	for _, s := range special() {
		g.special = append(g.special, netip.MustParsePrefix(s))
	}
	return g
}

// control is a net.Dialer.ControlContext: it sees the address that is really
// about to be dialled, whatever name and however many look-ups led there.
func (g *guard) control(_ context.Context, _, address string, _ syscall.RawConn) error {
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("%w: %s is not an address", errPrivate, address)
	}
	if why := g.why(ap.Addr()); why != "" {
		return fmt.Errorf("%w: %s is %s (webhooks.allow_private_targets is false)", errPrivate, ap.Addr(), why)
	}
	return nil
}

// why says what is wrong with an address; "" when nothing is.
func (g *guard) why(a netip.Addr) string {
	a = embedded(a.WithZone("").Unmap())
	switch {
	case a.IsUnspecified():
		return "the unspecified address"
	case a.IsLoopback():
		return "a loopback address"
	case a.IsPrivate():
		return "a private address"
	case a.IsLinkLocalUnicast(), a.IsLinkLocalMulticast(), a.IsInterfaceLocalMulticast():
		return "a link-local address"
	case a.IsMulticast():
		return "a multicast address"
	case !a.IsValid(), !a.IsGlobalUnicast(), slices.ContainsFunc(g.special, func(p netip.Prefix) bool { return p.Contains(a) }):
		return "a reserved address"
	}
	return ""
}

// embedded returns the IPv4 address that an IPv6 one leads to: NAT64
// (RFC 6052 2.1), 6to4 (RFC 3056 2). Teredo is within 2001::/23.
func embedded(a netip.Addr) netip.Addr {
	if !a.Is6() {
		return a
	}
	b := a.As16()
	switch {
	case netip.PrefixFrom(netip.AddrFrom16([16]byte{0, 0x64, 0xff, 0x9b}), 96).Contains(a):
		return netip.AddrFrom4([4]byte(b[12:16]))
	case b[0] == 0x20 && b[1] == 0x02:
		return netip.AddrFrom4([4]byte(b[2:6]))
	}
	return a
}
