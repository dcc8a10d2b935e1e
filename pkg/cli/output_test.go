package cli_test

import (
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/catalyst-cloud/kubectl-catalyst/pkg/cli"
)

// One list of columns makes the table, narrow and wide; JSON and YAML come from the
// object itself.
func TestOneResultInEveryFormat(t *testing.T) {
	t.Parallel()
	type pod struct {
		Name  string `json:"name"`
		Nodes string `json:"nodes"`
	}
	pods := []pod{{"a-long-name", ""}, {"b", "n1\x1b[2J"}}
	name := func(p pod) string { return p.Name }
	rows := cli.Rows(pods, name, cli.Column[pod]{Title: "NAME", Cell: name},
		cli.Column[pod]{Title: "NODES", Wide: true, Cell: func(p pod) string { return p.Nodes }})
	for format, want := range map[string]string{
		"table": "NAME\na-long-name\nb\n",
		"wide":  "NAME          NODES\na-long-name   <none>\nb             n1\\u001b[2J\n",
		"name":  "a-long-name\nb\n",
		"yaml":  "- name: a-long-name\n  nodes: \"\"\n- name: b\n  nodes: \"n1\\e[2J\"\n",
	} {
		var out strings.Builder
		if err := cli.Output(format).Print(&out, pods, rows); err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff(want, out.String()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", format, diff)
		}
	}
	if err := cli.Output("csv").Print(io.Discard, pods, rows); err == nil {
		t.Error("a format that nobody makes is no error")
	}
}
