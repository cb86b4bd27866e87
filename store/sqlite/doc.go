// Package sqlite keeps the store in one SQLite file, the default for a single
// server. It does not know what a job is: an [Enqueuer] inserts delivery jobs
// in the store's own transactions, and package store/driver joins the two.
//
// # What is durable
//
// The file is in WAL mode with synchronous=FULL: a method that returns nil has
// been written to the disk and survives power loss. Early, Gone and Refused
// return before they are written; a crash may lose those of the last 10
// milliseconds. Nothing is ever half written: each method is all or nothing.
//
// # One writer
//
// SQLite writes one transaction at a time, and a commit costs far more than the
// rows in it. So one goroutine writes: it takes all facts that are waiting,
// writes them in one transaction and tells each caller its own result. The
// first fact after a pause is written at once; under load a transaction begins
// some milliseconds after the end of the one before it ([pace]), so that facts
// gather while a caller waits at most those and the commits. A fact that fails
// is taken out and the others are written without it.
//
// The job queue writes through the same single connection ([Store.DB]), so
// within one process nobody ever waits for a lock. Other processes (the command
// line beside a running server) are waited for up to 30 seconds.
//
// # Calls in flight
//
// What happens to a call while it lives is not written into rows of its own,
// each in another page: the writer knows all calls in flight (ledger.go), and a
// commit's facts follow one another in the table facts (sections.go), in as many
// pages as they fill. Its slots are used again in turn (ring.go). Before a slot
// is written over, the calls that were last written whole there move to the
// table calls, many at once and about in the order of their keys, if they have
// ended, and are written whole again if not (flush.go).
//
// Readers, of this process or another, put both places together. A process
// that writes facts reads the table facts once, and again when another one has
// written there since; one that writes none never does. A file of the first
// version is taken over at its first open (adopt.go).
//
// Reading has four connections of its own; readers never wait for the writer,
// nor it for them.
package sqlite
