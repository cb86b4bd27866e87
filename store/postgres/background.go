package postgres

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

const (
	// backlog bounds what waits while the server cannot be reached; more is
	// dropped.
	backlog = 50_000
	// atOnce is how many statements go in one round trip.
	atOnce = 500
	// tries and tryPause say how long a server that does not answer is waited
	// for.
	tries    = 10
	tryPause = 200 * time.Millisecond
	// closing bounds the last writes.
	closing = 5 * time.Second
)

// statement is something to write that nobody waits for.
type statement struct {
	row  string // the row it waits for, if other nodes write it too
	sql  string
	args []any
	done chan struct{} // not nil: somebody wants to know when all before it is done
}

// background writes, in order and many at once, what nobody waits for.
type background struct {
	ctx     context.Context
	cancel  context.CancelFunc
	pool    *pgxpool.Pool
	log     *slog.Logger
	wake    chan struct{}
	stopped chan struct{}

	mu     sync.Mutex
	queue  []statement
	closed bool
}

func startBackground(ctx context.Context, pool *pgxpool.Pool, log *slog.Logger) *background {
	b := &background{pool: pool, log: log, wake: make(chan struct{}, 1), stopped: make(chan struct{})}
	b.ctx, b.cancel = context.WithCancel(context.WithoutCancel(ctx))
	go b.loop()
	return b
}

// write enqueues a statement. It never blocks.
func (b *background) write(sql string, args ...any) { b.push(statement{sql: sql, args: args}) }

// writeRow is write for a statement about a row that other nodes write too.
func (b *background) writeRow(row, sql string, args ...any) {
	b.push(statement{row: row, sql: sql, args: args})
}

// flush returns when all that was enqueued before it has been written.
func (b *background) flush(ctx context.Context) error {
	done := make(chan struct{})
	if !b.push(statement{done: done}) {
		return nil
	}
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (b *background) push(s statement) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed || len(b.queue) >= backlog && s.done == nil {
		return false
	}
	b.queue = append(b.queue, s)
	select {
	case b.wake <- struct{}{}:
	default:
	}
	return true
}

// close writes what is enqueued, for a few seconds at most, and stops.
func (b *background) close() {
	b.mu.Lock()
	b.closed = true
	select {
	case b.wake <- struct{}{}:
	default:
	}
	b.mu.Unlock()
	timer := time.AfterFunc(closing, b.cancel)
	<-b.stopped
	timer.Stop()
	b.cancel()
}

func (b *background) loop() {
	defer close(b.stopped)
	for {
		b.mu.Lock()
		n := min(len(b.queue), atOnce)
		now := b.queue[:n:n]
		b.queue = b.queue[n:]
		closed := b.closed
		b.mu.Unlock()
		switch {
		case n > 0:
			b.send(now)
		case closed:
			return
		default:
			<-b.wake
		}
	}
}

// send writes statements in one round trip, again and again for as long as the
// server may be restarting.
func (b *background) send(now []statement) {
	// Nodes that take the same rows in the same order never wait for each other in
	// a circle.
	slices.SortStableFunc(now, func(x, y statement) int { return cmp.Compare(x.row, y.row) })
	var err error
	for try := range tries {
		if try > 0 {
			select {
			case <-b.ctx.Done():
			case <-time.After(tryPause):
			}
		}
		if err = b.sendOnce(now); err == nil || b.ctx.Err() != nil {
			break
		}
	}
	if err != nil {
		b.log.Warn("store: records of legs or refusals are lost", "statements", len(now), "err", err)
	}
	for _, s := range now {
		if s.done != nil {
			close(s.done)
		}
	}
}

func (b *background) sendOnce(now []statement) error {
	batch := &pgx.Batch{}
	for _, s := range now {
		if s.done == nil {
			batch.Queue(s.sql, s.args...)
		}
	}
	if batch.Len() == 0 {
		return nil
	}
	return b.pool.SendBatch(b.ctx, batch).Close()
}
