// Package stack makes room on a fresh goroutine's stack for a deep call, in one
// step. A goroutine begins with a few kilobytes and doubles them when they are
// used up, each time walking and copying every frame on them; at the bottom of a
// call through store or signalling that is dozens of frames, three times over.
// Asked for at the top there is next to nothing to copy.
package stack

// room is what Grow makes sure of: enough for a dial from the call's flow down
// to the socket, and with what is there 16 KB, the largest the runtime hands out
// from a processor's own stock.
const room = 10 << 10

// Grow makes room for a deep call. Call it first in a goroutine that is known
// to make one.
func Grow() { use(0) }

//go:noinline
func use(i int) byte {
	var frame [room]byte
	return frame[i]
}
