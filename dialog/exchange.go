package dialog

import (
	"context"
	"sync"
)

// exchange sends a request, other than an INVITE, until it is answered with
// something else than a challenge, building it anew for every round. Challenges met
// before are answered at once.
type exchange struct {
	agent *Agent
	path  *path
	auth  *auth
	build func() *request
	// done takes the final answer or why there is none. It runs where the socket
	// is read and must not block.
	done  func(*message, error)
	round int

	mu      sync.Mutex
	tx      *clientTx
	stopped bool
}

func (x *exchange) send(ctx context.Context) {
	x.round++
	req := x.build()
	req.lines = append(req.lines, x.auth.headers(req.method, req.uri)...)
	tx, err := x.agent.start(ctx, req, 0, x.answered)
	if err != nil {
		x.done(nil, err)
		return
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.tx = tx; x.stopped {
		tx.drop()
	}
}

func (x *exchange) answered(res *message, err error) {
	switch {
	case err != nil:
		x.done(nil, err)
	case res.provisional():
	case challenged(res) && x.round < maxRounds && x.auth.accept(res, x.round > 1):
		x.agent.dispatch(x.path, func() { x.send(x.agent.life) })
	default:
		x.done(res, nil)
	}
}

// stop takes the request back: it is not repeated any more.
func (x *exchange) stop() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.stopped = true
	if x.tx != nil {
		x.tx.drop()
	}
}

func challenged(res *message) bool { return res.status == 401 || res.status == 407 }

// settle is an exchange that is waited for.
func (a *Agent) settle(ctx context.Context, p *path, credentials *auth, build func() *request) (*message, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	type result struct {
		res *message
		err error
	}
	came := make(chan result, 1)
	x := &exchange{agent: a, path: p, auth: credentials, build: build}
	x.done = func(res *message, err error) { came <- result{res, err} }
	defer x.stop()
	x.send(ctx)
	select {
	case r := <-came:
		return r.res, r.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// dispatch does what sends: at once over UDP, in a goroutine over TCP, where a
// connection may have to be made.
func (a *Agent) dispatch(p *path, f func()) {
	if p.tcp {
		go f()
		return
	}
	f()
}
