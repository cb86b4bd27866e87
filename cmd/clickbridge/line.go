package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/netip"

	"clickbridge/config"
	"clickbridge/dialog"
	"clickbridge/media"
	"clickbridge/trace"
	"clickbridge/trunk"
)

// line is the telephone side: SIP sockets and the media engine, joined by
// trunks. The server has one, and so has check.
type line struct {
	agent  *dialog.Agent
	media  *media.Engine
	trunks *trunk.Group
}

// openLine binds the sockets and looks the trunks up. What was opened before a
// failure is closed again. SIP messages are kept in kept, unless that is nil.
func openLine(ctx context.Context, cfg *config.Config, kept *trace.Writer, log *slog.Logger) (l *line, err error) {
	l = &line{}
	defer func() {
		if err != nil {
			l.close(ctx)
			l = nil
		}
	}()
	var listens []string
	for _, a := range cfg.SIP.Listen {
		listens = append(listens, a.String())
	}
	l.agent, err = dialog.New(dialog.Config{
		Listen: listens, PublicAddress: cfg.SIP.PublicAddress,
		UserAgent: "ClickBridge/" + version, Trace: kept, Logger: log,
		Trusted:     func(a netip.Addr) bool { return l.trunks.Trusted(a) },
		Credentials: func(name string) (string, string) { return l.trunks.Credentials(name) },
	})
	if err != nil {
		return l, fmt.Errorf("sip.listen: %w", err)
	}
	if l.media, err = openMedia(ctx, cfg, log); err != nil {
		return l, err
	}
	l.trunks, err = trunk.New(trunk.Config{
		Trunks: cfg.TrunkList(), Inviter: l.agent, Ports: l.media, Carrier: l.agent,
		Resolver: net.DefaultResolver, Logger: log,
	})
	if err != nil {
		return l, fmt.Errorf("trunks: %w", err)
	}
	if err := l.trunks.Resolve(ctx); err != nil {
		log.Warn("a trunk's name was not found; it is looked up again", "err", err)
	}
	return l, l.agent.Start(ctx)
}

// close hangs up what is left, and closes the media after the last BYE.
func (l *line) close(ctx context.Context) {
	if l.agent != nil {
		_ = l.agent.Close(ctx)
	}
	if l.media != nil {
		l.media.Close()
	}
}

// openMedia makes the RTP engine. SDP carries addresses, so a public name is
// looked up here, once.
func openMedia(ctx context.Context, cfg *config.Config, log *slog.Logger) (*media.Engine, error) {
	public := netip.Addr{}
	if name := cfg.SIP.PublicAddress; name != "" {
		host, _, err := net.SplitHostPort(name)
		if err != nil {
			host = name
		}
		ips, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
		if err != nil || len(ips) == 0 {
			return nil, fmt.Errorf("sip.public_address %q is not found: %w", name, err)
		}
		public = ips[0].Unmap()
	}
	e, err := media.New(media.Config{
		Address: cfg.Media.Address, PublicAddress: public,
		Ports: media.PortRange{Low: cfg.Media.Ports.Low, High: cfg.Media.Ports.High}, Logger: log,
	})
	if err != nil {
		return nil, err
	}
	return e, nil
}
