package v1

import (
	"context"
	"slices"

	"clickbridge"
	"clickbridge/admin"
)

// Account is one customer.
type Account struct {
	ID              int64              `json:"id"`
	Name            string             `json:"name"`
	Country         string             `json:"country"`
	TimeZone        string             `json:"time_zone"`
	DefaultCallerID clickbridge.Number `json:"default_caller_id,omitempty"`
	Destinations    []string           `json:"destinations" nullable:"false" doc:"Countries that may be called"`
	DailyCalls      int                `json:"daily_calls" doc:"0 = no limit"`
}

// AccountChange is what an account may change of itself; what is left out stays.
type AccountChange struct {
	TimeZone        *string `json:"time_zone,omitempty" doc:"As America/Chicago"`
	DefaultCallerID *string `json:"default_caller_id,omitempty" doc:"A number of the account"`
}

// Myself is whose key or session it is.
type Myself struct {
	Kind        clickbridge.ActorKind    `json:"kind" enum:"key,user"`
	Name        string                   `json:"name"`
	Account     Account                  `json:"account"`
	Permissions []clickbridge.Permission `json:"permissions" nullable:"false"`
}

func (s *service) openAccount() {
	handle(s, op("get-me", "GET", "/v1/me", "account", "Whose key it is, and what it may", ""), s.getMe)
	handle(s, op("get-account", "GET", "/v1/account", "account", "Read the account", clickbridge.AccountRead), s.getAccount)
	handle(s, op("change-account", "PATCH", "/v1/account", "account", "Change the account", clickbridge.AccountWrite,
		says("Countries and limits are the operator's.")), s.changeAccount)
}

func accountOf(a *clickbridge.Account) Account {
	d := a.Destinations
	if len(d) == 0 {
		d = []string{a.Country}
	}
	return Account{a.ID, a.Name, a.Country, a.TimeZone, a.DefaultCallerID, d, a.DailyCalls}
}

func (s *service) getMe(ctx context.Context, _ *struct{}) (*body[Myself], error) {
	who := me(ctx)
	m := Myself{Kind: who.Actor.Kind, Name: who.Actor.Name, Account: accountOf(who.Account), Permissions: []clickbridge.Permission{}}
	for _, p := range clickbridge.RoleOwner.Permissions() {
		if who.May(p) {
			m.Permissions = append(m.Permissions, p)
		}
	}
	slices.Sort(m.Permissions)
	return &body[Myself]{m}, nil
}

func (s *service) getAccount(ctx context.Context, _ *struct{}) (*body[Account], error) {
	a, err := s.cfg.Admin.Account(ctx, me(ctx).Account.ID)
	if err != nil {
		return nil, err
	}
	return &body[Account]{accountOf(&a)}, nil
}

func (s *service) changeAccount(ctx context.Context, in *struct{ Body AccountChange }) (*body[Account], error) {
	who := me(ctx)
	var callerID *clickbridge.Number
	if raw := in.Body.DefaultCallerID; raw != nil {
		r := reader{account: who.Account}
		n := r.number("default_caller_id", *raw)
		if r.err != nil {
			return nil, r.err
		}
		callerID = &n
	}
	a, err := s.cfg.Admin.ChangeAccount(admin.By(ctx, who.Actor), who.Account.ID, in.Body.TimeZone, callerID)
	if err != nil {
		return nil, err
	}
	return &body[Account]{accountOf(&a)}, nil
}

// Key is a credential, without it.
type Key struct {
	Name    string              `json:"name"`
	Kind    clickbridge.KeyKind `json:"kind" enum:"pair,api,public"`
	Origins []string            `json:"origins,omitempty" nullable:"false" doc:"Public keys: pages that may use it; none = a server may"`
	FindMes []int64             `json:"findmes,omitempty" nullable:"false" doc:"Public keys: what they may click"`
}

// NewKey is a key when it was just made: the only time its secret is told.
type NewKey struct {
	Key
	AccessKey       string `json:"access_key,omitempty"`
	SecretAccessKey string `json:"secret_access_key,omitempty"`
	APIKey          string `json:"api_key,omitempty"`
	PublicKey       string `json:"key,omitempty"`
}

// KeyLimits are what bounds a public key.
type KeyLimits struct {
	Origins []string `json:"origins,omitempty" nullable:"false"`
	FindMes []int64  `json:"findmes" nullable:"false"`
}

// KeyRef names a key.
type KeyRef struct {
	Name string `path:"name" maxLength:"100"`
}

func (s *service) openKeys() {
	handle(s, op("list-keys", "GET", "/v1/keys", "account", "List keys", clickbridge.KeysRead), s.listKeys)
	handle(s, op("create-key", "POST", "/v1/keys", "account", "Make a key", clickbridge.KeysWrite, status(201), says("Its secret is told this once.")), s.createKey)
	handle(s, op("change-key", "PUT", "/v1/keys/{name}", "account", "Change what bounds a public key", clickbridge.KeysWrite), s.changeKey)
	handle(s, op("delete-key", "DELETE", "/v1/keys/{name}", "account", "Delete a key", clickbridge.KeysWrite, status(204)), s.deleteKey)
}

func keyOf(k *clickbridge.Key) Key { return Key{k.Name, k.Kind, k.Origins, k.FindMes} }

func (s *service) listKeys(ctx context.Context, _ *struct{}) (*body[List[Key]], error) {
	ks, err := s.cfg.Admin.Keys(ctx, me(ctx).Account.ID)
	if err != nil {
		return nil, err
	}
	var out []Key
	for i := range ks {
		out = append(out, keyOf(&ks[i]))
	}
	return &body[List[Key]]{cut(out, admin.MaxKeys, func(Key) string { return "" })}, nil
}

type newKeyOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         NewKey
}

func (s *service) createKey(ctx context.Context, in *struct{ Body Key }) (*newKeyOutput, error) {
	who := me(ctx)
	c, err := s.cfg.Admin.CreateKey(admin.By(ctx, who.Actor), who.Account.ID, clickbridge.Key{
		Name: in.Body.Name, Kind: in.Body.Kind, Origins: in.Body.Origins, FindMes: in.Body.FindMes,
	})
	if err != nil {
		return nil, err
	}
	out := NewKey{Key: keyOf(&c.Key)}
	switch c.Key.Kind {
	case clickbridge.PairKey:
		out.AccessKey, out.SecretAccessKey = c.Public, c.Secret
	case clickbridge.APIKey:
		out.APIKey = c.Public
	default:
		out.PublicKey = c.Public
	}
	return &newKeyOutput{"no-store", out}, nil
}

func (s *service) changeKey(ctx context.Context, in *struct {
	KeyRef
	Body KeyLimits
}) (*body[Key], error) {
	who := me(ctx)
	k, err := s.cfg.Admin.ChangeKey(admin.By(ctx, who.Actor), who.Account.ID, in.Name, in.Body.Origins, in.Body.FindMes)
	if err != nil {
		return nil, err
	}
	return &body[Key]{keyOf(&k)}, nil
}

func (s *service) deleteKey(ctx context.Context, in *KeyRef) (*nothing, error) {
	who := me(ctx)
	return nil, s.cfg.Admin.DeleteKey(admin.By(ctx, who.Actor), who.Account.ID, in.Name)
}

// Number is a number of the account.
type Number struct {
	Number      clickbridge.Number     `json:"number"`
	Kind        clickbridge.NumberKind `json:"kind" enum:"tracking,registered"`
	SMS         bool                   `json:"sms" doc:"Texts may be sent from it"`
	Description string                 `json:"description,omitempty"`
}

// NumberRef names a number.
type NumberRef struct {
	Number string `path:"number" maxLength:"40" doc:"As people write it, or E.164"`
}

func (s *service) openNumbers() {
	handle(s, op("list-numbers", "GET", "/v1/numbers", "account", "List the account's numbers", clickbridge.NumbersRead), s.listNumbers)
	handle(s, op("put-number", "PUT", "/v1/numbers/{number}", "account", "Register a number, or describe one", clickbridge.NumbersWrite, says("It may be shown as caller id then.")), s.putNumber)
	handle(s, op("delete-number", "DELETE", "/v1/numbers/{number}", "account", "Remove a registered number", clickbridge.NumbersWrite, status(204)), s.deleteNumber)
}

func (s *service) listNumbers(ctx context.Context, _ *struct{}) (*body[List[Number]], error) {
	ns, err := s.cfg.Admin.Numbers(ctx, me(ctx).Account.ID)
	if err != nil {
		return nil, err
	}
	var out []Number
	for _, n := range ns {
		out = append(out, Number{n.Number, n.Kind, n.SMS, n.Description})
	}
	return &body[List[Number]]{cut(out, admin.MaxOwned, func(Number) string { return "" })}, nil
}

func (s *service) putNumber(ctx context.Context, in *struct {
	NumberRef
	Body struct {
		Description string `json:"description,omitempty" maxLength:"255"`
	}
}) (*body[Number], error) {
	who := me(ctx)
	r := reader{account: who.Account}
	n := r.number("number", in.Number)
	if r.err != nil {
		return nil, r.err
	}
	if err := s.cfg.Admin.RegisterNumber(admin.By(ctx, who.Actor), who.Account.ID, n, in.Body.Description); err != nil {
		return nil, err
	}
	return &body[Number]{Number{Number: n, Kind: clickbridge.Registered, Description: in.Body.Description}}, nil
}

func (s *service) deleteNumber(ctx context.Context, in *NumberRef) (*nothing, error) {
	who := me(ctx)
	r := reader{account: who.Account}
	n := r.number("number", in.Number)
	if r.err != nil {
		return nil, r.err
	}
	return nil, notFoundAs(s.cfg.Admin.RemoveNumber(admin.By(ctx, who.Actor), who.Account.ID, n), "Number "+in.Number)
}
