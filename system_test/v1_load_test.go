package system_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"clickbridge/simulator"
)

// Two hundred who follow, and a hundred clicks a second: nobody misses anything.
func TestV1EventsUnderLoad(t *testing.T) {
	if testing.Short() {
		t.Skip("takes 10 s")
	}
	const followers, rate, length = 200, 100, 3
	w := newWorld(t, setup{
		sim: simulator.Config{Script: script(map[string]simulator.Scene{"3125550120": noNumber})}, accounts: twoAccounts,
	})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var ready, ended, started, legs, cut atomic.Int64
	var all sync.WaitGroup
	for range followers {
		all.Go(func() {
			w.follow(ctx, "", func(_, kind, _ string) {
				switch kind {
				case "ready":
					ready.Add(1)
				case "leg.started":
					started.Add(1)
				case "leg.ended":
					legs.Add(1)
				case "call.ended":
					ended.Add(1)
				case "cut", "reset":
					cut.Add(1)
				}
			})
		})
	}
	eventually(t, 20*seconds, "all follow", func() bool { return ready.Load() == followers })
	var calls sync.WaitGroup
	tick := time.NewTicker(time.Second / rate)
	defer tick.Stop()
	for i := range rate * length {
		<-tick.C
		calls.Go(func() {
			status, _ := w.v1("POST", "/v1/calls", fmt.Sprintf(`{"findme_id":1,"phone":"20255501%02d","ref":"%d","order":"findme_first"}`, i%100, i), nil)
			if status != 202 {
				t.Errorf("click %d: %d", i, status)
			}
		})
	}
	calls.Wait()
	const want = followers * rate * length
	eventually(t, 60*seconds, "all is told", func() bool { return ended.Load() == want })
	if started.Load() != legs.Load() || started.Load() < want || cut.Load() > 0 {
		t.Errorf("%d legs started, %d ended, %d connections cut", started.Load(), legs.Load(), cut.Load())
	}
	cancel()
	all.Wait()
}
