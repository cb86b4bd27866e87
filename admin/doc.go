// Package admin is the one place that changes the directory while the server
// runs: FindMes, an account's numbers; and where an account's recordings and
// text messages are asked for. The faces (the old API, JSON) come here once they
// know which account they speak for; it trusts them with that and with nothing
// else.
//
// A change is made to the directory as it is in the store (ApplyAudited), so that two
// nodes do not undo each other, and this node acts on it before the answer. What
// is allowed is the domain's (Account.CheckFindMe). The accounts files have a
// way of their own, through cmd. Who changed what is in the audit log (By).
package admin
