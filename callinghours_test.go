package clickbridge_test

import (
	"testing"
	"time"

	"github.com/nyaruka/phonenumbers"

	"clickbridge"
)

func TestCallingHours(t *testing.T) {
	const never = ""
	for _, tc := range []struct {
		name     string
		number   clickbridge.Number
		from, to int
		at       string // UTC
		may      bool
		next     string // UTC
	}{
		// Chicago is UTC-6, in summer UTC-5.
		{"Chicago before 8", "+13125550100", 0, 0, "2026-11-23 13:59", false, "2026-11-23 14:00"},
		{"Chicago at 8", "+13125550100", 0, 0, "2026-11-23 14:00", true, "2026-11-23 14:00"},
		{"Chicago before 9 pm", "+13125550100", 0, 0, "2026-11-24 02:59", true, "2026-11-24 02:59"},
		{"Chicago at 9 pm", "+13125550100", 0, 0, "2026-11-24 03:00", false, "2026-11-24 14:00"},
		{"Chicago in summer", "+13125550100", 0, 0, "2026-07-01 13:00", true, "2026-07-01 13:00"},
		{"own hours", "+13125550100", 10 * 60, 12*60 + 30, "2026-11-23 18:30", false, "2026-11-24 16:00"},
		{"Berlin", "+493012345678", 0, 0, "2026-11-23 06:59", false, "2026-11-23 07:00"},
		// No area: from 8:00 in Honolulu (UTC-10) to 21:00 in St. John's (UTC-3:30).
		{"toll-free", "+18005550100", 0, 0, "2026-11-23 17:59", false, "2026-11-23 18:00"},
		{"not assigned", "+15555550100", 0, 0, "2026-11-24 00:29", true, "2026-11-24 00:29"},
		{"not assigned, late", "+15555550100", 0, 0, "2026-11-24 00:30", false, "2026-11-24 18:00"},
		{"Guam (UTC+10)", "+16715550100", 0, 0, "2026-11-23 22:00", true, "2026-11-23 22:00"},
		// An Australian mobile phone may be on Cocos (UTC+6:30) or Lord Howe (UTC+11).
		{"mobile", "+61412345678", 0, 0, "2026-11-23 01:29", false, "2026-11-23 01:30"},
		{"mobile, late", "+61412345678", 0, 0, "2026-11-23 10:00", false, "2026-11-24 01:30"},
		{"fixed", "+61298765432", 0, 0, "2026-11-22 21:00", true, "2026-11-22 21:00"},
		{"hours that never meet", "+61412345678", 8 * 60, 9 * 60, "2026-11-23 01:30", false, never},
		{"a satellite", "+870123456789", 0, 0, "2026-11-23 12:00", false, never},
		{"no number", "", 0, 0, "2026-11-23 12:00", false, never},
	} {
		t.Run(tc.name, func(t *testing.T) {
			at := in(t, "UTC", tc.at)
			if got := clickbridge.CallingHours(tc.number, tc.from, tc.to, at); got != tc.may {
				t.Errorf("CallingHours = %v", got)
			}
			var want time.Time
			if tc.next != never {
				want = in(t, "UTC", tc.next)
			}
			if got := clickbridge.NextCallingHours(tc.number, tc.from, tc.to, at); !got.Equal(want) {
				t.Errorf("NextCallingHours = %v, want %v", got.UTC(), want)
			}
		})
	}
}

// Every zone the library knows for a country is one that the clock knows: else
// its numbers would never be called.
func TestEveryZoneIsKnown(t *testing.T) {
	asked := 0
	for country := range phonenumbers.GetSupportedRegions() {
		for _, number := range []*phonenumbers.PhoneNumber{
			phonenumbers.GetExampleNumber(country), phonenumbers.GetExampleNumberForType(country, phonenumbers.MOBILE),
		} {
			if number == nil {
				continue
			}
			n := clickbridge.Number(phonenumbers.Format(number, phonenumbers.E164))
			if clickbridge.NextCallingHours(n, 0, 0, time.Unix(1_800_000_000, 0)).IsZero() {
				t.Errorf("%s in %s may never be called", n, country)
			}
			asked++
		}
	}
	if asked < 400 {
		t.Errorf("asked about %d numbers only", asked)
	}
}

func BenchmarkCallingHours(b *testing.B) {
	at := time.Unix(1_800_000_000, 0)
	for b.Loop() {
		clickbridge.CallingHours("+13125550100", 0, 0, at)
	}
}
