// Package trunk knows the operator's carrier accounts: it chooses the one an
// order goes to, writes numbers the way that carrier wants them, keeps within its
// limits, goes on to the next when one is at fault, and keeps an eye on them
// (OPTIONS) and registered with them (REGISTER).
//
// It implements leg.Dialer for the call engine. It speaks no SIP itself: a
// leg.Inviter does, and a Carrier for what is not a call. A fault never takes a
// trunk out of service; it is tried last for a while, and the only trunk is always
// tried.
package trunk
