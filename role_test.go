package clickbridge_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"testing"

	. "clickbridge"
)

// Who may what, in words of its own: owner, admin, supervisor, read only.
var rights = map[Permission]string{
	CallsRead:        "oasr",
	CallsPlace:       "oas",
	CallsHangup:      "oas",
	CallsTrace:       "oas",
	RecordingsListen: "oas",
	RecordingsDelete: "oa",
	ReportRead:       "oasr",
	FindMesRead:      "oasr",
	FindMesWrite:     "oa",
	NumbersRead:      "oasr",
	NumbersWrite:     "oa",
	OptOutsRead:      "oasr",
	OptOutsWrite:     "oas",
	MessagesSend:     "oa",
	KeysRead:         "oa",
	KeysWrite:        "oa",
	NoticesRead:      "oasr",
	NoticesRetry:     "oas",
	WebhooksRead:     "oa",
	WebhooksWrite:    "oa",
	TrunksRead:       "oas",
	AccountRead:      "oasr",
	AccountWrite:     "o",
	UsersRead:        "oa",
	UsersWrite:       "oa",
	AuditRead:        "oa",
}

var letters = map[Role]byte{RoleOwner: 'o', RoleAdmin: 'a', RoleSupervisor: 's', RoleReadOnly: 'r'}

func TestRights(t *testing.T) {
	for p, who := range rights {
		for r, letter := range letters {
			want := slices.Contains([]byte(who), letter)
			if r.May(p) != want || slices.Contains(r.Permissions(), p) != want {
				t.Errorf("%s may %s: %v", r, p, !want)
			}
		}
		if Role("").May(p) || Role("root").May(p) {
			t.Errorf("nobody may %s", p)
		}
	}
	if RoleOwner.May("") || RoleOwner.May("calls") {
		t.Error("a permission that is none is given")
	}
}

// Every constant of the code is in the table above, and nothing else is.
func TestRightsNameEveryPermission(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "role.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	declared := map[Permission]bool{}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if ident, isIdent := (&ast.Ident{}), false; ok && spec.Type != nil {
			if ident, isIdent = spec.Type.(*ast.Ident); isIdent && ident.Name == "Permission" {
				s, _ := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
				declared[Permission(s)] = true
			}
		}
		return true
	})
	if len(declared) != len(rights) || len(rights) != len(RoleOwner.Permissions()) {
		t.Errorf("%d are declared, %d tested, an owner has %d", len(declared), len(rights), len(RoleOwner.Permissions()))
	}
	for p := range rights {
		if !declared[p] {
			t.Errorf("%s is declared nowhere", p)
		}
	}
}

func TestRolesAreAStair(t *testing.T) {
	for i, r := range Roles {
		for j, other := range Roles {
			if r.AtLeast(other) != (i <= j) {
				t.Errorf("%s at least %s: %v", r, other, r.AtLeast(other))
			}
		}
		if !r.Valid() || r.AtLeast("") || r.AtLeast("root") || Role("").AtLeast(r) {
			t.Errorf("%s and what is no role", r)
		}
	}
}

func TestMay(t *testing.T) {
	u := User{Roles: []AccountRole{{AccountID: 1, Role: RoleAdmin}, {AccountID: 2, Role: RoleReadOnly}}}
	for _, test := range []struct {
		account int64
		p       Permission
		want    bool
	}{
		{1, KeysWrite, true}, {1, AccountWrite, false}, {2, KeysWrite, false}, {2, CallsRead, true}, {3, CallsRead, false}, {0, CallsRead, false},
	} {
		if got := u.May(test.p, test.account); got != test.want {
			t.Errorf("%s in account %d: %v", test.p, test.account, got)
		}
	}
	u.Operator = true
	if !u.May(AccountWrite, 3) {
		t.Error("an operator is an owner of every account")
	}
	u.Disabled = true
	if u.May(CallsRead, 1) || u.May(AccountWrite, 3) {
		t.Error("who is disabled may something")
	}
}
