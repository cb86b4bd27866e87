package storetest

import (
	"context"
	"fmt"
	"time"

	"clickbridge"
	"clickbridge/store"
)

// Click writes what the conductor commits about one call with two legs that
// were answered and bridged: 12 facts, 8 of which it waits for. Benchmarks of both
// stores use it.
func Click(ctx context.Context, s store.Store, i int) error {
	now := time.Now()
	c := clickbridge.Call{
		ID: clickbridge.NewCallID(), AccountID: int64(i%3 + 1), KeyName: "website backend", Node: "a",
		Order: clickbridge.PhoneFirst, FindMeID: 98765, FindMeName: "Sales", Phone: "+15551112222",
		FirstCallerID: "+19998887777", SecondCallerID: "+18887776666",
		Page: "https://www.example.com/landing/LeadResponse.html?campaign=spring", Ref: fmt.Sprint(i),
		State: clickbridge.CallQueued, Result: clickbridge.ResultInProgress, CreatedAt: now,
	}
	if err := s.CreateCall(ctx, c, store.Daily{Day: "2026-01-02", Limit: 0}); err != nil {
		return err
	}
	var attempts []clickbridge.Attempt
	for n := range 2 {
		a := clickbridge.Attempt{ID: clickbridge.NewAttemptID(), CallID: c.ID, Seq: n + 1, Party: clickbridge.PartyFindMe,
			Number: "+15558688950", Pass: 1, Trunk: "main", StartedAt: now}
		l := clickbridge.LegRecord{ID: string(a.ID), CallID: c.ID, AttemptID: a.ID, Trunk: "main", State: clickbridge.LegInviting,
			SIPCallID: "6f2c1b0e9d8a7f6e5d4c3b2a@127.0.0.1", LocalURI: "sip:8887776666@127.0.0.1", LocalTag: "a1b2c3d4e5",
			RemoteURI: "sip:5558688950@127.0.0.1:5070", RequestURI: "sip:5558688950@127.0.0.1:5070", Branch: "z9hG4bK0123456789",
			CSeq: 1, NextHop: "127.0.0.1:5070", Transport: "udp", LocalAddr: "127.0.0.1:5060"}
		if err := s.Dialing(ctx, a, l); err != nil {
			return err
		}
		l.RemoteTag, l.RemoteTarget = "x9y8z7", "sip:5558688950@127.0.0.1:5070"
		s.Early(l)
		l.State, a.AnsweredAt = clickbridge.LegAnswered, now
		if err := s.Answered(ctx, a, l); err != nil {
			return err
		}
		a.Result, a.SIPCode, a.EndedAt = clickbridge.AttemptAccepted, 200, now
		attempts = append(attempts, a)
	}
	c.State, c.AcceptedAt, c.Agent = clickbridge.CallScreening, now, "+15558688950"
	if err := s.Save(ctx, c, attempts, nil); err != nil {
		return err
	}
	c.State, c.BridgedAt = clickbridge.CallBridged, now
	if err := s.Save(ctx, c, nil, nil); err != nil {
		return err
	}
	c.State, c.Result, c.Cause, c.EndedAt = clickbridge.CallEnded, clickbridge.ResultConnected, "caller hung up", now
	if err := s.Save(ctx, c, nil, nil); err != nil {
		return err
	}
	for _, a := range attempts {
		s.Gone(string(a.ID))
	}
	return nil
}
