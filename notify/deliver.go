package notify

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"clickbridge"
)

// sendTimeout bounds one try, redirects and all.
const sendTimeout = 20 * time.Second

// recordTimeout bounds the record of a try, which is made even when the server
// is stopping.
const recordTimeout = 5 * time.Second

// Notices is where notices are kept.
type Notices interface {
	// Notice returns a notice.
	Notice(ctx context.Context, id clickbridge.NoticeID) (clickbridge.Notice, error)
	// Tried records one try and the state it leaves the notice in.
	Tried(ctx context.Context, t clickbridge.NoticeTry, state clickbridge.NoticeState) error
}

// Receipt is what came of handing a notice over once.
type Receipt struct {
	OK        bool
	Permanent bool   // refused for good: the same again would be refused again
	Answer    string // what the far end or the attempt to reach it said; no secrets
}

// Sender hands notices of one kind over. It must return soon after ctx is done.
type Sender interface {
	Send(ctx context.Context, n clickbridge.Notice) Receipt
}

// Senders are the ways out. A nil one is not configured: its notices wait, and
// fail after the last try.
type Senders struct {
	Email Sender
	SMS   Sender
	URL   Sender
}

// Verdict is the outcome of one delivery.
type Verdict struct {
	State     clickbridge.NoticeState // what the notice is now; pending = try again
	Permanent bool                    // failed because the far end refused it for good
	Answer    string                  // as recorded, at most 512 bytes
	Err       error                   // the store failed: nothing is known to be recorded, try again
}

// Options configure a Deliverer. Logger is required.
type Options struct {
	Logger *slog.Logger
	Now    func() time.Time        // nil: time.Now
	Event  func(clickbridge.Event) // called after every try; may be nil
}

// Deliverer makes single tries at delivery. Its methods may be called from any
// goroutine.
type Deliverer struct {
	notices Notices
	senders atomic.Pointer[Senders]
	log     *slog.Logger
	now     func() time.Time
	event   func(clickbridge.Event)
}

// New returns a Deliverer.
func New(notices Notices, senders Senders, o Options) *Deliverer {
	d := &Deliverer{notices: notices, log: o.Logger, now: o.Now, event: o.Event}
	if d.now == nil {
		d.now = time.Now
	}
	d.Use(senders)
	return d
}

// Use replaces the ways out, for settings changed while the server runs.
func (d *Deliverer) Use(s Senders) { d.senders.Store(&s) }

// Deliver makes one try and records it with its time, duration and answer.
// last says that no other will follow: what is not sent then has failed. A
// notice that is sent or failed already is left alone.
func (d *Deliverer) Deliver(ctx context.Context, id clickbridge.NoticeID, last bool) Verdict {
	n, err := d.notices.Notice(ctx, id)
	if err != nil {
		return Verdict{State: clickbridge.NoticePending, Err: fmt.Errorf("load notice %s: %w", id, err)}
	}
	if n.State != clickbridge.NoticePending {
		return Verdict{State: n.State, Permanent: n.State == clickbridge.NoticeFailed, Answer: "done already"}
	}
	try := clickbridge.NoticeTry{NoticeID: id, At: d.now()}
	r := d.send(ctx, n)
	try.Duration = max(0, d.now().Sub(try.At))
	try.OK, try.Answer = r.OK, answer(r.Answer)
	v := Verdict{State: stateAfter(r, last && ctx.Err() == nil), Permanent: r.Permanent, Answer: try.Answer}
	record, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordTimeout)
	defer cancel()
	if err := d.notices.Tried(record, try, v.State); err != nil {
		v.Err = fmt.Errorf("record try of notice %s: %w", id, err)
	}
	d.tell(ctx, n, try, v)
	return v
}

func (d *Deliverer) send(ctx context.Context, n clickbridge.Notice) Receipt {
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	s := d.senders.Load()
	switch n.Kind {
	case clickbridge.NoticeEmail:
		return sendBy(ctx, s.Email, n, "no mail server is configured (mail.smtp)")
	case clickbridge.NoticeSMS:
		if n.From == "" {
			return Receipt{Permanent: true, Answer: "the account has no SMS-enabled number any more"}
		}
		return sendBy(ctx, s.SMS, n, "no SMS provider is configured (sms.provider)")
	case clickbridge.NoticeURL:
		return sendBy(ctx, s.URL, n, "URL notices are not configured")
	}
	return Receipt{Permanent: true, Answer: fmt.Sprintf("unknown kind of notice %q", n.Kind)}
}

func sendBy(ctx context.Context, s Sender, n clickbridge.Notice, missing string) Receipt {
	if s == nil {
		return Receipt{Answer: missing}
	}
	return s.Send(ctx, n)
}

func stateAfter(r Receipt, last bool) clickbridge.NoticeState {
	switch {
	case r.OK:
		return clickbridge.NoticeSent
	case r.Permanent || last:
		return clickbridge.NoticeFailed
	}
	return clickbridge.NoticePending
}

// tell logs the try and passes it on. The notice's address is left out of the
// log: a URL may hold a token.
func (d *Deliverer) tell(ctx context.Context, n clickbridge.Notice, try clickbridge.NoticeTry, v Verdict) {
	level := slog.LevelInfo
	if !try.OK {
		level = slog.LevelWarn
	}
	attrs := []slog.Attr{
		slog.String("call_id", string(n.CallID)), slog.String("notice_id", string(n.ID)),
		slog.String("kind", string(n.Kind)), slog.String("state", string(v.State)),
		slog.Duration("took", try.Duration), slog.String("answer", try.Answer),
	}
	if v.Err != nil {
		attrs = append(attrs, slog.String("error", v.Err.Error()))
	}
	d.log.LogAttrs(ctx, level, "notice tried", attrs...)
	if d.event != nil {
		d.event(clickbridge.Event{
			At: try.At.Add(try.Duration), Kind: clickbridge.EventNotice, CallID: n.CallID,
			Text: fmt.Sprintf("%s %s: %s", n.Kind, v.State, try.Answer),
		})
	}
}
