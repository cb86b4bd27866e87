package config

import (
	"testing"
	"time"
)

func TestSizes(t *testing.T) {
	for in, want := range map[string]struct {
		size Size
		text string
	}{
		"500MB": {500e6, "500MB"}, "1500 kb": {1.5e6, "1500kB"}, "2GB": {2e9, "2GB"}, "1TB": {1e12, "1TB"}, "1000MB": {1e9, "1GB"},
		"10485760B": {10485760, "10485760B"}, "0": {0, "0"}, "0MB": {0, "0"},
	} {
		got, err := ParseSize(in)
		if err != nil || got != want.size || got.String() != want.text {
			t.Errorf("%s: got %d, %s, %v", in, got, got, err)
		}
		if again, err := ParseSize(got.String()); err != nil || again != got {
			t.Errorf("%s is written as %s, which reads as %d, %v", in, got, again, err)
		}
	}
	for in, want := range map[string]string{
		"500":        "has no unit; write for example 500MB",
		"":           "is not a size; write for example 500MB or 2GB",
		"MB":         "is not a size; write for example 500MB or 2GB",
		"-1MB":       "is not a size; write for example 500MB or 2GB",
		"1.5GB":      "is not a size; write for example 500MB or 2GB",
		"5MiB":       "has a unit that is not one of B, kB, MB, GB, TB; write for example 500MB or 2GB",
		"99999999TB": "is too large",
	} {
		if _, err := ParseSize(in); err == nil || err.Error() != want {
			t.Errorf("%q: got %v, want %s", in, err, want)
		}
	}
}

func TestDays(t *testing.T) {
	for in, want := range map[string]struct {
		days Days
		text string
	}{
		"90d": {Days(90 * day), "90d"}, "36h": {Days(36 * time.Hour), "36h"}, "48h": {Days(2 * day), "2d"}, "0": {0, "0d"}, "0d": {0, "0d"},
	} {
		if got, err := ParseDays(in); err != nil || got != want.days || got.String() != want.text {
			t.Errorf("%s: got %s, %v", in, got, err)
		}
	}
	for in, want := range map[string]string{
		"90":       "has no unit; write for example 90d",
		"soon":     "is not a number of days; write for example 90d, 36h or 0",
		"-1d":      "is not a number of days; write for example 90d, 36h or 0",
		"1.5d":     "is not a number of days; write for example 90d, 36h or 0",
		"9999999d": "is not a number of days; write for example 90d, 36h or 0",
	} {
		if _, err := ParseDays(in); err == nil || err.Error() != want {
			t.Errorf("%q: got %v, want %s", in, err, want)
		}
	}
}
