package clierr_test

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/clierr"
)

func TestPrintAndCode(t *testing.T) {
	t.Parallel()
	base := errors.New("boom")
	signIn := clierr.New(clierr.SignIn, "sign in", "refused: %w", base)
	for _, c := range []struct {
		name string
		err  error
		code int
		want string
	}{
		{"nothing", nil, clierr.OK, ""},
		{"plain", base, clierr.Failure, "error: boom\n"},
		{"hint", clierr.Errorf("do this", "it failed"), clierr.Failure, "error: it failed\nhint: do this\n"},
		{"code", signIn, clierr.SignIn, "error: refused: boom\nhint: sign in\n"},
		{"wrapped", fmt.Errorf("login: %w", signIn), clierr.SignIn, "error: login: refused: boom\nhint: sign in\n"},
		{"nearest hint wins", clierr.WithHint(signIn, "other"), clierr.SignIn, "error: refused: boom\nhint: sign in\n"},
		{"hint added", clierr.WithHint(base, "do that"), clierr.Failure, "error: boom\nhint: do that\n"},
		{"code changed", clierr.WithCode(signIn, clierr.Usage), clierr.Usage, "error: refused: boom\nhint: sign in\n"},
		{"joined", errors.Join(base, signIn), clierr.SignIn, "error: boom\nerror: refused: boom\nhint: sign in\n"},
		{"control characters", errors.New("a\x1b[31m\nhint: forged\u202e"), clierr.Failure, "error: a\\u001b[31m hint: forged\\u202e\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			clierr.Print(&out, c.err)
			if diff := cmp.Diff(c.want, out.String()); diff != "" {
				t.Errorf("Print (-want +got):\n%s", diff)
			}
			if got := clierr.Code(c.err); got != c.code {
				t.Errorf("Code = %d, want %d", got, c.code)
			}
			if c.name == "code" && !errors.Is(c.err, base) {
				t.Error("the cause is lost")
			}
		})
	}
}
