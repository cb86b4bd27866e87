package people

import (
	"net/http"
	"strconv"
	"time"

	"clickbridge"
)

// userJSON is a user as the console sees one.
type userJSON struct {
	ID        int64      `json:"id"`
	Email     string     `json:"email"`
	Name      string     `json:"name"`
	Operator  bool       `json:"operator"`
	Disabled  bool       `json:"disabled"`
	TOTP      bool       `json:"totp"`
	Roles     []roleJSON `json:"roles"`
	CreatedAt *time.Time `json:"created_at"`
	SignedIn  *time.Time `json:"signed_in_at"`
}

type roleJSON struct {
	AccountID   int64                    `json:"account_id"`
	Role        clickbridge.Role         `json:"role"`
	Permissions []clickbridge.Permission `json:"permissions,omitempty"` // of oneself
}

func userOf(u clickbridge.User, self bool) userJSON {
	out := userJSON{
		ID: u.ID, Email: u.Email, Name: u.Name, Operator: u.Operator, Disabled: u.Disabled, TOTP: u.TOTP,
		Roles: []roleJSON{}, CreatedAt: stamp(u.CreatedAt), SignedIn: stamp(u.SignedIn),
	}
	for _, r := range u.Roles {
		j := roleJSON{AccountID: r.AccountID, Role: r.Role}
		if self {
			j.Permissions = r.Role.Permissions()
		}
		out.Roles = append(out.Roles, j)
	}
	return out
}

func rolesOf(js []roleJSON) (out []clickbridge.AccountRole) {
	for _, j := range js {
		out = append(out, clickbridge.AccountRole{AccountID: j.AccountID, Role: j.Role})
	}
	return out
}

// number reads a number of the path. ENOTFOUND.
func number(r *http.Request, name string) (int64, error) {
	n, err := strconv.ParseInt(r.PathValue(name), 10, 64)
	if err != nil || n <= 0 {
		return 0, &clickbridge.Error{Code: clickbridge.ENOTFOUND, Message: "There is no such user, session or account"}
	}
	return n, nil
}

func (s *Service) getUsers(w http.ResponseWriter, r *http.Request, p Person) error {
	all, err := s.Users(r.Context(), p)
	if err != nil {
		return err
	}
	out := make([]userJSON, len(all))
	for i, u := range all {
		out[i] = userOf(u, false)
	}
	return writeJSON(w, http.StatusOK, map[string]any{"users": out})
}

// shown answers with a user as the person sees them.
func (s *Service) shown(w http.ResponseWriter, p Person, u clickbridge.User, err error) error {
	if err != nil {
		return err
	}
	u, ok := p.sees(u)
	if !ok && u.ID != p.User.ID { // their last role that was seen is gone
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	return writeJSON(w, http.StatusOK, userOf(u, false))
}

func (s *Service) getUser(w http.ResponseWriter, r *http.Request, p Person) error {
	id, err := number(r, "id")
	if err != nil {
		return err
	}
	u, err := s.User(r.Context(), p, id)
	return s.shown(w, p, u, err)
}

func (s *Service) postUser(w http.ResponseWriter, r *http.Request, p Person) error {
	var in struct {
		Email    string     `json:"email"`
		Name     string     `json:"name"`
		Password string     `json:"password"`
		Operator bool       `json:"operator"`
		Roles    []roleJSON `json:"roles"`
	}
	if err := read(w, r, &in); err != nil {
		return err
	}
	u, err := s.CreateUser(r.Context(), p, clickbridge.User{
		Email: in.Email, Name: in.Name, Operator: in.Operator, Roles: rolesOf(in.Roles),
	}, in.Password)
	return s.shown(w, p, u, err)
}

// patchUser changes what is named, of a user whom the person sees.
func (s *Service) patchUser(w http.ResponseWriter, r *http.Request, p Person) error {
	var in struct {
		Name     *string `json:"name"`
		Operator *bool   `json:"operator"`
		Disabled *bool   `json:"disabled"`
	}
	id, err := s.seen(w, r, p, &in)
	if err != nil {
		return err
	}
	u, err := s.ChangeUser(r.Context(), p, id, func(u *clickbridge.User) error {
		if in.Name != nil {
			u.Name = *in.Name
		}
		if in.Operator != nil {
			u.Operator = *in.Operator
		}
		if in.Disabled != nil {
			u.Disabled = *in.Disabled
		}
		return nil
	})
	return s.shown(w, p, u, err)
}

// seen reads the id of a user whom the person sees, or is, and a body unless
// into is nil.
func (s *Service) seen(w http.ResponseWriter, r *http.Request, p Person, into any) (int64, error) {
	id, err := number(r, "id")
	if err != nil {
		return 0, err
	}
	if id != p.User.ID {
		if _, err := s.User(r.Context(), p, id); err != nil {
			return 0, err
		}
	}
	if into == nil {
		return id, nil
	}
	return id, read(w, r, into)
}

func (s *Service) putUserPassword(w http.ResponseWriter, r *http.Request, p Person) error {
	var in struct {
		Password string `json:"password"`
	}
	id, err := s.seen(w, r, p, &in)
	if err != nil {
		return err
	}
	return done(w, s.SetPassword(r.Context(), p, id, in.Password))
}

func (s *Service) deleteUserTOTP(w http.ResponseWriter, r *http.Request, p Person) error {
	id, err := s.seen(w, r, p, nil)
	if err != nil {
		return err
	}
	return done(w, s.ResetTOTP(r.Context(), p, id))
}

func done(w http.ResponseWriter, err error) error {
	if err == nil {
		w.WriteHeader(http.StatusNoContent)
	}
	return err
}

func (s *Service) putRole(w http.ResponseWriter, r *http.Request, p Person) error {
	var in struct {
		Role clickbridge.Role `json:"role"`
	}
	id, err := s.seen(w, r, p, &in)
	if err != nil {
		return err
	}
	if !in.Role.Valid() {
		return invalid("Invalid role: must be owner, admin, supervisor or read_only")
	}
	return s.changeRole(w, r, p, id, in.Role)
}

func (s *Service) deleteRole(w http.ResponseWriter, r *http.Request, p Person) error {
	id, err := s.seen(w, r, p, nil)
	if err != nil {
		return err
	}
	return s.changeRole(w, r, p, id, "")
}

func (s *Service) changeRole(w http.ResponseWriter, r *http.Request, p Person, id int64, role clickbridge.Role) error {
	account, err := number(r, "account")
	if err != nil {
		return err
	}
	u, err := s.SetRole(r.Context(), p, id, account, role)
	return s.shown(w, p, u, err)
}
