package strictyaml

import "reflect"

// Rules says how a document is read.
type Rules struct {
	// Parse reads plain values of types that are not strings, numbers, booleans
	// or durations. The text of its error follows the quoted value ("is not
	// a range; write for example 1-2") and must not repeat it: it may be secret.
	Parse map[reflect.Type]func(string) (any, error)
	// Unsupported names settings that are refused, with the words that follow
	// the name. Keys are paths without indices: "trunks[].srtp".
	Unsupported map[string]string
	// ReadFile reads what file:/path names; nil refuses such values.
	ReadFile func(string) ([]byte, error)
}
