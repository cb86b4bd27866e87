package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
)

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

// rawStatement is a statement of the driver's.
type rawStatement interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// rawStatements are the same queries, prepared on a connection of the driver's.
type rawStatements struct {
	conn any
	all  [writeQueries]rawStatement
}

// on prepares them, unless it was done on this connection.
func (s *rawStatements) on(ctx context.Context, conn any) error {
	if s.conn == conn {
		return nil
	}
	c, ok := conn.(driver.ConnPrepareContext)
	if !ok {
		return fmt.Errorf("sqlite: the driver's connection is a %T", conn)
	}
	for q, text := range writeSQL {
		st, err := c.PrepareContext(ctx, text)
		if err != nil {
			return fmt.Errorf("prepare %q: %w", text, err)
		}
		if s.all[q], ok = st.(rawStatement); !ok {
			return fmt.Errorf("sqlite: the driver's statement is a %T", st)
		}
	}
	s.conn = conn
	return nil
}
