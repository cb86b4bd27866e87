package trace

import (
	"encoding/binary"
	"errors"
	"net/netip"
	"time"

	"clickbridge"
)

// About says what a message belongs to.
type About struct {
	Call    clickbridge.CallID    // "" = no call
	Attempt clickbridge.AttemptID // "" = no call
	Trunk   string                // "" where it is not known
}

// Wire is how a message travelled.
type Wire struct {
	Peer netip.AddrPort
	In   bool // it came from Peer
	TCP  bool
}

// Message is one SIP message as it was sent or received, secrets removed.
type Message struct {
	At time.Time
	About
	Wire
	Text   string
	Repeat bool // the same message went the same way before: a retransmission
}

const (
	flagIn = 1 << iota
	flagTCP
)

// maxText bounds what is kept of one message; a datagram has no more.
const maxText = 64 << 10

// key names a call in blocks; all that belongs to none has key 0. It is FNV-1a:
// files outlive processes, so the hash may not change with them.
func key(id clickbridge.CallID) uint64 {
	if id == "" {
		return 0
	}
	h := uint64(14695981039346656037)
	for i := range len(id) {
		h = (h ^ uint64(id[i])) * 1099511628211
	}
	return h
}

// appendRecord writes a message out, secrets removed.
func appendRecord(b []byte, at time.Time, of *About, via Wire, text []byte) []byte {
	start := len(b)
	b = binary.LittleEndian.AppendUint32(b, 0)
	b = binary.LittleEndian.AppendUint64(b, uint64(at.UnixNano()))
	var flags byte
	if via.In {
		flags |= flagIn
	}
	if via.TCP {
		flags |= flagTCP
	}
	b = append(b, flags, 0)
	peer := len(b)
	b, _ = via.Peer.AppendBinary(b) // never fails
	b[peer-1] = byte(len(b) - peer)
	b = appendShort(b, string(of.Call))
	b = appendShort(b, string(of.Attempt))
	b = appendShort(b, of.Trunk)
	b = appendRedacted(b, text[:min(len(text), maxText)])
	binary.LittleEndian.PutUint32(b[start:], uint32(len(b)-start-4))
	return b
}

func appendShort(b []byte, s string) []byte {
	s = s[:min(len(s), 255)]
	return append(append(b, byte(len(s))), s...)
}

var errRecord = errors.New("malformed record")

// cutRecord reads the first of several records.
func cutRecord(b []byte) (m Message, rest []byte, err error) {
	if len(b) < 4 {
		return m, nil, errRecord
	}
	n := binary.LittleEndian.Uint32(b)
	if b = b[4:]; uint64(n) > uint64(len(b)) || n < 9 {
		return m, nil, errRecord
	}
	b, rest = b[:n], b[n:]
	m.At = time.Unix(0, int64(binary.LittleEndian.Uint64(b)))
	m.In, m.TCP = b[8]&flagIn != 0, b[8]&flagTCP != 0
	b = b[9:]
	var fields [4]string
	for i := range fields {
		if len(b) == 0 || int(b[0]) > len(b)-1 {
			return m, nil, errRecord
		}
		fields[i], b = string(b[1:1+b[0]]), b[1+b[0]:]
	}
	if err := m.Peer.UnmarshalBinary([]byte(fields[0])); err != nil {
		return m, nil, errRecord
	}
	m.Call, m.Attempt, m.Trunk = clickbridge.CallID(fields[1]), clickbridge.AttemptID(fields[2]), fields[3]
	m.Text = string(b)
	return m, rest, nil
}
