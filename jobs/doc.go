// Package jobs is the durable queue of owed notices: what is in it is tried
// until it has been delivered, was refused for good, or 24 hours have passed. It
// is River behind a small interface, and the only room that imports it.
//
// A [SQLite] or [Postgres] inserts jobs in the transaction that writes the
// notices; the store that is opened with it calls it, from a server and from the
// command line alike. A [Queue] works them in one process per node.
//
// # What is durable
//
// A job exists from the commit of its notice until a worker has said that it is
// done or given up, and survives kill -9 and power loss as the store's own rows
// do. Delivery is at least once: a process killed between a delivery and its
// record delivers again. A job that was running when its node died is put back
// when a queue of that node's name starts again, or a minute later by whichever
// node leads; what fell due while nobody ran is due at once. Both happen before
// Start returns, so owed notices leave within a second of a restart.
//
// # Repeats
//
// After a failed try the next comes in 2–4 s, 10–19 s, then about 1, 5, 15 and
// 30 minutes, 1 and 2 hours, then every 4 hours; the last one 24 hours after the
// first failed. The worker is told which one is the last ([Try.Last]). Each kind
// of notice has a queue of its own with 32 workers, so a channel whose targets
// hang delays no other.
package jobs
