package cli

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// The answer to a press of TAB is worth two seconds, and kubectl, which asks for
// it, takes a part of these. After completionLimit nothing is waited for; what does
// not stop by then is abandoned a little later.
const (
	completionLimit = 1600 * time.Millisecond
	completionGrace = 150 * time.Millisecond
)

// completing reports whether a shell asks what may come next.
func completing(args []string) bool {
	return len(args) > 0 && (args[0] == cobra.ShellCompRequestCmd || args[0] == cobra.ShellCompNoDescRequestCmd)
}

// quiet returns the environment of a completion: nobody is asked anything, and
// nobody reads an error.
func (e Env) quiet() Env {
	e.In, e.ErrOut, e.Terminal, e.Live = strings.NewReader(""), io.Discard, nil, false
	return e
}

// silence closes stderr to what writes there by itself, cobra among it, while a
// shell waits for what may come next.
func silence() {
	if null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0); err == nil {
		os.Stderr = null
	}
}

// lateVariable is set for a completion that goes on when nobody waits for its
// answer any more, so that the next press of TAB finds it in the cache.
const (
	lateVariable = "KUBECTL_CATALYST_COMPLETE_LATE"
	lateLimit    = 30 * time.Second
)

// Late reports whether this is such a completion.
func (e Env) Late() bool { return e.Getenv != nil && e.Getenv(lateVariable) != "" }

// complete answers a shell. What is not known in time is left out: the answer is
// then empty, with the directive to offer no files instead, and another process
// finishes it.
func (e Env) complete(ctx context.Context, root *cobra.Command, args []string) int {
	limit := completionLimit
	if e.Late() {
		limit = lateLimit
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	root.SetArgs(args)
	root.SetIn(strings.NewReader(""))
	root.SetErr(io.Discard)
	var answer bytes.Buffer
	root.SetOut(&answer)
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := root.ExecuteContext(ctx); err != nil {
			answer.Reset()
			fmt.Fprintf(&answer, ":%d\n", cobra.ShellCompDirectiveNoFileComp)
		}
	}()
	text := []byte(fmt.Sprintf(":%d\n", cobra.ShellCompDirectiveNoFileComp))
	late := time.NewTimer(limit + completionGrace)
	defer late.Stop()
	select {
	case <-done:
		text = answer.Bytes()
	case <-late.C:
	}
	_, _ = e.Out.Write(text) // a shell that is gone wants none
	if ctx.Err() != nil && e.later != nil && !e.Late() {
		e.later(args)
	}
	return 0
}

// finishLater starts this program once more with the same question, away from the
// terminal and from whoever asked.
func finishLater(args []string) {
	self, err := exec.LookPath(os.Args[0])
	if err != nil {
		return
	}
	cmd := exec.CommandContext(context.Background(), self, args...) // it outlives this process
	cmd.Env = append(os.Environ(), lateVariable+"=1")
	detach(cmd)
	if cmd.Start() == nil {
		_ = cmd.Process.Release()
	}
}

// fileFlags are the flags that name a file, wherever they are; arguments and
// other flags are never completed with files.
var fileFlags = []string{"kubeconfig", "filename", "output-kubeconfig", "from-file", "certificate-authority", "client-certificate", "client-key"}

// CompleteFlags lets a tree complete the values of its flags: those with fixed
// choices with these, the flags named here with what the functions return, and
// files where a file is wanted. The key of a flag that means something else in
// one command has the command before it, as in "list --cluster".
func CompleteFlags(root *cobra.Command, by map[string]cobra.CompletionFunc) {
	root.CompletionOptions.SetDefaultShellCompDirective(cobra.ShellCompDirectiveNoFileComp)
	visit(root, func(c *cobra.Command) {
		c.LocalFlags().VisitAll(func(f *pflag.Flag) {
			complete := by[c.Name()+" --"+f.Name]
			if choice, ok := f.Value.(*Choice); ok {
				complete = OfferValue(func(*cobra.Command) []string { return choice.Allowed })
			}
			if complete == nil {
				complete = by["--"+f.Name]
			}
			for _, name := range fileFlags {
				if f.Name == name {
					complete = cobra.FixedCompletions(nil, cobra.ShellCompDirectiveDefault)
				}
			}
			if complete != nil {
				_ = c.RegisterFlagCompletionFunc(f.Name, complete) // fails for a flag that has one
			}
		})
	})
}

func visit(c *cobra.Command, each func(*cobra.Command)) {
	each(c)
	for _, sub := range c.Commands() {
		visit(sub, each)
	}
}

// CompleteArguments lets commands, named by their path below the root, complete
// their arguments.
func CompleteArguments(root *cobra.Command, by map[string]cobra.CompletionFunc) {
	visit(root, func(c *cobra.Command) {
		path := strings.TrimPrefix(strings.TrimPrefix(c.CommandPath(), root.CommandPath()), " ")
		if complete, ok := by[path]; ok {
			c.ValidArgsFunction = complete
		}
	})
}

// Offer is a completion that takes its words from a function; each may have a
// description behind a TAB. Of several arguments no word is offered twice.
func Offer(arguments int, words func(cmd *cobra.Command) []string) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, begun string) ([]string, cobra.ShellCompDirective) {
		if len(args) >= arguments {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		given := map[string]bool{}
		for _, a := range args {
			given[a] = true
		}
		var fit []string
		for _, w := range words(cmd) {
			if word, _, _ := strings.Cut(w, "\t"); strings.HasPrefix(word, begun) && !given[word] {
				fit = append(fit, w)
			}
		}
		return fit, cobra.ShellCompDirectiveNoFileComp
	}
}

// Any is the number for Offer that sets no limit.
const Any = 1 << 16

// OfferValue is Offer for the value of a flag.
func OfferValue(words func(cmd *cobra.Command) []string) cobra.CompletionFunc {
	offer := Offer(Any, words)
	return func(cmd *cobra.Command, _ []string, begun string) ([]string, cobra.ShellCompDirective) {
		return offer(cmd, nil, begun)
	}
}
