package simulator_test

import (
	"fmt"

	"clickbridge/simulator"
)

func ExampleSceneOf() {
	for _, number := range []string{"5558688950", "+13125550103", "13125550100"} {
		fmt.Println(number, simulator.SceneOf(number).Name)
	}
	// Output:
	// 5558688950 rings for ever
	// +13125550103 busy
	// 13125550100 accepts, talks
}

func ExampleToneOf() {
	fmt.Println(simulator.ToneOf("3125550100"), simulator.ToneOf("3125550117"))
	// Output: 400 587
}
