package accounts_test

import (
	"fmt"

	"clickbridge/accounts"
)

func ExamplePlan() {
	file, err := accounts.Parse("shop.yaml", []byte(`
accounts:
  - name: Shop
    findmes:
      - {id: 98765, name: Sales, numbers: ["5558688950"]}
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	changes, lines, err := accounts.Plan(nil, []*accounts.File{file}, []byte("server key"), false)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, l := range lines {
		fmt.Println(l)
	}
	fmt.Println(len(changes), "changes")
	// Output:
	// create  account Shop
	//           country: US
	//           time_zone: UTC
	// create  FindMe 98765 "Sales" of account Shop
	//           name: Sales
	//           timeout: 30s
	//           loop_count: 1
	//           numbers: +15558688950
	// 2 changes
}

func ExampleParse() {
	_, err := accounts.Parse("shop.yaml", []byte("accounts:\n  - name: Shop\n    findmes:\n      - {id: 1, timeout: 90, simul: 2, stratgy: random}\n"))
	fmt.Println(err)
	// Output:
	// shop.yaml:4:26: accounts[0].findmes[0].timeout: 90 is not within 10 to 60 seconds
	// shop.yaml:4:40: accounts[0].findmes[0].stratgy: unknown setting; did you mean strategy?
}
