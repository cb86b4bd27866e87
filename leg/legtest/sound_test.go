package legtest_test

import (
	"bytes"
	"testing"
	"testing/synctest"
	"time"

	"clickbridge/leg/legtest"
)

func TestWhoListensHearsWhatIsSaid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := legtest.New("3125550100")
		one, two := l.Media().Listen(), l.Media().Listen()
		l.Audio.Say(bytes.Repeat([]byte{1}, 800)) // 100 ms
		l.Audio.Say(bytes.Repeat([]byte{2}, 800))
		legtest.Elapse(300 * time.Millisecond)
		want := append(append(bytes.Repeat([]byte{1}, 800), bytes.Repeat([]byte{2}, 800)...), bytes.Repeat([]byte{0xFF}, 800)...)
		got := make([]byte, 5000)
		if n := one.Read(got); !bytes.Equal(got[:n], want) {
			t.Errorf("%d bytes, not what was said", n)
		}
		if n := one.Read(got); n != 0 {
			t.Errorf("%d bytes more", n)
		}
		if n := two.Read(got[:900]); n != 900 || got[899] != 2 {
			t.Errorf("a short read: %d bytes", n)
		}
		one.Close()
		legtest.Elapse(10 * time.Second)
		l.FarHangup()
		legtest.Elapse(time.Second)
		if n := one.Read(got); n != 0 {
			t.Errorf("a closed tap has %d bytes", n)
		}
		if n := two.Read(got[:1500]); n != 1500 || bytes.Count(got[:n], []byte{0xFF}) != n {
			t.Error("what is older than 4 s is not silent")
		}
		if left := two.Read(make([]byte, 100_000)); left != 8000*103/10-900-1500 {
			t.Errorf("%d bytes up to the leg's end", left)
		}
		if n := l.Audio.Listeners(); n != 0 {
			t.Errorf("%d listeners are left", n)
		}
	})
}

func TestPressTakesItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := legtest.New("3125550100")
		begin := time.Now()
		first := l.Media().Press("12")
		<-l.Media().Press(",3")
		<-first
		if got, took := l.Audio.Pressed(), time.Since(begin); got != "12,3" || took != 1100*time.Millisecond {
			t.Errorf("%q was sent in %v", got, took)
		}
		done := l.Media().Press("999")
		legtest.Elapse(time.Millisecond)
		l.FarHangup()
		<-done
		if got := l.Audio.Pressed(); got != "12,39" {
			t.Errorf("%q was sent", got)
		}
	})
}
