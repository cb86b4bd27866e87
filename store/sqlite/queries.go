package sqlite

import "clickbridge/store/row"

// query names a statement of the writer; all are prepared when the store
// opens, so none can be wrong unnoticed.
type query int

const (
	qCountDay query = iota
	qCreateCall
	qDialingLeg
	qEarlyLeg
	qAnsweredLeg
	qGoneLegs
	qAnsweredAttempt
	qPutAttempt
	qSaveCall
	qPutNotice
	qHeartbeat
	qOwnCalls
	qClaimCalls
	qOwnLegs
	qClaimLegs
	qNoticeJob
	qNoticeState
	qNoticePending
	qPutTry
	qNoticeForJob
	qPutRefusal
	qPruneRefusals
	qPutSecret
	qGetSecret

	writeQueries // how many there are
)

var writeSQL = [writeQueries]string{
	// Nothing changed = one click too many.
	qCountDay: `INSERT INTO account_days (account_id, day, calls) VALUES (?1, ?2, 1)
		ON CONFLICT DO UPDATE SET calls = calls + 1 WHERE ?3 = 0 OR calls < ?3`,
	qCreateCall: `INSERT INTO calls (` + row.CallColumns + `, ended)
		VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)`,
	// The leg belongs to the node its call belongs to now.
	qDialingLeg: `INSERT INTO legs (id, call_id, node, answered, data)
		SELECT ?1, id, node, 0, ?3 FROM calls WHERE id = ?2 AND ended = 0
		ON CONFLICT (id) DO UPDATE SET data = excluded.data, answered = 0`,
	qEarlyLeg: `UPDATE legs SET data = ?2 WHERE id = ?1 AND answered = 0`,
	qAnsweredLeg: `INSERT INTO legs (id, call_id, node, answered, data)
		SELECT ?1, id, node, 1, ?3 FROM calls WHERE id = ?2
		ON CONFLICT (id) DO UPDATE SET data = excluded.data, answered = 1`,
	// The legs that were gone since the last commit, as one list.
	qGoneLegs: `DELETE FROM legs WHERE id IN (SELECT value FROM json_each(?1))`,
	qAnsweredAttempt: `UPDATE attempts SET trunk = ?3, answered_at = ?4
		WHERE call_id = ?1 AND id = ?2 AND result = ''`,
	// A verdict is never taken back by news that come late.
	qPutAttempt: `INSERT INTO attempts (` + row.AttemptColumns + `)
		VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)
		ON CONFLICT (call_id, id) DO UPDATE SET seq = excluded.seq, party = excluded.party,
			number = excluded.number, name = excluded.name, pass = excluded.pass,
			trunk = excluded.trunk, started_at = excluded.started_at,
			answered_at = excluded.answered_at, ended_at = excluded.ended_at,
			result = excluded.result, sip_code = excluded.sip_code, cause = excluded.cause
		WHERE excluded.result <> '' OR attempts.result = ''`,
	qSaveCall: `UPDATE calls SET state = ?1, result = ?2, cause = ?3, agent = ?4, agent_name = ?5,
			accepted_at = ?6, hunt_ended = ?7, bridged_at = ?8, ended_at = ?9, notes = ?10, ended = ?11
		WHERE id = ?12 AND node = ?13 AND ended = 0`,
	qPutNotice: `INSERT INTO notices (` + row.NoticeColumns + `, job_id)
		VALUES (?,?,?,?,?,?,?,?,?,?,?)`,

	qHeartbeat: `INSERT INTO nodes (name, seen) VALUES (?1, ?2)
		ON CONFLICT DO UPDATE SET seen = excluded.seen`,
	qOwnCalls: `SELECT id FROM calls WHERE ended = 0 AND node = ?1`,
	qClaimCalls: `UPDATE calls SET node = ?1 WHERE ended = 0 AND node <> ?1
		AND node NOT IN (SELECT name FROM nodes WHERE seen >= ?2) RETURNING id`,
	qOwnLegs: `SELECT data FROM legs WHERE node = ?1`,
	qClaimLegs: `UPDATE legs SET node = ?1 WHERE node <> ?1
		AND node NOT IN (SELECT name FROM nodes WHERE seen >= ?2) RETURNING data`,

	qNoticeJob:     `SELECT job_id FROM notices WHERE id = ?1`,
	qNoticeForJob:  `SELECT ` + row.NoticeColumns + ` FROM notices WHERE id = ?1`,
	qNoticeState:   `UPDATE notices SET state = ?2 WHERE id = ?1`,
	qNoticePending: `UPDATE notices SET state = ?2, job_id = ?3 WHERE id = ?1`,
	qPutTry: `INSERT INTO notice_tries (` + row.TryColumns + `, n) VALUES (?1, ?2, ?3, ?4, ?5,
		(SELECT coalesce(max(n), 0) + 1 FROM notice_tries WHERE notice_id = ?1))`,

	qPutRefusal:    `INSERT INTO refusals (` + row.RefusalColumns + `) VALUES (?,?,?,?,?,?,?,?)`,
	qPruneRefusals: `DELETE FROM refusals WHERE id <= (SELECT max(id) FROM refusals) - ?1`,

	qPutSecret: `INSERT INTO settings (name, value) VALUES ('secret_key', ?1) ON CONFLICT DO NOTHING`,
	qGetSecret: `SELECT value FROM settings WHERE name = 'secret_key'`,
}
