package intake

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"clickbridge"
)

// Refused records a click that a face turned away itself, before it came to
// Click: an action that does not exist.
func (in *Intake) Refused(ctx context.Context, c Click, err error) {
	who, _ := in.Authorize(c.Credentials)
	_ = in.refuse(ctx, who, c, err)
}

// refuse records why a click was turned away, and returns that. Credentials
// are in neither the record nor the log.
func (in *Intake) refuse(ctx context.Context, who Access, c Click, err error) error {
	r := clickbridge.Refusal{
		At:         time.Now(),
		RemoteAddr: c.RemoteAddr,
		Code:       clickbridge.ErrorCode(err),
		Reason:     clickbridge.ErrorMessage(err),
		FindMe:     echo(c.FindMeID),
		Phone:      echo(c.PhoneToCall),
	}
	if c.List != nil {
		r.FindMe = echo(c.Listed)
	}
	account := ""
	if who.Account != nil {
		r.AccountID, r.Key, account = who.Account.ID, who.Key.Name, who.Account.Name
	}
	level, attrs := slog.LevelInfo, []any{
		"reason", r.Reason, "code", string(r.Code), "account", account, "key", r.Key,
		"remote", r.RemoteAddr, "findme_id", r.FindMe, "phone_to_call", r.Phone,
	}
	if cause := errors.Unwrap(err); cause != nil {
		level, attrs = slog.LevelError, append(attrs, "err", cause)
	}
	in.cfg.Log.Log(ctx, level, "click refused", attrs...)
	if in.cfg.Refuse != nil {
		in.cfg.Refuse(r)
	}
	return err
}
