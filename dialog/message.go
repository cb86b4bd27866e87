package dialog

import (
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"

	"github.com/emiago/sipgo/sip"

	"clickbridge"
)

// allowed lists the methods answered inside a dialog.
const allowed = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE"

// path is how requests reach a carrier and what they say of us.
type path struct {
	listen    netip.AddrPort // the socket they leave from
	transport string         // "UDP" or "TCP", as in Via
	nextHop   netip.AddrPort
	host      string // of Via, Contact and From
	port      int
}

// path finds the listener for a transport and the address we have in the
// carrier's eyes.
func (a *Agent) path(transport string, nextHop netip.AddrPort) (path, error) {
	if !nextHop.IsValid() {
		return path{}, fmt.Errorf("no address to send to")
	}
	network := strings.ToLower(transport)
	if network == "" {
		network = "udp"
	}
	var best *listener
	for _, l := range a.listeners {
		if l.addr.Addr().Is4() != nextHop.Addr().Unmap().Is4() {
			continue
		}
		if l.network == network {
			best = l
			break
		}
		// Connections are made, not taken: TCP to a carrier does not need a TCP
		// listener, only a Contact.
		if network == "tcp" && best == nil {
			best = l
		}
	}
	if best == nil {
		return path{}, fmt.Errorf("nothing listens on %s for %s", network, nextHop)
	}
	p := path{listen: best.addr, transport: strings.ToUpper(network), nextHop: nextHop, port: int(best.addr.Port())}
	return p, p.present(a.cfg.PublicAddress)
}

// present chooses the host and port we give as ours.
func (p *path) present(public string) error {
	switch {
	case public != "":
		host, port, err := net.SplitHostPort(public)
		if err != nil {
			p.host = strings.Trim(public, "[]")
			return nil
		}
		p.host = host
		p.port, err = strconv.Atoi(port)
		return err
	case p.listen.Addr().IsUnspecified():
		// The address the kernel would send from; connecting a UDP socket sends
		// nothing.
		c, err := net.Dial("udp", p.nextHop.String())
		if err != nil {
			return err
		}
		defer c.Close()
		p.host = localAddrPort(c.LocalAddr()).Addr().String()
	default:
		p.host = p.listen.Addr().String()
	}
	return nil
}

// sentBy is host:port as Via and Contact carry it.
func (p *path) sentBy() string { return net.JoinHostPort(p.host, strconv.Itoa(p.port)) }

// uriHost is the host as a URI carries it.
func uriHost(host string) string {
	if strings.Contains(host, ":") {
		return "[" + host + "]"
	}
	return host
}

// contact is our Contact for a dialog in which we are user.
func (p *path) contact(user string) string {
	uri := "<sip:"
	if user != "" {
		uri += user + "@"
	}
	uri += p.sentBy()
	if p.transport == "TCP" {
		uri += ";transport=tcp"
	}
	return uri + ">"
}

// ends is what names a dialog (RFC 3261 12): addresses as in From and To,
// without brackets and tags.
type ends struct {
	callID            string
	local, localTag   string
	remote, remoteTag string
}

func tagged(uri, tag string) string {
	if tag == "" {
		return "<" + uri + ">"
	}
	return "<" + uri + ">;tag=" + tag
}

// newRequest builds a request with the headers every request has.
func (a *Agent) newRequest(method sip.RequestMethod, uri sip.Uri, p path, e ends, cseq uint32, branch string) *sip.Request {
	req := sip.NewRequest(method, uri)
	params := make(sip.HeaderParams, 0, 2)
	params.Add("branch", branch)
	params.Add("rport", "") // RFC 3581
	req.AppendHeader(&sip.ViaHeader{
		ProtocolName: "SIP", ProtocolVersion: "2.0", Transport: p.transport,
		Host: p.host, Port: p.port, Params: params,
	})
	hops := sip.MaxForwardsHeader(70)
	req.AppendHeader(&hops)
	req.AppendHeader(sip.NewHeader("From", tagged(e.local, e.localTag)))
	req.AppendHeader(sip.NewHeader("To", tagged(e.remote, e.remoteTag)))
	id := sip.CallIDHeader(e.callID)
	req.AppendHeader(&id)
	req.AppendHeader(&sip.CSeqHeader{SeqNo: cseq, MethodName: method})
	if a.cfg.UserAgent != "" {
		req.AppendHeader(sip.NewHeader("User-Agent", a.cfg.UserAgent))
	}
	a.address(req, p, p.nextHop)
	return req
}

// address sends req from our listening socket to one ip:port, past the
// library's own resolving.
func (a *Agent) address(req *sip.Request, p path, to netip.AddrPort) {
	req.SetTransport(p.transport)
	req.SetDestination(to.String())
	if p.transport == "UDP" {
		req.Laddr = sip.Addr{IP: p.listen.Addr().AsSlice(), Port: int(p.listen.Port())}
	}
}

// ackBytes writes an ACK out. With a 2xx it is a request of its own with a new
// branch (RFC 3261 13.2.2.4), otherwise it has the INVITE's (17.1.1.3).
func ackBytes(uri string, p path, e ends, cseq uint32, branch string, routes []string, auth []sip.Header) []byte {
	b := make([]byte, 0, 640)
	line := func(parts ...string) {
		for _, s := range parts {
			b = append(b, s...)
		}
		b = append(b, "\r\n"...)
	}
	line("ACK ", uri, " SIP/2.0")
	line("Via: SIP/2.0/", p.transport, " ", p.sentBy(), ";branch=", branch, ";rport")
	for _, r := range routes {
		line("Route: <", r, ">")
	}
	line("Max-Forwards: 70")
	line("From: ", tagged(e.local, e.localTag))
	line("To: ", tagged(e.remote, e.remoteTag))
	line("Call-ID: ", e.callID)
	line("CSeq: ", strconv.FormatUint(uint64(cseq), 10), " ACK")
	for _, h := range auth {
		line(h.Name(), ": ", h.Value())
	}
	line("Content-Length: 0")
	line()
	return b
}

// send puts bytes that were a whole request on the wire, outside any
// transaction.
func (a *Agent) send(p path, to netip.AddrPort, b []byte) error {
	if p.transport == "UDP" {
		for _, l := range a.listeners {
			if l.udp != nil && l.addr == p.listen {
				_, err := l.udp.WriteToUDPAddrPort(b, to)
				return err
			}
		}
		return fmt.Errorf("%s is not open", p.listen)
	}
	msg, err := sip.ParseMessage(b)
	if err != nil {
		return err
	}
	req, ok := msg.(*sip.Request)
	if !ok {
		return fmt.Errorf("not a request")
	}
	a.address(req, p, to)
	return a.transport.WriteMsg(req)
}

// uriText returns a URI as it is written in a request line.
func uriText(u *sip.Uri) string {
	var b strings.Builder
	b.Grow(64) // the library's own String grows it six times
	u.StringWrite(&b)
	return b.String()
}

// userPart makes a number fit to stand before the @ of a SIP URI (RFC 3261
// 25.1 user), whatever it holds.
func userPart(s string) string {
	clean := true
	for i := 0; i < len(s); i++ {
		clean = clean && plainUser(s[i])
	}
	if clean {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if plainUser(s[i]) {
			b.WriteByte(s[i])
		} else {
			fmt.Fprintf(&b, "%%%02X", s[i])
		}
	}
	return b.String()
}

func plainUser(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' ||
		strings.IndexByte("+-_.!~*'()&=$", c) >= 0
}

// toTag returns the tag of a message's To header.
func toTag(m sip.Message) string {
	if h := m.To(); h != nil {
		return h.Params.GetOr("tag", "")
	}
	return ""
}

func fromTag(m sip.Message) string {
	if h := m.From(); h != nil {
		return h.Params.GetOr("tag", "")
	}
	return ""
}

func callID(m sip.Message) string {
	if h := m.CallID(); h != nil {
		return h.Value()
	}
	return ""
}

// headerValue returns the value of a message's first header of that lower-case
// name.
func headerValue(m sip.Message, name string) string {
	if hs := m.GetHeaders(name); len(hs) > 0 {
		return hs[0].Value()
	}
	return ""
}

// recordRoutes returns a response's Record-Route addresses in the order a
// caller uses them: last first (RFC 3261 12.1.2).
func recordRoutes(m sip.Message) []string {
	hs := m.GetHeaders("record-route")
	if len(hs) == 0 {
		return nil
	}
	routes := make([]string, 0, len(hs))
	for i := len(hs) - 1; i >= 0; i-- {
		if h, ok := hs[i].(*sip.RecordRouteHeader); ok {
			routes = append(routes, uriText(&h.Address))
		}
	}
	return routes
}

// remoteTarget returns the Contact of a message, "" without one.
func remoteTarget(m interface{ Contact() *sip.ContactHeader }) string {
	if c := m.Contact(); c != nil && !c.Address.Wildcard {
		return uriText(&c.Address)
	}
	return ""
}

// identify makes the names of the dialog a response belongs to.
func identify(r *clickbridge.LegRecord, tag string) ends {
	return ends{callID: r.SIPCallID, local: r.LocalURI, localTag: r.LocalTag, remote: r.RemoteURI, remoteTag: tag}
}
