// Package trace keeps SIP messages on disk, so that a call's signalling can be read
// long after the call: every message of its legs with time and direction, and what
// is said to carriers outside calls. Secrets are taken out before a message is kept
// anywhere at all.
//
// dialog hands its messages to the Writer; commands read with a Reader, in another
// process too and while the server runs. A trace never harms a call: a message is
// copied into memory and that is all a call waits for. Where the disk cannot keep up
// messages are left out and counted.
//
// The package understands no more of SIP than where secrets stand in it.
//
// # Files
//
// A segment holds at most an hour, and is named for its beginning and its writer.
// It is a head of 8 bytes and blocks, each of what came within a tenth of a second:
//
//	magic "SIPB" | keys | bytes of records | CRC of records | CRC of all this (5 × 32 bit)
//	the calls the block has something of, as 64-bit hashes, sorted; 0 = no call
//	the records
//
// Numbers are little-endian. With its calls in front a block that is not asked for
// is not read, so a segment needs no index, and one that was cut short none to be
// mended. A record is its length (32 bit), the time in ns (64 bit), flags, then peer,
// call, attempt and trunk with a byte of length each, and the message.
package trace
