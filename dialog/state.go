package dialog

import (
	"context"
	"net/netip"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// state is one dialog as a caller holds it (RFC 3261 12.1.2).
type state struct {
	ends
	path   path
	target string   // remote target
	routes []string // route set, in the order it is used
	cseq   uint32   // of the last request sent in it
}

// strict reports whether the first route is an RFC 2543 proxy's, which wants to
// be the Request-URI (RFC 3261 12.2.1.1).
func (d *state) strict() bool {
	return len(d.routes) > 0 && !strings.Contains(strings.ToLower(d.routes[0])+";", ";lr;") &&
		!strings.Contains(strings.ToLower(d.routes[0]), ";lr=")
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
	var u sip.Uri
	if sip.ParseUri(text, &u) != nil {
		return d.path.nextHop
	}
	ip, err := netip.ParseAddr(strings.Trim(u.Host, "[]"))
	if err != nil {
		return d.path.nextHop
	}
	ip = ip.Unmap()
	known := ip == d.path.nextHop.Addr().Unmap() || a.cfg.Trusted != nil && a.cfg.Trusted(ip)
	if !known || ip.Is4() != d.path.nextHop.Addr().Unmap().Is4() {
		return d.path.nextHop
	}
	port := u.Port
	if port == 0 {
		port = sip.DefaultUdpPort
	}
	if port < 1 || port > 65535 {
		return d.path.nextHop
	}
	return netip.AddrPortFrom(ip, uint16(port))
}

// requestIn builds a request inside the dialog.
func (a *Agent) requestIn(d *state, method sip.RequestMethod) (*sip.Request, error) {
	var uri sip.Uri
	if err := sip.ParseUri(d.requestURI(), &uri); err != nil {
		return nil, err
	}
	d.cseq++
	req := a.newRequest(method, uri, d.path, d.ends, d.cseq, newBranch())
	for _, r := range d.routeSet() {
		req.AppendHeader(sip.NewHeader("Route", "<"+r+">"))
	}
	a.address(req, d.path, a.destination(d))
	return req, nil
}

// bye ends the dialog at the carrier. Whatever it answers, or nothing at all
// in 64*T1, the dialog is over (RFC 3261 15.1.1); only a challenge is worth a
// second try.
func (a *Agent) bye(ctx context.Context, d *state, credentials *auth, reason string) {
	res, err := a.settle(ctx, credentials, func() (*sip.Request, error) {
		req, err := a.requestIn(d, sip.BYE)
		if err == nil && reason != "" {
			req.AppendHeader(sip.NewHeader("Reason", reason))
		}
		return req, err
	})
	switch {
	case err != nil:
		a.log.Warn("BYE was not answered", "sip_call_id", d.callID, "err", err)
	case res.StatusCode == sip.StatusUnauthorized || res.StatusCode == sip.StatusProxyAuthRequired:
		a.log.Warn("BYE was refused for want of credentials", "sip_call_id", d.callID, "status", res.StatusCode)
	}
}

// settle sends a request until it is answered with something else than a
// challenge, building it anew for every round. Challenges met before are answered
// at once.
func (a *Agent) settle(ctx context.Context, credentials *auth, build func() (*sip.Request, error)) (*sip.Response, error) {
	for round := 1; ; round++ {
		req, err := build()
		if err != nil {
			return nil, err
		}
		for _, h := range credentials.headers(req.Method, uriText(&req.Recipient)) {
			req.AppendHeader(h)
		}
		req.SetBody(req.Body()) // Content-Length
		res, err := a.transact(ctx, req)
		if err != nil {
			return nil, err
		}
		asked := res.StatusCode == sip.StatusUnauthorized || res.StatusCode == sip.StatusProxyAuthRequired
		if !asked || round == maxRounds || !credentials.accept(res, round > 1) {
			return res, nil
		}
	}
}

// transact runs one transaction other than an INVITE's to its final answer.
func (a *Agent) transact(ctx context.Context, req *sip.Request) (*sip.Response, error) {
	a.traceOut(req)
	tx, err := a.tx.Request(ctx, req)
	if err != nil {
		return nil, err
	}
	defer settled(tx)
	for {
		select {
		case res := <-tx.Responses():
			if !res.IsProvisional() {
				return res, nil
			}
		case <-tx.Done():
			return nil, tx.Err()
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// settled lets a transaction go that has had its final answer, instead of
// keeping request and response for Timer D (32 s): what still comes is handled from
// the dialog set. Err waits for the machine's step that delivered the answer, so
// that its timers are set and can be stopped.
func settled(tx *sip.ClientTx) {
	_ = tx.Err()
	tx.Terminate()
}
