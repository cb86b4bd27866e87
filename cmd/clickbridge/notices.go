package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"

	"clickbridge"
	"clickbridge/store"
)

type noticesCmd struct {
	List  noticesListCmd  `cmd:"" help:"What is owed, sent and failed, with each try."`
	Retry noticesRetryCmd `cmd:"" help:"Send a notice again; nobody is called."`
}

type noticesListCmd struct {
	configFlag
	State string `help:"Only pending, sent or failed ones." enum:",pending,sent,failed" default:""`
	Limit int    `help:"At most so many." default:"100"`
}

// Run prints notices with their tries.
func (c noticesListCmd) Run(ctx context.Context) error {
	return withStore(ctx, c.Config, func(s store.Store) error {
		ns, err := s.ListNotices(ctx, clickbridge.NoticeState(c.State), c.Limit)
		if err != nil {
			return err
		}
		w := table("TIME", "NOTICE", "CALL", "KIND", "TO", "STATE", "TRIES", "LAST ANSWER")
		for _, n := range ns {
			noticeRow(w, n, string(n.CallID))
			for i, t := range n.Tries {
				row(w, "", fmt.Sprintf("  try %d", i+1), t.At.Local().Format("15:04:05"), t.Duration.Round(1e6), "", okWord(t.OK), "", t.Answer)
			}
		}
		return done(w, len(ns), "no notices")
	})
}

func noticeRow(w io.Writer, n clickbridge.Notice, call string) {
	last := ""
	if len(n.Tries) > 0 {
		last = n.Tries[len(n.Tries)-1].Answer
	}
	row(w, stamp(n.CreatedAt), n.ID, call, n.Kind, n.To, n.State, len(n.Tries), last)
}

func okWord(ok bool) string {
	if ok {
		return "ok"
	}
	return "failed"
}

func showNotices(out io.Writer, ns []clickbridge.Notice) {
	if len(ns) == 0 {
		return
	}
	fmt.Fprintln(out)
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	row(w, "OWED", "NOTICE", "", "KIND", "TO", "STATE", "TRIES", "LAST ANSWER")
	for _, n := range ns {
		noticeRow(w, n, "")
	}
	_ = w.Flush()
}

type noticesRetryCmd struct {
	configFlag
	ID string `arg:"" help:"The notice's id."`
}

// Run sets a notice to pending and queues it; a running server sends it.
func (c noticesRetryCmd) Run(ctx context.Context) error {
	return withStore(ctx, c.Config, func(s store.Store) error {
		err := s.Resend(ctx, clickbridge.NoticeID(c.ID))
		if errors.Is(err, store.ErrNotFound) {
			return fmt.Errorf("notice %s does not exist; `clickbridge notices list` shows the ids", c.ID)
		}
		if err != nil {
			return err
		}
		fmt.Printf("notice %s will be sent again by the running server\n", c.ID)
		return nil
	})
}
