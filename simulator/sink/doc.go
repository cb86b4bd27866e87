// Package sink is where notices go in the demo and in tests: a mail server, a
// web address and an SMS provider that keep what they get and fail when told
// to. All of it lives in memory and on the address given (loopback by
// default). It sends nothing on. cmd and tests call it.
//
// # Scripted failures
//
// By call: Mail.Fail and Web.FailSMS make the next messages fail. By address,
// so that a server driven from outside can be tried without a handle on the
// sink: a mailbox whose local part is a code ("550@example.com",
// "451x2@example.com": twice, then accepted), and the web paths
//
//	/status/500        always answers 500
//	/status/500x2/any  answers 500 twice, then 200 (each path counts by itself)
//	/redirect/307/any  redirects to /any
//	/delay/300ms/any   answers 200 after 300 ms
//
// A query parameter retry_after=N adds Retry-After to a 4xx or 5xx.
package sink
