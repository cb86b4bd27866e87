package notify

import (
	"errors"
	"net/netip"
	"testing"
)

func TestGuardAddresses(t *testing.T) {
	g := newGuard()
	for a, want := range map[string]string{
		"127.0.0.1": "a loopback address", "127.255.255.254": "a loopback address", "::1": "a loopback address",
		"::ffff:127.0.0.1": "a loopback address", "::ffff:10.0.0.1": "a private address",
		"10.1.2.3": "a private address", "172.16.0.1": "a private address", "172.31.255.255": "a private address",
		"192.168.1.1": "a private address", "fd00:ec2::254": "a private address", "fc00::1": "a private address",
		"169.254.169.254": "a link-local address", "fe80::1": "a link-local address", "fe80::1%eth0": "a link-local address",
		"ff02::1": "a link-local address", "224.0.0.1": "a link-local address", "239.1.1.1": "a multicast address", "ff0e::1": "a multicast address",
		"0.0.0.0": "the unspecified address", "::": "the unspecified address", "::ffff:0.0.0.0": "the unspecified address",
		"0.1.2.3": "a reserved address", "100.64.0.1": "a reserved address", "100.127.255.255": "a reserved address",
		"100.100.100.200": "a reserved address", "168.63.129.16": "a reserved address", "192.0.0.8": "a reserved address",
		"192.0.2.1": "a reserved address", "198.18.0.1": "a reserved address", "198.51.100.1": "a reserved address",
		"203.0.113.1": "a reserved address", "240.0.0.1": "a reserved address", "255.255.255.255": "a reserved address",
		"::7f00:1": "a reserved address", "2001:db8::1": "a reserved address", "2001::1": "a reserved address", "fec0::1": "a reserved address",
		"64:ff9b::7f00:1": "a loopback address", "64:ff9b::a00:1": "a private address", "2002:7f00:1::1": "a loopback address",
		"2002:c0a8:101::": "a private address", "64:ff9b:1::1": "a reserved address",
		// Public ones.
		"8.8.8.8": "", "172.32.0.1": "", "100.63.255.255": "", "100.128.0.1": "", "2606:4700::1111": "", "64:ff9b::808:808": "", "2002:808:808::1": "",
	} {
		if got := g.why(netip.MustParseAddr(a)); got != want {
			t.Errorf("%s: got %q, want %q", a, got, want)
		}
	}
	if err := g.control(t.Context(), "tcp4", "127.0.0.1:80", nil); !errors.Is(err, errPrivate) {
		t.Errorf("control: %v", err)
	}
	if err := g.control(t.Context(), "tcp", "not an address", nil); !errors.Is(err, errPrivate) {
		t.Errorf("control: %v", err)
	}
	if err := g.control(t.Context(), "tcp6", "[2606:4700::1111]:443", nil); err != nil {
		t.Errorf("control: %v", err)
	}
}
