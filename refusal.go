package clickbridge

import "time"

// Refusal is a click that was turned away before anything rang. It holds no
// secret.
type Refusal struct {
	At         time.Time
	AccountID  int64 // 0 when the credentials were wrong
	Key        string
	RemoteAddr string
	Code       Code
	Reason     string // the answer the client got; of "Service unavailable" also why
	FindMe     string // as the client wrote it
	Phone      string // as the client wrote it
}
