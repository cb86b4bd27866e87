package media

import (
	"fmt"
	"sync"
	"testing"
	"time"
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
