// Package intake accepts a click: it authorises it, checks every parameter,
// commits the call and hands it to the conductor, and tells the first leg's
// outcome to whoever waits, a client's repeats included.
//
// It knows no wire: the faces hand it a [Click] and write what it answers. It
// dials nothing, and it reads no database on the way: accounts, keys and
// FindMes come from a [Directory] in memory.
package intake
