package simulator

import (
	"log/slog"
	"net/netip"
	"time"
)

// Config is what a simulator is made of. The zero value of every field but
// Listen is usable.
type Config struct {
	// Listen holds "udp:host:port" and "tcp:host:port"; port 0 takes a free one.
	Listen []string
	// MediaAddress is the address RTP is sent from and received on; default
	// 127.0.0.1.
	MediaAddress netip.Addr
	Logger       *slog.Logger
	// Observer is called for every event, in order, by one goroutine of its
	// own: it may call the simulator, save for Close, and a slow one delays no
	// call.
	Observer func(Event)

	// Script, when set, is asked first for the scene of a number (ten national
	// digits where it is a North American number, else as it was called). ok
	// false falls back to the numbered scenes.
	Script func(number string) (scene Scene, ok bool)
	// Credentials are the users scene 14 and REGISTER accept, with their
	// passwords. nil: demo with password demo, any other user with a
	// well-formed digest over a fresh nonce, and REGISTER without being asked.
	Credentials map[string]string
	// TalkTime is how long a talking phone that hears a voice talks before it
	// hangs up; 0 = until the other side hangs up. Pace does not apply.
	TalkTime time.Duration
	// Quick is for benchmarks: phones that answer do so at once, press their
	// key 20 ms after the ACK, send nothing else, hear nothing, share one RTP
	// socket and stay until BYE. Scenes that do not answer keep their status
	// but lose their delay.
	Quick bool

	// Pace multiplies every wait of a scene, not RTP nor SIP timers; 0 = 1.
	Pace float64
	// Jitter lengthens every wait of a scene by a random share up to this
	// (0.2 = up to a fifth), from Seed.
	Jitter float64
	// Seed makes tags, branches and jitter repeatable; 0 = random.
	Seed uint64
	// T1 and T2 are the SIP timers of RFC 3261 17.1.1.1; 0 = 500 ms and 4 s.
	T1, T2 time.Duration

	// Contact, "host:port", is put into Contact instead of the listening
	// address: a proxy in between then sees the server's in-dialog requests.
	Contact string
	// ViaSource sends our own in-dialog requests (BYE, INFO, re-INVITE) to
	// where the INVITE came from instead of to its Contact: a proxy in between
	// then sees them too.
	ViaSource bool
	// History bounds how many legs Snapshot remembers; 0 = 4096.
	History int
}

func (c Config) withDefaults() Config {
	if !c.MediaAddress.IsValid() {
		c.MediaAddress = netip.AddrFrom4([4]byte{127, 0, 0, 1})
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Pace == 0 {
		c.Pace = 1
	}
	if c.T1 == 0 {
		c.T1 = 500 * time.Millisecond
	}
	if c.T2 == 0 {
		c.T2 = 8 * c.T1
	}
	if c.History == 0 {
		c.History = 4096
	}
	return c
}
