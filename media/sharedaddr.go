package media

import (
	"encoding/binary"
	"net/netip"
	"sync/atomic"
)

// sharedAddr is an address one thread writes and others read, without a lock:
// a reader that meets a write tries again.
type sharedAddr struct {
	version      atomic.Uint32 // odd while it is written
	high, low    atomic.Uint64
	port, family atomic.Uint32 // family 0 = none, 4, 6
}

func (a *sharedAddr) store(to netip.AddrPort) {
	b := to.Addr().As16()
	family := uint32(0)
	if to.IsValid() {
		family = 6
		if to.Addr().Is4() {
			family = 4
		}
	}
	a.version.Add(1)
	a.high.Store(binary.BigEndian.Uint64(b[:8]))
	a.low.Store(binary.BigEndian.Uint64(b[8:]))
	a.port.Store(uint32(to.Port()))
	a.family.Store(family)
	a.version.Add(1)
}

func (a *sharedAddr) load() netip.AddrPort {
	for {
		v := a.version.Load()
		high, low := a.high.Load(), a.low.Load()
		port, family := a.port.Load(), a.family.Load()
		if v&1 != 0 || a.version.Load() != v {
			continue
		}
		if family == 0 {
			return netip.AddrPort{}
		}
		var b [16]byte
		binary.BigEndian.PutUint64(b[:8], high)
		binary.BigEndian.PutUint64(b[8:], low)
		addr := netip.AddrFrom16(b)
		if family == 4 {
			addr = addr.Unmap()
		}
		return netip.AddrPortFrom(addr, uint16(port))
	}
}
