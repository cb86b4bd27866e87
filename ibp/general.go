package ibp

import (
	"fmt"
	"strconv"

	"clickbridge/intake"
)

// buildingBlocks lists what may be named in other calls: here, FindMes. Clients
// also try a key with it.
func (a asked) buildingBlocks() (*answer, error) {
	list, err := a.admin.FindMes(a.ctx, a.Account.ID)
	if err != nil {
		return nil, err
	}
	out := &answer{description: fmt.Sprintf("%d building blocks", len(list))}
	for _, f := range list {
		out.records = append(out.records, []field{{"id", strconv.FormatInt(f.ID, 10)}, {"type", "findme"}, {"name", f.Name}})
	}
	return out, nil
}

// loginCredentials reads a user name and a password. There are no users here: an
// operator tells those who log in that way to write their api_key as password.
func loginCredentials(p params) intake.Credentials {
	return intake.Credentials{APIKey: p["password"]}
}

// login answers the api_key to use: clients take it from result. Who comes with
// keys already has them checked.
func (a asked) login() (*answer, error) {
	if key := a.params["password"]; key != "" {
		return &answer{result: key, description: "Use this as api_key"}, nil
	}
	return &answer{description: "The key is valid"}, nil
}
