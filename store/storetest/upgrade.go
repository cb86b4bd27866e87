package storetest

import (
	"context"
	"testing"
	"time"

	"clickbridge"
	"clickbridge/store"
)

// FirstVersion is what a store of the first version may hold, in words of both
// engines: statements for a database that has only the tables of that version.
var FirstVersion = []string{
	`INSERT INTO accounts (id, name, country, time_zone, default_caller_id, destinations, daily_calls, targets, numbers)
		VALUES (7, 'Example', 'US', 'America/Chicago', '+19998887777', '["US"]', 5000, '', '')`,
	`INSERT INTO findmes (id, account_id, name, timeout, loops, numbers)
		VALUES (98765, 7, 'Sales', 30000000, 2, '[{"Number":"+15558688950","Name":"Desk","Timeout":10000000000}]')`,
	`INSERT INTO calls (id, account_id, key_name, node, ord, findme_id, findme_name, phone, first_caller_id, second_caller_id,
		page, ref, no_answer, notes, created_at, state, result, cause, agent, agent_name, accepted_at, hunt_ended,
		bridged_at, ended_at, ended)
		VALUES ('in flight', 7, 'k', 'a', 2, 98765, 'Sales', '+15551112222', '', '', '', '', '', '', 1000000, 'hunting', 'In Progress',
			'', '', '', 0, 0, 0, 0, (1 = 0)),
		('ended', 7, 'k', 'a', 2, 98765, 'Sales', '+15551112222', '', '', '', 'r', '', '["n"]', 2000000, 'ended', 'No Answer',
			'nobody', '', '', 0, 3000000, 0, 4000000, (1 = 1))`,
	`INSERT INTO attempts (call_id, id, seq, party, number, name, pass, trunk, started_at, answered_at, ended_at, result, sip_code, cause)
		VALUES ('in flight', 'x', 1, 'findme', '+15558688950', 'Desk', 1, 'main', 1000000, 0, 0, '', 0, ''),
		('ended', 'y', 1, 'findme', '+15558688950', 'Desk', 1, 'main', 2000000, 0, 3000000, 'Busy', 486, '')`,
	`INSERT INTO legs (id, call_id, node, answered, data) VALUES ('l', 'in flight', 'a', (1 = 0),
		'1 1:l9:in flight1:x4:main8:inviting1:d1:e1:f1:g1:h1:i1:j1:k1:l3:udp1:m1:7')`,
	`INSERT INTO notices (id, call_id, kind, recipient, sender, subject, body, state, created_at, job_id)
		VALUES ('n', 'ended', 'email', 'a@example.com', '', 's', 'b', 'sent', 3000000, 0)`,
}

// Upgraded checks what became of [FirstVersion], and that the store works.
func Upgraded(t *testing.T, s store.Store) {
	ctx := context.Background()
	d := directory(t, s)
	f := clickbridge.FindMe{
		ID: 98765, AccountID: 7, Name: "Sales", Timeout: 30 * time.Second, LoopCount: 2,
		Numbers: []clickbridge.FindMeNumber{{Number: "+15558688950", Name: "Desk", Timeout: 10 * time.Second}},
	}
	same(t, "FindMes", d.FindMes, []clickbridge.FindMe{f})
	at := func(s int64) time.Time { return time.Unix(s, 0).UTC() }
	c := clickbridge.Call{
		ID: "ended", AccountID: 7, KeyName: "k", Node: "a", Order: 2, FindMeID: 98765, FindMeName: "Sales", Phone: "+15551112222",
		Ref: "r", Notes: []string{"n"}, State: clickbridge.CallEnded, Result: clickbridge.ResultNoAnswer, Cause: "nobody",
		CreatedAt: at(2), HuntEnded: at(3), EndedAt: at(4),
	}
	a := clickbridge.Attempt{ID: "y", CallID: "ended", Seq: 1, Party: clickbridge.PartyFindMe, Number: "+15558688950", Name: "Desk",
		Pass: 1, Trunk: "main", StartedAt: at(2), EndedAt: at(3), Result: clickbridge.AttemptBusy, SIPCode: 486}
	n := clickbridge.Notice{ID: "n", CallID: "ended", Kind: clickbridge.NoticeEmail, To: "a@example.com", Subject: "s", Body: "b",
		State: clickbridge.NoticeSent, CreatedAt: at(3)}
	same(t, "the call that ended", get(t, s, c.ID), store.Record{Call: c, Attempts: []clickbridge.Attempt{a}, Notices: []clickbridge.Notice{n}})

	os, rest, err := s.ClaimOwn(ctx, "a")
	ok(t, err)
	if len(os) != 1 || len(rest) != 0 || len(os[0].Legs) != 1 || len(os[0].Attempts) != 1 {
		t.Fatalf("in flight: %+v, legs %+v", os, rest)
	}
	l := os[0].Legs[0]
	if os[0].Call.ID != "in flight" || l.ID != "l" || l.CSeq != 7 || l.Agent != "" || l.LocalAddr != "m" {
		t.Errorf("in flight: %+v", os[0])
	}
	cb := callbackOf(os[0].Call)
	live := os[0].Call
	live.State, live.Later = clickbridge.CallEnded, &cb
	ok(t, s.Save(ctx, live, nil, nil))
	callbacks(t, "owed", s, clickbridge.CallbackWaiting, cb)
	whole := full()
	apply(t, s, putFindMe("Example", whole), putAudio("Example", clickbridge.Audio{Name: "x", ULaw: []byte{1}}))
	whole.AccountID, d = 7, directory(t, s)
	same(t, "a new FindMe beside an old one", d.FindMes, []clickbridge.FindMe{whole, f})
}
