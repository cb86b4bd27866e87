package main

import (
	"context"
	"os"
	"strings"
	"time"

	"clickbridge"
	"clickbridge/config"
	"clickbridge/store"
)

// How often a node says that it lives, and after how long a silent one's calls
// are closed by another.
const (
	heartbeat = 3 * time.Second
	deadAfter = 15 * time.Second
)

// nodeName is the SIP address, which no two living servers of a machine share.
// Where the store is shared by machines, the machine's name and the address
// carriers see belong to it: containers may have the rest in common.
func (s *Server) nodeName() string {
	var parts []string
	if s.opened.Engine == config.Postgres {
		if host, err := os.Hostname(); err == nil {
			parts = append(parts, host)
		}
		if a := s.cfg.SIP.PublicAddress; a != "" {
			parts = append(parts, a)
		}
	}
	for _, network := range []string{"udp", "tcp"} {
		if a := s.agent.LocalAddr(network); a.IsValid() {
			parts = append(parts, network+":"+a.String())
		}
	}
	return strings.Join(parts, " ")
}

// adopt closes calls whose node is dead.
func (s *Server) adopt(ctx context.Context, orphans []store.Orphan, legs []clickbridge.LegRecord) error {
	if len(orphans)+len(legs) > 0 {
		s.log.Warn("recovering after a crash", "calls", len(orphans), "legs", len(legs))
	}
	return s.conductor.Recover(ctx, orphans, legs, func(id int64) *clickbridge.Account {
		a, _ := s.directory.Account(id)
		return a
	}, s.agent)
}

// watchNodes says that this node lives, and closes the calls of nodes that do
// not say so any more.
func (s *Server) watchNodes(ctx context.Context) {
	t := time.NewTicker(heartbeat)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-t.C:
			err := s.watchOnce(ctx, now)
			s.unwritable.Store(err != nil && ctx.Err() == nil)
			if s.unwritable.Load() {
				s.log.Warn("heartbeat", "err", err)
			}
		}
	}
}

func (s *Server) watchOnce(ctx context.Context, now time.Time) error {
	if err := s.store.Heartbeat(ctx, s.node, now); err != nil {
		return err
	}
	orphans, legs, err := s.store.ClaimDead(ctx, s.node, now.Add(-deadAfter))
	if err != nil {
		return err
	}
	return s.adopt(ctx, orphans, legs)
}
