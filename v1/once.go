package v1

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"time"

	"clickbridge"
	"clickbridge/store"
)

// How long a key stands for its call, and how long who repeats a request waits
// for the first to be settled.
const (
	keepKeys = 24 * time.Hour
	settleIn = 15 * time.Second
	lookEach = 20 * time.Millisecond
)

// once makes the call of a key, or returns the one that was made for it. What
// was refused takes its key back: nothing was made, and the request may come
// again. From the commit on the key is the call's, whatever becomes of that.
func (s *service) once(ctx context.Context, who *Identity, in *newCallInput) (*newCallOutput, error) {
	now := time.Now()
	mine := store.Promise{AccountID: who.Account.ID, Key: promiseKey(who, in.Key), Hash: hashOf(&in.Body), CallID: clickbridge.NewCallID(), At: now}
	for {
		kept, err := s.cfg.Store.Promise(ctx, mine, now.Add(-keepKeys))
		if err != nil {
			return nil, err
		}
		switch {
		case kept.CallID == mine.CallID:
			return s.keepPromise(ctx, who, in, mine)
		case kept.Hash != mine.Hash:
			return nil, conflicts(conflict, "The Idempotency-Key was used with another body")
		}
		r, cb, err := s.find(ctx, who.Account.ID, kept.CallID)
		if err == nil {
			return replayed(r, cb), nil
		}
		if clickbridge.ErrorCode(err) != clickbridge.ENOTFOUND {
			return nil, err
		}
		if time.Since(kept.At) > settleIn { // who promised it died
			out, err := s.keepPromise(ctx, who, in, kept)
			if err != nil && s.isMade(ctx, who, kept.CallID) { // by another repeat
				continue
			}
			return out, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(lookEach):
		}
	}
}

func (s *service) isMade(ctx context.Context, who *Identity, id clickbridge.CallID) bool {
	_, _, err := s.find(ctx, who.Account.ID, id)
	return err == nil
}

// keepPromise makes the call that was promised. It does not stop half way
// because the client left.
func (s *service) keepPromise(ctx context.Context, who *Identity, in *newCallInput, p store.Promise) (*newCallOutput, error) {
	ctx = context.WithoutCancel(ctx)
	out, err := s.makeCall(ctx, who, &in.Body, p.CallID)
	if err != nil {
		// Where the commit's fate is not known the key stays: the next repeat finds
		// the call, or makes it.
		var e *clickbridge.Error
		if !errors.As(err, &e) || e.Code != clickbridge.EUNAVAILABLE || e.Err == nil {
			if gone := s.cfg.Store.Unpromise(ctx, p); gone != nil {
				s.cfg.Log.Warn("an idempotency key was not taken back", "err", gone)
			}
		}
	}
	return out, err
}

func replayed(r *store.Record, cb *clickbridge.Callback) *newCallOutput {
	var out *newCallOutput
	if r != nil {
		out = made(callOf(r))
	} else {
		out = made(scheduledCall(cb))
	}
	out.Replayed = "true"
	return out
}

// hashOf is of what the body means, not of how it was written.
func hashOf(n *NewCall) string {
	b, _ := json.Marshal(n) // it came as JSON
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
