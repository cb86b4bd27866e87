package admin

import (
	"context"

	"clickbridge"
)

type actorKey struct{}

// By says who makes the changes that are asked for with the context, for the
// audit log.
func By(ctx context.Context, a clickbridge.Actor) context.Context {
	return context.WithValue(ctx, actorKey{}, a)
}

// actor is who By named; a key nobody named where none was.
func actor(ctx context.Context) clickbridge.Actor {
	a, ok := ctx.Value(actorKey{}).(clickbridge.Actor)
	if !ok {
		return clickbridge.Actor{Kind: clickbridge.ActorKey}
	}
	return a
}
