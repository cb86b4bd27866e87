package postgres_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"clickbridge"
)

// TestNodesDoNotDeadlock: nodes that note the same numbers in opposite orders,
// many in one round trip, do not wait for each other in a circle.
func TestNodesDoNotDeadlock(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	dsn := migrated.DSN(t)
	const numbers = 400
	at := time.Unix(1, 0).UTC()
	var both sync.WaitGroup
	for node := range 2 {
		s := openWith(t, dsn, inserter(t))
		both.Go(func() {
			for round := range 10 {
				for i := range numbers {
					if node == 1 {
						i = numbers - 1 - i
					}
					s.Rung(1, clickbridge.Number(fmt.Sprint(i)), at.Add(time.Duration(2*round+node)*time.Second))
				}
				if _, err := s.LastRung(ctx, 1, []clickbridge.Number{"1"}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	both.Wait()
	s := openWith(t, dsn, inserter(t))
	var deadlocks, newest int
	err := s.Pool().QueryRow(ctx, `SELECT deadlocks, (SELECT count(*) FROM rung WHERE at = $1)
		FROM pg_stat_database WHERE datname = current_database()`, at.Add(19*time.Second).UnixMicro()).Scan(&deadlocks, &newest)
	if err != nil || deadlocks != 0 || newest != numbers {
		t.Errorf("%d deadlocks, %d of %d numbers have their newest time, %v", deadlocks, newest, numbers, err)
	}
}
