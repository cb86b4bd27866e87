package throttle

import (
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestTake(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		th := New(Rate{3, time.Minute}, 100)
		for i := range 3 {
			if _, ok := th.Take("a"); !ok {
				t.Errorf("number %d was too many", i+1)
			}
		}
		wait, ok := th.Take("a")
		if ok || wait <= 19*time.Second || wait > 20*time.Second {
			t.Errorf("the fourth: %v, wait %v", ok, wait)
		}
		if _, ok := th.Take("b"); !ok {
			t.Error("another name pays for it")
		}
		<-time.After(wait)
		if _, ok := th.Take("a"); !ok {
			t.Error("not after the time that was told")
		}
		if _, ok := th.Take("a"); ok {
			t.Error("what was refused was not taken")
		}
	})
}

func TestNoLimit(t *testing.T) {
	th := New(Rate{}, 1)
	for range 1000 {
		if _, ok := th.Take("a"); !ok {
			t.Fatal("limited")
		}
	}
}

func TestMemoryIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		th := New(Rate{1, time.Hour}, 10)
		for i := range 1000 {
			th.Take(strconv.Itoa(i))
			th.Take("busy")
		}
		if len(th.seen) != 10 || th.recent.Len() != 10 {
			t.Errorf("%d and %d names are kept", len(th.seen), th.recent.Len())
		}
		if _, ok := th.Take("busy"); ok {
			t.Error("who comes all the time was forgotten")
		}
		if _, ok := th.Take("0"); !ok {
			t.Error("who was forgotten does not begin anew")
		}
	})
}

func TestTogether(t *testing.T) {
	th := New(Rate{50, time.Hour}, 4)
	var taken atomic.Int64
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			for range 10 {
				if _, ok := th.Take("a"); ok {
					taken.Add(1)
				}
			}
		})
	}
	wg.Wait()
	if n := taken.Load(); n != 50 {
		t.Errorf("%d of 50 were taken", n)
	}
}
