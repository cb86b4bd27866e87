package system_test

import (
	"context"
	"fmt"
	"net/http"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// TestDemoPage: a newcomer opens the demo's page, clicks, and sees the call
// beside it, signed in without having done anything for it.
func TestDemoPage(t *testing.T) {
	t.Parallel()
	w := &world{t: t, http: freeAddr(t, "tcp"), logs: &logBuffer{}}
	cmd := exec.Command(binary, "demo", "--http", w.http, "--no-first-call")
	cmd.Stdout, cmd.Stderr = w.logs, w.logs
	must(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
	})
	eventually(t, 30*time.Second, "the demo is ready", func() bool {
		code, _ := w.get("/readyz")
		return code == http.StatusOK
	})
	b := newBrowser(t, w)
	// Navigate waits for ever where a page has a frame that follows events.
	b.do("open the page", chromedp.Evaluate(fmt.Sprintf(`location.assign("http://%s/demo-page")`, w.http), nil))
	eventually(t, 15*time.Second, "the page is there", func() bool {
		ctx, cancel := context.WithTimeout(b.ctx, 2*time.Second)
		defer cancel()
		var there bool
		err := chromedp.Run(ctx, chromedp.Evaluate(`location.pathname === "/demo-page" && document.readyState === "complete"`, &there))
		return err == nil && there
	})
	shows := func(text string) {
		t.Helper()
		b.do("the board shows "+text, chromedp.Poll(fmt.Sprintf(`frames[0]?.document.body?.innerText.includes(%q)`, text), nil))
	}
	shows("No call at the moment")
	b.press("Call me")
	b.sees("Calling you now. Pick up!")
	for _, text := range []string{"Furniture sales", "Front desk", "Busy", "Showroom", "Declined", "Workshop"} {
		shows(text)
	}
	b.do("the two talk", chromedp.Poll(`frames[0].document.querySelector("article.talking") !== null`, nil))
	b.noFaults()
}
