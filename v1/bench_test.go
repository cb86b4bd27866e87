package v1_test

import (
	"database/sql"
	"flag"
	"fmt"
	"path/filepath"
	"testing"
	"time"
)

// many is how many calls of 12 months the report is measured over; the figures in
// docs/api.md are of 1,000,000.
var many = flag.Int("calls", 20_000, "calls of 12 months")

// generate fills a store's file with calls of the 12 months before now, two
// attempts each, in the order of their keys.
func generate(b *testing.B, path string, n int) {
	b.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(30000)")
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	end := time.Now().UnixMicro()
	step := (365 * 24 * time.Hour).Microseconds() / int64(n)
	for _, q := range []string{
		fmt.Sprintf(`WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i+1 FROM n WHERE i < %d)
		INSERT INTO calls (id, account_id, key_name, node, ord, findme_id, findme_name, phone, first_caller_id, second_caller_id, page, ref,
			no_answer, created_at, state, result, cause, notes, agent, agent_name, accepted_at, hunt_ended, bridged_at, ended_at, ended)
		SELECT printf('%%012x-%%08x', (%[2]d - (%[1]d - i) * %[3]d) / 1000, i), 1, 'website', 'a', 2, 98765, 'Sales', '+1555111' || (1000 + i %% 9000),
			'+19998887777', '+18887776666', 'https://www.example.com/', 'r' || (i %% 500), '', %[2]d - (%[1]d - i) * %[3]d, 'ended',
			CASE WHEN i %% 3 THEN 'Connected' ELSE 'No Answer' END, '', '', CASE WHEN i %% 3 THEN '+155586889' || (10 + i %% 20) ELSE '' END, '',
			CASE WHEN i %% 3 THEN %[2]d - (%[1]d - i) * %[3]d + 12000000 ELSE 0 END, 0,
			CASE WHEN i %% 3 THEN %[2]d - (%[1]d - i) * %[3]d + 15000000 ELSE 0 END, %[2]d - (%[1]d - i) * %[3]d + 90000000, 1 FROM n`, n-1, end, step),
		`INSERT INTO attempts (call_id, id, seq, party, number, name, pass, trunk, started_at, answered_at, ended_at, result, sip_code, cause)
		SELECT id, id || '-' || k, k, 'findme', '+155586889' || (10 + (created_at / 1000 + k) % 20), 'Ann', 1, 'main', created_at, 0, created_at + 10000000,
			CASE WHEN k = 2 AND result = 'Connected' THEN 'Accepted' ELSE 'No Answer' END, 0, '' FROM calls, (SELECT 1 AS k UNION ALL SELECT 2)`,
	} {
		if _, err := db.Exec(q); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkReport measures what a page of the console asks: the first page of
// calls, a filtered one, and the chart of a month, the first time and after.
func BenchmarkReport(b *testing.B) {
	w := newWorld(b)
	path := filepath.Join(w.dir, "v1.db")
	generate(b, path, *many)
	month := fmt.Sprintf("/v1/report?from=%s&to=%s", time.Now().AddDate(0, -2, 0).Format(time.DateOnly), time.Now().AddDate(0, -1, 0).Format(time.DateOnly))
	for name, path := range map[string]string{
		"first page":           "/v1/calls?limit=50",
		"page of one ref":      "/v1/calls?limit=50&ref=r7",
		"page of a rare phone": "/v1/calls?limit=50&phone=%2B15551111234",
		"chart of a month":     month,
	} {
		b.Run(name, func(b *testing.B) {
			began := time.Now()
			w.get(200, "GET", path, "")
			first := time.Since(began)
			for b.Loop() {
				w.get(200, "GET", path, "")
			}
			b.ReportMetric(float64(first.Microseconds())/1000, "ms-first")
		})
	}
}
