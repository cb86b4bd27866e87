package accounts

import _ "embed"

//go:embed example.yaml
var example string

// Example returns the documented example account as an accounts file: the one
// of the vendor's page, a FindMe for every scene of the simulated carrier
// (98700 plus the scene) and one for a whole hunt (98800). demo applies it.
func Example() []byte { return []byte(example) }
