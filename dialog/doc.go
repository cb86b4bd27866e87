// Package dialog speaks SIP to carriers: it places INVITEs, cancels them, acknowledges
// and ends what was answered, and answers what a carrier asks inside a dialog.
//
// Over UDP it reads, writes and repeats messages itself (RFC 3261 17 and 18): a
// message is looked at only as far as is needed to find whose it is, and written
// out once. Over TCP the SIP library finds the messages in the stream and keeps the
// connections. Dialogs (RFC 3261 12 to 15) are its own, because the library's do
// not end a 200 that crosses a CANCEL, mix up forked answers and lose retransmitted
// ones. It takes no calls: a carrier's INVITE is refused.
//
// Everything a message leads to happens in the goroutine that reads its socket, in
// the order of the wire; only a final answer to an INVITE goes to the goroutine that
// waits for it, because that has a store to wait for. So what is called from there,
// a Negotiator, Progress, a Journal's Early and Gone, must not block.
//
// It knows nothing of trunks, numbers or audio: trunk says where to and as whom, a
// leg.Negotiator makes and takes SDP, a leg.Journal keeps what must survive a crash.
// Only trunk and the program's wiring call it.
package dialog
