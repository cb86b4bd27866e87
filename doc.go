// Package clickbridge is the domain: the nouns of a click-to-call server and
// the rules that hold for them, whoever asks.
//
// A click (one HTTP request) becomes a [Call]; a call reaches people by
// attempts ([Attempt], one dial of one number); every leg and every call ends
// with exactly one [Cause]. A saved hunt list is a [FindMe]. What nobody
// accepted is told by notices ([Notice]).
//
// The package does no I/O, starts no goroutine and imports nothing of ours;
// every other room imports it.
package clickbridge
