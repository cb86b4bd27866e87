// Package storetest is what both stores must pass: every promise of package
// store, the races it speaks of, and the odd bytes clients send. The drivers'
// tests run it; it knows no engine.
package storetest
