package clickbridge

import "time"

// NumberFormat is how a carrier wants numbers written in SIP addresses.
type NumberFormat string

// The number formats of a trunk: the user part of Request-URI, To and From.
const (
	FormatNational NumberFormat = "national" // 5558688950
	FormatE164     NumberFormat = "e164"     // +15558688950
	FormatDigits   NumberFormat = "digits"   // 15558688950
)

// Format writes n the way the trunk wants it, home being the country whose
// numbers are written without their calling code. A North American trunk dials
// ten digits to every country of the +1.
func (f NumberFormat) Format(n Number, home string) string {
	switch f {
	case FormatE164:
		return string(n)
	case FormatDigits:
		return n.Digits()
	default:
		if callingCode(home) == "1" && len(n) == 12 && n[:2] == "+1" {
			return string(n[2:])
		}
		return n.National(home)
	}
}

// Trunk is one account at a carrier.
type Trunk struct {
	Name           string
	Host           string // name or address
	Port           int    // 5060 where the URI had none
	Transport      string // "udp" or "tcp"
	Username       string // digest, and REGISTER where Register
	Password       string
	Register       bool
	NumberFormat   NumberFormat
	MaxCalls       int           // legs at once; 0 = no limit
	CallsPerSecond float64       // INVITEs a second; 0 = no limit
	FirstResponse  time.Duration // no 1xx in this time is a trunk fault; 0 = 5 s
}
