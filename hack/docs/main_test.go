package main

import (
	"os/exec"
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
)

// What is in the tree is what the commands say today.
func TestPagesAreCurrent(t *testing.T) {
	t.Parallel()
	files, err := render()
	if err != nil {
		t.Fatal(err)
	}
	stale, err := files.drift("../..")
	if err != nil {
		t.Fatal(err)
	}
	if len(stale) > 0 {
		t.Errorf("these pages are not what the commands say; run: %s\n  %s", regenerate, strings.Join(stale, "\n  "))
	}
}

func TestWriteLeavesNoDrift(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	gone := pages{"docs/man/gone.1": []byte("old"), "docs/reference/kept.md": []byte("old")}
	if err := gone.write(root); err != nil {
		t.Fatal(err)
	}
	now := pages{"docs/reference/kept.md": []byte("new"), "docs/man/new.1": []byte("new")}
	stale, err := now.drift(root)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"docs/man/gone.1", "docs/man/new.1", "docs/reference/kept.md"}, stale); diff != "" {
		t.Error(diff)
	}
	if err := now.write(root); err != nil {
		t.Fatal(err)
	}
	if stale, err = now.drift(root); err != nil || len(stale) > 0 {
		t.Errorf("after writing: %q, %v", stale, err)
	}
}

// A command with everything in it that could be taken for markup.
func awkward() *command {
	root := &cobra.Command{Use: "tool", Short: "Do it", Long: "Do it."}
	sub := &cobra.Command{Use: "sub NAME", Short: "Take <this> | that", Run: func(*cobra.Command, []string) {},
		Long:    ".hidden files\ncount, 'tool sub' and --wait=5s do\nnot; a cluster's\\label_ and _member_ are *plain*.\n\n  as  it is",
		Example: "  # Is it there?\n  tool sub 'a b'\n\n  # Two lines\n  tool sub a\n  .x",
	}
	sub.Flags().StringP("name", "n", "", "name|alias")
	sub.Flags().Bool("on", true, "switch that is on")
	sub.Flags().Bool("secret", false, "not shown")
	_ = sub.Flags().MarkHidden("secret")
	sub.Flags().String("os-cloud", "", "cloud")
	root.AddCommand(sub, &cobra.Command{Use: "beside", Short: "Be beside", Run: func(*cobra.Command, []string) {}},
		&cobra.Command{Use: "inner", Short: "Be called", Hidden: true, Run: func(*cobra.Command, []string) {}})
	for c := range describe(root, nil).all() {
		if c.path == "tool sub" {
			return c
		}
	}
	return nil
}

func TestMarkdown(t *testing.T) {
	t.Parallel()
	want := notice + "# tool sub\n\n```text\ntool sub NAME [OPTIONS]\n```\n\n" +
		".hidden files count, `tool sub` and `--wait=5s` do not; a cluster's\\\\label_ and \\_member_ are \\*plain\\*.\n\n" +
		"```text\nas  it is\n```\n\n" +
		"## Examples\n\nIs it there?\n\n```sh\ntool sub 'a b'\n```\n\nTwo lines:\n\n```sh\ntool sub a\n.x\n```\n\n" +
		"## Options\n\n| option | |\n|---|---|\n| `-n`, `--name VALUE` | name\\|alias |\n| `--on=true\\|false` | switch that is on (default true) |\n\n" +
		"## Who you are to OpenStack\n\n| option | |\n|---|---|\n| `--os-cloud VALUE` | cloud |\n\n" +
		"See also: [tool](tool.md), [tool beside](tool-beside.md).\n\n" +
		"[All commands](README.md), and what their [exit codes](README.md#exit-codes) mean.\n"
	if diff := cmp.Diff(want, string(markdown(awkward()))); diff != "" {
		t.Error(diff)
	}
}

func TestMan(t *testing.T) {
	t.Parallel()
	got := string(man(awkward()))
	for _, want := range []string{
		".TH \"TOOL\\-SUB\" 1 \"\" \"tool\" \"User Commands\"\n",
		"tool\\-sub \\- Take <this> | that\n",
		"\\&.hidden files count, \\fBtool sub\\fR and \\fB\\-\\-wait=5s\\fR do not; a cluster\\(aqs\\elabel_ and _member_ are *plain*.\n",
		".EX\ntool sub \\(aqa b\\(aq\n.EE\n",
		".EX\ntool sub a\n\\&.x\n.EE\n",
		"\\fB\\-n\\fR, \\fB\\-\\-name\\fR \\fIVALUE\\fR\nname|alias\n",
		".BR \"tool\" (1),\n.BR \"tool\\-beside\" (1)\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in:\n%s", want, got)
		}
	}
	if strings.Contains(got, "secret") {
		t.Error("a hidden option is shown")
	}
}

// request is a line that troff obeys, of those that man pages may use.
var request = regexp.MustCompile(`^\.(\\"|TH|SH|PP|TP|B|BR|RS|RE|EX|EE)( |$)`)

// Nothing in a help text reaches troff as a request, and no character depends
// on the reader's encoding.
func TestManPagesAreSound(t *testing.T) {
	t.Parallel()
	files, err := render()
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range files {
		if path.Ext(name) != ".1" {
			continue
		}
		for line := range strings.Lines(string(data)) {
			if (line[0] == '.' || line[0] == '\'') && !request.MatchString(strings.TrimSpace(line)) {
				t.Errorf("%s: %q is a request", name, line)
			}
			if strings.ContainsFunc(line, func(r rune) bool { return r > '~' }) {
				t.Errorf("%s: %q is not ASCII", name, line)
			}
		}
	}
}

func TestGroffHasNoComplaint(t *testing.T) {
	t.Parallel()
	groff, err := exec.LookPath("groff")
	if err != nil {
		t.Skip("groff is not installed here, so that no man page was set in type")
	}
	files, err := render()
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range files {
		if path.Ext(name) != ".1" {
			continue
		}
		cmd := exec.CommandContext(t.Context(), groff, "-man", "-Tutf8", "-ww", "-b")
		cmd.Stdin = strings.NewReader(string(data))
		var complaints strings.Builder
		cmd.Stderr = &complaints
		if err := cmd.Run(); err != nil || complaints.Len() > 0 {
			t.Errorf("%s: %v\n%s", name, err, &complaints)
		}
	}
}
