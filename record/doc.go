// Package record keeps what legs say as files of sound: both sides of a call,
// and messages left when nobody came. callflow says when; cmd starts and stops
// the box; notify attaches its files to mails.
//
// A recording never harms its call: what goes wrong is a note on the record.
// Its row is in the store before its first sample, and its file can be played at
// every moment of its life, so that a crash leaves what was said until then. The
// package decides nothing about consent; it keeps what it is told of it.
package record
