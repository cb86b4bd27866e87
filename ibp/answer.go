package ibp

import (
	"io"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"clickbridge"
)

// The texts of the old API, to the letter.
const (
	callConnected    = "Call Connected"
	requestProcessed = "Requeset Processed" // the vendor's spelling
	phoneBusy        = "Phone Busy"
	noAnswer         = "No Answer"
	callFailed       = "Call Failed"
	unavailable      = "Service unavailable"
)

// outcomeText is what a click is answered once its first leg's fate is known.
func outcomeText(o clickbridge.Outcome) string {
	switch o.Kind {
	case clickbridge.OutcomeConnected:
		return callConnected
	case clickbridge.OutcomeProcessed:
		return requestProcessed
	}
	if o.Cause != nil {
		switch o.Cause.Class {
		case clickbridge.CauseBusy, clickbridge.CauseDeclined:
			return phoneBusy
		case clickbridge.CauseNoAnswer:
			return noAnswer
		}
	}
	return callFailed
}

// lastText is what clickto.call is answered when its other number was called
// first and not reached: as phone_to_call would be.
func lastText(r clickbridge.AttemptResult) string {
	switch r {
	case clickbridge.AttemptBusy, clickbridge.AttemptDeclined:
		return phoneBusy
	case clickbridge.AttemptNoAnswer, clickbridge.AttemptNotAccepted, clickbridge.AttemptOnAnotherCall:
		return noAnswer
	}
	return callFailed
}

// statusOf maps the domain's codes to the old API's statuses.
func statusOf(c clickbridge.Code) int {
	switch c {
	case clickbridge.EINVALID:
		return http.StatusBadRequest
	case clickbridge.EUNAUTHORIZED:
		return http.StatusUnauthorized
	case clickbridge.EFORBIDDEN:
		return http.StatusForbidden
	case clickbridge.ENOTFOUND:
		return http.StatusNotFound
	case clickbridge.ELIMIT:
		return http.StatusTooManyRequests
	case clickbridge.EUNAVAILABLE:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

// writeText answers bare text, without a newline: clients compare it whole.
func writeText(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body) // a client that is gone misses nothing else
}

// writeError answers a refusal, as text or in the envelope.
func writeError(w http.ResponseWriter, err error, inXML bool) {
	code := clickbridge.ErrorCode(err)
	if code == clickbridge.ELIMIT || code == clickbridge.EUNAVAILABLE {
		w.Header().Set("Retry-After", strconv.Itoa(retryAfter(err)))
	}
	message := neutral(clickbridge.ErrorMessage(err))
	if code == clickbridge.EUNAVAILABLE {
		message = unavailable // the reason is the operator's: the log and the list of refused clicks have it
	}
	if inXML {
		writeEnvelope(w, statusOf(code), "failed", message, "")
		return
	}
	writeText(w, statusOf(code), message)
}

// neutral breaks the word that clients take for success, wherever a refusal
// echoes it: they look for it without regard to case.
func neutral(s string) string {
	const word = "connected"
	for i := 0; i+len(word) <= len(s); i++ {
		if strings.EqualFold(s[i:i+len(word)], word) {
			s = s[:i+4] + "*" + s[i+5:]
		}
	}
	return s
}

// retryAfter returns whole seconds, at least one (RFC 9110 10.2.3).
func retryAfter(err error) int {
	d := 30 * time.Second
	if e := asError(err); e != nil && e.RetryAfter > 0 {
		d = e.RetryAfter
	}
	return int(math.Ceil(d.Seconds()))
}
