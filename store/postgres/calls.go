package postgres

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"clickbridge"
	"clickbridge/store"
	"clickbridge/store/row"
)

// The statements of a call's life are one round trip each: what must happen
// together is one statement, which returns how many rows its condition let
// through.
const (
	createCallSQL = `WITH day AS (
			INSERT INTO account_days AS d (account_id, day, calls) VALUES ($1, $2, 1)
			ON CONFLICT (account_id, day) DO UPDATE SET calls = d.calls + 1 WHERE $3::bigint = 0 OR d.calls < $3::bigint
			RETURNING 1
		), made AS (
			INSERT INTO calls (` + row.CallColumns + `, ended)
			SELECT $4, $1, $5, $6, $7::bigint, $8::bigint, $9, $10, $11, $12, $13, $14, $15, $16::bigint, $17,
				$18, $19, $20, $21, $22, $23::bigint, $24::bigint, $25::bigint, $26::bigint, $27, $28::boolean FROM day
		)
		SELECT count(*) FROM day`

	dialingSQL   = legOfLive + putDialling + orAgain + countLeg
	exclusiveSQL = legOfLive + putDialling +
		`WHERE NOT EXISTS (SELECT 1 FROM legs WHERE agent = $4 AND agent <> '' AND call_id <> $2) ` + orAgain + countLeg
	answeredSQL = `WITH own AS (SELECT id, node FROM calls WHERE id = $2), leg AS (
			INSERT INTO legs (id, call_id, node, answered, data, agent) SELECT $1, id, node, true, $3, $4 FROM own
			ON CONFLICT (id) DO UPDATE SET data = excluded.data, answered = true RETURNING 1` + countLeg

	legOfLive   = `WITH own AS (SELECT id, node FROM calls WHERE id = $2 AND NOT ended), leg AS (`
	putDialling = `INSERT INTO legs (id, call_id, node, answered, data, agent) SELECT $1, id, node, false, $3, $4 FROM own `
	orAgain     = `ON CONFLICT (id) DO UPDATE SET data = excluded.data, agent = excluded.agent, answered = false RETURNING 1`
	countLeg    = `), attempt AS (INSERT INTO attempts (` + row.AttemptColumns + `)
			SELECT $5, $6, $7::bigint, $8, $9, $10, $11::bigint, $12, $13::bigint, $14::bigint, $15::bigint,
				$16, $17::bigint, $18 FROM leg ` + putAttempt + `
		) SELECT (SELECT count(*) FROM own), (SELECT count(*) FROM leg)`

	// agentLockSQL makes who dials an agent on any node wait until who dialled the
	// same one before has committed. It is a statement of its own: the next one
	// sees what was committed then.
	agentLockSQL = `SELECT pg_advisory_xact_lock($1, hashtext($2))`
	agentLock    = 0x6c6567 // "leg"

	// A verdict is never taken back by news that come late.
	putAttempt = `ON CONFLICT (call_id, id) DO UPDATE SET seq = excluded.seq, party = excluded.party,
			number = excluded.number, name = excluded.name, pass = excluded.pass,
			trunk = excluded.trunk, started_at = excluded.started_at,
			answered_at = excluded.answered_at, ended_at = excluded.ended_at,
			result = excluded.result, sip_code = excluded.sip_code, cause = excluded.cause
		WHERE excluded.result <> '' OR attempts.result = ''`

	saveSQL = `WITH own AS (
			UPDATE calls SET state = $1, result = $2, cause = $3, agent = $4, agent_name = $5,
				accepted_at = $6, hunt_ended = $7, bridged_at = $8, ended_at = $9, notes = $10, ended = $11
			WHERE id = $12 AND node = $13 AND NOT ended RETURNING 1
		), attempt AS (
			INSERT INTO attempts (` + row.AttemptColumns + `)
			SELECT a.* FROM own, json_to_recordset($14::json) AS a (call_id text, id text, seq bigint,
				party text, number text, name text, pass bigint, trunk text, started_at bigint,
				answered_at bigint, ended_at bigint, result text, sip_code bigint, cause text)
			` + putAttempt + `
		)
		SELECT count(*) FROM own`

	putNoticeSQL = `INSERT INTO notices (` + row.NoticeColumns + `, job_id)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`
	knownNoticesSQL = `SELECT id FROM notices WHERE id = ANY($1)`

	earlySQL = `UPDATE legs SET data = $2 WHERE id = $1 AND NOT answered`
	goneSQL  = `DELETE FROM legs WHERE id = $1`
)

// CreateCall implements [store.Calls].
func (s *Store) CreateCall(ctx context.Context, c clickbridge.Call, d store.Daily) error {
	v := row.CallValues(&c)
	day := row.Text(d.Day)
	args := append([]any{c.AccountID, day, int64(d.Limit), v[0]}, v[2:]...)
	n, err := s.count(ctx, s.pool, createCallSQL, append(args, !c.InFlight())...)
	if err == nil && n == 0 {
		err = fmt.Errorf("%w: account %d, %d on %s", store.ErrDailyLimit, c.AccountID, d.Limit, day)
	}
	return err
}

// Dialing implements [store.Calls].
func (s *Store) Dialing(ctx context.Context, a clickbridge.Attempt, l clickbridge.LegRecord) error {
	b := &pgx.Batch{} // a transaction
	if !l.Exclusive || l.Agent == "" {
		return s.leg(ctx, b, dialingSQL, a, l)
	}
	b.Queue(agentLockSQL, agentLock, row.Text(string(l.Agent)))
	return s.leg(ctx, b, exclusiveSQL, a, l)
}

// Answered implements [store.Calls].
func (s *Store) Answered(ctx context.Context, a clickbridge.Attempt, l clickbridge.LegRecord) error {
	return s.leg(ctx, &pgx.Batch{}, answeredSQL, a, l)
}

// leg writes a leg and its attempt after what b has.
func (s *Store) leg(ctx context.Context, b *pgx.Batch, sql string, a clickbridge.Attempt, l clickbridge.LegRecord) error {
	args := []any{row.Text(l.ID), row.Text(string(l.CallID)), row.LegData(&l), row.Text(string(l.Agent))}
	var calls, legs int
	b.Queue(sql, append(args, row.AttemptValues(&a)...)...).QueryRow(func(r pgx.Row) error { return r.Scan(&calls, &legs) })
	switch err := s.pool.SendBatch(ctx, b).Close(); {
	case err != nil:
		return err
	case calls == 0:
		return fmt.Errorf("%w: %s", store.ErrNotOwner, l.CallID)
	case legs == 0:
		return fmt.Errorf("%w: %s", store.ErrOccupied, l.Agent)
	}
	return nil
}

// Early implements [store.Calls]. It does not bring back a record that is gone,
// nor change one that is answered.
func (s *Store) Early(l clickbridge.LegRecord) {
	s.later.write(earlySQL, row.Text(l.ID), row.LegData(&l))
}

// Gone implements [store.Calls]. The id is not used again.
func (s *Store) Gone(legID string) { s.later.write(goneSQL, row.Text(legID)) }

// Save implements [store.Calls].
func (s *Store) Save(ctx context.Context, c clickbridge.Call, as []clickbridge.Attempt, ns []clickbridge.Notice) error {
	args := append(row.CallChanges(&c), !c.InFlight(), row.Text(string(c.ID)), row.Text(c.Node), attemptsJSON(as))
	if len(ns) == 0 && c.Later == nil {
		return s.save(ctx, s.pool, &c, args)
	}
	return s.inTx(ctx, func(tx pgx.Tx) error {
		if err := s.save(ctx, tx, &c, args); err != nil {
			return err
		}
		if c.Later != nil {
			if _, err := tx.Exec(ctx, row.PutCallbackSQL, row.CallbackValues(c.Later)...); err != nil {
				return err
			}
		}
		return s.putNotices(ctx, tx, ns)
	})
}

// putNotices inserts notices, each with its job.
func (s *Store) putNotices(ctx context.Context, tx pgx.Tx, ns []clickbridge.Notice) error {
	ns, err := newNotices(ctx, tx, ns)
	if err != nil || len(ns) == 0 {
		return err
	}
	jobs, err := s.jobs.Enqueue(ctx, tx, ns)
	if err != nil {
		return err
	}
	batch := &pgx.Batch{}
	for i := range ns {
		batch.Queue(putNoticeSQL, append(row.NoticeValues(&ns[i]), jobs[i])...)
	}
	return tx.SendBatch(ctx, batch).Close()
}

// newNotices returns those that are not there yet: whoever was not told that a
// Save had been committed repeats it.
func newNotices(ctx context.Context, tx pgx.Tx, ns []clickbridge.Notice) ([]clickbridge.Notice, error) {
	ids := make([]string, len(ns))
	for i := range ns {
		ids[i] = row.Text(string(ns[i].ID))
	}
	there, err := texts(ctx, tx, knownNoticesSQL, ids)
	if err != nil {
		return nil, err
	}
	out := make([]clickbridge.Notice, 0, len(ns))
	for i := range ns {
		if !slices.Contains(there, ids[i]) {
			out = append(out, ns[i])
		}
	}
	return out, nil
}

func (s *Store) save(ctx context.Context, q querier, c *clickbridge.Call, args []any) error {
	n, err := s.count(ctx, q, saveSQL, args...)
	if err == nil && n == 0 {
		err = fmt.Errorf("%w: %s", store.ErrNotOwner, c.ID)
	}
	return err
}

// attemptsJSON writes attempts as json_to_recordset reads them. One statement
// may not touch a row twice, so the last of several of the same id counts.
func attemptsJSON(as []clickbridge.Attempt) string {
	names := strings.FieldsFunc(row.AttemptColumns, func(r rune) bool { return strings.ContainsRune(", \t\n", r) })
	out := make([]map[string]any, 0, len(as))
	at := make(map[clickbridge.AttemptID]int, len(as))
	for i := range as {
		m := make(map[string]any, len(names))
		for k, v := range row.AttemptValues(&as[i]) {
			m[names[k]] = v
		}
		if j, again := at[as[i].ID]; again {
			out[j] = m
			continue
		}
		at[as[i].ID] = len(out)
		out = append(out, m)
	}
	b, _ := json.Marshal(out) // strings and numbers always can be
	return string(b)
}

// querier is a transaction or the pool.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

func (s *Store) count(ctx context.Context, q querier, sql string, args ...any) (n int, err error) {
	err = q.QueryRow(ctx, sql, args...).Scan(&n)
	return n, err
}
