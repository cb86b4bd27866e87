package callflow

import (
	"context"
	"time"

	"clickbridge"
	"clickbridge/leg"
	"clickbridge/store"
)

// Calls is what the conductor commits; a store implements it.
type Calls interface {
	Dialing(ctx context.Context, a clickbridge.Attempt, l clickbridge.LegRecord) error
	Early(l clickbridge.LegRecord)
	Answered(ctx context.Context, a clickbridge.Attempt, l clickbridge.LegRecord) error
	Gone(legID string)
	Save(ctx context.Context, c clickbridge.Call, as []clickbridge.Attempt, ns []clickbridge.Notice) error
}

// Hunting is what hunts remember from one call to the next; a store implements
// it.
type Hunting interface {
	Turn(ctx context.Context, findMe int64) (int64, error)
	LastRung(ctx context.Context, account int64, ns []clickbridge.Number) (map[clickbridge.Number]time.Time, error)
	Rung(account int64, n clickbridge.Number, at time.Time)
	LastAgent(ctx context.Context, findMe int64, customer clickbridge.Number, since time.Time) (clickbridge.Number, error)
	Talked(findMe int64, customer, agent clickbridge.Number, at time.Time)
	OptedOut(ctx context.Context, account int64, n clickbridge.Number) (bool, error)
	OptOut(ctx context.Context, o clickbridge.OptOut) error
}

// Speech speaks a text.
type Speech interface {
	Speak(ctx context.Context, text, language string) (*leg.Clip, error)
}

// Clips are the uploaded clips.
type Clips interface {
	Clip(ctx context.Context, account int64, name string) (*leg.Clip, error)
}

// Recorder records. It never fails a call.
type Recorder interface {
	// Start records both sides of a bridge until stop is called, which returns
	// at once.
	Start(ctx context.Context, r clickbridge.Recording, customer, agent leg.Media) (stop func())
	// Message records what one leg says until it hangs up, presses #, is quiet
	// or has talked for max. The record is in the store before the first sample.
	Message(ctx context.Context, r clickbridge.Recording, from leg.Leg, max time.Duration) (clickbridge.Recording, error)
}

// Machines tells a machine that answered from a person. It decides within 3 s,
// or says false.
type Machines interface {
	Listen(ctx context.Context, t leg.Tap) (machine bool)
}

// Recordings finds what a call that died had recorded; a store implements it.
type Recordings interface {
	ListRecordings(ctx context.Context, f store.RecordingFilter) ([]clickbridge.Recording, error)
}

// Render makes the notices a call owes because nobody accepted.
type Render func(clickbridge.Call, []clickbridge.Attempt, *clickbridge.Account, time.Time) []clickbridge.Notice

// RenderMessage makes the mails about a message that was left.
type RenderMessage func(c clickbridge.Call, as []clickbridge.Attempt, a *clickbridge.Account, r clickbridge.RecordingID, emails []string, now time.Time) []clickbridge.Notice

// FindMeByID finds a FindMe; nil when it is gone.
type FindMeByID func(int64) *clickbridge.FindMe
