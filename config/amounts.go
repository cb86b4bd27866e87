package config

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Size is a number of bytes.
type Size int64

// sizeUnits are those of disks, powers of 1000, the largest first.
var sizeUnits = []struct {
	name  string
	bytes Size
}{{"TB", 1e12}, {"GB", 1e9}, {"MB", 1e6}, {"kB", 1e3}, {"B", 1}}

// String is the form ParseSize reads.
func (s Size) String() string {
	for _, u := range sizeUnits {
		if s != 0 && s%u.bytes == 0 {
			return fmt.Sprintf("%d%s", s/u.bytes, u.name)
		}
	}
	return strconv.FormatInt(int64(s), 10)
}

// ParseSize reads a whole number and a unit: 500MB. Only 0 needs none.
func ParseSize(s string) (Size, error) {
	digits := strings.TrimRight(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ ")
	unit := strings.TrimSpace(s[len(digits):])
	n, err := strconv.ParseInt(digits, 10, 64)
	switch {
	case err != nil || n < 0:
		return 0, errors.New("is not a size; write for example 500MB or 2GB")
	case unit == "" && n != 0:
		return 0, fmt.Errorf("has no unit; write for example %sMB", digits)
	}
	for _, u := range sizeUnits {
		switch {
		case unit != "" && !strings.EqualFold(unit, u.name):
		case Size(n) > math.MaxInt64/u.bytes:
			return 0, errors.New("is too large")
		default:
			return Size(n) * u.bytes, nil
		}
	}
	return 0, errors.New("has a unit that is not one of B, kB, MB, GB, TB; write for example 500MB or 2GB")
}

// Days is a length of time that is written in days.
type Days time.Duration

const day = 24 * time.Hour

// String is the form ParseDays reads.
func (d Days) String() string {
	if t := time.Duration(d); t%day != 0 {
		return short(t)
	}
	return fmt.Sprintf("%dd", time.Duration(d)/day)
}

// ParseDays reads a whole number of days, 90d, or hours, 36h. Only 0 needs no
// unit.
func ParseDays(s string) (Days, error) {
	if digits, ok := strings.CutSuffix(s, "d"); ok {
		if n, err := strconv.ParseUint(digits, 10, 16); err == nil {
			return Days(time.Duration(n) * day), nil
		}
	}
	if d, err := time.ParseDuration(s); err == nil {
		return Days(d), nil
	}
	if _, err := strconv.ParseUint(s, 10, 32); err == nil {
		return 0, fmt.Errorf("has no unit; write for example %sd", s)
	}
	return 0, errors.New("is not a number of days; write for example 90d, 36h or 0")
}
