package callflow

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"clickbridge"
	"clickbridge/leg"
	"clickbridge/prompt"
	"clickbridge/store"
)

// flow is one call's state. Its goroutine alone touches it.
type flow struct {
	*Config
	limits  *Limits
	ctx     context.Context // done when the call is cut
	uncut   context.Context // of what must be done even then
	call    clickbridge.Call
	account *clickbridge.Account
	findMe  *clickbridge.FindMe
	outs    *optOuts
	outcome chan clickbridge.Outcome
	logger  *slog.Logger // nil before the first use of log

	attempts []clickbridge.Attempt // all of them, with their verdicts
	unsaved  []clickbridge.Attempt // verdicts not committed yet
	seq      int
	owed     []clickbridge.Notice // not committed with the hunt's end: due with the record
	replied  bool
	lost     bool // the store would not take a fact we promised: end it

	voice   *prompt.Voice
	brings  brings
	greeted bool
	name    []*leg.Clip // what the caller said who they are; nil = nothing

	beside  sync.WaitGroup // goroutines that work for the call; the record need not wait for them
	remarks remarks
}

func (f *flow) run() {
	f.emit(clickbridge.Event{Kind: clickbridge.EventClick, Number: f.call.Phone, Name: f.call.FindMeName, Text: orderText(f.call.Order)})
	f.prepare()
	defer f.hush()
	var e end
	if f.call.Order == clickbridge.FindMeFirst {
		e = f.findMeFirst()
	} else {
		e = f.phoneFirst()
	}
	f.finish(e)
}

func orderText(o clickbridge.Order) string {
	if o == clickbridge.FindMeFirst {
		return "type 2, the FindMe first"
	}
	return "type 1, the phone first"
}

// end is how a call came out.
type end struct {
	result clickbridge.Result
	cause  *clickbridge.Cause
}

// finish writes the call's one result. Every leg has been hung up by now.
func (f *flow) finish(e end) {
	f.reply(clickbridge.Outcome{Kind: clickbridge.OutcomeFailed, Cause: e.cause})
	if f.call.Result == clickbridge.ResultInProgress {
		f.call.Result = e.result
	}
	if f.call.Cause == "" && e.cause != nil {
		f.call.Cause = e.cause.Error()
	}
	f.call.EndedAt = time.Now()
	f.call.State = clickbridge.CallEnded
	if err := f.save(saveForever, f.owed); err != nil {
		f.log().Error("the call's record was not written; the next start will close it", "err", err)
	}
	talk, _ := f.call.TalkSeconds()
	f.info("call ended", slog.String("result", string(f.call.Result)), slog.String("cause", f.call.Cause),
		slog.Int("type", int(f.call.Order)), slog.Int("attempts", len(f.attempts)),
		slog.String("agent", string(f.call.Agent)), slog.Float64("talk_seconds", talk))
	f.emit(clickbridge.Event{Kind: clickbridge.EventCallEnded, Text: string(f.call.Result)})
}

// reply answers the click; only the first outcome counts.
func (f *flow) reply(o clickbridge.Outcome) {
	if f.replied {
		return
	}
	f.replied = true
	f.outcome <- o
	text := string(o.Kind)
	if o.Cause != nil {
		text = o.Cause.Error()
	}
	f.emit(clickbridge.Event{Kind: clickbridge.EventReplied, Text: text})
}

// How long a fact may wait for a store that does not answer.
const (
	saveSoon    = 10 * time.Second // two people listen to hold audio meanwhile
	saveForever = 5 * time.Minute  // nobody waits
)

// save commits the call, the attempts not committed yet and the notices in one
// transaction, trying again while the store does not answer.
func (f *flow) save(limit time.Duration, notices []clickbridge.Notice) error {
	f.noteRemarks()
	ctx, cancel := context.WithTimeout(f.uncut, limit)
	defer cancel()
	pause := 50 * time.Millisecond
	for {
		err := f.Calls.Save(ctx, f.call, f.unsaved, notices)
		if err == nil {
			f.unsaved = f.unsaved[:0]
			return nil
		}
		if errors.Is(err, store.ErrNotOwner) || ctx.Err() != nil {
			return err
		}
		f.log().Warn("store did not take the call; trying again", "err", err)
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return err
		}
		pause = min(2*pause, 5*time.Second)
	}
}

// commit saves a fact that the call must not go on without; false means the
// call is to be given up, with lost as its reason.
func (f *flow) commit(notices []clickbridge.Notice) bool {
	err := f.save(saveSoon, notices)
	if err != nil {
		f.lost = true
		f.log().Error("store refused a fact; ending the call", "err", err)
	}
	return err == nil
}

// unaccept takes back an accept that could not be committed. Nobody was told of
// it; the lead is owed its notices as if nobody had accepted.
func (f *flow) unaccept() {
	now := time.Now()
	f.call.AcceptedAt, f.call.Agent, f.call.AgentName = time.Time{}, "", ""
	for _, as := range [][]clickbridge.Attempt{f.attempts, f.unsaved} {
		for i := range as {
			if as[i].Result == clickbridge.AttemptAccepted {
				as[i].Result, as[i].Text = clickbridge.AttemptFailed, "accepted, but the store did not answer"
			}
		}
	}
	f.owed = f.Render(f.call, f.attempts, f.account, now)
}

// saveMeanwhile commits a copy of the call as it is now while the flow goes on;
// two people talk before the disk has answered.
func (f *flow) saveMeanwhile() <-chan error {
	done := make(chan error, 1)
	call, unsaved := f.call, append([]clickbridge.Attempt(nil), f.unsaved...)
	call.Notes = append([]string(nil), call.Notes...)
	ctx, cancel := context.WithTimeout(f.uncut, saveSoon)
	go func() {
		defer cancel()
		done <- f.Calls.Save(ctx, call, unsaved, nil)
	}()
	return done
}

func failedToCommit() end {
	return end{clickbridge.ResultFailed, &clickbridge.Cause{Class: clickbridge.CauseFailed, Text: "the store did not answer"}}
}

// settle keeps an attempt's verdict for the next commit.
func (f *flow) settle(a clickbridge.Attempt) {
	f.attempts = append(f.attempts, a)
	f.unsaved = append(f.unsaved, a)
	f.info("attempt ended", slog.String("party", string(a.Party)), slog.String("number", string(a.Number)),
		slog.String("result", string(a.Result)), slog.Int("sip_code", a.SIPCode), slog.String("trunk", a.Trunk),
		slog.Float64("ring_seconds", a.RingSeconds()), slog.String("why", a.Text))
}

// log returns the call's logger. It is made when there is something to say:
// giving a logger the call's id costs as much as a line.
func (f *flow) log() *slog.Logger {
	if f.logger == nil {
		f.logger = f.Logger.With("call_id", f.call.ID)
	}
	return f.logger
}

func (f *flow) info(msg string, attrs ...slog.Attr) {
	if f.Logger.Enabled(f.ctx, slog.LevelInfo) {
		f.log().LogAttrs(f.ctx, slog.LevelInfo, msg, attrs...)
	}
}

func (f *flow) emit(e clickbridge.Event) {
	e.AccountID, e.CallID = f.call.AccountID, f.call.ID
	e.At = time.Now()
	f.Observe(e)
}

func (f *flow) emitFor(a *clickbridge.Attempt, k clickbridge.EventKind, text string) {
	f.emit(clickbridge.Event{Kind: k, AttemptID: a.ID, Party: a.Party, Number: a.Number, Name: a.Name, Text: text})
}

// remarks are notes made beside the call's goroutine.
type remarks struct {
	mu    sync.Mutex
	texts []string
}

// remark notes something odd from whatever goroutine; it is on the call with
// the next Save.
func (f *flow) remark(text string) {
	f.remarks.mu.Lock()
	defer f.remarks.mu.Unlock()
	f.remarks.texts = append(f.remarks.texts, text)
}

func (f *flow) noteRemarks() {
	f.remarks.mu.Lock()
	defer f.remarks.mu.Unlock()
	for _, text := range f.remarks.texts {
		f.note(text)
	}
	f.remarks.texts = nil
}

// note keeps something odd on the call, once.
func (f *flow) note(text string) {
	for _, n := range f.call.Notes {
		if n == text {
			return
		}
	}
	f.call.Notes = append(f.call.Notes, text)
}

func released(text string) *clickbridge.Cause {
	return &clickbridge.Cause{Class: clickbridge.CauseReleased, Text: text}
}

func canceled(text string) *clickbridge.Cause {
	return &clickbridge.Cause{Class: clickbridge.CauseCanceled, Text: text}
}

// home is the country whose numbers are spoken and written without their
// calling code.
func (f *flow) home() string { return f.account.Country }

// alive reports whether a leg still is.
func alive(l leg.Leg) bool { return l.Context().Err() == nil }
