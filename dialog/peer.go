package dialog

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"clickbridge/leg"
)

// Options asks a carrier whether it is there and returns the status it
// answered with: any answer at all means that it is. The error is a timeout
// (ctx, or 64*T1) or that nothing could be sent.
func (a *Agent) Options(ctx context.Context, to leg.Peer) (int, error) {
	r, err := a.newRound(to, newID(), 0)
	if err != nil {
		return 0, err
	}
	res, err := a.settle(ctx, &r.path, &r.auth, func() *request {
		return r.request(mOPTIONS, r.remote, "Accept: application/sdp")
	})
	if err != nil {
		return 0, err
	}
	return res.status, nil
}

// registrations holds what successive REGISTERs for one account share: the
// Call-ID and a growing CSeq (RFC 3261 10.2.4).
type registrations struct {
	mu   sync.Mutex
	each map[string]*registration
}

type registration struct {
	callID string
	cseq   uint32
}

func (r *registrations) next(peer leg.Peer) (callID string, cseq uint32) {
	r.mu.Lock()
	defer r.mu.Unlock()
	key := peer.Username + "@" + peer.Host
	if r.each == nil {
		r.each = make(map[string]*registration)
	}
	if r.each[key] == nil {
		r.each[key] = &registration{callID: newID()}
	}
	// Room for the rounds of one Register.
	r.each[key].cseq += 2 * maxRounds
	return r.each[key].callID, r.each[key].cseq
}

// Register tells a carrier where we are, for expires (0 takes it back), and
// returns for how long it will remember. It is one round: refreshing is the
// caller's.
func (a *Agent) Register(ctx context.Context, to leg.Peer, expires time.Duration) (time.Duration, error) {
	callID, cseq := a.registers.next(to)
	r, err := a.newRound(to, callID, cseq)
	if err != nil {
		return 0, err
	}
	for try := 1; ; try++ {
		res, err := a.settle(ctx, &r.path, &r.auth, func() *request {
			return r.request(mREGISTER, "sip:"+to.Host, r.path.contact(userPart(to.Username)), "Expires: "+seconds(expires))
		})
		if err != nil {
			return 0, err
		}
		if res.success() {
			return granted(res, &r.path, expires), nil
		}
		atLeast, _ := strconv.Atoi(strings.TrimSpace(res.get("min-expires")))
		asked := time.Duration(atLeast) * time.Second
		if res.status != 423 || try > 1 || asked <= expires || asked > 24*time.Hour {
			return 0, fmt.Errorf("REGISTER: %d %s", res.status, printable(res.reason))
		}
		expires = asked // RFC 3261 10.2.8
	}
}

func seconds(d time.Duration) string { return strconv.Itoa(int(d / time.Second)) }

// granted reads for how long a registrar keeps our Contact: its expires
// parameter, else the Expires header, else what was asked.
func granted(res *message, p *path, asked time.Duration) time.Duration {
	for v, rest, ok := field(res.head, "contact"); ok; v, rest, ok = field(rest, "contact") {
		for v != "" {
			var one string
			one, v = cutItem(v)
			uri, params := address(one)
			if host, port := hostOf(uri); !strings.EqualFold(host, p.host) || port != p.port {
				continue
			}
			text, _ := param(params, "expires")
			if n, err := strconv.Atoi(text); err == nil && n >= 0 {
				return time.Duration(n) * time.Second
			}
		}
	}
	if n, err := strconv.Atoi(strings.TrimSpace(res.get("expires"))); err == nil && n >= 0 {
		return time.Duration(n) * time.Second
	}
	return asked
}

// round is a request outside any dialog and its repetitions with credentials.
type round struct {
	ends
	path path
	auth auth
	cseq uint32
}

func (a *Agent) newRound(to leg.Peer, callID string, cseq uint32) (*round, error) {
	p, err := a.path(to.Transport, to.NextHop)
	if err != nil {
		return nil, err
	}
	p.about.Trunk = to.Trunk
	r := &round{path: p, cseq: cseq}
	r.auth.username, r.auth.password = to.Username, to.Password
	r.ends = ends{callID: callID, localTag: newID(), remote: "sip:" + to.Host}
	r.local = "sip:clickbridge@" + uriHost(p.host)
	if to.Username != "" {
		r.remote = "sip:" + userPart(to.Username) + "@" + to.Host
		r.local = r.remote
	}
	return r, nil
}

func (r *round) request(method, uri string, lines ...string) *request {
	r.cseq++
	return &request{
		ends: r.ends, method: method, uri: uri, path: &r.path, to: r.path.nextHop,
		cseq: r.cseq, branch: newBranch(), lines: lines,
	}
}
