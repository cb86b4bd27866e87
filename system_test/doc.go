// Package system holds no code: its tests, package system_test, drive the real
// binary from outside: HTTP in, real SIP and RTP to a simulated carrier or real
// peers out, notices into real sinks. Nothing of the server runs in the test's
// process; bench_test.go of other rooms and unit tests look inside instead.
package system
