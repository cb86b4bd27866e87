// Package postgres keeps the store in a PostgreSQL database, for several
// servers at once. It does not know what a job is: an [Enqueuer] inserts
// delivery jobs in the store's own transactions, and package store/driver joins
// the two.
//
// # What is durable
//
// A method that returns nil has been committed, with whatever the server
// promises of a commit (synchronous_commit, its replicas). Early, Gone, Refused,
// Rung and Talked return before they are written; a crash loses those of the
// last few milliseconds, and of up to two seconds while the server cannot be
// reached.
// Nothing is ever half written: each method is one statement or one
// transaction.
//
// # Several servers
//
// All decisions are made by the database: the day's clicks are counted under a
// row lock, a call is saved only by the node it belongs to and ended only once,
// and a dead node's calls and the callbacks that are due are taken with SKIP
// LOCKED, so no two nodes get the same. Who dials an agent for one call alone
// holds a lock named by the agent's number until that is committed. An account whose clicks are counted waits for one commit per click: an
// account gets at most as many clicks a second as the server makes commits one
// after another.
package postgres
