package clickbridge

// LegState says what a carrier may still hold of a leg.
type LegState string

// The states of a leg on record.
const (
	LegInviting LegState = "inviting" // an INVITE may be on its way: ends with CANCEL
	LegAnswered LegState = "answered" // a 2xx came: ends with BYE
)

// LegRecord is what must survive a crash so that a leg the carrier still holds
// can be ended (RFC 3261 9.1, 12.1.2, 15.1.1). It is committed before the INVITE
// it describes leaves, and forgotten when nothing is left at the carrier.
type LegRecord struct {
	ID           string // ours, unique per INVITE target
	CallID       CallID
	AttemptID    AttemptID
	Agent        Number // whom the leg occupies; "" = not an agent's
	Exclusive    bool   // it must not be there while another call's leg occupies Agent
	Trunk        string
	State        LegState
	SIPCallID    string
	LocalURI     string // From address without its tag
	LocalTag     string
	RemoteURI    string // To address without its tag
	RemoteTag    string // "" until a response carried one
	RequestURI   string // of the INVITE
	Branch       string // Via branch of the INVITE
	CSeq         uint32 // of the last INVITE sent
	RemoteTarget string // Contact of the far end
	Routes       []string
	NextHop      string // ip:port the INVITE went to
	Transport    string // "udp" or "tcp"
	LocalAddr    string // host:port of our Via and Contact
}
