package dialog

import (
	"net/netip"
	"strconv"

	"clickbridge"
)

// The methods of SIP, and what a Via branch of RFC 3261 begins with (8.1.1.7).
const (
	mINVITE, mACK, mCANCEL, mBYE = "INVITE", "ACK", "CANCEL", "BYE"
	mOPTIONS, mREGISTER          = "OPTIONS", "REGISTER"
	mINFO, mUPDATE, mPRACK       = "INFO", "UPDATE", "PRACK"
	cookie                       = "z9hG4bK"
)

// allowed lists the methods answered inside a dialog.
const allowed = "Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE"

const sdpType = "Content-Type: application/sdp"

// newBranch returns a fresh Via branch.
func newBranch() string { return cookie + newID() }

// ends is what names a dialog (RFC 3261 12): addresses as in From and To,
// without brackets and tags.
type ends struct {
	callID            string
	local, localTag   string
	remote, remoteTag string
}

// identify makes the names of the dialog a response belongs to.
func identify(r *clickbridge.LegRecord, tag string) ends {
	return ends{callID: r.SIPCallID, local: r.LocalURI, localTag: r.LocalTag, remote: r.RemoteURI, remoteTag: tag}
}

// request is a request of ours before it is written out.
type request struct {
	ends
	method, uri string
	path        *path
	to          netip.AddrPort
	cseq        uint32
	branch      string
	routes      []string
	lines       []string // more headers, whole
	body        []byte
}

// render writes a request out. agent is our User-Agent, "" for none.
func (r *request) render(agent string) []byte {
	size := 256 + len(r.uri) + 2*len(r.path.sentBy) + len(r.local) + len(r.remote) + len(r.callID) + len(agent) + len(r.body)
	for _, l := range r.lines {
		size += len(l) + 2
	}
	for _, route := range r.routes {
		size += len(route) + 12
	}
	transport := "UDP "
	if r.path.tcp {
		transport = "TCP "
	}
	b := put(make([]byte, 0, size), r.method, " ", r.uri, " SIP/2.0\r\nVia: SIP/2.0/", transport, r.path.sentBy,
		";branch=", r.branch, ";rport\r\n") // RFC 3581
	for _, route := range r.routes {
		b = put(b, "Route: <", route, ">\r\n")
	}
	b = put(b, "Max-Forwards: 70\r\nFrom: <", r.local, ">;tag=", r.localTag, "\r\nTo: <", r.remote, ">")
	if r.remoteTag != "" {
		b = put(b, ";tag=", r.remoteTag)
	}
	b = put(b, "\r\nCall-ID: ", r.callID, "\r\nCSeq: ")
	b = put(strconv.AppendUint(b, uint64(r.cseq), 10), " ", r.method, "\r\n")
	if agent != "" {
		b = put(b, "User-Agent: ", agent, "\r\n")
	}
	return finish(b, r.lines, r.body)
}

// finish writes what every message ends with.
func finish(b []byte, lines []string, body []byte) []byte {
	for _, l := range lines {
		b = put(b, l, "\r\n")
	}
	b = put(b, "Content-Length: ")
	b = put(strconv.AppendUint(b, uint64(len(body)), 10), "\r\n\r\n")
	return append(b, body...)
}

func put(b []byte, parts ...string) []byte {
	for _, s := range parts {
		b = append(b, s...)
	}
	return b
}
