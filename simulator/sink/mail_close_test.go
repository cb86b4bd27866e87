package sink_test

import (
	"context"
	"sync"
	"testing"

	"clickbridge/simulator/sink"
)

// The end of its context and whoever made it may both close a server.
func TestMailClosedTwiceAtOnce(t *testing.T) {
	for range 50 {
		ctx, cancel := context.WithCancel(context.Background())
		m, err := sink.NewMail(ctx, sink.MailConfig{})
		if err != nil {
			t.Fatal(err)
		}
		var both sync.WaitGroup
		both.Go(cancel)
		both.Go(m.Close)
		both.Wait()
		m.Close()
	}
}
