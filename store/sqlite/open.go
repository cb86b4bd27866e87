package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	_ "modernc.org/sqlite" // the driver

	"clickbridge"
	"clickbridge/store"
	"clickbridge/store/row"
)

// Enqueuer inserts delivery jobs in the transaction that writes the notices
// they deliver.
type Enqueuer interface {
	// Migrate makes the queue's own tables. It is called at every open.
	Migrate(ctx context.Context, db *sql.DB) error
	// Enqueue inserts one job per notice and returns their ids in order.
	Enqueue(ctx context.Context, tx *sql.Tx, notices []clickbridge.Notice) ([]int64, error)
	// Withdraw removes a job unless it is running or gone already.
	Withdraw(ctx context.Context, tx *sql.Tx, job int64) error
}

// Config says which file, and who inserts jobs.
type Config struct {
	Path   string // created with mode 0600 when there is none; its folder must exist
	Jobs   Enqueuer
	Logger *slog.Logger
}

// Store is a [store.Store] in one SQLite file. Its methods may be called from
// any goroutine.
type Store struct {
	tables
	log   *slog.Logger
	jobs  Enqueuer
	write *sql.DB // one connection
	read  *sql.DB
	w     *writer
	flood *flood
}

var _ store.Store = (*Store)(nil)

const (
	readers = 4
	// busyTimeout is how long another process is waited for, in milliseconds.
	busyTimeout = "busy_timeout(30000)"
)

// Open opens the file, bringing its tables up to date, and starts the writer.
// ctx bounds the opening only.
func Open(ctx context.Context, c Config) (*Store, error) {
	if c.Path == "" || c.Jobs == nil || c.Logger == nil {
		return nil, errors.New("sqlite: Path, Jobs and Logger are needed")
	}
	if err := create(c.Path); err != nil {
		return nil, err
	}
	s := &Store{log: c.Logger, jobs: c.Jobs, flood: newFlood()}
	s.tables = row.NewTables(engine{s}, "")
	if err := s.open(ctx, c.Path); err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", c.Path, err), s.closeDBs())
	}
	return s, nil
}

func (s *Store) open(ctx context.Context, path string) (err error) {
	s.write, err = sql.Open("sqlite", dsn(path, "immediate", "journal_mode(wal)", "synchronous(full)",
		"journal_size_limit(67108864)", "cache_size(-32000)", "temp_store(memory)"))
	if err != nil {
		return err
	}
	s.write.SetMaxOpenConns(1)
	s.write.SetMaxIdleConns(1)
	if err := migrate(ctx, s.write, s.jobs); err != nil {
		return err
	}
	s.read, err = sql.Open("sqlite", dsn(path, "deferred", "query_only(1)", "cache_size(-8000)", "temp_store(memory)"))
	if err != nil {
		return err
	}
	s.read.SetMaxOpenConns(readers)
	s.read.SetMaxIdleConns(readers)
	if s.w, err = startWriter(ctx, s.write); err != nil {
		return err
	}
	if err = s.adopt(ctx); err != nil {
		s.w.close()
	}
	return err
}

// create makes the file ours alone before SQLite would make it readable for
// all: it holds leads and the server's secret key.
func create(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

// dsn writes the path so that no character of it is taken for a parameter. lock
// is what BEGIN takes: a writer must have the lock before it reads.
func dsn(path, lock string, pragmas ...string) string {
	if !filepath.IsAbs(path) {
		path = "./" + path
	}
	p := strings.ReplaceAll((&url.URL{Path: path}).EscapedPath(), "?", "%3F")
	return "file:" + p + "?" + url.Values{
		"_txlock": {lock}, "_pragma": append([]string{busyTimeout}, pragmas...),
	}.Encode()
}

// DB is the single writing connection, for the job queue of the same process.
func (s *Store) DB() *sql.DB { return s.write }

// Ping reports whether a reader answers and the writer can begin a
// transaction.
func (s *Store) Ping(ctx context.Context) error {
	if err := s.read.PingContext(ctx); err != nil {
		return err
	}
	return s.flush(ctx)
}

// flush returns when all that was enqueued before it has been committed.
func (s *Store) flush(ctx context.Context) error {
	return s.w.put(ctx, func(*batch) error { return nil })
}

// Close commits what is enqueued, then closes the file. The job queue must
// have been stopped before.
func (s *Store) Close() error {
	s.w.close()
	return s.closeDBs()
}

func (s *Store) closeDBs() error {
	var errs []error
	for _, db := range []*sql.DB{s.read, s.write} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	return errors.Join(errs...)
}
