package row

import (
	"context"
	"fmt"
	"time"

	"clickbridge"
	"clickbridge/store"
)

// sessionColumns are in the order of sessionValues and sessionDest.
const sessionColumns = `id, user_id, hash, method, created_at, seen_at, expires_at, ended_at, remote_addr, agent`

// maxAgentText bounds what a browser can make us keep, in bytes.
const maxAgentText = 256

const (
	signedInSQL   = `UPDATE users SET signed_in_at = $3 WHERE id = $1 AND version = $2 AND NOT disabled`
	addSessionSQL = `INSERT INTO sessions (` + sessionColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`
	sessionSQL    = `SELECT ` + sessionColumns + ` FROM sessions WHERE hash = $1`
	seenSQL       = `UPDATE sessions SET seen_at = $2 WHERE id = $1 AND seen_at < $2`
	endSQL        = `UPDATE sessions SET ended_at = $3 WHERE user_id = $1 AND id = $2 AND ended_at = 0`
	endAllSQL     = `UPDATE sessions SET ended_at = $2 WHERE user_id = $1 AND ended_at = 0`
	sessionsSQL   = `SELECT ` + sessionColumns + ` FROM sessions WHERE user_id = $1 AND ended_at = 0 AND expires_at > $2
		ORDER BY created_at DESC, id DESC`
	knowsSQL          = `SELECT 1 FROM sessions WHERE user_id = $1 AND remote_addr = $2 LIMIT 1`
	forgetSessionsSQL = `DELETE FROM sessions WHERE expires_at < $1 OR ended_at > 0 AND ended_at < $1`
)

func sessionValues(s *clickbridge.Session) []any {
	return []any{
		Text(s.ID), s.UserID, Text(s.Hash), Text(string(s.Method)), Micros(s.CreatedAt), Micros(s.SeenAt),
		Micros(s.ExpiresAt), Micros(s.EndedAt), Text(s.RemoteAddr), CutText(s.Agent, maxAgentText),
	}
}

func sessionDest(s *clickbridge.Session) []any {
	return []any{
		&s.ID, &s.UserID, &s.Hash, &s.Method, timeColumn{&s.CreatedAt}, timeColumn{&s.SeenAt},
		timeColumn{&s.ExpiresAt}, timeColumn{&s.EndedAt}, &s.RemoteAddr, &s.Agent,
	}
}

// CreateSession implements [store.Sessions].
func (t Tables) CreateSession(ctx context.Context, s clickbridge.Session, version int64, es []clickbridge.AuditEntry) error {
	return t.db.Atomic(ctx, func(tx Tx) error {
		if err := atVersion(tx, s.UserID, version, signedInSQL, Micros(s.CreatedAt)); err != nil {
			return err
		}
		if err := exec(tx, addSessionSQL, sessionValues(&s)...); err != nil {
			return err
		}
		return addEntries(tx, es)
	})
}

// SessionByHash implements [store.Sessions].
func (t Tables) SessionByHash(ctx context.Context, hash string) (clickbridge.Session, error) {
	return one(t.db.Look(ctx), sessionDest, "session", sessionSQL, Text(hash))
}

// SessionSeen implements [store.Sessions].
func (t Tables) SessionSeen(id string, at time.Time) {
	t.db.Later("session "+id, seenSQL, Text(id), Micros(at))
}

// EndSession implements [store.Sessions].
func (t Tables) EndSession(ctx context.Context, user int64, id string, at time.Time, es []clickbridge.AuditEntry) error {
	return t.db.Atomic(ctx, func(tx Tx) error {
		n, err := tx.Exec(endSQL, user, Text(id), Micros(at))
		if err == nil && n == 0 {
			err = fmt.Errorf("%w: session %s", store.ErrNotFound, id)
		}
		if err != nil {
			return err
		}
		return addEntries(tx, es)
	})
}

// Sessions implements [store.Sessions].
func (t Tables) Sessions(ctx context.Context, user int64, now time.Time) ([]clickbridge.Session, error) {
	return list(t.db.Look(ctx), sessionDest, sessionsSQL, user, Micros(now))
}

// KnowsAddr implements [store.Sessions].
func (t Tables) KnowsAddr(ctx context.Context, user int64, addr string) (bool, error) {
	there, err := list(t.db.Look(ctx), itself[int64], knowsSQL, user, Text(addr))
	return len(there) > 0, err
}

// ForgetSessions implements [store.Sessions].
func (t Tables) ForgetSessions(ctx context.Context, before time.Time) error {
	return t.db.Write(ctx, func(tx Tx) error { return exec(tx, forgetSessionsSQL, Micros(before)) })
}
