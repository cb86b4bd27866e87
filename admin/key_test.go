package admin_test

import (
	"strings"
	"testing"

	"clickbridge"
)

func TestKeys(t *testing.T) {
	t.Parallel()
	_, a := setup(t)
	ctx := t.Context()
	for _, tt := range []struct {
		name string
		key  clickbridge.Key
		want string
	}{
		{"Pair", clickbridge.Key{Name: "new pair", Kind: clickbridge.PairKey}, ""},
		{"API", clickbridge.Key{Name: "new api", Kind: clickbridge.APIKey}, ""},
		{"NoName", clickbridge.Key{Kind: clickbridge.APIKey}, "Invalid name"},
		{"Twice", clickbridge.Key{Name: "new api", Kind: clickbridge.APIKey}, "another key's"},
		{"PublicWithoutFindMes", clickbridge.Key{Name: "page", Kind: clickbridge.PublicKey}, "needs those it may click"},
		{"PublicOfNoFindMe", clickbridge.Key{Name: "page", Kind: clickbridge.PublicKey, FindMes: []int64{4711}}, "findmes[0] 4711"},
		{"LimitsOfAPair", clickbridge.Key{Name: "x", Kind: clickbridge.PairKey, FindMes: []int64{98765}}, "only a public key"},
	} {
		made, err := a.CreateKey(ctx, 1, tt.key)
		if tt.want != "" {
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%s: %v", tt.name, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if made.Public == "" || (made.Secret == "") != (tt.key.Kind != clickbridge.PairKey) ||
			made.Key.Lookup != clickbridge.HashSecret(nil, tt.key.Kind, made.Public) {
			t.Errorf("%s: %+v", tt.name, made)
		}
	}
	if err := a.DeleteKey(ctx, 1, "new api"); err != nil {
		t.Error(err)
	}
	if err := a.DeleteKey(ctx, 1, "new api"); clickbridge.ErrorCode(err) != clickbridge.ENOTFOUND {
		t.Errorf("deleted twice: %v", err)
	}
}
