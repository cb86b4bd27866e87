package row

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"clickbridge"
	"clickbridge/store"
)

// auditColumns are in the order of auditValues and auditDest, after the id.
const auditColumns = `at, account_id, account, actor_kind, actor_id, actor, remote_addr, action, object, changes`

// Bounds of what one entry keeps: bytes a text, lines of changes.
const (
	maxAuditText  = 512
	maxAuditLines = 200
)

const (
	addEntrySQL    = `INSERT INTO audit (` + auditColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`
	forgetAuditSQL = `DELETE FROM audit WHERE at < $1`
)

func auditValues(e *clickbridge.AuditEntry) []any {
	cut := func(s string) string { return CutText(s, maxAuditText) }
	var lines []string
	for i, l := range e.Changes {
		if i == maxAuditLines {
			lines = append(lines, fmt.Sprintf("and %d more", len(e.Changes)-i))
			break
		}
		lines = append(lines, cut(l))
	}
	return []any{
		Micros(e.At), e.AccountID, cut(e.Account), cut(string(e.Actor.Kind)), e.Actor.ID, cut(e.Actor.Name),
		cut(e.Actor.RemoteAddr), cut(e.Action), cut(e.Object), cleanJSON(lines),
	}
}

func auditDest(e *clickbridge.AuditEntry) []any {
	return []any{
		&e.ID, timeColumn{&e.At}, &e.AccountID, &e.Account, &e.Actor.Kind, &e.Actor.ID, &e.Actor.Name,
		&e.Actor.RemoteAddr, &e.Action, &e.Object, jsonColumn{&e.Changes},
	}
}

// addEntries writes entries.
func addEntries(tx Tx, es []clickbridge.AuditEntry) error {
	es = slices.Clone(es)
	if err := findAccounts(tx, es); err != nil {
		return err
	}
	for i := range es {
		if err := exec(tx, addEntrySQL, auditValues(&es[i])...); err != nil {
			return err
		}
	}
	return nil
}

// findAccounts sets the ids of accounts that are known by their names alone, and
// are there.
func findAccounts(tx Tx, es []clickbridge.AuditEntry) error {
	for i := range es {
		e := &es[i]
		if e.AccountID != 0 || e.Account == "" {
			continue
		}
		id, err := accountID(tx, e.Account)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		e.AccountID = id
	}
	return nil
}

// Audit implements [store.Audit].
func (t Tables) Audit(ctx context.Context, es []clickbridge.AuditEntry) error {
	if len(es) == 0 {
		return nil
	}
	return t.db.Atomic(ctx, func(tx Tx) error { return addEntries(tx, es) })
}

// ApplyAudited implements [store.Audit].
func (t Tables) ApplyAudited(ctx context.Context, revision int64, changes []clickbridge.Change, es []clickbridge.AuditEntry) error {
	return t.db.Atomic(ctx, func(tx Tx) error {
		turn := func() error { return takeTurn(tx, revision) }
		if revision == 0 {
			turn = func() error { return exec(tx, nextRevisionSQL) }
		}
		if err := turn(); err != nil {
			return err
		}
		// An account that goes is found before, one that comes after.
		es := slices.Clone(es)
		if err := findAccounts(tx, es); err != nil {
			return err
		}
		if err := applyAll(tx, changes); err != nil {
			return err
		}
		return addEntries(tx, es)
	})
}

// auditQuery builds the WHERE from what is asked, so that an index can be used.
func auditQuery(f store.AuditFilter) (string, []any) {
	var where []string
	var args []any
	add := func(cond string, value any) {
		args = append(args, value)
		where = append(where, fmt.Sprintf(cond, len(args)))
	}
	if f.AccountID != 0 {
		add("account_id = $%d", f.AccountID)
	}
	if f.Actor != "" {
		add("actor = $%d", Text(f.Actor))
	}
	if group, ok := strings.CutSuffix(f.Action, "."); ok && group != "" {
		add("action >= $%d", Text(group+"."))
		add("action < $%d", Text(group+"/")) // the character after the dot
	} else if f.Action != "" {
		add("action = $%d", Text(f.Action))
	}
	if !f.From.IsZero() {
		add("at >= $%d", Micros(f.From))
	}
	if !f.To.IsZero() {
		add("at < $%d", Micros(f.To))
	}
	if f.Before != 0 {
		add("id < $%d", f.Before)
	}
	q := `SELECT id, ` + auditColumns + ` FROM audit`
	if len(where) > 0 {
		q += ` WHERE ` + strings.Join(where, ` AND `)
	}
	args = append(args, orAll(f.Limit))
	return q + fmt.Sprintf(` ORDER BY id DESC LIMIT $%d`, len(args)), args
}

// AuditLog implements [store.Audit].
func (t Tables) AuditLog(ctx context.Context, f store.AuditFilter) ([]clickbridge.AuditEntry, error) {
	query, args := auditQuery(f)
	return list(t.db.Look(ctx), auditDest, query, args...)
}

// ForgetAudit implements [store.Audit].
func (t Tables) ForgetAudit(ctx context.Context, before time.Time) (n int64, err error) {
	err = t.db.Write(ctx, func(tx Tx) error {
		n, err = tx.Exec(forgetAuditSQL, Micros(before))
		return err
	})
	return n, err
}
