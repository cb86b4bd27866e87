package screen

import (
	"context"
	"time"

	"clickbridge"
	"clickbridge/leg"
)

// Extension keys the digits behind which an agent sits, wait after the line was
// answered, and returns when they have been sent. The cause says why they were
// not: the leg ended, or ctx.
func Extension(ctx context.Context, l leg.Leg, keys string, wait time.Duration) *clickbridge.Cause {
	before := time.NewTimer(wait)
	defer before.Stop()
	sent := (<-chan struct{})(nil)
	for {
		select {
		case <-before.C:
			sent = l.Media().Press(keys)
		case <-sent:
			if l.Context().Err() != nil {
				return gone(ctx, l)
			}
			return nil
		case <-l.Context().Done():
			return gone(ctx, l)
		case <-ctx.Done():
			return clickbridge.CauseOf(context.Cause(ctx))
		}
	}
}
