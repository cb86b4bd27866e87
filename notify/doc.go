// Package notify writes and delivers notices: the email, text message and POST
// that are owed when nobody on a list accepted a call.
//
// [Render] is pure: callflow calls it when a hunt ends, so that a notice is
// stored as it will be sent and every repeat is the same to the byte. A
// [Deliverer] makes one try and records it; package jobs calls it, decides when
// the next try is due and when the last one was. The package keeps no queue,
// never retries by itself and places no calls.
package notify
