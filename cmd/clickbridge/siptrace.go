package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/alecthomas/kong"

	"clickbridge"
	"clickbridge/config"
	"clickbridge/store"
	"clickbridge/trace"
)

// sipView is how signalling is shown: not at all, --sip or --sip=full.
type sipView string

const (
	sipList sipView = "list"
	sipFull sipView = "full"
)

// Decode implements kong.MapperValue.
func (v *sipView) Decode(ctx *kong.DecodeContext) error {
	*v = sipList
	if t := ctx.Scan.Peek(); t.Type == kong.FlagValueToken {
		if *v = sipView(fmt.Sprint(ctx.Scan.Pop().Value)); *v != sipList && *v != sipFull {
			return errors.New("write --sip for a list or --sip=full for whole messages")
		}
	}
	return nil
}

// IsBool lets --sip stand alone.
func (*sipView) IsBool() bool { return true }

// showSIP prints the signalling of a call. It reads the files of this machine, which
// a server may be writing.
func showSIP(ctx context.Context, out io.Writer, cfg *config.Config, r store.Record, view sipView) error {
	now := time.Now()
	ended := r.Call.EndedAt
	if ended.IsZero() {
		ended = now
	}
	ms, err := trace.Reader{Folder: cfg.Trace.Folder}.Call(ctx, r.Call.ID, r.Call.CreatedAt, ended)
	if err != nil {
		return fmt.Errorf("trace: %w", err)
	}
	fmt.Fprintln(out)
	if len(ms) == 0 {
		fmt.Fprintln(out, noSignalling(cfg, &r.Call, now))
		return nil
	}
	newLadder(out, r, view == sipFull).show(ms)
	return nil
}

// noSignalling says why there may be none.
func noSignalling(cfg *config.Config, c *clickbridge.Call, now time.Time) string {
	t := cfg.Trace
	switch {
	case t.Keep == 0 || t.MaxSize == 0:
		return "no signalling: it is not kept (trace.keep, trace.max_size)"
	case now.Sub(c.CreatedAt) > time.Duration(t.Keep):
		return "no signalling: it was kept for " + t.Keep.String() + " (trace.keep)"
	case cfg.Store.Driver == config.Postgres:
		return "no signalling in " + t.Folder + ": ask on the machine of the node that made the call, " + cmp.Or(c.Node, "which ended it")
	}
	return "no signalling in " + t.Folder
}

type outsideCmd struct {
	configFlag
	Trunk string `arg:"" optional:"" help:"Only this trunk's; default: everybody's, strangers included."`
	Since string `help:"Since then: a date (2026-01-31), a time (2026-01-31T15:04) or a length (10m, 7d)." default:"10m" placeholder:"WHEN"`
	Full  bool   `help:"Whole messages."`
}

// Run prints what carriers were told outside calls.
func (c outsideCmd) Run(ctx context.Context) error {
	cfg, err := config.Load(c.Config, os.Environ())
	if err != nil {
		return err
	}
	now := time.Now()
	since, err := parseSince(c.Since, now)
	if err != nil {
		return err
	}
	ms, err := trace.Reader{Folder: cfg.Trace.Folder}.Outside(ctx, c.Trunk, since, now)
	switch {
	case err != nil:
		return fmt.Errorf("trace: %w", err)
	case len(ms) == 0:
		fmt.Println("no SIP messages outside calls")
		return nil
	}
	l := newLadder(os.Stdout, store.Record{Call: clickbridge.Call{CreatedAt: ms[0].At}}, c.Full)
	l.show(ms)
	return nil
}
