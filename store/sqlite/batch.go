package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"time"

	"clickbridge"
	"clickbridge/store/row"
)

// batch is the transaction facts are written in.
type batch struct {
	ctx    context.Context
	w      *writer
	conn   *sql.Conn
	tx     *sql.Tx // nil when none of the facts asked for it
	bound  [writeQueries]*sql.Stmt
	ledger *ledger   // nil until a fact asks for it
	looked time.Time // when the ledger was compared with the file
	plan   plan      // of the ledger's slots
}

// begin starts a transaction, one of database/sql's if that is asked for.
func (w *writer) begin(tx bool) (b *batch, err error) {
	b = &batch{ctx: w.ctx, w: w}
	if b.conn, err = w.db.Conn(w.ctx); err != nil {
		return nil, err
	}
	if tx {
		b.tx, err = b.conn.BeginTx(w.ctx, nil)
	} else {
		_, err = b.exec(qBegin)
	}
	if err != nil {
		return nil, errors.Join(err, b.conn.Close())
	}
	return b, nil
}

func (b *batch) commit() (err error) {
	if b.tx != nil {
		err = b.tx.Commit()
	} else {
		_, err = b.exec(qCommit)
	}
	if err != nil || b.ledger == nil {
		return err
	}
	if len(b.plan.slots) > 0 {
		b.ledger.ring.done(b.plan)
	}
	b.w.oldest.Store(b.ledger.oldest)
	b.w.looked.Store(row.Micros(b.looked)) // in this order: settled
	return nil
}

// rollback leaves nothing of the transaction. What failed is what the caller
// needs to know, not that there is no transaction any more.
func (b *batch) rollback() {
	if b.tx != nil {
		_ = b.tx.Rollback()
	} else {
		_, _ = b.exec(qRollback)
	}
	if b.ledger != nil {
		b.ledger.undo()
	}
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

// book returns the ledger as it is in this transaction. It is read from the
// file when nobody has asked for it before, or when another process has
// written facts since.
func (b *batch) book() (*ledger, error) {
	if b.ledger != nil {
		return b.ledger, nil
	}
	w, now := b.w, time.Now()
	version, _, err := b.number(qDataVersion)
	if err != nil {
		return nil, err
	}
	if w.ledger != nil && version != w.version {
		last, _, err := b.number(qLastFact)
		if err != nil {
			return nil, err
		}
		if last != w.ledger.ring.last {
			w.ledger = nil
		}
	}
	if w.ledger == nil {
		if w.ledger, err = b.read(); err != nil {
			return nil, err
		}
		w.keeps.Store(true)
	}
	w.version, b.ledger, b.looked = version, w.ledger, now
	b.ledger.begin()
	return b.ledger, nil
}

func (b *batch) read() (*ledger, error) {
	b.w.ledgers.Add(1)
	l, err := readLedger(b.ctx, b.conn)
	if err != nil {
		return nil, err
	}
	l.age()
	newest, _, err := b.first(qNewestCall)
	if err != nil {
		return nil, err
	}
	id, _ := newest.(string)
	l.settled(clickbridge.CallID(id))
	return l, nil
}

// exec runs a query and returns how many rows it changed.
func (b *batch) exec(q query, args ...any) (n int64, err error) {
	err = b.raw(q, args, func(s rawStatement, args []driver.NamedValue) error {
		r, err := s.ExecContext(b.ctx, args)
		if err != nil {
			return err
		}
		n, err = r.RowsAffected()
		return err
	})
	return n, err
}

// first returns the first column of the first row.
func (b *batch) first(q query, args ...any) (v driver.Value, found bool, err error) {
	err = b.raw(q, args, func(s rawStatement, args []driver.NamedValue) error {
		rows, err := s.QueryContext(b.ctx, args)
		if err != nil {
			return err
		}
		to := make([]driver.Value, len(rows.Columns()))
		switch err = rows.Next(to); {
		case err == nil:
			v, found = to[0], true
		case errors.Is(err, io.EOF):
			err = nil
		}
		return errors.Join(err, rows.Close())
	})
	return v, found, err
}

// number is first of a column of whole numbers.
func (b *batch) number(q query, args ...any) (n int64, found bool, err error) {
	v, found, err := b.first(q, args...)
	n, _ = v.(int64)
	return n, found, err
}

// raw runs a statement of the driver's: through database/sql it costs as much
// again.
func (b *batch) raw(q query, args []any, f func(rawStatement, []driver.NamedValue) error) error {
	return b.conn.Raw(func(conn any) error {
		if err := b.w.raw.on(b.ctx, conn); err != nil {
			return err
		}
		named := b.w.named[:0]
		for i, v := range args {
			named = append(named, driver.NamedValue{Ordinal: i + 1, Value: v})
		}
		b.w.named = named
		return f(b.w.raw.all[q], named)
	})
}

func (b *batch) row(q query, args ...any) *sql.Row {
	return b.statement(q).QueryRowContext(b.ctx, args...)
}

func (b *batch) rows(q query, args ...any) (*sql.Rows, error) {
	return b.statement(q).QueryContext(b.ctx, args...)
}

func (b *batch) statement(q query) *sql.Stmt {
	if b.bound[q] == nil {
		b.bound[q] = b.tx.StmtContext(b.ctx, b.w.statements[q])
	}
	return b.bound[q]
}
