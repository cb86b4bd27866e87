package media

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"clickbridge/leg"
)

// Whoever is at the shard, every command runs once, in its giver's order and
// alone, up to the stop.
func TestCommandsFromEverywhere(t *testing.T) {
	t.Parallel()
	for _, portable := range []bool{false, true} {
		t.Run(fmt.Sprintf("portable=%t", portable), func(t *testing.T) {
			t.Parallel()
			const givers, each = 8, 2000
			sh := &shard{}
			if sh.loop = loop(newPortableLoop(sh, time.Now())); !portable {
				sh.loop.stop()
				var err error
				if sh.loop, err = newLoop(sh, time.Now()); err != nil {
					t.Fatal(err)
				}
			}
			var ran [givers]int // guarded by the shard
			var taken [givers]int
			var wg sync.WaitGroup
			for g := range givers {
				wg.Go(func() {
					for i := range each {
						if sh.loop.run(func() {
							if ran[g] != i {
								t.Errorf("command %d ran as number %d", i, ran[g])
							}
							ran[g]++
						}) {
							taken[g]++
						}
					}
				})
			}
			wg.Go(func() {
				done := make(chan struct{})
				sh.loop.run(func() { close(done) })
				<-done
				sh.loop.stop()
			})
			wg.Wait()
			sh.loop.stop()
			if ran != taken {
				t.Errorf("%v ran of %v that were taken", ran, taken)
			}
		})
	}
}

// However many commands cross the alarm, the wheel goes on turning.
func TestCommandsLeaveTheWheelTurning(t *testing.T) {
	t.Parallel()
	sh := &shard{}
	var err error
	if sh.loop, err = newLoop(sh, time.Now()); err != nil {
		t.Fatal(err)
	}
	defer sh.loop.stop()
	out := &sink{}
	s := newSession(sh, out)
	s.sends = true
	sh.loop.run(func() { s.play([]*leg.Clip{{ULaw: quiet[:], ALaw: quiet[:]}}, true, make(chan struct{})) })
	sent := func() int {
		n := make(chan int)
		sh.loop.run(func() { go func(v int) { n <- v }(out.sent) })
		return <-n
	}
	for range 10 {
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				other := newSession(sh, &sink{})
				for range 500 {
					sh.loop.run(func() { sh.wheel.add(other, sh.now) })
					sh.loop.run(func() { sh.wheel.remove(other) })
				}
			})
		}
		wg.Wait()
		before := sent()
		<-time.After(100 * time.Millisecond) // nobody gives a command meanwhile
		if n := sent() - before; n < 1 {
			t.Fatalf("%d frames in 100 ms", n)
		}
	}
}
