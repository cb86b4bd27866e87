package config

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// PortRange is a range of UDP ports, both ends included.
type PortRange struct{ Low, High int }

// String is the form ParsePortRange reads.
func (r PortRange) String() string { return fmt.Sprintf("%d-%d", r.Low, r.High) }

// Calls returns how many calls the range carries: four ports each.
func (r PortRange) Calls() int { return (r.High - r.Low + 1) / 4 }

// ParsePortRange reads "20000-29999". RTP takes even ports and RTCP the next
// odd one (RFC 3550 11), so the low end is even.
func ParsePortRange(s string) (PortRange, error) {
	notRange := errors.New("is not a range low-high of ports; write for example 20000-29999")
	lo, hi, ok := strings.Cut(s, "-")
	if !ok {
		return PortRange{}, notRange
	}
	low, err1 := strconv.Atoi(strings.TrimSpace(lo))
	high, err2 := strconv.Atoi(strings.TrimSpace(hi))
	switch {
	case err1 != nil || err2 != nil || low > high:
		return PortRange{}, notRange
	case low < 1024 || high > 65535:
		return PortRange{}, errors.New("is not within 1024-65535; write for example 20000-29999")
	case low%2 != 0:
		return PortRange{}, fmt.Errorf("begins with an odd port, RTP needs an even one; write %d-%d", low+1, high)
	case high-low+1 < 4:
		return PortRange{}, errors.New("is too small: one call needs four ports; write for example 20000-29999")
	}
	return PortRange{Low: low, High: high}, nil
}
