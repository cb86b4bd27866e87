// Package events is the stream of what happens in calls, for people and programs
// that watch: it gives the conductor's facts the words of the API, sees to it
// that every leg that was started ends exactly once, keeps the newest in memory
// or, for accounts that have a webhook or where the configuration wants it, in
// the store, and hands them to whoever follows: connections (ServeSSE) and
// webhooks.
//
// It does not know who may see what: the face (v1) has checked that. cmd feeds it
// and starts it. Nothing here holds a call up: Observe only appends to a list,
// which is handed on every 50 ms.
//
// # Two ways to keep
//
// In memory an event has a place that only this process knows; after a restart,
// or when it was too long ago, who comes back is told so (reset) and reads the
// calls instead. In the store it has a number of its account's, without gaps and
// over all nodes; who comes back misses nothing, whatever node they come to and
// whatever died meanwhile, for as long as events are kept. What is kept is
// committed before anybody is told of it.
package events
