package sqlite

import (
	"context"
	"database/sql"
	"fmt"

	"clickbridge/store/row"
)

// batch is the transaction facts are written in.
type batch struct {
	ctx        context.Context
	tx         *sql.Tx
	statements *statements
	bound      [writeQueries]*sql.Stmt
	gone       []string // legs to be forgotten before the commit
}

// run runs one fact, undoing it alone where it asked for that.
func (b *batch) run(f fact) error {
	if !f.save {
		return f.run(b)
	}
	if _, err := b.tx.ExecContext(b.ctx, "SAVEPOINT fact"); err != nil {
		return err
	}
	err := f.run(b)
	if err != nil {
		if _, undo := b.tx.ExecContext(b.ctx, "ROLLBACK TO fact"); undo != nil {
			return fmt.Errorf("%w; undoing: %v", undo, err)
		}
	}
	if _, release := b.tx.ExecContext(b.ctx, "RELEASE fact"); release != nil {
		return release
	}
	return err
}

// forget removes the legs that are gone, all of them by one statement. Facts
// that read legs call it first.
func (b *batch) forget() error {
	if len(b.gone) == 0 {
		return nil
	}
	ids := row.JSON(b.gone, false)
	b.gone = b.gone[:0]
	_, err := b.exec(qGoneLegs, ids)
	return err
}

// exec runs a query and returns how many rows it changed.
func (b *batch) exec(q query, args ...any) (int64, error) {
	r, err := b.statement(q).ExecContext(b.ctx, args...)
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

func (b *batch) row(q query, args ...any) *sql.Row {
	return b.statement(q).QueryRowContext(b.ctx, args...)
}

func (b *batch) rows(q query, args ...any) (*sql.Rows, error) {
	return b.statement(q).QueryContext(b.ctx, args...)
}

func (b *batch) statement(q query) *sql.Stmt {
	if b.bound[q] == nil {
		b.bound[q] = b.tx.StmtContext(b.ctx, b.statements[q])
	}
	return b.bound[q]
}

// statements are the writer's queries, prepared once.
type statements [writeQueries]*sql.Stmt

func (s *statements) prepare(ctx context.Context, db *sql.DB) (err error) {
	for q, text := range writeSQL {
		if s[q], err = db.PrepareContext(ctx, text); err != nil {
			return fmt.Errorf("prepare %q: %w", text, err)
		}
	}
	return nil
}
