package people

import (
	"context"
	"errors"
	"slices"
	"time"

	"clickbridge"
	"clickbridge/store"
)

// newPassword checks and hashes a password a user shall have.
func (s *Service) newPassword(ctx context.Context, by Person, u *clickbridge.User, password string) (string, error) {
	if err := checkPassword(password, u.Email, u.Name); err != nil {
		return "", err
	}
	leave, err := s.gate.enter(ctx, "new password "+by.Actor.Name)
	if err != nil {
		return "", err
	}
	defer leave()
	return hashPassword(password), nil
}

// changeCredentials has write change a user's credentials; end ends all their
// sessions.
func (s *Service) changeCredentials(ctx context.Context, by Person, u clickbridge.User, action string, end bool, write func(*clickbridge.Credentials) error) error {
	for range changeTries {
		c, err := s.cfg.Store.Credentials(ctx, u.ID)
		if err != nil {
			return away(err)
		}
		c.Recovery = slices.Clone(c.Recovery)
		if err := write(&c); err != nil {
			return err
		}
		var at time.Time
		if end {
			at = time.Now()
		}
		if err = s.cfg.Store.PutCredentials(ctx, c, at, by.about(&u, action, nil)); !errors.Is(err, store.ErrStale) {
			return away(err)
		}
	}
	return errChanged
}

// ruled returns a user whose credentials the person may change. EFORBIDDEN.
func (s *Service) ruled(ctx context.Context, by Person, id int64) (clickbridge.User, error) {
	u, err := s.cfg.Store.User(ctx, id)
	if err != nil {
		return u, away(err)
	}
	if by.User.ID != 0 && by.User.ID == u.ID {
		return u, forbidden("Not allowed: one's own password and codes are changed by who knows the old ones")
	}
	if !by.rules(&u) {
		return u, forbidden("Not allowed: the user has roles that are not yours to change")
	}
	return u, nil
}

// SetPassword gives a user another password, and ends their sessions.
func (s *Service) SetPassword(ctx context.Context, by Person, id int64, password string) error {
	u, err := s.ruled(ctx, by, id)
	if err != nil {
		return err
	}
	hash, err := s.newPassword(ctx, by, &u, password)
	if err != nil {
		return err
	}
	return s.changeCredentials(ctx, by, u, "user.password_set", true, func(c *clickbridge.Credentials) error {
		c.Password = hash
		return nil
	})
}

// ResetTOTP has a user sign in without a code: who lost theirs.
func (s *Service) ResetTOTP(ctx context.Context, by Person, id int64) error {
	u, err := s.ruled(ctx, by, id)
	if err != nil {
		return err
	}
	return s.changeCredentials(ctx, by, u, "user.totp_reset", true, dropTOTP)
}

func dropTOTP(c *clickbridge.Credentials) error {
	c.TOTP, c.TOTPOn, c.Recovery = nil, false, nil // the last step stays: a code is good once
	return nil
}

// proves checks the person's own password once more, as sign-in does.
func (s *Service) proves(ctx context.Context, p Person, password string) error {
	c, err := s.cfg.Store.Credentials(ctx, p.User.ID)
	if err != nil {
		return away(err)
	}
	t := try{email: p.User.Email, addr: "session " + p.Session.ID, known: true}
	if wait := s.locks.wait(t, time.Now()); wait > 0 {
		return tooMany(wait)
	}
	leave, err := s.gate.enter(ctx, t.addr)
	if err != nil {
		return err
	}
	defer leave()
	s.locks.charge(t, time.Now())
	if right, _ := s.checkPassword(&c, password); !right {
		return forbidden("The password is wrong")
	}
	s.locks.right(t)
	return nil
}

// ChangePassword gives the person another password, ends all their sessions and
// begins a new one.
func (s *Service) ChangePassword(ctx context.Context, p Person, old, password string) (Signed, error) {
	if err := s.proves(ctx, p, old); err != nil {
		return Signed{}, err
	}
	hash, err := s.newPassword(ctx, p, &p.User, password)
	if err != nil {
		return Signed{}, err
	}
	err = s.changeCredentials(ctx, p, p.User, "user.password_changed", true, func(c *clickbridge.Credentials) error {
		c.Password = hash
		return nil
	})
	if err != nil {
		return Signed{}, err
	}
	u, err := s.cfg.Store.User(ctx, p.User.ID)
	if err != nil {
		return Signed{}, away(err)
	}
	signed, err := s.begin(ctx, u, p.Session.Method, p.Actor.RemoteAddr, p.Session.Agent)
	return signed, away(err)
}

// Enrolment is what an authenticator app needs to make codes.
type Enrolment struct{ Secret, URI string }

// EnrolTOTP begins to ask for codes: they are, once ConfirmTOTP was given one.
func (s *Service) EnrolTOTP(ctx context.Context, p Person, password string) (Enrolment, error) {
	if err := s.proves(ctx, p, password); err != nil {
		return Enrolment{}, err
	}
	secret := newCodeSecret()
	err := s.changeCredentials(ctx, p, p.User, "user.totp_begun", false, func(c *clickbridge.Credentials) error {
		if c.TOTPOn {
			return invalid("Codes are asked for already; switch them off first")
		}
		c.TOTP = s.keys.sealed(secret, sealedFor(c.UserID))
		return nil
	})
	if err != nil {
		return Enrolment{}, err
	}
	w := writtenSecret(secret)
	return Enrolment{Secret: w, URI: codeURI(p.User.Email, w)}, nil
}

// ConfirmTOTP has codes asked for from now on, and returns the recovery codes,
// which are shown this once. EINVALID when the code is not the app's.
func (s *Service) ConfirmTOTP(ctx context.Context, p Person, code string) ([]string, error) {
	t := try{email: p.User.Email, addr: "session " + p.Session.ID, known: true}
	if wait := s.locks.wait(t, time.Now()); wait > 0 {
		return nil, tooMany(wait)
	}
	s.locks.charge(t, time.Now())
	fresh := newRecovery()
	err := s.changeCredentials(ctx, p, p.User, "user.totp_on", false, func(c *clickbridge.Credentials) error {
		if c.TOTPOn || c.TOTP == nil {
			return invalid("Begin with a new secret first")
		}
		c.Recovery = nil
		if len(plainCode(code)) != codeDigits || s.takeCode(c, code, time.Now()) != nil {
			return invalid("Invalid code: it is not the app's of this moment")
		}
		c.TOTPOn = true
		for _, r := range fresh {
			c.Recovery = append(c.Recovery, s.keys.recovery(plainCode(r)))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	s.locks.right(t)
	return fresh, nil
}

// DisableTOTP has no code asked for any more; it takes the password and one.
func (s *Service) DisableTOTP(ctx context.Context, p Person, password, code string) error {
	if err := s.proves(ctx, p, password); err != nil {
		return err
	}
	t := try{email: p.User.Email, addr: "code of " + p.Session.ID, known: true}
	if wait := s.locks.wait(t, time.Now()); wait > 0 {
		return tooMany(wait)
	}
	s.locks.charge(t, time.Now())
	err := s.changeCredentials(ctx, p, p.User, "user.totp_off", false, func(c *clickbridge.Credentials) error {
		if !c.TOTPOn {
			return invalid("No codes are asked for")
		}
		if err := s.takeCode(c, code, time.Now()); err != nil {
			return forbidden("The code is wrong")
		}
		return dropTOTP(c)
	})
	if err == nil {
		s.locks.right(t)
	}
	return err
}
