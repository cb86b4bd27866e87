package row

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"clickbridge"
	"clickbridge/store"
)

// callbackColumns are in the order of [CallbackValues] and callbackDest; those
// that change are last.
const callbackColumns = `id, account_id, findme_id, ord, phone, first_caller_id, second_caller_id, key_name,
	page, ref, no_answer, created_at, plan, call_id, state, tries, due_at, node, cause`

const (
	// PutCallbackSQL inserts [CallbackValues]; one that is there is left alone.
	PutCallbackSQL = `INSERT INTO callbacks (` + callbackColumns + `)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19) ON CONFLICT (id) DO NOTHING`

	// The outer condition is looked at again when another node was first; it is
	// written so that no index is chosen for it.
	dueSQL = `WITH due AS MATERIALIZED (
			SELECT id FROM callbacks WHERE state = 'waiting' AND due_at <= $1 ORDER BY due_at, id LIMIT $2 `
	takeDueSQL = `) UPDATE callbacks SET state = 'calling', node = $3
		WHERE id IN (SELECT id FROM due) AND state || '' = 'waiting' RETURNING ` + callbackColumns

	quietSQL = `SELECT ` + callbackColumns + ` FROM callbacks WHERE state = 'calling'
		AND (node = $1 OR node NOT IN (SELECT name FROM nodes WHERE seen >= $2)) ORDER BY created_at, id`
	takeLostSQL = `UPDATE callbacks SET node = $1 WHERE id = $2 AND state = 'calling' AND node = $3 AND call_id = $4`

	changeCallbackSQL = `UPDATE callbacks SET call_id = $2, state = $3, tries = $4, due_at = $5, node = $6, cause = $7
		WHERE id = $1 AND state IN ('waiting', 'calling')`
	cancelCallbackSQL = `UPDATE callbacks SET state = 'canceled', node = '', cause = $2
		WHERE id = $1 AND state IN ('waiting', 'calling')`
	callbackStateSQL = `SELECT state FROM callbacks WHERE id = $1`

	allCallbacksSQL = `SELECT ` + callbackColumns + ` FROM callbacks ORDER BY created_at DESC, id DESC LIMIT $1`
	callbacksOfSQL  = `SELECT ` + callbackColumns + ` FROM callbacks WHERE account_id = $1 AND ($2 = '' OR state = $2)
		AND ($3 = '' OR id < $3) ORDER BY id DESC LIMIT $4`
	someCallbacksSQL = `SELECT ` + callbackColumns + ` FROM callbacks WHERE state = $2
		ORDER BY created_at DESC, id DESC LIMIT $1`
)

// CallbackValues returns what an INSERT of a callback binds.
func CallbackValues(c *clickbridge.Callback) []any {
	no := Clean(c.NoAnswer)
	return append([]any{
		Text(string(c.ID)), c.AccountID, c.FindMeID, int64(c.Order), Text(string(c.Phone)),
		Text(string(c.FirstCallerID)), Text(string(c.SecondCallerID)), Text(c.KeyName),
		Text(c.Page), Text(c.Ref), JSON(no, no == clickbridge.NoAnswer{}), Micros(c.CreatedAt), int64(c.Plan),
	}, callbackChanges(c)...)
}

func callbackChanges(c *clickbridge.Callback) []any {
	return []any{
		Text(string(c.CallID)), Text(string(c.State)), int64(c.Tries), Micros(c.DueAt), Text(c.Node), Text(c.Text),
	}
}

func callbackDest(c *clickbridge.Callback) []any {
	return []any{
		&c.ID, &c.AccountID, &c.FindMeID, &c.Order, &c.Phone, &c.FirstCallerID, &c.SecondCallerID, &c.KeyName,
		&c.Page, &c.Ref, jsonColumn{&c.NoAnswer}, timeColumn{&c.CreatedAt}, &c.Plan,
		&c.CallID, &c.State, &c.Tries, timeColumn{&c.DueAt}, &c.Node, &c.Text,
	}
}

// DueCallbacks implements [store.Callbacks].
func (t Tables) DueCallbacks(ctx context.Context, node string, now time.Time, limit int) (cs []clickbridge.Callback, err error) {
	err = t.db.Write(ctx, func(tx Tx) error {
		cs, err = list(tx, callbackDest, dueSQL+t.skipLocked+takeDueSQL, Micros(now), int64(max(limit, 0)), Text(node))
		return err
	})
	slices.SortFunc(cs, func(a, b clickbridge.Callback) int {
		return cmp.Or(a.DueAt.Compare(b.DueAt), cmp.Compare(a.ID, b.ID))
	})
	return cs, err
}

// LostCallbacks implements [store.Callbacks]. There are as many to look at as
// nodes call at the same time.
func (t Tables) LostCallbacks(ctx context.Context, node string, deadline time.Time) (lost []clickbridge.Callback, err error) {
	node = Text(node)
	quiet, err := list(t.db.Look(ctx), callbackDest, quietSQL, node, Micros(deadline))
	if err != nil || len(quiet) == 0 {
		return nil, err
	}
	ids := make([]clickbridge.CallID, len(quiet))
	for i := range quiet {
		ids[i] = quiet[i].CallID
	}
	inFlight, err := t.db.InFlight(ctx, ids)
	if err != nil {
		return nil, err
	}
	for _, c := range quiet {
		if inFlight[c.CallID] {
			continue
		}
		ours, err := t.takeLost(ctx, &c, node)
		if err != nil {
			return nil, err
		}
		if ours {
			lost = append(lost, c)
		}
	}
	return lost, nil
}

// takeLost makes a callback the node's unless it has changed.
func (t Tables) takeLost(ctx context.Context, c *clickbridge.Callback, node string) (ours bool, err error) {
	err = t.db.Write(ctx, func(tx Tx) error {
		n, err := tx.Exec(takeLostSQL, node, string(c.ID), c.Node, string(c.CallID))
		ours = n == 1
		return err
	})
	c.Node = node
	return ours, err
}

// PutCallback implements [store.Callbacks].
func (t Tables) PutCallback(ctx context.Context, c clickbridge.Callback) error {
	return t.changeCallback(ctx, c.ID, changeCallbackSQL, callbackChanges(&c)...)
}

// CancelCallback implements [store.Callbacks].
func (t Tables) CancelCallback(ctx context.Context, id clickbridge.CallbackID, why string) error {
	return t.changeCallback(ctx, id, cancelCallbackSQL, Text(why))
}

// changeCallback runs a statement that changes a callback if its state allows
// it. [store.ErrNotFound], [store.ErrConflict].
func (t Tables) changeCallback(ctx context.Context, id clickbridge.CallbackID, query string, args ...any) error {
	key := Text(string(id))
	return t.db.Write(ctx, func(tx Tx) error {
		n, err := tx.Exec(query, append([]any{key}, args...)...)
		if err != nil || n > 0 {
			return err
		}
		state, err := one(tx, itself[string], "callback "+key, callbackStateSQL, key)
		if err == nil {
			err = fmt.Errorf("%w: callback %s is %s", store.ErrConflict, key, state)
		}
		return err
	})
}

// AddCallback implements [store.Callbacks].
func (t Tables) AddCallback(ctx context.Context, c clickbridge.Callback) error {
	return t.db.Write(ctx, func(tx Tx) error { return exec(tx, PutCallbackSQL, CallbackValues(&c)...) })
}

// Callback implements [store.Callbacks].
func (t Tables) Callback(ctx context.Context, id clickbridge.CallbackID) (clickbridge.Callback, error) {
	return one(t.db.Look(ctx), callbackDest, "callback "+string(id), `SELECT `+callbackColumns+` FROM callbacks WHERE id = $1`, Text(string(id)))
}

// CallbacksOf implements [store.Callbacks].
func (t Tables) CallbacksOf(ctx context.Context, account int64, state clickbridge.CallbackState, before clickbridge.CallbackID, limit int) ([]clickbridge.Callback, error) {
	return list(t.db.Look(ctx), callbackDest, callbacksOfSQL, account, Text(string(state)), Text(string(before)), orAll(limit))
}

// ListCallbacks implements [store.Callbacks].
func (t Tables) ListCallbacks(ctx context.Context, state clickbridge.CallbackState, limit int) ([]clickbridge.Callback, error) {
	if state == "" {
		return list(t.db.Look(ctx), callbackDest, allCallbacksSQL, orAll(limit))
	}
	return list(t.db.Look(ctx), callbackDest, someCallbacksSQL, orAll(limit), Text(string(state)))
}
