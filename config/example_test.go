package config_test

import (
	"fmt"

	"clickbridge/config"
)

func ExampleLoad() {
	_, err := config.Load("", []string{
		"CLICKBRIDGE_TRUNKS_0_NAME=main",
		"CLICKBRIDGE_TRUNKS_0_URI=sips:carrier.example.com",
	})
	fmt.Println(err)
	// Output:
	// environment CLICKBRIDGE_TRUNKS_0_URI: trunks[0].uri: "sips:carrier.example.com" asks for sips (TLS), which this version does not support; write sip: instead
}
