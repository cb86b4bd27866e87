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
	_, err := accounts.Parse("shop.yaml", []byte("accounts:\n  - name: Shop\n    findmes:\n      - {id: 1, timeout: 90, simul: 2}\n"))
	fmt.Println(err)
	// Output:
	// shop.yaml:4:30: accounts[0].findmes[0].simul: not supported by this version; a FindMe has id, name, timeout, loop_count and numbers
}
