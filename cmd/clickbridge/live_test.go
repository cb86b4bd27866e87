package main

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"clickbridge"
)

func TestLive(t *testing.T) {
	at := time.Date(2026, 1, 31, 12, 0, 0, 123e6, time.UTC)
	event := func(k clickbridge.EventKind, p clickbridge.Party, n clickbridge.Number, name, text string) clickbridge.Event {
		return clickbridge.Event{At: at, Kind: k, CallID: "a", Party: p, Number: n, Name: name, Text: text}
	}
	var out strings.Builder
	l := newLive(&out, "US")
	for _, e := range []clickbridge.Event{
		event(clickbridge.EventClick, "", "+15551112222", "Sales", "type 1, the phone first"),
		event(clickbridge.EventRinging, clickbridge.PartyPhone, "+15551112222", "", ""),
		event(clickbridge.EventReplied, "", "", "", string(clickbridge.OutcomeConnected)),
		event(clickbridge.EventAttemptEnded, clickbridge.PartyFindMe, "+13125550103", "desk", "Busy (Busy Here)"),
		event(clickbridge.EventReplied, "", "", "", "no-answer: rang out"),
		event(clickbridge.EventNotice, "", "", "", strings.Repeat("x", 100)),
		event(clickbridge.EventCallEnded, "", "", "", "No Answer"),
		{At: at, Kind: clickbridge.EventRinging, CallID: "b", Party: clickbridge.PartyTransfer, Number: "+442079460123"},
	} {
		l.show(e)
	}
	want := `12:00:00.123  #1   call                                click: connect (555) 111-2222 with FindMe "Sales" (type 1, the phone first)
12:00:00.123  #1   customer  (555) 111-2222            ringing
12:00:00.123  #1   http                                the click is answered "Call Connected"
12:00:00.123  #1   agent     (312) 555-0103 desk       Busy (Busy Here)
12:00:00.123  #1   http                                the click is answered: not connected (no-answer: rang out)
12:00:00.123  #1   notice                              ` + strings.Repeat("x", 80) + `…
12:00:00.123  #1   call                                ended: No Answer

12:00:00.123  #2   transfer  +442079460123             ringing
`
	if d := cmp.Diff(want, out.String()); d != "" {
		t.Error(d)
	}
}
