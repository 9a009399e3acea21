package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// browser is a tab in a browser of its own. It fails the test when a page
// writes an error to the console or breaks the content security policy.
type browser struct {
	t   *testing.T
	ctx context.Context

	mu       sync.Mutex
	problems []string
	expected []string // parts of messages that a step provokes on purpose
}

// chromium names the browser's program: CHROME_BIN, or what is on the PATH.
func chromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{os.Getenv("CHROME_BIN"), "chromium", "chromium-browser", "google-chrome", "google-chrome-stable",
		"/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"} {
		if path, err := exec.LookPath(name); name != "" && err == nil {
			return path
		}
	}
	t.Fatal("the browser tests need Chromium or Chrome: run `make browser`, or name the program in CHROME_BIN")
	return ""
}

func newBrowser(t *testing.T) *browser {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(chromium(t)),
		chromedp.NoSandbox,
		chromedp.DisableGPU,
		chromedp.UserDataDir(t.TempDir()),
		chromedp.WindowSize(1440, 900),
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
	)
	ctx, cancelAllocator := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, cancel := chromedp.NewContext(ctx)
	ctx, cancelTimeout := context.WithTimeout(ctx, 5*time.Minute)
	b := &browser{t: t, ctx: ctx}
	require.NoError(t, chromedp.Do(ctx))
	messages := chromedp.Console(ctx)
	listening := make(chan struct{})
	go func() {
		defer close(listening)
		for m, err := range messages {
			if err != nil {
				return
			}
			if m.Type == chromedp.ConsoleError || m.Type == chromedp.ConsoleException || m.Type == chromedp.ConsoleWarning {
				b.mu.Lock()
				b.problems = append(b.problems, fmt.Sprintf("%s: %s (%s)", m.Type, m.Text, m.URL))
				b.mu.Unlock()
			}
		}
	}()
	t.Cleanup(func() {
		if t.Failed() {
			b.screenshot("failed")
			html, _ := chromedp.Run(ctx, chromedp.OuterHTML(chromedp.CSS("main")))
			t.Logf("page when the test failed:\n%s", html)
		}
		cancelTimeout()
		cancel()
		<-listening
		cancelAllocator()
		b.mu.Lock()
		defer b.mu.Unlock()
		for _, p := range b.problems {
			if !b.wasExpected(p) {
				t.Errorf("the browser's console says: %s", p)
			}
		}
	})
	return b
}

func (b *browser) wasExpected(problem string) bool {
	for _, e := range b.expected {
		if strings.Contains(problem, e) {
			return true
		}
	}
	return false
}

// expect allows a console message, such as the one for a 422 that a step
// provokes.
func (b *browser) expect(part string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.expected = append(b.expected, part)
}

func (b *browser) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 30*time.Second)
	defer cancel()
	require.NoError(b.t, chromedp.Do(ctx, steps...))
}

func (b *browser) open(url string) { b.t.Helper(); b.do(chromedp.Navigate(url)) }

// until waits for a JavaScript expression to hold.
func (b *browser) until(expression string) {
	b.t.Helper()
	var last error
	for deadline := time.Now().Add(60 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		ok, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool]("Boolean("+expression+")"))
		if ok {
			return
		}
		last = err
	}
	require.FailNow(b.t, "never came true: "+expression, "%v", last)
}

// see waits until a selector is on the page and visible.
func (b *browser) see(selector string) {
	b.t.Helper()
	b.until(fmt.Sprintf("document.querySelector(%q)?.checkVisibility()", selector))
}

// gone waits until a selector is no longer visible.
func (b *browser) gone(selector string) {
	b.t.Helper()
	b.until(fmt.Sprintf("!document.querySelector(%q)?.checkVisibility()", selector))
}

// reads waits until the page's main part contains a text.
func (b *browser) reads(text string) {
	b.t.Helper()
	b.until(fmt.Sprintf("document.body.innerText.includes(%q)", text))
}

// click clicks what a person could click: visible and not disabled.
func (b *browser) click(selector string) {
	b.t.Helper()
	b.see(selector)
	b.until(fmt.Sprintf("!document.querySelector(%q).disabled", selector))
	b.do(chromedp.Click(chromedp.CSS(selector)))
}

// enter replaces the content of a field by typing.
func (b *browser) enter(selector, text string) {
	b.t.Helper()
	b.see(selector)
	b.do(chromedp.Clear(chromedp.CSS(selector)), chromedp.SendKeys(chromedp.CSS(selector), text))
}

// settled waits until htmx has put its answers into the page: before that, a
// link is only a link.
func (b *browser) settled() {
	b.t.Helper()
	b.until("!document.querySelector('.htmx-request, .htmx-swapping, .htmx-settling, .htmx-added')")
}

func (b *browser) text(expression string) string {
	b.t.Helper()
	s, err := chromedp.Run(b.ctx, chromedp.Evaluate[string]("String("+expression+")"))
	require.NoError(b.t, err)
	return s
}

// look holds the page against the accessibility rules of axe-core, light and
// dark, wide and narrow, and checks that nothing overflows sideways. The rules
// run in the browser and cost minutes: the race detector has nothing to see in
// them. It writes pictures when SECURATLAS_SCREENSHOTS names a folder.
func (b *browser) look(name string) {
	b.t.Helper()
	for _, width := range []int64{1440, 1024, 390} {
		for _, theme := range []string{"light", "dark"} {
			only := wcag
			if theme == "dark" {
				only = contrast
			}
			b.do(chromedp.EmulateViewport(width, 900))
			b.text(fmt.Sprintf("document.documentElement.setAttribute('data-bs-theme', %q)", theme))
			b.finishAnimations()
			where := fmt.Sprintf("%s-%d-%s", name, width, theme)
			b.screenshot(where)
			assert.Equal(b.t, "0", b.text("Math.max(0, document.documentElement.scrollWidth - document.documentElement.clientWidth)"), "%s overflows sideways", where)
			if !raceDetector {
				assert.Empty(b.t, b.axe(only), where)
			}
		}
	}
	b.do(chromedp.EmulateViewport(1440, 900))
	b.text("document.documentElement.setAttribute('data-bs-theme', 'light')")
}

// finishAnimations brings what moves to where it ends.
func (b *browser) finishAnimations() {
	b.t.Helper()
	b.until("document.getAnimations().filter(a => a.playState == 'running' && a.effect.getTiming().iterations != Infinity).map(a => a.finish()).length == 0")
}

// What of axe-core is run: every rule of WCAG 2.2 AA, or, where only colours
// differ from a page that was held against all, contrast.
const (
	wcag     = `["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]`
	contrast = `{type: "rule", values: ["color-contrast"]}`
)

// axe returns the accessibility rules that the page breaks, and where.
func (b *browser) axe(only string) []string {
	b.t.Helper()
	if b.text("typeof axe") == "undefined" { // once for each page: it is large
		rules, err := os.ReadFile(filepath.Join("testdata", "axe.min.js"))
		require.NoError(b.t, err)
		_, err = chromedp.Run(b.ctx, chromedp.Evaluate[int](string(rules)+";0"))
		require.NoError(b.t, err)
	}
	broken, err := chromedp.Run(b.ctx, chromedp.Evaluate[[]string](
		`axe.run(document, {runOnly: `+only+`, resultTypes: ["violations"]}).then(r => r.violations.flatMap(v => v.nodes.map(n => v.id + ": " + n.html.slice(0, 200) + " " + n.failureSummary.slice(0, 200))))`,
		chromedp.EvalAwaitPromise))
	require.NoError(b.t, err)
	return broken
}

// screenshot writes a picture of what is visible.
func (b *browser) screenshot(name string) {
	dir := os.Getenv("SECURATLAS_SCREENSHOTS")
	if dir == "" {
		return
	}
	png, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		b.t.Logf("screenshot %s: %v", name, err)
		return
	}
	require.NoError(b.t, os.WriteFile(filepath.Join(dir, name+".png"), png, 0o644))
}

// selectOption chooses an option of a list as a person does: the page hears of
// it.
func selectOption(selector, value string) chromedp.Action[chromedp.Void] {
	return func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		_, err := chromedp.Evaluate[bool](fmt.Sprintf(
			"(() => { const s = document.querySelector(%q); s.value = %q; s.dispatchEvent(new Event('change', {bubbles: true})); return s.value == %q; })()",
			selector, value, value))(ctx, target)
		return chromedp.Void{}, err
	}
}

func pressEscape() chromedp.Action[chromedp.Void] { return chromedp.KeyEvent(kb.Escape) }

// quote makes a JavaScript string.
func quote(s string) string { return strconv.Quote(s) }
