package config

import "log/slog"

// Secret is text that must not be shown. Printing or logging it shows only
// whether there is any; string(s) is the text itself.
type Secret string

// String shows whether there is a text, never which.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return "(secret)"
}

// GoString hides the text from %#v.
func (s Secret) GoString() string { return s.String() }

// LogValue hides the text from slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }
