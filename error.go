package clickbridge

import (
	"errors"
	"time"
)

// Code sorts errors by what their reader can do about them. A face maps it to
// its own statuses.
type Code string

// The error codes.
const (
	EINVALID      Code = "invalid"      // a value is missing or wrong: correct it
	EUNAUTHORIZED Code = "unauthorized" // the credentials are wrong
	EFORBIDDEN    Code = "forbidden"    // the credentials are right, the act is not allowed
	ENOTFOUND     Code = "not_found"    // the thing named does not exist
	ELIMIT        Code = "limit"        // too many: wait RetryAfter
	EUNAVAILABLE  Code = "unavailable"  // draining, or no trunk has a free channel: wait RetryAfter
	EINTERNAL     Code = "internal"     // ours; the cause is logged, never shown
)

// Error is an error a client may read.
type Error struct {
	Code       Code
	Message    string // complete text for the client: "Invalid type: must be 1 or 2"
	RetryAfter time.Duration
	Err        error // the cause, for the log
}

func (e *Error) Error() string {
	if e.Err != nil {
		return e.Message + ": " + e.Err.Error()
	}
	return e.Message
}

func (e *Error) Unwrap() error { return e.Err }

// ErrorCode returns the code of err; an error that is not an [Error] is
// internal.
func ErrorCode(err error) Code {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return EINTERNAL
}

// ErrorMessage returns what a client may read of err.
func ErrorMessage(err error) string {
	var e *Error
	if errors.As(err, &e) && e.Code != EINTERNAL {
		return e.Message
	}
	return "Internal error"
}
