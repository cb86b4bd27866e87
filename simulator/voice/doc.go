// Package voice is the audio side of the simulated phones: it answers SDP
// offers, speaks and presses keys over RTP, and tells what it hears. One Desk
// paces all its Lines with one goroutine. It knows nothing of SIP and of
// scenes; only package simulator calls it.
package voice
