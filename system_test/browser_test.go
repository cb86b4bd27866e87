package system_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// browser is a headless Chromium at a world's console.
type browser struct {
	t   *testing.T
	w   *world
	ctx context.Context

	mu     sync.Mutex
	faults []string // what its console complained of
}

const (
	consoleEmail    = "watcher@example.com"
	consolePassword = peoplePassword
)

// newBrowser starts Chromium, which setup.sh installs, with a user who may sign
// in.
func newBrowser(t *testing.T, w *world) *browser {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		if path, err = exec.LookPath("google-chrome"); err != nil {
			t.Fatal("no Chromium: run system_test/setup.sh")
		}
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.WindowSize(1280, 860),
		chromedp.Flag("lang", "en-US"), chromedp.UserDataDir(t.TempDir()))
	if os.Getuid() == 0 {
		opts = append(opts, chromedp.NoSandbox)
	}
	alloc, cancelAlloc := chromedp.NewExecAllocator(context.Background(), opts...)
	ctx, cancel := chromedp.NewContext(alloc, chromedp.WithErrorf(func(string, ...any) {})) // events newer than it
	ctx, cancelTime := context.WithTimeout(ctx, 90*time.Second)
	b := &browser{t: t, w: w, ctx: ctx}
	t.Cleanup(func() {
		cancelTime()
		cancel()
		cancelAlloc()
	})
	chromedp.ListenTarget(ctx, b.hear)
	b.do("start", log.Enable(), runtime.Enable())
	return b
}

// hear keeps what the page's console complains of: a policy that was broken, an
// exception.
func (b *browser) hear(ev any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := ev.(type) {
	case *runtime.EventExceptionThrown:
		b.faults = append(b.faults, e.ExceptionDetails.Error())
	case *log.EventEntryAdded:
		if e.Entry.Level == log.LevelError && e.Entry.Source != log.SourceNetwork {
			b.faults = append(b.faults, e.Entry.Text)
		}
	}
}

// noFaults fails where the page's console complained.
func (b *browser) noFaults() {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.faults) > 0 {
		b.t.Errorf("the browser complains:\n%s", strings.Join(b.faults, "\n"))
	}
}

// do acts, within 15 seconds; on failure it shows what the page says.
func (b *browser) do(what string, actions ...chromedp.Action) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 15*time.Second)
	defer cancel()
	if what == "start" { // the browser lives as long as the context of its first action
		ctx = b.ctx
	}
	if err := chromedp.Run(ctx, actions...); err != nil {
		var page string
		last, stop := context.WithTimeout(b.ctx, 2*time.Second)
		defer stop()
		_ = chromedp.Run(last, chromedp.Evaluate(`location.href + "\n" + document.body.innerText`, &page))
		b.t.Fatalf("%s: %v\n%s", what, err, page)
	}
}

// open goes to a page, and signs in where that is asked for.
func (b *browser) open(path string) {
	b.t.Helper()
	b.do("open "+path, chromedp.Navigate("http://"+b.w.http+path), chromedp.WaitVisible("h1"))
}

func (b *browser) signIn(path string) {
	b.t.Helper()
	b.open(path)
	b.do("sign in",
		chromedp.SendKeys("input[type=email]", consoleEmail), chromedp.SendKeys("input[type=password]", consolePassword),
		chromedp.Click("button.main"), chromedp.WaitVisible("nav"))
}

// sees waits until the page shows a text.
func (b *browser) sees(texts ...string) {
	b.t.Helper()
	for _, text := range texts {
		b.do("see "+text, chromedp.Poll(fmt.Sprintf("document.body.innerText.includes(%q)", text), nil, chromedp.WithPollingInterval(20*time.Millisecond)))
	}
}

// press clicks the button, link or tab of that name.
func (b *browser) press(name string) {
	b.t.Helper()
	x := fmt.Sprintf(`//*[self::button or self::a or self::summary][normalize-space()=%q or @aria-label=%q][not(@disabled)]`, name, name)
	b.do("press "+name, chromedp.WaitVisible(x, chromedp.BySearch), chromedp.Click(x, chromedp.BySearch))
}

// field is the XPath of the field of a label.
func field(label string) string {
	return fmt.Sprintf(`//*[@id=//label[normalize-space()=%q]/@for]`, label)
}

// fill writes into the first field of a label, in place of what it has.
func (b *browser) fill(label, text string) {
	b.t.Helper()
	x := field(label)
	b.do("fill "+label, chromedp.WaitVisible(x, chromedp.BySearch), chromedp.Focus(x, chromedp.BySearch),
		chromedp.Evaluate(`document.activeElement.select()`, nil), chromedp.SendKeys(x, text, chromedp.BySearch))
}

// says evaluates an expression of JavaScript.
func says[T any](b *browser, expression string) (v T) {
	b.t.Helper()
	b.do(expression, chromedp.Evaluate(expression, &v, func(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }))
	return v
}

// dark sets what the system prefers.
func (b *browser) dark(yes bool) {
	b.t.Helper()
	v := "light"
	if yes {
		v = "dark"
	}
	b.do(v, emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: v}}))
}

// watcher makes a world whose console somebody may sign in to.
func watcher(t *testing.T, s setup) (*world, *browser) {
	t.Helper()
	w := newWorld(t, s)
	w.addUser("--operator", consoleEmail)
	return w, newBrowser(t, w)
}
