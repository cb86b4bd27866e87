package main

import (
	"context"
	"fmt"
	"time"

	"clickbridge"
	"clickbridge/store"
)

type optoutsCmd struct {
	List   optoutsListCmd   `cmd:"" help:"Numbers that asked not to be called, newest first."`
	Add    optoutsAddCmd    `cmd:"" help:"Never call a number for an account again."`
	Remove optoutsRemoveCmd `cmd:"" help:"Let a number be called again."`
}

type optoutsListCmd struct {
	configFlag
}

// Run prints the list of all accounts.
func (c optoutsListCmd) Run(ctx context.Context) error {
	return withStore(ctx, c.Config, func(s store.Store) error {
		os, err := s.OptOuts(ctx, 0)
		if err != nil {
			return err
		}
		dir, err := s.Directory(ctx)
		if err != nil {
			return err
		}
		names := map[int64]string{}
		for _, a := range dir.Accounts {
			names[a.ID] = a.Name
		}
		w := table("SINCE", "ACCOUNT", "NUMBER", "WHY")
		for _, o := range os {
			row(w, stamp(o.At), names[o.AccountID], o.Number, o.Why)
		}
		return done(w, len(os), "no number has opted out")
	})
}

// optout names a number of an account.
type optout struct {
	configFlag
	Account string `arg:"" help:"The account's name."`
	Number  string `arg:"" help:"The number, as people of the account's country write it, or with +."`
}

// with finds the account and reads the number.
func (o optout) with(ctx context.Context, act func(s store.Store, account int64, n clickbridge.Number) error) error {
	return withStore(ctx, o.Config, func(s store.Store) error {
		dir, err := s.Directory(ctx)
		if err != nil {
			return err
		}
		for _, a := range dir.Accounts {
			if a.Name != o.Account {
				continue
			}
			n, err := clickbridge.ParseNumber(o.Number, a.Country)
			if err != nil {
				return fmt.Errorf("number %q: %w", o.Number, err)
			}
			return act(s, a.ID, n)
		}
		return fmt.Errorf("account %q does not exist; `clickbridge apply` makes accounts", o.Account)
	})
}

type optoutsAddCmd struct {
	optout
	Why string `help:"Why, for the list." default:"by the operator"`
}

// Run puts a number on the list.
func (c optoutsAddCmd) Run(ctx context.Context) error {
	return c.with(ctx, func(s store.Store, account int64, n clickbridge.Number) error {
		err := s.OptOut(ctx, clickbridge.OptOut{AccountID: account, Number: n, At: time.Now(), Why: c.Why})
		if err == nil {
			fmt.Printf("%s will not be called for %s any more\n", n, c.Account)
		}
		return err
	})
}

type optoutsRemoveCmd struct {
	optout
}

// Run takes a number off the list.
func (c optoutsRemoveCmd) Run(ctx context.Context) error {
	return c.with(ctx, func(s store.Store, account int64, n clickbridge.Number) error {
		err := s.OptIn(ctx, account, n)
		if err == nil {
			fmt.Printf("%s may be called for %s\n", n, c.Account)
		}
		return err
	})
}
