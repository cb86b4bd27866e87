// Package dialog speaks SIP to carriers: it places INVITEs, cancels them, acknowledges
// and ends what was answered, and answers what a carrier asks inside a dialog.
//
// It stands on the parser, the transports and the transaction machines of the
// SIP library; dialogs (RFC 3261 12 to 15) are its own, because the library's do
// not end a 200 that crosses a CANCEL, mix up forked answers and lose retransmitted
// ones. It takes no calls: a carrier's INVITE is refused.
//
// It knows nothing of trunks, numbers or audio: trunk says where to and as whom, a
// leg.Negotiator makes and takes SDP, a leg.Journal keeps what must survive a crash.
// Only trunk and the program's wiring call it.
package dialog
