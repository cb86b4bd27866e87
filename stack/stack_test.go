package stack_test

import (
	"testing"

	"clickbridge/stack"
)

// deep uses 8 KB in frames of a hundred bytes.
//
//go:noinline
func deep(n int) int {
	var frame [96]byte
	frame[n%96] = byte(n)
	if n == 0 {
		return int(frame[0])
	}
	return deep(n-1) + int(frame[n%96])
}

// BenchmarkGrow is a goroutine that goes deep, with and without Grow.
func BenchmarkGrow(b *testing.B) {
	for name, first := range map[string]func(){"plain": func() {}, "grown": stack.Grow} {
		b.Run(name, func(b *testing.B) {
			done := make(chan int)
			for b.Loop() {
				go func() {
					first()
					done <- deep(60)
				}()
				<-done
			}
		})
	}
}
