package leg

import (
	"context"
	"net/netip"
	"time"

	"clickbridge"
)

// Invite is what signalling needs to place one INVITE with one carrier: a
// trunk makes it of an Order.
type Invite struct {
	CallID    clickbridge.CallID
	AttemptID clickbridge.AttemptID
	Trunk     string
	// Agent is whom the leg occupies, "" where it is not an agent's; Exclusive
	// leaves it to the Journal to refuse one who is on another call.
	Agent     clickbridge.Number
	Exclusive bool
	// Callee and Caller are the user parts of Request-URI/To and From.
	Callee, Caller string
	// Host is the host, with its port where it is not 5060, of Request-URI and To.
	Host               string
	NextHop            netip.AddrPort
	Transport          string // "udp" or "tcp"
	Username, Password string
	// FirstResponse is how long a carrier may take to say anything at all
	// before that is a trunk fault.
	FirstResponse time.Duration
	Media         Negotiator
	Journal       Journal
	// Progress is called in order for every 1xx, with its status and whether it
	// carried SDP. It must not block. May be nil.
	Progress func(status int, early bool)
}

// Session is a dialog that was answered and acknowledged.
type Session interface {
	// Context is done when the dialog has ended; its cause is a
	// *clickbridge.Cause.
	Context() context.Context
	// Hangup sends BYE and retransmits it in the background. Idempotent.
	Hangup(*clickbridge.Cause)
	SIPCallID() string
}

// Inviter places INVITEs. The error is a *clickbridge.Cause; cancelling ctx
// returns at once and leaves CANCEL, a late 200's ACK and BYE, and the Journal's
// Gone to the background.
type Inviter interface {
	Invite(ctx context.Context, in Invite) (Session, error)
}

// Negotiator is the offer/answer side of a leg's media (RFC 3264). Every SDP
// body is passed to it whole; errors mean the description cannot be used. It is
// called where the network is read and must not block.
type Negotiator interface {
	// Offer returns our offer for the INVITE. The same bytes on every call.
	Offer() []byte
	// Answer applies the far end's answer. fork is the To-tag it came with;
	// early is true for a provisional's, which a later one of any fork may
	// replace.
	Answer(sdp []byte, fork string, early bool) error
	// Reoffer applies a re-INVITE's or UPDATE's offer and returns our answer.
	// An empty offer (delayed offer) returns an offer of ours; the ACK's SDP
	// then comes to Answer.
	Reoffer(sdp []byte) ([]byte, error)
	// Key takes a key that came as SIP INFO.
	Key(Key)
}

// Port is a leg's media before and after it became a leg: signalling
// negotiates with it, the engine plays and listens.
type Port interface {
	Media
	Negotiator
	// Close frees the port. Idempotent.
	Close()
}

// Ports opens media ports. Legs of one call share a shard, found by the call's
// id.
type Ports interface {
	Open(call clickbridge.CallID) (Port, error)
}
