// Package accounts reads accounts files and works out what they change: who
// may click, with which keys, showing which numbers, reaching which FindMes.
//
// [Parse] reads one file and reports every fault with its line and column.
// [ReadAudio] reads the sound files it names; how they are converted is the
// caller's business. [Plan] compares files with the directory in the store and
// returns the changes and the lines a person reads; it is pure, and a second
// Plan after its changes were made finds nothing to do. The package keeps
// nothing and hashes every credential before it leaves. cmd calls it for apply
// and demo.
//
// A setting of a FindMe may be written under any name the old API had for it,
// and with its old code. Ranges of one setting are checked here, with their
// place; whether settings go together is the domain's FindMe.Validate.
//
// # What is absent
//
// What a file leaves out is left alone: a setting keeps its value, a key, a
// number or a FindMe stays. With prune, absent settings return to their
// defaults and absent things are removed. Taken whole, where they are written,
// are lists (destinations, the no-answer targets, a FindMe's numbers, a key's
// origins and findmes), each entry of numbers, each key's credentials, and a
// FindMe's schedule and end. country is the exception
// that has a default always, US, because numbers are read with it.
//
// Defaults: time_zone UTC, destinations the home country alone, daily_calls 0
// (no limit), a FindMe's timeout 30 seconds and loop_count 1, the zero values of
// clickbridge.FindMeSettings.
package accounts
