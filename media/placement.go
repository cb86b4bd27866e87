package media

import "clickbridge/media/rtp"

const (
	// placeLate is how many packets in a row may come too late to be heard
	// before that is how late they come now.
	placeLate = 10
	// placeJump is a delay that is no delay: the source's timestamps stood
	// still, or began anew.
	placeJump = 1000 * samplesPerMs
	// placeWindow is how many packets are looked at before the source is said
	// to lag: a second. placeStretch is by how much it is then moved at most:
	// 500 ppm, more than any clock is wrong and less than any ear hears.
	placeWindow  = 50
	placeStretch = 4
)

// placement says where in a tap a packet belongs. The newest sample of a packet
// cannot be younger than its arrival, so of all packets the one that took the
// shortest way is right, and the timestamps say where the others lie. A source
// whose clock is fast pulls this along by arriving early, sample by sample; for
// one whose clock is slow the shortest way of each second is compared with
// none.
type placement struct {
	seen bool
	ssrc uint32
	seq  uint16 // the next one expected
	ts   uint32 // the same
	next int64  // position of ts

	late  int   // packets in a row that were too late
	count int   // in this window
	least int64 // lag in this window
}

// of returns where a packet of n samples belongs that arrived at the given
// position, and by how much what follows the last packet was stretched for
// that.
func (p *placement) of(h rtp.Header, n, arrival int64) (position, stretched int64) {
	position = p.next + int64(int32(h.TS-p.ts))
	lag := arrival - (position + n)
	old := p.seen && h.SSRC == p.ssrc && int16(h.Seq-p.seq) < 0 && int16(h.Seq-p.seq) > -100
	if old {
		return position, 0
	}
	p.late++
	if lag <= tapDelay {
		p.late = 0
	}
	switch {
	case !p.seen || h.SSRC != p.ssrc || lag < 0 || lag > placeJump || p.late >= placeLate:
		position, lag = arrival-n, 0
		p.late = 0
	default:
		stretched = p.watch(lag)
		position += stretched
	}
	if lag == 0 {
		p.count, p.least = 0, 0
	}
	p.seen, p.ssrc, p.seq = true, h.SSRC, h.Seq+1
	p.ts, p.next = h.TS+uint32(n), position+n
	return position, stretched
}

// watch takes the lag of one packet and returns by how much the source is to be
// moved.
func (p *placement) watch(lag int64) int64 {
	if p.count == 0 || lag < p.least {
		p.least = lag
	}
	p.count++
	if p.count < placeWindow {
		return 0
	}
	p.count = 0
	return min(p.least, placeStretch)
}
