package voice

import (
	"encoding/binary"
	"net"
	"net/netip"
	"strings"
	"sync"
)

// Line is the media of one phone. Its methods may be called from anywhere.
type Line struct {
	desk *Desk
	conn *net.UDPConn
	beat int
	deaf bool
	ear  Ear

	mu        sync.Mutex
	own       local
	remote    netip.AddrPort
	mute      bool // the far end does not want audio now
	silent    bool // sends no RTP whatever happens
	codec     int
	event     int // telephone-event payload type towards the far end, -1 without
	ssrc      uint32
	seq       uint16
	ts        uint32
	sound     *Sound
	at        int // next frame of sound
	key       *press
	packet    [12 + frameSamples]byte
	started   bool
	stats     Stats
	listening hearing
	tape      tape
	closed    bool
}

// Stats counts a line's RTP.
type Stats struct {
	PacketsIn, PacketsOut uint64
}

// Prefer makes the line offer and accept only the codec ("PCMU" or "PCMA");
// other names change nothing.
func (l *Line) Prefer(codec string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch strings.ToUpper(codec) {
	case "PCMU":
		l.own.codecs = []int{PCMU}
	case "PCMA":
		l.own.codecs = []int{PCMA}
	}
}

// WithoutEvents makes the line's descriptions leave telephone-event out.
func (l *Line) WithoutEvents() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.own.event = -1
}

// NoRTP makes the line send nothing at all.
func (l *Line) NoRTP() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.silent = true
}

// Offer returns an offer of our own with the direction ("sendrecv",
// "sendonly", "inactive").
func (l *Line) Offer(direction string) []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.own.version++
	o := l.own
	o.direction = direction
	if l.event >= 0 && o.event >= 0 {
		o.event = l.event // keep the type once agreed
	}
	return o.bytes(nil, 0)
}

// Answer applies the far end's offer and returns our answer (RFC 3264 6).
func (l *Line) Answer(offer []byte) ([]byte, error) {
	d, err := parseSDP(offer)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	codec, err := l.choose(d.codecs)
	if err != nil {
		return nil, err
	}
	l.apply(d, codec)
	l.own.version++
	a := l.own
	a.codecs, a.direction = []int{codec}, mirror(d.direction)
	if a.event >= 0 {
		a.event = d.event
	}
	return a.bytes(d.lines, d.audio), nil
}

// Accept applies the far end's answer to an offer of ours.
func (l *Line) Accept(answer []byte) error {
	d, err := parseSDP(answer)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	codec, err := l.choose(d.codecs)
	if err != nil {
		return err
	}
	l.apply(d, codec)
	return nil
}

func (l *Line) choose(theirs []int) (int, error) {
	for _, c := range theirs {
		for _, o := range l.own.codecs {
			if c == o {
				return c, nil
			}
		}
	}
	return 0, ErrNoAudio
}

func (l *Line) apply(d description, codec int) {
	l.codec = codec
	l.event = -1
	if l.own.event >= 0 {
		l.event = d.event
	}
	l.remote = d.remote
	l.mute = d.direction == "sendonly" || d.direction == "inactive"
}

// Say plays a sound from its beginning in place of what played.
func (l *Line) Say(s *Sound) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sound, l.at = s, 0
	l.started = false
	if !l.closed && !l.silent {
		l.desk.work(l)
	}
}

// Hush ends what plays.
func (l *Line) Hush() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sound = nil
}

// Stats returns the counts so far.
func (l *Line) Stats() Stats {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.stats
}

// Addr is where the line listens.
func (l *Line) Addr() netip.AddrPort { return l.own.addr }

// Close ends the line. Idempotent. A key still being pressed is not reported.
func (l *Line) Close() {
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return
	}
	l.closed = true
	l.sound, l.key = nil, nil
	l.mu.Unlock()
	l.desk.forget(l)
	if !l.deaf {
		l.conn.Close()
	}
}

// busy reports whether the line has something to send.
func (l *Line) busy() bool { return !l.closed && (l.key != nil || l.sound != nil) }

// step sends one 20 ms frame and reports whether there is more to send.
func (l *Line) step() bool {
	l.mu.Lock()
	l.ts += frameSamples
	var done func()
	switch {
	case l.closed || l.silent:
	case l.key != nil:
		if l.key.step(l) {
			done, l.key = l.key.done, nil
		}
	case l.sound != nil:
		if b, ok := l.sound.frame(l.at, l.codec); ok {
			l.at++
			l.sendAudio(b)
		} else {
			l.sound = nil
		}
	}
	more := l.busy()
	l.mu.Unlock()
	if done != nil {
		done()
	}
	return more
}

func (l *Line) sendAudio(payload []byte) {
	if l.mute {
		return
	}
	l.send(byte(l.codec), !l.started, l.ts, payload)
	l.started = true
}

// send writes one RTP packet (RFC 3550 5.1).
func (l *Line) send(pt byte, marker bool, ts uint32, payload []byte) {
	if !l.remote.IsValid() || l.remote.Addr().IsUnspecified() {
		return
	}
	p := l.packet[:12+len(payload)]
	p[0], p[1] = 0x80, pt
	if marker {
		p[1] |= 0x80
	}
	binary.BigEndian.PutUint16(p[2:], l.seq)
	binary.BigEndian.PutUint32(p[4:], ts)
	binary.BigEndian.PutUint32(p[8:], l.ssrc)
	copy(p[12:], payload)
	l.seq++
	if _, err := l.conn.WriteToUDPAddrPort(p, l.remote); err == nil {
		l.stats.PacketsOut++
	}
}
