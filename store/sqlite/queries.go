package sqlite

import (
	"strings"

	"clickbridge/store/row"
)

// query names a statement of the writer; all are prepared when the store
// opens, so none can be wrong unnoticed.
type query int

const (
	qBegin query = iota
	qCommit
	qRollback
	qDataVersion
	qLastFact
	qPutFacts
	qNewestCall
	qGetDay
	qPutDay
	qPutCall
	qPutAttempt
	qCallNode
	qAnsweredAttempt
	qPutNotice
	qPutCallback
	qHeartbeat
	qLivingNodes
	qNoticeJob
	qNoticeState
	qNoticePending
	qPutTry
	qNoticeForJob
	qPutRefusal
	qPruneRefusals

	writeQueries // how many there are
)

var writeSQL = [writeQueries]string{
	qBegin:    `BEGIN IMMEDIATE`,
	qCommit:   `COMMIT`,
	qRollback: `ROLLBACK`,
	// It is another one when another connection has written.
	qDataVersion: `PRAGMA data_version`,
	qLastFact:    `SELECT coalesce(max(seq), 0) FROM facts`,
	qPutFacts:    `REPLACE INTO facts (slot, seq, data) VALUES (?1, ?2, ?3)`,
	qNewestCall:  `SELECT coalesce(max(id), '') FROM calls`,
	qGetDay:      `SELECT calls FROM account_days WHERE account_id = ?1 AND day = ?2`,
	qPutDay:      `REPLACE INTO account_days (account_id, day, calls) VALUES (?1, ?2, ?3)`,
	qPutCall:     `INSERT INTO calls (ended, ` + row.CallColumns + `) VALUES (1` + marks(row.CallColumns) + `)`,
	qPutAttempt: `REPLACE INTO attempts (` + row.AttemptColumns + `)
		VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)`,
	qCallNode: `SELECT node FROM calls WHERE id = ?1`,
	qAnsweredAttempt: `UPDATE attempts SET trunk = ?3, answered_at = ?4
		WHERE call_id = ?1 AND id = ?2 AND result = ''`,
	qPutNotice: `INSERT INTO notices (` + row.NoticeColumns + `, job_id)
		VALUES (?,?,?,?,?,?,?,?,?,?,?)`,

	qPutCallback: row.PutCallbackSQL,

	qHeartbeat: `INSERT INTO nodes (name, seen) VALUES (?1, ?2)
		ON CONFLICT DO UPDATE SET seen = excluded.seen`,
	qLivingNodes: `SELECT name FROM nodes WHERE seen >= ?1`,

	qNoticeJob:     `SELECT job_id FROM notices WHERE id = ?1`,
	qNoticeForJob:  `SELECT ` + row.NoticeColumns + ` FROM notices WHERE id = ?1`,
	qNoticeState:   `UPDATE notices SET state = ?2 WHERE id = ?1`,
	qNoticePending: `UPDATE notices SET state = ?2, job_id = ?3 WHERE id = ?1`,
	qPutTry: `INSERT INTO notice_tries (` + row.TryColumns + `, n) VALUES (?1, ?2, ?3, ?4, ?5,
		(SELECT coalesce(max(n), 0) + 1 FROM notice_tries WHERE notice_id = ?1))`,

	qPutRefusal:    `INSERT INTO refusals (` + row.RefusalColumns + `) VALUES (?,?,?,?,?,?,?,?)`,
	qPruneRefusals: `DELETE FROM refusals WHERE id <= (SELECT max(id) FROM refusals) - ?1`,
}

// marks returns a comma and a question mark for each column.
func marks(columns string) string { return strings.Repeat(", ?", 1+strings.Count(columns, ",")) }
