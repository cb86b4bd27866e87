package media

import "net/netip"

const (
	// latchWindow is how long after an answer a leg may be learned from a
	// source its SDP did not name (RFC 7362 4): long enough for a far end
	// that starts late, short enough to leave strangers little.
	latchWindow = 10e9
	// moveWindow is how long after that the same host may still change its
	// port, once: NATs and media servers do it when a call is handed over.
	moveWindow = 5e9
	// strayTime is how long after a change of address packets of the old
	// source may still be on their way; they must not be taken for the new.
	strayTime = 1e9
)

// latch decides whose packets are a leg's (RFC 4961, RFC 7362). It prefers the
// address the SDP names; behind NAT the first valid source within the window
// is taken instead. Then the host is pinned until the next negotiation:
// following a newer source would let anyone take over the audio (RTP bleed).
type latch struct {
	signalled netip.AddrPort // from SDP; invalid when it named none
	source    netip.AddrPort // learned; invalid until then
	previous  netip.AddrPort // the target before the last change of address
	opened    int64          // when the window opened
	learned   int64
	open      bool // something was negotiated
	moved     bool // the host changed its port once
	settled   bool // the SDP's address took over, or gave way, once
}

// negotiate takes the address of an answer or offer. Only a new one starts the
// learning again.
func (l *latch) negotiate(remote netip.AddrPort, now int64) {
	if l.open && remote == l.signalled {
		if !l.source.IsValid() {
			l.opened = now
		}
		return
	}
	*l = latch{signalled: remote, previous: l.target(), open: true, opened: now}
}

// admit reports whether a valid packet from this source is the leg's, and
// learns it where it may.
func (l *latch) admit(from netip.AddrPort, now int64) bool {
	switch {
	case from == l.source:
		return true
	case !l.open:
		return false
	case !l.source.IsValid():
		late := now-l.opened > latchWindow
		stray := from == l.previous && now-l.opened <= strayTime
		if from != l.signalled && (late || stray) {
			return false
		}
	case from == l.signalled && !l.settled && now-l.opened <= latchWindow:
		// The host the SDP named speaks after all: whoever was faster to the
		// port loses it.
		l.settled = true
	case from.Addr() == l.source.Addr() && !l.moved && now-l.learned <= moveWindow:
		l.moved = true
		l.settled = l.settled || l.source == l.signalled
	default:
		return false
	}
	l.source = from
	l.learned = now
	return true
}

// target is where audio goes; invalid when nobody said.
func (l *latch) target() netip.AddrPort {
	if l.source.IsValid() {
		return l.source
	}
	return l.signalled
}
