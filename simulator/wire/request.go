package wire

import (
	"strconv"
	"strings"
)

// Request is one request of the simulated phone inside a dialog.
type Request struct {
	Method    string
	URI       string // remote target
	Transport string // "UDP" or "TCP"
	SentBy    string // our host:port in Via
	Branch    string
	Routes    []string // route set, in the order to be written
	From, To  string   // whole values with their tags
	CallID    string
	CSeq      uint32
	Extra     Extra
}

// Bytes writes the request.
func (r *Request) Bytes() []byte {
	var b strings.Builder
	b.Grow(512)
	b.WriteString(r.Method + " " + r.URI + " SIP/2.0\r\n")
	b.WriteString("Via: SIP/2.0/" + r.Transport + " " + r.SentBy + ";branch=" + r.Branch + ";rport\r\n")
	for _, route := range r.Routes {
		b.WriteString("Route: " + route + "\r\n")
	}
	b.WriteString("Max-Forwards: 70\r\nFrom: " + r.From + "\r\nTo: " + r.To + "\r\nCall-ID: " + r.CallID +
		"\r\nCSeq: " + strconv.FormatUint(uint64(r.CSeq), 10) + " " + r.Method + "\r\n")
	return appendRest([]byte(b.String()), r.Extra)
}
