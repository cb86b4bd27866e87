package prompt

import (
	"clickbridge"
	"clickbridge/leg"
)

// The functions below speak English with the default keys.

// Greeting is Voice.Greeting.
func Greeting() []*leg.Clip { return In(English).Greeting(false) }

// Hold is Voice.Hold.
func Hold() []*leg.Clip { return In(English).Hold() }

// ScreenAgain is Voice.ScreenAgain.
func ScreenAgain() []*leg.Clip { return In(English).ScreenAgain(DefaultKeys) }

// NobodyAvailable is Voice.NobodyAvailable.
func NobodyAvailable() []*leg.Clip { return In(English).NobodyAvailable() }

// Unreachable is Voice.Unreachable.
func Unreachable(c clickbridge.CauseClass) []*leg.Clip { return In(English).Unreachable(c) }

// Screen is Voice.Screen.
func Screen(caller clickbridge.Number, home string) []*leg.Clip {
	return In(English).Screen(caller, home, DefaultKeys, false)
}
