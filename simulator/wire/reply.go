package wire

import (
	"net/netip"
	"strconv"
	"strings"
)

// Reply composes all answers to one request: what they echo is written once.
type Reply struct {
	head   string // Via lines, with received and rport filled in
	routes string // Record-Route lines
	from   string
	to     string // without a tag of ours
	tagged bool   // the request already had a To-tag
	tail   string // Call-ID and CSeq lines
}

// NewReply prepares the answers to m, which came from the address given.
func NewReply(m *Message, from netip.AddrPort) *Reply {
	var b strings.Builder
	b.Grow(256)
	first := true
	for i := range m.headers {
		h := &m.headers[i]
		if !strings.EqualFold(h.name, "Via") && !strings.EqualFold(h.name, "v") {
			continue
		}
		b.WriteString("Via: ")
		if first {
			top := firstItem(h.value)
			b.WriteString(fillVia(top, m.Via, from))
			b.WriteString(h.value[len(top):])
			first = false
		} else {
			b.WriteString(h.value)
		}
		b.WriteString("\r\n")
	}
	r := &Reply{
		head: b.String(), from: m.From, to: m.To, tagged: Tag(m.To) != "",
		tail: "Call-ID: " + m.CallID + "\r\nCSeq: " + strconv.FormatUint(uint64(m.CSeq), 10) + " " + m.CSeqMethod + "\r\n",
	}
	for _, rr := range m.All("Record-Route") {
		r.routes += "Record-Route: " + rr + "\r\n"
	}
	return r
}

// fillVia adds received where the source differs from sent-by, and rport's
// value where it was asked for (RFC 3261 18.2.1, RFC 3581 4).
func fillVia(top string, v Via, from netip.AddrPort) string {
	ip := from.Addr().Unmap().String()
	host, _ := splitPort(v.SentBy)
	if !v.RPort && host == ip {
		return top
	}
	parts := strings.Split(top, ";")
	out := parts[:1]
	for _, p := range parts[1:] {
		k, _, _ := strings.Cut(p, "=")
		switch strings.ToLower(strings.TrimSpace(k)) {
		case "received":
		case "rport":
			out = append(out, "rport="+strconv.Itoa(int(from.Port())))
		default:
			out = append(out, p)
		}
	}
	return strings.Join(append(out, "received="+ip), ";")
}

// Extra is what an answer or a request carries beyond its fixed headers.
type Extra struct {
	Headers string // whole lines, each ending in CRLF
	Type    string // Content-Type of Body
	Body    []byte
}

// Compose writes one answer. The tag goes into To unless the status is 100 or
// the request had one.
func (r *Reply) Compose(status int, tag string, x Extra) []byte {
	b := make([]byte, 0, 512+len(x.Body))
	b = append(b, "SIP/2.0 "...)
	b = strconv.AppendInt(b, int64(status), 10)
	b = append(b, ' ')
	b = append(b, Reason(status)...)
	b = append(b, "\r\n"...)
	b = append(b, r.head...)
	if status > 100 && status < 300 {
		b = append(b, r.routes...)
	}
	b = append(b, "From: "...)
	b = append(b, r.from...)
	b = append(b, "\r\nTo: "...)
	b = append(b, r.to...)
	if status > 100 && !r.tagged && tag != "" {
		b = append(b, ";tag="...)
		b = append(b, tag...)
	}
	b = append(b, "\r\n"...)
	b = append(b, r.tail...)
	return appendRest(b, x)
}

func appendRest(b []byte, x Extra) []byte {
	b = append(b, x.Headers...)
	if len(x.Body) > 0 {
		b = append(b, "Content-Type: "...)
		b = append(b, x.Type...)
		b = append(b, "\r\n"...)
	}
	b = append(b, "Content-Length: "...)
	b = strconv.AppendInt(b, int64(len(x.Body)), 10)
	b = append(b, "\r\n\r\n"...)
	return append(b, x.Body...)
}

// Reason returns the usual reason phrase of a status (RFC 3261 21).
func Reason(status int) string {
	switch status {
	case 100:
		return "Trying"
	case 180:
		return "Ringing"
	case 183:
		return "Session Progress"
	case 200:
		return "OK"
	case 302:
		return "Moved Temporarily"
	case 400:
		return "Bad Request"
	case 401:
		return "Unauthorized"
	case 403:
		return "Forbidden"
	case 404:
		return "Not Found"
	case 405:
		return "Method Not Allowed"
	case 407:
		return "Proxy Authentication Required"
	case 408:
		return "Request Timeout"
	case 420:
		return "Bad Extension"
	case 480:
		return "Temporarily Unavailable"
	case 481:
		return "Call/Transaction Does Not Exist"
	case 482:
		return "Loop Detected"
	case 486:
		return "Busy Here"
	case 487:
		return "Request Terminated"
	case 488:
		return "Not Acceptable Here"
	case 491:
		return "Request Pending"
	case 500:
		return "Server Internal Error"
	case 501:
		return "Not Implemented"
	case 503:
		return "Service Unavailable"
	case 600:
		return "Busy Everywhere"
	case 603:
		return "Decline"
	}
	return "Status " + strconv.Itoa(status)
}
