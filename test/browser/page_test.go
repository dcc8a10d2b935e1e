package browser_test

import (
	"bytes"
	"context"
	_ "embed"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli/catalyst"
	"github.com/catalyst-cloud/kubectl-catalyst/test/browser"
)

var shots = flag.String("shots", "", "folder to leave screenshots in, for people to look at")

//go:embed testdata/shop.yaml
var shop []byte

// start gives a test a browser of its own, and a context that ends before the
// test's deadline would.
func start(t *testing.T) (context.Context, *browser.Browser) {
	t.Helper()
	browser.Require(t)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	b, err := browser.Start(ctx, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
		cancel()
	})
	return ctx, b
}

// written runs the program on manifests and returns the file it writes.
func written(t *testing.T, manifests []byte, command string, args ...string) []byte {
	t.Helper()
	file := filepath.Join(t.TempDir(), "manifests.yaml")
	if err := os.WriteFile(file, manifests, 0o600); err != nil {
		t.Fatal(err)
	}
	var out, errOut bytes.Buffer
	env := cli.Env{IOStreams: genericiooptions.IOStreams{In: strings.NewReader(""), Out: &out, ErrOut: &errOut}, Getenv: os.Getenv, Now: time.Now}
	args = append([]string{"network-policy", command, "-f", file, "-o", "html"}, args...)
	if code := catalyst.Run(t.Context(), args, env); code != 0 {
		t.Fatalf("exit code %d: %s", code, errOut.String())
	}
	return out.Bytes()
}

// tab is a page in a test: what goes wrong ends the test.
type tab struct {
	*testing.T
	*browser.Tab
	ctx context.Context
}

func open(t *testing.T, ctx context.Context, b *browser.Browser, name string, page []byte, v browser.View) *tab {
	t.Helper()
	got, err := b.Open(ctx, name+".html", page, v)
	if err != nil {
		t.Fatal(err)
	}
	return &tab{t, got, ctx}
}

func (t *tab) eval(expression string) string {
	t.Helper()
	var out string
	if err := t.Eval(t.ctx, "String("+expression+")", &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func (t *tab) press(keys ...string) {
	t.Helper()
	if err := t.Press(t.ctx, keys...); err != nil {
		t.Fatal(err)
	}
}

func (t *tab) click(selector string) {
	t.Helper()
	if err := t.Click(t.ctx, selector); err != nil {
		t.Fatal(err)
	}
}

// fill replaces what stands in a field, as someone who types does.
func (t *tab) fill(selector, text string) {
	t.Helper()
	t.eval(`(document.querySelector("` + selector + `").focus(), document.querySelector("` + selector + `").select())`)
	if err := t.Type(t.ctx, text); err != nil {
		t.Fatal(err)
	}
}

// want compares the value of an expression.
func (t *tab) want(expression, want string) {
	t.Helper()
	if got := t.eval(expression); got != want {
		t.Errorf("%s\n is %q\nnot %q", expression, got, want)
	}
}

// has looks for words in what an element shows.
func (t *tab) has(selector string, words ...string) {
	t.Helper()
	text := t.eval(`document.querySelector("` + selector + `").innerText`)
	for _, w := range words {
		if !strings.Contains(text, w) {
			t.Errorf("%s does not say %q:\n%s", selector, w, text)
		}
	}
}

// shot leaves a screenshot where -shots says.
func (t *tab) shot(name string, whole bool) {
	t.Helper()
	if *shots == "" {
		return
	}
	png, err := t.Screenshot(t.ctx, whole)
	if err == nil {
		err = os.WriteFile(filepath.Join(*shots, name+".png"), png, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// quiet: nothing in the console, nothing asked for.
func (t *tab) quiet() {
	t.Helper()
	for _, c := range t.Complaints() {
		t.Errorf("the console shows %s", c)
	}
	for _, r := range t.Requests() {
		t.Errorf("the page asks for %s", r)
	}
}

var desk = browser.View{Width: 1400, Height: 1000}

func TestCheckOpens(t *testing.T) {
	t.Parallel()
	ctx, b := start(t)
	p := open(t, ctx, b, "check", written(t, shop, "check"), desk)
	p.has("main", "It is unknown whether network policies are enforced.", "Findings", "Who reaches whom")
	p.shot("check", true)
	p.quiet()
}
