// Package client is ClickBridge's JSON API for Go programs: calls, and what
// happens in them. It uses the standard library alone and may be copied. What is
// not here is one Do away.
package client
