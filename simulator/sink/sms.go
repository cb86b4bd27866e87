package sink

import (
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// SMS is one text message accepted.
type SMS struct {
	At       time.Time
	Provider string // "twilio" or "http"
	Account  string // the user of the basic authentication
	From, To string
	Text     string
	Key      string // Idempotency-Key, "" without one
}

// SMS returns the text messages accepted, oldest first.
func (w *Web) SMS() []SMS {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]SMS(nil), w.texts...)
}

// FailSMS makes the next text messages fail with an HTTP status, so many times
// or Always; 0 times ends it.
func (w *Web) FailSMS(status, times int) { w.sms.set(status, times) }

const twilioPath = "/2010-04-01/Accounts/"

func isSMS(path string) bool {
	return path == "/sms" || strings.HasPrefix(path, twilioPath) && strings.HasSuffix(path, "/Messages.json")
}

// reply is a JSON answer.
type reply struct {
	status int
	body   any
}

func (r reply) write(rw http.ResponseWriter) {
	rw.Header().Set("Content-Type", "application/json")
	rw.WriteHeader(r.status)
	_ = json.NewEncoder(rw).Encode(r.body) // the client may be gone
}

// fault is an error as Twilio's REST API words it.
func fault(status, code int, message string) reply {
	return reply{status, map[string]any{"code": code, "message": message, "status": status,
		"more_info": fmt.Sprintf("https://www.twilio.com/docs/errors/%d", code)}}
}

func (w *Web) takeSMS(r *http.Request, body []byte) reply {
	user, password, _ := r.BasicAuth()
	msg := SMS{At: time.Now(), Account: user, Key: r.Header.Get("Idempotency-Key")}
	switch {
	case r.Method != http.MethodPost:
		return fault(http.StatusMethodNotAllowed, 20004, "Method not allowed")
	case !w.admits(user, password):
		return fault(http.StatusUnauthorized, 20003, "Authenticate")
	}
	if r.URL.Path == "/sms" {
		msg.Provider = "http"
		in := struct{ From, To, Text string }{}
		if err := json.Unmarshal(body, &in); err != nil {
			return reply{http.StatusBadRequest, map[string]string{"error": "not JSON"}}
		}
		msg.From, msg.To, msg.Text = in.From, in.To, in.Text
	} else {
		msg.Provider = "twilio"
		sid, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, twilioPath), "/")
		if sid != user {
			return fault(http.StatusNotFound, 20404, "The requested resource was not found")
		}
		form, err := url.ParseQuery(string(body))
		if err != nil {
			return fault(http.StatusBadRequest, 21604, "The form cannot be read")
		}
		msg.From, msg.To, msg.Text = form.Get("From"), form.Get("To"), form.Get("Body")
	}
	if code := w.sms.next(); code != 0 {
		return fault(code, 20500, "refused as scripted")
	}
	return w.accept(msg)
}

func (w *Web) admits(user, password string) bool {
	if w.cfg.Accounts == nil {
		return true
	}
	want, known := w.cfg.Accounts[user]
	return known && subtle.ConstantTimeCompare([]byte(want), []byte(password)) == 1
}

func (w *Web) accept(msg SMS) reply {
	switch {
	case !e164(msg.To):
		return fault(http.StatusBadRequest, 21211, "Invalid 'To' Phone Number")
	case !e164(msg.From):
		return fault(http.StatusBadRequest, 21212, "Invalid 'From' Phone Number")
	case msg.Text == "":
		return fault(http.StatusBadRequest, 21602, "Message body is required")
	}
	w.mu.Lock()
	w.serial++
	id := fmt.Sprintf("SM%032x", w.serial)
	w.texts = append(w.texts, msg)
	if n := len(w.texts) - maxKept; n > 0 {
		w.texts = w.texts[n:]
	}
	w.mu.Unlock()
	if w.cfg.OnSMS != nil {
		w.cfg.OnSMS(msg)
	}
	if msg.Provider == "http" {
		return reply{http.StatusOK, map[string]string{"id": id}}
	}
	return reply{http.StatusCreated, map[string]any{
		"sid": id, "account_sid": msg.Account, "from": msg.From, "to": msg.To, "body": msg.Text,
		"status": "queued", "direction": "outbound-api", "num_segments": "1", "error_code": nil, "error_message": nil,
	}}
}

func e164(s string) bool {
	if len(s) < 8 || len(s) > 16 || s[0] != '+' {
		return false
	}
	for _, c := range s[1:] {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}
