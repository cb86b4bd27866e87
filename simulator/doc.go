// Package simulator is a carrier with its phones, made of real SIP and real
// RTP: the number called decides what the phone there does (see README.md). The
// demo, `clickbridge simulate`, unit tests, system tests and benchmarks call
// it.
//
// It is a far end of its own: of this repository it uses the tone and G.711
// arithmetic, never the server's dialog, media or trunk rooms, so that server
// and simulator cannot agree on the same mistake. It routes no calls, knows
// nothing of accounts and keeps nothing on disk.
package simulator
