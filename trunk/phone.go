package trunk

import (
	"context"

	"clickbridge"
	"clickbridge/leg"
)

// phone is an answered leg: a session and the port it talks through.
type phone struct {
	session leg.Session
	port    leg.Port
	info    leg.Info
}

// answered makes a leg of a session. However the session ends, its port is
// closed after that, the BYE having been sent, and its place on the trunk is free.
func (d *order) answered(s leg.Session, l *line, free func()) *phone {
	p := &phone{session: s, port: d.port, info: leg.Info{Number: d.To, Trunk: l.Name, SIPCallID: s.SIPCallID()}}
	context.AfterFunc(s.Context(), func() {
		p.port.Close()
		free()
	})
	return p
}

// Context implements leg.Leg.
func (p *phone) Context() context.Context { return p.session.Context() }

// Media implements leg.Leg.
func (p *phone) Media() leg.Media { return p.port }

// Hangup implements leg.Leg.
func (p *phone) Hangup(c *clickbridge.Cause) { p.session.Hangup(c) }

// Info implements leg.Leg.
func (p *phone) Info() leg.Info { return p.info }
