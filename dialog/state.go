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

// bye sends a BYE and returns what waits for its answer. Whatever the carrier
// answers, or nothing at all in 64*T1, the dialog is over (RFC 3261 15.1.1); only a
// challenge is worth a second try. On UDP the BYE has left when bye returns; on TCP,
// where a connection may have to be made, it leaves in what is returned.
func (a *Agent) bye(ctx context.Context, d *state, credentials *auth, reason string) (wait func()) {
	build := func() (*sip.Request, error) {
		req, err := a.requestIn(d, sip.BYE)
		if err == nil && reason != "" {
			req.AppendHeader(sip.NewHeader("Reason", reason))
		}
		return req, err
	}
	begin := func() (*sip.ClientTx, error) { return a.begin(ctx, credentials, build) }
	if d.path.transport == "UDP" {
		tx, err := begin()
		begin = func() (*sip.ClientTx, error) { return tx, err }
	}
	return func() {
		tx, err := begin()
		res, err := a.settleFrom(ctx, tx, err, credentials, build)
		switch {
		case err != nil:
			a.log.Warn("BYE was not answered", "sip_call_id", d.callID, "err", err)
		case challenged(res):
			a.log.Warn("BYE was refused for want of credentials", "sip_call_id", d.callID, "status", res.StatusCode)
		}
	}
}

func challenged(res *sip.Response) bool {
	return res.StatusCode == sip.StatusUnauthorized || res.StatusCode == sip.StatusProxyAuthRequired
}

// settle sends a request until it is answered with something else than a
// challenge, building it anew for every round. Challenges met before are answered
// at once.
func (a *Agent) settle(ctx context.Context, credentials *auth, build func() (*sip.Request, error)) (*sip.Response, error) {
	tx, err := a.begin(ctx, credentials, build)
	return a.settleFrom(ctx, tx, err, credentials, build)
}

func (a *Agent) settleFrom(ctx context.Context, tx *sip.ClientTx, err error, credentials *auth, build func() (*sip.Request, error)) (*sip.Response, error) {
	for round := 1; ; round++ {
		if err != nil {
			return nil, err
		}
		res, err := a.result(ctx, tx)
		if err != nil {
			return nil, err
		}
		if !challenged(res) || round == maxRounds || !credentials.accept(res, round > 1) {
			return res, nil
		}
		if tx, err = a.begin(ctx, credentials, build); err != nil {
			return nil, err
		}
	}
}

// begin sends one round.
func (a *Agent) begin(ctx context.Context, credentials *auth, build func() (*sip.Request, error)) (*sip.ClientTx, error) {
	req, err := build()
	if err != nil {
		return nil, err
	}
	for _, h := range credentials.headers(req) {
		req.AppendHeader(h)
	}
	req.SetBody(nil) // Content-Length
	a.traceOut(req)
	return a.tx.Request(ctx, req)
}

// result waits for the final answer of a transaction other than an INVITE's.
func (a *Agent) result(ctx context.Context, tx *sip.ClientTx) (*sip.Response, error) {
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

// transact runs a transaction that is never challenged: CANCEL's.
func (a *Agent) transact(ctx context.Context, req *sip.Request) (*sip.Response, error) {
	a.traceOut(req)
	tx, err := a.tx.Request(ctx, req)
	if err != nil {
		return nil, err
	}
	return a.result(ctx, tx)
}

// settled lets a transaction go that has had its final answer, instead of
// keeping request and response for Timer D (32 s): what still comes is handled from
// the dialog set. Err waits for the machine's step that delivered the answer, so
// that its timers are set and can be stopped.
func settled(tx *sip.ClientTx) {
	_ = tx.Err()
	tx.Terminate()
}
