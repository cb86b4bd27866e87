package row

import (
	"strings"
	"testing"

	"clickbridge"
	"clickbridge/store"
)

func TestPeopleMatchColumns(t *testing.T) {
	for _, test := range []struct {
		name, columns string
		values, dest  int
	}{
		{"user", userColumns, 9, len(userDest(&clickbridge.User{}))},
		{"credentials", credentialColumns, 2 + len(credentialValues(&clickbridge.Credentials{})), len(credentialDest(&clickbridge.Credentials{}))},
		{"session", sessionColumns, len(sessionValues(&clickbridge.Session{})), len(sessionDest(&clickbridge.Session{}))},
		{"audit", auditColumns, len(auditValues(&clickbridge.AuditEntry{})), len(auditDest(&clickbridge.AuditEntry{})) - 1},
	} {
		if n := 1 + strings.Count(test.columns, ","); n != test.values || n != test.dest {
			t.Errorf("%s: %d columns, %d values, %d destinations", test.name, n, test.values, test.dest)
		}
	}
}

// TestAuditQuery: only what is asked is in the WHERE.
func TestAuditQuery(t *testing.T) {
	for _, test := range []struct {
		f    store.AuditFilter
		want string
		args int
	}{
		{store.AuditFilter{}, " FROM audit ORDER BY id DESC LIMIT $1", 1},
		{store.AuditFilter{AccountID: 1, Before: 5, Limit: 5}, " WHERE account_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3", 3},
		{store.AuditFilter{Action: "."}, " WHERE action = $1 ORDER BY id DESC LIMIT $2", 2},
		{store.AuditFilter{Action: "key."}, " WHERE action >= $1 AND action < $2 ORDER BY id DESC LIMIT $3", 3},
	} {
		if query, args := auditQuery(test.f); !strings.HasSuffix(query, test.want) || len(args) != test.args {
			t.Errorf("%+v: %s with %v", test.f, query, args)
		}
	}
}
