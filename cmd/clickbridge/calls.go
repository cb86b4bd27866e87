package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"clickbridge"
	"clickbridge/config"
	"clickbridge/store"
)

type callsCmd struct {
	List callsListCmd `cmd:"" help:"List calls, newest first, or refused clicks."`
	Show callsShowCmd `cmd:"" help:"Show one call with its attempts, causes and notices."`
	SIP  outsideCmd   `cmd:"" name:"sip" help:"SIP messages outside calls: REGISTER, OPTIONS, what was refused."`
}

type callsListCmd struct {
	configFlag
	Refused bool   `help:"Refused clicks instead of calls."`
	Since   string `help:"Only since then: a date (2026-01-31), a time (2026-01-31T15:04) or a length (24h, 7d)." placeholder:"WHEN"`
	Limit   int    `help:"At most so many lines." default:"100"`
}

// Run prints calls or refusals.
func (c callsListCmd) Run(ctx context.Context) error {
	since, err := parseSince(c.Since, time.Now())
	if err != nil {
		return err
	}
	return withStore(ctx, c.Config, func(s store.Store) error {
		if c.Refused {
			return listRefused(ctx, s, since, c.Limit)
		}
		return listCalls(ctx, s, since, c.Limit)
	})
}

// parseSince reads a date, a time or a length before now; "" is the beginning.
func parseSince(s string, now time.Time) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{"2006-01-02", "2006-01-02T15:04", "2006-01-02T15:04:05", time.RFC3339} {
		if t, err := time.ParseInLocation(layout, s, now.Location()); err == nil {
			return t, nil
		}
	}
	length := s
	if days, ok := strings.CutSuffix(s, "d"); ok {
		var n int
		if _, err := fmt.Sscanf(days, "%d", &n); err == nil {
			length = fmt.Sprintf("%dh", n*24)
		}
	}
	if d, err := time.ParseDuration(length); err == nil && d >= 0 {
		return now.Add(-d), nil
	}
	return time.Time{}, fmt.Errorf("--since %q: write a date (2026-01-31), a time (2026-01-31T15:04) or a length (24h, 7d)", s)
}

func listCalls(ctx context.Context, s store.Store, since time.Time, limit int) error {
	w := table("TIME", "CALL", "TYPE", "PHONE", "FINDME", "RESULT", "AGENT", "TALK", "WHY")
	n := 0
	err := s.EachCall(ctx, store.Filter{From: since, Newest: true, Limit: limit}, func(r store.Record) error {
		c := r.Call
		talk := ""
		if t, ok := c.TalkSeconds(); ok {
			talk = fmt.Sprintf("%.0fs", t)
		}
		n++
		row(w, stamp(c.CreatedAt), c.ID, int(c.Order), c.Phone,
			fmt.Sprintf("%d %s", c.FindMeID, c.FindMeName), showResult(r), c.Agent, talk, c.Cause)
		return nil
	})
	if err != nil {
		return err
	}
	return done(w, n, "no calls")
}

// showResult adds to a call in progress how far it has come.
func showResult(r store.Record) string {
	if !r.Call.InFlight() {
		return string(r.Call.Result)
	}
	return string(clickbridge.ResultInProgress) + " (" + progress(r) + ")"
}

// progress words the state of a call in flight. The row is written only where
// a fact must survive; between those the attempts tell more.
func progress(r store.Record) string {
	if s := r.Call.State; s != clickbridge.CallQueued && s != clickbridge.CallHunting {
		return string(s)
	}
	if len(r.Attempts) == 0 {
		return string(clickbridge.CallQueued)
	}
	last := r.Attempts[len(r.Attempts)-1]
	switch {
	case last.Party == clickbridge.PartyPhone && last.AnsweredAt.IsZero():
		return string(clickbridge.CallReaching)
	case last.Party == clickbridge.PartyTransfer:
		return string(clickbridge.CallTransferring)
	case last.Party == clickbridge.PartyFindMe && !last.AnsweredAt.IsZero() && last.Result == clickbridge.AttemptDialing:
		return string(clickbridge.CallScreening)
	}
	return string(clickbridge.CallHunting)
}

func listRefused(ctx context.Context, s store.Store, since time.Time, limit int) error {
	rs, err := s.Refusals(ctx, since, limit)
	if err != nil {
		return err
	}
	w := table("TIME", "FROM", "KEY", "FINDME", "PHONE", "CODE", "ANSWER")
	for _, r := range rs {
		row(w, stamp(r.At), r.RemoteAddr, r.Key, r.FindMe, r.Phone, r.Code, r.Reason)
	}
	return done(w, len(rs), "no refused clicks")
}

type callsShowCmd struct {
	configFlag
	ID  string  `arg:"" help:"The call's id, or its beginning."`
	SIP sipView `name:"sip" help:"Also its signalling: every SIP message of its legs; --sip=full for whole messages."`
}

// Run prints one call.
func (c callsShowCmd) Run(ctx context.Context) error {
	cfg, err := config.Load(c.Config, os.Environ())
	if err != nil {
		return err
	}
	return openStore(ctx, cfg, func(s store.Store) error {
		r, err := s.Call(ctx, clickbridge.CallID(c.ID))
		if errors.Is(err, store.ErrNotFound) {
			r, err = callByPrefix(ctx, s, c.ID)
		}
		if err != nil {
			return err
		}
		showCall(os.Stdout, r)
		if c.SIP == "" {
			return nil
		}
		return showSIP(ctx, os.Stdout, cfg, r, c.SIP)
	})
}

// errEnough ends a walk over calls.
var errEnough = errors.New("enough")

func callByPrefix(ctx context.Context, s store.Store, prefix string) (store.Record, error) {
	var found []store.Record
	err := s.EachCall(ctx, store.Filter{Newest: true, Limit: 100_000}, func(r store.Record) error {
		if strings.HasPrefix(string(r.Call.ID), prefix) {
			found = append(found, r)
		}
		if len(found) > 1 {
			return errEnough
		}
		return nil
	})
	switch {
	case err != nil && !errors.Is(err, errEnough):
		return store.Record{}, err
	case len(found) == 0:
		return store.Record{}, fmt.Errorf("call %s does not exist; `clickbridge calls list` shows the ids", prefix)
	case len(found) > 1:
		return store.Record{}, fmt.Errorf("more than one call begins with %s; write more of the id", prefix)
	}
	return found[0], nil
}

func showCall(out io.Writer, r store.Record) {
	c := r.Call
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	field := func(name string, v any) {
		if s := fmt.Sprint(v); s != "" {
			fmt.Fprintf(w, "%s\t%s\n", name, s)
		}
	}
	field("call", c.ID)
	field("result", showResult(r))
	field("why", c.Cause)
	field("clicked", when(c.CreatedAt))
	field("type", fmt.Sprintf("%d (%s)", c.Order, map[clickbridge.Order]string{1: "phone_to_call first", 2: "the FindMe first"}[c.Order]))
	field("phone_to_call", c.Phone)
	field("FindMe", fmt.Sprintf("%d %s", c.FindMeID, c.FindMeName))
	field("caller ids", fmt.Sprintf("%s on the first leg, %s on the second", c.FirstCallerID, c.SecondCallerID))
	field("page", c.Page)
	field("ref", c.Ref)
	field("key", c.KeyName)
	field("agent", strings.TrimSpace(string(c.Agent)+" "+c.AgentName))
	field("accepted", when(c.AcceptedAt))
	field("hunt ended", when(c.HuntEnded))
	field("bridged", when(c.BridgedAt))
	field("ended", when(c.EndedAt))
	if t, ok := c.TalkSeconds(); ok {
		field("talk", fmt.Sprintf("%.1f s", t))
	}
	for _, n := range c.Notes {
		field("note", n)
	}
	_ = w.Flush()
	showAttempts(out, r.Attempts)
	showNotices(out, r.Notices)
}

func showAttempts(out io.Writer, as []clickbridge.Attempt) {
	if len(as) == 0 {
		return
	}
	fmt.Fprintln(out)
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	row(w, "#", "LEG", "NUMBER", "NAME", "TRUNK", "START", "RANG", "RESULT", "SIP", "WHY")
	for _, a := range as {
		result, sip, rang := string(a.Result), "", fmt.Sprintf("%.1fs", a.RingSeconds())
		if a.Result == clickbridge.AttemptDialing {
			result = "…"
			if a.AnsweredAt.IsZero() {
				rang = "…" // still ringing: not 0 s
			}
		}
		if a.SIPCode != 0 {
			sip = fmt.Sprint(a.SIPCode)
		}
		row(w, a.Seq, a.Party, a.Number, a.Name, a.Trunk, a.StartedAt.Local().Format("15:04:05.000"),
			rang, result, sip, a.Text)
	}
	_ = w.Flush()
}

// stamp is a time in a list, in the zone that --since is read in.
func stamp(t time.Time) string { return t.Local().Format(time.DateTime) }

func when(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Local().Format("2006-01-02 15:04:05.000 MST")
}

// table begins an aligned table on the terminal.
func table(head ...any) *tabwriter.Writer {
	w := tabwriter.NewWriter(os.Stdout, 0, 4, 2, ' ', 0)
	row(w, head...)
	return w
}

func row(w io.Writer, cells ...any) {
	for i, c := range cells {
		if i > 0 {
			fmt.Fprint(w, "\t")
		}
		fmt.Fprint(w, c)
	}
	fmt.Fprintln(w)
}

// done prints the table, or one phrase when it has no lines.
func done(w *tabwriter.Writer, lines int, none string) error {
	if lines == 0 {
		fmt.Println(none)
		return nil
	}
	return w.Flush()
}
