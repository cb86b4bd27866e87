package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"

	"clickbridge"
	"clickbridge/config"
	"clickbridge/leg"
	"clickbridge/prompt"
)

// sip asks every trunk OPTIONS, from the configured address when it is free,
// and places the test call.
func (k *checker) sip(ctx context.Context, c checkCmd) {
	probe := *k.cfg
	if !k.sipFree(ctx) {
		probe.SIP.Listen = anyPort(k.cfg.SIP.Listen)
	}
	l, err := openLine(ctx, &probe, nil, k.log)
	if err != nil {
		k.fault("sip", err.Error(), "correct sip and media: the addresses must be this machine's")
		return
	}
	defer l.close(ctx)
	k.trunks(ctx, l)
	if c.Call == "" {
		return
	}
	text, err := k.testCall(ctx, l, c)
	k.report("test call", text, err)
}

// sipFree reports whether the SIP sockets can be had; a running server has
// them.
func (k *checker) sipFree(ctx context.Context) bool {
	var lc net.ListenConfig
	for _, l := range k.cfg.SIP.Listen {
		if l.Transport != "udp" {
			continue
		}
		pc, err := lc.ListenPacket(ctx, "udp", l.Addr.String())
		if err != nil {
			k.warn("sip", l.String()+" is in use, by a running server or another program; asking from another port")
			return false
		}
		_ = pc.Close()
	}
	return true
}

func anyPort(ls []config.Listen) []config.Listen {
	var out []config.Listen
	for _, l := range ls {
		l.Addr = netip.AddrPortFrom(l.Addr.Addr(), 0)
		out = append(out, l)
	}
	return out
}

// trunks says of each whether its carrier answers.
func (k *checker) trunks(ctx context.Context, l *line) {
	ctx, cancel := context.WithTimeout(ctx, 2*checkTime)
	defer cancel()
	for _, s := range l.trunks.Check(ctx) {
		what := "trunk " + s.Name
		switch {
		case len(s.Addresses) == 0:
			k.fault(what, s.Host+" has no address", "correct the trunk's uri, or the name service")
		case s.OptionsStatus == 0:
			k.fault(what, fmt.Sprintf("%s at %v does not answer OPTIONS", s.Host, s.Addresses[0]),
				"correct the trunk's uri; open the firewall for SIP; ask the carrier whether this address is allowed")
		default:
			k.ok(what, fmt.Sprintf("%s at %v answers OPTIONS with %d", s.Host, s.Addresses[0], s.OptionsStatus))
		}
	}
}

// How the test call goes: it rings as long as a phone_to_call would, and
// listens a moment longer than the sentence lasts.
const listenOn = 2 * time.Second

// testCall rings a number, speaks a sentence and says whether audio came back.
func (k *checker) testCall(ctx context.Context, l *line, c checkCmd) (string, error) {
	to, err := clickbridge.ParseNumber(c.Call, "US")
	if err != nil {
		return "", faulty("write a number with its area code, or in +E.164", "--call %s: %v", c.Call, err)
	}
	from, err := k.callerID(ctx, c)
	if err != nil {
		return "", err
	}
	answered, err := l.trunks.Dial(ctx, leg.Order{
		CallID: clickbridge.NewCallID(), AttemptID: clickbridge.NewAttemptID(), To: to, CallerID: from, Country: "US",
		RingTime: k.cfg.Limits.RingTimeout, Journal: noJournal{},
	})
	if err != nil {
		return "", faulty("read the carrier's answer; trunk credentials and caller id are the usual reasons", "%s was not reached: %v", to, err)
	}
	defer answered.Hangup(&clickbridge.Cause{Class: clickbridge.CauseReleased})
	k.ok("test call", fmt.Sprintf("%s answered; playing a sentence", to))
	spoken := answered.Media().Play(prompt.TestCall(), false)
	select {
	case <-spoken:
	case <-answered.Context().Done():
		return "", faulty("let the phone listen to the end", "%s hung up during the sentence", to)
	case <-ctx.Done():
		return "", ctx.Err()
	}
	select {
	case <-time.After(listenOn):
	case <-answered.Context().Done():
	}
	s := answered.Media().Stats()
	if s.PacketsIn == 0 {
		return "", faulty("open the media ports for UDP and set sip.public_address where there is NAT",
			"%d packets of audio went to %s and none came back", s.PacketsOut, s.RemoteAddr)
	}
	return fmt.Sprintf("audio both ways: %d packets to %s, %d back (%s)", s.PacketsOut, s.RemoteAddr, s.PacketsIn, s.Codec), nil
}

// callerID is the one given, else the first account's.
func (k *checker) callerID(ctx context.Context, c checkCmd) (clickbridge.Number, error) {
	if c.Caller != "" {
		n, err := clickbridge.ParseNumber(c.Caller, "US")
		if err != nil {
			return "", faulty("write a number of yours", "--caller %s: %v", c.Caller, err)
		}
		return n, nil
	}
	if k.accounts == nil {
		return "", errors.New("no store, so no caller id: give one with --caller")
	}
	for i := range k.accounts.Accounts {
		if n, ok := k.accounts.Accounts[i].CallerID(); ok {
			return n, nil
		}
	}
	return "", faulty("give --caller, or apply an account with a number", "no account has a caller id")
}

// noJournal keeps nothing: the test call is no click.
type noJournal struct{}

func (noJournal) Dialing(context.Context, clickbridge.LegRecord) error  { return nil }
func (noJournal) Early(clickbridge.LegRecord)                           {}
func (noJournal) Answered(context.Context, clickbridge.LegRecord) error { return nil }
func (noJournal) Gone(string)                                           {}
