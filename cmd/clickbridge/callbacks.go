package main

import (
	"context"
	"errors"
	"fmt"

	"clickbridge"
	"clickbridge/store"
)

type callbacksCmd struct {
	List   callbacksListCmd   `cmd:"" help:"Calls that are owed later because nobody accepted, newest first."`
	Cancel callbacksCancelCmd `cmd:"" help:"Take one back; a call that goes on is not ended."`
}

type callbacksListCmd struct {
	configFlag
	State string `help:"Only waiting, calling, done, canceled or given up ones." enum:",waiting,calling,done,canceled,given up" default:""`
	Limit int    `help:"At most so many." default:"100"`
}

// Run prints callbacks.
func (c callbacksListCmd) Run(ctx context.Context) error {
	return withStore(ctx, c.Config, func(s store.Store) error {
		cs, err := s.ListCallbacks(ctx, clickbridge.CallbackState(c.State), c.Limit)
		if err != nil {
			return err
		}
		w := table("MADE", "CALLBACK", "PHONE", "FINDME", "STATE", "CALLS", "DUE", "LAST CALL", "WHY")
		for _, cb := range cs {
			due := ""
			if cb.State == clickbridge.CallbackWaiting {
				due = stamp(cb.DueAt)
			}
			row(w, stamp(cb.CreatedAt), cb.ID, cb.Phone, cb.FindMeID, cb.State, cb.Tries, due, cb.CallID, cb.Text)
		}
		return done(w, len(cs), "no callbacks")
	})
}

type callbacksCancelCmd struct {
	configFlag
	ID string `arg:"" help:"The callback's id."`
}

// Run cancels a callback.
func (c callbacksCancelCmd) Run(ctx context.Context) error {
	return withStore(ctx, c.Config, func(s store.Store) error {
		err := s.CancelCallback(ctx, clickbridge.CallbackID(c.ID), "canceled by the operator")
		switch {
		case errors.Is(err, store.ErrNotFound):
			return fmt.Errorf("callback %s does not exist; `clickbridge callbacks list` shows the ids", c.ID)
		case errors.Is(err, store.ErrConflict):
			return fmt.Errorf("callback %s is over already", c.ID)
		case err != nil:
			return err
		}
		fmt.Printf("callback %s is canceled\n", c.ID)
		return nil
	})
}
