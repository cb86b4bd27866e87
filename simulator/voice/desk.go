package voice

import (
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
	"time"
)

// Desk opens lines and paces them.
type Desk struct {
	addr   netip.Addr
	sounds sounds
	done   sync.WaitGroup
	quit   chan struct{}
	wake   chan struct{}

	spread int           // beats in a frame
	beat   time.Duration // the time from one to the next

	mu     sync.Mutex
	beats  []map[*Line]struct{} // the lines that have something to send, spread over a frame's time
	next   int
	active int
	shared *net.UDPConn
	lines  map[*Line]struct{}
	closed bool
}

const frameTime = 20 * time.Millisecond

// NewDesk starts a desk whose lines send from and listen on addr. Its lines
// are spread over so many beats in the 20 ms of a frame: 4 keeps many lines
// from sending in one instant, 1 wakes the machine least.
func NewDesk(addr netip.Addr, beats int) *Desk {
	d := &Desk{
		addr: addr, quit: make(chan struct{}), wake: make(chan struct{}, 1), lines: map[*Line]struct{}{},
		spread: beats, beat: frameTime / time.Duration(beats), beats: make([]map[*Line]struct{}, beats),
	}
	for i := range d.beats {
		d.beats[i] = map[*Line]struct{}{}
	}
	d.done.Go(d.pace)
	return d
}

// Close closes every line and waits for every goroutine.
func (d *Desk) Close() {
	d.mu.Lock()
	if d.closed {
		d.mu.Unlock()
		return
	}
	d.closed = true
	lines := make([]*Line, 0, len(d.lines))
	for l := range d.lines {
		lines = append(lines, l)
	}
	shared := d.shared
	d.mu.Unlock()
	close(d.quit)
	for _, l := range lines {
		l.Close()
	}
	if shared != nil {
		shared.Close()
	}
	d.done.Wait()
}

// Open opens a line with a socket of its own, which listens.
func (d *Desk) Open(ear Ear) (*Line, error) {
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(d.addr, 0)))
	if err != nil {
		return nil, err
	}
	l := d.line(conn)
	l.ear = ear
	if !d.keep(l) {
		conn.Close()
		return nil, net.ErrClosed
	}
	d.done.Go(l.listen)
	return l, nil
}

// OpenDeaf opens a line that sends from one socket shared by all deaf lines
// and never reads: what arrives there is left to the kernel. It costs no
// descriptor and no goroutine.
func (d *Desk) OpenDeaf() (*Line, error) {
	d.mu.Lock()
	if d.shared == nil && !d.closed {
		conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(d.addr, 0)))
		if err != nil {
			d.mu.Unlock()
			return nil, err
		}
		_ = conn.SetReadBuffer(4096) // nobody reads it
		d.shared = conn
	}
	conn := d.shared
	d.mu.Unlock()
	if conn == nil {
		return nil, net.ErrClosed
	}
	l := d.line(conn)
	l.deaf = true
	if !d.keep(l) {
		return nil, net.ErrClosed
	}
	return l, nil
}

func (d *Desk) line(conn *net.UDPConn) *Line {
	a := conn.LocalAddr().(*net.UDPAddr).AddrPort()
	return &Line{
		desk: d, conn: conn,
		own: local{
			addr:   netip.AddrPortFrom(a.Addr().Unmap(), a.Port()),
			codecs: []int{PCMU, PCMA}, event: ownEventType, direction: "sendrecv", version: 1, id: rand.Uint32(),
		},
		ssrc: rand.Uint32(), seq: uint16(rand.Uint32()), ts: rand.Uint32(), codec: PCMU, event: -1,
	}
}

func (d *Desk) keep(l *Line) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return false
	}
	d.lines[l] = struct{}{}
	l.beat = d.next % d.spread
	d.next++
	return true
}

func (d *Desk) forget(l *Line) {
	d.mu.Lock()
	delete(d.lines, l)
	d.mu.Unlock()
	d.rest(l)
}

// work puts a line among those that have something to send.
func (d *Desk) work(l *Line) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, there := d.beats[l.beat][l]; there || d.closed {
		return
	}
	d.beats[l.beat][l] = struct{}{}
	d.active++
	if d.active == 1 {
		select {
		case d.wake <- struct{}{}:
		default:
		}
	}
}

func (d *Desk) rest(l *Line) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, there := d.beats[l.beat][l]; there {
		delete(d.beats[l.beat], l)
		d.active--
	}
}

// pace is the one goroutine that sends. It sleeps while nobody has anything to
// send, and catches up a late beat instead of losing it.
func (d *Desk) pace() {
	var scratch []*Line
	for {
		select {
		case <-d.quit:
			return
		case <-d.wake:
		}
		tick := time.NewTicker(d.beat)
		start, sent := time.Now(), 0
		for d.busy() {
			select {
			case <-d.quit:
				tick.Stop()
				return
			case <-tick.C:
			}
			due := int(time.Since(start) / d.beat)
			if due-sent > 20*d.spread { // the machine slept: do not burst seconds of audio
				sent = due - d.spread
			}
			for ; sent < due; sent++ {
				scratch = d.beatLines(sent%d.spread, scratch[:0])
				for _, l := range scratch {
					if !l.step() {
						d.settle(l)
					}
				}
			}
		}
		tick.Stop()
	}
}

// settle takes a line that had nothing to send off its beat, unless it was
// given something in the meantime.
func (d *Desk) settle(l *Line) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.busy() {
		d.rest(l)
	}
}

func (d *Desk) busy() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.active > 0
}

func (d *Desk) beatLines(n int, into []*Line) []*Line {
	d.mu.Lock()
	defer d.mu.Unlock()
	for l := range d.beats[n] {
		into = append(into, l)
	}
	return into
}
