// Package wire is the SIP text of the simulated carrier: it reads messages,
// composes answers and requests, checks digests and owns the sockets. It keeps
// no call state and knows no scene; only package simulator calls it.
//
// It deliberately shares no code with the server's SIP side. A far end that
// used the same parser would agree with the server about a message both
// misread, and reading a message here costs about a fifth of a full parse,
// which matters when a benchmark's far end shares the server's two cores.
package wire
