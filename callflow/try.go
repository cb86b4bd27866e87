package callflow

import (
	"context"
	"slices"
	"time"

	"clickbridge"
	"clickbridge/hunt"
	"clickbridge/leg"
	"clickbridge/prompt"
	"clickbridge/screen"
)

// tried is one try's report.
type tried struct {
	index    int
	attempt  clickbridge.Attempt
	accepted bool
	leg      leg.Leg // who answered, where something is left to be done with it
	cause    *clickbridge.Cause
}

// try rings one number and asks whoever answers. It touches nothing of the
// flow's that changes.
func (f *flow) try(ctx context.Context, j *journal, act hunt.Action) tried {
	t := tried{index: act.Index}
	if !passed(ctx, act.Delay) {
		t.cause = clickbridge.CauseOf(context.Cause(ctx))
		t.attempt = verdict(j.close(), t.cause.AttemptResult(), t.cause)
		return t
	}
	a := j.begin()
	l, err := f.Dialer.Dial(ctx, f.order(&a, j, act))
	known := j.close()
	if err != nil {
		t.cause = clickbridge.CauseOf(err)
		t.attempt = verdict(known, t.cause.AttemptResult(), t.cause)
		return t
	}
	f.emitFor(&known, clickbridge.EventScreening, "")
	if t.cause = f.ask(ctx, l, act); t.cause == nil {
		t.attempt, t.leg, t.accepted = verdict(known, clickbridge.AttemptAccepted, nil), l, true
		return t
	}
	t.attempt = verdict(known, t.cause.AttemptResult(), t.cause)
	if f.lastWords(t.cause) == nil {
		l.Hangup(t.cause)
		return t
	}
	t.leg = l
	return t
}

// passed waits; false means that ctx was done first.
func passed(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	wait := time.NewTimer(d)
	defer wait.Stop()
	select {
	case <-wait.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func (f *flow) order(a *clickbridge.Attempt, j *journal, act hunt.Action) leg.Order {
	n := &f.findMe.Numbers[act.Index]
	note := f.Hunting != nil && f.findMe.Settings.Strategy == clickbridge.LeastRecent
	return leg.Order{
		CallID: f.call.ID, AttemptID: a.ID, To: a.Number, CallerID: f.call.HuntCallerID(),
		Country: f.home(), RingTime: act.Ring, Journal: j,
		Agent: true, Exclusive: !f.findMe.Settings.AllowBusy,
		Progress: func(p leg.Progress) {
			f.progress(a, p)
			if note {
				note = false // an INVITE was sent
				f.Hunting.Rung(f.call.AccountID, n.Number, time.Now())
			}
		},
	}
}

// ask finds out whether who answered takes the call; nil = they do.
func (f *flow) ask(ctx context.Context, l leg.Leg, act hunt.Action) *clickbridge.Cause {
	n := &f.findMe.Numbers[act.Index]
	if n.Extension != "" {
		if cause := screen.Extension(ctx, l, n.Extension, n.ExtensionWait); cause != nil {
			return cause
		}
	}
	var machine <-chan bool
	if f.findMe.Settings.DetectMachine && n.Extension == "" { // behind a menu there is always one
		listening, done := context.WithCancelCause(ctx)
		defer done(nil)
		machine = f.detect(listening, l)
	}
	if act.Accept == hunt.Take && machine == nil {
		return nil
	}
	if act.Accept != hunt.Take {
		f.meanwhile(l.Media(), f.brings.whisper)
	}
	q := f.question(ctx, n, act)
	q.Machine = machine
	return screen.Ask(ctx, l, q)
}

// detect has somebody listen for a machine until ctx is done; nil = nobody can.
func (f *flow) detect(ctx context.Context, l leg.Leg) <-chan bool {
	if f.Machines == nil {
		f.remark("machines are not told from people here")
		return nil
	}
	told := make(chan bool, 1)
	tap := l.Media().Listen()
	f.beside.Go(func() {
		defer tap.Close()
		told <- f.Machines.Listen(ctx, tap)
	})
	return told
}

// question is what an agent is asked.
func (f *flow) question(ctx context.Context, n *clickbridge.FindMeNumber, act hunt.Action) screen.Question {
	s := &f.findMe.Settings.Screen
	q := screen.Question{
		Keys: screen.Keys{
			Accept: leg.Key(s.AcceptKey), Decline: leg.Key(s.DeclineKey), Pass: leg.Key(s.PassKey), OptOut: leg.Key(s.OptOutKey),
		},
		Take: act.Accept != hunt.Ask,
	}
	if act.Accept == hunt.Take {
		return q
	}
	k := q.Keys.WithDefaults()
	keys := prompt.Keys{Accept: rune(k.Accept), Decline: rune(k.Decline), Pass: s.PassKey, OptOut: s.OptOutKey}
	q.First = f.introduction(ctx, keys)
	q.Again = f.voice.ScreenAgain(keys)
	q.Tries, q.TryTime, q.Time = s.Tries, s.TryTime, f.limits.AcceptTime
	if s.TryTime != 0 && s.Tries == 0 {
		q.Tries = clickbridge.DefaultScreenTries
	}
	if q.Time == 0 {
		q.Time = screen.DefaultAcceptTime
	}
	if *s != (clickbridge.Screening{}) { // what the FindMe says may be long
		q.Time = max(q.Time, lasting(q.First)+screen.DefaultTryTime)
	}
	if n.Extension != "" {
		// The menu's phone begins to ring now: whoever picks up hears all of it.
		q.Time, q.Again, q.Tries = q.Time+act.Ring, q.First, 0
	}
	return q
}

// lasting is how long clips play.
func lasting(clips []*leg.Clip) (d time.Duration) {
	for _, c := range clips {
		d += c.Duration()
	}
	return d
}

// introduction says who is calling, in the way the FindMe wants, and which keys
// there are. A way that cannot be gone falls back to the number.
func (f *flow) introduction(ctx context.Context, keys prompt.Keys) []*leg.Clip {
	s := &f.findMe.Settings
	number := func() []*leg.Clip { return f.voice.Screen(f.call.Phone, f.home(), keys, s.Group) }
	switch s.Screen.Method {
	case clickbridge.ScreenNone:
		return f.voice.Press(keys)
	case clickbridge.ScreenText, clickbridge.ScreenAudio:
		if clips := f.heard(ctx, f.brings.whisper, silence); clips != nil {
			return slices.Concat(clips, f.voice.Press(keys))
		}
	case clickbridge.ScreenName:
		if f.name != nil {
			return slices.Concat(f.voice.CallFrom(s.Group), f.name, f.voice.Press(keys))
		}
	}
	return number()
}

// part does what is left to be done with a leg whose try was reported: it waits
// until the call is theirs, or lets them go.
func (f *flow) part(ctx context.Context, t tried) {
	if t.leg == nil {
		return
	}
	cause := t.cause
	if t.accepted {
		<-ctx.Done()
		if cause = clickbridge.CauseOf(context.Cause(ctx)); cause == errWon {
			return
		}
	}
	if cause.Class == clickbridge.CauseOptedOut && !f.optOut(t.attempt.Number, cause.Text) {
		t.leg.Hangup(cause)
		return
	}
	most := farewellTime
	if cause == errTaken {
		most = takenTime
	}
	if words := f.lastWords(cause); words != nil {
		f.sayFor(t.leg, words, most)
	}
	t.leg.Hangup(cause)
}

// lastWords is what someone who did not get the call is told; nil = nothing.
func (f *flow) lastWords(why *clickbridge.Cause) []*leg.Clip {
	switch {
	case why == errTaken:
		return f.voice.Taken()
	case why == errHuntOver:
		return f.voice.Goodbye()
	case why.Class == clickbridge.CauseOptedOut:
		return f.voice.OptedOut()
	}
	return nil
}

// The longest last words. Who was too late is let go within 2 s.
const (
	takenTime    = 1900 * time.Millisecond
	farewellTime = 5 * time.Second
)
