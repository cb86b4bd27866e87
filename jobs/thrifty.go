package jobs

import (
	"context"
	"database/sql"

	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riversqlite"
)

// thrifty is River's SQLite driver with two economies. A cheap look comes before
// every fetch: River prepares its fetch anew each time, which takes a
// millisecond of CPU, twelve times a second for nothing. And jobs are inserted
// without a notification, a row that somebody would have to look for as often.
type thrifty struct {
	*riversqlite.Driver
	due *sql.Stmt
}

// newThrifty prepares the look; it lives as long as db.
func newThrifty(db *sql.DB) (*thrifty, error) {
	due, err := db.Prepare(`SELECT EXISTS (SELECT 1 FROM river_job
		WHERE state = 'available' AND queue = ? AND scheduled_at <= datetime('now', 'subsec'))`)
	return &thrifty{riversqlite.New(db), due}, err
}

// SupportsListenNotify implements riverdriver.Driver.
func (d *thrifty) SupportsListenNotify() bool { return false }

// GetExecutor implements riverdriver.Driver.
func (d *thrifty) GetExecutor() riverdriver.Executor {
	return thriftyExecutor{d.Driver.GetExecutor(), d}
}

type thriftyExecutor struct {
	riverdriver.Executor
	driver *thrifty
}

// JobGetAvailable implements riverdriver.Executor.
func (e thriftyExecutor) JobGetAvailable(ctx context.Context, p *riverdriver.JobGetAvailableParams) (*riverdriver.JobGetAvailableResult, error) {
	var due bool
	if err := e.driver.due.QueryRowContext(ctx, p.Queue).Scan(&due); err != nil {
		return nil, err
	}
	if !due {
		return &riverdriver.JobGetAvailableResult{}, nil
	}
	return e.Executor.JobGetAvailable(ctx, p)
}
