package storetest

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"clickbridge"
	"clickbridge/store"
)

func testCallRoundTrip(t *testing.T, s Subject) {
	ctx := context.Background()
	c := call(7, start)
	c.Page, c.Ref = "https://a.b/x/LeadResponse.html?q=1&r=2", "lead 4711"
	c.NoAnswer = clickbridge.NoAnswer{Email: "a@example.com", SMS: "+15551110000", URL: "https://x.example/n", Phone: "+15551110001"}
	c.Notes = []string{"page was cut to 255 characters", "second note"}
	c.Callback = clickbridge.NewCallbackID()
	create(t, s, c)
	same(t, "a new call", get(t, s, c.ID), store.Record{Call: c})

	c.State, c.Result, c.Cause = clickbridge.CallEnded, clickbridge.ResultConnected, "the caller hung up"
	c.Agent, c.AgentName = "+15558688950", "Front desk"
	c.Notes = append(c.Notes, "the second party sent no audio")
	c.AcceptedAt, c.HuntEnded = start.Add(time.Second), start.Add(2*time.Second)
	c.BridgedAt, c.EndedAt = start.Add(3*time.Second), start.Add(4*time.Second)
	second, first := attempt(c, 2), attempt(c, 1)
	first.Name, first.AnsweredAt, first.EndedAt = "Front desk", start.Add(5*time.Second), start.Add(6*time.Second)
	first.Result, first.SIPCode, first.Text = clickbridge.AttemptAccepted, 200, "pressed 1"
	second.Result, second.Trunk = clickbridge.AttemptCanceled, "backup"
	ok(t, s.Save(ctx, c, []clickbridge.Attempt{second, first}, nil))
	want := store.Record{Call: c, Attempts: []clickbridge.Attempt{first, second}}
	same(t, "an ended call", get(t, s, c.ID), want)

	if _, err := s.Call(ctx, "no\x00such\xff"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a call that is not there: %v", err)
	}
}

func testOddBytes(t *testing.T, s Subject) {
	long := strings.Repeat("é", 300_000)
	for _, test := range []struct{ in, want string }{
		{"", ""},
		{"it's \"quoted\" \\ back; DROP TABLE calls --", "it's \"quoted\" \\ back; DROP TABLE calls --"},
		{"☎ 🙂 e\u0301 \u200f", "☎ 🙂 e\u0301 \u200f"},
		{"tab\tline\r\nbell\a\x7f", "tab\tline\r\nbell\a\x7f"},
		{"nul\x00inside\x00", "nulinside"},
		{"\x00", ""},
		{"bad \xff\xfe bytes", "bad \uFFFD bytes"},
		{"half \xf0\x9f", "half \uFFFD"},
		{"surrogate \xed\xa0\x80", "surrogate \uFFFD"},
		{`\u0000 {"json":1} <&>`, `\u0000 {"json":1} <&>`},
		{long, long},
	} {
		ctx := context.Background()
		c := call(1, start)
		c.Page, c.Ref, c.KeyName, c.Notes = test.in, test.in, test.in, []string{test.in, "x"}
		c.NoAnswer.Email = test.in
		create(t, s, c)
		c.Cause, c.AgentName = test.in, test.in
		a, n := attempt(c, 1), noticeOf(c, clickbridge.NoticeEmail, start)
		a.Text, a.Name, a.Result, n.Subject, n.Body = test.in, test.in, "x", test.in, test.in
		ok(t, s.Save(ctx, c, []clickbridge.Attempt{a}, []clickbridge.Notice{n}))
		r := get(t, s, c.ID)
		for what, got := range map[string]string{
			"Page": r.Call.Page, "Ref": r.Call.Ref, "KeyName": r.Call.KeyName, "Notes": r.Call.Notes[0],
			"NoAnswer": r.Call.NoAnswer.Email, "Cause": r.Call.Cause, "AgentName": r.Call.AgentName,
			"attempt Text": r.Attempts[0].Text, "attempt Name": r.Attempts[0].Name,
			"Subject": r.Notices[0].Subject, "Body": r.Notices[0].Body,
		} {
			if got != test.want {
				t.Errorf("%s of %.40q came back as %.40q", what, test.in, got)
			}
		}
		l := legOf(a)
		l.RemoteURI, l.Routes = test.in, []string{test.in}
		ok(t, s.Dialing(ctx, a, l))
		os, _, err := s.ClaimOwn(ctx, "a")
		ok(t, err)
		for _, o := range os {
			if o.Call.ID == c.ID && (o.Legs[0].RemoteURI != test.want || o.Legs[0].Routes[0] != test.want) {
				t.Errorf("a leg's %.40q came back as %.40q", test.in, o.Legs[0].RemoteURI)
			}
		}
	}
}

func testDuplicateCall(t *testing.T, s Subject) {
	ctx := context.Background()
	twice := call(1, start)
	create(t, s, twice)
	errs := together(40, func(i int) error {
		c := call(1, start)
		if i == 20 {
			c.ID = twice.ID
		}
		return s.CreateCall(ctx, c, store.Daily{Day: "d"})
	})
	for i, err := range errs {
		if (err != nil) != (i == 20) {
			t.Errorf("call %d: %v", i, err)
		}
	}
}

func testDailyLimit(t *testing.T, s Subject) {
	ctx := context.Background()
	for i, test := range []struct {
		account int64
		day     string
		limit   int
		refused bool
	}{
		{1, "2026-03-04", 2, false}, {1, "2026-03-04", 2, false}, {1, "2026-03-04", 2, true},
		{1, "2026-03-05", 2, false}, {2, "2026-03-04", 2, false}, // another day, another account
		{1, "2026-03-04", 3, false}, {1, "2026-03-04", 3, true}, // a refused click was not counted
		{1, "2026-03-04", 0, false}, {1, "2026-03-04", 4, true}, // no limit counts too
	} {
		c := call(test.account, start)
		err := s.CreateCall(ctx, c, store.Daily{Day: test.day, Limit: test.limit})
		if errors.Is(err, store.ErrDailyLimit) != test.refused || err != nil && !test.refused {
			t.Errorf("click %d: %v", i, err)
		}
		if _, found := s.Call(ctx, c.ID); (found != nil) != test.refused {
			t.Errorf("click %d was refused: %v, looked up: %v", i, test.refused, found)
		}
	}
}

func testDailyLimitRush(t *testing.T, s Subject) {
	errs := together(60, func(int) error {
		return s.CreateCall(context.Background(), call(1, start), store.Daily{Day: "d", Limit: 25})
	})
	taken := 0
	for _, err := range errs {
		switch {
		case err == nil:
			taken++
		case !errors.Is(err, store.ErrDailyLimit):
			t.Error(err)
		}
	}
	if taken != 25 {
		t.Errorf("%d clicks were taken, want 25", taken)
	}
}

func testCancelled(t *testing.T, s Subject) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := s.CreateCall(ctx, call(1, start), store.Daily{}); !errors.Is(err, context.Canceled) {
		t.Errorf("CreateCall: %v", err)
	}
	ok(t, s.Ping(context.Background()))
}

func testSaveOwner(t *testing.T, s Subject) {
	ctx := context.Background()
	c := call(1, start)
	create(t, s, c)
	stranger := c
	stranger.Node, stranger.State = "b", clickbridge.CallEnded
	n := noticeOf(c, clickbridge.NoticeURL, start)
	refused := func(what string, c clickbridge.Call) {
		t.Helper()
		before := get(t, s, c.ID)
		err := s.Save(ctx, c, []clickbridge.Attempt{attempt(c, 1)}, []clickbridge.Notice{n})
		if !errors.Is(err, store.ErrNotOwner) {
			t.Errorf("%s: %v", what, err)
		}
		same(t, what+" left", get(t, s, c.ID), before)
		if got := s.Jobs(); got != 0 {
			t.Errorf("%s left %d jobs", what, got)
		}
	}
	refused("another node", stranger)
	c.State, c.Result, c.EndedAt = clickbridge.CallEnded, clickbridge.ResultFailed, start
	ok(t, s.Save(ctx, c, nil, nil))
	again := c
	again.Result = clickbridge.ResultConnected
	refused("a second end", again)
	again.State = clickbridge.CallBridged
	refused("life after the end", again)
	if err := s.Save(ctx, call(1, start), nil, nil); !errors.Is(err, store.ErrNotOwner) {
		t.Errorf("a call that was never made: %v", err)
	}
}

func testEndRush(t *testing.T, s Subject) {
	c := call(1, start)
	create(t, s, c)
	c.State = clickbridge.CallEnded
	errs := together(20, func(i int) error {
		c := c
		c.Cause = title(i)
		return s.Save(context.Background(), c, nil, []clickbridge.Notice{noticeOf(c, clickbridge.NoticeEmail, start)})
	})
	winner := ""
	for i, err := range errs {
		switch {
		case err == nil && winner == "":
			winner = title(i)
		case !errors.Is(err, store.ErrNotOwner):
			t.Errorf("save %d: %v", i, err)
		}
	}
	r := get(t, s, c.ID)
	if r.Call.Cause != winner || len(r.Notices) != 1 || s.Jobs() != 1 {
		t.Errorf("save %s won; stored: %q with %d notices, %d jobs", winner, r.Call.Cause, len(r.Notices), s.Jobs())
	}
}

func testThousandCalls(t *testing.T, s Subject) {
	ctx := context.Background()
	errs := together(1000, func(i int) error {
		c := call(int64(i%3+1), start.Add(time.Duration(i)*time.Millisecond))
		if err := s.CreateCall(ctx, c, store.Daily{Day: "d", Limit: 1000}); err != nil {
			return err
		}
		a := attempt(c, 1)
		l := legOf(a)
		if err := s.Dialing(ctx, a, l); err != nil {
			return err
		}
		s.Early(l)
		l.State, a.Result = clickbridge.LegAnswered, clickbridge.AttemptNotAccepted
		if err := s.Answered(ctx, a, l); err != nil {
			return err
		}
		c.State = clickbridge.CallFinishing
		var n []clickbridge.Notice
		if i%10 == 0 {
			n = []clickbridge.Notice{noticeOf(c, clickbridge.NoticeEmail, start), noticeOf(c, clickbridge.NoticeURL, start)}
		}
		if err := s.Save(ctx, c, []clickbridge.Attempt{a}, n); err != nil {
			return err
		}
		s.Gone(l.ID)
		c.State, c.Result = clickbridge.CallEnded, clickbridge.ResultNoAnswer
		return s.Save(ctx, c, nil, nil)
	})
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	n, notices := 0, 0
	ok(t, s.EachCall(ctx, store.Filter{}, func(r store.Record) error {
		n++
		notices += len(r.Notices)
		if r.Call.Result != clickbridge.ResultNoAnswer || len(r.Attempts) != 1 {
			t.Errorf("call %s: %s, %d attempts, %d notices", r.Call.ID, r.Call.Result, len(r.Attempts), len(r.Notices))
		}
		return nil
	}))
	os, legs, err := s.ClaimOwn(ctx, "a")
	ok(t, err)
	if n != 1000 || notices != 200 || s.Jobs() != 200 || len(os) != 0 || len(legs) != 0 {
		t.Errorf("%d calls, %d notices, %d jobs, %d in flight, %d legs", n, notices, s.Jobs(), len(os), len(legs))
	}
}
