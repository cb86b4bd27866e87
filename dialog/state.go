package dialog

import (
	"net/netip"
	"strings"
)

// state is one dialog as a caller holds it (RFC 3261 12.1.2).
type state struct {
	ends
	path   *path
	target string   // remote target
	routes []string // route set, in the order it is used
	cseq   uint32   // of the last request sent in it
}

// strict reports whether the first route is an RFC 2543 proxy's, which wants to
// be the Request-URI (RFC 3261 12.2.1.1).
func (d *state) strict() bool {
	if len(d.routes) == 0 {
		return false
	}
	_, params, _ := strings.Cut(d.routes[0], ";")
	_, loose := param(";"+params, "lr")
	return !loose
}

func (d *state) requestURI() string {
	if d.strict() {
		return d.routes[0]
	}
	return d.target
}

func (d *state) routeSet() []string {
	if d.strict() {
		return append(append([]string{}, d.routes[1:]...), d.target)
	}
	return d.routes
}

// destination is where requests of the dialog go: the first route, else the
// remote target, where that is a plain address the carrier may have; otherwise,
// names and private addresses behind a NAT, where the INVITE went.
func (a *Agent) destination(d *state) netip.AddrPort {
	text := d.target
	if len(d.routes) > 0 {
		text = d.routes[0]
	}
	host, port := hostOf(text)
	ip, err := netip.ParseAddr(host)
	if err != nil || port < 1 {
		return d.path.nextHop
	}
	ip = ip.Unmap()
	known := ip == d.path.nextHop.Addr().Unmap() || a.cfg.Trusted != nil && a.cfg.Trusted(ip)
	if !known || ip.Is4() != d.path.nextHop.Addr().Unmap().Is4() {
		return d.path.nextHop
	}
	return netip.AddrPortFrom(ip, uint16(port))
}

// requestIn builds the next request inside the dialog.
func (a *Agent) requestIn(d *state, method string) *request {
	d.cseq++
	return &request{
		ends: d.ends, method: method, uri: d.requestURI(), path: d.path, to: a.destination(d),
		cseq: d.cseq, branch: newBranch(), routes: d.routeSet(),
	}
}

// bye sends a BYE and calls over when the dialog is: whatever the carrier
// answers, or nothing at all in 64*T1 (RFC 3261 15.1.1); only a challenge is worth a
// second try. On UDP the BYE has left when bye returns; on TCP a connection may
// have to be made first.
func (a *Agent) bye(d *state, credentials *auth, reason string, over func()) {
	a.work.begin()
	x := &exchange{agent: a, path: d.path, auth: credentials}
	x.build = func() *request {
		req := a.requestIn(d, mBYE)
		req.lines = []string{reasonLine(reason)}
		return req
	}
	x.done = func(res *message, err error) {
		switch {
		case err != nil:
			a.log.Warn("BYE was not answered", "sip_call_id", d.callID, "err", err)
		case challenged(res):
			a.log.Warn("BYE was refused for want of credentials", "sip_call_id", d.callID, "status", res.status)
		}
		over()
		a.work.done()
	}
	a.dispatch(d.path, func() { x.send(a.life) })
}
