package callflow

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"clickbridge"
	"clickbridge/store"
)

// Releaser ends a leg that a carrier may still hold, knowing it only from its
// record. An error means that the carrier may hold it still.
type Releaser interface {
	Release(ctx context.Context, r clickbridge.LegRecord) error
}

// AccountByID finds an account; nil when it is gone.
type AccountByID func(int64) *clickbridge.Account

// releaseTogether bounds how many legs are released at once.
const releaseTogether = 256

// Recover closes what a dead node left in flight: its legs are ended, its calls
// get their result and the notices they owe, and nobody is rung again. It
// returns when the records are written; legs go on being released until ctx is
// done.
func (c *Conductor) Recover(ctx context.Context, orphans []store.Orphan, stray []clickbridge.LegRecord, accounts AccountByID, rel Releaser) error {
	legs := append([]clickbridge.LegRecord(nil), stray...)
	for _, o := range orphans {
		legs = append(legs, o.Legs...)
	}
	go c.release(ctx, legs, rel)
	var wg sync.WaitGroup
	errs := make([]error, len(orphans))
	limit := make(chan struct{}, releaseTogether)
	for i, o := range orphans {
		wg.Add(1)
		limit <- struct{}{}
		go func() {
			defer func() { <-limit; wg.Done() }()
			errs[i] = c.closeOrphan(ctx, o, accounts(o.Call.AccountID))
		}()
	}
	wg.Wait()
	return errors.Join(errs...)
}

// release ends legs, those of the newest calls included, as fast as the
// carrier answers.
func (c *Conductor) release(ctx context.Context, legs []clickbridge.LegRecord, rel Releaser) {
	limit := make(chan struct{}, releaseTogether)
	for _, l := range legs {
		select {
		case limit <- struct{}{}:
		case <-ctx.Done():
			return
		}
		go func() {
			defer func() { <-limit }()
			if c.releaseOne(ctx, l, rel) {
				c.cfg.Calls.Gone(l.ID)
			}
		}()
	}
}

// How often a carrier is asked to end a leg, each time as long as SIP allows
// (64*T1), and the pause between.
const (
	releaseTries = 2
	releaseAgain = 5 * time.Second
)

// releaseOne reports whether a leg's record has done its work: while there is
// one, nobody rings its agent. A carrier that does not answer at all holds
// nothing (RFC 3261 15.1.1), and one that is not configured any more is never
// reached; a server that stops leaves the leg to its next life.
func (c *Conductor) releaseOne(ctx context.Context, l clickbridge.LegRecord, rel Releaser) bool {
	log := c.cfg.Logger.With("call_id", l.CallID, "sip_call_id", l.SIPCallID)
	log.Info("releasing a leg of a former life", "state", l.State)
	for try := 1; ; try++ {
		err := rel.Release(ctx, l)
		if err == nil {
			return true
		}
		if ctx.Err() != nil {
			return false
		}
		log.Warn("leg not released", "try", try, "of", releaseTries, "err", err)
		if try == releaseTries {
			return true
		}
		if !passed(ctx, releaseAgain) {
			return false
		}
	}
}

// closeOrphan gives one call its result. A result that was already committed
// stands; a hunt that had found nobody owes its notices, unless its end was
// committed with them.
func (c *Conductor) closeOrphan(ctx context.Context, o store.Orphan, account *clickbridge.Account) error {
	now := time.Now()
	call := o.Call
	var cut []clickbridge.Attempt
	for i := range o.Attempts {
		if a := &o.Attempts[i]; a.Result == clickbridge.AttemptDialing {
			a.Result, a.EndedAt, a.Text = interrupted(a), now, "the server died"
			cut = append(cut, *a)
		}
	}
	var owed []clickbridge.Notice
	if account == nil {
		account = &clickbridge.Account{ID: call.AccountID, Country: "US"}
	}
	if hunting(&call, o.Attempts) {
		call.HuntEnded = now
		owed = c.cfg.Render(call, o.Attempts, account, now)
	}
	owed = append(owed, c.messageOf(ctx, o.Call, o.Attempts, account, now)...)
	if call.Result == clickbridge.ResultInProgress || call.Result == "" {
		call.Result, call.Cause = clickbridge.ResultInterrupted, "the server died"
	}
	call.State, call.EndedAt = clickbridge.CallEnded, now
	err := c.saveOrphan(ctx, call, cut, owed)
	if errors.Is(err, store.ErrNotOwner) {
		return nil // another node was faster
	}
	c.cfg.Logger.Warn("closed a call of a former life", "call_id", call.ID, "result", call.Result, "notices", len(owed), "err", err)
	if err == nil && c.cfg.Recovered != nil {
		c.cfg.Recovered(store.Record{Call: call, Attempts: o.Attempts})
	}
	return err
}

// hunting reports whether the server died before the end of a hunt that found
// nobody. With phone_to_call first there is none before that has answered.
func hunting(c *clickbridge.Call, as []clickbridge.Attempt) bool {
	if !c.AcceptedAt.IsZero() || !c.HuntEnded.IsZero() {
		return false
	}
	if c.Order == clickbridge.FindMeFirst {
		return true
	}
	return c.Result == clickbridge.ResultInProgress && slices.ContainsFunc(as, func(a clickbridge.Attempt) bool {
		return a.Party == clickbridge.PartyPhone && !a.AnsweredAt.IsZero()
	})
}

// messageOf makes the mails about a message that was being left when the server
// died. They are owed with the call's end, which was not committed: nobody has
// sent them yet.
func (c *Conductor) messageOf(ctx context.Context, call clickbridge.Call, as []clickbridge.Attempt, a *clickbridge.Account, now time.Time) []clickbridge.Notice {
	if call.HuntEnded.IsZero() || !call.AcceptedAt.IsZero() || c.cfg.Recordings == nil || c.cfg.FindMe == nil || c.cfg.Message == nil {
		return nil
	}
	list := c.cfg.FindMe(call.FindMeID)
	if list == nil || len(list.Settings.End.Emails) == 0 {
		return nil
	}
	rs, err := c.cfg.Recordings.ListRecordings(ctx, store.RecordingFilter{CallID: call.ID})
	if err != nil {
		c.cfg.Logger.Error("a message that was left may not be mailed", "call_id", call.ID, "err", err)
	}
	for _, r := range rs {
		kept := r.State == clickbridge.RecordingRunning || r.State == clickbridge.RecordingReady
		if r.Kind == clickbridge.RecordedVoicemail && kept {
			return c.cfg.Message(call, as, a, r.ID, list.Settings.End.Emails, now)
		}
	}
	return nil
}

// saveOrphan commits a claimed call's end, trying again for a while: the claim
// is on record, and only the next start would find the call again.
func (c *Conductor) saveOrphan(ctx context.Context, call clickbridge.Call, cut []clickbridge.Attempt, owed []clickbridge.Notice) error {
	ctx, cancel := context.WithTimeout(ctx, saveSoon)
	defer cancel()
	for {
		err := c.cfg.Calls.Save(ctx, call, cut, owed)
		if err == nil || errors.Is(err, store.ErrNotOwner) {
			return err
		}
		select {
		case <-time.After(saveAgain):
		case <-ctx.Done():
			return err
		}
	}
}

// saveAgain is the pause between two tries to save a claimed call.
const saveAgain = 500 * time.Millisecond

// interrupted is the verdict of an attempt the crash cut: a party who need not
// accept and had answered, answered.
func interrupted(a *clickbridge.Attempt) clickbridge.AttemptResult {
	if a.Party != clickbridge.PartyFindMe && !a.AnsweredAt.IsZero() {
		return clickbridge.AttemptAnswered
	}
	return clickbridge.AttemptInterrupted
}
