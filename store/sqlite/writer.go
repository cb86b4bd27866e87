package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"clickbridge/store"
)

const (
	// laziness is how long facts nobody waits for wait for company.
	laziness = 10 * time.Millisecond
	// enough facts are a transaction without waiting for more.
	enough = 256
)

// pace is the least time between the end of a transaction and the beginning of
// the next, by how many facts the last ones had. Shorter costs CPU (a commit is
// some ten times a row, and every caller it lets go is a wake-up), longer costs
// the callers, who wait for it: nobody on a telephone hears 9 ms. At 100 clicks a
// second facts are few, and none of a click's commits one after another waits.
func pace(recent float64) time.Duration {
	switch {
	case recent >= 20:
		return 9 * time.Millisecond
	case recent >= 8:
		return 6 * time.Millisecond
	case recent >= 3:
		return 2 * time.Millisecond
	}
	return 0
}

// errClosed is returned when the store is used after Close.
var errClosed = errors.New("sqlite: the store is closed")

// fact is one thing to write. run may run more than once, and must have
// changed nothing when it returns one of the store's errors, unless save is
// set; what it changes in the ledger is not undone even then.
type fact struct {
	ctx  context.Context
	run  func(*batch) error
	done chan error // nil when nobody waits
	tx   bool       // run needs a transaction of database/sql's
	save bool       // run it in a savepoint
}

// writer gathers facts and commits them together.
type writer struct {
	ctx        context.Context // never done: statements must not be watched for a cancellation
	db         *sql.DB
	statements statements
	raw        rawStatements
	named      []driver.NamedValue // what raw statements bind
	buffers    buffers
	ledger     *ledger       // nil until it is asked for; of the loop alone
	version    int64         // the file's when the ledger was last compared with it
	wake       chan struct{} // something arrived that somebody waits for, or it closes
	lazy       chan struct{} // something arrived
	stopped    chan struct{}

	commits atomic.Int64
	ledgers atomic.Int64 // how often the table facts was read
	keeps   atomic.Bool  // there is a ledger
	oldest  atomic.Int64 // the ledger's, as it was committed
	looked  atomic.Int64 // when the ledger was last compared with the file; microseconds

	mu     sync.Mutex
	queue  []fact
	eager  bool // somebody waits for a fact in queue
	closed bool
}

func startWriter(ctx context.Context, db *sql.DB) (*writer, error) {
	w := &writer{
		ctx: context.WithoutCancel(ctx), db: db,
		wake: make(chan struct{}, 1), lazy: make(chan struct{}, 1), stopped: make(chan struct{}),
	}
	if err := w.statements.prepare(w.ctx, db); err != nil {
		return nil, err
	}
	go w.loop()
	return w, nil
}

// do runs a fact in the next transaction and returns when that has been
// committed, or when ctx is done: then the fact may yet be committed.
func (w *writer) do(ctx context.Context, run func(*batch) error) error {
	return w.await(fact{ctx: ctx, run: run, tx: true})
}

// put is do for a fact that needs no transaction of database/sql's: cheaper.
func (w *writer) put(ctx context.Context, run func(*batch) error) error {
	return w.await(fact{ctx: ctx, run: run})
}

// doSaved is do for a fact that may fail after it has changed something.
func (w *writer) doSaved(ctx context.Context, run func(*batch) error) error {
	return w.await(fact{ctx: ctx, run: run, tx: true, save: true})
}

func (w *writer) await(f fact) error {
	if err := f.ctx.Err(); err != nil {
		return err
	}
	f.done = make(chan error, 1)
	if !w.push(f) {
		return errClosed
	}
	select {
	case err := <-f.done:
		return err
	case <-f.ctx.Done():
		return f.ctx.Err()
	}
}

// later is put of a fact nobody waits for. It never blocks.
func (w *writer) later(run func(*batch) error) { w.push(fact{ctx: w.ctx, run: run}) }

func (w *writer) push(f fact) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return false
	}
	w.queue = append(w.queue, f)
	signal(w.lazy)
	if f.done != nil {
		w.eager = true
		signal(w.wake)
	}
	return true
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// close commits what is enqueued and stops the writer.
func (w *writer) close() {
	w.mu.Lock()
	w.closed = true
	signal(w.wake)
	signal(w.lazy)
	w.mu.Unlock()
	<-w.stopped
}

func (w *writer) loop() {
	defer close(w.stopped)
	timer := time.NewTimer(0)
	defer timer.Stop()
	var next time.Time // when the next transaction may begin
	var recent float64 // facts in a transaction, the last ones counting most
	for {
		facts, last := w.gather(timer, next)
		if len(facts) > 0 {
			w.write(facts)
			recent += (float64(len(facts)) - recent) / 8
			next = time.Now().Add(pace(recent))
		}
		if last {
			return
		}
	}
}

// gather waits for facts and takes all there are; last is true when the store
// closes and these are the last.
func (w *writer) gather(timer *time.Timer, next time.Time) (facts []fact, last bool) {
	n, eager, closed := w.state()
	for n == 0 && !closed {
		<-w.lazy
		n, eager, closed = w.state()
	}
	if !eager && !closed {
		w.pause(timer, laziness)
	} else if wait := time.Until(next); wait > 0 && n < enough && !closed {
		timer.Reset(wait)
		<-timer.C
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	facts, w.queue = w.queue, make([]fact, 0, len(w.queue)+8)
	w.eager = false
	select {
	case <-w.wake: // it was for one of these
	default:
	}
	return facts, w.closed
}

// pause waits d, or until somebody waits for a fact.
func (w *writer) pause(timer *time.Timer, d time.Duration) {
	timer.Reset(d)
	select {
	case <-timer.C:
	case <-w.wake:
	}
}

func (w *writer) state() (n int, eager, closed bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.queue), w.eager, w.closed
}

// write commits the facts together. When one of them fails, and not by a
// verdict of ours, none was written: then each is tried on its own, so that
// only the guilty one fails.
func (w *writer) write(facts []fact) {
	results := make([]error, len(facts))
	if err := w.transact(facts, results); err != nil {
		for i := range facts {
			if len(facts) == 1 {
				results[i] = err
				break
			}
			if err := w.transact(facts[i:i+1], results[i:i+1]); err != nil {
				results[i] = err
			}
		}
	}
	for i, f := range facts {
		if f.done != nil {
			f.done <- results[i]
		}
	}
}

// transact runs facts in one transaction. An error means nothing of it stays;
// otherwise results has the verdicts.
func (w *writer) transact(facts []fact, results []error) error {
	b, err := w.begin(slices.ContainsFunc(facts, func(f fact) bool { return f.tx }))
	if err != nil { // another process held the lock too long: no use to wait for each
		for i := range results {
			results[i] = err
		}
		return nil
	}
	if err = w.run(b, facts, results); err == nil {
		w.commits.Add(1)
		err = b.commit()
	}
	if err != nil {
		b.rollback()
	}
	return errors.Join(err, b.conn.Close())
}

// run runs facts, up to the one that fails.
func (w *writer) run(b *batch, facts []fact, results []error) error {
	for i, f := range facts {
		if results[i] = f.ctx.Err(); results[i] != nil {
			continue
		}
		if results[i] = b.run(f); results[i] != nil && !verdict(results[i]) {
			return results[i]
		}
	}
	return b.flush()
}

// verdict reports whether err is an answer rather than a fault.
func verdict(err error) bool {
	return errors.Is(err, store.ErrNotOwner) || errors.Is(err, store.ErrDailyLimit) ||
		errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrConflict) ||
		errors.Is(err, store.ErrOccupied) || errors.Is(err, errTwice)
}
