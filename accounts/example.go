package accounts

import _ "embed"

//go:embed example.yaml
var example string

// Example returns the documented example account as an accounts file: the one
// of the vendor's page, a FindMe for every scene of the simulated carrier
// (98700 plus the scene), one for a whole hunt (98800) and one for each setting of
// hunting (98801…), voice (98820…) and the end of a list (98840…). demo applies it.
func Example() []byte { return []byte(example) }
