package notify_test

import (
	"fmt"
	"time"

	"clickbridge"
	"clickbridge/notify"
)

func ExampleRender() {
	call := clickbridge.Call{
		Order: clickbridge.FindMeFirst, Phone: "+15551112222", Page: "https://www.example.com/LeadResponse.html?id=7",
		NoAnswer: clickbridge.NoAnswer{SMS: "+15554443333"},
	}
	account := &clickbridge.Account{Country: "US", Numbers: []clickbridge.OwnedNumber{{Number: "+15557585902", SMS: true}}}
	for _, n := range notify.Render(call, nil, account, time.Now()) {
		fmt.Printf("%s from %s to %s: %s\n", n.Kind, n.From, n.To, n.Body)
	}
	// Output: sms from +15557585902 to +15554443333: LeadResponse unsuccessful for (555) 111-2222
}
